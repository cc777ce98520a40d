//! A look at the targets before any training: how imbalanced are they, what would the weights lean on, what should change?
//!
//! # Source
//! Ours; effective sample size `(Σw)² / Σw²` after Kish, Survey Sampling, 1965. Users of the official program found out about
//! exploding weights and hollow bins only from bad runs.

use crate::bins::Bins;
use crate::kernel::KernelConfig;
use crate::shot::{Shot, ShotRule};
use crate::tally::Tally;
use crate::weight::{Reweight, WeightConfig, WeightError};

/// What the targets look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// Rows.
    pub rows: usize,
    /// Rows per bin.
    pub counts: Vec<u64>,
    /// Shot of every bin.
    pub shots: Vec<Shot>,
    /// Rows of the fullest bin over rows of the emptiest bin that has any.
    pub imbalance_ratio: f64,
    /// Bins without rows between bins with rows.
    pub gaps: usize,
    /// Median rows of the bins that have any.
    pub median_rows: u64,
    /// Third standardised moment of the targets.
    pub skewness: f64,
    /// Whether all targets are above 0, so that a logarithm exists.
    pub positive: bool,
    /// What each weighting would lean on.
    pub schemes: Vec<SchemeAudit>,
}

/// What one weighting leans on.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemeAudit {
    /// Name, as in tables.
    pub name: &'static str,
    /// Its configuration.
    pub config: WeightConfig,
    /// Largest weight; the mean is 1.
    pub largest: f64,
    /// Rows that equally weighted rows would have to be for the same noise, `(Σw)² / Σw²`.
    pub effective_rows: f64,
    /// Rows that hold half of all weight, heaviest first.
    pub half_rows: usize,
    /// Weight per bin.
    pub weight: Vec<f64>,
}

/// Looks at the targets.
///
/// # Errors
/// Targets without a bin; a shot rule that does not fit.
/// # Example
/// ```
/// use dir_core::{audit::audit, bins::Bins, shot::ShotRule, tally::Tally};
/// let targets: Vec<f64> = (0..400).map(|k| f64::from(k % 20) / f64::from(1 + k % 7)).collect();
/// let audit = audit(&Tally::of(&targets), &Bins::uniform(0.0, 1.0, 20)?, &ShotRule::default())?;
/// assert!(audit.imbalance_ratio > 1.0 && audit.advice().len() < 10);
/// # Ok::<(), dir_core::Error>(())
/// ```
pub fn audit(targets: &Tally, bins: &Bins, shots: &ShotRule) -> Result<Audit, crate::Error> {
    let counts = targets.counts(bins)?;
    let mut occupied: Vec<u64> = counts.iter().copied().filter(|&n| n > 0).collect();
    occupied.sort_unstable();
    let (Some(&least), Some(&most)) = (occupied.first(), occupied.last()) else {
        return Err(WeightError::NoRows.into());
    };
    let used = |n: &u64| *n > 0;
    let first = counts.iter().position(used).unwrap_or(0);
    let last = counts.iter().rposition(used).unwrap_or(0);
    Ok(Audit {
        rows: targets.total() as usize,
        shots: shots.shots(&counts)?,
        imbalance_ratio: most as f64 / least as f64,
        gaps: counts[first..=last].iter().filter(|n| **n == 0).count(),
        median_rows: occupied[occupied.len() / 2],
        skewness: skewness(targets),
        positive: targets.range().is_some_and(|(low, _)| low > 0.0),
        schemes: schemes(bins, &counts)?,
        counts,
    })
}

