//! Folders: made, listed, and files in them deleted or renamed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::FileError;
use super::faults::call;
use super::sync::{sync_file, sync_folder_of};

/// Makes a folder and those above it.
///
/// # Errors
/// [`FileError`].
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    call(path, "create the folder", || fs::create_dir_all(path))
}

/// Paths of what is in a folder, sorted.
///
/// # Errors
/// [`FileError`].
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut paths: Vec<PathBuf> = call(folder, "list the folder", || {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    })?;
    paths.sort_unstable();
    Ok(paths)
}

/// Deletes a file. One that is gone already counts as deleted.
///
/// # Errors
/// [`FileError`].
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    call(path, "delete the file", || match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    })
}

/// Renames a file, replacing one that has the new name, and flushes the folder.
///
/// # Errors
/// [`FileError`].
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    call(to, "replace the file", || fs::rename(from, to))?;
    sync_folder_of(to)
}

/// Flushes a file that another program has written.
///
/// # Errors
/// [`FileError`].
pub fn sync(path: &Path) -> Result<(), FileError> {
    sync_file(&call(path, "open the file", || File::options().write(true).open(path))?, path)
}

/// Whether a name is that of a file or folder that is being written.
pub(super) fn is_temporary(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.') && name.ends_with(".tmp"))
}

/// Deletes the temporary files that killed writers have left in a folder. One that is being written is locked and stays.
///
/// # Errors
/// [`FileError`].
pub fn remove_temporaries(folder: &Path) -> Result<(), FileError> {
    let left = |path: &&PathBuf| {
        let is_unlocked = || File::options().write(true).open(path).is_ok_and(|file| file.try_lock().is_ok());
        is_temporary(path) && path.is_file() && is_unlocked()
    };
    list(folder)?.iter().filter(left).try_for_each(|path| remove_file(path))
}

/// Deletes a folder with all that is in it.
pub(super) fn remove_folder(path: &Path) -> Result<(), FileError> {
    call(path, "delete the folder", || fs::remove_dir_all(path))
}
