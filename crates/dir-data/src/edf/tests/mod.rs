//! Tests of the whole module: against pyEDFlib, on hostile bytes, in windows, resampled, and written back.

mod annotations;
mod builder;
mod header;
mod hostile;
mod peer;
mod resample;
mod windows;
mod write;

use std::io::Cursor;

use super::{EdfError, EdfFile, Truncation};

/// Opens bytes as a file named "night.edf".
fn open(bytes: &[u8]) -> Result<EdfFile<Cursor<&[u8]>>, EdfError> {
    EdfFile::from_source(Cursor::new(bytes), "night.edf", Truncation::Error)
}

/// What opening the bytes says is wrong.
fn wrong(bytes: &[u8]) -> String {
    open(bytes).expect_err("is wrong").to_string()
}

/// Asserts that a message has all of these words.
fn says(message: &str, words: &[&str]) {
    for word in words.iter().chain(&["night.edf"]) {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
}
