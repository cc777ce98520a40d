//! Relevance `φ(y)` in `[0, 1]`: how much a target matters because it is extreme or rare.
//!
//! SMOTER, SMOGN and SERA ask for it. Three ways to say it:
//! 1. the box-plot rule ([`Relevance::by_box_plot`]): 0 at the median, 1 from the whiskers on, on sides that have outliers;
//! 2. points of one's own ([`Relevance::by_points`]);
//! 3. a density over bins ([`Relevance::by_density`]): `φ = 1 - p(b) / max p`, plain or smoothed by LDS.
//!
//! Between points `φ` is a cubic Hermite curve of slope 0 at each of them: `φ = φ₀ + (φ₁ - φ₀)(3t² - 2t³)`. Outside of them it is
//! constant.
//!
//! # Source
//! Ribeiro, "Utility-based regression", PhD thesis, Porto 2011, chapter 3 (the curve and the rule for extremes); Tukey's
//! hinges as quartiles, as R's `boxplot.stats`. The relevance of a density is ours.

use thiserror::Error;

use crate::bins::{Bins, BinsError};

/// What keeps relevance from being fitted. Worded to follow "failed to fit the relevance: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RelevanceError {
    /// No targets, points or bins.
    #[error("found no {what}, expected at least 1")]
    Empty {
        /// Of what.
        what: &'static str,
    },
    /// A target that is NaN or infinite.
    #[error("row {row}: found target {found}, expected a finite number; correct it or leave the row out")]
    Target {
        /// Position among the targets.
        row: usize,
        /// The target.
        found: f64,
    },
    /// Whiskers of no length.
    #[error("found coefficient {found}, expected a number above 0; 1.5 is usual")]
    Coefficient {
        /// The coefficient.
        found: f64,
    },
    /// Points that are no function.
    #[error(
        "point {point}: found target {target} with relevance {relevance}, expected targets that rise and relevance from 0 to 1"
    )]
    Point {
        /// Position among the points.
        point: usize,
        /// Its target.
        target: f64,
        /// Its relevance.
        relevance: f64,
    },
    /// A density that is negative or not finite, or 0 everywhere.
    #[error("found density {found} in bin {bin}, expected finite numbers of at least 0, one of them above it")]
    Density {
        /// The bin.
        bin: usize,
        /// Its density.
        found: f64,
    },
    /// See [`BinsError`].
    #[error(transparent)]
    Bins(#[from] BinsError),
}

/// How much every target matters.
///
/// # Example
/// ```
/// use dir_core::relevance::Relevance;
/// let targets = [1.0, 2.0, 3.0, 4.0, 5.0, 20.0]; // hinges 2 and 5: whiskers may reach from -2.5 to 9.5
/// let relevance = Relevance::by_box_plot(&targets, 1.5)?;
/// assert_eq!(relevance.of(20.0)?, 1.0); // the only outlier is high,
/// assert_eq!(relevance.of(1.0)?, 0.0); // so nothing low is relevant
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance(Curve);

#[derive(Debug, Clone, PartialEq)]
enum Curve {
    /// Targets that rise, and their relevance.
    Points(Vec<(f64, f64)>),
    /// Relevance of every bin.
    Steps { bins: Bins, relevance: Vec<f64> },
}

