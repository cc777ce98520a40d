//! Balanced errors: every bin counts the same, however many test rows it has.
//!
//! `bMAE = 1/|B| · Σ_b MAE_b` over the bins `B` with test rows; `bMSE` likewise. On a test set as imbalanced as the training
//! set, MAE mostly tells about the many-shot bins and bMAE about the whole range.
//!
//! # Source
//! Ren et al., "Balanced MSE for Imbalanced Visual Regression", CVPR 2022 (arXiv 2203.16427), section 5; official
//! `imdb-wiki-dir/train.py` (`balanced_metrics`, `shot_metrics_balanced`) of jiawei-ren/BalancedMSE at c6f2f33, whose bins
//! are the distinct test labels.

use serde::{Deserialize, Serialize};

use super::{Errors, MetricError, check_bin, check_length, check_row, mean, pointwise::RowError, sum::Sum};
use crate::shot::{Region, Shot};

/// Means over bins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Balanced {
    /// Bins with rows: those averaged over.
    pub bins: usize,
    /// Mean over bins of the bin's MAE.
    pub mae: f64,
    /// Mean over bins of the bin's MSE.
    pub mse: f64,
}

/// Sums of errors, bin by bin.
///
/// # Example
/// ```
/// use dir_core::metric::BinErrors;
/// // Three people of 30 are off by 1, one of 80 by 9.
/// let errors = BinErrors::of(&[30.0, 30.0, 30.0, 80.0], &[31.0, 29.0, 31.0, 71.0], &[3, 3, 3, 8], 10)?;
/// assert_eq!(errors.total().mae(), Some(3.0));
/// assert_eq!(errors.balanced().map(|b| (b.bins, b.mae)), Some((2, 5.0)));
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BinErrors {
    rows: usize,
    bins: Vec<Errors>,
}

impl BinErrors {
    /// No rows yet.
    #[must_use]
    pub fn new(bins: usize) -> Self {
        Self { rows: 0, bins: vec![Errors::default(); bins] }
    }

    /// The errors of a whole set, whose row `i` lies in bin `bins_of_rows[i]` out of `bins`.
    ///
    /// # Errors
    /// Slices of different lengths; the first row that is not finite or whose bin does not exist.
    pub fn of(targets: &[f64], predictions: &[f64], bins_of_rows: &[usize], bins: usize) -> Result<Self, MetricError> {
        check_length("predictions", predictions.len(), targets.len())?;
        check_length("bins of rows", bins_of_rows.len(), targets.len())?;
        let mut errors = Self::new(bins);
        for ((&bin, &y), &p) in bins_of_rows.iter().zip(targets).zip(predictions) {
            errors.push(bin, y, p)?;
        }
        Ok(errors)
    }

    /// Adds one row to a bin.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`] and [`MetricError::Bin`], with the number of rows so far as their row; the state stays as
    /// it was.
    pub fn push(&mut self, bin: usize, target: f64, prediction: f64) -> Result<(), MetricError> {
        check_row(self.rows, target, prediction)?;
        check_bin(self.rows, bin, self.bins.len())?;
        self.add(bin, &RowError::new(target, prediction));
        Ok(())
    }

    /// Adds one checked row.
    pub(super) fn add(&mut self, bin: usize, error: &RowError) {
        self.rows += 1;
        self.bins[bin].add(error);
    }

