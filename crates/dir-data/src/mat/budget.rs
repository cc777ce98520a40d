//! The count of bytes that reading one file may still allocate.

use super::MatError;

/// What is left of a limit on allocated bytes.
///
/// Bytes are taken before they are allocated and never given back, so the limit holds for the whole read.
pub(super) struct Budget {
    limit: usize,
    left: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Budget { limit, left: limit }
    }

    /// The bytes that may still be taken.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Takes the room of `count` items of `size` bytes each.
    pub(super) fn take(&mut self, count: usize, size: usize) -> Result<(), MatError> {
        let left = count.checked_mul(size).and_then(|bytes| self.left.checked_sub(bytes));
        self.left = left.ok_or_else(|| self.exceeded())?;
        Ok(())
    }

    /// The error for a read that would pass the limit.
    pub(super) fn exceeded(&self) -> MatError {
        MatError::Limit { limit: self.limit }
    }
}
