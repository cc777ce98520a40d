//! The order of rows: it depends on seed, stage and epoch alone, so a run resumes at any step.

use dir_core::random::Stream;
use serde::{Deserialize, Serialize};

/// What becomes of the last batch of an epoch where it is short. With one row its gradient is noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortBatch {
    /// It is a batch like any other.
    #[default]
    Keep,
    /// If it has less than half the rows of the others, they go into the batch before it.
    Merge,
    /// It is left out, unless it is the only one.
    Drop,
}

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
    short: ShortBatch,
}

impl Batches {
    /// All of `0..rows` in the order of an epoch, `batch` at a time (at least 1).
    #[must_use]
    pub fn new(rows: usize, batch: usize, seed: u64, stage: u64, epoch: u64) -> Self {
        let mut order: Vec<usize> = (0..rows).collect();
        Stream::new(&[seed, stage, epoch]).shuffle(&mut order);
        Self { order, batch: batch.max(1), next: 0, short: ShortBatch::Keep }
    }

    /// The same with another rule for a short last batch.
    #[must_use]
    pub fn with_short(self, short: ShortBatch) -> Self {
        Self { short, ..self }
    }

    /// Number of batches in the whole epoch.
    #[must_use]
    pub fn total(&self) -> usize {
        let (whole, rest) = (self.order.len() / self.batch, self.order.len() % self.batch);
        let kept = match self.short {
            ShortBatch::Keep => true,
            ShortBatch::Merge => 2 * rest >= self.batch,
            ShortBatch::Drop => false,
        };
        whole + usize::from(rest > 0 && (kept || whole == 0))
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
        let total = self.total();
        if self.next >= total {
            return None;
        }
        let start = self.next * self.batch;
        self.next += 1;
        let rest = self.next == total && self.short == ShortBatch::Merge;
        let end = if rest { self.order.len() } else { (start + self.batch).min(self.order.len()) };
        Some(self.order[start..end].to_vec())
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
    fn a_short_batch_is_kept_merged_or_dropped() {
        let sizes =
            |rows, short| Batches::new(rows, 4, 0, 1, 0).with_short(short).map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(9, ShortBatch::Keep), [4, 4, 1]);
        assert_eq!((sizes(9, ShortBatch::Merge), sizes(10, ShortBatch::Merge)), (vec![4, 5], vec![4, 4, 2]));
        assert_eq!((sizes(9, ShortBatch::Drop), sizes(3, ShortBatch::Drop)), (vec![4, 4], vec![3]));
        assert_eq!((sizes(1, ShortBatch::Merge), sizes(0, ShortBatch::Merge)), (vec![1], vec![]));
    }

    #[test]
    fn epochs_differ() {
        let order = |epoch| Batches::new(50, 50, 0, 1, epoch).next();
        assert_ne!(order(0), order(1));
    }
}
