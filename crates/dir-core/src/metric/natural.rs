//! Natural distribution: errors of test rows re-weighted to the spread of the data over the target.
//!
//! Many splits draw as many test rows from rare bins as from common ones ("balanced test rows"), so that a mean error is one over the
//! target range. A row of the data as they come lies in bin `b` with probability `p(b)` instead. With
//! `w(b) = p(b) / q(b)`, `q(b)` the share of the test rows in the bin, weighted means estimate the error on such rows.
//!
//! # Source
//! Importance weighting under a shift of the target (Saerens et al., Neural Computation 14, 2002; Lipton et al., ICML 2018),
//! with known densities. Effective number of rows: Kish, "Survey Sampling" (1965).

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::sum::Sum;
use super::{BinError, Bootstrap, Interval, MetricError, Regions, check_bin, check_length, check_row};
use crate::shot::Shot;

/// Weights that differ from 1 by less than this are none.
const NEARLY_ONE: f64 = 0.05;
/// Standard deviations by which counts of a random split may miss their expectation.
const DEVIATIONS: f64 = 3.0;
/// A test set is balanced where it fills this many times as many bins effectively as the data do.
const MORE_EVEN: f64 = 1.1;

/// How test rows are spread over the bins of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestSpread {
    /// As the data are, but for chance.
    Natural,
    /// More evenly than the data.
    Balanced,
    /// In another way.
    Other,
}

/// The weight of a test row by its bin.
///
/// # Example
/// ```
/// use dir_core::metric::{NaturalWeights, TestSpread};
/// let weights = NaturalWeights::new(&[600, 300, 100], &[50, 50, 0])?.expect("has rows");
/// assert_eq!((weights.weight(0), weights.weight(1)), (0.6 / 0.5, 0.3 / 0.5));
/// assert_eq!((weights.without_test_rows(), weights.spread()), (0.1, TestSpread::Other));
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NaturalWeights {
    by_bin: Vec<f64>,
    data_rows: u64,
    without_test_rows: f64,
    spread: TestSpread,
}

impl NaturalWeights {
    /// From the rows per bin: `data` counts training, validation and test rows, `test` the test rows alone. `None` without test
    /// rows.
    ///
    /// # Errors
    /// Counts of different numbers of bins.
    pub fn new(data: &[u64], test: &[u64]) -> Result<Option<Self>, MetricError> {
        check_length("bins of test rows", test.len(), data.len())?;
        // Test rows are part of the data: a bin holds at least these.
        let data: Vec<u64> = data.iter().zip(test).map(|(&all, &test)| all.max(test)).collect();
        let [all, tested] = [&data[..], test].map(|counts| counts.iter().sum::<u64>());
        if tested == 0 {
            return Ok(None);
        }
        let share = |count: u64, sum: u64| count as f64 / sum as f64;
        let weight = |(&all_here, &here): (&u64, &u64)| match here {
            0 => 0.0,
            here => share(all_here, all) / share(here, tested),
        };
        let by_bin: Vec<f64> = data.iter().zip(test).map(weight).collect();
        let missing: u64 = data.iter().zip(test).filter(|(_, test)| **test == 0).map(|(all, _)| all).sum();
        let without_test_rows = share(missing, all);
        let nearly_one = by_bin.iter().zip(test).all(|(w, test)| *test == 0 || (w - 1.0).abs() <= NEARLY_ONE);
        let spread = if (nearly_one && without_test_rows <= NEARLY_ONE) || is_by_chance(&data, test) {
            TestSpread::Natural
        } else if effective_bins(test) > MORE_EVEN * effective_bins(&data) {
            TestSpread::Balanced
        } else {
            TestSpread::Other
        };
        Ok(Some(Self { by_bin, data_rows: all, without_test_rows, spread }))
    }

    /// Weight of a test row of a bin; 0 where the bin has none.
    #[must_use]
    pub fn weight(&self, bin: usize) -> f64 {
        self.by_bin.get(bin).copied().unwrap_or(0.0)
    }

    /// Rows of the data.
    #[must_use]
    pub fn data_rows(&self) -> u64 {
        self.data_rows
    }

    /// Share of the data in bins without test rows: no weight can speak for them.
    #[must_use]
    pub fn without_test_rows(&self) -> f64 {
        self.without_test_rows
    }

    /// How the test rows are spread.
    #[must_use]
    pub fn spread(&self) -> TestSpread {
        self.spread
    }
}

