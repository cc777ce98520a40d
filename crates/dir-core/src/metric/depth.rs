//! Depth metrics, over pixels that have a depth `d > 0` and a prediction `p`.
//!
//! `RMSE`, `MAE`; `abs-rel = mean(|p - d| / d)`; `log10 = mean(|log10 p - log10 d|)`; `δ_k` = share of pixels with
//! `max(p / d, d / p) <= 1.25^k`, for `k` = 1, 2, 3. A pixel whose target is NaN has no depth and does not count.
//!
//! # Source
//! Yang et al., ICML 2021, section 4 (NYUD2-DIR); official `nyud2-dir/util.py:88-133` at a6fdc45. There, a negative
//! prediction makes log10 NaN, and since both of its ratios are negative, it counts as a hit for every δ.

use serde::{Deserialize, Serialize};

use super::{LARGEST, MetricError, Regions, check_bin, check_length, check_row, mean, sum::Sum};
use crate::shot::{Region, Shot};

/// Smallest prediction under [`NegativeDepths::Clamp`], as a share of the pixel's depth: the metrics then do not depend on the unit.
pub const LEAST_SHARE: f64 = 1e-3;

/// What becomes of predicted depths that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeDepths {
    /// Predictions below [`LEAST_SHARE`] of the depth count as that, in every metric.
    #[default]
    Clamp,
    /// They stay: negative ones are hits for every δ, and there is no log10 where any prediction is 0 or less.
    Official,
}

/// The depth metrics of some pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DepthMetrics {
    /// Pixels with a depth.
    pub rows: usize,
    /// Mean squared error.
    pub mse: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Mean of the error relative to the depth.
    pub abs_rel: f64,
    /// Mean absolute difference of the decimal logarithms; `None` if a prediction has none.
    pub log10: Option<f64>,
    /// Share of pixels within a factor of 1.25.
    pub delta1: f64,
    /// Share of pixels within a factor of 1.25².
    pub delta2: f64,
    /// Share of pixels within a factor of 1.25³.
    pub delta3: f64,
}

/// Sums over pixels: rows go in one by one, states of chunks or workers merge.
///
/// # Example
/// ```
/// use dir_core::metric::{DepthErrors, NegativeDepths};
/// let (depths, predictions) = ([1.0, 2.0, f64::NAN], [2.0, 2.5, 9.0]);
/// let metrics = DepthErrors::of(&depths, &predictions, NegativeDepths::Clamp)?.metrics().unwrap();
/// assert_eq!((metrics.rows, metrics.mae, metrics.abs_rel), (2, 0.75, 0.625));
/// assert_eq!((metrics.delta1, metrics.delta3), (0.5, 0.5)); // 2.5 / 2 is just within, 2 / 1 beyond 1.25³ = 1.95
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DepthErrors {
    /// Rows pushed, with those that have no depth.
    seen: usize,
    rows: usize,
    square: Sum,
    absolute: Sum,
    relative: Sum,
    /// Not finite from the first prediction without logarithm on.
    log10: Sum,
    within: [usize; 3],
}

impl DepthErrors {
    /// The errors of a whole set.
    ///
    /// # Errors
    /// Another number of predictions than targets; as [`DepthErrors::push`].
    pub fn of(targets: &[f64], predictions: &[f64], policy: NegativeDepths) -> Result<Self, MetricError> {
        check_length("predictions", predictions.len(), targets.len())?;
        let mut errors = Self::default();
        targets.iter().zip(predictions).try_for_each(|(&d, &p)| errors.push(d, p, policy))?;
        Ok(errors)
    }

    /// Adds one pixel. Without depth (NaN target) it only counts for the row numbers in errors.
    ///
    /// # Errors
    /// [`MetricError::NotPositive`] for a depth of 0 or less, [`MetricError::NotFinite`], both with the number of rows so far
    /// as their row; the state stays as it was.
    pub fn push(&mut self, target: f64, prediction: f64, policy: NegativeDepths) -> Result<(), MetricError> {
        if !target.is_nan() {
            check_pixel(self.seen, target, prediction)?;
            self.add(target, prediction, policy);
        }
        self.seen += 1;
        Ok(())
    }

    fn add(&mut self, target: f64, prediction: f64, policy: NegativeDepths) {
        let p = match policy {
            NegativeDepths::Clamp => prediction.max(LEAST_SHARE * target),
            NegativeDepths::Official => prediction,
        };
        let error = (p - target).abs();
        self.rows += 1;
        self.square.push(error * error);
        self.absolute.push(error);
        self.relative.push(error / target);
        self.log10.push((p.log10() - target.log10()).abs());
        let ratio = (p / target).max(target / p);
        for (within, power) in self.within.iter_mut().zip(1..) {
            *within += usize::from(ratio <= 1.25_f64.powi(power));
        }
    }

