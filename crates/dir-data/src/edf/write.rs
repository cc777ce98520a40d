//! Writing plain 16-bit EDF files record by record, such as synthetic nights that memory would not hold.

use std::io::{self, Write};
use std::path::Path;

use super::{EdfError, StartTime};
use crate::files::{AtomicFile, FileError};

/// What to write into the header of a signal, and how many samples each record has.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteSignal {
    /// The label, such as `EEG C3-A2`: up to 16 characters of printable ASCII.
    pub label: String,
    /// The kind of sensor: up to 80 characters of printable ASCII.
    pub transducer: String,
    /// The unit, such as `uV`: up to 8 characters of printable ASCII.
    pub dimension: String,
    /// The physical value at `digital_min`; its decimal text has up to 8 characters.
    pub physical_min: f64,
    /// The physical value at `digital_max`; its decimal text has up to 8 characters.
    pub physical_max: f64,
    /// The smallest integer to write, such as -32768.
    pub digital_min: i16,
    /// The largest integer to write, such as 32767.
    pub digital_max: i16,
    /// The filters applied: up to 80 characters of printable ASCII.
    pub prefilter: String,
    /// Samples in each data record, above 0.
    pub samples_per_record: usize,
}

/// What to write into the header.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteSpec {
    /// The patient: up to 80 characters of printable ASCII.
    pub patient: String,
    /// The recording: up to 80 characters of printable ASCII.
    pub recording: String,
    /// When the recording starts, 1985 to 2084.
    pub start: StartTime,
    /// The duration of a data record in seconds; its decimal text has up to 8 characters.
    pub record_seconds: f64,
    /// The signals, 1 to 4096.
    pub signals: Vec<WriteSignal>,
}

/// Writes an EDF file of `records` data records, replacing a file of that name.
///
/// For each record and signal, in order, `fill(record, signal, out)` is called to fill `out` with physical values; they
/// are rounded to the nearest digital value and clipped at the physical minimum and maximum, as a recorder does. One
/// record is held at a time. The file appears only once it is complete.
///
/// # Errors
///
/// When a field does not fit the header, a value is NaN, or the file cannot be written.
pub fn write_edf(
    path: impl AsRef<Path>,
    spec: &WriteSpec,
    records: u64,
    mut fill: impl FnMut(u64, usize, &mut [f32]),
) -> Result<(), EdfError> {
    let path = path.as_ref();
    let header = HeaderText { path, bytes: Vec::new() }.build(spec, records)?;
    let failed = |error| EdfError::Io { path: path.to_owned(), action: "write the file", error };
    let unwritten = |FileError { action, error, .. }| EdfError::Io { path: path.to_owned(), action, error };
    let mut file = AtomicFile::create(path).map_err(unwritten)?;
    file.write_all(&header).map_err(failed)?;
    let mut values = Vec::new();
    for record in 0..records {
        for (number, signal) in spec.signals.iter().enumerate() {
            values.clear();
            values.resize(signal.samples_per_record, 0.0);
            fill(record, number, &mut values);
            if values.iter().any(|value| value.is_nan()) {
                let what = format!("signal {number} ({:?}) in record {record} with the value", signal.label);
                return Err(unwritable(path, what, "NaN", "a number; EDF has no mark for a missing value"));
            }
            write_samples(&mut file, signal, &values).map_err(failed)?;
        }
    }
    file.commit().map_err(unwritten)
}

/// Writes an EDF file of signals that are held whole: as [`write_edf`], with `samples` of each signal.
///
/// # Errors
///
/// As [`write_edf`], and when the signals do not all fill the same whole number of records.
pub fn write_edf_slices(path: impl AsRef<Path>, spec: &WriteSpec, samples: &[&[f32]]) -> Result<(), EdfError> {
    let path = path.as_ref();
    let sizes = || spec.signals.iter().map(|signal| signal.samples_per_record);
    let counts = || sizes().zip(samples).map(|(size, samples)| samples.len().checked_div(size).unwrap_or(0));
    let records = counts().next().unwrap_or(0);
    let whole = sizes().zip(samples).all(|(size, samples)| Some(samples.len()) == records.checked_mul(size));
    if samples.len() != spec.signals.len() || !whole {
        let found = format!("{:?} for records of {:?}", lengths(samples), sizes().collect::<Vec<_>>());
        let expected = "as many signals, each filling the same whole number of records";
        return Err(unwritable(path, "signals of the lengths".to_owned(), &found, expected));
    }
    write_edf(path, spec, records as u64, |record, signal, out| {
        let from = record as usize * out.len();
        if let Some(part) = samples.get(signal).and_then(|samples| samples.get(from..from + out.len())) {
            out.copy_from_slice(part);
        }
    })
}

fn lengths(samples: &[&[f32]]) -> Vec<usize> {
    samples.iter().map(|samples| samples.len()).collect()
}

