//! Bins of the training rows: test rows have no say in them, and small tables keep rows to train on.

use std::fs;
use std::path::Path;
use std::process::Output;

use dir_tests::Program;
use dir_tests::program::{metrics, said};
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

/// The row whose target is changed; it tests.
const CHANGED: usize = 14;

/// 1,000 rows; of five three train, one validates and one tests.
fn folder(target_of_row_14: f64) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut rows, mut split) = (String::from("x,y\n"), String::from("row,split\n"));
    for k in 0..1000 {
        let y = (k * 37 % 800) as f64 / 8.0 + 0.3;
        rows += &format!("{},{}\n", k * 53 % 97, if k == CHANGED { target_of_row_14 } else { y });
        split += &format!("{k},{}\n", ["train", "train", "train", "val", "test"][k % 5]);
    }
    fs::write(folder.path().join("rows.csv"), rows).expect("writes");
    fs::write(folder.path().join("split.csv"), split).expect("writes");
    let settings = "[model]\nhidden = [8]\nfeatures = 4\n[train]\nepochs = 2\n";
    fs::write(folder.path().join("settings.toml"), settings).expect("writes");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(arguments).args(["--csv", "rows.csv", "--target", "y"]);
    if arguments[0] != "audit" {
        command.args(["--threads", "1"]);
    }
    command.output().expect("starts")
}

fn train(folder: &Path) -> Output {
    let flags = ["--split", "split.csv", "--config", "settings.toml", "--method", "sqinv+lds", "--out", "run"];
    run(folder, &[&["train"], &flags[..]].concat())
}

/// Bins with their training rows, densities, weight and shot: all columns but the rows that validate and test.
fn training_columns(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("run/bins.csv")).expect("a run");
    let columns = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        [&fields[..4], &fields[6..]].concat().join(",")
    };
    text.lines().map(columns).collect()
}

#[test]
fn an_outlier_of_the_test_rows_changes_nothing_of_training() {
    let (plain, changed) = (folder(50.0), folder(1e6));
    said(&train(plain.path()));
    let output = train(changed.path());
    said(&output);
    let bins = training_columns(changed.path());
    assert_eq!(bins, training_columns(plain.path()));
    assert_eq!(bins.len(), 1 + 20); // a bin for every 50 of all rows
    // Rows are spread evenly: no bin is empty.
    let rows = |line: &String| line.split(',').nth(3).and_then(|rows| rows.parse::<u64>().ok());
    assert!(bins[1..].iter().all(|line| rows(line).is_some_and(|rows| rows >= 20)), "{bins:?}");
    // The row counts in the last bin, and its target is told.
    let predictions = fs::read_to_string(changed.path().join("run/predictions.csv")).expect("a run");
    let row = predictions.lines().find(|line| line.starts_with("14,")).expect("row 14 tests");
    assert_eq!(row.split(',').nth(3), Some("19"), "{row}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = "note: 1 of the validation and test targets lie outside the bins of the training rows, 0.3 to 100.175, furthest 1000000 in \
                 row 14; they count in the first or the last bin\n";
    assert!(told.contains(words), "{told}");
    // No bin of training holds such a target: an extrapolation.
    assert_eq!(metrics(&changed.path().join("run"))["unseen"]["extrapolation"]["rows"], 1);
    assert!(metrics(&plain.path().join("run"))["unseen"].is_null());
}

#[test]
fn folds_with_an_outlier_are_pooled_over_the_bins_of_all_rows() {
    let folder = folder(300.0); // the others end at 100.175
    let flags = ["--config", "settings.toml", "--methods", "vanilla", "--seeds", "1", "--folds", "4", "--out", "grid"];
    said(&run(folder.path(), &[&["compare"], &flags[..]].concat()));
    let of = |run: &str| {
        let path = folder.path().join("grid/vanilla/seed-0").join(run).join("bins.csv");
        let text = fs::read_to_string(path).expect("a run");
        let bins = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        bins.collect::<Vec<_>>()
    };
    let highest = |run: &str| of(run).last().map(|bin| bin[2].parse::<f64>().expect("an edge"));
    // Row 14 trains in two folds of four; in the others it validates or tests, and their bins end where the other rows do.
    let folds = ["fold-0", "fold-1", "fold-2", "fold-3"].map(highest);
    assert_eq!(folds.iter().filter(|edge| **edge == Some(300.0)).count(), 2, "{folds:?}");
    assert_eq!(folds.iter().flatten().filter(|edge| (99.0..101.0).contains(*edge)).count(), 2, "{folds:?}");
    assert_eq!(highest(""), Some(300.0));
    // Half of the rows train in a fold of four.
    let train: u64 = of("").iter().map(|bin| bin[3].parse::<u64>().expect("rows")).sum();
    assert!((490..=510).contains(&train), "{train}");
}

#[test]
fn small_tables_train_on_three_fifths_and_are_told_of_folds() {
    let folder = folder(50.0);
    let audit = said(&run(folder.path(), &["audit", "--out", "audit"]));
    // 20 bins of 50 rows: up to 10 of each validate and test, where thirds would be 16.
    let words = ["600 train, 200 validation, 200 test rows\n"];
    assert!(words.iter().all(|word| audit.contains(word)), "{audit}");
    let words = "note: split anew, balanced: of every bin up to 10 rows validate and as many test, fewer than usual so that enough rows train\n";
    assert!(audit.contains(words), "{audit}");
    let words =
        "note: only 600 rows train; `compare --folds 10` trains on 800 in each of 10 runs and tests every row once\n";
    assert!(audit.contains(words), "{audit}");
}
