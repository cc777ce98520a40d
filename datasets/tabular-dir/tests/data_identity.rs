//! Identity of the data: a run is not resumed, reused, evaluated or built upon with other data than it was made from.

use std::fs;
use std::path::Path;
use std::process::Output;

use dir_tests::Program;
use dir_tests::program::{mistake, said};
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

/// 300 rows, of which some targets are shifted; means, levels and bins stay as they are.
fn rows(change: impl Fn(usize, f64, f64) -> (f64, f64)) -> String {
    let mut text = String::from("x,y\n");
    for k in 0..300 {
        let (x, y) = change(k, (k * 37 % 100) as f64, (k * 53 % 101) as f64 / 10.0);
        text += &format!("{x},{y}\n");
    }
    text
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = "[model]\nhidden = [8]\nfeatures = 4\n[train]\nepochs = 2\n[bins]\ncount = 10\n";
    fs::write(folder.path().join("settings.toml"), settings).expect("writes");
    fs::write(folder.path().join("rows.csv"), rows(|_, x, y| (x, y))).expect("writes");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(arguments);
    if !matches!(arguments[0], "eval") {
        command.args(["--csv", "rows.csv", "--target", "y", "--config", "settings.toml"]);
    }
    command.args(["--quiet", "--threads", "1"]).output().expect("starts")
}

/// Swaps the targets of two rows: sums, levels and bins of all rows stay the same.
fn swap_targets(folder: &Path) {
    let text = rows(|k, x, y| match k {
        10 => (x, (11 * 53 % 101) as f64 / 10.0),
        11 => (x, (10 * 53 % 101) as f64 / 10.0),
        _ => (x, y),
    });
    fs::write(folder.join("rows.csv"), text).expect("writes");
}

#[test]
fn changed_targets_are_refused_wherever_a_run_is_used() {
    let folder = folder();
    said(&run(folder.path(), &["train", "--out", "run"]));
    let compare = ["compare", "--seeds", "1", "--methods", "vanilla", "--out", "grid"];
    said(&run(folder.path(), &compare));
    said(&run(folder.path(), &["eval", "--run", "run"]));
    swap_targets(folder.path());
    let words = ["data.json: made from other data: other targets (SHA-256 ", " there, ", " now); use the same data"];
    mistake(&run(folder.path(), &["train", "--out", "run"]), &words);
    mistake(&run(folder.path(), &["eval", "--run", "run"]), &words);
    // With one more method: finished runs of the old rows must not stand beside new ones.
    mistake(&run(folder.path(), &["compare", "--seeds", "1", "--methods", "vanilla,inv", "--out", "grid"]), &words);
    fs::remove_file(folder.path().join("grid/data.json")).expect("removes");
    mistake(&run(folder.path(), &["compare", "--seeds", "1", "--methods", "vanilla,inv", "--out", "grid"]), &words);
    let second = ["train", "--method", "rrt", "--first-stage", "run", "--out", "second"];
    mistake(&run(folder.path(), &second), &words);
    assert!(!folder.path().join("second").exists());
}

#[test]
fn changed_inputs_rows_and_splits_are_named() {
    let folder = folder();
    said(&run(folder.path(), &["train", "--out", "run"]));
    let refused = |text: String, words: &str| {
        fs::write(folder.path().join("rows.csv"), text).expect("writes");
        mistake(&run(folder.path(), &["train", "--out", "run"]), &["made from other data: ", words]);
    };
    refused(rows(|k, x, y| if k == 5 { (x + 1.0, y) } else { (x, y) }), "other inputs (columns or files)");
    refused(rows(|_, x, y| (x, y)) + "1,2\n", "300 rows there, 301 now");
    fs::write(folder.path().join("rows.csv"), rows(|_, x, y| (x, y))).expect("writes");
    said(&run(folder.path(), &["train", "--out", "run"]));
    let split = |first: usize| {
        let parts = ["train", "train", "val", "test"];
        let rows: String = (0..300).map(|k| format!("{k},{}\n", parts[(k + first) % 4])).collect();
        fs::write(folder.path().join("split.csv"), format!("row,split\n{rows}")).expect("writes");
        run(folder.path(), &["train", "--out", "with-split", "--split", "split.csv"])
    };
    said(&split(0));
    said(&split(0));
    mistake(&split(1), &["made from other data: other split"]);
}

#[test]
fn files_of_other_versions_are_named() {
    let folder = folder();
    said(&run(folder.path(), &["train", "--out", "run"]));
    let path = folder.path().join("run/data.json");
    let text = fs::read_to_string(&path).expect("reads");
    fs::write(&path, text.replace("\"format\": 1", "\"format\": 7")).expect("writes");
    mistake(
        &run(folder.path(), &["train", "--out", "run"]),
        &["data.json: written in format 7, this program reads format 1; use the version that wrote it, or train again"],
    );
    fs::write(&path, text).expect("writes");
    fs::write(folder.path().join("settings.toml"), "format = 3\n").expect("writes");
    mistake(&run(folder.path(), &["train", "--out", "other"]), &["settings.toml: written in format 3"]);
}
