//! Reading files of run folders.

use std::fs::{self, File};
use std::path::Path;

use super::FileError;
use super::faults::call;

/// Reads a file whole.
///
/// # Errors
/// [`FileError`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    call(path, "read the file", || fs::read(path))
}

/// Reads a file of UTF-8 text.
///
/// # Errors
/// [`FileError`], also for text in another encoding.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    call(path, "read the file", || fs::read_to_string(path))
}

/// Opens a file for reading.
///
/// # Errors
/// [`FileError`].
pub fn open(path: &Path) -> Result<File, FileError> {
    call(path, "open the file", || File::open(path))
}

/// Whether a file or folder exists.
///
/// # Errors
/// [`FileError`] where the system does not answer.
pub fn exists(path: &Path) -> Result<bool, FileError> {
    call(path, "look for the file", || path.try_exists())
}
