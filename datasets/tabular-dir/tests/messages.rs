//! Messages and titles: they say what was trained, what is wrong and what to do, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Flags, exit code and message of mistakes that one part of the program finds for another.
const CAUSES: [(&str, i32, &str); 7] = [
    (
        "--reweight inverse --lds --lds-ks 4",
        1,
        "error: failed to make the kernel: found 4 taps, expected an odd number",
    ),
    ("--fds --fds-ks 4", 1, "error: failed to make the kernel: found 4 taps, expected an odd number"),
    (
        "--method inv+lds --lds-sigma -1",
        1,
        "error: failed to make the kernel: found sigma = -1, expected a finite number above 0",
    ),
    ("--bin-width -1", 1, "error: failed to bin the targets: found width = -1, expected a finite number above 0"),
    ("--bins 0", 1, "error: failed to bin the targets: found 0 bins, expected at least 1"),
    (
        "--method smogn --bins 3",
        1,
        "error: failed to re-sample the rows: found no rare row, expected some rare and some frequent rows; choose another threshold \
         (0.5) or relevance",
    ),
    (
        "--split none.csv",
        1,
        "error: none.csv: found 'No such file or directory (os error 2)', expected a CSV with the columns row and split",
    ),
];

/// Flags and message of values that make no sense.
const VALUES: [(&str, &str); 8] = [
    ("--lr 0", "error: found --lr 0, expected a finite number above 0"),
    ("--lr -1", "error: found train.lr = -1, expected a finite number above 0"),
    (
        "--seed -1",
        "error: invalid value '-1' for '--seed <SEED>': expected a whole number from 0 to 9223372036854775807; see --help",
    ),
    ("--epoch 0", "error: invalid value '0' for '--epoch <EPOCH>': expected a whole number of at least 1; see --help"),
    (
        "--epoch -1",
        "error: invalid value '-1' for '--epoch <EPOCH>': expected a whole number of at least 1; see --help",
    ),
    (
        "--batch-size 0",
        "error: invalid value '0' for '--batch-size <BATCH_SIZE>': expected a whole number of at least 1; see --help",
    ),
    (
        "--patience -1",
        "error: invalid value '-1' for '--patience <PATIENCE>': expected a whole number of at least 0; see --help",
    ),
    (
        "--select mea",
        "error: invalid value 'mea' for '--select <METRIC>': expected mae, mse, rmse, gm, bmae, bmse, pearson, spearman, sera, uf1, \
         abs_rel, log10, delta1, delta2, delta3, alone or with _all, _many, _medium, _few, _zero; did you mean \"mae\"?; see --help",
    ),
];

/// A folder with a CSV of 300 rows and small settings.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = |k: u32| format!("{},{},{}\n", k % 17, if k.is_multiple_of(3) { "red" } else { "blue" }, k % 10);
    let csv = "size,colour,price\n".to_owned() + &(0..300).map(row).collect::<String>();
    fs::write(folder.path().join("data.csv"), csv).expect("writes");
    folder
}

/// Settings with these lines before the sections.
fn settings(folder: &Path, lines: &str) {
    let sections = "[model]\nhidden = [8]\nfeatures = 4\n[train]\nepochs = 2\nbatch = 64\n";
    fs::write(folder.join("c.toml"), format!("{lines}\n{sections}")).expect("writes");
}

fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabular-dir"));
    command.current_dir(folder).args(line.split(' ')).output().expect("the program starts")
}

