//! Every user mistake: one line that says where, what was found, what was expected and what to do; exit code 1 or 2; nothing
//! half-written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tabular-dir"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A CSV of 300 good rows.
fn good() -> String {
    let row = |k: u32| format!("{},{},{}\n", k % 17, if k.is_multiple_of(3) { "red" } else { "blue" }, k % 10);
    "size,colour,price\n".to_owned() + &(0..300).map(row).collect::<String>()
}

/// Runs `train` on a CSV with this text.
fn train(folder: &Path, csv: &str, flags: &[&str]) -> Output {
    let path = folder.join("data.csv");
    fs::write(&path, csv).expect("writes");
    let mut command = program();
    command.current_dir(folder).args(["train", "--csv", "data.csv", "--size", "tiny", "--out", "out"]).args(flags);
    command.output().expect("the program starts")
}

/// The one line on standard error, of a run that failed with this code and wrote nothing.
fn mistake(folder: &Path, output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(output.stdout.is_empty());
    assert!(!folder.join("out").exists(), "a folder was left: {said}");
    said
}

#[test]
fn bad_files() {
    let folder = folder();
    let edit = |from: &str, to: &str| good().replacen(from, to, 1);
    let many_bad =
        good().lines().enumerate().map(|(k, l)| format!("{}\n", if k == 9 { "oops,red,1" } else { l })).collect();
    for (csv, words) in [
        (String::new(), ["data.csv", "empty file", "expected a CSV"]),
        ("size,colour,price\n".to_owned(), ["data.csv", "a header and no rows", "expected rows"]),
        (edit("2,blue,2\n", "2,blue,2,9\n"), ["data.csv, line 4", "4 fields", "expected 3"]),
        (many_bad, ["row 8 (line 10), column \"size\"", "\"oops\"", "expected a number"]),
        (edit("2,blue,2\n", "2,blue,NaN\n"), ["row 2 (line 4), column \"price\"", "\"NaN\"", "drop_row"]),
        (
            edit("2,blue,2\n", "2,blue,inf\n"),
            ["row 2 (line 4), column \"price\"", "\"inf\"", "expected a finite number"],
        ),
        ("a,y\n1,2\n2,2\n3,2\n".to_owned(), ["data.csv", "one value 2", "expected a target that varies"]),
        ("a,y\n1,2\n".to_owned(), ["data.csv", "one row", "expected enough rows"]),
        ("a,y\n1,2\n2,3\n".to_owned(), ["0 test rows", "expected at least 1 of each", "more rows"]),
    ] {
        let said = mistake(folder.path(), &train(folder.path(), &csv, &[]), 1);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
}

#[test]
fn bad_settings() {
    let folder = folder();
    fs::write(folder.path().join("c.toml"), "[train]\nlearning = 1\n").expect("writes");
    fs::write(folder.path().join("file"), "").expect("writes");
    for (flags, code, words) in [
        (
            ["--target", "prize"].as_slice(),
            1,
            ["no column \"prize\"", "one of size, colour, price", "did you mean \"price\""],
        ),
        (&["--config", "c.toml"], 2, ["c.toml, line 2", "learning", "expected"]),
        (&["--config", "none.toml"], 2, ["none.toml", "found", "expected a TOML file"]),
        (&["--lds"], 1, ["found LDS without re-weighting", "expected", "sqrt_inv"]),
        (&["--reweight", "inverse", "--lds", "--lds-ks", "4"], 1, ["found 4 taps", "expected", "odd"]),
        (&["--bins", "10", "--bin-width", "1"], 2, ["--bins", "cannot be used with", "--bin-width"]),
        (&["--method", "inv", "--fds"], 2, ["found --method beside", "expected", "one or the other"]),
        (&["--method", "smotr"], 2, ["found method \"smotr\"", "expected", "vanilla"]),
        (&["--lr", "-1"], 2, ["train.lr", "-1", "expected"]),
        (&["--lrr", "1"], 2, ["--lrr", "unexpected argument", "--help"]),
        (&["--device", "tpu"], 2, ["--device tpu", "expected auto", "cpu"]),
        (&["--split", "none.csv"], 1, ["none.csv", "found", "expected a CSV"]),
    ] {
        let said = mistake(folder.path(), &train(folder.path(), &good(), flags), code);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let missing = program().args(["train", "--csv", "none.csv"]).current_dir(folder.path()).output().expect("starts");
    assert!(mistake(folder.path(), &missing, 1).contains("none.csv"));
    let blocked = train(folder.path(), &good(), &["--out", "file/run"]);
    assert_eq!(blocked.status.code(), Some(2), "--out twice");
    let blocked = program()
        .args(["train", "--csv", "data.csv", "--size", "tiny", "--out", "file/run"])
        .current_dir(folder.path())
        .output()
        .expect("starts");
    assert!(mistake(folder.path(), &blocked, 1).contains("file/run"));
}

#[test]
fn a_folder_of_another_run_is_left_alone() {
    let folder = folder();
    assert!(train(folder.path(), &good(), &[]).status.success());
    let before = fs::read(folder.path().join("out/metrics.json")).expect("a finished run");
    let output = train(folder.path(), &good(), &["--lr", "0.5"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("another --out") && said.contains("lr = 0.5"), "{said}");
    assert_eq!(fs::read(folder.path().join("out/metrics.json")).expect("still there"), before);
    // The same settings, but other data under the same name.
    let output = train(folder.path(), &good().replace("16,", "90,"), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("data.json: made from other data: other inputs"), "{said}");
}

#[test]
fn a_grid_of_other_settings_is_left_alone() {
    let folder = folder();
    fs::write(folder.path().join("data.csv"), good()).expect("writes");
    let compare = |flags: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).args(["compare", "--csv", "data.csv", "--size", "tiny", "--seeds", "1"]);
        command.args(["--methods", "vanilla,sqinv", "--quiet", "--out", "grid"]).args(flags).output().expect("starts")
    };
    let first = compare(&[]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert!(folder.path().join("grid/sqinv/seed-0/report.html").exists());
    let again = compare(&[]);
    assert_eq!(first.stdout, again.stdout);
    let other = compare(&["--bins", "5"]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(other.status.code() == Some(1) && said.contains("count = 5") && said.contains("another --out"), "{said}");
}

#[test]
fn seeds_and_threads_out_of_range_are_refused() {
    for (command, flag, value, expected) in [
        ("train", "--seed", "9223372036854775808", "9223372036854775807"),
        ("compare", "--seed", "18446744073709551615", "9223372036854774807"),
        ("train", "--threads", "100000", "expected 1 to 1024"),
        ("compare", "--threads", "0", "expected 1 to 1024"),
    ] {
        let output = program().args([command, flag, value]).output().expect("starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(value) && stderr.contains(expected) && stderr.lines().count() == 1, "{stderr}");
    }
}

/// A disk that is full in the middle of a run: one line, and every file there is whole.
#[test]
#[cfg(unix)]
fn a_full_disk() {
    let folder = folder();
    fs::write(folder.path().join("data.csv"), good()).expect("writes");
    let line = "ulimit -f 12; exec \"$0\" train --csv data.csv --size tiny --out out --quiet";
    let output = Command::new("bash")
        .args(["-c", line, env!("CARGO_BIN_EXE_tabular-dir")])
        .current_dir(folder.path())
        .output()
        .expect("bash starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains(".ckpt") && said.contains("space left"), "{said}");
    let entries = fs::read_dir(folder.path().join("out/checkpoints")).expect("a folder");
    assert!(entries.flatten().all(|e| !e.file_name().to_string_lossy().ends_with(".tmp")), "a part was left");
    // With room again, the run goes on.
    let again = program()
        .args(["train", "--csv", "data.csv", "--size", "tiny", "--out", "out", "--quiet"])
        .current_dir(folder.path())
        .output()
        .expect("starts");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
}

/// What was trained predicts for a file without the target, and says which column is missing.
#[test]
fn predictions_need_the_columns_of_training() {
    let folder = folder();
    assert!(train(folder.path(), &good(), &[]).status.success());
    let predict = |csv: &str| {
        fs::write(folder.path().join("new.csv"), csv).expect("writes");
        let mut command = program();
        command
            .args(["predict", "--run", "out", "--csv", "new.csv"])
            .current_dir(folder.path())
            .output()
            .expect("starts")
    };
    let output = predict("colour,size\nred,3\ngreen,4\n");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.lines().count() == 3 && text.starts_with("row,prediction\n0,"), "{text}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 rows have a category that training did not know"));
    let output = predict("colour,size\nred,1e300\nblue,-1e300\nred,4\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = "warning: new.csv: column \"size\": 2 values are far outside the training range 0 to 16 (the first: 1e300 in row 0); \
                 clipped near the range";
    assert!(said.contains(words), "{said}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let finite = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse::<f64>().ok());
    assert_eq!(finite.filter(|prediction| prediction.is_finite()).count(), 3, "{text}");
    let said = String::from_utf8_lossy(&predict("colour\nred\n").stderr).into_owned();
    assert!(said.contains("no column \"size\"") && said.trim_end().lines().count() == 1, "{said}");
    let eval = program().args(["eval", "--run", "out"]).current_dir(folder.path()).output().expect("starts");
    assert!(eval.status.success(), "{}", String::from_utf8_lossy(&eval.stderr));
}
