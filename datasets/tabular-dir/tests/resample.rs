//! Re-sampling from the command line: made rows are trained on, shots and tables count those of the data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// 300 rows with targets around 1 and twelve around 9, one column of numbers and one of colours; what is above 5 is rare.
fn lopsided() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let csv = folder.path().join("data.csv");
    let row = |k: u32| {
        let price = if k < 300 { 1.0 + f64::from(k % 20) / 20.0 } else { 9.0 + f64::from(k % 4) / 10.0 };
        format!("{},{},{price}\n", price * 2.0 + f64::from(k % 7), ["red", "blue", "green"][k as usize % 3])
    };
    fs::write(&csv, "size,colour,price\n".to_owned() + &(0..312).map(row).collect::<String>()).expect("writes");
    let settings = "[resample]\nrelevance = { kind = \"points\", points = [[4.0, 0.0], [6.0, 1.0]] }\n";
    fs::write(csv.with_extension("toml"), settings).expect("writes");
    (folder, csv)
}

/// Trains and returns what was said.
fn train(csv: &Path, out: &Path, flags: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabular-dir"));
    command.args(["train", "--size", "tiny", "--bin-width", "1", "--csv"]).arg(csv);
    command.arg("--config").arg(csv.with_extension("toml")).arg("--out").arg(out).args(flags);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// Columns of `bins.csv`: training rows of the data, and rows that were trained on.
fn rows(run: &Path) -> Vec<(u64, u64)> {
    let text = fs::read_to_string(run.join("bins.csv")).expect("a finished run has it");
    let head: Vec<&str> = text.lines().next().expect("a head").split(',').collect();
    let column = |name: &str| head.iter().position(|h| *h == name).expect("a column");
    let (train, density) = (column("train"), column("density"));
    let number = |text: &str| text.parse().expect("a number");
    let of_line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (number(cells[train]), number(cells[density]))
    };
    text.lines().skip(1).map(of_line).collect()
}

#[test]
fn rare_rows_become_more() {
    let (folder, csv) = lopsided();
    for method in ["smoter", "smogn", "over"] {
        let run = folder.path().join(method);
        let said = train(&csv, &run, &["--method", method]);
        assert!(said.contains("re-sampled: "), "{said}");
        let rows = rows(&run);
        let (before, after) = rows.last().copied().expect("bins");
        let all: u64 = rows.iter().map(|(before, _)| before).sum();
        // Two bumps: half of all rows each.
        assert_eq!((before, after), (4, all.div_ceil(2)), "{method}: {rows:?}");
        assert_eq!(rows[0].0, rows[0].1, "{method}: frequent rows stay");
    }
}

#[test]
fn frequent_rows_become_fewer() {
    let (folder, csv) = lopsided();
    let run = folder.path().join("under");
    train(&csv, &run, &["--method", "under"]);
    let rows = rows(&run);
    assert!(rows[0].1 < rows[0].0 && rows.last().is_some_and(|(before, after)| before == after), "{rows:?}");
}

#[test]
fn the_seed_decides() {
    let (folder, csv) = lopsided();
    let metrics = |name: &str, seed: &str| {
        let run = folder.path().join(name);
        train(&csv, &run, &["--method", "smogn+lds+fds", "--seed", seed]);
        fs::read_to_string(run.join("predictions.csv")).expect("a finished run has it")
    };
    let first = metrics("first", "3");
    assert_eq!(first, metrics("again", "3"));
    assert_ne!(first, metrics("other", "4"));
}

#[test]
fn nothing_rare_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let csv = folder.path().join("data.csv");
    let row = |k: u32| format!("{},{}\n", k % 7, k % 10);
    fs::write(&csv, "size,price\n".to_owned() + &(0..300).map(row).collect::<String>()).expect("writes");
    let settings = folder.path().join("settings.toml");
    let text = "method = \"smogn\"\n[resample]\nrelevance = { kind = \"points\", points = [[0.0, 0.0]] }\n";
    fs::write(&settings, text).expect("writes");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabular-dir"));
    command.args(["train", "--size", "tiny", "--csv"]).arg(&csv).arg("--config").arg(&settings);
    let output = command.arg("--out").arg(folder.path().join("out")).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("failed to re-sample the rows: found no rare row"), "{said}");
    assert!(!folder.path().join("out").exists(), "a folder was left");
}
