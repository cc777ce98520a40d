//! Verification: what a signal must leave, and what a finished run must share with one that was never stopped.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::attempt::{Ended, Reference, Sent};
use super::damage::Damaged;
use super::process::Signal;
use super::run_state::{RunState, events, lines_until, names, updates_of};
use super::scenario::Kind;

/// Files that hold times, paths or messages.
const VOLATILE: [&str; 4] = ["log.jsonl", "report.html", "messages.txt", ".lock"];
/// Checkpoints that are kept: the newest, and one to fall back on.
const KEPT: usize = 2;
/// Time without a new line of the log after which a run must have taken a step.
const STEPPING: Duration = Duration::from_millis(700);

/// Whether the command ended as its signal asks, by a handler that has saved what there was.
pub(super) fn stopped_gracefully(sent: &Sent, ended: &Ended) -> bool {
    let asked = sent.stop.signal != Signal::Kill && !sent.stop.twice;
    asked && sent.to_main && ended.status.code() == Some(sent.stop.signal.exit_code())
}

/// What is wrong with how a command ended after a signal.
pub(super) fn after_signal(kind: Kind, sent: &Sent, ended: &Ended, now: &[RunState]) -> Vec<String> {
    let Ended { status, said, .. } = ended;
    let Sent { stop, .. } = sent;
    let mut wrong = Vec::new();
    if !sent.to_main {
        // The failure of one run is reported by the grid, which goes on with the others.
        if !matches!(status.code(), Some(0 | 1)) {
            wrong.push(format!("expected a grid to outlive a child, found {status}: {}", last_line(said)));
        }
        return wrong;
    }
    let by_signal = status.signal() == Some(stop.signal.number()) && !sent.handled;
    let by_handler = stop.signal != Signal::Kill && status.code() == Some(stop.signal.exit_code());
    if !(status.success() || by_signal || by_handler) {
        let expected = stop.signal.exit_code();
        wrong.push(format!("expected exit code {expected}, found {status}: {}", last_line(said)));
    }
    if !stopped_gracefully(sent, ended) {
        return wrong;
    }
    // Before a run has begun and after it has ended there is nothing to save, and the program ends without a word. A log may also
    // grow by an orphan that still saves.
    let training = |(state, before): (&RunState, &RunState)| state.log != before.log && !state.finished;
    let at_work = match kind {
        Kind::Train => training((&sent.states[0], &sent.before[0])) && !now[0].finished,
        Kind::Compare => sent.had_children,
    };
    if at_work && !said.contains("saved") {
        wrong.push(format!("expected a message that the run is saved, found {:?}", last_line(said)));
    }
    let stepping = sent.states[0].last_event().is_some_and(|event| event == "device" || event == "checkpoint");
    if kind == Kind::Train && stepping && sent.idle > STEPPING && now[0].newest <= sent.states[0].newest {
        let idle = sent.idle.as_secs_f64();
        wrong.push(format!("expected a checkpoint of the steps of the last {idle:.1} s, found none"));
    }
    wrong
}

fn last_line(said: &str) -> &str {
    said.trim_end().lines().next_back().unwrap_or("no message")
}

/// Lines of its log that each run must keep when it goes on.
#[derive(Debug, Default)]
pub(super) struct Promise(Vec<Vec<String>>);

impl Promise {
    /// All lines after a graceful stop, which has saved the last step; else those up to the newest checkpoint that is whole. While
    /// damaged files stand, those up to the checkpoint before them. A command that has not come to a run changes nothing.
    pub(super) fn of<'a>(
        self,
        [before, states]: [&[RunState]; 2],
        graceful: bool,
        standing: impl Iterator<Item = &'a Damaged>,
    ) -> Self {
        let fallback = standing.map(|damaged| damaged.whole).min();
        let mut earlier = self.0.into_iter();
        let of_run = |(state, before): (&RunState, &RunState)| {
            let earlier = earlier.next();
            match (fallback, state.newest) {
                (Some(fallback), _) => saved_lines(&state.log, fallback),
                (None, _) if state.log == before.log => earlier.unwrap_or_default(),
                (None, _) if graceful || state.finished => lines_until(&state.log, None),
                (None, Some(newest)) => saved_lines(&state.log, newest),
                (None, None) => Vec::new(),
            }
        };
        Self(states.iter().zip(before).map(of_run).collect())
    }

    /// Where it was broken.
    pub(super) fn broken(&self, cells: &[PathBuf], now: &[RunState]) -> Vec<String> {
        let mut wrong = Vec::new();
        for ((lines, state), cell) in self.0.iter().zip(now).zip(cells) {
            let found = lines_until(&state.log, None);
            if let Some(k) = (0..lines.len()).find(|&k| found.get(k) != lines.get(k)) {
                let resume = found.iter().rfind(|line| line.contains("\"resume\"")).map_or("no resume", String::as_str);
                let place = cell.join("log.jsonl").display().to_string();
                wrong.push(format!(
                    "{place}: expected line {} to stay, {}, found it lost by {resume}",
                    k + 1,
                    lines[k]
                ));
            }
        }
        wrong
    }
}

