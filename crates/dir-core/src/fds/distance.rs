//! How far smoothing moves the statistics.
//!
//! `1/|B| Σ_b 1/D Σ_j |μ_bj - μ̃_bj|` over the bins seen, and the same of the variances: the running statistics as published,
//! against what smoothing made of them. It falls as features of nearby targets come to look alike.
//!
//! # Source
//! Yang et al., ICML 2021, figure 8c: the mean L1 distance between running and smoothed statistics over epochs. The official
//! program does not compute it.

use serde::{Deserialize, Serialize};

use super::Fds;
use super::spread::BinStats;

/// Mean L1 distance between running and smoothed statistics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SmoothingDistance {
    /// Of the means.
    pub mean: f64,
    /// Of the variances.
    pub variance: f64,
}

impl Fds {
    /// How far smoothing moves the statistics in force; `None` before any were published.
    ///
    /// # Example
    /// ```
    /// use dir_core::{bins::Bins, fds::{FdsConfig, Order}};
    /// let config = FdsConfig { order: Order::Immediate, ..FdsConfig::default() };
    /// let mut fds = config.init(&Bins::uniform(0.0, 1.0, 2)?, 1)?;
    /// assert_eq!(fds.smoothing_distance(), None);
    /// let mut pass = fds.statistics();
    /// pass.push_rows(&[0.0_f64, 2.0, 4.0, 10.0], &[0.5, 0.5, 1.5, 1.5])?; // means 1 and 7, variances 2 and 18
    /// fds.end_of_epoch(0, pass)?;
    /// let distance = fds.smoothing_distance().expect("published");
    /// assert!(distance.mean > 0.0 && (distance.variance / distance.mean - 16.0 / 6.0).abs() < 1e-12);
    /// # Ok::<(), dir_core::Error>(())
    /// ```
    #[must_use]
    pub fn smoothing_distance(&self) -> Option<SmoothingDistance> {
        let last = if self.state.aliased { &self.state.running } else { &self.state.last };
        let pairs: Vec<_> = last.iter().zip(&self.state.smoothed).filter(|(l, s)| l.seen && s.seen).collect();
        let mean_over_bins = |of: &dyn Fn(&BinStats) -> Vec<f64>| {
            pairs.iter().map(|(last, smoothed)| mean_l1(&of(last), &of(smoothed))).sum::<f64>() / pairs.len() as f64
        };
        (!pairs.is_empty()).then(|| SmoothingDistance {
            mean: mean_over_bins(&|stats| stats.mean.clone()),
            variance: mean_over_bins(&|stats| stats.spread.variances(self.dim)),
        })
    }
}

fn mean_l1(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Bins;
    use crate::fds::{Covariance, FdsConfig, Order};

    /// Bins of which the last is never seen; features `(0, 2)` and `(4, 10)`, doubled in a second column.
    fn distance(covariance: Covariance) -> SmoothingDistance {
        let config = FdsConfig { covariance, order: Order::Immediate, ..FdsConfig::default() };
        let mut fds = config.init(&Bins::uniform(0.0, 1.0, 3).expect("valid"), 2).expect("valid");
        let mut pass = fds.statistics();
        let features = [0.0_f64, 0.0, 2.0, 4.0, 4.0, 8.0, 10.0, 20.0];
        pass.push_rows(&features, &[0.5, 0.5, 1.5, 1.5]).expect("fits");
        fds.end_of_epoch(0, pass).expect("fits");
        fds.smoothing_distance().expect("published")
    }

    #[test]
    fn the_distance_by_hand() {
        // The window's taps at 0 and 1 are in the proportion 1 to a (peak-one window of SciPy), so each of the two bins moves by
        // a / (1 + a) of the way to the other: means 6 and 12 apart, variances 16 and 64.
        let share = 0.945_828 / 1.945_828;
        for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(2)] {
            let found = distance(covariance);
            assert!((found.mean - 9.0 * share).abs() < 1e-5, "{found:?}");
            assert!((found.variance - 40.0 * share).abs() < 1e-4, "{found:?}");
        }
    }
}