    /// Adds all pixels of another state.
    pub fn merge(&mut self, other: &Self) {
        self.seen += other.seen;
        self.rows += other.rows;
        self.square.merge(&other.square);
        self.absolute.merge(&other.absolute);
        self.relative.merge(&other.relative);
        self.log10.merge(&other.log10);
        self.within.iter_mut().zip(other.within).for_each(|(within, other)| *within += other);
    }

    /// The metrics; `None` without pixels that have a depth.
    #[must_use]
    pub fn metrics(&self) -> Option<DepthMetrics> {
        let mse = mean(&self.square, self.rows)?;
        let [delta1, delta2, delta3] = self.within.map(|within| within as f64 / self.rows as f64);
        Some(DepthMetrics {
            rows: self.rows,
            mse,
            rmse: mse.sqrt(),
            mae: mean(&self.absolute, self.rows)?,
            abs_rel: mean(&self.relative, self.rows)?,
            log10: mean(&self.log10, self.rows),
            delta1,
            delta2,
            delta3,
        })
    }
}

fn check_pixel(row: usize, target: f64, prediction: f64) -> Result<(), MetricError> {
    check_row(row, target, prediction)?;
    // Smaller than any depth, and the relative error stays finite.
    if target >= 1.0 / LARGEST { Ok(()) } else { Err(MetricError::NotPositive { row, value: target }) }
}

