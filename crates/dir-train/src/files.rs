//! Files that are written whole or not at all: temporary file, fsync, rename.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::TrainError;

/// Gives an I/O error its path and what was tried.
pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> TrainError {
    let path = path.to_path_buf();
    move |source| TrainError::Io { path, action, source }
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
///
/// # Errors
/// [`TrainError::Io`]; the old file is still there then.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    let temporary = path.with_file_name(format!(".{name}.tmp"));
    let written = write_synced(&temporary, content)
        .and_then(|()| fs::rename(&temporary, path).map_err(io(path, "replace the file")))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        fs::remove_file(&temporary).ok(); // best effort: the error that matters is on its way
    }
    written
}

fn write_synced(path: &Path, content: &[u8]) -> Result<(), TrainError> {
    let mut file = File::create(path).map_err(io(path, "create the file"))?;
    file.write_all(content).map_err(io(path, "write the file"))?;
    file.sync_all().map_err(io(path, "flush the file to disk"))
}

/// The rename itself must reach the disk.
fn sync_parent(path: &Path) -> Result<(), TrainError> {
    #[cfg(unix)]
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(io(parent, "flush the folder to disk"))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Reads a file whole.
///
/// # Errors
/// [`TrainError::Io`].
pub fn read(path: &Path) -> Result<Vec<u8>, TrainError> {
    fs::read(path).map_err(io(path, "read the file"))
}

/// Deletes a file.
///
/// # Errors
/// [`TrainError::Io`].
pub fn remove(path: &Path) -> Result<(), TrainError> {
    fs::remove_file(path).map_err(io(path, "delete the file"))
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`TrainError::Io`].
pub fn create_folder(path: &Path) -> Result<(), TrainError> {
    fs::create_dir_all(path).map_err(io(path, "create the folder"))
}

/// A text as a field of a CSV.
#[must_use]
pub fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        write_atomic(&path, b"old").expect("writes");
        fs::create_dir(folder.path().join(".file.tmp")).expect("blocks the temporary file");
        let failed = write_atomic(&path, b"new").expect_err("blocked").to_string();
        assert!(failed.contains(".file.tmp") && failed.contains("create the file"), "{failed}");
        assert_eq!(read(&path).expect("still there"), b"old");
    }
}
