//! `log.jsonl`: what happened, one JSON object a line.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::error::TrainError;
use crate::files::{self, AppendFile};

/// Format of the log, in the event that starts it.
pub const FORMAT: u32 = 1;

/// A log that only grows, but for the part that a resumed run will write again.
#[derive(Debug)]
pub struct Log(AppendFile);

impl Log {
    /// Opens the log of a run that goes on after `updates` updates in epoch `next`, a stage and an epoch. Later lines, and one cut
    /// short by a kill, are dropped; so is the line of an epoch that was logged but not saved, which will be logged again.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn open(path: &Path, updates: u64, next: (usize, usize)) -> Result<Self, TrainError> {
        if files::exists(path)? {
            let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
            let keep = |line: &&str| happened_before(line, updates, next).unwrap_or(false);
            let kept: String = text.lines().filter(keep).flat_map(|line| [line, "\n"]).collect();
            if kept != text {
                files::write_atomic(path, kept.as_bytes())?;
            }
        }
        Ok(Self(AppendFile::open(path)?))
    }

    /// Adds a line: the event's name, the number of updates so far, and the event's own keys.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn event<T: Serialize>(&mut self, name: &str, updates: u64, details: &T) -> Result<(), TrainError> {
        let wrong = |found: String| TrainError::File {
            path: self.0.path().to_path_buf(),
            found: format!("details of event {name:?} that are {found}"),
            expected: "an object of JSON".into(),
        };
        let mut line = serde_json::Map::from_iter([("event".into(), name.into()), ("updates".into(), updates.into())]);
        match serde_json::to_value(details) {
            Ok(Value::Object(details)) => line.extend(details),
            Ok(other) => return Err(wrong(other.to_string())),
            Err(error) => return Err(wrong(error.to_string())),
        }
        Ok(self.0.append(format!("{}\n", Value::Object(line)).as_bytes())?)
    }
}

/// Refuses a log of another version, by the event that starts it.
///
/// # Errors
/// [`TrainError::Format`].
pub(crate) fn check_format(path: &Path, event: &Value) -> Result<(), TrainError> {
    let format = event.get("format").and_then(Value::as_u64).unwrap_or(0);
    if event["event"] != "start" || format == u64::from(FORMAT) {
        return Ok(());
    }
    Err(TrainError::Format { path: path.into(), found: format.to_string(), expected: FORMAT.to_string() })
}

/// `None` for what is no line of a log.
fn happened_before(line: &str, updates: u64, next: (usize, usize)) -> Option<bool> {
    let line: Value = serde_json::from_str(line).ok()?;
    let is_saved = line.get("updates")?.as_u64()? <= updates;
    if line["event"] != "epoch" {
        return Some(is_saved);
    }
    let epoch = (line["stage"].as_u64()? as usize, line["epoch"].as_u64()? as usize);
    Some(is_saved && epoch < next)
}

/// The lines of a log.
///
/// # Errors
/// [`TrainError::Io`].
pub fn read(path: &Path) -> Result<Vec<Value>, TrainError> {
    let text = files::read_text(path)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_resumed_log_forgets_what_will_happen_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("log.jsonl");
        let mut log = Log::open(&path, 0, (1, 0)).expect("opens");
        for updates in 1..=3_u64 {
            let details = serde_json::json!({ "stage": 1, "epoch": updates - 1, "loss": 0.5 });
            log.event("epoch", updates, &details).expect("writes");
        }
        fs::write(&path, [fs::read(&path).expect("reads"), b"{\"event\":\"ep".to_vec()].concat()).expect("a torn line");
        drop(Log::open(&path, 2, (1, 2)).expect("opens"));
        let lines = read(&path).expect("reads");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["updates"], 2);
        assert_eq!(lines[1]["loss"], 0.5);
        // All steps of the second epoch are saved, but its validation is made again.
        drop(Log::open(&path, 2, (1, 1)).expect("opens"));
        assert_eq!(read(&path).expect("reads").len(), 1);
    }
}
