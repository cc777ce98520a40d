//! What users get wrong with recordings: one line that says where, what was found, what was expected.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use dir_data::edf::EdfFile;
use dir_tests::Program;
use dir_tests::program::{mistake, said};

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_shhs-dir"));

/// Thirty nights of two minutes.
fn data(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    PROGRAM.said(&["synth", "--rows", "30", "--minutes", "2"], &[("--out", &data)]);
    data
}

fn night(data: &Path, number: usize) -> PathBuf {
    data.join(format!("polysomnography/edfs/shhs1/shhs1-{}.edf", 200_001 + number))
}

fn train(folder: &Path, flags: &[&str]) -> Output {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(["train", "--size", "tiny", "--width", "2", "--hidden", "2"]);
    if !flags.contains(&"--rate") {
        command.args(["--rate", "8"]);
    }
    command.args(["--epoch", "1", "--quiet", "--data", "data", "--out", "out"]).args(flags);
    command.output().expect("the program starts")
}

/// Overwrites a part of a file's header.
fn patch(path: &Path, at: usize, text: &str) {
    let mut bytes = fs::read(path).expect("reads");
    bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    fs::write(path, bytes).expect("writes");
}

#[test]
fn recordings_that_are_wrong() {
    type Make = fn(&Path);
    let cases: [(Make, &[&str]); 5] = [
        (
            |night| {
                let bytes = fs::read(night).expect("reads");
                fs::write(night, &bytes[..bytes.len() - 100]).expect("writes");
            },
            &["shhs1-200003.edf", "whole data records and", "truncated", "--leave-out"],
        ),
        (|night| fs::write(night, []).expect("writes"), &["shhs1-200003.edf", "--leave-out"]),
        // The header names more signals than it describes.
        (|night| patch(night, 252, "99  "), &["shhs1-200003.edf", "header", "--leave-out"]),
        // The label of the second signal, ECG, is another.
        (
            |night| patch(night, 256 + 16, "Snore           "),
            &["shhs1-200003.edf", "\"Snore\"", "expected one of [\"ECG\"", "--leave-out"],
        ),
        (|night| fs::remove_file(night).expect("removes"), &[]),
    ];
    for (make, words) in cases {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = data(folder.path());
        make(&night(&data, 2));
        let output = train(folder.path(), &[]);
        if words.is_empty() {
            said(&output); // a survey row without a recording is no mistake, but is told
        } else {
            mistake(&output, words);
            assert!(!folder.path().join("out").exists());
            said(&train(folder.path(), &["--leave-out"]));
        }
    }
}

#[test]
fn a_survey_and_recordings_that_do_not_meet() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = data(folder.path());
    fs::remove_file(night(&data, 4)).expect("removes");
    fs::copy(night(&data, 5), night(&data, 77)).expect("copies");
    let mut command = PROGRAM.command();
    command.current_dir(folder.path()).args(["audit", "--data", "data", "--out", "audit"]);
    let output = command.output().expect("the program starts");
    let text = said(&output) + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("1 rows of the survey have no recording and are left out: 200005"), "{text}");
    assert!(
        text.contains("1 recordings have no row in the survey and are left out") && text.contains("200078"),
        "{text}"
    );

    let survey = data.join("datasets/shhs1-dataset-synthetic.csv");
    let rows = fs::read_to_string(&survey).expect("a survey");
    let (head, first) = (rows.lines().next().expect("a head"), rows.lines().nth(1).expect("a row"));
    fs::write(&survey, format!("{head}\n{first}\n{first}\n")).expect("writes");
    mistake(&train(folder.path(), &[]), &["shhs1-dataset-synthetic.csv, line 3", "nsrrid 200001 again"]);
    mistake(
        &train(folder.path(), &["--score", "pf_s1"]),
        &["no pf_s1 among", "the column of the score that was asked for"],
    );
}

#[test]
fn settings_that_make_no_sense() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = data(folder.path());
    mistake(&train(folder.path(), &["--window", "0"]), &["seconds = 0"]);
    mistake(&train(folder.path(), &["--window", "300"]), &["found 120 s to look at", "the 300 s of a window"]);
    mistake(&train(folder.path(), &["--rate", "3.14159"]), &["seconds x rate"]);
    mistake(&train(folder.path(), &["--dropout", "1"]), &["found dropout = 1"]);
    mistake(&train(folder.path(), &["--visit", "3"]), &["--visit"]);
    fs::write(folder.path().join("list.csv"), "path,target\nx.edf,1\n").expect("writes");
    mistake(&train(folder.path(), &["--csv", "list.csv"]), &["x.edf", "while trying to open the file"]);
    let elsewhere = folder.path().join("nowhere");
    let nothing = PROGRAM.run(&["train", "--size", "tiny"], &[("--data", &elsewhere)]);
    mistake(&nothing, &["found no such folder", "shhs-dir synth"]);
    let again = PROGRAM.run(&["synth"], &[("--out", &data)]);
    mistake(&again, &["a folder that is not empty"]);
    let no_data = PROGRAM.run(&["predict"], &[("--run", folder.path())]);
    mistake(&no_data, &["pipeline.json"]);
    assert!(EdfFile::open(night(&data, 0)).is_ok());
}