fn train(folder: &Path, flags: &str) -> Output {
    run(folder, &format!("train --csv data.csv --config c.toml {flags}"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The whole message of a mistake, which has this exit code and prints no result.
fn mistake(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    stderr(output).trim_end().to_owned()
}

/// A finished run in `run`.
fn finished() -> (TempDir, PathBuf) {
    let folder = folder();
    settings(folder.path(), "");
    stdout(&train(folder.path(), "--out run --quiet"));
    let run = folder.path().join("run");
    (folder, run)
}

#[test]
fn a_method_in_a_file_is_trained_as_by_its_flag() {
    let folder = folder();
    let place = folder.path();
    settings(place, "");
    let by_flag = stdout(&train(place, "--method inv+fds --out flag --quiet"));
    settings(place, "method = \"inv+fds\"");
    let by_word = stdout(&train(place, "--out word --quiet"));
    assert!(by_word.starts_with("INV + FDS, seed 0:"), "{by_word}");
    assert_eq!(by_word.replace("word", "flag"), by_flag);
    for file in ["config.toml", "predictions.csv", "bins.csv", "pipeline.json"] {
        let read = |run: &str| fs::read(place.join(run).join(file)).expect("a finished run");
        assert!(read("flag") == read("word"), "{file}");
    }
    // The settings of a run are settings.
    fs::copy(place.join("word/config.toml"), place.join("c.toml")).expect("copies");
    assert_eq!(stdout(&train(place, "--out again --quiet")).replace("again", "word"), by_word);
    let message = "error: c.toml, line 1: found method \"bananas\", expected vanilla, inv, sqinv, dense, cb, smoter, smogn, over, under, \
                   lds, fds, focal, log, rrt, classify, ldam, joined by +";
    settings(place, "method = \"bananas\"");
    assert_eq!(mistake(&train(place, "--out none"), 2), message);
    settings(place, "method = \"inv\"\nfds = { momentum = 0.5 }");
    assert_eq!(
        mistake(&train(place, "--out none"), 2),
        "error: c.toml, line 1: found method = \"inv\" beside [fds], expected settings that agree with it; remove one of the two, or \
         set method = \"fds\""
    );
    assert!(!place.join("none").exists());
}

/// Rows of a grid keep their names, and the settings that their runs were asked for and have are settings.
#[test]
fn settings_of_a_grid_are_settings() {
    let folder = folder();
    let place = folder.path();
    settings(place, "");
    let grid = "methods = [\"inv+lds\"]\n[[changes]]\nname = \"wide\"\ntitle = \"7 taps\"\nsettings = { weights.lds.size = 7 }\n";
    fs::write(place.join("grid.toml"), grid).expect("writes");
    let table =
        stdout(&run(place, "compare --csv data.csv --config c.toml --grid grid.toml --seeds 1 --out grid --quiet"));
    assert!(table.contains("INV + LDS, 7 taps"), "{table}");
    let settings = fs::read_to_string(place.join("grid/inv+lds+wide/seed-0/config.toml")).expect("a finished run");
    assert!(settings.contains("method = \"inv+lds\"\nrow = \"inv+lds+wide\"\n"), "{settings}");
    for (file, out) in [("config.toml", "one"), ("request.toml", "two")] {
        let line = format!("train --config grid/inv+lds+wide/seed-0/{file} --quiet --out {out}");
        let said = stdout(&run(place, &line));
        assert!(said.starts_with("INV + LDS (row inv+lds+wide), seed 0:"), "{said}");
        assert_eq!(fs::read_to_string(place.join(out).join("config.toml")).expect("a finished run"), settings);
    }
}

#[test]
fn causes_are_said_once() {
    let folder = folder();
    settings(folder.path(), "");
    for (flags, code, message) in CAUSES {
        assert_eq!(mistake(&train(folder.path(), &format!("--out none {flags}")), code), message);
    }
}

#[test]
fn values_are_refused_as_values() {
    let folder = folder();
    settings(folder.path(), "");
    for (flags, message) in VALUES {
        assert_eq!(mistake(&train(folder.path(), flags), 2), message);
    }
}

#[test]
fn another_format_is_named() {
    let (folder, run) = finished();
    for (file, key, known) in [("config.toml", "format = ", 1), ("pipeline.json", "\"format\": ", 2)] {
        let format = format!("{key}{known}");
        let text = fs::read_to_string(run.join(file)).expect("a finished run");
        assert!(text.contains(&format), "{text}");
        fs::write(run.join(file), text.replacen(&format, &format!("{key}9"), 1)).expect("writes");
        assert_eq!(
            mistake(&train(folder.path(), "--out run --quiet"), 1),
            format!(
                "error: run/{file}: written in format 9, this program reads format {known}; use the version that wrote it, or train again"
            )
        );
        fs::write(run.join(file), text).expect("writes");
    }
    // Also where the rest is unknown.
    fs::write(run.join("config.toml"), "format = 9\nmethods = []\n").expect("writes");
    let message = mistake(&self::run(folder.path(), "eval --run run"), 2);
    assert!(
        message.starts_with("error: run/config.toml: written in format 9, this program reads format 1;"),
        "{message}"
    );
}

#[test]
fn damaged_files_of_a_run_say_what_to_do() {
    let (folder, run) = finished();
    let cut = |file: &str| {
        let text = fs::read(run.join(file)).expect("a finished run");
        fs::write(run.join(file), &text[..40]).expect("writes");
        text
    };
    let eval = || mistake(&self::run(folder.path(), "eval --run run"), 1);
    let metrics = cut("metrics.json");
    let message = eval();
    assert!(message.starts_with("error: run/metrics.json: found something else (EOF while parsing"), "{message}");
    assert!(
        message.ends_with("expected the metrics of a finished run; repeat its `train`, which evaluates it again"),
        "{message}"
    );
    fs::write(run.join("metrics.json"), metrics).expect("writes");
    cut("data.json");
    let message = eval();
    assert!(message.ends_with("restore the file, or delete it if the data are the same and train again"), "{message}");
    // Which is true.
    fs::remove_file(run.join("data.json")).expect("is there");
    stdout(&train(folder.path(), "--out run --quiet"));
    stdout(&self::run(folder.path(), "eval --run run"));
}

#[test]
fn a_report_says_that_predictions_are_missing() {
    let (folder, run) = finished();
    assert_eq!(stderr(&self::run(folder.path(), "report run")), "");
    let before = fs::read(run.join("predictions.csv")).expect("a finished run");
    fs::remove_file(run.join("predictions.csv")).expect("is there");
    let output = self::run(folder.path(), "report run");
    let said = stderr(&output);
    assert!(stdout(&output).contains("report: run/report.html"));
    assert!(
        said.starts_with("warning: run/predictions.csv: found no such file, expected that of a finished run;"),
        "{said}"
    );
    // What it says to do is enough.
    fs::remove_file(run.join("metrics.json")).expect("is there");
    let said = stderr(&train(folder.path(), "--out run"));
    assert!(said.contains("resuming after the last epoch, with the evaluation") && !said.contains("stage 2"), "{said}");
    assert_eq!(fs::read(run.join("predictions.csv")).expect("written again"), before);
}

#[test]
fn predictions_do_not_replace_what_is_read() {
    let (folder, run) = finished();
    let data = fs::read(folder.path().join("data.csv")).expect("is there");
    fs::hard_link(folder.path().join("data.csv"), folder.path().join("link.csv")).expect("links");
    for out in ["data.csv", "./run/../data.csv", "link.csv", "run/metrics.json"] {
        let line = format!("predict --run run --csv data.csv --out {out}");
        assert_eq!(
            mistake(&self::run(folder.path(), &line), 1),
            format!("error: --out {out}: found a file that is read, expected another one; choose another --out")
        );
    }
    assert_eq!(fs::read(folder.path().join("data.csv")).expect("is there"), data);
    stdout(&self::run(folder.path(), "predict --run run --csv data.csv --out new.csv"));
    assert!(run.join("metrics.json").exists() && folder.path().join("new.csv").exists());
}

/// A run whose best model is lost says so and can be trained again, to the same numbers.
#[test]
fn a_lost_best_model_is_told_and_made_anew() {
    let (folder, run) = finished();
    let place = folder.path();
    let predictions = stdout(&self::run(place, "predict --run run --csv data.csv"));
    let best = |copy: bool| -> PathBuf {
        let of_kind = |path: &PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            name.starts_with("best-") && name.ends_with(".copy.ckpt") == copy
        };
        let files = fs::read_dir(run.join("checkpoints")).expect("a folder").flatten().map(|entry| entry.path());
        files.into_iter().find(of_kind).expect("kept")
    };
    fs::write(best(false), "damaged").expect("writes");
    let output = self::run(place, "predict --run run --csv data.csv");
    assert_eq!(stdout(&output), predictions);
    let said = stderr(&output);
    assert!(said.starts_with("note: run/checkpoints/best-") && said.ends_with("; its copy is used\n"), "{said}");
    fs::remove_file(best(true)).expect("is there");
    let lost = ": found neither the model of the best epoch nor its copy whole, expected one of them; restore one, or train the run from \
                the start with --restart";
    let message = mistake(&self::run(place, "predict --run run --csv data.csv"), 1);
    assert!(message.starts_with("error: run/checkpoints/best-") && message.ends_with(lost), "{message}");
    fs::remove_file(best(false)).expect("is there");
    assert_eq!(
        mistake(&self::run(place, "predict --run run --csv data.csv"), 1),
        format!("error: run/checkpoints{lost}")
    );
    let output = train(place, "--out run --quiet");
    assert!(stdout(&output).starts_with("Vanilla, seed 0"));
    assert_eq!(stderr(&output), format!("warning: run/checkpoints{lost}\n"));
    stdout(&train(place, "--out run --quiet --restart"));
    assert_eq!(stdout(&self::run(place, "predict --run run --csv data.csv")), predictions);
    // A run that was stopped before its evaluation.
    fs::remove_file(run.join("metrics.json")).expect("is there");
    fs::remove_file(best(false)).expect("is there");
    fs::remove_file(best(true)).expect("is there");
    assert!(mistake(&train(place, "--out run --quiet"), 1).ends_with(lost));
    stdout(&train(place, "--out run --quiet --restart"));
    assert_eq!(stdout(&self::run(place, "predict --run run --csv data.csv")), predictions);
}

/// Lists in `--help` are those of the registries.
#[test]
fn help_lists_what_there_is() {
    let folder = folder();
    let help = |verb: &str| {
        stdout(&run(folder.path(), &format!("{verb} --help"))).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (train, compare) = (help("train"), help("compare"));
    for words in [
        "Method by name: vanilla, inv, sqinv, dense, cb, smoter, smogn, over, under, lds, fds, focal, log, rrt, classify, ldam, joined by +",
        "mae, mse, rmse, gm, bmae, bmse, pearson, spearman, sera, uf1, abs_rel, log10, delta1, delta2, delta3, alone or with _all, _many, \
         _medium, _few, _zero",
    ] {
        assert!(train.contains(words), "{train}");
    }
    for words in [
        "table1, table2, table3, table4, table5, table6 (the paper's tables, beside its numbers on its data), kernels, losses, hyper, \
         densities, classification (the studies",
        "mae, mse, rmse, gm, bmae, bmse, pearson, spearman, sera, uf1, abs_rel, log10, delta1, delta2, delta3; the first",
    ] {
        assert!(compare.contains(words), "{compare}");
    }
}