impl Relevance {
    /// The box-plot rule. A whisker ends at the most extreme target within `coefficient` times the distance of the hinges from
    /// its hinge; targets beyond it are outliers. A side without outliers has relevance 0.
    ///
    /// # Errors
    /// [`RelevanceError::Empty`], [`RelevanceError::Target`], [`RelevanceError::Coefficient`].
    pub fn by_box_plot(targets: &[f64], coefficient: f64) -> Result<Self, RelevanceError> {
        if !(coefficient.is_finite() && coefficient > 0.0) {
            return Err(RelevanceError::Coefficient { found: coefficient });
        }
        let sorted = sorted(targets)?;
        let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
        let [lower, middle, upper] = hinges(&sorted);
        let reach = coefficient * (upper - lower);
        let within = |y: &&f64| **y >= lower - reach && **y <= upper + reach;
        let low = sorted.iter().find(within).copied().unwrap_or(least);
        let high = sorted.iter().rfind(within).copied().unwrap_or(most);
        let mut points = Vec::with_capacity(3);
        // Where a whisker has no length, the curve needs the outlier itself to rise to.
        if low < middle || least < low {
            points.push(if low < middle { (low, mark(least < low)) } else { (least, 1.0) });
        }
        points.push((middle, 0.0));
        if high > middle || most > high {
            points.push(if high > middle { (high, mark(most > high)) } else { (most, 1.0) });
        }
        Ok(Self(Curve::Points(points)))
    }

    /// Through points `(target, relevance)`.
    ///
    /// # Errors
    /// [`RelevanceError::Empty`]; [`RelevanceError::Point`] where targets do not rise or relevance is not in `[0, 1]`.
    pub fn by_points(points: &[(f64, f64)]) -> Result<Self, RelevanceError> {
        if points.is_empty() {
            return Err(RelevanceError::Empty { what: "points of relevance" });
        }
        let mut last = f64::NEG_INFINITY;
        for (point, &(target, relevance)) in points.iter().enumerate() {
            if !(target.is_finite() && target > last && (0.0..=1.0).contains(&relevance)) {
                return Err(RelevanceError::Point { point, target, relevance });
            }
            last = target;
        }
        Ok(Self(Curve::Points(points.to_vec())))
    }

    /// From the density of the bins: `1 - p(b) / max p`.
    ///
    /// # Shapes
    /// `density` `[bins]`.
    /// # Errors
    /// [`RelevanceError::Empty`]; [`RelevanceError::Density`].
    pub fn by_density(bins: Bins, density: &[f64]) -> Result<Self, RelevanceError> {
        if density.len() != bins.len() || density.is_empty() {
            return Err(RelevanceError::Empty { what: "density for some bin" });
        }
        let wrong = |(_, p): &(usize, &f64)| !(p.is_finite() && **p >= 0.0);
        if let Some((bin, &found)) = density.iter().enumerate().find(wrong) {
            return Err(RelevanceError::Density { bin, found });
        }
        let most = density.iter().copied().fold(0.0, f64::max);
        if most == 0.0 {
            return Err(RelevanceError::Density { bin: 0, found: 0.0 });
        }
        let relevance = density.iter().map(|p| 1.0 - p / most).collect();
        Ok(Self(Curve::Steps { bins, relevance }))
    }

    /// `φ(y)`.
    ///
    /// # Errors
    /// [`RelevanceError::Bins`]: a target without a bin, where relevance is that of bins.
    pub fn of(&self, target: f64) -> Result<f64, RelevanceError> {
        match &self.0 {
            Curve::Points(points) => Ok(through(points, target)),
            Curve::Steps { bins, relevance } => Ok(relevance[bins.bin_of(target)?]),
        }
    }

    /// Whether nothing is relevant: targets without outliers, say.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Curve::Points(points) => points.iter().all(|&(_, relevance)| relevance == 0.0),
            Curve::Steps { relevance, .. } => relevance.iter().all(|&relevance| relevance == 0.0),
        }
    }
}

fn mark(outliers: bool) -> f64 {
    if outliers { 1.0 } else { 0.0 }
}

fn sorted(targets: &[f64]) -> Result<Vec<f64>, RelevanceError> {
    if let Some((row, &found)) = targets.iter().enumerate().find(|(_, y)| !y.is_finite()) {
        return Err(RelevanceError::Target { row, found });
    }
    if targets.is_empty() {
        return Err(RelevanceError::Empty { what: "targets" });
    }
    let mut sorted = targets.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

/// Tukey's: the medians of the lower half, of all, and of the upper half; the middle one of an odd number is in both halves.
fn hinges(sorted: &[f64]) -> [f64; 3] {
    let half = sorted.len().div_ceil(2);
    [median(&sorted[..half]), median(sorted), median(&sorted[sorted.len() - half..])]
}

fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
}

