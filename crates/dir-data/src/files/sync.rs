//! Flushing to disk, on file systems that may not have it for folders.

use std::fs::File;
use std::io;
use std::path::Path;

use super::FileError;
use super::faults::call;

/// Flushes a file.
pub(super) fn sync_file(file: &File, path: &Path) -> Result<(), FileError> {
    call(path, "flush the file to disk", || file.sync_all())
}

/// Flushes the folder of a file, so that a rename reaches the disk. A file system that refuses this for folders is left alone.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    match path.parent() {
        Some(folder) if cfg!(unix) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            match call(folder, "flush the folder to disk", || File::open(folder).and_then(|folder| folder.sync_all())) {
                Err(failed) if is_refused(&failed.error) => Ok(()),
                done => done,
            }
        }
        _ => Ok(()),
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}
