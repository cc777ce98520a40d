//! Console output that is closed or full: it never ends a run, and an incomplete result is an error.
#![cfg(target_os = "linux")]

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tabular-dir"))
}

/// A folder with `data.csv` of 300 rows.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = |k: u32| format!("{},{},{}\n", k % 17, if k.is_multiple_of(3) { "red" } else { "blue" }, k % 10);
    let csv = "size,colour,price\n".to_owned() + &(0..300).map(row).collect::<String>();
    fs::write(folder.path().join("data.csv"), csv).expect("writes");
    folder
}

fn train(folder: &Path) -> Command {
    let mut command = program();
    command.current_dir(folder).args(["train", "--csv", "data.csv", "--size", "tiny", "--epoch", "40", "--out", "out"]);
    command
}

fn predict(folder: &Path) -> Command {
    let mut command = program();
    command.current_dir(folder).args(["predict", "--csv", "data.csv", "--run", "out"]);
    command
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("Linux has it").into()
}

/// Runs a command whose standard output nobody reads.
fn unread(command: &mut Command) -> ExitStatus {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    child.wait().expect("ends")
}

/// The one line on standard error of a command that failed.
fn mistake(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), text.lines().count()), (Some(1), 1), "{text}");
    text
}

#[test]
fn a_run_finishes_when_both_streams_are_closed_after_the_first_line() {
    let folder = folder();
    let mut child =
        train(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    let mut line = String::new();
    let mut stderr = BufReader::with_capacity(1, child.stderr.take().expect("is piped"));
    stderr.read_line(&mut line).expect("reads");
    drop(stderr);
    assert!(line.contains("300 rows"), "{line}");
    assert!(child.wait().expect("ends").success());
    let log = fs::read_to_string(folder.path().join("out/log.jsonl")).expect("a log");
    assert_eq!(log.lines().filter(|line| line.contains("\"event\":\"epoch\"")).count(), 40);
    assert!(folder.path().join("out/metrics.json").is_file());
}

#[test]
fn a_run_finishes_when_standard_error_is_full() {
    let folder = folder();
    assert!(train(folder.path()).stdout(Stdio::null()).stderr(full()).status().expect("starts").success());
    assert!(folder.path().join("out/metrics.json").is_file());
}

#[test]
fn results_accept_a_closed_pipe_and_name_a_full_device() {
    let folder = folder();
    let finished = train(folder.path()).stdout(full()).arg("--quiet").output().expect("starts");
    assert!(mistake(&finished).contains("standard output"));
    assert!(folder.path().join("out/metrics.json").is_file(), "the run itself is complete");

    let [mut help, mut verb_help] = [program(), program()];
    help.arg("--help");
    verb_help.args(["train", "--help"]);
    for command in [&mut predict(folder.path()), train(folder.path()).arg("--quiet"), &mut help, &mut verb_help] {
        command.stderr(Stdio::piped());
        assert!(unread(command).success(), "{command:?}");
        let output = command.stdout(full()).output().expect("starts");
        assert!(mistake(&output).starts_with("error: standard output: "), "{command:?}");
    }
    let out = File::create(folder.path().join("p.csv")).expect("creates");
    assert!(predict(folder.path()).stdout(out).status().expect("starts").success());
    assert_eq!(fs::read_to_string(folder.path().join("p.csv")).expect("reads").lines().count(), 301);
}

#[test]
fn predictions_go_through_devices_and_links_to_where_they_lead() {
    let folder = folder();
    assert!(train(folder.path()).arg("--quiet").stdout(Stdio::null()).status().expect("starts").success());
    let out = File::create(folder.path().join("stdout.csv")).expect("creates");
    let status = predict(folder.path()).args(["--out", "/dev/stdout"]).stdout(out).status().expect("starts");
    assert!(status.success());
    std::os::unix::fs::symlink("/dev/null", folder.path().join("null")).expect("links");
    assert!(predict(folder.path()).args(["--out", "null"]).status().expect("starts").success());
    assert!(folder.path().join("null").is_symlink());
    assert!(predict(folder.path()).args(["--out", "p.csv"]).status().expect("starts").success());
    let [direct, through] = ["p.csv", "stdout.csv"].map(|name| fs::read(folder.path().join(name)).expect("reads"));
    assert!(!direct.is_empty() && direct == through);
    let output = predict(folder.path()).args(["--out", "/dev/full"]).output().expect("starts");
    assert!(mistake(&output).starts_with("error: /dev/full: "));
}

#[test]
fn a_path_that_settings_cannot_hold_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let place = folder();
    let folder = place.path().join(std::ffi::OsStr::from_bytes(b"not-\xff-text"));
    fs::create_dir(&folder).expect("makes");
    fs::copy(place.path().join("data.csv"), folder.join("h.csv")).expect("copies");
    for verb in ["compare", "train"] {
        let mut command = program();
        command.current_dir(&folder).args([verb, "--csv", "h.csv", "--size", "tiny", "--quiet"]);
        let output = command.output().expect("starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), text.lines().count()), (Some(2), 1), "{text}");
        assert!(text.contains("h.csv: found a path that is not UTF-8") && text.contains("rename"), "{text}");
        assert!(!folder.join("runs").exists(), "nothing was trained");
    }
}
