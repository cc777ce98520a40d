//! Balanced test rows and the natural distribution, baselines, remarks: in the console, in files and in reports, of runs and comparisons.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use dir_tests::Program;
use dir_tests::program::said;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

const SETTINGS: &str = "[model]\nhidden = [16]\nfeatures = 8\n[train]\nepochs = 4\nbatch = 64\n";

/// 2,000 rows whose targets fall off from 1 to 20, and a split of every tenth row.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut rows, mut split) = (String::from("size,shade,price\n"), String::from("row,split\n"));
    for k in 0..2000_u32 {
        let share = f64::from((k * 7919) % 2000) / 2000.0;
        let price = 1.0 + 19.0 * share.powi(4);
        let noise = f64::from((k * 104_729) % 1000) / 1000.0;
        rows += &format!("{},{},{price}\n", price.ln() + 0.3 * noise, noise);
        split += &format!("{k},{}\n", ["test", "val", "train"][(k % 10).min(2) as usize]);
    }
    for (name, text) in [("data.csv", rows.as_str()), ("split.csv", &split), ("settings.toml", SETTINGS)] {
        fs::write(folder.path().join(name), text).expect("writes");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command: Command = PROGRAM.command();
    command.current_dir(folder).args(arguments);
    command.args([
        "--csv",
        "data.csv",
        "--target",
        "price",
        "--bin-width",
        "1",
        "--config",
        "settings.toml",
        "--quiet",
    ]);
    said(&command.output().expect("the program starts"))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("reads")).expect("JSON")
}

fn csv(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("reads");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    let at = rows[0].iter().position(|head| head == name).expect("a column");
    rows[1..].iter().map(|row| row[at].parse().expect("a number")).collect()
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|data| data.modified()).expect("is there")
}

#[test]
fn a_run_tells_both_distributions_and_its_baselines() {
    let folder = folder();
    let text = run(folder.path(), &["train", "--out", "run"]);
    let out = folder.path().join("run");
    for part in [
        "balanced test rows\nregion",
        "\nNatural distribution: the same test rows, re-weighted to the spread of all 2000 rows",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for baseline in ["Median (baseline)", "Ridge (baseline)", "Log-ridge (baseline)"] {
        let line = text.lines().find(|line| line.starts_with(baseline)).unwrap_or_else(|| panic!("{baseline}: {text}"));
        assert_eq!(line.split("  ").filter(|cell| !cell.trim().is_empty()).count(), 9, "{line}");
    }
    // The weighted mean, made again from the files that other programs read.
    let (bins, rows) = (csv(&out.join("bins.csv")), csv(&out.join("predictions.csv")));
    let [train, val, test] = ["train", "val", "test"].map(|name| column(&bins, name));
    let sum = |counts: &[f64]| counts.iter().sum::<f64>();
    let data: Vec<f64> = (0..train.len()).map(|bin| train[bin] + val[bin] + test[bin]).collect();
    let weight = |bin: f64| (data[bin as usize] / sum(&data)) / (test[bin as usize] / sum(&test));
    let [y, p, bin] = ["target", "prediction", "bin"].map(|name| column(&rows, name));
    let weights: Vec<f64> = bin.iter().map(|&bin| weight(bin)).collect();
    let weighted = |of: &dyn Fn(usize) -> f64| (0..y.len()).map(|k| weights[k] * of(k)).sum::<f64>() / sum(&weights);
    let metrics = json(&out.join("metrics.json"));
    let natural = &metrics["natural"];
    let all = &natural["regions"]["all"];
    let close = |found: &Value, expected: f64| {
        let found = found.as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found}, expected {expected}");
    };
    close(&all["mae"], weighted(&|k| (p[k] - y[k]).abs()));
    close(&all["mse"], weighted(&|k| (p[k] - y[k]).powi(2)));
    close(&all["bias"], weighted(&|k| p[k] - y[k]));
    close(&all["effective_rows"], sum(&weights).powi(2) / weights.iter().map(|w| w * w).sum::<f64>());
    assert_eq!((natural["spread"].as_str(), natural["data_rows"].as_u64()), (Some("balanced"), Some(2000)));
    assert!(all["mae_interval"]["low"].as_f64() < all["mae"].as_f64(), "{all}");
    // The median of the training targets errs by this on the same rows.
    let baselines = json(&out.join("baselines.json"));
    let kinds: Vec<_> = baselines["baselines"].as_array().expect("a list").iter().map(|b| b["kind"].as_str()).collect();
    assert_eq!(kinds, [Some("median"), Some("ridge"), Some("log_ridge")]);
    let page = fs::read_to_string(out.join("report.html")).expect("a report");
    for part in ["balanced test rows", "Natural distribution:", "effective rows", "<h2>Baselines</h2>", "natural few"] {
        assert!(page.contains(part), "{part}");
    }
    // Going on neither makes them anew nor loses them; a run without them gets some; eval says the same.
    let before = modified(&out.join("baselines.json"));
    let again = run(folder.path(), &["train", "--out", "run"]);
    assert_eq!((modified(&out.join("baselines.json")), again), (before, text.clone()));
    fs::remove_file(out.join("baselines.json")).expect("was there");
    let page = PROGRAM.command().current_dir(folder.path()).args(["report", "run"]).output().expect("starts");
    assert!(page.status.success());
    assert!(!fs::read_to_string(out.join("report.html")).expect("a report").contains("<h2>Baselines</h2>"));
    run(folder.path(), &["train", "--out", "run"]);
    assert_eq!(json(&out.join("baselines.json")), baselines);
    let eval = PROGRAM.command().current_dir(folder.path()).args(["eval", "--run", "run"]).output().expect("starts");
    let eval = String::from_utf8_lossy(&eval.stdout).into_owned();
    assert!(eval.contains("balanced test rows") && text.contains(eval.trim_end()), "{eval}");
}