fn through(points: &[(f64, f64)], target: f64) -> f64 {
    let above = points.partition_point(|&(y, _)| y <= target);
    match (above.checked_sub(1).map(|k| points[k]), points.get(above)) {
        (Some((y0, f0)), Some(&(y1, f1))) => {
            let t = (target - y0) / (y1 - y0);
            f0 + (f1 - f0) * t * t * (3.0 - 2.0 * t)
        }
        (Some((_, relevance)), None) => relevance,
        (None, first) => first.map_or(0.0, |&(_, relevance)| relevance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hinges_are_tukeys() {
        // R: fivenum(1:5) is 1 2 3 4 5, fivenum(1:6) is 1 2 3.5 5 6, fivenum(1:7) is 1 2.5 4 5.5 7.
        assert_eq!(hinges(&[1.0, 2.0, 3.0, 4.0, 5.0]), [2.0, 3.0, 4.0]);
        assert_eq!(hinges(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [2.0, 3.5, 5.0]);
        assert_eq!(hinges(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), [2.5, 4.0, 5.5]);
        assert_eq!(hinges(&[4.0]), [4.0; 3]);
    }

    #[test]
    fn a_whisker_ends_at_a_target_and_the_curve_is_cubic() {
        // Hinges 2 and 5, reach 4.5: whiskers end at 1 and 5; 20 is out. Median 3.5.
        let relevance = Relevance::by_box_plot(&[20.0, 1.0, 2.0, 3.0, 4.0, 5.0], 1.5).expect("fits");
        assert_eq!(relevance.0, Curve::Points(vec![(1.0, 0.0), (3.5, 0.0), (5.0, 1.0)]));
        // t = (4 - 3.5) / 1.5 = 1/3: 3/9 - 2/27 = 7/27.
        assert!((relevance.of(4.0).expect("defined") - 7.0 / 27.0).abs() < 1e-15);
        assert_eq!([relevance.of(-9.0), relevance.of(9.0)], [Ok(0.0), Ok(1.0)]);
    }

    #[test]
    fn outliers_count_even_where_a_whisker_has_no_length() {
        // All hinges are 3, and so are both whisker ends.
        let relevance = Relevance::by_box_plot(&[0.0, 3.0, 3.0, 3.0, 3.0, 3.0, 7.0], 1.5).expect("fits");
        assert_eq!(relevance.0, Curve::Points(vec![(0.0, 1.0), (3.0, 0.0), (7.0, 1.0)]));
        let flat = Relevance::by_box_plot(&[3.0; 4], 1.5).expect("fits");
        assert!(flat.is_zero() && flat.of(3.0) == Ok(0.0));
    }

    #[test]
    fn dense_bins_are_not_relevant() {
        let bins = Bins::uniform(0.0, 1.0, 3).expect("valid");
        let relevance = Relevance::by_density(bins.clone(), &[4.0, 1.0, 0.0]).expect("fits");
        assert_eq!([0.5, 1.5, 2.5].map(|y| relevance.of(y)), [Ok(0.0), Ok(0.75), Ok(1.0)]);
        assert!(Relevance::by_density(bins, &[0.0; 3]).is_err());
    }

    #[test]
    fn mistakes_are_errors() {
        assert!(Relevance::by_box_plot(&[], 1.5).is_err());
        assert!(matches!(Relevance::by_box_plot(&[1.0, f64::NAN], 1.5), Err(RelevanceError::Target { row: 1, .. })));
        assert!(Relevance::by_box_plot(&[1.0], 0.0).is_err());
        assert!(matches!(Relevance::by_points(&[(1.0, 0.0), (1.0, 1.0)]), Err(RelevanceError::Point { point: 1, .. })));
        assert!(Relevance::by_points(&[(1.0, 1.5)]).is_err() && Relevance::by_points(&[]).is_err());
    }
}
