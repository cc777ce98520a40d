//! Versioned JSON: a file's content beside the number of its format, so that another version of the program says so.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::files;

/// Format of the JSON files of a run and of a comparison.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Versioned<'a, T> {
    format: u32,
    #[serde(flatten)]
    content: &'a T,
}

/// What is read first: it alone decides whether the rest can be.
#[derive(Deserialize)]
struct Header {
    format: Option<u32>,
}

/// The text of a file: an object whose first key is `format`.
///
/// # Errors
/// [`TrainError::Serialize`], with the path for the message.
pub fn to_json<T: Serialize>(path: &Path, content: &T) -> Result<String, TrainError> {
    to_json_of(path, content, FORMAT)
}

/// [`to_json`] for a file with a format of its own.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_of<T: Serialize>(path: &Path, content: &T, format: u32) -> Result<String, TrainError> {
    let text = serde_json::to_string_pretty(&Versioned { format, content });
    text.map(|text| text + "\n").map_err(|error| TrainError::Serialize { path: path.into(), error })
}

/// Reads a file that [`to_json`] made; `expected` says in a message what it should be.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::Format`]; [`TrainError::File`] for something else.
pub fn read<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<T, TrainError> {
    read_of(path, expected, FORMAT)
}

/// Reads a file that [`to_json_of`] made.
///
/// # Errors
/// As [`read`].
pub fn read_of<T: DeserializeOwned>(path: &Path, expected: &str, format: u32) -> Result<T, TrainError> {
    let malformed = |found: String| TrainError::File { path: path.into(), found, expected: expected.into() };
    let bytes = files::read(path)?;
    let something_else = |error: serde_json::Error| malformed(format!("something else ({error})"));
    let header: Header = serde_json::from_slice(&bytes).map_err(something_else)?;
    // Files from before there were formats count as format 0.
    match header.format.unwrap_or(0) {
        found if found == format => serde_json::from_slice(&bytes).map_err(something_else),
        found => Err(TrainError::Format { path: path.into(), found: found.to_string(), expected: format.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        value: f64,
        seed: u64,
    }

    #[test]
    fn a_file_of_its_own_format_reads_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sample.json");
        let sample = Sample { value: 0.5, seed: 3 };
        std::fs::write(&path, to_json_of(&path, &sample, 7).expect("plain")).expect("writes");
        assert_eq!(read_of::<Sample>(&path, "a sample", 7).expect("reads"), sample);
        let message = read::<Sample>(&path, "a sample").expect_err("another format").to_string();
        assert!(message.contains('7') && message.contains('1'), "{message}");
    }

    #[test]
    fn files_read_back_exactly_and_other_formats_are_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sample.json");
        let sample = Sample { value: 0.1 + 0.2, seed: u64::MAX };
        let text = to_json(&path, &sample).expect("plain");
        assert!(text.starts_with("{\n  \"format\": 1,"), "{text}");
        let read_back = |text: &str| {
            std::fs::write(&path, text).expect("writes");
            read::<Sample>(&path, "a sample")
        };
        assert_eq!(read_back(&text).expect("reads"), sample);
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(read_back(&newer), Err(TrainError::Format { found, .. }) if found == "2"));
        assert!(
            matches!(read_back("{\"value\": 1.0, \"seed\": 0}"), Err(TrainError::Format { found, .. }) if found == "0")
        );
        for malformed in ["", "[1]", "{\"format\": 1, \"value\": null, \"seed\": 0}", "{\"format\": true}"] {
            assert!(matches!(read_back(malformed), Err(TrainError::File { .. })), "{malformed}");
        }
    }
}
