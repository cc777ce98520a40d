//! Resource budget: bytes that reading one file may take in memory, checked before they are allocated.
//!
//! A file of a few hundred bytes can state sizes of terabytes, or unpack to them. Every reader of this crate compares what a
//! file's headers state, and what reading it adds up to, with [`Budget::current`]: 512 MiB, unless a program sets another
//! (`--max-memory`). A file that needs more is refused with a message that says how much.
//!
//! The budget holds for one file at a time. Loaders read several files at once; images of more than [`LARGE`] bytes wait for
//! each other, so that threads do not multiply it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use thiserror::Error;

/// Bytes that reading one file may take in memory.
///
/// # Example
/// ```
/// use dir_data::budget::Budget;
/// let budget = Budget::from_mib(1);
/// assert!(budget.check(1 << 20, || "an image".into()).is_ok());
/// assert_eq!(
///     budget.check(3_000_000, || "an image of 1000 x 1000 pixels".into()).unwrap_err().to_string(),
///     "an image of 1000 x 1000 pixels, which needs 3 MiB of memory where 1 MiB is allowed (--max-memory raises it)"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    bytes: u64,
}

/// A file that needs more memory than the budget allows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}, which needs {needed} MiB of memory where {allowed} MiB is allowed (--max-memory raises it)")]
pub struct OverBudget {
    /// What needs it.
    pub what: String,
    /// MiB needed, or needed at least, rounded up.
    pub needed: u64,
    /// MiB of the budget.
    pub allowed: u64,
}

/// Bytes of a decoded file above which only one thread at a time decodes: 32 MiB.
pub const LARGE: u64 = 32 << 20;

static CURRENT: OnceLock<Budget> = OnceLock::new();
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Budget {
    /// 512 MiB.
    pub const DEFAULT: Self = Self { bytes: 512 << 20 };

    /// So many MiB.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self { bytes: mib.saturating_mul(1 << 20) }
    }

    /// The budget of this process: that of [`Budget::make_current`], or the default.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.get().copied().unwrap_or(Self::DEFAULT)
    }

    /// Makes this the budget of all readers in this process; only the first call counts, so call it before reading.
    pub fn make_current(self) {
        CURRENT.set(self).ok();
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Its MiB, rounded down.
    #[must_use]
    pub const fn mib(self) -> u64 {
        self.bytes >> 20
    }

    /// Whether so many bytes are within it; `what` needs them.
    ///
    /// # Errors
    /// [`OverBudget`].
    pub fn check(self, bytes: u64, what: impl FnOnce() -> String) -> Result<(), OverBudget> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let needed = bytes.div_ceil(1 << 20);
        Err(OverBudget { what: what(), needed, allowed: self.mib() })
    }

    /// The whole content of a file; nothing is read of one that is longer than the budget.
    ///
    /// # Errors
    /// As [`std::fs::read`], and [`OverBudget`] as an [`io::Error`].
    pub fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        self.check(length, || "a file".into()).map_err(io::Error::other)?;
        self.read_to_end(file, length)
    }

    /// All that a reader has, a decompressor for example; `expected` bytes are allocated at once.
    ///
    /// # Errors
    /// As [`Read::read_to_end`], and [`OverBudget`] as an [`io::Error`].
    pub fn read_to_end(self, reader: impl Read, expected: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        content.try_reserve_exact(expected.min(self.bytes) as usize).map_err(io::Error::other)?;
        reader.take(self.bytes.saturating_add(1)).read_to_end(&mut content)?;
        self.check(content.len() as u64, || "content without an end in sight".into()).map_err(io::Error::other)?;
        Ok(content)
    }

    /// As [`Budget::read_file`], for text in UTF-8.
    ///
    /// # Errors
    /// As [`std::fs::read_to_string`], and [`OverBudget`] as an [`io::Error`].
    pub fn read_text(self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read_file(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// A meter that counts bytes of this budget as they are needed.
    #[must_use]
    pub const fn meter(self) -> Meter {
        Meter { budget: self, used: 0 }
    }
}

/// Bytes of a budget that reading one file has used so far.
#[derive(Debug, Clone)]
pub struct Meter {
    budget: Budget,
    used: u64,
}

impl Meter {
    /// Uses so many bytes, which are never given back; `what` needs them with all before.
    ///
    /// # Errors
    /// [`OverBudget`].
    pub fn take(&mut self, bytes: u64, what: impl FnOnce() -> String) -> Result<(), OverBudget> {
        self.used = self.used.saturating_add(bytes);
        self.budget.check(self.used, what)
    }

    /// Uses the room of `count` items of `size` bytes each.
    ///
    /// # Errors
    /// [`OverBudget`].
    pub fn take_items(&mut self, count: usize, size: usize) -> Result<(), OverBudget> {
        let bytes = (count as u64).saturating_mul(size as u64);
        self.take(bytes, || "content".into())
    }

    /// Bytes that may still be used.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.budget.bytes.saturating_sub(self.used)
    }
}

/// Waits until no other thread decodes a large file, if this one is: hold what it returns while decoding.
pub(crate) fn wait_if_large(bytes: u64) -> Option<MutexGuard<'static, ()>> {
    (bytes > LARGE).then(|| ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_refused_by_their_length_and_streams_at_the_limit() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), vec![b'a'; 3000]).expect("writes");
        let budget = |bytes| Budget { bytes };
        assert_eq!(budget(3000).read_text(file.path()).expect("fits").len(), 3000);
        // A sparse file: its length alone is looked at.
        file.as_file().set_len(1 << 33).expect("grows");
        assert_eq!(
            Budget::DEFAULT.read_file(file.path()).expect_err("8 GiB").to_string(),
            "a file, which needs 8192 MiB of memory where 512 MiB is allowed (--max-memory raises it)"
        );
        let endless = Budget::from_mib(2).read_to_end(io::repeat(7), 10).expect_err("no end");
        assert!(endless.to_string().contains("needs 3 MiB of memory where 2 MiB is allowed"), "{endless}");
        assert_eq!(budget(5).read_to_end([1; 5].as_slice(), u64::MAX).expect("fits"), [1; 5]);
    }

    #[test]
    fn a_meter_adds_up_and_never_wraps() {
        let mut meter = Budget { bytes: 100 }.meter();
        assert!(meter.take(60, String::new).is_ok() && meter.left() == 40);
        assert!(meter.take(41, String::new).is_err() && meter.take(u64::MAX, String::new).is_err());
        assert_eq!(meter.left(), 0);
    }
}
