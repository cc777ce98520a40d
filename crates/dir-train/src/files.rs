//! Files of runs: the module of dir-data, and its errors as those of a run.

use std::path::Path;

pub use dir_data::files::*;

use crate::error::TrainError;

/// Adds a path and an action to what the system returned.
pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> TrainError + use<> {
    let path = path.to_path_buf();
    move |source| TrainError::Io { path, action, source }
}

/// A value as JSON for people to read, for the file of this path.
///
/// # Errors
/// [`TrainError::File`] for one that JSON can't hold.
pub(crate) fn to_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<String, TrainError> {
    let unwritable = |error: serde_json::Error| TrainError::File {
        path: path.to_path_buf(),
        found: format!("content that JSON can't hold ({error})"),
        expected: "numbers and text".into(),
    };
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(unwritable)
}

impl From<FileError> for TrainError {
    fn from(FileError { path, action, error }: FileError) -> Self {
        Self::Io { path, action, source: error }
    }
}
