//! Locks of folders, which end with the process that holds them.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::FileError;
use super::faults::{call, check};

/// ENOLCK on Linux and on macOS and the BSDs: a network file system without a lock service.
const NO_LOCKS: [i32; 2] = [37, 77];

/// What a request for a lock returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// The file is locked until it is closed.
    Held,
    /// Another process holds the lock.
    Busy,
    /// The file system has no locks.
    Unsupported,
}

/// Opens or makes the file that a lock is on.
///
/// # Errors
/// [`FileError`].
pub fn create_lock(path: &Path) -> Result<File, FileError> {
    call(path, "create the lock file", || File::create(path))
}

/// Requests the lock of a file without waiting.
///
/// # Errors
/// [`FileError`] for anything but a lock that another process holds and a file system without locks.
pub fn try_lock(file: &File, path: &Path) -> Result<LockState, FileError> {
    match check(path).map_err(TryLockError::Error).and_then(|()| file.try_lock()) {
        Ok(()) => Ok(LockState::Held),
        Err(TryLockError::WouldBlock) => Ok(LockState::Busy),
        Err(TryLockError::Error(error)) if is_unsupported(&error) => Ok(LockState::Unsupported),
        Err(TryLockError::Error(error)) => Err(FileError::of(path, "lock the folder")(error)),
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || (cfg!(unix) && error.raw_os_error().is_some_and(|code| NO_LOCKS.contains(&code)))
}

#[cfg(test)]
mod tests {
    use super::super::faults::{Fault, fail_nth};
    use super::*;

    #[test]
    fn a_lock_is_held_busy_or_unsupported() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(".lock");
        let [first, second] = [(); 2].map(|()| create_lock(&path).expect("creates"));
        assert_eq!(try_lock(&first, &path).expect("asks"), LockState::Held);
        assert_eq!(try_lock(&second, &path).expect("asks"), LockState::Busy);
        let injection = fail_nth(folder.path(), 0, Fault::Unsupported);
        assert_eq!(try_lock(&second, &path).expect("asks"), LockState::Unsupported);
        drop(injection);
        let _injection = fail_nth(folder.path(), 0, Fault::Device);
        assert!(try_lock(&second, &path).is_err());
    }
}
