//! Classification over bins from the command line: a head of many outputs through every verb.

use std::fs;
use std::path::Path;

use dir_tests::Program;
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

/// Two levels of prices, the higher one rare, told apart by one column; the other is noise.
fn two_levels() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = |k: u32| {
        let price = if k.is_multiple_of(8) { 18.0 } else { 3.0 } + f64::from(k % 3) * 0.5;
        format!("{},{},{price}\n", price - f64::from(k % 5) / 10.0, k * 7 % 13)
    };
    let csv = "size,noise,price\n".to_owned() + &(0..600).map(row).collect::<String>();
    fs::write(folder.path().join("data.csv"), csv).expect("writes");
    folder
}

fn train(folder: &Path, name: &str, settings: &str, flags: &[&str]) -> String {
    let (csv, out, config) = (folder.join("data.csv"), folder.join(name), folder.join(format!("{name}.toml")));
    fs::write(&config, format!("[train]\nepochs = 30\n{settings}")).expect("writes");
    let fixed = ["train", "--size", "tiny", "--bin-width", "1", "--quiet", "--target", "price"];
    PROGRAM.said(&[&fixed, flags].concat(), &[("--csv", &csv), ("--out", &out), ("--config", &config)])
}

fn predictions(folder: &Path, run: &str) -> Vec<f64> {
    let (csv, run, out) = (folder.join("data.csv"), folder.join(run), folder.join("out.csv"));
    PROGRAM.said(&["predict"], &[("--run", &run), ("--csv", &csv), ("--out", &out)]);
    let text = fs::read_to_string(out).expect("predictions");
    text.lines().skip(1).map(|line| line.split(',').nth(1).and_then(|n| n.parse().ok()).expect("a number")).collect()
}

#[test]
fn a_classifier_learns_evaluates_and_predicts() {
    let folder = two_levels();
    let text = train(folder.path(), "classes", "", &["--method", "classify+cb+fds+rrt"]);
    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let error: f64 = table.split_whitespace().nth(3).and_then(|mae| mae.parse().ok()).expect("its MAE");
    assert!(error < 1.5, "the levels are 15 apart: {text}");
    let again = PROGRAM.said(&["eval"], &[("--run", &folder.path().join("classes"))]);
    assert!(again.contains(&table), "{again}");
    let settings = fs::read_to_string(folder.path().join("classes/config.toml")).expect("settings");
    assert!(settings.contains("[classify]") && settings.contains("class_balanced"), "{settings}");
    let found = predictions(folder.path(), "classes");
    assert!(found.len() == 600 && found.iter().any(|p| *p > 12.0) && found.iter().any(|p| *p < 8.0));
}

#[test]
fn a_most_likely_prediction_is_the_target_of_a_bin() {
    let folder = two_levels();
    train(folder.path(), "top", "[classify]\nprediction = \"most_likely\"\n", &["--method", "classify+ldam"]);
    let pipeline = fs::read_to_string(folder.path().join("top/pipeline.json")).expect("a pipeline");
    let pipeline: serde_json::Value = serde_json::from_str(&pipeline).expect("JSON");
    let targets: Vec<f64> = serde_json::from_value(pipeline["readout"]["targets"].clone()).expect("one per bin");
    assert!(predictions(folder.path(), "top").iter().all(|p| targets.contains(p)), "{targets:?}");
}

#[test]
fn words_at_odds_are_refused() {
    let folder = two_levels();
    for method in ["ldam", "classify+log"] {
        let mut command = PROGRAM.command();
        command.args(["train", "--method", method, "--csv"]).arg(folder.path().join("data.csv"));
        let output = command.output().expect("the program starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains("ldam for classify"), "{text}");
    }
}
