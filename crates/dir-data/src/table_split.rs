//! Balanced split of a table: the paper's, with smaller held-out parts for small tables.
//!
//! The paper's split holds up to two thirds of a bin's rows out. Its data sets have thousands of rows; a table of 1,030 rows would train on
//! 350 of them.

use crate::split::{Part, SplitError, balanced_split};

/// Training rows that the balanced split of a table leaves, of small tables 60 % of the rows.
pub const TRAIN_ROWS: usize = 1_000;
/// Share of a small table's rows that train.
const TRAIN_SHARE: f64 = 0.6;

/// The balanced split of a table, with the cap that it was made by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSplit {
    /// Part of every row.
    pub parts: Vec<Part>,
    /// Rows of a bin that validate, and that test, at most.
    pub cap: usize,
    /// Neighbouring bins that were taken together.
    pub joined: usize,
}

/// The paper's split for tables of any size: at least 60 % of the rows train, or 1,000 where that is less.
///
/// The cap is the largest up to `cap` that leaves so many rows to training. Where even a cap of 1 does not, because most bins hold a
/// few rows, neighbouring bins are taken together in twos, fours and so on. From 3,000 rows on it is [`balanced_split`]: a third of
/// every bin trains at least.
///
/// # Errors
/// [`SplitError::EmptyPart`] if all bins have fewer than three rows.
/// # Example
/// ```
/// use dir_data::Part;
/// use dir_data::table_split::table_split;
/// let bins: Vec<usize> = (0..600).map(|row| row % 20).collect(); // 30 rows in each of 20 bins: thirds would leave 200
/// let split = table_split(&bins, 30, 0)?;
/// assert_eq!((split.cap, split.parts.iter().filter(|p| **p == Part::Train).count()), (6, 360));
/// # Ok::<(), dir_data::split::SplitError>(())
/// ```
pub fn table_split(bins: &[usize], cap: usize, seed: u64) -> Result<TableSplit, SplitError> {
    let rows = bins.len();
    let train = ((rows as f64 * TRAIN_SHARE).ceil() as usize).min(TRAIN_ROWS);
    let mut joined = 1;
    loop {
        let coarse: Vec<usize> = bins.iter().map(|bin| bin / joined).collect();
        let last = coarse.iter().max().copied().unwrap_or(0);
        let mut counts = vec![0; last + 1];
        coarse.iter().for_each(|&bin| counts[bin] += 1);
        let fits = (1..=cap.min(rows)).rev().find(|&cap| rows - held_out(&counts, cap) >= train);
        match fits {
            Some(fits) => return Ok(TableSplit { parts: balanced_split(&coarse, fits, seed)?, cap: fits, joined }),
            // Fewer than five rows, or a cap of 0, of which the error says that parts are empty.
            None if last == 0 => return Ok(TableSplit { parts: balanced_split(bins, cap, seed)?, cap, joined: 1 }),
            None => joined *= 2,
        }
    }
}

/// Rows that a balanced split holds out of bins with so many rows.
fn held_out(counts: &[usize], cap: usize) -> usize {
    counts.iter().map(|rows| 2 * (rows / 3).min(cap)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(parts: &[Part], part: Part) -> usize {
        parts.iter().filter(|p| **p == part).count()
    }

    /// 1,030 rows in 20 bins of 51 or 52: thirds of 17 would hold 680 rows out. 412 may be: 20 bins times twice a cap of 10.
    #[test]
    fn small_tables_keep_three_fifths_of_their_rows_for_training() {
        let bins: Vec<usize> = (0..1030).map(|row| row % 20).collect();
        let of_paper = balanced_split(&bins, 30, 0).expect("splits");
        assert_eq!(count(&of_paper, Part::Train), 350);
        let split = table_split(&bins, 30, 0).expect("splits");
        assert_eq!((split.cap, split.joined), (10, 1));
        assert_eq!([Part::Train, Part::Val, Part::Test].map(|part| count(&split.parts, part)), [630, 200, 200]);
        for bin in 0..20 {
            let tested = bins.iter().zip(&split.parts).filter(|(b, part)| **b == bin && **part == Part::Test).count();
            assert_eq!(tested, 10, "bin {bin}");
        }
        // A smaller cap of one's own stays.
        assert_eq!(table_split(&bins, 4, 0).expect("splits").parts, balanced_split(&bins, 4, 0).expect("splits"));
    }

    /// 300 rows in 100 bins of 3: a cap of 1 would hold 200 out; of 50 joined bins of 6 a cap of 1 holds 100 out, of the 120 that may be.
    #[test]
    fn bins_of_few_rows_are_taken_together() {
        let bins: Vec<usize> = (0..300).map(|row| row / 3).collect();
        let split = table_split(&bins, 30, 0).expect("splits");
        assert_eq!((split.cap, split.joined, count(&split.parts, Part::Train)), (1, 2, 200));
    }

    proptest! {
        #[test]
        fn tables_of_three_thousand_rows_are_split_as_before(
            bins in proptest::collection::vec(0..90_usize, 3000..3400),
            cap in 1..40_usize,
            seed in any::<u64>(),
        ) {
            let split = table_split(&bins, cap, seed).expect("splits");
            prop_assert_eq!(split.cap, cap);
            prop_assert_eq!(split.parts, balanced_split(&bins, cap, seed).expect("splits"));
        }

        #[test]
        fn small_tables_train_on_enough_rows(
            bins in proptest::collection::vec(0..60_usize, 10..2999),
            cap in 1..40_usize,
            seed in any::<u64>(),
        ) {
            let Ok(split) = table_split(&bins, cap, seed) else { return Ok(()) };
            let (rows, train) = (bins.len(), count(&split.parts, Part::Train));
            prop_assert!(train >= 1000 || train as f64 >= 0.6 * rows as f64, "{train} of {rows}");
            prop_assert!(split.cap <= cap);
        }
    }
}
