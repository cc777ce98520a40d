//! The header of a file: what was recorded, when, and how the data records are laid out.

use std::io::Read;
use std::path::Path;

use super::columns::Columns;
use super::field::{Field, text};
use super::{EdfError, Signal};

/// Bytes of the header for the file, and again for each signal.
const PART: u64 = 256;

/// The most signals that are read; EDF's four characters could say 9999.
const MAX_SIGNALS: i32 = 4096;

/// The largest number that eight characters hold.
pub(super) const MAX_FIELD: i32 = 99_999_999;

/// The largest data record that is read, in bytes. The formats ask for at most 61,440 (EDF) and 15 MiB (BDF).
const MAX_RECORD: u64 = 64 << 20;

/// How a sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// European Data Format: 16 bits.
    Edf,
    /// `BioSemi` Data Format: 24 bits.
    Bdf,
}

impl Format {
    /// The bytes of a sample.
    pub(super) fn width(self) -> usize {
        match self {
            Format::Edf => 2,
            Format::Bdf => 3,
        }
    }
}

/// Whether there are annotations, and whether records can have gaps between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// EDF or BDF: no gaps, and every signal holds samples, whatever its label.
    Plain,
    /// EDF+C or BDF+C: annotations, no gaps.
    Continuous,
    /// EDF+D or BDF+D: annotations, and each record says when it starts.
    Discontinuous,
}

/// The local date and time at which the recording starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StartTime {
    /// 1985 to 2084, as EDF+ reads its two digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59; EDF+ puts a fraction into the start of record 0.
    pub second: u8,
}

impl StartTime {
    /// Reads `dd.mm.yy` and `hh.mm.ss` with any separators; `None` where they are no date and time.
    fn parse(date: &str, time: &str) -> Option<Self> {
        let [day, month, year] = three(date)?;
        let [hour, minute, second] = three(time)?;
        let fits = (1..=31).contains(&day) && (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
        let year = u16::from(year) + if year < 85 { 2000 } else { 1900 };
        fits.then_some(StartTime { year, month, day, hour, minute, second })
    }
}

/// Three numbers below 100 that are parted by one character each.
fn three(text: &str) -> Option<[u8; 3]> {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u8>().ok().filter(|n| *n < 100));
    let three = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(three)
}

/// What the header says about the file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Header {
    /// How a sample is stored.
    pub format: Format,
    /// Whether there are annotations and gaps.
    pub layout: Layout,
    /// The patient: free text, or in EDF+ code, sex, birthdate and name.
    pub patient: String,
    /// The recording: free text, or in EDF+ `Startdate`, date, code, technician and equipment.
    pub recording: String,
    /// When the recording starts; `None` where the two fields are no date and time, as some anonymised files have it.
    pub start: Option<StartTime>,
    /// How many data records there are; `None` where the header says -1, not known.
    pub records: Option<u64>,
    /// The duration of a data record in seconds; 0 only where there is nothing but annotations.
    pub record_seconds: f64,
    /// The signals, annotations included, in the file's order.
    pub signals: Vec<Signal>,
}

impl Header {
    /// Reads the header from the start of a file of `length` bytes.
    pub(super) fn read(source: &mut impl Read, length: u64, path: &Path) -> Result<Self, EdfError> {
        let mut bytes = |count| bytes(source, count, path);
        let short = |needed| EdfError::ShortHeader { path: path.to_owned(), found: length, needed };
        if length < PART {
            return Err(short(PART));
        }
        let fixed = bytes(PART)?;
        let part = |from: usize, width: usize| fixed.get(from..from + width).unwrap_or_default();
        let field = |from, width, name, expected| Field { path, name, text: text(part(from, width)), expected };
        let format = match part(0, 8) {
            b"\xFFBIOSEMI" => Format::Bdf,
            version if text(version) == "0" => Format::Edf,
            version => return Err(EdfError::Version { path: path.to_owned(), found: text(version) }),
        };
        let layout = match part(192, 5) {
            b"EDF+C" | b"BDF+C" => Layout::Continuous,
            b"EDF+D" | b"BDF+D" => Layout::Discontinuous,
            _ => Layout::Plain,
        };
        let said = field(184, 8, "the header's length", "a number of bytes").whole(0, MAX_FIELD)?;
        let records = field(236, 8, "the number of data records", "a number, or -1").whole(-1, MAX_FIELD)?;
        let record_seconds = field(244, 8, "the duration of a data record", "0, or 0.000001 to 10000000 seconds")
            .number(|s| s == 0.0 || (1e-6..=1e7).contains(&s))?;
        let count = field(252, 4, "the number of signals", "1 to 4096").whole(1, MAX_SIGNALS)?;
        let needed = PART * (u64::from(count.unsigned_abs()) + 1);
        if u64::from(said.unsigned_abs()) != needed {
            return Err(EdfError::HeaderBytes { path: path.to_owned(), found: said, needed, signals: count });
        }
        if length < needed {
            return Err(short(needed));
        }
        let columns = bytes(needed - PART)?;
        let signals = Columns { path, bytes: &columns, format, layout, record_seconds }.signals()?;
        let header = Header {
            format,
            layout,
            patient: text(part(8, 80)),
            recording: text(part(88, 80)),
            start: StartTime::parse(&text(part(168, 8)), &text(part(176, 8))),
            records: records.try_into().ok(),
            record_seconds,
            signals,
        };
        header.check(path)?;
        Ok(header)
    }

    fn check(&self, path: &Path) -> Result<(), EdfError> {
        let found = self.record_bytes() as u64;
        if found == 0 || found > MAX_RECORD {
            return Err(EdfError::RecordBytes { path: path.to_owned(), found, limit: MAX_RECORD });
        }
        if self.record_seconds == 0.0 && self.signals.iter().any(|s| !s.annotations && s.samples_per_record > 0) {
            return Err(EdfError::Field {
                path: path.to_owned(),
                field: "the duration of a data record".to_owned(),
                found: "0".to_owned(),
                expected: "more than 0 seconds, as there are signals besides annotations",
            });
        }
        Ok(())
    }

    /// The signal of a number, if it holds samples that have a scale; `path` is for the error.
    pub(super) fn samples_of(&self, number: usize, path: &Path) -> Result<&Signal, EdfError> {
        let signal = self.signals.get(number).filter(|signal| !signal.annotations);
        let count = self.signals.len();
        let signal = signal.ok_or_else(|| EdfError::SignalNumber { path: path.to_owned(), signal: number, count })?;
        signal.check(number, path)?;
        Ok(signal)
    }

    /// The bytes of a data record.
    pub(super) fn record_bytes(&self) -> usize {
        self.signals.iter().map(|signal| signal.bytes).sum()
    }

    /// The bytes of the header.
    pub(super) fn bytes(&self) -> u64 {
        PART * (self.signals.len() as u64 + 1)
    }
}

/// The next `count` bytes, which the file is known to have.
fn bytes(source: &mut impl Read, count: u64, path: &Path) -> Result<Vec<u8>, EdfError> {
    let mut bytes = vec![0; count as usize];
    let failed = |error| EdfError::Io { path: path.to_owned(), action: "read the header", error };
    source.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
