//! Every verb on a small made-up data set, as a user meets them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use dir_nn::weights::Weights;
use dir_tests::Program;
use dir_tests::program::{assert_same_runs, empty_folder, kill_after, kill_when, mae, metrics, said};
use serde_json::Value;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_sts-b-dir"));
/// A network that is trained in a second.
const SMALL: [&str; 7] = ["--size", "tiny", "--hidden", "8", "--epoch", "4", "--quiet"];

/// Where this test program works, emptied when it starts.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| empty_folder(env!("CARGO_TARGET_TMPDIR"), "sts-b-verbs"))
}

fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let data = folder().join("data");
        PROGRAM.said(&["synth", "--rows", "600", "--width", "12"], &[("--out", &data)]);
        data
    })
}

fn train(name: &str, flags: &[&str]) -> (PathBuf, String) {
    let out = folder().join(name);
    let arguments = [&["train"], SMALL.as_slice(), flags].concat();
    let text = PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out)]);
    (out, text)
}

#[test]
fn train_eval_predict_export() {
    let (run, text) = train("whole", &["--method", "inv+lds+fds"]);
    assert!(text.contains("Median (baseline)") && text.contains("Ridge (baseline)"), "{text}");
    assert!(run.join("report.html").exists());
    assert_eq!(
        (metrics(&run)["dataset"].as_str(), metrics(&run)["best"]["metric"].as_str()),
        (Some("sts-b-synthetic"), Some("mse"))
    );
    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let again = PROGRAM.said(&["eval"], &[("--run", &run)]);
    assert!(again.contains(&table), "{again}");

    // The test file's own rows, as other data: the same numbers.
    let tsv = data().join("test_new.tsv");
    let again = PROGRAM.said(&["eval"], &[("--run", &run), ("--csv", &tsv)]);
    assert!(again.contains(&table), "{again}");
    let csv = folder().join("two.csv");
    fs::write(&csv, "sentence1,sentence2\n\"The dog, a hound\",The cat\nThe man,The guy\n").expect("writes");
    let predictions = PROGRAM.said(&["predict"], &[("--run", &run), ("--csv", &csv)]);
    let lines: Vec<&str> = predictions.lines().collect();
    assert_eq!((lines[0], lines.len()), ("row,prediction", 3));
    let of_file: f64 = lines[2].split_once(',').and_then(|(_, p)| p.parse().ok()).expect("a number");

    // The same pair on the command line, and in a conversation.
    let one = PROGRAM.said(&["predict", "The man", "The guy"], &[("--run", &run)]);
    let of_line: f64 = one.lines().nth(1).and_then(|l| l.split_once(',')?.1.parse().ok()).expect("a number");
    assert!((of_line - of_file).abs() < 1e-5, "{of_line} {of_file}");
    let mut command = PROGRAM.command();
    command.args(["predict", "--run"]).arg(&run).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().expect("piped").write_all(b"The man\nThe guy\nonly one").expect("writes");
    let spoken = said(&child.wait_with_output().expect("ends"));
    assert_eq!(spoken.trim_end(), format!("score: {of_file:.2}"));

    let weights = folder().join("network.safetensors");
    PROGRAM.said(&["export"], &[("--run", &run), ("--out", &weights)]);
    let names: Vec<String> = Weights::read(&weights).expect("reads back").names().map(str::to_owned).collect();
    assert!(names.contains(&"pair_encoder._phrase_layer._module.weight_hh_l1_reverse".into()), "{names:?}");
    // Training from them starts where the other run ended.
    let out = folder().join("from");
    let arguments = [&["train"], SMALL.as_slice(), &["--lr", "1e-9"]].concat();
    PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out), ("--pretrained", &weights)]);
    assert!((mae(&out) / mae(&run) - 1.0).abs() < 1e-3, "{} {}", mae(&out), mae(&run));
}

#[test]
fn sentences_are_made_of_others() {
    for method in ["smogn+lds+fds", "smoter"] {
        let (run, text) = train(method, &["--method", method]);
        assert!(text.contains("best epoch") && metrics(&run)["regions"]["all"]["mse"].is_number(), "{text}");
    }
}

#[test]
fn one_file_of_ones_own() {
    let csv = folder().join("own.csv");
    let row = |k: u32| format!("\"words {} of, {}\",words {},{}\n", k % 7, k % 5, k % 3, k % 11);
    fs::write(&csv, "a,b,stars\n".to_owned() + &(0..400).map(row).collect::<String>()).expect("writes");
    let out = folder().join("own");
    let columns = ["--first", "a", "--second", "b", "--target", "stars", "--method", "inv+lds"];
    let arguments = [&["train"], SMALL.as_slice(), &columns].concat();
    let vectors = data().join("vectors.txt");
    PROGRAM.said(&arguments, &[("--csv", &csv), ("--vectors", &vectors), ("--out", &out)]);
    assert_eq!((metrics(&out)["dataset"].as_str(), metrics(&out)["target"].as_str()), (Some("own"), Some("stars")));
    let bins = fs::read_to_string(out.join("bins.csv")).expect("bins");
    assert_eq!(bins.lines().count(), 12, "a bin per whole number: {bins}");
}

