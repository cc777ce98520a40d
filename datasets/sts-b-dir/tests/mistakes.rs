//! What users get wrong with sentences and word vectors: one line that says where, what was found, what was expected.

use std::fs;
use std::path::Path;
use std::process::Output;

use dir_tests::Program;
use dir_tests::program::{mistake, said};
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_sts-b-dir"));
const VECTORS: &str = "dog 1.5 0.5\ncat 0.25 1.5\na 0.5 0.5\n";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// 200 good rows; the line is the last.
fn tsv(line: &str) -> String {
    let row =
        |k: u32| format!("a dog {}\ta cat\t{}\t{}\n", k % 9, k % 6, ["train", "train", "val", "test"][k as usize % 4]);
    "sentence1\tsentence2\tscore\tsplit\n".to_owned() + &(0..200).map(row).collect::<String>() + line
}

fn train(folder: &Path, rows: &[u8], vectors: &[u8]) -> Output {
    fs::write(folder.join("rows.tsv"), rows).expect("writes");
    fs::write(folder.join("vectors.txt"), vectors).expect("writes");
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(["train", "--size", "tiny", "--hidden", "2", "--epoch", "1", "--quiet"]);
    command.args(["--csv", "rows.tsv", "--vectors", "vectors.txt", "--out", "out"]);
    command.output().expect("the program starts")
}

#[test]
fn rows_that_are_wrong() {
    for (rows, words) in [
        (tsv("a\tb\n"), ["line 202", "2 fields"]),
        (tsv("a\tb\tc\t3\ttrain\n"), ["line 202", "5 fields"]),
        (tsv("a\tb\tnan\ttrain\n"), ["line 202", "score \"nan\""]),
        (tsv("").replace("sentence2", "sentence_2"), ["no column \"sentence2\"", "is it \"sentence_2\"?"]),
        (tsv("").replace("score", "stars"), ["no column \"score\"", "stars"]),
    ] {
        let folder = folder();
        mistake(&train(folder.path(), rows.as_bytes(), VECTORS.as_bytes()), &words);
        assert!(!folder.path().join("out").exists());
    }
    let folder = folder();
    let rows = [tsv("").as_bytes(), b"a\xff\tb\t1\ttrain\n"].concat();
    mistake(&train(folder.path(), &rows, VECTORS.as_bytes()), &["line 202", "not UTF-8"]);
}

#[test]
fn vectors_that_are_wrong() {
    for (vectors, words) in [
        (format!("{}x 1.5\n", VECTORS.repeat(2)), ["line 7", "1 numbers"]),
        (format!("{}x 1.5 2.5 3.5\n", VECTORS.repeat(2)), ["line 7", "3 numbers"]),
        (VECTORS.replace("1.5", "inf"), ["line 1", "\"inf\""]),
        (String::new(), ["vectors.txt", "no word"]),
    ] {
        mistake(&train(folder().path(), tsv("").as_bytes(), vectors.as_bytes()), &words);
    }
    let folder = folder();
    let absent = PROGRAM.run(&["train"], &[("--data", folder.path())]);
    mistake(&absent, &["train_new.tsv", "fetch", "synth"]);
}

/// Odd, but not wrong.
#[test]
fn rows_that_are_odd() {
    let folder = folder();
    let long = "dog ".repeat(10_000);
    let odd = format!("\ta cat\t1\ttrain\na \"dog\tcat\u{301} \u{1F642}\t2\ttest\n{long}\ta cat\t5\ttest\n");
    let output = train(folder.path(), tsv(&odd).as_bytes(), format!("{VECTORS}dog 9 9\n").as_bytes());
    said(&output);
    let predictions = fs::read_to_string(folder.path().join("out/predictions.csv")).expect("predictions");
    assert_eq!(predictions.lines().count(), 1 + 50 + 2);
    let run = folder.path().join("out");
    let text = PROGRAM.run(&["predict", "", "zebras"], &[("--run", &run)]);
    assert!(
        said(&text).lines().count() == 2 && String::from_utf8_lossy(&text.stderr).contains("1 words are not known")
    );
    mistake(&PROGRAM.run(&["eval", "a", "b"], &[("--run", &run)]), &["--csv"]);
}
