//! Targets by how often each occurs: what is known of a part of the data without keeping its rows in order.
//!
//! Depth maps have billions of targets but few different ones, for they are stored as whole numbers. Density, mean,
//! deviation, quantiles: everything that asks for the distribution alone is exact and small on a tally.

use crate::bins::{Bins, BinsError};

/// Distinct targets in rising order, and how often each occurs.
///
/// # Example
/// ```
/// use dir_core::{bins::Bins, tally::Tally};
/// let tally = Tally::of(&[2.0, 0.5, 2.0, f64::NAN]); // NaN stands for no target
/// assert_eq!((tally.total(), tally.range()), (3, Some((0.5, 2.0))));
/// assert_eq!(tally.counts(&Bins::uniform(0.0, 1.0, 3)?)?, [1, 0, 2]);
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    values: Vec<(f64, u64)>,
    total: u64,
}

impl Tally {
    /// The tally of a list; NaN does not count.
    #[must_use]
    pub fn of(targets: &[f64]) -> Self {
        targets.iter().map(|&y| (y, 1)).collect()
    }

    /// Distinct targets in rising order, with their counts.
    #[must_use]
    pub fn values(&self) -> &[(f64, u64)] {
        &self.values
    }

    /// Number of targets.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The lowest and the highest; `None` without targets.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.values.first()?.0, self.values.last()?.0))
    }

    /// Label density: how many of the targets fall into each bin.
    ///
    /// # Errors
    /// A target without a bin.
    pub fn counts(&self, bins: &Bins) -> Result<Vec<u64>, BinsError> {
        let mut counts = vec![0; bins.len()];
        for &(value, count) in &self.values {
            counts[bins.bin_of(value)?] += count;
        }
        Ok(counts)
    }

    /// Mean of a function of the targets; 0 without targets.
    #[must_use]
    pub fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().map(|&(value, count)| of(value) * count as f64).sum::<f64>() / self.total.max(1) as f64
    }

    /// The target that a share of the others lies below: 0.5 is the median. `None` without targets.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.at(((share.clamp(0.0, 1.0) * self.total as f64) as u64).min(self.total.checked_sub(1)?))
    }

    /// The target at a place of the sorted list, from 0; `None` beyond its end.
    #[must_use]
    pub fn at(&self, place: u64) -> Option<f64> {
        let mut below = 0;
        let reached = self.values.iter().find(|(_, count)| {
            below += count;
            below > place
        });
        reached.map(|&(value, _)| value)
    }

    /// About as many targets in rising order, spread as all are: for whatever wants a list. All of them where they are no more.
    #[must_use]
    pub fn sample(&self, most: usize) -> Vec<f64> {
        let count = self.total.min(most as u64);
        (0..count).filter_map(|k| self.quantile((k as f64 + 0.5) / count as f64)).collect()
    }
}

impl FromIterator<(f64, u64)> for Tally {
    fn from_iter<I: IntoIterator<Item = (f64, u64)>>(targets: I) -> Self {
        let mut values: Vec<(f64, u64)> = targets.into_iter().filter(|(y, n)| !y.is_nan() && *n > 0).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        values.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
        let total = values.iter().map(|(_, count)| count).sum();
        Self { values, total }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_by_hand() {
        let tally: Tally = [(3.0, 2), (1.0, 5), (3.0, 1), (2.0, 0)].into_iter().collect();
        assert_eq!((tally.values(), tally.total()), (&[(1.0, 5), (3.0, 3)][..], 8));
        assert_eq!(tally.mean(|y| y * y), (5.0 + 27.0) / 8.0);
        assert_eq!([0.0, 0.5, 0.7, 1.0].map(|q| tally.quantile(q)), [Some(1.0), Some(1.0), Some(3.0), Some(3.0)]);
        assert_eq!([0, 4, 5, 7, 8].map(|k| tally.at(k)), [Some(1.0), Some(1.0), Some(3.0), Some(3.0), None]);
        assert_eq!(tally.sample(4), [1.0, 1.0, 3.0, 3.0]);
        let none = Tally::of(&[f64::NAN]);
        assert_eq!((none.quantile(0.5), none.range(), none.sample(3)), (None, None, vec![]));
    }

    proptest! {
        #[test]
        fn as_the_list_itself(list in prop::collection::vec(0.0..9.0_f64, 1..200)) {
            let (tally, bins) = (Tally::of(&list), Bins::uniform(0.0, 0.7, 13).expect("valid"));
            prop_assert_eq!(tally.counts(&bins), bins.counts(&list));
            let mut sorted = list.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(tally.sample(list.len()), sorted.clone());
            prop_assert_eq!(tally.quantile(0.5), Some(sorted[list.len() / 2]));
        }
    }
}
