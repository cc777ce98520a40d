//! Grids: rows by name and by file, second stages that share their first, densities, a grid that is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use dir_tests::Program;
use dir_tests::program::{assert_same_runs, kill_when, mistake};
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

const SETTINGS: &str = "\
[model]
hidden = [16]
features = 8
[train]
epochs = 3
batch = 256
[retrain]
epochs = 2
";

/// The first row needs the second; none of the others has the first stage that the last two share.
const GRID: &str = "methods = [\"rrt+lds\", \"vanilla\", \"rrt\", \"rrt+fds\", \"rrt+lds+fds\"]\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("settings.toml", SETTINGS), ("stages.toml", GRID)] {
        fs::write(folder.path().join(name), text).expect("writes");
    }
    folder
}

fn compare(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(["compare", "--config", "settings.toml", "--quiet", "--seeds", "1"]);
    command.args(arguments).stdin(Stdio::null());
    command
}

fn stages(folder: &Path, out: &str) -> Command {
    let mut command = compare(folder, &["--grid", "stages.toml", "--jobs", "1", "--threads", "1", "--out", out]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn events(run: &Path, event: &str) -> usize {
    let log = fs::read_to_string(run.join("log.jsonl")).ok().unwrap_or_default();
    log.lines().filter(|line| line.contains(&format!("\"event\":\"{event}\""))).count()
}

/// When each run that is finished was.
fn finished(grid: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let methods = fs::read_dir(grid).into_iter().flatten().flatten().map(|entry| entry.path());
    let metrics = methods.map(|method| method.join("seed-0/metrics.json"));
    metrics.filter_map(|path| Some((path.clone(), fs::metadata(&path).ok()?.modified().ok()?))).collect()
}

#[test]
fn second_stages_share_their_first_bit_for_bit() {
    let folder = folder();
    assert!(stages(folder.path(), "grid").status().expect("starts").success());
    let grid = folder.path().join("grid");
    for method in ["rrt", "rrt+lds", "rrt+fds", "rrt+lds+fds"] {
        let (shared, alone) = (grid.join(method).join("seed-0"), folder.path().join(method));
        let request = shared.join("request.toml");
        PROGRAM.said(&["train", "--quiet", "--threads", "1"], &[("--config", &request), ("--out", &alone)]);
        assert_same_runs(&shared, &alone);
        let log = fs::read_to_string(shared.join("log.jsonl")).expect("a log");
        assert!(log.contains("CPU, 1 threads"), "a grid's runs have their share of the threads: {log}");
        assert_eq!((events(&shared, "first_stage"), events(&alone, "first_stage")), (1, 0), "{method}");
        assert_eq!((events(&shared, "epoch"), events(&alone, "epoch")), (5, 5), "{method}: three epochs and two");
    }
    assert!(finished(&grid).contains_key(&grid.join("first-stage-of-rrt+fds/seed-0/metrics.json")));
    let table = fs::read_to_string(grid.join("compare.md")).expect("a table");
    assert!(table.contains("| RRT + LDS + FDS |") && !table.to_lowercase().contains("first stage of"), "{table}");
}

#[test]
fn a_killed_grid_goes_on_to_the_same_table() {
    let folder = folder();
    assert!(stages(folder.path(), "reference").status().expect("starts").success());
    let killed = folder.path().join("killed");
    // Once a run is finished, and once its second stage has begun.
    let reached = |time: usize| match time % 2 {
        0 => finished(&killed).len() > time / 2,
        _ => {
            let begun = ["rrt+lds", "rrt", "rrt+fds", "rrt+lds+fds"].map(|method| killed.join(method).join("seed-0"));
            begun.iter().filter(|run| events(run, "first_stage") > 0).count() > time / 2
        }
    };
    assert!(kill_when(8, reached, || stages(folder.path(), "killed")) > 4);
    let before = finished(&killed);
    assert!(stages(folder.path(), "killed").status().expect("starts").success());
    let after = finished(&killed);
    assert!(before.iter().all(|(run, when)| after.get(run) == Some(when)), "a finished run was made again");
    for name in ["compare.json", "compare.csv", "compare.md", "compare.tex"] {
        let read = |out: &str| fs::read(folder.path().join(out).join(name)).expect("a finished grid");
        assert_eq!(read("killed"), read("reference"), "{name}");
    }
}

#[test]
fn a_row_says_that_its_first_stage_failed() {
    let folder = folder();
    let blocked = folder.path().join("grid/vanilla/seed-0");
    fs::create_dir_all(&blocked).expect("creates");
    fs::write(blocked.join("checkpoints"), "no folder").expect("writes");
    let methods = ["--methods", "inv,vanilla,rrt", "--out", "grid"];
    let output = compare(folder.path(), &methods).output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = said.lines().find(|line| line.starts_with("  RRT, seed 0: its first stage, Vanilla seed 0, failed: "));
    assert!(output.status.success() && why.is_some_and(|line| line.contains("checkpoints")), "{said}");
    // Once nothing is in its way, the rest is made.
    fs::remove_file(blocked.join("checkpoints")).expect("removes");
    let output = compare(folder.path(), &methods).output().expect("starts");
    assert!(output.status.success() && !String::from_utf8_lossy(&output.stdout).contains("Failed"));
}

#[test]
fn densities_are_compared_within_and_test_rows_stated() {
    let folder = folder();
    let grid = ["--grid", "densities", "--test-density", "train", "--out", "grid"];
    let output = compare(folder.path(), &grid).output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("minus that of the first of its group"), "{said}");
    assert!(said.contains("few by the training rows of each line"), "{said}");
    for words in ["1 peak: ", "4 peaks: ", "test rows, drawn by seed 0 to be spread like the training rows."] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let page = fs::read_to_string(folder.path().join("grid/report.html")).expect("a report");
    assert!(page.contains("to be spread like the training rows") && page.contains("Over the target: 3 peaks"));
    let csv = fs::read_to_string(folder.path().join("grid/compare.csv")).expect("numbers");
    // Where no row trains, none tests: nothing is interpolated.
    assert!(csv.contains("\nvanilla+2-peaks,0,mae,few,") && !csv.contains("interpolation"), "{csv}");
}

#[test]
fn tables_have_the_metrics_that_are_asked_for() {
    let folder = folder();
    let asked = ["--methods", "vanilla,inv", "--metrics", "sera,uf1", "--jobs", "1", "--out", "metrics"];
    let text = dir_tests::program::said(&compare(folder.path(), &asked).output().expect("the program starts"));
    assert!(text.contains("SERA few") && text.contains("uF1 all"), "{text}");
    // What has a natural distribution is another table; these metrics have none.
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("method")).collect();
    assert!(!heads[0].contains("MAE") && heads[1].contains("MAE few") && !heads[1].contains("SERA"), "{text}");
    assert!(text.contains("SERA of a row minus that of Vanilla"), "{text}");
    let page = fs::read_to_string(folder.path().join("metrics/report.html")).expect("a report");
    assert!(page.contains("Squared error of the rows that matter") && page.contains("r, density after LDS"));
    let output = compare(folder.path(), &["--metrics", "mea"]).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("expected one of mae, mse"), "{said}");
}

