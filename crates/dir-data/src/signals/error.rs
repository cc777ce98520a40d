//! What keeps recordings from being used.

use std::path::PathBuf;

use thiserror::Error;

use crate::budget::OverBudget;
use crate::edf::{EdfError, ResampleError};
use crate::printable::printable;

/// What is wrong with a list or a recording.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignalError {
    /// The list.
    #[error("{file}: found {found}, expected {expected}", file = printable(.file), found = printable(.found), expected = printable(.expected))]
    List {
        /// The file.
        file: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// An EDF file.
    #[error(transparent)]
    Edf(#[from] EdfError),
    /// An array.
    #[error("{}: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Array {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// Windows of a row that do not fit the memory.
    #[error("{}: found {over}, expected fewer windows (--windows), a lower rate, or a part of the recording (from, to)", printable(path.display()))]
    Memory {
        /// The file.
        path: PathBuf,
        /// What they need.
        over: OverBudget,
    },
    /// A panic while the file was read.
    #[error("{}: found a file on which the {found}, expected a recording that can be read; leave the row out", printable(path.display()), found = printable(.found))]
    Panic {
        /// The file.
        path: PathBuf,
        /// `decoder panicked: ...`
        found: String,
    },
    /// A rate that can't be turned into the wanted one.
    #[error("{}, signal {signal:?}: {error}", printable(path.display()), error = printable(.error))]
    Rate {
        /// The file.
        path: PathBuf,
        /// The signal.
        signal: String,
        /// Why.
        error: ResampleError,
    },
    /// A recording, or the stretch of it that a row is about, that holds no window.
    #[error(
        "{}: found {found} s to look at, expected at least the {expected} s of a window; shorten the windows or leave the row \
         out", printable(path.display()))]
    Short {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: f64,
        /// The length of a window.
        expected: f64,
    },
    /// Settings that make no windows.
    #[error("found {name} = {found}, expected {expected}", found = printable(.found))]
    Cut {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it can be.
        expected: &'static str,
    },
}
