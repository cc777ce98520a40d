//! The table of a test set with a target per pixel: the errors of a picture go in, no prediction is kept.
//!
//! The same metrics by the same regions as [`super::evaluate`], but for Spearman's ρ and bootstrap intervals, which need all
//! rows at once, and those by relevance; and where all targets are positive those of depth.

use std::convert::Infallible;

use super::correlation::Products;
use super::depth::DepthErrors;
use super::table::{RegionMetrics, Regions, Report};
use super::{BinErrors, DepthMetrics, MetricError, NegativeDepths, ZeroErrors, check_bin, check_length, sum::Sum};
use crate::shot::{Region, Shot};

/// Errors of pixels, by bin and shot.
///
/// # Example
/// ```
/// use dir_core::metric::DenseErrors;
/// use dir_core::shot::Shot;
/// let mut errors = DenseErrors::new(vec![Shot::Many, Shot::Few]);
/// errors.push(&[1.0, f64::NAN, 9.0], &[1.5, 7.0, 6.0], |y| Ok((y > 5.0) as usize))?; // NaN: a pixel without target
/// let report = errors.report();
/// assert_eq!(report.all.map(|m| (m.rows, m.mae)), Some((2, 1.75)));
/// assert_eq!(report.few.and_then(|m| m.depth).map(|d| d.abs_rel), Some(3.0 / 9.0));
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DenseErrors {
    shots: Vec<Shot>,
    bins: BinErrors,
    /// Sum of prediction - target of every bin.
    bias: Vec<Sum>,
    of_shots: [ShotErrors; 4],
}

/// What the pixels of a shot add to a region, beside the errors of their bins.
#[derive(Debug, Clone, PartialEq, Default)]
struct ShotErrors {
    depth: DepthErrors,
    /// Pixels whose target has no relative error.
    not_positive: usize,
    products: Products,
}

/// Mean errors of a bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinError {
    /// Pixels.
    pub rows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Mean squared error.
    pub mse: f64,
    /// Mean of prediction - target.
    pub bias: f64,
}

impl DenseErrors {
    /// No pixels yet; one shot per bin.
    #[must_use]
    pub fn new(shots: Vec<Shot>) -> Self {
        Self {
            bins: BinErrors::new(shots.len()),
            bias: vec![Sum::default(); shots.len()],
            of_shots: Default::default(),
            shots,
        }
    }

