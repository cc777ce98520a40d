//! `cargo bench -p dir-bench --bench resample`: SMOGN on diamonds, and what it makes of 5,000 of them beside PyPI's smogn, in time and in
//! distribution, if `DIR_PEERS_PYTHON` names a Python that has it. `DIR_ABALONE=FILE` does the same with UCI's abalone shells.

use std::hint::black_box;
use std::path::Path;

use dir_bench::{line, peers, time};
use dir_core::random::Stream;
use dir_core::relevance::Relevance;
use dir_core::resample::{Features, Plan, ResampleConfig};
use dir_data::diamonds::diamonds;
use dir_data::tabular::{Encoder, ReadOptions, Table, Values, read_csv};

/// Rows that smogn can do in minutes.
const ROWS: usize = 5_000;

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    println!("{:<74}{:>14}{:>14}", "what", "median", "least");
    let table = diamonds().expect("whole");
    for rows in [ROWS, 20_000, table.rows()] {
        let rows = Rows::new(&table, &drawn(&table, rows));
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

/// Some rows, each at most once.
fn drawn(table: &Table, count: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    Stream::new(&[0]).shuffle(&mut rows);
    rows.truncate(count);
    rows
}

/// Numbers and targets of rows; the numbers in deviations of the original ones.
struct Rows {
    features: Features,
    targets: Vec<f64>,
}

impl Rows {
    fn new(table: &Table, rows: &[usize]) -> Self {
        let all = Self::encoded(&Encoder::fit(table, rows), table);
        let values = rows.iter().flat_map(|&row| all.features.row(row).to_vec()).collect();
        let features = Features::new(values, all.features.width(), all.features.categories().to_vec());
        Self { features: features.expect("numbers"), targets: rows.iter().map(|&row| all.targets[row]).collect() }
    }

    fn encoded(encoder: &Encoder, table: &Table) -> Self {
        let matrix = encoder.encode(table).expect("the same columns");
        let features = Features::new(matrix.values, matrix.width, encoder.categories());
        Self { features: features.expect("numbers"), targets: table.targets.clone() }
    }

    /// SMOGN with all bumps balanced, as smogn does by default.
    fn plan(&self) -> Plan {
        let relevance = Relevance::by_box_plot(&self.targets, 1.5).expect("targets");
        let phi: Vec<f64> = self.targets.iter().map(|&y| relevance.of(y)).collect();
        let config = ResampleConfig { under: true, ..ResampleConfig::default() };
        config.plan(&self.features, &self.targets, &phi, 0).expect("rare and frequent rows")
    }

    fn resampled(&self, plan: &Plan) -> Self {
        let kept = plan.kept.iter().flat_map(|&row| self.features.row(row).to_vec());
        let made = plan.made.iter().flat_map(|made| plan.make(&self.features, made));
        let (width, categories) = (self.features.width(), self.features.categories().to_vec());
        let features = Features::new(kept.chain(made).collect(), width, categories).expect("numbers");
        Self { features, targets: plan.targets(&self.targets) }
    }

    /// Rows with targets in a range, their mean and deviation, their shares in each fifth of it, and the means of all numbers.
    fn told(&self, (low, high): (f64, f64)) -> Vec<f64> {
        let inside: Vec<usize> =
            (0..self.targets.len()).filter(|&row| (low..high).contains(&self.targets[row])).collect();
        let mean = |of: &dyn Fn(usize) -> f64| inside.iter().map(|&row| of(row)).sum::<f64>() / inside.len() as f64;
        let middle = mean(&|row| self.targets[row]);
        let fifth = |row: usize| ((self.targets[row] - low) / (high - low) * 5.0) as usize;
        let mut told = vec![inside.len() as f64, middle, mean(&|row| (self.targets[row] - middle).powi(2)).sqrt()];
        told.extend((0..5).map(|k| mean(&|row| if fifth(row) == k { 1.0 } else { 0.0 })));
        told.extend((0..self.features.width()).map(|column| mean(&|row| f64::from(self.features.row(row)[column]))));
        told
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
        let told = all.map(|rows| rows.told(range));
        let (kind, (low, high)) = (if bump.rare { "rare" } else { "frequent" }, range);
        println!("{:<40}{:>13}{:>13}{:>13}", format!("{name}, {kind}, {low} to {high}"), "before", "here", "smogn");
        for (what, k) in words(&table).iter().zip(0..) {
            println!("  {what:<38}{:>13.3}{:>13.3}{:>13.3}", told[0][k], told[1][k], told[2][k]);
        }
    }
}

/// Ranges of the bumps' targets, which meet halfway, so that noise does not carry a row into another; the outer ones end a little beyond.
fn ranges(plan: &Plan, targets: &[f64]) -> Vec<(f64, f64)> {
    let ends: Vec<[f64; 2]> =
        plan.bumps.iter().map(|bump| [bump.rows[0], bump.rows[bump.rows.len() - 1]].map(|row| targets[row])).collect();
    let room = (ends[ends.len() - 1][1] - ends[0][0]) / 100.0;
    let mut borders: Vec<f64> = ends.windows(2).map(|pair| f64::midpoint(pair[0][1], pair[1][0])).collect();
    borders.insert(0, ends[0][0] - room);
    borders.push(ends[ends.len() - 1][1] + room);
    borders.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// What [`Rows::told`] tells.
fn words(table: &Table) -> Vec<String> {
    let target = &table.target_name;
    let mut words = vec!["rows".into(), format!("mean of {target}"), format!("deviation of {target}")];
    words.extend((1..=5).map(|fifth| format!("share in fifth {fifth} of their range")));
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
