//! Metrics: how far are the predictions off, and where in the target range?
//!
//! Everything is `f64` on the host. What is a sum ([`Errors`], [`BinErrors`], [`DepthErrors`], [`Sera`], [`UtilityErrors`]) has a state that takes rows
//! one by one and merges with another worker's; ranks need all rows at once. What can't be told is
//! `None`, never NaN and never a crash: the mean over no rows, the correlation with a constant.
//!
//! [`evaluate`] makes the whole report of a test set: All, Many, Medium, Few, Zero; [`DenseErrors`] that of one with a target
//! per pixel, without keeping any. [`Bootstrap`] has intervals of one run's metrics; [`CrossedMean`] one of a mean over runs and rows,
//! and [`holm`] adjusts the p-values of several.
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), section 4 (MAE, MSE, GM, Pearson, depth metrics); Ren et al., CVPR 2022
//! (Balanced MSE; bMAE). Official evaluation: `agedb-dir/train.py`, `sts-b-dir/util.py:101-166`, `nyud2-dir/util.py:88-133`
//! at a6fdc45. There, an empty shot crashes (age, issue 19) or counts as error 0 (STS-B, NYUD2); here it is `None`.

use thiserror::Error;

mod balanced;
mod bootstrap;
mod correlation;
mod crossed;
mod dense;
mod depth;
mod holm;
mod natural;
mod pointwise;
pub(crate) mod quantile;
mod sera;
mod student_t;
mod sum;
mod table;
mod unseen;
mod utility;

pub use balanced::{Balanced, BinErrors};
pub use bootstrap::{Bootstrap, Interval, MAX_RESAMPLES};
pub use correlation::{pearson, spearman};
pub use crossed::{Covers, CrossedMean, LEVEL};
pub use dense::{BinError, DenseErrors};
pub use depth::{DepthErrors, DepthMetrics, LEAST_SHARE, NegativeDepths, evaluate_depth};
pub use holm::holm;
pub use natural::{NaturalErrors, NaturalWeights, TestSpread, natural_errors, natural_errors_of_bins};
pub use pointwise::{Errors, TINY_ERROR, ZeroErrors};
pub use sera::Sera;
pub use table::{EvaluateOptions, Intervals, RegionMetrics, Regions, Report, evaluate};
pub use unseen::{Coverage, Unseen, UnseenErrors, coverage, unseen};
pub use utility::{Utility, UtilityConfig, UtilityErrors, UtilityMetrics};

/// Why there is no metric. Worded to follow "failed to evaluate: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Slices that should be as long as each other and are not.
    #[error("found {found} {name}, expected {expected}")]
    Length {
        /// What there is another number of.
        name: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A target or prediction that is NaN, infinite, or so large that its square would be.
    #[error("found {name} {value} in row {row}, expected a finite number up to {LARGEST:e} in size")]
    NotFinite {
        /// `"target"` or `"prediction"`.
        name: &'static str,
        /// Its row, counted from 0.
        row: usize,
        /// The number.
        value: f64,
    },
    /// A depth that is zero or negative, for which relative errors mean nothing.
    #[error("found target {value} in row {row}, expected a depth above 0; mark pixels without depth as NaN")]
    NotPositive {
        /// Its row, counted from 0.
        row: usize,
        /// The depth.
        value: f64,
    },
    /// A row in a bin that does not exist.
    #[error("found bin {bin} for row {row}, expected less than {bins}")]
    Bin {
        /// The row, counted from 0.
        row: usize,
        /// Its bin.
        bin: usize,
        /// Number of bins.
        bins: usize,
    },
    /// A relevance out of range.
    #[error("found relevance {value} in row {row}, expected 0 to 1")]
    Relevance {
        /// Its row, counted from 0.
        row: usize,
        /// The relevance.
        value: f64,
    },
    /// A setting of utility that makes no sense.
    #[error("found utility {name} = {value}, expected {expected}")]
    Utility {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// A weight of a row that is negative or not finite, or weights that are all 0.
    #[error(
        "found weight {value} of row {row}, expected a finite number of at least 0, and one above 0 among all rows"
    )]
    Weight {
        /// The row, counted from 0.
        row: usize,
        /// Its weight.
        value: f64,
    },
    /// A level of confidence that is none.
    #[error("found level {value} of an interval, expected a number between 0 and 1")]
    Level {
        /// The level.
        value: f64,
    },
    /// A bootstrap option that makes no sense.
    #[error("found bootstrap {name} = {value}, expected {expected}")]
    Bootstrap {
        /// Which option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
}

impl MetricError {
    /// The same, of another row: who adds pictures counts rows within each.
    fn in_row(self, at: usize) -> Self {
        match self {
            Self::NotFinite { name, value, .. } => Self::NotFinite { name, row: at, value },
            Self::NotPositive { value, .. } => Self::NotPositive { row: at, value },
            Self::Bin { bin, bins, .. } => Self::Bin { row: at, bin, bins },
            other => other,
        }
    }
}

/// Larger targets and predictions are refused: sums of their squares would be infinite.
const LARGEST: f64 = 1e140;

fn check_length(name: &'static str, found: usize, expected: usize) -> Result<(), MetricError> {
    if found == expected { Ok(()) } else { Err(MetricError::Length { name, found, expected }) }
}

fn check_number(name: &'static str, row: usize, value: f64) -> Result<(), MetricError> {
    // Also false for NaN.
    if value.abs() <= LARGEST { Ok(()) } else { Err(MetricError::NotFinite { name, row, value }) }
}

fn check_row(row: usize, target: f64, prediction: f64) -> Result<(), MetricError> {
    check_number("target", row, target)?;
    check_number("prediction", row, prediction)
}

fn check_rows(targets: &[f64], predictions: &[f64]) -> Result<(), MetricError> {
    check_length("predictions", predictions.len(), targets.len())?;
    targets.iter().zip(predictions).enumerate().try_for_each(|(row, (&y, &p))| check_row(row, y, p))
}

/// The bin, if there is one of that number.
fn check_bin(row: usize, bin: usize, bins: usize) -> Result<usize, MetricError> {
    if bin < bins { Ok(bin) } else { Err(MetricError::Bin { row, bin, bins }) }
}

/// `sum / rows`; `None` without rows, or if the sum left the range of `f64`.
fn mean(sum: &sum::Sum, rows: usize) -> Option<f64> {
    (rows > 0).then(|| sum.value() / rows as f64).filter(|mean| mean.is_finite())
}