    /// Adds all rows of another state.
    ///
    /// # Errors
    /// [`MetricError::Length`] for a state with another number of bins; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        check_length("bins", other.bins.len(), self.bins.len())?;
        self.rows += other.rows;
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, other)| bin.merge(other));
        Ok(())
    }

    /// The errors of each bin.
    #[must_use]
    pub fn bins(&self) -> &[Errors] {
        &self.bins
    }

    /// Only the bins of a region; the others lose their rows.
    ///
    /// # Errors
    /// [`MetricError::Length`] unless there is one shot for each bin.
    pub fn region(&self, region: Region, shots: &[Shot]) -> Result<Self, MetricError> {
        check_length("shots", shots.len(), self.bins.len())?;
        let keep = |(bin, &shot): (&Errors, _)| if region.contains(shot) { bin.clone() } else { Errors::default() };
        let bins: Vec<Errors> = self.bins.iter().zip(shots).map(keep).collect();
        Ok(Self { rows: bins.iter().map(Errors::rows).sum(), bins })
    }

    /// The errors of all rows, whatever their bin.
    #[must_use]
    pub fn total(&self) -> Errors {
        let mut total = Errors::default();
        self.bins.iter().for_each(|bin| total.merge(bin));
        total
    }

    /// bMAE and bMSE; `None` without rows.
    #[must_use]
    pub fn balanced(&self) -> Option<Balanced> {
        let bins = self.bins.iter().filter(|bin| bin.rows() > 0).count();
        let over_bins = |metric: fn(&Errors) -> Option<f64>| {
            let sum: Sum = self.bins.iter().filter_map(metric).collect();
            mean(&sum, bins)
        };
        Some(Balanced { bins, mae: over_bins(Errors::mae)?, mse: over_bins(Errors::mse)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_without_rows_do_not_count() {
        // By hand: bin 0 off by 1 and 3, bin 2 by 6; bins 1 and 3 empty.
        let errors = BinErrors::of(&[0.0, 0.0, 20.0], &[1.0, -3.0, 26.0], &[0, 0, 2], 4).expect("valid");
        assert_eq!(errors.balanced(), Some(Balanced { bins: 2, mae: 4.0, mse: 20.5 }));
        assert_eq!(BinErrors::new(4).balanced(), None);
        assert_eq!(BinErrors::new(0).balanced(), None);
    }

    #[test]
    fn a_region_keeps_its_bins_only() {
        let errors = BinErrors::of(&[0.0; 3], &[1.0, 2.0, 4.0], &[0, 1, 2], 3).expect("valid");
        let shots = [Shot::Many, Shot::Few, Shot::Zero];
        let mae = |region| errors.region(region, &shots).expect("three shots").total().mae();
        assert_eq!(Region::EACH.map(mae), [Some(7.0 / 3.0), Some(1.0), None, Some(3.0), Some(4.0)]);
        assert!(matches!(errors.region(Region::All, &shots[..2]), Err(MetricError::Length { name: "shots", .. })));
    }

    #[test]
    fn errors_name_the_row_and_leave_the_state() {
        let mut errors = BinErrors::of(&[1.0], &[2.0], &[1], 2).expect("valid");
        let before = errors.clone();
        assert_eq!(errors.push(2, 0.0, 0.0), Err(MetricError::Bin { row: 1, bin: 2, bins: 2 }));
        assert!(matches!(errors.push(0, f64::NAN, 0.0), Err(MetricError::NotFinite { row: 1, .. })));
        assert!(matches!(errors.merge(&BinErrors::new(3)), Err(MetricError::Length { found: 3, expected: 2, .. })));
        assert_eq!(errors, before);
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole(rows in prop::collection::vec((0..7_usize, -9.0..9.0_f64, -9.0..9.0_f64), 1..150), at in 0.0..1.0_f64) {
            let of = |rows: &[(usize, f64, f64)]| {
                let mut errors = BinErrors::new(7);
                rows.iter().for_each(|&(bin, y, p)| errors.push(bin, y, p).expect("valid"));
                errors
            };
            let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right)).expect("as many bins");
            let (a, b) = (merged.balanced().expect("has rows"), of(&rows).balanced().expect("has rows"));
            prop_assert_eq!(a.bins, b.bins);
            prop_assert!((a.mae - b.mae).abs() <= 1e-13 * b.mae && (a.mse - b.mse).abs() <= 1e-13 * b.mse);
        }

        #[test]
        fn equal_bins_make_it_the_plain_mean(errors in prop::collection::vec(-9.0..9.0_f64, 1..40)) {
            // One row in each bin.
            let bins: Vec<usize> = (0..errors.len()).collect();
            let state = BinErrors::of(&vec![0.0; bins.len()], &errors, &bins, bins.len()).expect("valid");
            let (balanced, mae) = (state.balanced().expect("has rows"), state.total().mae().expect("has rows"));
            prop_assert!((balanced.mae - mae).abs() <= 1e-13 * mae);
        }
    }
}
