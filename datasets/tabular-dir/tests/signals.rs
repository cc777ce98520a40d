//! Signals: SIGINT and SIGTERM save a run within one step, also the runs of a comparison, and end everything else at once.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use dir_tests::Program;
use dir_tests::program::{assert_same_runs, send_signal};
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

/// Checkpoints at the ends of epochs alone, so that what is saved in between was saved for the signal.
const SETTINGS: &str = "\
[model]
hidden = [24]
features = 16
[train]
epochs = 3
batch = 64
";

/// Longest time that anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("settings.toml"), SETTINGS).expect("writes");
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(arguments).args(["--config", "settings.toml", "--quiet", "--threads", "1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn train(folder: &Path, out: &str) -> Command {
    command(folder, &["train", "--method", "sqinv+lds+fds", "--out", out])
}

fn events(run: &Path) -> Vec<Value> {
    let Ok(log) = fs::read_to_string(run.join("log.jsonl")) else { return Vec::new() };
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let started = Instant::now();
    while !reached() {
        assert!(started.elapsed() < PATIENCE, "{what} took too long");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends a signal once a run's log has an event; what the process then says.
fn signal_at(mut child: Child, run: &Path, event: &str, pause: Duration, signal: &str) -> Output {
    wait_until(event, || {
        assert!(child.try_wait().expect("waits").is_none(), "the run ended before {event}");
        events(run).iter().any(|found| found["event"] == event)
    });
    std::thread::sleep(pause);
    send_signal(child.id(), signal);
    child.wait_with_output().expect("ends")
}

#[test]
fn signals_save_a_run_within_one_step() {
    let folder = folder();
    assert!(train(folder.path(), "reference").status().expect("starts").success());
    let reference = folder.path().join("reference");
    // In the steps of the first epoch, in its feature statistics, in the validation behind them, in a later epoch.
    let moments = [
        ("device", 150, "TERM", 143),
        ("statistics", 0, "INT", 130),
        ("statistics", 20, "TERM", 143),
        ("epoch", 50, "INT", 130),
    ];
    for (k, (event, pause, signal, code)) in moments.into_iter().enumerate() {
        let out = format!("run-{k}");
        let run = folder.path().join(&out);
        let child = train(folder.path(), &out).spawn().expect("starts");
        let output = signal_at(child, &run, event, Duration::from_millis(pause), signal);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{event}: {stderr}");
        assert_eq!(stderr, "stopped on request; the run is saved: repeat the same command to go on\n");
        let log = events(&run);
        let last = log.last().expect("a log");
        assert_eq!(last["event"], "checkpoint", "{event}: {last}");
        let saved = last["updates"].as_u64().expect("a number");
        assert!(saved > 0, "{event}");
        assert!(train(folder.path(), &out).status().expect("starts").success());
        let resumed = events(&run).into_iter().find(|event| event["event"] == "resume").expect("resumes");
        assert_eq!(resumed["updates"].as_u64(), Some(saved), "{event}: nothing was lost");
        assert_same_runs(&run, &reference);
    }
}

/// Runs of a comparison that are being worked on, by their locks.
fn runs(grid: &Path) -> Vec<PathBuf> {
    let methods = fs::read_dir(grid).into_iter().flatten().flatten().map(|entry| entry.path().join("seed-0"));
    methods.filter(|run| run.join("log.jsonl").exists()).collect()
}

fn compare(folder: &Path, out: &str) -> Command {
    command(folder, &["compare", "--seeds", "1", "--methods", "vanilla,sqinv", "--jobs", "2", "--out", out])
}

fn assert_same_tables(folder: &Path, [a, b]: [&str; 2]) {
    let read = |out: &str| fs::read(folder.join(out).join("compare.csv")).expect("a finished comparison");
    assert_eq!(read(a), read(b));
}

/// SIGTERM reaches the parent alone, as `kill` and batch systems send it.
#[test]
fn a_terminated_comparison_saves_its_runs() {
    let folder = folder();
    assert!(compare(folder.path(), "reference").status().expect("starts").success());
    let mut child = compare(folder.path(), "stopped").spawn().expect("starts");
    let grid = folder.path().join("stopped");
    wait_until("the runs' start", || {
        assert!(child.try_wait().expect("waits").is_none(), "the comparison ended first");
        runs(&grid).iter().filter(|run| events(run).iter().any(|event| event["event"] == "device")).count() == 2
    });
    std::thread::sleep(Duration::from_millis(100));
    send_signal(child.id(), "TERM");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));
    for run in runs(&grid) {
        let log = events(&run);
        assert!(log.last().is_some_and(|last| last["event"] == "checkpoint" && last["updates"] != 0), "{log:?}");
    }
    // Had a run gone on, its folder would be locked.
    assert!(compare(folder.path(), "stopped").status().expect("starts").success());
    assert_same_tables(folder.path(), ["stopped", "reference"]);
}

/// A killed parent can ask nothing; its runs notice that it is gone.
#[test]
fn a_killed_comparison_leaves_no_orphans() {
    let folder = folder();
    assert!(compare(folder.path(), "reference").status().expect("starts").success());
    let mut child = compare(folder.path(), "killed").spawn().expect("starts");
    let grid = folder.path().join("killed");
    wait_until("the runs' start", || {
        runs(&grid).iter().filter(|run| events(run).iter().any(|event| event["event"] == "device")).count() == 2
    });
    child.kill().expect("kills");
    child.wait().expect("waits");
    wait_until("the runs' end", || {
        let ended = |run: &PathBuf| events(run).last().is_some_and(|last| last["event"] == "checkpoint");
        runs(&grid).iter().all(ended)
    });
    assert!(compare(folder.path(), "killed").status().expect("starts").success());
    assert_same_tables(folder.path(), ["killed", "reference"]);
}

/// A program that waits for its data forever is ended by the first signal.
#[test]
fn signals_end_reading_at_once() {
    let folder = folder();
    let fifo = folder.path().join("rows.csv");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo starts").success());
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for arguments in [["audit", "--csv"], ["train", "--csv"], ["compare", "--csv"]] {
            let mut command = PROGRAM.command();
            command.current_dir(folder.path()).args(arguments).args(["rows.csv", "--target", "y"]);
            let mut child =
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
            std::thread::sleep(Duration::from_millis(200));
            assert!(child.try_wait().expect("waits").is_none(), "waits for its rows");
            send_signal(child.id(), signal);
            let started = Instant::now();
            let status = child.wait().expect("ends");
            assert_eq!(status.code(), Some(code), "{arguments:?}");
            assert!(started.elapsed() < PATIENCE);
        }
    }
}