/// Lines up to that of the checkpoint after so many updates. What was logged behind it may happen again.
fn saved_lines(log: &str, updates: u64) -> Vec<String> {
    let mut lines = lines_until(log, Some(updates));
    let saved = lines.iter().rposition(|line| line.contains("\"checkpoint\"")).map_or(0, |last| last + 1);
    lines.truncate(saved);
    lines
}

/// Differences between a finished run and the reference, and what it should not have left.
pub(super) fn differences(reference: &Reference, run: &Path, damaged: &[Damaged]) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let (expected, found) = (files(&reference.path)?, files(run)?);
    let moved_aside = |file: &PathBuf| {
        let content = fs::read(run.join(file)).unwrap_or_default();
        damaged.iter().any(|damaged| damaged.content == content)
    };
    wrong.extend(listed("expected, not found", expected.difference(&found)));
    wrong.extend(listed("found, not expected", found.difference(&expected).filter(|file| !moved_aside(file))));
    for file in expected.intersection(&found).filter(|file| !is_volatile(file)) {
        if fs::read(reference.path.join(file))? != fs::read(run.join(file))? {
            wrong.push(format!("{}: differs", file.display()));
        }
    }
    for cell in &reference.cells {
        wrong.extend(log_differences(&reference.path.join(cell), &run.join(cell), cell)?);
        wrong.extend(checkpoint_differences(&reference.path.join(cell), &run.join(cell), cell));
    }
    Ok(wrong)
}

/// One line for files of one kind of difference, the first few by name.
fn listed<'a>(what: &str, files: impl Iterator<Item = &'a PathBuf>) -> Option<String> {
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let more = files.len().saturating_sub(4);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!files.is_empty()).then(|| format!("{what}: {}{more}", files[..files.len().min(4)].join(", ")))
}

/// Damaged files that no message names, and those that were named but not kept.
///
/// The model of a best epoch may be superseded by a better one before it is read; then it may go like any other.
pub(super) fn damage_differences(run: &Path, damaged: &[Damaged], said: &str) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for damaged in damaged {
        let name = damaged.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (named, must_be_read) = (said.contains(&name), updates_of(&name).is_some());
        if must_be_read && !named {
            wrong.push(format!("{name}: damaged, expected to be named in a message"));
        }
        if (must_be_read || named) && !preserved(run, damaged)? {
            wrong.push(format!("{name}: damaged, expected to be moved aside, found to be gone"));
        }
    }
    Ok(wrong)
}

/// Files below a folder, but for checkpoints by updates, whose numbers depend on the moments of the signals.
fn files(folder: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![PathBuf::new()]);
    while let Some(below) = open.pop() {
        let place = folder.join(&below);
        for entry in fs::read_dir(&place).with_context(|| format!("cannot list {}", place.display()))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if updates_of(&entry.file_name().to_string_lossy()).is_none() {
                found.insert(path);
            }
        }
    }
    Ok(found)
}

fn is_volatile(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    VOLATILE.contains(&name.as_str()) || name.ends_with(".ckpt")
}