#[test]
fn a_random_split_is_told_once() {
    let folder = folder();
    let text = run(folder.path(), &["train", "--split", "split.csv", "--out", "run"]);
    assert!(text.contains("test rows (natural distribution)\nregion"), "{text}");
    assert!(text.contains("The test rows are spread over the target as all 2000 rows are"), "{text}");
    assert!(!text.contains("effective rows") && !text.contains("natural few"), "{text}");
    let natural = &json(&folder.path().join("run/metrics.json"))["natural"];
    assert_eq!((natural["spread"].as_str(), natural.get("regions")), (Some("natural"), None));
}

#[test]
fn a_run_that_does_not_learn_says_so() {
    let folder = folder();
    let settings = SETTINGS.replace("[train]\n", "[train]\nlr = 1e-9\n");
    fs::write(folder.path().join("settings.toml"), settings).expect("writes");
    let text = run(folder.path(), &["train", "--out", "run"]);
    let beaten = "note: The network does not beat the best baseline: MAE of all rows ";
    assert!(text.contains(beaten), "{text}");
    let page = fs::read_to_string(folder.path().join("run/report.html")).expect("a report");
    assert!(page.contains("The network does not beat the best baseline"));
}

#[test]
fn a_comparison_has_both_distributions_and_baselines_in_every_form() {
    let folder = folder();
    let compare = ["compare", "--methods", "vanilla,inv", "--seeds", "2", "--jobs", "1", "--out", "grid"];
    let text = run(folder.path(), &compare);
    let out = folder.path().join("grid");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("is there");
    let forms = [text.clone(), read("compare.md"), read("compare.tex"), read("report.html")];
    for form in &forms {
        for part in ["Natural distribution: the same test rows", "Effective test rows: all ", "Median (baseline)"] {
            assert!(form.contains(part), "{part}: {form}");
        }
        assert!(form.matches("Log-ridge (baseline)").count() >= 2, "once in each table: {form}");
        assert!(form.contains("Balanced test rows: all ") || form.contains("<small>"), "{form}");
    }
    let table = csv(&out.join("compare.csv"));
    let value = |method: &str, seed: &str, metric: &str| -> f64 {
        let found = table.iter().find(|row| row[..4] == [method, seed, metric, "all"].map(str::to_owned));
        found.unwrap_or_else(|| panic!("{method} {seed} {metric}"))[4].parse().expect("a number")
    };
    let metrics = json(&out.join("inv/seed-1/metrics.json"));
    assert_eq!(Some(value("inv", "1", "natural_mae")), metrics["natural"]["regions"]["all"]["mae"].as_f64());
    let median = &json(&out.join("inv/seed-1/baselines.json"))["baselines"][0];
    assert_eq!(Some(value("baseline:median", "", "mae")), median["regions"]["all"]["mae"].as_f64());
    assert_eq!(
        Some(value("baseline:median", "", "natural_bias")),
        median["natural"]["regions"]["all"]["bias"].as_f64()
    );
    assert_eq!(json(&out.join("compare.json"))["baselines"].as_array().map(Vec::len), Some(3));
    // All runs have the same ones, also in their reports; a comparison that goes on does not make them again.
    let path = |run: &str| out.join(run).join("baselines.json");
    assert_eq!(json(&path("vanilla/seed-0")), json(&path("inv/seed-1")));
    assert!(read("vanilla/seed-0/report.html").contains("<h2>Baselines</h2>"));
    let before = modified(&path("vanilla/seed-0"));
    fs::remove_file(path("inv/seed-1")).expect("was there");
    assert_eq!(run(folder.path(), &compare), text);
    assert_eq!(modified(&path("vanilla/seed-0")), before);
    assert_eq!(json(&path("vanilla/seed-0")), json(&path("inv/seed-1")));
    // A report is made from the files alone.
    let page = read("report.html");
    let report = PROGRAM.command().current_dir(folder.path()).args(["report", "grid"]).output().expect("starts");
    assert!(report.status.success());
    assert_eq!(read("report.html"), page);
}

