//! Crash and resume: a run stopped at any moment goes on, in a fresh process, to the same numbers as one never stopped.
//!
//! That a SIGKILL hit a checkpoint write, a statistics pass, the second stage or the last feature statistics is proved by what it
//! leaves: the temporary file, the log's last line. After SIGTERM and SIGINT nothing that was logged may be lost.

#![allow(clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dir_tests::program::send_signal;
use tempfile::TempDir;

/// A signal and the exit code of a program that handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signal(&'static str, i32);

const KILL: Signal = Signal("KILL", 137);
const TERMINATE: Signal = Signal("TERM", 143);
const INTERRUPT: Signal = Signal("INT", 130);

/// When a signal must arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// After a share of the whole run's time, in twelfths.
    Any(u32),
    CheckpointWrite,
    /// In the pass that this event of the log announces.
    Pass(&'static str),
    SecondStage,
}

const SETTINGS: &str = "\
method = \"rrt+lds+fds\"
[model]
hidden = [32]
features = 24
[train]
epochs = 4
batch = 256
checkpoint_steps = 30
[weights]
reweight = \"none\"
[fds]
[retrain]
epochs = 3
[retrain.weights]
reweight = \"inverse\"
lds = {}
";

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tabular-dir"))
}

fn train(settings: &Path, out: &Path, threads: &str) -> Child {
    let mut command = program();
    command.args(["train", "--quiet", "--threads", threads, "--config"]).arg(settings).arg("--out").arg(out);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn finish(settings: &Path, out: &Path, threads: &str) {
    assert!(train(settings, out, threads).wait().expect("waits").success(), "{} did not finish", out.display());
}

fn setup() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = folder.path().join("settings.toml");
    fs::write(&settings, SETTINGS).expect("writes");
    (folder, settings)
}

/// What must be equal, bit for bit.
fn results(run: &Path) -> [Vec<u8>; 4] {
    ["metrics.json", "predictions.csv", "bins.csv", "feature_statistics.safetensors"]
        .map(|name| fs::read(run.join(name)).expect("a finished run"))
}

fn log(run: &Path) -> String {
    fs::read_to_string(run.join("log.jsonl")).ok().unwrap_or_default()
}

/// Models of best epochs that a finished run keeps: the last one and its copy.
fn assert_pruned(run: &Path) {
    let entries = fs::read_dir(run.join("checkpoints")).expect("a finished run").flatten();
    let best = entries.filter(|e| e.file_name().to_string_lossy().starts_with("best-")).count();
    assert_eq!(best, 2, "{}", run.display());
}

fn temporary_checkpoint(run: &Path) -> bool {
    let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
    entries
        .map(|e| e.file_name())
        .any(|name| name.to_string_lossy().contains(".ckpt.") && name.to_string_lossy().ends_with(".tmp"))
}

/// Whether the run has come to the moment.
fn reached(moment: Moment, run: &Path, started: Instant, whole: Duration, lines_before: usize) -> bool {
    let is = |line: &str, event: &str| line.contains(&format!("\"event\":\"{event}\""));
    match moment {
        Moment::Any(twelfths) => started.elapsed() > whole * twelfths / 12,
        Moment::CheckpointWrite => temporary_checkpoint(run),
        Moment::Pass(event) => {
            let log = log(run);
            log.lines().count() > lines_before && log.lines().last().is_some_and(|line| is(line, event))
        }
        Moment::SecondStage => log(run).lines().last().is_some_and(|line| line.contains("\"stage\":2")),
    }
}

/// Starts the run and stops it at the moment; whether the signal arrived when it should. `None`: the run was done first.
fn stop_at(
    (moment, signal): (Moment, Signal),
    settings: &Path,
    run: &Path,
    threads: &str,
    whole: Duration,
) -> Option<bool> {
    // What an earlier kill left must not be taken for this one's.
    for entry in fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(".tmp") {
            fs::remove_file(entry.path()).expect("removes");
        }
    }
    let lines = log(run).lines().count();
    // Of a run that goes on in its second stage the log says so before the program has started.
    let handler_is_late = matches!(moment, Moment::Any(0) | Moment::SecondStage);
    let mut child = train(settings, run, threads);
    let started = Instant::now();
    while !reached(moment, run, started, whole, lines) {
        if child.try_wait().expect("waits").is_some() {
            return None;
        }
        std::thread::yield_now();
    }
    send_signal(child.id(), signal.0);
    let status = child.wait().expect("waits");
    if signal != KILL {
        let done = status.success();
        assert!(done || handler_is_late || status.code() == Some(signal.1), "{moment:?} {signal:?}: {status}");
        return (!done).then_some(true);
    }
    Some(match moment {
        Moment::CheckpointWrite => temporary_checkpoint(run),
        Moment::Pass(event) => {
            log(run).lines().last().is_some_and(|line| line.contains(&format!("\"event\":\"{event}\"")))
        }
        Moment::Any(_) | Moment::SecondStage => true,
    })
}

