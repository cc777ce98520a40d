//! Bins error: what bins can't be made from, or which target has no bin.

use thiserror::Error;

use super::MAX_BINS;

/// What bins can't be made from, or which target has no bin. Worded to follow "failed to bin the targets: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum BinsError {
    /// Fewer than one bin.
    #[error("found {found} bins, expected at least 1")]
    TooFew {
        /// Bins asked for.
        found: usize,
    },
    /// More bins than memory can sensibly hold.
    #[error("found {found} bins, expected at most {MAX_BINS}; use wider bins")]
    TooMany {
        /// Bins asked for.
        found: usize,
    },
    /// An edge, width or bound that is NaN, infinite or not positive where it must be.
    #[error("found {name} = {value}, expected {expected}")]
    Invalid {
        /// Which number.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// Edges that do not rise.
    #[error("found edge {index} = {value} after {previous}, expected strictly rising edges")]
    NotRising {
        /// Position of the edge.
        index: usize,
        /// The edge before.
        previous: f64,
        /// The edge.
        value: f64,
    },
    /// Every target has the same value, so that there is no range to cut.
    #[error("found {rows} targets that are all {value}, expected at least two different values")]
    Constant {
        /// Targets looked at.
        rows: usize,
        /// Their value.
        value: f64,
    },
    /// A target that is NaN or infinite.
    #[error("found target {value} at position {row}, expected a finite number")]
    NotFinite {
        /// Position in the slice.
        row: usize,
        /// The target.
        value: f64,
    },
    /// A target outside the range, under [`OutOfRange::Error`](super::OutOfRange::Error).
    #[error(
        "found target {value} at position {row}, expected {low} to {high}; widen the bins or choose another out-of-range policy"
    )]
    Outside {
        /// Position in the slice.
        row: usize,
        /// The target.
        value: f64,
        /// Lowest edge.
        low: f64,
        /// Highest edge.
        high: f64,
    },
}