/// Pearson's χ² of the test rows per bin against their expectation, compared with its mean and deviation over random test sets. Bins
/// may be sparse, so its variance is that of Haldane (1937); drawing without replacement lessens both by `(N - n) / (N - 1)`.
fn is_by_chance(data: &[u64], test: &[u64]) -> bool {
    let [all, tested] = [data, test].map(|counts| counts.iter().sum::<u64>() as f64);
    let shares = data.iter().zip(test).filter(|(count, _)| **count > 0);
    let filled: Vec<(f64, f64)> = shares.map(|(&count, &n)| (count as f64 / all, n as f64)).collect();
    let bins = filled.len() as f64;
    let statistic: f64 = filled.iter().map(|(p, n)| (n - tested * p).powi(2) / (tested * p)).sum();
    let rare: f64 = filled.iter().map(|(p, _)| 1.0 / p).sum();
    let variance = 2.0 * (bins - 1.0) + (rare - bins * bins - 2.0 * bins + 2.0) / tested;
    let finite = if all > 1.0 { (all - tested) / (all - 1.0) } else { 0.0 };
    statistic <= finite * (bins - 1.0 + DEVIATIONS * variance.max(0.0).sqrt())
}

/// Number of bins that, filled evenly, would be as concentrated.
fn effective_bins(counts: &[u64]) -> f64 {
    let sum: f64 = counts.iter().map(|&n| n as f64).sum();
    let squares: f64 = counts.iter().map(|&n| (n as f64).powi(2)).sum();
    sum * sum / squares
}

/// Errors of a region under the natural distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NaturalErrors {
    /// Test rows.
    pub rows: usize,
    /// Effective number of rows, `(Σ w)² / Σ w²`: how many rows of equal weight would tell as much.
    pub effective_rows: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Mean squared error.
    pub mse: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean of prediction - target.
    pub bias: f64,
    /// Bootstrap interval of the mean absolute error, rows drawn anew; not where errors come as sums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mae_interval: Option<Interval>,
}

/// Weighted sums of a region.
#[derive(Default)]
struct Sums {
    rows: usize,
    weight: Sum,
    squared_weight: Sum,
    absolute: Sum,
    squared: Sum,
    signed: Sum,
}

impl Sums {
    /// Adds `rows` rows of a bin by their means.
    fn push(&mut self, rows: usize, weight: f64, (mae, mse, bias): (f64, f64, f64)) {
        let n = rows as f64;
        self.rows += rows;
        self.weight.push(n * weight);
        self.squared_weight.push(n * weight * weight);
        self.absolute.push(n * weight * mae);
        self.squared.push(n * weight * mse);
        self.signed.push(n * weight * bias);
    }

    fn errors(&self, mae_interval: Option<Interval>) -> Option<NaturalErrors> {
        let weight = self.weight.value();
        let mean = |sum: &Sum| Some(sum.value() / weight).filter(|mean| mean.is_finite());
        let (mae, mse, bias) = (mean(&self.absolute)?, mean(&self.squared)?, mean(&self.signed)?);
        let effective_rows = weight * weight / self.squared_weight.value();
        Some(NaturalErrors { rows: self.rows, effective_rows, mae, mse, rmse: mse.sqrt(), bias, mae_interval })
    }
}

/// Weighted errors of every region. Row `i` lies in bin `bins_of_rows[i]`, bin `b` has shot `shots[b]`. `bootstrap` gives intervals.
///
/// # Errors
/// Slices of different lengths, numbers that are not finite, a bin without a shot; a bootstrap option out of range.
pub fn natural_errors(
    (targets, predictions): (&[f64], &[f64]),
    bins_of_rows: &[usize],
    shots: &[Shot],
    weights: &NaturalWeights,
    bootstrap: Option<&Bootstrap>,
) -> Result<Regions<NaturalErrors>, MetricError> {
    check_length("predictions", predictions.len(), targets.len())?;
    check_length("bins of rows", bins_of_rows.len(), targets.len())?;
    let mut rows = Vec::with_capacity(targets.len());
    for (row, ((&y, &p), &bin)) in targets.iter().zip(predictions).zip(bins_of_rows).enumerate() {
        check_row(row, y, p)?;
        let bin = check_bin(row, bin, shots.len())?;
        rows.push((shots[bin], weights.weight(bin), p - y));
    }
    Regions::try_of(|region| {
        let inside: Vec<(f64, f64)> =
            rows.iter().filter(|(shot, ..)| region.contains(*shot)).map(|(_, w, e)| (*w, *e)).collect();
        let mut sums = Sums::default();
        inside.iter().for_each(|(weight, error)| sums.push(1, *weight, (error.abs(), error * error, *error)));
        let mae = |drawn: &[usize]| {
            let (weight, sum) = drawn.iter().fold((0.0, 0.0), |(weight, sum), &row| {
                let (w, error) = inside[row];
                (weight + w, sum + w * error.abs())
            });
            Some(sum / weight)
        };
        let interval = bootstrap.map(|bootstrap| bootstrap.interval(inside.len(), mae)).transpose()?.flatten();
        Ok(sums.errors(interval))
    })
}