fn resumes(threads: &str, signals: &[Signal]) {
    let (folder, settings) = setup();
    let reference = folder.path().join("reference");
    let started = Instant::now();
    finish(&settings, &reference, threads);
    let mut whole = started.elapsed();
    let expected = results(&reference);

    let mut plan: Vec<Moment> = (0..12).map(Moment::Any).collect();
    let passes = ["statistics", "feature statistics"].map(Moment::Pass);
    for moment in [Moment::CheckpointWrite, passes[0], Moment::SecondStage, passes[1]] {
        plan.extend([moment; 4]);
    }
    let plan = plan.into_iter().zip(signals.iter().cycle().copied());
    let (mut landed, mut runs) = (Vec::new(), 0);
    let mut run = folder.path().join("run-0");
    // What a graceful stop has logged, which a run that goes on must keep.
    let mut kept = String::new();
    for stop in plan {
        // A signal may come a moment too late, or the run may be done first: then again.
        for attempt in 0.. {
            assert!(attempt < 60, "{stop:?} was never hit");
            let (fresh, started) = (!run.exists(), Instant::now());
            let arrived = stop_at(stop, &settings, &run, threads, whole);
            assert!(log(&run).starts_with(&kept), "after {landed:?}, {stop:?}");
            kept = if arrived == Some(true) && stop.1 != KILL { log(&run) } else { String::new() };
            match arrived {
                Some(true) => {
                    landed.push(stop);
                    break;
                }
                Some(false) => {}
                None => {
                    assert_eq!(results(&run), expected, "after {landed:?}");
                    assert_pruned(&run);
                    runs += 1;
                    run = folder.path().join(format!("run-{runs}"));
                    // The machine may have been busy when the reference was timed.
                    if fresh {
                        whole = whole.min(started.elapsed());
                    }
                }
            }
        }
    }
    finish(&settings, &run, threads);
    assert_eq!(results(&run), expected, "after {landed:?}");
    assert_pruned(&run);
    assert_eq!(landed.len(), 28);
    println!("{threads} thread(s): {} stops in {} runs, all to the same numbers", landed.len(), runs + 1);
}

#[test]
fn killed_runs_resume_to_the_same_numbers_with_one_thread() {
    resumes("1", &[KILL]);
}

#[test]
fn killed_runs_resume_to_the_same_numbers_with_two_threads() {
    resumes("2", &[KILL]);
}

#[test]
fn stopped_runs_resume_without_loss_to_the_same_numbers() {
    resumes("1", &[TERMINATE, INTERRUPT]);
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_used() {
    let (folder, settings) = setup();
    let reference = folder.path().join("reference");
    finish(&settings, &reference, "1");
    for damage in ["truncated", "flipped"] {
        let run = folder.path().join(damage);
        let checkpoints = |run: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
            let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
            paths.retain(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("update-")));
            paths.sort();
            paths
        };
        let mut child = train(&settings, &run, "1");
        while checkpoints(&run).len() < 2 || !log(&run).contains("\"stage\":2") {
            assert!(child.try_wait().expect("waits").is_none(), "the run ended before it was killed");
            std::thread::yield_now();
        }
        child.kill().expect("kills");
        child.wait().expect("waits");
        let newest = checkpoints(&run).pop().expect("a checkpoint");
        let mut bytes = fs::read(&newest).expect("reads");
        let half = bytes.len() / 2;
        if damage == "truncated" {
            bytes.truncate(half)
        } else {
            bytes[half] ^= 4
        }
        fs::write(&newest, bytes).expect("writes");

        let output = program()
            .args(["train", "--quiet", "--threads", "1", "--config"])
            .arg(&settings)
            .arg("--out")
            .arg(&run)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        let name = newest.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(output.status.success() && said.contains(&name) && said.contains("the one before"), "{said}");
        assert_eq!(results(&run), results(&reference), "{damage}");
    }
}