fn skewness(targets: &Tally) -> f64 {
    let mean = targets.mean(|y| y);
    let moment = |k: i32| targets.mean(|y| (y - mean).powi(k));
    let variance = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

fn schemes(bins: &Bins, counts: &[u64]) -> Result<Vec<SchemeAudit>, WeightError> {
    let lds = Some(KernelConfig::default());
    [
        ("INV", Reweight::Inverse, None),
        ("SQINV", Reweight::SqrtInv, None),
        ("INV + LDS", Reweight::Inverse, lds),
        ("SQINV + LDS", Reweight::SqrtInv, lds),
        ("DenseWeight", Reweight::Dense, None),
    ]
    .into_iter()
    .map(|(name, reweight, lds)| {
        let config = WeightConfig { reweight, lds, ..WeightConfig::default() };
        Ok(scheme(name, config, counts, config.bin_weights(bins, counts)?.weight))
    })
    .collect()
}

fn scheme(name: &'static str, config: WeightConfig, counts: &[u64], weight: Vec<f64>) -> SchemeAudit {
    let mut bins: Vec<(f64, u64)> =
        weight.iter().copied().zip(counts.iter().copied()).filter(|(_, n)| *n > 0).collect();
    bins.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = bins.iter().map(|(w, n)| w * *n as f64).sum();
    let squares: f64 = bins.iter().map(|(w, n)| w * w * *n as f64).sum();
    let (mut left, mut half_rows) = (total / 2.0, 0.0);
    for &(w, n) in &bins {
        let rows = (left / w).clamp(0.0, n as f64);
        half_rows += rows;
        left -= rows * w;
    }
    SchemeAudit {
        name,
        config,
        largest: bins.first().map_or(1.0, |(w, _)| *w),
        effective_rows: total * total / squares,
        half_rows: (half_rows - 1e-9).ceil() as usize,
        weight,
    }
}

/// Fewer rows than this in the median bin are too few for a mean and a variance per feature.
const ROWS_FOR_FDS: u64 = 30;

impl Audit {
    /// Bins and rows of a shot.
    #[must_use]
    pub fn of_shot(&self, shot: Shot) -> (usize, u64) {
        let inside = || self.shots.iter().zip(&self.counts).filter(|(s, _)| **s == shot);
        (inside().count(), inside().map(|(_, n)| n).sum())
    }

    /// What to do about it, in plain words.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        let mut say = |condition: bool, text: String| {
            if condition {
                advice.push(text);
            }
        };
        let bins = self.counts.len();
        let occupied = self.counts.iter().filter(|n| **n > 0).count();
        let ratio = self.imbalance_ratio;
        say(
            ratio < 5.0,
            format!(
                "The fullest bin has only {ratio:.1} times the rows of the emptiest: re-weighting has little to mend."
            ),
        );
        say(
            self.of_shot(Shot::Many).0 == 0 && self.rows > 0,
            format!(
                "No bin is many shot ({bins} bins for {} rows): use coarser bins, or judge shots by quantile.",
                self.rows
            ),
        );
        say(
            self.gaps * 5 > bins,
            format!(
                "{} of {bins} bins between the lowest and the highest target are empty: use coarser bins, or quantile bins.",
                self.gaps
            ),
        );
        say(
            self.positive && self.skewness > 1.0,
            format!("The target is positive and skewed ({:.1}): try a log target before anything else.", self.skewness),
        );
        say(
            self.median_rows < ROWS_FOR_FDS,
            format!(
                "The median bin has {} rows: too few for FDS to estimate a mean and a variance per feature; use coarser bins or leave FDS off.",
                self.median_rows
            ),
        );
        say(occupied < 10, format!("Only {occupied} bins have rows: smoothing over neighbours needs more of them."));
        for scheme in self.schemes.iter().filter(|s| s.effective_rows * 4.0 < self.rows as f64) {
            advice.push(format!(
                "{} would lean on few rows: half of all weight on {} of {}, the heaviest {:.0} times the mean; cap the weights (weights.cap = 10) or use SQINV + LDS.",
                scheme.name, scheme.half_rows, self.rows, scheme.largest
            ));
        }
        if advice.is_empty() {
            advice.push("Nothing stands in the way of SQINV + LDS, with or without FDS.".to_owned());
        }
        advice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[usize]) -> Audit {
        let targets: Vec<f64> = counts.iter().enumerate().flat_map(|(b, &n)| vec![b as f64 + 0.5; n]).collect();
        audit(&Tally::of(&targets), &Bins::uniform(0.0, 1.0, counts.len()).expect("valid"), &ShotRule::default())
            .expect("valid")
    }

    #[test]
    fn figures_by_hand() {
        let audit = of(&[100, 0, 25, 4]);
        assert_eq!((audit.rows, audit.gaps, audit.median_rows, audit.imbalance_ratio), (129, 1, 25, 25.0));
        assert_eq!(audit.of_shot(Shot::Medium), (2, 125));
        // SQINV: weights ∝ 1/10, 1/5, 1/2; total 10 + 5 + 2 = 17, squares 1 + 1 + 1 = 3.
        let sqinv = &audit.schemes[1];
        assert!((sqinv.effective_rows - 17.0 * 17.0 / 3.0).abs() < 1e-9);
        assert_eq!(sqinv.half_rows, 4 + 25 + 15); // 2 + 5 of 8.5, then 1.5 at 1/10 a row
    }

    #[test]
    fn advice_follows_the_figures() {
        let says = |counts: &[usize], word: &str| of(counts).advice().iter().any(|a| a.contains(word));
        assert!(says(&[100, 90, 110], "little to mend"));
        assert!(says(&[500, 200, 40, 3, 1], "too few for FDS") || says(&[500, 20, 10, 3, 1], "too few for FDS"));
        assert!(says(&[90, 1, 0, 0, 0, 1], "coarser bins"));
        assert!(says(&[100_000, 1, 1, 1, 1], "INV would lean on few rows"));
        assert!(audit(&Tally::default(), &Bins::uniform(0.0, 1.0, 2).expect("valid"), &ShotRule::default()).is_err());
    }
}
