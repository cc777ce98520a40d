//! Memory bound: the global allocator counts bytes and refuses what goes over a limit.

use std::alloc::System;

use cap::Cap;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What is not the readers' own: threads, buffers of the standard library, the input itself.
pub(crate) const SLACK: usize = 64 << 20;

/// Lets the process allocate so many bytes more; a request beyond fails, which ends the process unless the caller handles it.
pub(crate) fn allow(bytes: usize) {
    let limit = ALLOCATOR.allocated().saturating_add(bytes);
    // Fails only where another thread allocated meanwhile; the old limit then stands.
    let _ = ALLOCATOR.set_limit(limit);
}

/// Bytes in use.
pub(crate) fn in_use() -> usize {
    ALLOCATOR.allocated()
}

/// Bytes that were ever requested.
pub(crate) fn requested() -> usize {
    ALLOCATOR.total_allocated()
}

/// Most bytes that were in use at a time.
pub(crate) fn peak() -> usize {
    ALLOCATOR.max_allocated()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_and_refused_over_the_limit() {
        let (before, asked) = (in_use(), requested());
        let kept = vec![1_u8; 3 << 20];
        assert!(in_use() >= before + (3 << 20) && requested() >= asked + (3 << 20) && peak() >= kept.len());
        // Large enough for the tests that run beside this one; reserved memory is not touched.
        allow(4 << 30);
        let mut large: Vec<u8> = Vec::new();
        assert!(large.try_reserve_exact(8 << 30).is_err());
        assert!(large.try_reserve_exact(1 << 30).is_ok());
        allow(usize::MAX / 2);
    }
}
