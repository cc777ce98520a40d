//! Files that grow line by line: logs, and messages of another process.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::FileError;
use super::faults::{call, write};

/// File that only grows.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
}

impl AppendFile {
    /// Opens a file at its end; makes it if there is none.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file = call(path, "open the file", || File::options().create(true).append(true).open(path))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes in one call.
    ///
    /// # Errors
    /// [`FileError`]; some of the bytes may be in the file then.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        write(&mut self.file, &self.path, bytes).map_err(FileError::of(&self.path, "write the file"))
    }
}

/// Makes an empty file that this process reads while another one appends to it.
///
/// # Errors
/// [`FileError`].
pub fn create_shared(path: &Path) -> Result<File, FileError> {
    call(path, "create the file", || {
        // Truncated apart from opening it: the system has no call for both and appending.
        let file = File::options().create(true).read(true).append(true).open(path)?;
        file.set_len(0)?;
        Ok(file)
    })
}
