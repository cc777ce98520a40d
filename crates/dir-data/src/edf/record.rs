//! The data records of a file, read in part and one at a time.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

use super::annotations::{Tal, bytes_of, first_tal, tals};
use super::{EdfError, Signal};
use crate::budget::Meter;

/// The records after a header. Holds what was read of one record last, as windows may meet inside it.
#[derive(Debug)]
pub(super) struct Records<R> {
    source: R,
    pub(super) path: PathBuf,
    /// Where the first record starts.
    start: u64,
    /// The bytes of a record.
    size: usize,
    /// How many whole records there are.
    pub(super) count: u64,
    held: Option<(u64, Range<usize>)>,
    buffer: Vec<u8>,
}

impl<R: Read + Seek> Records<R> {
    pub(super) fn new(source: R, path: PathBuf, start: u64, size: usize, count: u64) -> Self {
        Records { source, path, start, size, count, held: None, buffer: Vec::new() }
    }

    /// The bytes `span` of a record. The record is below `count` and the span within its size.
    pub(super) fn load(&mut self, record: u64, span: Range<usize>) -> Result<&[u8], EdfError> {
        let wanted = Some((record, span.clone()));
        if self.held != wanted {
            self.held = None;
            self.buffer.resize(span.len(), 0);
            let at = self.start + record * self.size as u64 + span.start as u64;
            let read = self.source.seek(SeekFrom::Start(at)).and_then(|_| self.source.read_exact(&mut self.buffer));
            read.map_err(|error| EdfError::Io { path: self.path.clone(), action: "read a data record", error })?;
            self.held = wanted;
        }
        Ok(&self.buffer)
    }

    /// The lists of annotations that a record has in one signal; the meter counts what they take.
    pub(super) fn tals(&mut self, record: u64, signal: &Signal, meter: &mut Meter) -> Result<Vec<Tal>, EdfError> {
        let bytes = self.load(record, signal.offset..signal.offset + signal.bytes)?;
        let lists = meter.take(bytes_of(bytes), || "annotations of this number".into()).map(|()| tals(bytes));
        let lists = lists.map_err(|over| EdfError::Memory { path: self.path.clone(), over })?;
        lists.map_err(|text| self.damaged(record, &text))
    }

    /// The first of them.
    pub(super) fn first_tal(&mut self, record: u64, signal: &Signal) -> Result<Option<Tal>, EdfError> {
        let first = first_tal(self.load(record, signal.offset..signal.offset + signal.bytes)?);
        first.map_err(|text| self.damaged(record, &text))
    }

    fn damaged(&self, record: u64, text: &str) -> EdfError {
        EdfError::Annotations {
            path: self.path.clone(),
            record,
            found: format!("found the list {text:?}"),
            expected: "onset, duration and texts, such as \"+30\\u{15}30\\u{14}Sleep stage W\\u{14}\"",
        }
    }
}

/// Samples of one signal that are wanted: as many as `out` has, from the sample `from` of the file on.
pub(super) struct Wanted<'a> {
    pub(super) signal: &'a Signal,
    pub(super) from: u64,
    pub(super) out: &'a mut [f32],
}

impl Wanted<'_> {
    fn samples(&self) -> Range<u64> {
        self.from..self.from + self.out.len() as u64
    }

    /// The records that hold the samples.
    fn records(&self) -> Range<u64> {
        let each = self.signal.samples_per_record as u64;
        let Range { start, end } = self.samples();
        if start == end || each == 0 { 0..0 } else { start / each..end.div_ceil(each) }
    }

    /// Takes what it wants of a record, of which `bytes` are those from `start` on.
    fn take(&mut self, record: u64, bytes: &[u8], start: usize, width: usize) {
        let each = self.signal.samples_per_record as u64;
        let first = record * each;
        let Range { start: from, end: to } = self.samples();
        let (low, high) = (from.max(first), to.min(first + each));
        if low >= high {
            return;
        }
        let skipped = self.signal.offset - start + (low - first) as usize * width;
        let here = (low - from) as usize..(high - from) as usize;
        if let (Some(bytes), Some(out)) = (bytes.get(skipped..), self.out.get_mut(here)) {
            self.signal.decode(bytes, width, out);
        }
    }
}

impl<R: Read + Seek> Records<R> {
    /// Fills in what is wanted, reading each record once. All samples lie within the records of the file.
    pub(super) fn fill(&mut self, wanted: &mut [Wanted<'_>], width: usize) -> Result<(), EdfError> {
        let used = || wanted.iter().filter(|wanted| !wanted.records().is_empty());
        let (Some(first), Some(last)) =
            (used().map(|w| w.records().start).min(), used().map(|w| w.records().end).max())
        else {
            return Ok(());
        };
        let start = used().map(|wanted| wanted.signal.offset).min().unwrap_or(0);
        let end = used().map(|wanted| wanted.signal.offset + wanted.signal.bytes).max().unwrap_or(0);
        for record in first..last {
            let bytes = self.load(record, start..end)?;
            for wanted in &mut *wanted {
                wanted.take(record, bytes, start, width);
            }
        }
        Ok(())
    }
}