fn write_samples(file: &mut impl Write, signal: &WriteSignal, values: &[f32]) -> io::Result<()> {
    let (min, max) = (f64::from(signal.digital_min), f64::from(signal.digital_max));
    let per_unit = (max - min) / (signal.physical_max - signal.physical_min);
    for value in values {
        let digital = (f64::from(*value) - signal.physical_min) * per_unit + min;
        file.write_all(&(digital.round().clamp(min, max) as i16).to_le_bytes())?;
    }
    Ok(())
}

fn unwritable(path: &Path, what: String, found: &str, expected: &'static str) -> EdfError {
    EdfError::Unwritable { path: path.to_owned(), what, found: found.to_owned(), expected }
}

/// A header that is being built.
struct HeaderText<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
}

impl HeaderText<'_> {
    fn build(mut self, spec: &WriteSpec, records: u64) -> Result<Vec<u8>, EdfError> {
        let StartTime { year, month, day, hour, minute, second } = spec.start;
        let signals = &spec.signals;
        if !(1985..=2084).contains(&year) {
            return Err(unwritable(self.path, "the year".to_owned(), &year.to_string(), "1985 to 2084"));
        }
        if !(1..=4096).contains(&signals.len()) {
            let found = signals.len().to_string();
            return Err(unwritable(self.path, "a number of signals".to_owned(), &found, "1 to 4096"));
        }
        if !(1e-6..=1e7).contains(&spec.record_seconds) {
            let found = spec.record_seconds.to_string();
            return Err(unwritable(self.path, "records of seconds".to_owned(), &found, "0.000001 to 10000000"));
        }
        self.field("the version", "0", 8)?;
        self.field("the patient", &spec.patient, 80)?;
        self.field("the recording", &spec.recording, 80)?;
        self.field("the start date", &format!("{day:02}.{month:02}.{:02}", year % 100), 8)?;
        self.field("the start time", &format!("{hour:02}.{minute:02}.{second:02}"), 8)?;
        self.field("the header's length", &(256 * (signals.len() + 1)).to_string(), 8)?;
        self.field("the reserved field", "", 44)?;
        self.field("the number of records", &records.to_string(), 8)?;
        self.field("the duration of a record", &spec.record_seconds.to_string(), 8)?;
        self.field("the number of signals", &signals.len().to_string(), 4)?;
        self.column(signals, "the label", 16, |signal| signal.label.clone())?;
        self.column(signals, "the transducer", 80, |signal| signal.transducer.clone())?;
        self.column(signals, "the dimension", 8, |signal| signal.dimension.clone())?;
        self.column(signals, "the physical minimum", 8, |signal| signal.physical_min.to_string())?;
        self.column(signals, "the physical maximum", 8, |signal| signal.physical_max.to_string())?;
        self.column(signals, "the digital minimum", 8, |signal| signal.digital_min.to_string())?;
        self.column(signals, "the digital maximum", 8, |signal| signal.digital_max.to_string())?;
        self.column(signals, "the prefilter", 80, |signal| signal.prefilter.clone())?;
        self.column(signals, "the samples per record", 8, |signal| signal.samples_per_record.to_string())?;
        self.column(signals, "the reserved field", 32, |_| String::new())?;
        for (number, signal) in signals.iter().enumerate() {
            self.check(number, signal)?;
        }
        Ok(self.bytes)
    }

    fn column(
        &mut self,
        signals: &[WriteSignal],
        name: &str,
        width: usize,
        text: impl Fn(&WriteSignal) -> String,
    ) -> Result<(), EdfError> {
        signals.iter().enumerate().try_for_each(|(number, signal)| {
            self.field(&format!("{name} of signal {number} ({:?})", signal.label), &text(signal), width)
        })
    }

    fn field(&mut self, name: &str, text: &str, width: usize) -> Result<(), EdfError> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !printable || text.len() > width {
            let expected = match width {
                4 => "up to 4 characters of printable ASCII",
                8 => "up to 8 characters of printable ASCII (round the number)",
                16 => "up to 16 characters of printable ASCII",
                _ => "up to 80 characters of printable ASCII",
            };
            return Err(unwritable(self.path, name.to_owned(), &format!("{text:?}"), expected));
        }
        self.bytes.extend(text.bytes().chain(std::iter::repeat(b' ')).take(width));
        Ok(())
    }

    fn check(&self, number: usize, signal: &WriteSignal) -> Result<(), EdfError> {
        let range = signal.physical_max - signal.physical_min;
        let wrong = |found: String, expected| {
            Err(unwritable(self.path, format!("signal {number} ({:?}) with", signal.label), &found, expected))
        };
        if signal.digital_min >= signal.digital_max {
            let found = format!("the digital range {} to {}", signal.digital_min, signal.digital_max);
            return wrong(found, "a minimum below the maximum");
        }
        if !range.is_finite() || range == 0.0 {
            let found = format!("the physical range {} to {}", signal.physical_min, signal.physical_max);
            return wrong(found, "two different numbers");
        }
        if signal.samples_per_record == 0 {
            return wrong("0 samples per record".to_owned(), "1 or more");
        }
        Ok(())
    }
}
