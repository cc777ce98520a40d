//! `cargo bench -p dir-bench --bench resample`: SMOGN on diamonds, and what it makes of 5,000 of them beside PyPI's smogn, in time and in
//! distribution, if `DIR_PEERS_PYTHON` names a Python that has it. `DIR_ABALONE=FILE` does the same with UCI's abalone shells.

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::path::Path;

use dir_bench::resampled::{Rows, Told, drawn, ranges};
use dir_bench::{line, peers, time};
use dir_data::diamonds::diamonds;
use dir_data::tabular::{Encoder, ReadOptions, Table, Values, read_csv};

/// Rows that smogn can do in minutes.
const ROWS: usize = 5_000;

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    println!("{:<74}{:>14}{:>14}", "what", "median", "least");
    let table = diamonds().expect("whole");
    for rows in [ROWS, 20_000, table.rows()] {
        let rows = Rows::of(&table, &drawn(&table, rows));
        let made = rows.plan().made.len();
        let seconds = time(3, || drop(black_box(rows.resampled(&rows.plan()))));
        let what = format!("SMOGN, {} diamonds: relevance, plan, rows", rows.targets.len());
        line(&what, seconds, &format!("{made} of them made"));
    }
    compare("diamonds", &table);
    match std::env::var_os("DIR_ABALONE") {
        Some(file) => compare("abalone", &read_csv(Path::new(&file), &ReadOptions::default()).expect("a CSV")),
        None => println!("abalone: not run; DIR_ABALONE=FILE, abalone.data of the UCI repository, compares on it"),
    }
}

/// The same rows through both, told side by side, bump by bump.
fn compare(name: &str, table: &Table) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [given, made] = ["given.csv", "made.csv"].map(|file| folder.path().join(file));
    write(&given, table, &drawn(table, ROWS));
    let options = ReadOptions { target: Some(table.target_name.clone()), ..ReadOptions::default() };
    let table = read_csv(&given, &options).expect("as written");
    let encoder = Encoder::fit(&table, &(0..table.rows()).collect::<Vec<_>>());
    let original = Rows::encoded(&encoder, &table);
    let plan = original.plan();
    peers::run("resample.py", &[&given.to_string_lossy(), &table.target_name, &made.to_string_lossy()]);
    let Ok(theirs) = read_csv(&made, &options) else { return };
    let all = [&original, &original.resampled(&plan), &Rows::encoded(&encoder, &theirs)];
    for (bump, range) in plan.bumps.iter().zip(ranges(&plan, &original.targets)) {
        let told = all.map(|rows| numbers(&rows.told(range)));
        let (kind, (low, high)) = (if bump.rare { "rare" } else { "frequent" }, range);
        println!("{:<40}{:>13}{:>13}{:>13}", format!("{name}, {kind}, {low} to {high}"), "before", "here", "smogn");
        for (what, k) in words(&table).iter().zip(0..) {
            println!("  {what:<38}{:>13.3}{:>13.3}{:>13.3}", told[0][k], told[1][k], told[2][k]);
        }
    }
}

fn numbers(told: &Told) -> Vec<f64> {
    let Told { rows, mean, deviation, fifths, numbers } = told;
    [&[*rows as f64, *mean, *deviation], fifths.as_slice(), numbers].concat()
}

/// What [`numbers`] are.
fn words(table: &Table) -> Vec<String> {
    let target = &table.target_name;
    let mut words = vec!["rows".into(), format!("mean of {target}"), format!("deviation of {target}")];
    words.extend((1..=5).map(|fifth| format!("share in fifth {fifth} of the range")));
    for column in &table.columns {
        match &column.values {
            Values::Numeric(_) => words.push(format!("mean of {}, in deviations", column.name)),
            Values::Category { levels, .. } => {
                words.extend(levels.iter().map(|level| format!("share of {} {level}", column.name)));
            }
        }
    }
    words
}

fn write(path: &Path, table: &Table, rows: &[usize]) {
    let names = table.columns.iter().map(|column| column.name.as_str()).chain([table.target_name.as_str()]);
    let mut text = names.collect::<Vec<_>>().join(",") + "\n";
    for &row in rows {
        let cell = |values: &Values| match values {
            Values::Numeric(values) => values[row].to_string(),
            Values::Category { levels, codes } => levels[codes[row].expect("known") as usize].clone(),
        };
        let cells = table.columns.iter().map(|column| cell(&column.values)).chain([table.targets[row].to_string()]);
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    std::fs::write(path, text).expect("writes");
}