/// Epochs must have had the same losses and metrics, and the log must be whole.
fn log_differences(reference: &Path, run: &Path, cell: &Path) -> anyhow::Result<Vec<String>> {
    let place = cell.join("log.jsonl").display().to_string();
    let read = |run: &Path| fs::read_to_string(run.join("log.jsonl")).with_context(|| format!("cannot read {place}"));
    let expected = events(&read(reference)?)?;
    let found = match read(run).and_then(|log| events(&log)) {
        Ok(found) => found,
        Err(error) => return Ok(vec![format!("{error:#}")]),
    };
    let mut wrong = Vec::new();
    let (expected, epochs) = (epochs(&expected), epochs(&found));
    if expected != epochs {
        let at = (0..expected.len().max(epochs.len())).find(|&k| expected.get(k) != epochs.get(k)).unwrap_or(0);
        let show = |lines: &[Value]| lines.get(at).map_or("none".to_owned(), Value::to_string);
        wrong.push(format!(
            "{place}: expected epoch line {} to be {}, found {}",
            at + 1,
            show(&expected),
            show(&epochs)
        ));
    }
    let last = found.last().map_or("none", |event| event["event"].as_str().unwrap_or_default());
    if last != "done" {
        wrong.push(format!("{place}: expected the last event to be \"done\", found {last:?}"));
    }
    Ok(wrong)
}

/// Lines about epochs, without times.
fn epochs(events: &[Value]) -> Vec<Value> {
    let mut epochs: Vec<Value> = events.iter().filter(|event| event["event"] == "epoch").cloned().collect();
    for epoch in &mut epochs {
        if let Some(epoch) = epoch.as_object_mut() {
            ["seconds", "waited"].iter().for_each(|key| drop(epoch.remove(*key)));
        }
    }
    epochs
}

fn checkpoint_differences(reference: &Path, run: &Path, cell: &Path) -> Vec<String> {
    let of = |run: &Path| -> Vec<u64> {
        names(&run.join("checkpoints")).iter().filter_map(|name| updates_of(name)).collect()
    };
    let (expected, found) = (of(reference), of(run));
    let mut wrong = Vec::new();
    if expected.last() != found.last() || found.len() > KEPT {
        let place = cell.join("checkpoints").display().to_string();
        wrong.push(format!(
            "{place}: expected the newest of at most {KEPT} to be {:?}, found {found:?}",
            expected.last()
        ));
    }
    wrong
}

fn preserved(run: &Path, damaged: &Damaged) -> anyhow::Result<bool> {
    let folder = damaged.path.parent().unwrap_or(run);
    let mut open = vec![run.to_path_buf(), folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else if fs::read(entry.path())? == damaged.content {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(log: &str, newest: Option<u64>) -> RunState {
        RunState { log: log.into(), newest, ..RunState::default() }
    }

    #[test]
    fn a_lost_line_is_found_and_a_later_one_may_go_after_a_kill() {
        let line = |updates: u64| format!("{{\"event\":\"checkpoint\",\"updates\":{updates}}}\n");
        let epoch = "{\"event\":\"epoch\",\"updates\":2}\n";
        let old = [RunState::default()];
        let before = [state(&(line(1) + &line(2) + epoch + &line(3)), Some(2))];
        let after = [state(&(line(1) + &line(2) + &line(9)), Some(9))];
        let cells = [PathBuf::from("a")];
        let promise = |graceful| Promise::default().of([&old, &before], graceful, [].into_iter());
        assert!(promise(false).broken(&cells, &after).is_empty());
        let wrong = promise(true).broken(&cells, &after);
        assert!(wrong.len() == 1 && wrong[0].contains("line 3"), "{wrong:?}");
        // A command that ended before it came to the run leaves the promise as it was.
        let unchanged = promise(false).of([&before, &before], true, [].into_iter());
        assert!(unchanged.broken(&cells, &after).is_empty());
        assert!(Promise::default().broken(&cells, &after).is_empty());
    }

    #[test]
    fn epochs_are_compared_without_their_times() {
        let events = |text: &str| events(text).expect("JSON");
        let a =
            events("{\"event\":\"epoch\",\"updates\":3,\"train_loss\":0.25,\"seconds\":1.0}\n{\"event\":\"done\"}\n");
        let b = events("{\"event\":\"epoch\",\"updates\":3,\"train_loss\":0.25,\"seconds\":2.0,\"waited\":0.5}\n");
        assert_eq!(epochs(&a), epochs(&b));
        assert_eq!(epochs(&a).len(), 1);
    }
}