    /// Adds pixels; those whose target is NaN have none and do not count. `bin_of` tells the bin of a target.
    ///
    /// # Errors
    /// Slices of different lengths; a number that is not finite, a bin that does not exist; what `bin_of` returns.
    pub fn push<E: From<MetricError>>(
        &mut self,
        targets: &[f64],
        predictions: &[f64],
        bin_of: impl Fn(f64) -> Result<usize, E>,
    ) -> Result<(), E> {
        check_length("predictions", predictions.len(), targets.len())?;
        for (row, (&y, &p)) in targets.iter().zip(predictions).enumerate() {
            if !y.is_nan() {
                self.add(row, check_bin(row, bin_of(y)?, self.shots.len())?, y, p)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, row: usize, bin: usize, target: f64, prediction: f64) -> Result<(), MetricError> {
        self.bins.push(bin, target, prediction).map_err(|error| error.in_row(row))?;
        self.bias[bin].push(prediction - target);
        let shot = &mut self.of_shots[self.shots[bin] as usize];
        shot.products.push(target, prediction);
        match shot.depth.push(target, prediction, NegativeDepths::Clamp) {
            Err(MetricError::NotPositive { .. }) => shot.not_positive += 1,
            other => other.map_err(|error| error.in_row(row))?,
        }
        Ok(())
    }

    /// The metrics by region.
    #[must_use]
    pub fn report(&self) -> Report {
        let Ok(report) = Regions::try_of(|region| Ok::<_, Infallible>(self.region(region)));
        report
    }

    fn region(&self, region: Region) -> Option<RegionMetrics> {
        let errors = self.bins.region(region, &self.shots).ok()?;
        let (total, balanced) = (errors.total(), errors.balanced()?);
        let mut together = ShotErrors::default();
        let inside = Shot::EACH.into_iter().filter(|&shot| region.contains(shot));
        inside.for_each(|shot| together.merge(&self.of_shots[shot as usize]));
        Some(RegionMetrics {
            rows: total.rows(),
            bins: balanced.bins,
            mae: total.mae()?,
            mse: total.mse()?,
            rmse: total.rmse()?,
            gm: total.gm(ZeroErrors::Tiny)?,
            pearson: together.products.correlation(),
            spearman: None,
            bmae: balanced.mae,
            bmse: balanced.mse,
            depth: together.depth(),
            sera: None,
            utility: None,
            intervals: None,
        })
    }

    /// Mean errors of every bin; `None` where it has no pixels.
    #[must_use]
    pub fn by_bin(&self) -> Vec<Option<BinError>> {
        let of = |(errors, bias): (&super::Errors, &Sum)| {
            let rows = errors.rows();
            Some(BinError { rows, mae: errors.mae()?, mse: errors.mse()?, bias: bias.value() / rows as f64 })
        };
        self.bins.bins().iter().zip(&self.bias).map(of).collect()
    }
}

impl ShotErrors {
    fn merge(&mut self, other: &Self) {
        self.depth.merge(&other.depth);
        self.not_positive += other.not_positive;
        self.products.merge(&other.products);
    }

    /// Relative errors mean nothing as soon as one target is not positive.
    fn depth(&self) -> Option<DepthMetrics> {
        self.depth.metrics().filter(|_| self.not_positive == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Bins;
    use crate::metric::{EvaluateOptions, evaluate, evaluate_depth};
    use crate::random::Stream;
    use crate::shot::ShotRule;

    fn pixels(low: f64) -> (Vec<f64>, Vec<f64>) {
        let mut stream = Stream::new(&[5]);
        (0..3000)
            .map(|_| {
                let y = low + 8.0 * stream.unit().powi(3);
                (y, 0.8 * y + 0.4 + 0.3 * stream.normal())
            })
            .unzip()
    }

    #[test]
    fn as_the_table_of_all_rows() {
        let (targets, predictions) = pixels(0.7);
        let bins = Bins::uniform(0.0, 0.1, 100).expect("valid");
        let rule = ShotRule::Share { many_above: 0.0074, few_below: 0.0028 };
        let shots = rule.shots(&bins.counts(&targets).expect("within")).expect("valid");
        let mut errors = DenseErrors::new(shots.clone());
        for (y, p) in targets.chunks(700).zip(predictions.chunks(700)) {
            // Every picture has a pixel without target.
            let (y, p) = ([y, &[f64::NAN]].concat(), [p, &[99.0]].concat());
            errors.push(&y, &p, |y| bins.bin_of(y).map_err(crate::Error::from)).expect("valid");
        }
        let (report, rows) = (errors.report(), bins.assign(&targets).expect("within"));
        let options = EvaluateOptions { zero_errors: ZeroErrors::Tiny, ..EvaluateOptions::default() };
        let table = evaluate(&targets, &predictions, &rows, &shots, &options).expect("valid");
        let depth = evaluate_depth(&targets, &predictions, &rows, &shots, NegativeDepths::Clamp).expect("valid");
        for region in Region::EACH {
            let (found, expected) = (report.get(region), table.get(region));
            assert_eq!(found.is_some(), expected.is_some(), "{}", region.name());
            let (Some(found), Some(expected)) = (found, expected) else { continue };
            assert_eq!((found.rows, found.bins), (expected.rows, expected.bins));
            let numbers = |m: &RegionMetrics| [m.mae, m.rmse, m.gm, m.bmae, m.bmse, m.pearson.expect("varied")];
            for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
                assert!((found / expected - 1.0).abs() < 1e-10, "{}: {found}, expected {expected}", region.name());
            }
            let (found, expected) = (found.depth.expect("positive"), depth.get(region).expect("has rows"));
            assert!((found.abs_rel - expected.abs_rel).abs() < 1e-12 && found.delta1 == expected.delta1);
        }
        let by_bin = errors.by_bin();
        let (bin, of_bin) = by_bin.iter().enumerate().find_map(|(b, e)| e.map(|e| (b, e))).expect("some");
        assert_eq!(of_bin.rows, rows.iter().filter(|r| **r == bin).count());
    }

    #[test]
    fn targets_of_both_signs_have_no_relative_error() {
        let mut errors = DenseErrors::new(vec![Shot::Many]);
        errors.push(&[-1.0, 2.0], &[0.0, 2.5], |_| Ok::<_, MetricError>(0)).expect("valid");
        let all = errors.report().all.expect("two rows");
        assert_eq!((all.depth, all.mae), (None, 0.75));
        let bad = errors.push(&[1.0, 2.0], &[1.0, f64::NAN], |_| Ok::<_, MetricError>(0));
        assert!(matches!(bad, Err(MetricError::NotFinite { row: 1, .. })));
    }
}