/// The depth metrics of every region. The bin of a pixel without depth is not looked at.
///
/// # Errors
/// Slices of different lengths; the first row with a depth that is not positive, a number that is not finite, or a bin that
/// has no shot.
/// # Source
/// Official `nyud2-dir/test.py` and `nyud2-dir/util.py` at a6fdc45. We differ: an empty region is `None` (there all 0).
/// # Example
/// ```
/// use dir_core::metric::{NegativeDepths, evaluate_depth};
/// use dir_core::shot::Shot;
/// let (depths, bins) = ([2.0, 9.0], [20, 90]);
/// let mut shots = [Shot::Many; 100];
/// shots[64..].fill(Shot::Few);
/// let report = evaluate_depth(&depths, &[2.5, 6.0], &bins, &shots, NegativeDepths::Clamp)?;
/// assert_eq!(report.many.map(|m| m.delta1), Some(1.0));
/// assert_eq!(report.few.map(|m| (m.rmse, m.delta1)), Some((3.0, 0.0)));
/// assert_eq!(report.medium, None);
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
pub fn evaluate_depth(
    targets: &[f64],
    predictions: &[f64],
    bins_of_rows: &[usize],
    shots: &[Shot],
    policy: NegativeDepths,
) -> Result<Regions<DepthMetrics>, MetricError> {
    check_length("predictions", predictions.len(), targets.len())?;
    check_length("bins of rows", bins_of_rows.len(), targets.len())?;
    let mut by_shot = Shot::EACH.map(|_| DepthErrors::default());
    for (row, ((&d, &p), &bin)) in targets.iter().zip(predictions).zip(bins_of_rows).enumerate() {
        if !d.is_nan() {
            check_pixel(row, d, p)?;
            let shot = shots[check_bin(row, bin, shots.len())?];
            by_shot[shot as usize].add(d, p, policy);
        }
    }
    let of_region = |region: Region| {
        let mut errors = DepthErrors::default();
        let inside = Shot::EACH.into_iter().zip(&by_shot).filter(|&(shot, _)| region.contains(shot));
        inside.for_each(|(_, part)| errors.merge(part));
        errors.metrics()
    };
    Regions::try_of(|region| Ok(of_region(region)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn official(d: &[f64], p: &[f64]) -> DepthMetrics {
        let errors = DepthErrors::of(d, p, NegativeDepths::Official).expect("valid");
        errors.metrics().expect("has rows")
    }

    #[test]
    fn small_case_by_hand() {
        let m = official(&[1.0, 10.0, 4.0], &[10.0, 1.0, 4.0]);
        assert_eq!((m.rows, m.mse, m.mae, m.abs_rel), (3, 54.0, 6.0, 9.9 / 3.0));
        assert!((m.log10.expect("all positive") - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!([m.delta1, m.delta2, m.delta3], [1.0 / 3.0; 3]);
    }

    #[test]
    fn delta_includes_its_bound() {
        let m = official(&[1.0, 1.0, 1.0, 1.0], &[1.25, 1.5625, 0.512, 2.0]); // 1.25, 1.25², 1 / 1.25³, beyond
        assert_eq!([m.delta1, m.delta2, m.delta3], [0.25, 0.5, 0.75]);
    }

    #[test]
    fn negative_predictions_are_hits_only_officially() {
        let (d, p) = ([2.0, 1.0], [-1.0, 1.0]);
        let m = official(&d, &p);
        assert_eq!((m.delta1, m.log10, m.mae), (1.0, None, 1.5));
        assert_eq!(official(&[2.0], &[0.0]).log10, None);
        assert_eq!(official(&[2.0], &[0.0]).delta3, 0.0);
        let clamped = DepthErrors::of(&d, &p, NegativeDepths::Clamp).expect("valid").metrics().expect("has rows");
        assert_eq!((clamped.delta1, clamped.mae), (0.5, (2.0 - 0.002) / 2.0));
        assert!((clamped.log10.expect("positive") - 3.0 / 2.0).abs() < 1e-15);
    }

    #[test]
    fn metrics_do_not_depend_on_the_unit() {
        let of = |unit: f64| {
            let scaled = |values: [f64; 4]| values.map(|value| value * unit);
            let (d, p) = (scaled([2.0, 1.0, 3.0, 0.5]), scaled([-1.0, 1.1, 0.0, 1e-4]));
            DepthErrors::of(&d, &p, NegativeDepths::Clamp).expect("valid").metrics().expect("has rows")
        };
        let (metres, millimetres) = (of(1.0), of(1000.0));
        assert!((metres.rmse - millimetres.rmse / 1000.0).abs() < 1e-12);
        assert!((metres.abs_rel - millimetres.abs_rel).abs() < 1e-12);
        assert!((metres.log10.expect("positive") - millimetres.log10.expect("positive")).abs() < 1e-12);
    }

    #[test]
    fn regions_without_pixels_are_none() {
        let d = [1.0, 2.0, f64::NAN, 3.0];
        let shots = [Shot::Many, Shot::Few, Shot::Zero];
        let report = evaluate_depth(&d, &[1.0, 3.0, f64::NAN, 3.0], &[0, 1, 99, 2], &shots, NegativeDepths::Clamp);
        let report = report.expect("the pixel without depth is not looked at");
        let rows = Region::EACH.map(|r| report.get(r).map(|m| m.rows));
        assert_eq!(rows, [Some(3), Some(1), None, Some(2), Some(1)]);
        assert_eq!(DepthErrors::of(&[f64::NAN], &[1.0], NegativeDepths::Clamp).expect("skipped").metrics(), None);
    }

    #[test]
    fn errors_name_the_row() {
        let wrong = |d: &[f64], p: &[f64]| DepthErrors::of(d, p, NegativeDepths::Clamp).expect_err("is wrong");
        assert_eq!(wrong(&[f64::NAN, 0.0], &[1.0; 2]), MetricError::NotPositive { row: 1, value: 0.0 });
        assert!(matches!(wrong(&[1.0], &[f64::NAN]), MetricError::NotFinite { name: "prediction", row: 0, .. }));
        assert!(matches!(wrong(&[f64::INFINITY], &[1.0]), MetricError::NotFinite { name: "target", .. }));
        let no_bin = evaluate_depth(&[1.0], &[1.0], &[1], &[Shot::Many], NegativeDepths::Clamp);
        assert_eq!(no_bin, Err(MetricError::Bin { row: 0, bin: 1, bins: 1 }));
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole(rows in prop::collection::vec((0.1..10.0_f64, -1.0..10.0_f64), 1..100), at in 0.0..1.0_f64) {
            let of = |rows: &[(f64, f64)]| {
                let (d, p): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
                DepthErrors::of(&d, &p, NegativeDepths::Clamp).expect("valid")
            };
            let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right));
            let (a, b) = (merged.metrics().expect("has rows"), of(&rows).metrics().expect("has rows"));
            prop_assert_eq!((a.rows, a.delta1, a.delta2, a.delta3), (b.rows, b.delta1, b.delta2, b.delta3));
            let sums = |m: DepthMetrics| [m.mse, m.rmse, m.mae, m.abs_rel, m.log10.expect("clamped")];
            prop_assert!(sums(a).iter().zip(sums(b)).all(|(a, b)| (a - b).abs() <= 1e-13 * b));
            prop_assert!(a.rmse >= a.mae * (1.0 - 1e-12) && a.delta1 <= a.delta2 && a.delta2 <= a.delta3);
        }
    }
}
