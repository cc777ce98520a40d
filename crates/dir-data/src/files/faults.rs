//! Fault injection: makes one file system call below a folder fail, for tests of what a program does then.
//!
//! Calls of other folders are not affected, so tests that run at the same time do not disturb each other. Without an injection a
//! call costs one atomic load more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::FileError;

/// Kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// ENOSPC: no space left on the device.
    NoSpace,
    /// EIO: the device failed.
    Device,
    /// EACCES: permission denied.
    Access,
    /// EINVAL: the call or its argument is not valid for this file.
    Invalid,
    /// ENOTSUP: the file system does not have the operation.
    Unsupported,
}

impl Fault {
    /// Kinds that any call can fail with.
    pub const EACH: [Self; 4] = [Self::NoSpace, Self::Device, Self::Access, Self::Invalid];

    fn error(self) -> io::Error {
        // The first four have the same numbers on Linux and macOS.
        match self {
            Self::NoSpace if cfg!(unix) => io::Error::from_raw_os_error(28),
            Self::Device if cfg!(unix) => io::Error::from_raw_os_error(5),
            Self::Access if cfg!(unix) => io::Error::from_raw_os_error(13),
            Self::Invalid if cfg!(unix) => io::Error::from_raw_os_error(22),
            Self::NoSpace => io::ErrorKind::StorageFull.into(),
            Self::Device => io::Error::other("the device failed"),
            Self::Access => io::ErrorKind::PermissionDenied.into(),
            Self::Invalid => io::ErrorKind::InvalidInput.into(),
            Self::Unsupported => io::ErrorKind::Unsupported.into(),
        }
    }
}

/// Injection that is active until it is dropped. It counts the calls below its folder.
#[derive(Debug)]
pub struct Injection(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    folder: PathBuf,
    /// Number of the call that fails, from 0.
    failing: Option<(usize, Fault)>,
    calls: AtomicUsize,
}

static ACTIVE: AtomicUsize = AtomicUsize::new(0);
static PLANS: Mutex<Vec<Arc<Plan>>> = Mutex::new(Vec::new());

/// Counts the calls below a folder; none fails.
#[must_use]
pub fn count(folder: &Path) -> Injection {
    inject(folder, None)
}

/// Makes the call number `n`, from 0, below a folder fail, once.
#[must_use]
pub fn fail_nth(folder: &Path, n: usize, fault: Fault) -> Injection {
    inject(folder, Some((n, fault)))
}

fn inject(folder: &Path, failing: Option<(usize, Fault)>) -> Injection {
    let plan = Arc::new(Plan { folder: folder.to_path_buf(), failing, calls: AtomicUsize::new(0) });
    plans().push(Arc::clone(&plan));
    ACTIVE.fetch_add(1, Ordering::SeqCst);
    Injection(plan)
}

fn plans() -> MutexGuard<'static, Vec<Arc<Plan>>> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Injection {
    /// Number of calls so far.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        plans().retain(|plan| !Arc::ptr_eq(plan, &self.0));
        ACTIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Stands before every call on a path.
pub(super) fn check(path: &Path) -> io::Result<()> {
    if ACTIVE.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    for plan in plans().iter().filter(|plan| path.starts_with(&plan.folder)) {
        let call = plan.calls.fetch_add(1, Ordering::SeqCst);
        if let Some((_, fault)) = plan.failing.filter(|(n, _)| *n == call) {
            return Err(fault.error());
        }
    }
    Ok(())
}

/// Makes a call on a path, unless it is to fail.
pub(super) fn call<T>(path: &Path, action: &'static str, call: impl FnOnce() -> io::Result<T>) -> Result<T, FileError> {
    check(path).and_then(|()| call()).map_err(FileError::of(path, action))
}

/// Writes bytes to the file of a path. A write that is to fail writes half of them, as a full disk does.
pub(super) fn write(file: &mut impl io::Write, path: &Path, bytes: &[u8]) -> io::Result<()> {
    match check(path) {
        Ok(()) => file.write_all(bytes),
        Err(fault) => {
            file.write_all(&bytes[..bytes.len() / 2])?;
            Err(fault)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_below_the_folder_fails_once() {
        let folder = Path::new("/a/run");
        let injection = fail_nth(folder, 1, Fault::NoSpace);
        let calls =
            ["/a/run/x", "/b/run/x", "/a/run", "/a/run/y"].map(|path| check(Path::new(path)).map_err(|e| e.kind()));
        assert_eq!(calls, [Ok(()), Ok(()), Err(io::ErrorKind::StorageFull), Ok(())]);
        assert_eq!(injection.calls(), 3);
        drop(injection);
        let counting = count(folder);
        assert!((0..5).all(|_| check(folder).is_ok()) && counting.calls() == 5);
    }
}
