//! One file: any stretch of its wanted signals, brought to one rate.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Channel, SignalError};
use crate::edf::{EdfFile, Resampler, Truncation};
use crate::npy::{self, Kind};

/// An EDF or BDF file, or an array `[signals, samples]` in an `.npy` file.
///
/// # Example
/// ```no_run
/// # use std::path::Path;
/// # use dir_data::signals::{Recording, shhs_channels};
/// let mut night = Recording::open(Path::new("night.edf"), &shhs_channels(), None, Default::default())?;
/// let minute = night.between(600.0, 660.0, 64.0)?; // five signals of 3840 samples
/// # Ok::<(), dir_data::signals::SignalError>(())
/// ```
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    names: Vec<String>,
    source: Source,
    /// One per signal, to the rate that was last asked for: their filters cost as much as a window's samples.
    resamplers: Vec<Resampler>,
    resampled_to: f64,
}

#[derive(Debug)]
enum Source {
    Edf { file: Box<EdfFile>, signals: Vec<usize> },
    Array(Array),
}

/// Where the numbers of an array are.
#[derive(Debug)]
struct Array {
    file: File,
    kind: Kind,
    rate: f64,
    samples: u64,
    /// Where they begin in the file.
    start: u64,
}

/// What an array can hold.
const KINDS: [Kind; 2] = [Kind::F4, Kind::F8];
/// Samples of the slower rate that a resampler looks at on each side.
const REACH: f64 = 33.0;

impl Recording {
    /// Opens a file. `array_rate` is the rate of an array's samples, which `.npy` files do not tell.
    ///
    /// # Errors
    /// [`SignalError`]: no such file, a damaged one, a signal that it does not have.
    pub fn open(
        path: &Path,
        channels: &[Channel],
        array_rate: Option<f64>,
        truncation: Truncation,
    ) -> Result<Self, SignalError> {
        let is_array = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
        let source = if is_array {
            Source::Array(Array::open(path, channels.len(), array_rate)?)
        } else {
            let file = EdfFile::open_with(path, truncation)?;
            let signals = channels.iter().map(|channel| file.require(&channel.labels()));
            let signals = signals.collect::<Result<_, _>>()?;
            Source::Edf { file: Box::new(file), signals }
        };
        let names = channels.iter().map(|channel| channel.name.clone()).collect();
        Ok(Self { path: path.to_path_buf(), names, source, resamplers: Vec::new(), resampled_to: f64::NAN })
    }

    /// Its length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        match &self.source {
            Source::Edf { file, .. } => file.seconds(),
            Source::Array(array) => array.samples as f64 / array.rate,
        }
    }

    /// The signals between two times at a rate: of each `(to - from) · rate` samples, one at `from + n / rate` seconds. What the
    /// recording lacks, gaps and what lies outside it, is NaN. Where the rates of a signal have no common grid at the first time,
    /// the samples are early by less than one of the signal's.
    ///
    /// # Errors
    /// [`SignalError`]: a file that can't be read; rates without a ratio of whole numbers.
    pub fn between(&mut self, from: f64, to: f64, rate: f64) -> Result<Vec<Vec<f32>>, SignalError> {
        let wanted = ((to - from) * rate).round().max(0.0) as usize;
        let slowest = (0..self.names.len()).map(|channel| self.rate(channel)).fold(rate, f64::min);
        // Whole seconds on both sides, so that both rates have a sample at the beginning.
        let begin = (from - (REACH / slowest).ceil()).max(0.0);
        // First, since it refuses rates so far apart that what is skipped would fill the memory.
        self.resample_to(rate)?;
        let raw = self.raw(begin, to + from - begin)?;
        let skipped = ((from - begin) * rate).round() as usize;
        let resampled = self.resamplers.iter_mut().zip(&raw).map(|(resampler, raw)| {
            let mut samples = Vec::new();
            resampler.process(raw, &mut samples);
            resampler.finish(&mut samples);
            samples.drain(..skipped.min(samples.len()));
            samples.resize(wanted, f32::NAN);
            samples
        });
        Ok(resampled.collect())
    }

    fn resample_to(&mut self, rate: f64) -> Result<(), SignalError> {
        if self.resampled_to != rate {
            let resampler = |channel: usize| {
                let (path, signal) = (self.path.clone(), self.names[channel].clone());
                Resampler::new(self.rate(channel), rate).map_err(|error| SignalError::Rate { path, signal, error })
            };
            self.resamplers = (0..self.names.len()).map(resampler).collect::<Result<_, _>>()?;
            self.resampled_to = rate;
        }
        Ok(())
    }

    fn rate(&self, channel: usize) -> f64 {
        match &self.source {
            Source::Edf { file, signals } => file.signals()[signals[channel]].rate(),
            Source::Array(array) => array.rate,
        }
    }

    /// Samples of every signal at its own rate.
    fn raw(&mut self, from: f64, to: f64) -> Result<Vec<Vec<f32>>, SignalError> {
        let count = self.names.len();
        match &mut self.source {
            Source::Edf { file, signals } => Ok(file.between(signals, from, to)?.signals),
            Source::Array(array) => {
                let unreadable = |source| SignalError::Array {
                    path: self.path.clone(),
                    found: format!("'{source}'"),
                    expected: "an array that can be read to its end".into(),
                };
                (0..count).map(|channel| array.between(channel, from, to).map_err(unreadable)).collect()
            }
        }
    }
}

impl Array {
    fn open(path: &Path, channels: usize, rate: Option<f64>) -> Result<Self, SignalError> {
        let wrong = |found: String, expected: &str| SignalError::Array {
            path: path.to_path_buf(),
            found,
            expected: expected.to_owned(),
        };
        let unreadable = |error: std::io::Error| wrong(format!("'{error}'"), "an array in NumPy's format");
        let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0);
        let rate = rate.ok_or_else(|| {
            wrong("an array, which does not tell its rate".into(), "--array-rate, its samples per second")
        })?;
        let mut file = File::open(path).map_err(unreadable)?;
        let header = npy::header(&mut file, &KINDS).map_err(unreadable)?;
        let header = header.map_err(|found| wrong(found, "32- or 64-bit floats, rows before columns"))?;
        let &[signals, samples] = header.shape.as_slice() else {
            return Err(wrong(format!("shape {}", npy::written(&header.shape)), "(signals, samples)"));
        };
        if signals != channels {
            return Err(wrong(
                format!("{signals} signals"),
                &format!("{channels}, one per channel; --channels names them"),
            ));
        }
        let start = file.stream_position().map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len() - start;
        let needed =
            (signals as u64).checked_mul(samples as u64).and_then(|n| n.checked_mul(header.kind.bytes() as u64));
        if needed != Some(bytes) || samples == 0 {
            let shape = npy::written(&header.shape);
            return Err(wrong(format!("{bytes} bytes of numbers"), &format!("those of shape {shape}, and not none")));
        }
        Ok(Self { file, kind: header.kind, rate, samples: samples as u64, start })
    }

    fn between(&mut self, channel: usize, from: f64, to: f64) -> std::io::Result<Vec<f32>> {
        let at = |seconds: f64| ((seconds * self.rate).round().max(0.0) as u64).min(self.samples);
        let (from, to) = (at(from), at(to));
        let width = self.kind.bytes();
        let first = self.start + (channel as u64 * self.samples + from) * width as u64;
        self.file.seek(SeekFrom::Start(first))?;
        let mut bytes = vec![0; to.saturating_sub(from) as usize * width];
        self.file.read_exact(&mut bytes)?;
        Ok(self.kind.map(&bytes, |value| value as f32))
    }
}
