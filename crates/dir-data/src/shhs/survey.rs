//! The survey's rows: a subject's number, and a score from its column or from the five answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Error, ErrorKind, ReaderBuilder};

use super::columns::{Columns, Found};
use super::{ShhsError, ShhsOptions};
use crate::budget::Budget;
use crate::lines::{Lines, is_unclosed};
use crate::records::Records;

/// The newest `shhs1-dataset-0.20.0.csv` in `datasets`, else in the study's folder itself.
pub(super) fn newest(study: &Path, visit: u8) -> Result<PathBuf, ShhsError> {
    let start = format!("shhs{visit}-dataset-");
    let datasets = study.join("datasets");
    for folder in [datasets.as_path(), study] {
        if !folder.is_dir() {
            continue;
        }
        let io =
            |error| ShhsError::Io { path: folder.to_path_buf(), expected: "a folder with the study's survey", error };
        let mut best = None;
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            let version = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".csv")).map(Version::of);
            if let Some(version) = version.filter(|_| !path.is_dir()) {
                // Of equal versions the last in the alphabet, whatever the system's order.
                best = best.max(Some((version, path)));
            }
        }
        if let Some((_, path)) = best {
            return Ok(path);
        }
    }
    Err(ShhsError::NoSurvey { path: datasets, visit })
}

/// `0.20.0` is newer than `0.9.0` and than `0.20.0.beta5`, which the study's releases had too.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: Vec<u64>,
    is_release: bool,
    stage: String,
    stage_numbers: Vec<u64>,
}

impl Version {
    fn of(text: &str) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        let numbers: Vec<u64> = parts.iter().map_while(|part| part.parse().ok()).collect();
        let rest = parts[numbers.len()..].join(".");
        let stage_numbers =
            rest.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        let stage = rest.chars().filter(|c| !c.is_ascii_digit()).collect();
        Self { numbers, is_release: rest.is_empty(), stage, stage_numbers }
    }
}

/// What every row of a survey says, by number of the subject.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) rows: BTreeMap<u64, Found>,
}

impl Survey {
    pub(super) fn read(path: &Path, options: &ShhsOptions) -> Result<Self, ShhsError> {
        let io = |error| ShhsError::Io { path: path.to_path_buf(), expected: "the study's survey, a CSV", error };
        // Bytes, not text: the survey need not be UTF-8.
        let text = Budget::current().read_file(path).map_err(io)?;
        let mut reader = Records::new(&ReaderBuilder::new(), text.as_slice(), Budget::current());
        let header = reader.byte_headers().map_err(|error| unreadable(path, &text, error))?;
        let columns = Columns::of(path, &header, options)?;
        let (mut survey, mut first_lines) = (Self::default(), BTreeMap::new());
        let (mut lines, mut record) = (Lines::new(&text), ByteRecord::new());
        let mut last = None;
        while reader.read_bytes(&mut record).map_err(|error| unreadable(path, &text, error))? {
            let line = lines.of(record.position());
            last = record.position().cloned();
            let (id, found) = columns.row(path, line, &record)?;
            if let Some(first) = first_lines.insert(id, line) {
                let expected =
                    format!("a row per subject, and line {first} has it; remove one, or name a survey of one visit");
                return Err(ShhsError::Row { path: path.into(), line, found: format!("nsrrid {id} again"), expected });
            }
            survey.rows.insert(id, found);
        }
        match last {
            Some(last) if is_unclosed(&text, Some(&last)) => {
                let (line, found) = (Lines::new(&text).of(Some(&last)), "a quote that never closes".into());
                Err(ShhsError::Row { path: path.into(), line, found, expected: "quotes in pairs; close it".into() })
            }
            _ => Ok(survey),
        }
    }
}

/// A row of other length by its line, as the reader's own count can be off; all else as the reader says it.
fn unreadable(path: &Path, text: &[u8], error: Error) -> ShhsError {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => ShhsError::Row {
            path: path.into(),
            line: Lines::new(text).of(pos.as_ref()),
            found: format!("{len} cells"),
            expected: format!("{expected_len} as in the header; look for a missing or stray comma or quote"),
        },
        _ => ShhsError::Csv { path: path.into(), error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let rising =
            ["synthetic", "0.3.0.beta5", "0.3.0.beta12", "0.3.0.rc", "0.3.0", "0.9.0", "0.20.0", "0.20.1", "1"];
        let mut sorted =
            ["1", "0.20.1", "0.3.0.beta12", "0.20.0", "0.3.0.beta5", "0.9.0", "synthetic", "0.3.0", "0.3.0.rc"];
        sorted.sort_by_key(|text| Version::of(text));
        assert_eq!(sorted, rising);
    }
}
