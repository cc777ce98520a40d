//! Read limit: bytes that a reader may hand out until its limit is reset, so that no single line or name fills the memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A reader that fails once it has handed out more than `limit` bytes since the last reset.
#[derive(Debug)]
pub(crate) struct ReadLimit<R> {
    inner: R,
    what: &'static str,
    hint: &'static str,
    reset: Reset,
}

/// Resets the limit of a reader that a parser owns.
#[derive(Debug, Clone)]
pub(crate) struct Reset {
    limit: u64,
    left: Rc<Cell<u64>>,
}

impl<R> ReadLimit<R> {
    /// `what` is read between two resets; `hint` follows the limit in the message.
    pub(crate) fn new(inner: R, limit: u64, what: &'static str, hint: &'static str) -> Self {
        Self { inner, what, hint, reset: Reset { limit, left: Rc::new(Cell::new(limit)) } }
    }

    pub(crate) fn reset(&self) -> Reset {
        self.reset.clone()
    }
}

impl Reset {
    /// What follows may be as long as the limit again.
    pub(crate) fn now(&self) {
        self.left.set(self.limit);
    }
}

impl<R: Read> Read for ReadLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.reset.left.get().checked_sub(read as u64);
        self.reset.left.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(read),
            None => {
                Err(io::Error::other(format!("{} of more than {} MiB{}", self.what, self.reset.limit >> 20, self.hint)))
            }
        }
    }
}

impl<R: Seek> Seek for ReadLimit<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_between_two_resets_are_limited() {
        let mut reader = ReadLimit::new(io::repeat(1), 2 << 20, "a line", " (as tested)");
        let reset = reader.reset();
        let mut buffer = vec![0; 1 << 20];
        for _ in 0..5 {
            reset.now();
            assert!((0..2).all(|_| reader.read(&mut buffer).is_ok()));
        }
        let error = reader.read(&mut buffer).expect_err("the third MiB");
        assert_eq!(error.to_string(), "a line of more than 2 MiB (as tested)");
    }
}
