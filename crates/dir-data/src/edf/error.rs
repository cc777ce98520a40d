//! What can be wrong with an EDF or BDF file, or with what was asked of it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::budget::OverBudget;
use crate::printable::printable;

/// Why an EDF or BDF file could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EdfError {
    /// The operating system could not do it.
    #[error("{}: found '{error}' while trying to {action}; check the path, its permissions and the disk", printable(path.display()), error = printable(.error))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// The file ends inside its header.
    #[error("{}: found {found} bytes, expected a header of {needed}; the file is cut: fetch it again", printable(path.display()))]
    ShortHeader {
        /// The file.
        path: PathBuf,
        /// The file's length in bytes.
        found: u64,
        /// The bytes that the header has, or has at least.
        needed: u64,
    },
    /// The first eight bytes are those of another format.
    #[error(
        "{}: starts with {found:?}, expected \"0\" (EDF) or 0xFF \"BIOSEMI\" (BDF); this is another format: check the \
         path", printable(path.display()))]
    Version {
        /// The file.
        path: PathBuf,
        /// The first eight bytes as text.
        found: String,
    },
    /// A field of the header does not hold what it must.
    #[error("{}: {field} is {found:?}, expected {expected}; the header is damaged: fetch the file again", printable(path.display()))]
    Field {
        /// The file.
        path: PathBuf,
        /// The field, with the signal's number and label where it belongs to one.
        field: String,
        /// The field's text.
        found: String,
        /// What it can hold.
        expected: &'static str,
    },
    /// The header's length does not agree with the number of signals.
    #[error(
        "{}: the header says that it has {found} bytes, expected {needed} for {signals} signals; the header is \
         damaged: fetch the file again", printable(path.display()))]
    HeaderBytes {
        /// The file.
        path: PathBuf,
        /// The length that the header gives.
        found: i32,
        /// The length that the signals make.
        needed: u64,
        /// How many signals there are.
        signals: i32,
    },
    /// The minimum and maximum of a signal make no scale.
    #[error(
        "{}: signal {signal} ({label:?}) has the {kind} range {min} to {max}, expected {expected}; correct the header \
         or remove the signal", printable(path.display()))]
    Range {
        /// The file.
        path: PathBuf,
        /// The signal's number, from 0.
        signal: usize,
        /// The signal's label.
        label: String,
        /// "digital" or "physical".
        kind: &'static str,
        /// The minimum.
        min: f64,
        /// The maximum.
        max: f64,
        /// What the two can be.
        expected: &'static str,
    },
    /// A data record has an impossible size.
    #[error(
        "{}: a data record has {found} bytes, expected 1 to {limit}; the header is damaged: fetch the file again",
        printable(path.display()))]
    RecordBytes {
        /// The file.
        path: PathBuf,
        /// The size that the signals make.
        found: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// The file is shorter than its header says, or its last record is cut.
    #[error(
        "{}: found {found} whole data records and {spare} bytes more, expected {said}; the file is truncated: fetch \
         it again, or read what is whole with Truncation::UseWhole", printable(path.display()))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The whole records in the file.
        found: u64,
        /// The bytes after them.
        spare: u64,
        /// What the header says.
        said: String,
    },
    /// The file is longer than its header says.
    #[error(
        "{}: found {spare} bytes after the {said} data records that the header names, expected none; the header was \
         not completed or files were joined: fetch it again, or read those records with Truncation::UseWhole",
        printable(path.display()))]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The records that the header names.
        said: u64,
        /// The bytes after them.
        spare: u64,
    },
    /// Annotations or the time of a record cannot be read.
    #[error(
        "{}: data record {record}: {found}, expected {expected}; the annotations are damaged: fetch the file again",
        printable(path.display()), found = printable(.found))]
    Annotations {
        /// The file.
        path: PathBuf,
        /// The record's number, from 0.
        record: u64,
        /// What was found.
        found: String,
        /// What must stand there.
        expected: &'static str,
    },
    /// More than the budget.
    #[error("{}: found {over}, expected a smaller file", printable(path.display()))]
    Memory {
        /// The file.
        path: PathBuf,
        /// What it needs.
        over: OverBudget,
    },
    /// No signal has one of the wanted labels.
    #[error(
        "{}: found the signals {present:?}, expected one of {wanted:?}; add the label that this recording uses to the \
         aliases", printable(path.display()))]
    NoSignal {
        /// The file.
        path: PathBuf,
        /// The labels that were looked for.
        wanted: Vec<String>,
        /// The labels in the file.
        present: Vec<String>,
    },
    /// A number is not that of a signal with samples.
    #[error(
        "{}: signal {signal} was asked for, expected 0 to {count} exclusive and no annotations signal; use find or \
         require to get a signal's number", printable(path.display()))]
    SignalNumber {
        /// The file.
        path: PathBuf,
        /// The number that was asked for.
        signal: usize,
        /// How many signals there are.
        count: usize,
    },
    /// Samples outside the recording were asked for.
    #[error(
        "{}: samples {from}..{to} of signal {label:?} were asked for, expected a range within 0..{samples}; ask for \
         less", printable(path.display()))]
    SampleRange {
        /// The file.
        path: PathBuf,
        /// The signal's label.
        label: String,
        /// The first sample.
        from: u64,
        /// One past the last sample.
        to: u64,
        /// The samples of the signal in the file.
        samples: u64,
    },
    /// A window has an impossible length.
    #[error(
        "{}: windows of {seconds} s were asked for, expected more than 0 s and at most {limit} samples in a window; \
         choose another length", printable(path.display()))]
    WindowLength {
        /// The file.
        path: PathBuf,
        /// The length that was asked for.
        seconds: f64,
        /// The most samples, of all signals together, in a window.
        limit: u64,
    },
    /// Something cannot be written as EDF.
    #[error("{}: cannot write {what} {found}, expected {expected}; change it and write again", printable(path.display()), found = printable(.found))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        what: String,
        /// Its value.
        found: String,
        /// What EDF can hold.
        expected: &'static str,
    },
}