#[test]
fn table_6_tells_what_has_training_rows() {
    let folder = folder();
    let output = compare(folder.path(), &["--grid", "table6", "--out", "grid"]).output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let row = said.lines().find(|line| line.starts_with("Vanilla + LDS + FDS")).expect("a row");
    assert!(said.contains("MAE interp") && row.split_whitespace().count() == 13 && !row.contains(" - "), "{said}");
    assert!(
        said.contains("LDS/FDS vs Vanilla") && !said.contains("paper"),
        "diamonds are no data of the paper: {said}"
    );
}

#[test]
fn mistakes_are_named() {
    let folder = folder();
    fs::write(folder.path().join("bad.csv"), "low,high\n0,1\n").expect("writes");
    let train = |arguments: &[&str]| {
        let mut command = PROGRAM.command();
        command.current_dir(folder.path()).args(["train", "--config", "settings.toml", "--out", "run", "--quiet"]);
        command.args(arguments).output().expect("starts")
    };
    let compare = |arguments: &[&str]| compare(folder.path(), arguments).output().expect("starts");
    mistake(&compare(&["--grid", "table7"]), &["grid table7", "no such grid", "kernels, losses, hyper, densities"]);
    mistake(&compare(&["--grid", "kernels", "--methods", "inv"]), &["--grid", "cannot be used with", "--methods"]);
    mistake(&compare(&["--methods", "inv,inv"]), &["row inv twice", "every row once"]);
    mistake(&compare(&["--test-density", "bad.csv"]), &["bad.csv, line 1", "low,high", "low,high,share"]);
    mistake(&train(&["--method", "vanilla", "--first-stage", "none"]), &["--first-stage", "one stage", "two"]);
    mistake(&train(&["--method", "rrt", "--first-stage", "none"]), &["none", "no finished run", "first stage"]);
    assert!(train(&["--method", "vanilla", "--lr", "0.5"]).status.success());
    let other = ["--method", "rrt", "--first-stage", "run", "--out", "second"];
    let mut command = PROGRAM.command();
    command.current_dir(folder.path()).args(["train", "--config", "settings.toml", "--quiet"]).args(other);
    mistake(&command.output().expect("starts"), &["run/config.toml", "lr = 0.5", "first stage"]);
}