#[test]
fn folds_are_pooled_for_baselines_too() {
    let folder = folder();
    let compare = ["compare", "--methods", "vanilla", "--seeds", "1", "--folds", "3", "--jobs", "1", "--out", "grid"];
    let text = run(folder.path(), &compare);
    assert!(text.contains("Test rows (natural distribution): all 2000"), "{text}");
    let out = folder.path().join("grid");
    let pooled = json(&out.join("baselines.json"));
    let mae = |baselines: &Value| {
        let all = &baselines["baselines"][0]["regions"]["all"];
        (all["mae"].as_f64().expect("a number"), all["rows"].as_u64().expect("a number"))
    };
    let folds: Vec<(f64, u64)> =
        (0..3).map(|fold| mae(&json(&out.join(format!("vanilla/seed-0/fold-{fold}/baselines.json"))))).collect();
    let rows: u64 = folds.iter().map(|(_, rows)| rows).sum();
    let mean = folds.iter().map(|(mae, rows)| mae * *rows as f64).sum::<f64>() / rows as f64;
    assert!(rows == 2000 && mae(&pooled).1 == 2000 && (mae(&pooled).0 - mean).abs() < 1e-9, "{folds:?} {pooled}");
    assert_eq!(json(&out.join("vanilla/seed-0/baselines.json")), pooled);
    assert!(text.contains("Ridge (baseline)"), "{text}");
}

#[test]
fn methods_on_test_rows_of_their_own_have_no_common_baselines() {
    let folder = folder();
    let change = |name: &str, many: u32| {
        format!(
            "[[changes]]\nname = \"{name}\"\ntitle = \"{name}\"\n[changes.settings.shots]\nkind = \"rows\"\nmany_above = {many}\n\
             few_below = 5\n"
        )
    };
    let grid = format!("methods = [\"vanilla\"]\n{}{}", change("a", 50), change("b", 90));
    fs::write(folder.path().join("changes.toml"), grid).expect("writes");
    let text =
        run(folder.path(), &["compare", "--grid", "changes.toml", "--seeds", "1", "--jobs", "1", "--out", "grid"]);
    assert!(!text.contains("(baseline)"), "{text}");
    let runs: Vec<_> =
        fs::read_dir(folder.path().join("grid")).expect("a folder").flatten().map(|e| e.path()).collect();
    let found: Vec<Value> = runs
        .iter()
        .map(|run| run.join("seed-0/baselines.json"))
        .filter(|path| path.is_file())
        .map(|p| json(&p))
        .collect();
    assert_eq!(found.len(), 2, "each run has its own");
    assert_ne!(found[0]["made_for"], found[1]["made_for"]);
}
