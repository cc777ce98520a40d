//! Densities of the target: which rows to keep so that their targets are spread as asked.
//!
//! 1. A density gives every bin a share `q(b)` ([`DensityKind`]); bins without rows have none.
//! 2. Of the `n(b)` rows of a bin `min(n(b), N q(b))` are kept, rounded and drawn by a seed.
//! 3. `N` is as large as it can be with a twentieth of the rows missing: `Σ_b max(0, N q(b) - n(b)) <= N / 20`. To insist on every
//!    row would let the emptiest bin decide.
//!
//! Training rows so thinned ask how a method stands other densities, or targets without any row; test rows so thinned, what its
//! errors are where targets come as they do in use.
//!
//! # Source
//! Yang et al., ICML 2021, section 4.3, table 6 and appendix E.4: training targets as mixtures of one to four skewed Gaussians. The
//! paper shows its mixtures in figures only; ours are those of the grid that uses them.

mod shares;
mod steps;

use dir_core::bins::Bins;
use dir_core::random::Stream;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::printable::printable;

pub use steps::read_steps;

/// What keeps rows from being spread as asked. Worded to follow "failed to spread the targets: ".
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DensityError {
    /// A number that makes no sense.
    #[error("found {name} = {value}, expected {expected}")]
    Number {
        /// Key.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// A density of nothing.
    #[error("found no {what}, expected at least 1")]
    Nothing {
        /// What there is none of.
        what: &'static str,
    },
    /// Rows and density have no bin in common.
    #[error(
        "found no row where the density has some, expected at least 1; compare it with the targets that `audit` shows"
    )]
    Apart,
    /// The file can't be read.
    #[error("{file}: found '{error}', expected a CSV with the columns low, high and share", file = printable(.file), error = printable(.error))]
    Csv {
        /// The file.
        file: String,
        /// What the reader said.
        error: csv::Error,
    },
    /// One line.
    #[error("{file}, line {line}: found {found}, expected {expected}", file = printable(.file), found = printable(.found))]
    Line {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// A density as a user writes it.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `kind` | balanced | balanced, train, peaks or steps |
/// | `peaks` | none | skewed Gaussians, of kind `peaks` |
/// | `cut` | 0 | bins below this share of the highest peak get no rows, of kind `peaks` |
/// | `steps` | none | shares of ranges, of kind `steps` |
/// | `seed` | 0 | which rows are kept; not the seed of the run, so that all seeds see the same |
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DensityConfig {
    /// Which density.
    pub kind: DensityKind,
    /// Bins below this share of the highest peak get no rows.
    pub cut: f64,
    /// Which rows are kept.
    pub seed: u64,
    /// Skewed Gaussians.
    pub peaks: Vec<Peak>,
    /// Shares of ranges.
    pub steps: Vec<Step>,
}

/// Which density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DensityKind {
    /// As many rows of every bin that has any.
    #[default]
    Balanced,
    /// Like the training rows.
    Train,
    /// A mixture of skewed Gaussians.
    Peaks,
    /// A share for each of some ranges.
    Steps,
}

/// A skewed Gaussian, the two-piece normal: `f(x) ∝ exp(-(x - at)² / 2s²)`, `s` being `left` below `at` and `right` above.
///
/// Places and deviations are shares of the way from the 1st to the 99th percentile of the rows, by bins: 0.5 is half-way.
///
/// # Source
/// Wallis, "The two-piece normal, binormal, or double Gaussian distribution", Statistical Science 29 (2014).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    /// Its highest place.
    pub at: f64,
    /// Deviation below.
    pub left: f64,
    /// Deviation above.
    pub right: f64,
    /// Share of all rows, beside those of the other peaks.
    #[serde(default = "whole")]
    pub share: f64,
}

fn whole() -> f64 {
    1.0
}

/// A range of targets, `low <= y < high`, and its share of all rows, beside those of the other ranges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// Share.
    pub share: f64,
}

/// Share of the rows that may be missing in bins that have too few.
const MISSING: f64 = 0.05;
/// Sets these random numbers apart from others of the same seed.
const DENSITY: u64 = 67;

