//! An open file: its header, its samples by number, and its annotations.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::annotations::Tal;
use super::open::record_count;
use super::record::{Records, Wanted};
use super::timeline::Timeline;
use super::{Annotation, EdfError, Header, Signal, Window, Windows, signal, windows};
use crate::budget::{Budget, Meter};

/// What to do with a file whose length is not what its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Truncation {
    /// Refuse it: a cut record, missing records, or bytes after the last.
    #[default]
    Error,
    /// Read the whole records that are in the file, but no more of them than the header names.
    UseWhole,
}

/// An open EDF or BDF file, from which samples are read as they are asked for.
///
/// Memory is bounded by the header, one record, and what the caller asks for; a discontinuous file adds 16 bytes for
/// each gap.
#[derive(Debug)]
pub struct EdfFile<R = File> {
    pub(super) header: Header,
    pub(super) timeline: Timeline,
    pub(super) records: Records<R>,
}

impl EdfFile {
    /// Opens a file whose length agrees with its header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no EDF or BDF file, is damaged, or is longer or shorter than its header says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, EdfError> {
        EdfFile::open_with(path, Truncation::Error)
    }

    /// Opens a file; `truncation` says what to do when its length does not agree with its header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no EDF or BDF file, is damaged, or has a length that `truncation` refuses.
    pub fn open_with(path: impl AsRef<Path>, truncation: Truncation) -> Result<Self, EdfError> {
        let path = path.as_ref();
        let file =
            File::open(path).map_err(|error| EdfError::Io { path: path.to_owned(), action: "open the file", error })?;
        EdfFile::from_source(file, path, truncation)
    }
}

impl<R: Read + Seek> EdfFile<R> {
    /// Reads from `source`, such as bytes in memory; `path` names it in errors.
    ///
    /// # Errors
    ///
    /// As [`EdfFile::open_with`].
    pub fn from_source(mut source: R, path: impl AsRef<Path>, truncation: Truncation) -> Result<Self, EdfError> {
        let path = path.as_ref();
        let failed = |error| EdfError::Io { path: path.to_owned(), action: "find the file's length", error };
        let length = source.seek(SeekFrom::End(0)).map_err(failed)?;
        source.rewind().map_err(failed)?;
        let header = Header::read(&mut source, length, path)?;
        let count = record_count(&header, length, path, truncation)?;
        let records = Records::new(source, path.to_owned(), header.bytes(), header.record_bytes(), count);
        let timeline = Timeline::new(0.0, header.record_seconds, 0.0);
        let mut file = EdfFile { header, timeline, records };
        file.find_times()?;
        Ok(file)
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The signals, annotations included, in the file's order.
    #[must_use]
    pub fn signals(&self) -> &[Signal] {
        &self.header.signals
    }

    /// How many data records can be read.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.count
    }

    /// When a record starts, in seconds from the header's start time; `None` past the last record.
    ///
    /// Record 0 starts up to a second late in EDF+ and BDF+ files, whose header has no fractions of a second. Where a
    /// continuous file does not say so in a readable annotation, it starts at 0.
    #[must_use]
    pub fn record_start(&self, record: u64) -> Option<f64> {
        (record < self.records.count).then(|| self.timeline.record_start(record))
    }

    /// Seconds from the first record's start to the last one's end, gaps included.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.timeline.end() - self.timeline.start()
    }

    /// How many samples of a signal can be read; 0 for annotations and where there is no such signal.
    #[must_use]
    pub fn samples(&self, signal: usize) -> u64 {
        let of_record = |signal: &Signal| if signal.annotations { 0 } else { signal.samples_per_record as u64 };
        self.header.signals.get(signal).map_or(0, of_record) * self.records.count
    }

    /// The number of the first signal that one of `aliases` names; the first alias that names any wins.
    ///
    /// Case and spaces do not count. For each alias, a label that equals it is preferred; then comes a label that
    /// equals it without its EDF+ signal type, so that `C3-A2` finds `EEG C3-A2`.
    #[must_use]
    pub fn find(&self, aliases: &[&str]) -> Option<usize> {
        signal::find(&self.header.signals, aliases)
    }

    /// As [`EdfFile::find`], for a signal that must be there.
    ///
    /// # Errors
    ///
    /// When no alias names a signal; the error lists the labels. When its ranges make no scale.
    pub fn require(&self, aliases: &[&str]) -> Result<usize, EdfError> {
        let number = self.find(aliases).ok_or_else(|| EdfError::NoSignal {
            path: self.records.path.clone(),
            wanted: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            present: self.header.signals.iter().map(|signal| signal.label.clone()).collect(),
        })?;
        self.header.samples_of(number, &self.records.path)?;
        Ok(number)
    }

    /// Reads the physical values of the samples `range` of a signal into `out`, in place of what it held.
    ///
    /// Samples are counted as they follow each other in the file; gaps between records do not count.
    ///
    /// # Errors
    ///
    /// When there is no such signal or not that many samples, or the file cannot be read.
    pub fn read(&mut self, signal: usize, range: Range<u64>, out: &mut Vec<f32>) -> Result<(), EdfError> {
        let samples = self.samples(signal);
        let path = &self.records.path;
        let signal = self.header.samples_of(signal, path)?;
        let Range { start: from, end: to } = range;
        if from > to || to > samples {
            return Err(EdfError::SampleRange { path: path.clone(), label: signal.label.clone(), from, to, samples });
        }
        let fits = Budget::current().check((to - from).saturating_mul(4), || format!("{} samples", to - from));
        fits.map_err(|over| EdfError::Memory { path: path.clone(), over })?;
        out.clear();
        out.resize((to - from) as usize, 0.0);
        self.records.fill(&mut [Wanted { signal, from, out }], self.header.format.width())
    }

    /// Goes through the file in windows of `seconds`, with the signals numbered `signals` at their own rates.
    ///
    /// # Errors
    ///
    /// When a signal is not there, or the windows would be empty or hold more than 2^24 samples.
    pub fn windows(&mut self, signals: &[usize], seconds: f64) -> Result<Windows<'_, R>, EdfError> {
        Windows::new(self, signals, seconds)
    }

    /// The samples of some signals, at their own rates, between two times in seconds from the start of the first record. The times
    /// are clipped to the recording; gaps between records are NaN.
    ///
    /// # Errors
    ///
    /// When a signal is not there, or there would be no sample, or more than 2^24.
    pub fn between(&mut self, signals: &[usize], from: f64, to: f64) -> Result<Window, EdfError> {
        windows::between(self, signals, from, to)
    }

    /// The annotations in a record, in the file's order; none past the last record.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or a list of annotations is damaged.
    pub fn record_annotations(&mut self, record: u64) -> Result<Vec<Annotation>, EdfError> {
        self.annotations_of(record, &mut Budget::current().meter())
    }

    fn annotations_of(&mut self, record: u64, meter: &mut Meter) -> Result<Vec<Annotation>, EdfError> {
        let mut found = Vec::new();
        if record < self.records.count {
            for signal in self.header.signals.iter().filter(|signal| signal.annotations) {
                let tals = self.records.tals(record, signal, meter)?;
                found.extend(tals.into_iter().filter_map(Tal::annotation));
            }
        }
        Ok(found)
    }

    /// All annotations, in the file's order. Reads the annotations signals of every record, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`EdfFile::record_annotations`].
    pub fn annotations(&mut self) -> Result<Vec<Annotation>, EdfError> {
        let (mut all, mut meter) = (Vec::new(), Budget::current().meter());
        for record in 0..self.records.count {
            all.extend(self.annotations_of(record, &mut meter)?);
        }
        Ok(all)
    }
}
