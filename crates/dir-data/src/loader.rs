//! The deterministic order of rows: it depends on seed, stage, epoch and row alone.

use dir_core::random::Stream;

/// The batches of one epoch, as positions; the last may be short.
#[derive(Debug, Clone)]
pub struct Batches {
    order: Vec<usize>,
    batch: usize,
    next: usize,
}

impl Batches {
    /// All rows `0..rows` in the order of an epoch.
    #[must_use]
    pub fn new(rows: usize, batch: usize, seed: u64, stage: u64, epoch: u64) -> Self {
        let mut order: Vec<usize> = (0..rows).collect();
        Stream::new(&[seed, stage, epoch]).shuffle(&mut order);
        Self { order, batch, next: 0 }
    }

    /// Number of batches.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.order.len().div_ceil(self.batch)
    }

    /// Goes on after `step` batches.
    #[must_use]
    pub fn starting_at(self, step: usize) -> Self {
        Self { next: step, ..self }
    }
}

impl Iterator for Batches {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let rows = self.order.chunks(self.batch).nth(self.next)?;
        self.next += 1;
        Some(rows.to_vec())
    }
}
