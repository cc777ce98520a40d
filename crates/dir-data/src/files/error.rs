//! What a file system call fails with.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// File system call that failed.
#[derive(Debug, Error)]
#[error("{}: found '{error}' while trying to {action}; check the path, its permissions and the space left", path.display())]
pub struct FileError {
    /// File or folder.
    pub path: PathBuf,
    /// What was tried, as a verb phrase.
    pub action: &'static str,
    /// What the system returned. Not named `source`: the message has it already.
    pub error: io::Error,
}

impl FileError {
    /// Adds a path and an action to what the system returned.
    pub fn of(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |error| Self { path, action, error }
    }
}