/// The same of mean errors by bin, without intervals: for targets per pixel, whose errors are kept as sums.
#[must_use]
pub fn natural_errors_of_bins(
    by_bin: &[Option<BinError>],
    shots: &[Shot],
    weights: &NaturalWeights,
) -> Regions<NaturalErrors> {
    let Ok(regions) = Regions::try_of(|region| {
        let mut sums = Sums::default();
        for (bin, (error, shot)) in by_bin.iter().zip(shots).enumerate() {
            if let Some(BinError { rows, mae, mse, bias }) = *error
                && region.contains(*shot)
            {
                sums.push(rows, weights.weight(bin), (mae, mse, bias));
            }
        }
        Ok::<_, Infallible>(sums.errors(None))
    });
    regions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::DenseErrors;
    use crate::random::Stream;
    use crate::shot::Region;

    fn weights(data: &[u64], test: &[u64]) -> NaturalWeights {
        NaturalWeights::new(data, test).expect("as many bins").expect("has rows")
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
    }

    /// By hand: shares 0.6, 0.3 and 0.1 of ten rows; one test row in each of the first two bins, errors +1 and -4. Weights 1.2 and
    /// 0.6, of sum 1.8 and squares 1.8.
    #[test]
    fn weighted_errors_by_hand() {
        let weights = weights(&[6, 3, 1], &[1, 1, 0]);
        close(weights.weight(0), 1.2);
        close(weights.weight(1), 0.6);
        assert_eq!((weights.weight(2), weights.without_test_rows(), weights.data_rows()), (0.0, 0.1, 10));
        let shots = [Shot::Many, Shot::Few, Shot::Zero];
        let found = natural_errors((&[1.0, 5.0], &[2.0, 1.0]), &[0, 1], &shots, &weights, None).expect("valid");
        let all = found.all.expect("two rows");
        assert_eq!(all.rows, 2);
        close(all.effective_rows, 1.8);
        close(all.mae, (1.2 + 0.6 * 4.0) / 1.8);
        close(all.mse, (1.2 + 0.6 * 16.0) / 1.8);
        close(all.rmse, 6_f64.sqrt());
        close(all.bias, (1.2 - 0.6 * 4.0) / 1.8);
        // Within a region weights are equal here: its plain errors, of one row.
        let few = found.few.expect("one row");
        assert_eq!((few.rows, few.mae, few.bias, found.get(Region::Medium)), (1, 4.0, -4.0, None));
        close(few.effective_rows, 1.0);
    }

    #[test]
    fn sums_by_bin_give_what_rows_give() {
        let (mut stream, shots) = (Stream::new(&[8]), [Shot::Many, Shot::Medium, Shot::Few, Shot::Zero]);
        let bins: Vec<usize> = (0..400).map(|_| stream.below(4)).collect();
        let y: Vec<f64> = bins.iter().map(|&bin| bin as f64 + 0.5).collect();
        let p: Vec<f64> = y.iter().map(|y| 0.7 * y + 0.3 * stream.normal()).collect();
        let test: Vec<u64> = (0..4).map(|b| bins.iter().filter(|bin| **bin == b).count() as u64).collect();
        let weights = weights(&[9000, 700, 60 + test[2], test[3]], &test);
        let by_row = natural_errors((&y, &p), &bins, &shots, &weights, None).expect("valid");
        let mut dense = DenseErrors::new(shots.to_vec());
        dense.push(&y, &p, |y| Ok::<_, MetricError>(y as usize)).expect("valid");
        let by_bin = natural_errors_of_bins(&dense.by_bin(), &shots, &weights);
        for region in Region::EACH {
            let (a, b) = (by_row.get(region).expect("rows"), by_bin.get(region).expect("rows"));
            assert_eq!(a.rows, b.rows);
            let pairs = [(a.mae, b.mae), (a.mse, b.mse), (a.bias, b.bias), (a.effective_rows, b.effective_rows)];
            pairs.into_iter().for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{}: {a}, {b}", region.name()));
        }
    }

    /// Under natural weights the mean over balanced rows is that over rows drawn from the data, within what chance allows.
    #[test]
    fn re_weighted_balanced_rows_tell_of_natural_ones() {
        let (counts, mut stream) = ([8000_u64, 1500, 400, 100], Stream::new(&[2]));
        let error = |bin: usize, stream: &mut Stream| (bin as f64 + 1.0) * (1.0 + 0.2 * stream.normal());
        let bins: Vec<usize> = (0..4).flat_map(|bin| std::iter::repeat_n(bin, 100)).collect();
        let p: Vec<f64> = bins.iter().map(|&bin| error(bin, &mut stream)).collect();
        let weights = weights(&counts, &[100; 4]);
        assert_eq!(weights.spread(), TestSpread::Balanced);
        let zeros = vec![0.0; 400];
        let bootstrap = Bootstrap::default();
        let found = natural_errors((&zeros, &p), &bins, &[Shot::Many; 4], &weights, Some(&bootstrap)).expect("valid");
        let all = found.all.expect("rows");
        // 0.8 · 1 + 0.15 · 2 + 0.04 · 3 + 0.01 · 4.
        assert!((all.mae - 1.26).abs() < 0.05, "{}", all.mae);
        // Σ w = 400, Σ w² = 100 (3.2² + 0.6² + 0.16² + 0.04²).
        close(all.effective_rows, 1600.0 / (3.2_f64.powi(2) + 0.6_f64.powi(2) + 0.16_f64.powi(2) + 0.04_f64.powi(2)));
        let interval = all.mae_interval.expect("asked for");
        assert!(
            interval.low < all.mae && all.mae < interval.high && interval.high - interval.low > 0.02,
            "{interval:?}"
        );
    }

    #[test]
    fn random_splits_are_natural_and_balanced_ones_are_not() {
        // 20,000 rows over 600 bins with an exponential tail, most bins sparse.
        let mut stream = Stream::new(&[4]);
        let bins: Vec<usize> =
            (0..20_000).map(|_| ((-stream.unit().max(1e-9).ln() * 60.0) as usize).min(599)).collect();
        let count = |rows: &[usize]| {
            let mut counts = vec![0_u64; 600];
            rows.iter().for_each(|&bin| counts[bin] += 1);
            counts
        };
        let data = count(&bins);
        for part in [200, 2000, 10_000] {
            for start in 0..=(40_000 / part - 2).min(9) {
                let test = count(&bins[start * part / 2..][..part]);
                assert_eq!(weights(&data, &test).spread(), TestSpread::Natural, "{part} rows from {start}");
            }
        }
        let balanced: Vec<u64> = data.iter().map(|&n| n.min(10)).collect();
        assert_eq!(weights(&data, &balanced).spread(), TestSpread::Balanced);
        let frequent: Vec<u64> = data.iter().enumerate().map(|(bin, &n)| if bin < 60 { n } else { 0 }).collect();
        assert_eq!(weights(&data, &frequent).spread(), TestSpread::Other);
        // All rows of a cross-validation, and weights that are nearly one over very many pixels.
        assert_eq!(weights(&data, &data).spread(), TestSpread::Natural);
        assert_eq!(weights(&[10_000_000, 5_000_000], &[1_000_000, 490_000]).spread(), TestSpread::Natural);
    }

    #[test]
    fn no_rows_and_mistakes() {
        assert_eq!(NaturalWeights::new(&[3, 4], &[0, 0]), Ok(None));
        assert_eq!(NaturalWeights::new(&[], &[]), Ok(None));
        assert!(matches!(NaturalWeights::new(&[3], &[1, 1]), Err(MetricError::Length { .. })));
        assert_eq!(weights(&[0], &[2]).weight(0), 1.0, "test rows are data");
        let weights = weights(&[3, 1], &[1, 1]);
        let wrong = |y: &[f64], p: &[f64], bins: &[usize]| {
            natural_errors((y, p), bins, &[Shot::Many; 2], &weights, None).expect_err("is wrong")
        };
        assert!(matches!(wrong(&[1.0], &[], &[0]), MetricError::Length { .. }));
        assert!(matches!(wrong(&[1.0], &[1.0], &[2]), MetricError::Bin { bin: 2, .. }));
        assert!(matches!(wrong(&[1.0], &[f64::NAN], &[0]), MetricError::NotFinite { .. }));
        let none = natural_errors((&[], &[]), &[], &[Shot::Many; 2], &weights, None).expect("no rows are no error");
        assert_eq!(none.all, None);
    }

    #[test]
    fn errors_survive_json() {
        let weights = weights(&[6, 3, 1], &[1, 1, 0]);
        let bootstrap = Bootstrap { resamples: 20, ..Bootstrap::default() };
        let shots = [Shot::Many, Shot::Few, Shot::Few];
        let found = natural_errors((&[1.0, 5.0], &[2.1, 1.0]), &[0, 1], &shots, &weights, Some(&bootstrap));
        let found = found.expect("valid");
        let text = serde_json::to_string(&found).expect("serialises");
        assert_eq!(serde_json::from_str::<Regions<NaturalErrors>>(&text).expect("reads back"), found);
    }
}
