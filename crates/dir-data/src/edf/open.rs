//! What opening a file finds out besides the header: how many records there are, and when they start.

use std::io::{Read, Seek};
use std::path::Path;

use super::annotations::Tal;
use super::timeline::Timeline;
use super::{EdfError, EdfFile, Header, Layout, Signal, Truncation};
use crate::budget::Budget;

/// The longest recording that is read, in seconds: about 30 years.
const MAX_SECONDS: f64 = 1e9;

/// The longest gap between two records, in seconds: 30 days. Samples between the ends of a gap are NaN, so that a damaged time
/// would cost as much as a recording of that length.
const MAX_GAP: f64 = 30.0 * 86_400.0;

/// How many records can be read from a file of `length` bytes.
pub(super) fn record_count(header: &Header, length: u64, path: &Path, truncation: Truncation) -> Result<u64, EdfError> {
    let size = header.record_bytes() as u64;
    let data = length.saturating_sub(header.bytes());
    let (found, spare) = (data / size, data % size);
    let said = header.records.unwrap_or(found);
    if truncation == Truncation::Error {
        let path = path.to_owned();
        if found < said {
            return Err(EdfError::Truncated { path, found, spare, said: format!("{said} records") });
        }
        if header.records.is_none() && spare > 0 {
            return Err(EdfError::Truncated { path, found, spare, said: "whole records only".to_owned() });
        }
        if data > said * size {
            return Err(EdfError::TooLong { path, said, spare: data - said * size });
        }
    }
    let count = said.min(found);
    if count as f64 * header.record_seconds > MAX_SECONDS {
        return Err(EdfError::Field {
            path: path.to_owned(),
            field: "the duration of a data record".to_owned(),
            found: format!("{} in each of {count} records", header.record_seconds),
            expected: "at most 1000000000 seconds in all",
        });
    }
    Ok(count)
}

impl<R: Read + Seek> EdfFile<R> {
    /// Finds out when each record starts.
    ///
    /// In a continuous file only the first record's time is looked at, and one that cannot be read counts as 0: it
    /// says no more than the fraction of a second that the header cannot.
    pub(super) fn find_times(&mut self) -> Result<(), EdfError> {
        let count = self.records.count;
        let fastest = self.header.signals.iter().map(Signal::rate).fold(0.0, f64::max);
        let seconds = self.header.record_seconds;
        if self.header.layout == Layout::Discontinuous && count > 0 {
            self.timeline = Timeline::new(self.record_time(0)?, seconds, fastest);
            for record in 0..count {
                let start = self.record_time(record)?;
                let gap = start - self.timeline.end();
                if gap > MAX_GAP {
                    let found = format!("it starts at {start} s, {gap} s after the end of the record before");
                    return Err(self.damaged(record, found, "a gap of at most 2592000 s (30 days)"));
                }
                if !self.timeline.push(start) {
                    let found = format!("it starts at {start} s");
                    return Err(self.damaged(record, found, "a start after the end of the record before"));
                }
                let fits = Budget::current().check(self.timeline.bytes(), || "times of this many records".into());
                fits.map_err(|over| EdfError::Memory { path: self.records.path.clone(), over })?;
            }
            return Ok(());
        }
        let plain = self.header.layout == Layout::Plain || count == 0;
        let start = if plain { 0.0 } else { self.record_time(0).unwrap_or(0.0) };
        self.timeline = Timeline::new(start, seconds, fastest);
        self.timeline.extend(count);
        Ok(())
    }

    /// When a record starts, by the first list of its first annotations signal.
    fn record_time(&mut self, record: u64) -> Result<f64, EdfError> {
        let expected = "the record's time as the first annotation, such as \"+30\"";
        let Some(signal) = self.header.signals.iter().find(|signal| signal.annotations) else {
            return Err(self.damaged(record, "found no annotations signal".to_owned(), expected));
        };
        match self.records.first_tal(record, signal)? {
            Some(tal) if tal.keeps_time() => Ok(tal.onset),
            Some(Tal { texts, .. }) => {
                let found = format!("the first annotation is {texts:?}");
                Err(self.damaged(record, found, expected))
            }
            None => Err(self.damaged(record, "found no annotations".to_owned(), expected)),
        }
    }

    fn damaged(&self, record: u64, found: String, expected: &'static str) -> EdfError {
        EdfError::Annotations { path: self.records.path.clone(), record, found, expected }
    }
}
