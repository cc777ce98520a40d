//! Going through a file window by window, gaps filled with NaN.

use std::fs::File;
use std::io::{Read, Seek};

use super::record::Wanted;
use super::timeline::Run;
use super::{EdfError, EdfFile, Signal};

/// The most samples, of all signals together, in a window: 64 MiB.
const MAX_SAMPLES: u64 = 1 << 24;

/// How far, in samples, the start of a window may be past a sample that still counts as within: rounding only.
const SLACK: f64 = 1e-4;

/// A stretch of time, with the samples of each chosen signal at its own rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// When it starts, in seconds from the header's start time, as the onsets of annotations are.
    pub start: f64,
    /// How long it is: as asked for, or less for the last window of a file.
    pub seconds: f64,
    /// The physical values of each signal, in the order asked for; NaN in gaps between records.
    ///
    /// Where rate times length is no whole number, the counts of windows differ by one: no sample is in two windows.
    pub signals: Vec<Vec<f32>>,
}

/// The windows of a file, in order, from the start of its first record to the end of its last.
///
/// Reads the records that a window needs, and holds no more than one of them besides the window. After an error there
/// are no more windows.
#[derive(Debug)]
pub struct Windows<'a, R = File> {
    file: &'a mut EdfFile<R>,
    signals: Vec<Signal>,
    seconds: f64,
    next: u64,
    count: u64,
}

impl<'a, R: Read + Seek> Windows<'a, R> {
    pub(super) fn new(file: &'a mut EdfFile<R>, signals: &[usize], seconds: f64) -> Result<Self, EdfError> {
        let signals = checked(file, signals, seconds)?;
        // A remainder that rounding left is no window.
        let count = (file.seconds() / seconds - 1e-9).ceil() as u64;
        Ok(Windows { file, signals, seconds, next: 0, count })
    }

    fn read(&mut self, window: u64) -> Result<Window, EdfError> {
        let from = window as f64 * self.seconds;
        // Windows meet at the same number, so that no sample is lost or doubled between them.
        let to = if window + 1 < self.count { (window + 1) as f64 * self.seconds } else { self.file.seconds() };
        read_between(self.file, &self.signals, from, to)
    }
}

/// The signals with these numbers, and whether so many seconds of them are few enough to hold.
fn checked<R: Read + Seek>(file: &EdfFile<R>, signals: &[usize], seconds: f64) -> Result<Vec<Signal>, EdfError> {
    let signal = |number: &usize| file.header.samples_of(*number, &file.records.path).cloned();
    let signals = signals.iter().map(signal).collect::<Result<Vec<_>, _>>()?;
    let longest = seconds.min(file.seconds());
    let samples: f64 = signals.iter().map(|signal| (longest * signal.rate()).ceil()).sum();
    if seconds.is_nan() || seconds <= 0.0 || samples > MAX_SAMPLES as f64 {
        return Err(EdfError::WindowLength { path: file.records.path.clone(), seconds, limit: MAX_SAMPLES });
    }
    Ok(signals)
}

/// The samples between two times, in seconds from the start of the first record; the times are clipped to the recording.
pub(super) fn between<R: Read + Seek>(
    file: &mut EdfFile<R>,
    signals: &[usize],
    from: f64,
    to: f64,
) -> Result<Window, EdfError> {
    let (from, to) = (from.max(0.0), to.min(file.seconds()));
    let signals = checked(file, signals, to - from)?;
    read_between(file, &signals, from, to)
}

fn read_between<R: Read + Seek>(
    file: &mut EdfFile<R>,
    signals: &[Signal],
    from: f64,
    to: f64,
) -> Result<Window, EdfError> {
    let origin = file.timeline.start();
    let grids: Vec<_> = signals.iter().map(|signal| Grid::new(signal, from, to)).collect();
    let mut values: Vec<_> = grids.iter().map(|grid| vec![f32::NAN; (grid.to - grid.from) as usize]).collect();
    // A sample may be placed up to a half of its rate's step away from its time.
    let pad = file.header().record_seconds;
    let width = file.header().format.width();
    for (run, end) in file.timeline.runs(origin + from - pad, origin + to + pad) {
        let parts = signals.iter().zip(&grids).zip(&mut values);
        let mut wanted: Vec<_> =
            parts.filter_map(|((signal, grid), out)| grid.wanted(signal, run, end, origin, out)).collect();
        file.records.fill(&mut wanted, width)?;
    }
    Ok(Window { start: origin + from, seconds: to - from, signals: values })
}

impl<R: Read + Seek> Iterator for Windows<'_, R> {
    type Item = Result<Window, EdfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.count {
            return None;
        }
        let window = self.read(self.next);
        self.next = if window.is_ok() { self.next + 1 } else { self.count };
        Some(window)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.count - self.next);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}

/// The evenly spaced samples of one signal that a window has, numbered from the start of the first record.
struct Grid {
    rate: f64,
    from: u64,
    to: u64,
}

impl Grid {
    fn new(signal: &Signal, from: f64, to: f64) -> Self {
        let rate = signal.rate();
        let at = |seconds: f64| (seconds * rate - SLACK).ceil() as u64;
        Grid { rate, from: at(from), to: at(to).max(at(from)) }
    }

    /// What a run of records, the last before `end`, has for this window; `out` is the window's samples.
    fn wanted<'a>(
        &self,
        signal: &'a Signal,
        run: Run,
        end: u64,
        origin: f64,
        out: &'a mut [f32],
    ) -> Option<Wanted<'a>> {
        let each = signal.samples_per_record as u64;
        let first = ((run.start - origin) * self.rate).round() as u64;
        let (low, high) = (first.max(self.from), first.saturating_add((end - run.record) * each).min(self.to));
        if low >= high {
            return None;
        }
        let out = out.get_mut((low - self.from) as usize..(high - self.from) as usize)?;
        Some(Wanted { signal, from: run.record * each + (low - first), out })
    }
}