#[test]
fn prepare_splits_anew_and_does_not_overwrite() {
    let pool = folder().join("pool");
    fs::create_dir_all(&pool).expect("creates");
    for (name, rows) in [("train.tsv", 800), ("dev.tsv", 100)] {
        let row = |k: u32| format!("{k}\tg\tf\ty\to\tn\tn\tone {k}\ttwo\t{:.2}\n", f64::from(k % 101) / 20.0);
        let header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
        fs::write(pool.join(name), header.to_owned() + &(0..rows).map(row).collect::<String>()).expect("writes");
    }
    let text = PROGRAM.said(&["prepare", "--seed", "3"], &[("--data", &pool)]);
    assert!(text.contains("train_new.tsv: ") && text.lines().count() == 3, "{text}");
    let first = fs::read(pool.join("test_new.tsv")).expect("a list");
    let again = PROGRAM.run(&["prepare", "--seed", "4"], &[("--data", &pool)]);
    assert!(!again.status.success() && fs::read(pool.join("test_new.tsv")).expect("a list") == first);
    PROGRAM.said(&["prepare", "--seed", "4", "--overwrite"], &[("--data", &pool)]);
    assert_ne!(fs::read(pool.join("test_new.tsv")).expect("a list"), first);
}

#[test]
fn fetch_says_what_there_is() {
    let text = PROGRAM.said(&["fetch"], &[]);
    assert!(
        text.contains("train_new.tsv  SHA-256 4da3322ae29f7ad1")
            && text.contains("glove.840B.300d.zip")
            && text.contains("--download"),
        "{text}"
    );
}

/// Killed without warning after some checkpoints, and resumed: the same predictions, bit for bit, dropout and all.
#[test]
fn a_killed_run_resumes_to_the_same_numbers() {
    let flags = ["--method", "rrt+lds+fds", "--checkpoint-steps", "1", "--batch-size", "32"];
    let (whole, _) = train("uninterrupted", &flags);
    let out = folder().join("killed");
    kill_after(&[3, 30, 60], &out, || {
        let mut command = PROGRAM.command();
        command.arg("train").args(SMALL).args(flags).arg("--data").arg(data()).arg("--out").arg(&out);
        command
    });
    train("killed", &flags);
    assert_same_runs(&whole, &out);
}

/// What a log tells of each epoch, without times.
fn epochs(run: &Path) -> Vec<[Value; 3]> {
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap_or_else(|_| String::new());
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let epochs = events.filter(|event| event["event"] == "epoch");
    epochs.map(|event| ["epoch", "train_loss", "fds_distance"].map(|key| event[key].clone())).collect()
}

/// The pass is in training mode, as the official one: its dropout must not depend on what was drawn before.
#[test]
fn a_run_killed_in_a_statistics_pass_resumes_to_the_same_statistics() {
    let flags = ["--method", "inv+fds", "--checkpoint-steps", "1", "--batch-size", "32"];
    let (whole, _) = train("statistics", &flags);
    let out = folder().join("killed-in-statistics");
    let in_pass = |_| {
        let log = fs::read_to_string(out.join("log.jsonl")).unwrap_or_else(|_| String::new());
        log.lines().next_back().is_some_and(|line| line.contains("\"statistics\""))
    };
    let kills = kill_when(1, in_pass, || {
        let mut command = PROGRAM.command();
        command.arg("train").args(SMALL).args(flags).arg("--data").arg(data()).arg("--out").arg(&out);
        command
    });
    assert_eq!(kills, 1);
    train("killed-in-statistics", &flags);
    assert_eq!(epochs(&out), epochs(&whole));
    assert_same_runs(&whole, &out);
}

#[test]
fn a_comparison_shows_squared_errors_and_correlations() {
    let out = folder().join("compare");
    let arguments =
        ["compare", "--size", "tiny", "--hidden", "4", "--seeds", "2", "--methods", "vanilla,inv+lds", "--quiet"];
    let text = PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out)]);
    for words in ["MSE all", "Pearson few", "Spearm. all", "GM med", "MSE minus that of Vanilla"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(fs::read_to_string(out.join("report.html")).expect("a report").contains("MSE by shot"));
}
