//! Campaign: runs workers for each target, restarts them after a crash, and sums up what they found.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tempfile::TempDir;

use crate::behaviour::fault_class;
use crate::corpus;
use crate::target::Target;
use crate::worker::{self, Finding, HANG, Tally};

/// Crashes of one shape after which a target is given up: each costs the start of a process.
const MOST_CRASHES: usize = 5;
/// Largest file that a worker may write, in blocks of 512 bytes: 1 GiB.
const LARGEST_FILE: u64 = 1 << 21;

/// How long each target is run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) replay: bool,
    /// MiB that a reader may take.
    pub(crate) budget: u64,
    pub(crate) executions: u64,
    pub(crate) time: Option<Duration>,
    pub(crate) seed: u64,
    /// Workers at a time.
    pub(crate) jobs: usize,
    pub(crate) out: PathBuf,
}

/// What came of a target.
pub(crate) struct Summary {
    pub(crate) target: &'static Target,
    pub(crate) tally: Tally,
    pub(crate) seconds: f64,
}

/// Runs all targets, several at a time; summaries in their order.
pub(crate) fn run(targets: &[&'static Target], plan: &Plan) -> anyhow::Result<Vec<Summary>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(&target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            let summary = run_target(target, plan).with_context(|| format!("cannot fuzz {}", target.name));
            if let Ok(mut done) = done.lock() {
                done.push((target.name, summary));
            }
        }
    };
    std::thread::scope(|scope| {
        (0..plan.jobs.max(1)).for_each(|_| drop(scope.spawn(work)));
    });
    let mut done: HashMap<_, _> = done.into_inner().unwrap_or_default().into_iter().collect();
    targets.iter().map(|target| done.remove(target.name).context("a target was not run")?).collect()
}

fn run_target(target: &'static Target, plan: &Plan) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let mut sum = Tally::default();
    let mut crashes: HashMap<String, usize> = HashMap::new();
    let executions = if plan.replay { corpus::committed(target)?.len() as u64 } else { plan.executions };
    while sum.executions < executions && plan.time.is_none_or(|time| started.elapsed() < time) {
        let scratch = scratch()?;
        let left = plan.time.map(|time| time.saturating_sub(started.elapsed()));
        let output = spawn(target, plan, sum.executions, executions, left, scratch.path())?;
        let tally = std::fs::read(worker::tally_file(scratch.path())).ok();
        let tally: Tally = tally.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        merge(&mut sum, tally);
        if output.status.success() {
            break;
        }
        let (number, bytes) = worker::remembered(scratch.path())
            .with_context(|| format!("the worker does not start: {}", String::from_utf8_lossy(&output.stderr)))?;
        let (kind, place) = cause(output.status, &String::from_utf8_lossy(&output.stderr));
        sum.executions = number + 1;
        let seen = crashes.entry(fault_class(&place)).or_default();
        *seen += 1;
        if *seen == 1 {
            let file = corpus::store(&plan.out.join(target.name).join("findings"), kind, &bytes)?;
            sum.findings.push(Finding { kind: kind.into(), place, file });
        }
        if *seen >= MOST_CRASHES {
            break;
        }
    }
    Ok(Summary { target, tally: sum, seconds: started.elapsed().as_secs_f64() })
}

fn merge(sum: &mut Tally, tally: Tally) {
    sum.executions = sum.executions.max(tally.executions);
    sum.peak = sum.peak.max(tally.peak);
    sum.slowest = sum.slowest.max(tally.slowest);
    sum.contained += tally.contained;
    sum.kept += tally.kept;
    for finding in tally.findings {
        if sum.findings.iter().all(|other| fault_class(&other.place) != fault_class(&finding.place)) {
            sum.findings.push(finding);
        }
    }
}

fn spawn(
    target: &Target,
    plan: &Plan,
    first: u64,
    executions: u64,
    left: Option<Duration>,
    scratch: &Path,
) -> anyhow::Result<Output> {
    let mut command = bounded()?;
    command.args(["worker", "--target", target.name]);
    command.args(["--seed", &plan.seed.to_string(), "--first", &first.to_string()]);
    command.args(["--executions", &executions.to_string(), "--budget", &plan.budget.to_string()]);
    command.arg("--scratch").arg(scratch).arg("--out").arg(&plan.out);
    if let Some(left) = left {
        command.args(["--milliseconds", &left.as_millis().to_string()]);
    }
    if plan.replay {
        command.arg("--replay");
    }
    command.output().context("the worker does not start")
}

/// This program as a child whose files are bounded and that leaves no core files.
pub(crate) fn bounded() -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("cannot find this program")?;
    if cfg!(unix) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -c 0; ulimit -f {LARGEST_FILE}; exec \"$0\" \"$@\"")]);
        command.arg(program);
        Ok(command)
    } else {
        Ok(Command::new(program))
    }
}

/// Kind and place of a crash.
pub(crate) fn cause(status: ExitStatus, stderr: &str) -> (&'static str, String) {
    let line = |word: &str| stderr.lines().find(|line| line.contains(word)).map(str::to_owned);
    if status.code() == Some(HANG) {
        return ("hang", "an execution that does not end".into());
    }
    if let Some(line) = line("memory allocation of") {
        return ("memory", line);
    }
    if let Some(line) = line("overflowed its stack") {
        return ("crash", line);
    }
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    ("crash", format!("{status}: {last}"))
}

/// A temporary folder, in memory where the system has a place for that.
pub(crate) fn scratch() -> anyhow::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("dir-fuzz-").tempdir_in(place).context("cannot create a temporary folder")
}
