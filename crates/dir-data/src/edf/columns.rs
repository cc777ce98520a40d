//! The part of a header that describes the signals: each field for all of them, then the next field.

use std::path::Path;

use super::field::{Field, text};
use super::header::MAX_FIELD;
use super::{EdfError, Format, Layout, Signal};

/// A field of every signal: where its column starts, in bytes for each signal, and its width.
#[derive(Clone, Copy)]
struct Column(usize, usize);

const LABEL: Column = Column(0, 16);
const TRANSDUCER: Column = Column(16, 80);
const DIMENSION: Column = Column(96, 8);
const PHYSICAL_MIN: Column = Column(104, 8);
const PHYSICAL_MAX: Column = Column(112, 8);
const DIGITAL_MIN: Column = Column(120, 8);
const DIGITAL_MAX: Column = Column(128, 8);
const PREFILTER: Column = Column(136, 80);
const SAMPLES: Column = Column(216, 8);

/// The bytes for each signal, the reserved field included.
const PART: usize = 256;

/// The columns, and what the signals depend on besides.
pub(super) struct Columns<'a> {
    pub(super) path: &'a Path,
    pub(super) bytes: &'a [u8],
    pub(super) format: Format,
    pub(super) layout: Layout,
    pub(super) record_seconds: f64,
}

impl Columns<'_> {
    /// Every signal, in the file's order.
    pub(super) fn signals(&self) -> Result<Vec<Signal>, EdfError> {
        let mut offset = 0;
        let mut signals = Vec::new();
        for number in 0..self.bytes.len() / PART {
            let signal = self.signal(number, offset)?;
            offset += signal.bytes;
            signals.push(signal);
        }
        Ok(signals)
    }

    fn signal(&self, number: usize, offset: usize) -> Result<Signal, EdfError> {
        let label = self.text(LABEL, number);
        let field = |column, name: &'static str, expected| {
            let name = format!("the {name} of signal {number} ({label:?})");
            (name, self.text(column, number), expected)
        };
        let whole = |(name, text, expected): (String, _, _), min, max| {
            Field { path: self.path, name: &name, text, expected }.whole(min, max)
        };
        let real = |(name, text, expected): (String, _, _)| {
            Field { path: self.path, name: &name, text, expected }.number(|n| n.abs() <= f64::from(f32::MAX))
        };
        let physical_min = real(field(PHYSICAL_MIN, "physical minimum", "a number"))?;
        let physical_max = real(field(PHYSICAL_MAX, "physical maximum", "a number"))?;
        let digital_min = whole(field(DIGITAL_MIN, "digital minimum", "a whole number"), -MAX_FIELD, MAX_FIELD)?;
        let digital_max = whole(field(DIGITAL_MAX, "digital maximum", "a whole number"), -MAX_FIELD, MAX_FIELD)?;
        let samples = whole(field(SAMPLES, "samples per record", "0 or more"), 0, MAX_FIELD)?;
        let samples_per_record = samples.unsigned_abs() as usize;
        let annotations = self.layout != Layout::Plain && matches!(&*label, "EDF Annotations" | "BDF Annotations");
        Ok(Signal {
            transducer: self.text(TRANSDUCER, number),
            dimension: self.text(DIMENSION, number),
            physical_min,
            physical_max,
            digital_min,
            digital_max,
            prefilter: self.text(PREFILTER, number),
            samples_per_record,
            annotations,
            record_seconds: self.record_seconds,
            offset,
            bytes: samples_per_record * self.format.width(),
            label,
        })
    }

    fn text(&self, Column(start, width): Column, number: usize) -> String {
        let from = start * (self.bytes.len() / PART) + number * width;
        text(self.bytes.get(from..from + width).unwrap_or_default())
    }
}
