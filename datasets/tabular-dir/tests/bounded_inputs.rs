//! Bounded inputs and predictions: a fill value in one row neither moves its prediction without bound nor passes without a word.

use std::fs;
use std::path::Path;
use std::process::Output;

use dir_tests::Program;
use dir_tests::program::{mistake, said};
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

const SETTINGS: &str = "[model]\nhidden = [16]\nfeatures = 8\n[train]\nepochs = 20\n[bins]\ncount = 10\n";
const OFF: &str = "prediction_margin = inf\n[data]\nclip = inf\n";

/// The row with the fill value, which tests.
const FILLED: usize = 7;

/// 600 rows whose target is twice the hours and a little, 0 to 210; three of five train, so that row 7 tests.
fn folder(hours_of_row_7: f64) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut rows, mut split) = (String::from("hours,other,y\n"), String::from("row,split\n"));
    for k in 0..600 {
        let (hours, other) = ((k * 37 % 101) as f64, (k * 53 % 11) as f64);
        let shown = if k == FILLED { hours_of_row_7 } else { hours };
        rows += &format!("{shown},{other},{}\n", 2.0 * hours + other);
        split += &format!("{k},{}\n", ["train", "train", "test", "val", "train"][k % 5]);
    }
    fs::write(folder.path().join("rows.csv"), rows).expect("writes");
    fs::write(folder.path().join("split.csv"), split).expect("writes");
    fs::write(folder.path().join("settings.toml"), SETTINGS).expect("writes");
    fs::write(folder.path().join("off.toml"), format!("{OFF}{SETTINGS}")).expect("writes");
    folder
}

fn run(folder: &Path, verb: &str, arguments: &[&str]) -> Output {
    let mut command = PROGRAM.command();
    command.current_dir(folder).arg(verb).args(arguments);
    if matches!(verb, "train" | "audit") {
        command.args(["--csv", "rows.csv", "--target", "y", "--split", "split.csv"]);
    }
    if verb != "audit" {
        command.args(["--threads", "1"]);
    }
    command.output().expect("starts")
}

fn train(folder: &Path, settings: &str) -> Output {
    run(folder, "train", &["--config", settings, "--out", &format!("run-{settings}")])
}

/// Row and prediction of every test row.
fn predictions(folder: &Path, settings: &str) -> Vec<(usize, f64)> {
    let text =
        fs::read_to_string(folder.join(format!("run-{settings}")).join("predictions.csv")).expect("a finished run");
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].parse().expect("a row"), fields[2].parse().expect("a prediction"))
    };
    text.lines().skip(1).map(row).collect()
}

fn warning(file: &str, what: &str) -> String {
    format!(
        "warning: {file}column \"hours\": 1 value is far outside the training range 0 to 100 (the first: 9999 in row 7); {what}\n"
    )
}

#[test]
fn a_fill_value_is_bounded_and_told() {
    let folder = folder(9999.0);
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let clipped = warning("", "clipped near the range");
    let output = train(folder.path(), "settings.toml");
    said(&output);
    assert!(told(&output).contains(&clipped), "{}", told(&output));
    // Training targets are 0 to 210 at most: a quarter of that beyond.
    let bounded = predictions(folder.path(), "settings.toml");
    assert!(bounded.iter().all(|(_, y)| (-53.0..=263.0).contains(y)), "{bounded:?}");

    // As it was without bounds: thousands, while all other rows are predicted to the same bits.
    let output = train(folder.path(), "off.toml");
    said(&output);
    let free = predictions(folder.path(), "off.toml");
    let of = |rows: &[(usize, f64)], row| rows.iter().find(|(k, _)| *k == row).map(|(_, y)| *y).expect("tests");
    assert!(of(&free, FILLED).abs() > 2000.0, "{}", of(&free, FILLED));
    assert!(told(&output).contains(&warning("", "not clipped, so that predictions extrapolate")), "{}", told(&output));
    let bits = |rows: &[(usize, f64)]| -> Vec<(usize, u64)> {
        rows.iter().filter(|(k, _)| *k != FILLED).map(|(k, y)| (*k, y.to_bits())).collect()
    };
    assert_eq!(bits(&bounded), bits(&free));

    let eval = run(folder.path(), "eval", &["--run", "run-settings.toml"]);
    said(&eval);
    assert_eq!(told(&eval), clipped);
    let audit = said(&run(folder.path(), "audit", &["--out", "audit"]));
    assert!(audit.contains(&clipped), "{audit}");
    // A run predicts with its own ranges and bounds.
    for (settings, what) in
        [("settings.toml", "clipped near the range"), ("off.toml", "not clipped, so that predictions extrapolate")]
    {
        let predict = run(
            folder.path(),
            "predict",
            &["--run", &format!("run-{settings}"), "--csv", "rows.csv", "--out", "p.csv"],
        );
        said(&predict);
        assert_eq!(told(&predict), warning("rows.csv: ", what));
        let text = fs::read_to_string(folder.path().join("p.csv")).expect("predictions");
        let predicted = text.lines().nth(1 + FILLED).and_then(|line| line.split(',').nth(1)?.parse::<f64>().ok());
        let tested = of(&predictions(folder.path(), settings), FILLED);
        let predicted = predicted.expect("a prediction");
        assert!((predicted / tested - 1.0).abs() < 1e-4, "{predicted} is not {tested}");
    }
}

#[test]
fn values_within_the_range_are_told_nothing() {
    let folder = folder(50.0);
    let output = train(folder.path(), "settings.toml");
    said(&output);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("warning"), "{told}");
    // A pipeline of before there were ranges is named.
    let path = folder.path().join("run-settings.toml/pipeline.json");
    let text = fs::read_to_string(&path).expect("reads");
    fs::write(&path, text.replace("\"format\": 2", "\"format\": 1")).expect("writes");
    let words = [
        "pipeline.json: written in format 1, this program reads format 2; use the version that wrote it, or train again",
    ];
    mistake(&run(folder.path(), "predict", &["--run", "run-settings.toml", "--csv", "rows.csv"]), &words);
}

#[test]
fn bounds_that_make_no_sense_are_refused() {
    let folder = folder(50.0);
    for (line, words) in [
        ("prediction_margin = -0.5\n", ["prediction_margin", "-0.5", "a number of at least 0; inf bounds nothing"]),
        ("[data]\nclip = nan\n", ["data.clip", "NaN", "a number of at least 0; inf clips nothing"]),
    ] {
        fs::write(folder.path().join("bad.toml"), line).expect("writes");
        mistake(&train(folder.path(), "bad.toml"), &words);
        assert!(!folder.path().join("run-bad.toml").exists());
    }
}
