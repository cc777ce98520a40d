//! Attempt: one start of a command, stopped by a signal at its moment or left to end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::plan::{Stop, Target};
use super::process::{self, Signal};
use super::run_state::RunState;
use super::scenario::Prepared;

/// Time between two looks at the run folder.
const POLL: Duration = Duration::from_millis(1);
/// Time that a program may take to end after a signal.
const GRACE: Duration = Duration::from_secs(30);

/// What an undisturbed run of a scenario is like.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) path: PathBuf,
    pub(super) time: Duration,
    /// Folders below it that have a log: of the runs of a grid, or the folder itself.
    pub(super) cells: Vec<PathBuf>,
    /// Updates at the ends of epochs, by cell.
    pub(super) epoch_ends: Vec<Vec<u64>>,
}

/// The signal of a stop, as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) stop: Stop,
    /// Whether the command itself got it.
    pub(super) to_main: bool,
    /// Whether the command had a handler for it.
    pub(super) handled: bool,
    /// Whether the command had children.
    pub(super) had_children: bool,
    /// What the runs showed when the command started.
    pub(super) before: Vec<RunState>,
    /// What they showed when the signal was sent.
    pub(super) states: Vec<RunState>,
    /// Time since any log had changed.
    pub(super) idle: Duration,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) sent: Option<Sent>,
    /// Its messages.
    pub(super) said: String,
    /// What it did not do in time, if it had to be killed.
    pub(super) hung: Option<String>,
}

/// States of the runs in a folder.
pub(super) fn states(out: &Path, cells: &[PathBuf]) -> Vec<RunState> {
    cells.iter().map(|cell| RunState::read(&out.join(cell))).collect()
}

/// Starts the command on the folder `out`, and stops it if its moment comes before its end.
pub(super) fn run(
    prepared: &Prepared,
    reference: &Reference,
    out: &Path,
    stop: Option<&Stop>,
    messages: &Path,
) -> anyhow::Result<Ended> {
    let before = states(out, &reference.cells);
    let file = File::create(messages).with_context(|| format!("cannot create {}", messages.display()))?;
    let mut command = prepared.command(out);
    command.stdout(file.try_clone()?).stderr(file);
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let (mut last, mut changed) = (before.clone(), Instant::now());
    let limit = GRACE + 40 * reference.time;
    let (mut sent, mut hung) = (None, None);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let now = states(out, &reference.cells);
        if now.iter().zip(&last).any(|(now, last)| now.log != last.log) {
            (last, changed) = (now.clone(), Instant::now());
        }
        let share = started.elapsed().as_secs_f64() / reference.time.as_secs_f64();
        if let Some(stop) = stop.filter(|stop| stop.moment.reached(share, &before, &now, &reference.epoch_ends)) {
            std::thread::sleep(stop.delay);
            let states = states(out, &reference.cells);
            sent = Some(signal(&child, stop, [before, states], changed)?);
            let status = wait(&mut child, GRACE)?;
            if status.is_none() {
                hung = Some(format!("still running {} s after the signal", GRACE.as_secs()));
            }
            break status.map_or_else(|| end(&mut child), Ok)?;
        }
        if started.elapsed() > limit {
            hung = Some(format!("still running after {} s", limit.as_secs()));
            break end(&mut child)?;
        }
        std::thread::sleep(POLL);
    };
    let said = String::from_utf8_lossy(&fs::read(messages)?).into_owned();
    Ok(Ended { status, sent, said, hung })
}

fn signal(child: &Child, stop: &Stop, [before, states]: [Vec<RunState>; 2], changed: Instant) -> anyhow::Result<Sent> {
    let children = process::children(child.id());
    let had_children = !children.is_empty();
    let chosen = match stop.target {
        Target::Child(number) if !children.is_empty() => vec![children[number % children.len()]],
        Target::Main | Target::Child(_) => vec![child.id()],
        Target::All => std::iter::once(child.id()).chain(children).collect(),
    };
    let to_main = chosen[0] == child.id();
    let handled = stop.signal != Signal::Kill && process::handles(child.id(), stop.signal);
    let idle = changed.elapsed();
    process::send(stop.signal, &chosen)?;
    if stop.twice {
        process::send(stop.signal, &chosen)?;
    }
    Ok(Sent { stop: stop.clone(), to_main, handled, had_children, before, states, idle })
}

fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        match child.try_wait()? {
            None if started.elapsed() < limit => std::thread::sleep(POLL),
            status => return Ok(status),
        }
    }
}

/// Ends a command that hangs, with its children.
fn end(child: &mut Child) -> anyhow::Result<ExitStatus> {
    process::send(Signal::Kill, &process::children(child.id()))?;
    child.kill()?;
    Ok(child.wait()?)
}

/// Waits until no process works in the folder; those that still do after the limit, which are then killed.
pub(super) fn orphans(out: &Path, limit: Duration) -> anyhow::Result<Vec<u32>> {
    let started = Instant::now();
    loop {
        let found = process::working_in(out);
        if found.is_empty() {
            return Ok(found);
        }
        if started.elapsed() > limit {
            process::send(Signal::Kill, &found)?;
            return Ok(found);
        }
        std::thread::sleep(10 * POLL);
    }
}
