//! The order of rows: it depends on seed, stage and epoch alone, so a run resumes at any step.

use dir_core::random::Stream;

/// The batches of one epoch, as positions; the last may be short.
///
/// # Example
/// ```
/// use dir_data::loader::Batches;
/// let (seed, stage, epoch) = (0, 1, 4);
/// let all: Vec<Vec<usize>> = Batches::new(10, 4, seed, stage, epoch).collect();
/// assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
/// let rest: Vec<Vec<usize>> = Batches::new(10, 4, seed, stage, epoch).starting_at(1).collect();
/// assert_eq!(rest, all[1..]);
/// ```
#[derive(Debug, Clone)]
pub struct Batches {
    order: Vec<usize>,
    batch: usize,
    next: usize,
}

impl Batches {
    /// All of `0..rows` in the order of an epoch, `batch` at a time (at least 1).
    #[must_use]
    pub fn new(rows: usize, batch: usize, seed: u64, stage: u64, epoch: u64) -> Self {
        let mut order: Vec<usize> = (0..rows).collect();
        Stream::new(&[seed, stage, epoch]).shuffle(&mut order);
        Self { order, batch: batch.max(1), next: 0 }
    }

    /// Number of batches in the whole epoch.
    #[must_use]
    pub fn total(&self) -> usize {
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
        let start = self.next.checked_mul(self.batch).filter(|&s| s < self.order.len())?;
        self.next += 1;
        Some(self.order[start..(start + self.batch).min(self.order.len())].to_vec())
    }
}

/// Random numbers for the augmentation of one row: the same whoever loads it, whenever.
#[must_use]
pub fn row_stream(seed: u64, stage: u64, epoch: u64, row: usize) -> Stream {
    Stream::new(&[seed, stage, epoch, row as u64])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_row_once_an_epoch(rows in 0..200_usize, batch in 1..50_usize, start in 0..20_usize, seed in any::<u64>()) {
            let all: Vec<Vec<usize>> = Batches::new(rows, batch, seed, 1, 0).collect();
            prop_assert_eq!(all.len(), Batches::new(rows, batch, seed, 1, 0).total());
            let mut seen = all.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
            let rest: Vec<Vec<usize>> = Batches::new(rows, batch, seed, 1, 0).starting_at(start).collect();
            prop_assert_eq!(&rest, &all[start.min(all.len())..]);
        }
    }

    #[test]
    fn epochs_differ() {
        let order = |epoch| Batches::new(50, 50, 0, 1, epoch).next();
        assert_ne!(order(0), order(1));
    }
}
