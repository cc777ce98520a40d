//! Run state: what the files of a run folder show while a program works in it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// A look at a run folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RunState {
    /// Text of `log.jsonl`.
    pub(super) log: String,
    /// Updates of the newest checkpoint.
    pub(super) newest: Option<u64>,
    /// Name of the newest file of a best epoch.
    pub(super) best: Option<String>,
    /// Whether a checkpoint is being written.
    pub(super) writing: bool,
    /// Whether `metrics.json` is there, which is written last.
    pub(super) finished: bool,
}

impl RunState {
    pub(super) fn read(run: &Path) -> Self {
        let bytes = fs::read(run.join("log.jsonl")).unwrap_or_default();
        let mut state = Self {
            log: String::from_utf8_lossy(&bytes).into_owned(),
            finished: run.join("metrics.json").is_file(),
            ..Self::default()
        };
        for name in names(&run.join("checkpoints")) {
            if name.starts_with("best-") && name.ends_with(".ckpt") {
                state.best = state.best.max(Some(name));
            } else if let Some(updates) = updates_of(&name) {
                state.newest = state.newest.max(Some(updates));
            } else if name.starts_with('.') {
                state.writing = true;
            }
        }
        state
    }

    /// Name of the last event, if the last line is whole.
    pub(super) fn last_event(&self) -> Option<String> {
        let event = serde_json::from_str::<Value>(self.log.lines().next_back()?).ok()?;
        event["event"].as_str().map(str::to_owned)
    }

    /// Whether the last line is about the second stage.
    pub(super) fn in_second_stage(&self) -> bool {
        self.log.lines().next_back().is_some_and(|line| line.contains("\"stage\":2"))
    }
}

/// Names in a folder, none if it is not there.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// Updates in the name of a checkpoint.
pub(super) fn updates_of(name: &str) -> Option<u64> {
    name.strip_prefix("update-")?.strip_suffix(".ckpt")?.parse().ok()
}

/// Lines of a log, every one of which must be JSON.
pub(super) fn events(log: &str) -> anyhow::Result<Vec<Value>> {
    let parse = |(k, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("log.jsonl, line {}: expected JSON, found {line:?}", k + 1))
    };
    log.lines().enumerate().map(parse).collect()
}

/// Lines of a log that a run which goes on from a checkpoint after so many updates must keep. A torn last line is none.
pub(super) fn lines_until(log: &str, updates: Option<u64>) -> Vec<String> {
    let of_line = |line: &str| serde_json::from_str::<Value>(line).ok()?["updates"].as_u64();
    let kept = |line: &&str| of_line(line).is_some_and(|at| updates.is_none_or(|updates| at <= updates));
    log.lines().filter(kept).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "{\"event\":\"start\",\"updates\":0}\n{\"event\":\"epoch\",\"stage\":2,\"updates\":9}\n{\"ev";

    #[test]
    fn names_and_lines_are_read() {
        assert_eq!(updates_of("update-000000000042.ckpt"), Some(42));
        assert_eq!(
            (updates_of(".update-000000000042.ckpt.tmp"), updates_of("best-stage-1-epoch-000003.ckpt")),
            (None, None)
        );
        assert_eq!((lines_until(LOG, None).len(), lines_until(LOG, Some(8)).len()), (2, 1));
        assert!(events(LOG).is_err());
        let whole = RunState { log: LOG[..LOG.len() - 4].to_owned(), ..RunState::default() };
        assert!(whole.in_second_stage() && whole.last_event().as_deref() == Some("epoch"));
        assert_eq!(RunState { log: LOG.to_owned(), ..RunState::default() }.last_event(), None);
    }
}