impl DensityConfig {
    /// Positions of the rows that are kept, in their order.
    ///
    /// # Shapes
    /// `of_row` `[rows]`: bin of every row; `train` `[bins]`: training rows, for [`DensityKind::Train`] alone.
    /// # Errors
    /// [`DensityError`]: numbers that make no sense; a density that has nothing where the rows are.
    /// # Example
    /// ```
    /// use dir_core::bins::Bins;
    /// use dir_data::density::DensityConfig;
    /// let bins = Bins::uniform(0.0, 1.0, 3)?;
    /// let of_row = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2]; // 6, 4 and 2 rows
    /// let kept = DensityConfig::default().keep(&bins, &of_row, &[])?; // balanced
    /// assert_eq!([0, 1, 2].map(|bin| kept.iter().filter(|&&row| of_row[row] == bin).count()), [2, 2, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep(&self, bins: &Bins, of_row: &[usize], train: &[u64]) -> Result<Vec<usize>, DensityError> {
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); bins.len()];
        of_row.iter().enumerate().for_each(|(row, &bin)| rows_of[bin].push(row));
        let counts: Vec<usize> = rows_of.iter().map(Vec::len).collect();
        let shares = self.shares(bins, &counts, train)?;
        let most = most(&shares, &counts) as f64;
        for (bin, rows) in rows_of.iter_mut().enumerate() {
            Stream::new(&[self.seed, DENSITY, bin as u64]).shuffle(rows);
            rows.truncate((most * shares[bin]).round() as usize);
        }
        let mut kept = rows_of.concat();
        kept.sort_unstable();
        if kept.is_empty() { Err(DensityError::Apart) } else { Ok(kept) }
    }
}

/// The largest number of rows of which at most a twentieth is missing. The missing share only grows with the number.
fn most(shares: &[f64], counts: &[usize]) -> usize {
    let fits = |total: usize| {
        let missing = shares.iter().zip(counts).map(|(share, &rows)| (total as f64 * share - rows as f64).max(0.0));
        missing.sum::<f64>() <= MISSING * total as f64
    };
    let rows: usize = counts.iter().sum();
    let (mut most, mut too_many) = (0, (rows as f64 / (1.0 - MISSING)) as usize + 2);
    while too_many - most > 1 {
        let middle = most.midpoint(too_many);
        if fits(middle) { most = middle } else { too_many = middle }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(config: &DensityConfig, rows: &[usize], train: &[u64]) -> Vec<usize> {
        let bins = Bins::uniform(0.0, 1.0, rows.len()).expect("bins");
        let of_row: Vec<usize> = rows.iter().enumerate().flat_map(|(bin, &n)| vec![bin; n]).collect();
        let kept = config.keep(&bins, &of_row, train).expect("rows are left");
        assert!(kept.is_sorted() && kept.iter().all(|&row| row < of_row.len()));
        (0..rows.len()).map(|bin| kept.iter().filter(|&&row| of_row[row] == bin).count()).collect()
    }

    #[test]
    fn few_rows_may_miss_and_no_more() {
        // q = 1/4. At N = 24 a bin wants 6, and 6 - 5 = 1 of 24 misses; at N = 25 it is 1.25 of 25, a twentieth; at 26 more.
        let balanced = DensityConfig::default();
        assert_eq!(most(&[0.25; 4], &[5, 90, 80, 70]), 25);
        assert_eq!(counts(&balanced, &[5, 90, 80, 70], &[]), [5, 6, 6, 6]);
        assert_eq!(counts(&balanced, &[0, 7, 0, 9], &[]), [0, 7, 0, 8]); // q = 1/2, N = 15: 7.5 - 7 = 0.5 of 15 misses
    }

    #[test]
    fn like_the_training_rows() {
        let train = DensityConfig { kind: DensityKind::Train, ..DensityConfig::default() };
        // q = 3/4, 1/4, 0. At N = 42 the first wants 31.5, and 1.5 of 42 miss; at 43 it would be 2.25, more than a twentieth.
        assert_eq!(counts(&train, &[30, 30, 30], &[300, 100, 0]), [30, 11, 0]);
        assert_eq!(counts(&train, &[3, 1, 9], &[3, 1, 9]), [3, 1, 9]);
        let bins = Bins::uniform(0.0, 1.0, 2).expect("bins");
        assert!(matches!(train.keep(&bins, &[0, 0], &[0, 5]), Err(DensityError::Apart)));
    }

    #[test]
    fn a_seed_decides_which_rows() {
        let bins = Bins::uniform(0.0, 1.0, 2).expect("bins");
        let of_row: Vec<usize> = (0..200).map(|row| usize::from(row < 20)).collect();
        let kept = |seed| DensityConfig { seed, ..DensityConfig::default() }.keep(&bins, &of_row, &[]).expect("rows");
        assert_eq!(kept(0), kept(0));
        assert_ne!(kept(0), kept(1));
    }
}
