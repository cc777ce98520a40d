//! Bootstrap: how much would a metric change with another test set of this size?
//!
//! Draw the rows anew with replacement, compute the statistic, repeat; the interval goes from the `(1 - level) / 2` to the
//! `(1 + level) / 2` quantile of the results. Few-shot regions of some dozen rows have wide intervals: look before ranking.
//!
//! # Source
//! Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13 (percentile interval). Ours: the paper and the
//! official programs report no intervals.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{MetricError, quantile};
use crate::random::Stream;

/// More resamples than this are refused: their results are kept.
pub const MAX_RESAMPLES: usize = 1_000_000;

/// Lower and upper end of a confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Percentile bootstrap. The same seed and rows give the same interval, on however many threads.
///
/// # Example
/// ```
/// use dir_core::metric::Bootstrap;
/// let errors = [1.0, 2.0, 4.0, 1.5, 0.5, 3.0];
/// let mae = |rows: &[usize]| Some(rows.iter().map(|&r| errors[r]).sum::<f64>() / rows.len() as f64);
/// let interval = Bootstrap::default().interval(errors.len(), mae)?.unwrap();
/// assert!((interval.low - 1.08).abs() < 0.15 && (interval.high - 3.0).abs() < 0.15); // all 6^6 draws: 1.083 to 3
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bootstrap {
    /// How often rows are drawn anew: 1 to [`MAX_RESAMPLES`]. Default 1,000.
    pub resamples: usize,
    /// Share of the results that the interval holds, between 0 and 1. Default 0.95.
    pub level: f64,
    /// Start of the random numbers. Default 0.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// Interval of a statistic, which gets the numbers of the drawn rows; `None` without rows or if it never has a value.
    ///
    /// # Errors
    /// [`MetricError::Bootstrap`] for a number of resamples or a level out of range.
    pub fn interval(
        &self,
        rows: usize,
        statistic: impl Fn(&[usize]) -> Option<f64> + Sync,
    ) -> Result<Option<Interval>, MetricError> {
        let [interval] = self.intervals(rows, |drawn| [statistic(drawn)])?;
        Ok(interval)
    }

    /// Intervals of several statistics over the same draws. Draws for which one is `None` or not finite don't count for it.
    ///
    /// # Errors
    /// As [`Bootstrap::interval`].
    pub fn intervals<const K: usize>(
        &self,
        rows: usize,
        statistics: impl Fn(&[usize]) -> [Option<f64>; K] + Sync,
    ) -> Result<[Option<Interval>; K], MetricError> {
        self.check()?;
        if rows == 0 {
            return Ok([None; K]);
        }
        // A stream for each resample, so that threads can take them in any order.
        let resample = |drawn: &mut Vec<usize>, number: usize| {
            let mut stream = Stream::new(&[self.seed, number as u64]);
            drawn.iter_mut().for_each(|row| *row = stream.below(rows));
            statistics(drawn)
        };
        let results: Vec<[Option<f64>; K]> =
            (0..self.resamples).into_par_iter().map_init(|| vec![0; rows], resample).collect();
        Ok(std::array::from_fn(|k| self.percentiles(results.iter().filter_map(|r| r[k]).collect())))
    }

    fn percentiles(&self, mut values: Vec<f64>) -> Option<Interval> {
        values.retain(|v| v.is_finite());
        values.sort_by(f64::total_cmp);
        let outside = (1.0 - self.level) / 2.0;
        let at = |q| quantile::of_sorted(&values, q);
        Some(Interval { low: at(outside)?, high: at(1.0 - outside)? })
    }

    pub(super) fn check(&self) -> Result<(), MetricError> {
        let wrong = |name, value, expected| Err(MetricError::Bootstrap { name, value, expected });
        if !(1..=MAX_RESAMPLES).contains(&self.resamples) {
            return wrong("resamples", self.resamples as f64, "1 to 1000000");
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return wrong("level", self.level, "a number between 0 and 1");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> Option<f64> + Sync {
        |rows| Some(rows.iter().map(|&r| values[r]).sum::<f64>() / rows.len() as f64)
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_theory() {
        let mut stream = Stream::new(&[3]);
        let values: Vec<f64> = (0..400).map(|_| 7.0 + 2.0 * stream.normal()).collect();
        let bootstrap = Bootstrap { resamples: 4000, ..Bootstrap::default() };
        let found = bootstrap.interval(400, mean_of(&values)).expect("valid").expect("has rows");
        let n = 400.0;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Normal theory: mean ± 1.96 · s / sqrt(n); the ends of 4000 draws scatter by about 3 % of that.
        let half = 1.959_964 * deviation / n.sqrt();
        assert!((found.low - (mean - half)).abs() < 0.12 * half, "{found:?}");
        assert!((found.high - (mean + half)).abs() < 0.12 * half, "{found:?}");
    }

    #[test]
    fn many_draws_find_what_all_draws_give() {
        // numpy.quantile over the means of all 6^6 draws.
        let values = [1.0, 2.0, 4.0, 1.5, 0.5, 3.0];
        let bootstrap = Bootstrap { resamples: 100_000, ..Bootstrap::default() };
        let found = bootstrap.interval(6, mean_of(&values)).expect("valid").expect("has rows");
        assert!((found.low - 13.0 / 12.0).abs() < 1e-12 && (found.high - 3.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_seed_gives_one_interval_on_any_number_of_threads() {
        let values: Vec<f64> = (0..50).map(|k| f64::from(k * k)).collect();
        let run = |seed, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| Bootstrap { seed, ..Bootstrap::default() }.interval(50, mean_of(&values)))
        };
        assert_eq!(run(5, 1), run(5, 3));
        assert_ne!(run(5, 1), run(6, 1));
    }

    #[test]
    fn no_rows_one_row_and_no_value() {
        let bootstrap = Bootstrap { resamples: 20, ..Bootstrap::default() };
        assert_eq!(bootstrap.interval(0, mean_of(&[])), Ok(None));
        assert_eq!(bootstrap.interval(1, mean_of(&[4.0])), Ok(Some(Interval { low: 4.0, high: 4.0 })));
        assert_eq!(bootstrap.interval(3, |_| None), Ok(None));
        assert_eq!(bootstrap.interval(3, |_| Some(f64::NAN)), Ok(None));
    }

    #[test]
    fn options_out_of_range_are_errors() {
        let wrong = |bootstrap: Bootstrap| bootstrap.interval(3, |_| None).expect_err("is wrong");
        let never = Bootstrap { resamples: 0, ..Bootstrap::default() };
        assert!(matches!(wrong(never), MetricError::Bootstrap { name: "resamples", .. }));
        for level in [0.0, 1.0, f64::NAN] {
            let at = Bootstrap { level, ..Bootstrap::default() };
            assert!(matches!(wrong(at), MetricError::Bootstrap { name: "level", .. }));
        }
    }
}
