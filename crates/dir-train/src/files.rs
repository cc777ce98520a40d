//! Files of runs: the module of dir-data, and its errors as those of a run.

use std::path::Path;

pub use dir_data::files::*;

use crate::error::TrainError;

/// Adds a path and an action to what the system returned.
pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> TrainError + use<> {
    let path = path.to_path_buf();
    move |error| TrainError::Io { path, action, error }
}

impl From<FileError> for TrainError {
    fn from(FileError { path, action, error }: FileError) -> Self {
        Self::Io { path, action, error }
    }
}
