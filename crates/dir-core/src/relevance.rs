//! Relevance `φ(y)` in `[0, 1]`: how much a target matters because it is extreme or rare.
//!
//! SMOTER, SMOGN, SERA and utility ask for it. Three ways to say it:
//! 1. the box-plot rule ([`Relevance::by_box_plot`]): 0 at the median, 1 from the whiskers on, on sides that have outliers;
//! 2. points of one's own ([`Relevance::by_points`]);
//! 3. a density over bins ([`Relevance::by_density`]): `φ = 1 - p(b) / max p` at the middle of each bin, of whatever density: rows, rows
//!    smoothed by LDS, a kernel density.
//!
//! Between points `φ` is a cubic Hermite curve of slope 0 at each of them: `φ = φ₀ + (φ₁ - φ₀)(3t² - 2t³)`. Outside of them it is
//! constant.
//!
//! # Source
//! Ribeiro, "Utility-based regression", PhD thesis, Porto 2011, chapter 3 (the curve and the rule for extremes); Tukey's
//! hinges as quartiles, as R's `boxplot.stats`. Ours: the relevance of a density; where half of the targets are one value, so that a
//! whisker has no length, relevance rises from it to the extreme outlier.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bins::{Bins, BinsError};
use crate::kde;
use crate::tally::Tally;

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
    /// Not one density per bin.
    #[error("found {densities} densities, expected {bins}, one per bin")]
    Densities {
        /// Number of densities.
        densities: usize,
        /// Number of bins.
        bins: usize,
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

/// How relevance follows from the training targets, as a user writes it.
///
/// # Example
/// ```
/// use dir_core::{bins::Bins, relevance::RelevanceConfig, tally::Tally};
/// let (targets, bins) = (Tally::of(&[1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 2.5, 3.5]), Bins::uniform(0.0, 1.0, 5)?);
/// let relevance = RelevanceConfig::default().fit(&targets, &bins)?; // 3.5 is out of the whiskers' reach
/// assert_eq!((relevance.of(1.5), relevance.of(3.5)), (0.0, 1.0));
/// let own: RelevanceConfig = serde_json::from_str(r#"{"kind": "points", "points": [[2.0, 0.0], [3.0, 1.0]]}"#).expect("valid");
/// assert_eq!(own.fit(&targets, &bins)?.of(2.5), 0.5);
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum RelevanceConfig {
    /// [`Relevance::by_box_plot`]; without outliers on either side nothing would be relevant, and the density decides.
    BoxPlot {
        /// Length of the whiskers at most, in distances of the hinges. 1.5 is usual.
        #[serde(default = "usual_coefficient")]
        coefficient: f64,
    },
    /// [`Relevance::by_density`], of a kernel density with the bandwidth `1.06 σ N^(-1/5)`.
    Density,
    /// [`Relevance::by_points`].
    Points {
        /// Targets that rise, each with its relevance.
        points: Vec<(f64, f64)>,
    },
}

fn usual_coefficient() -> f64 {
    1.5
}

impl Default for RelevanceConfig {
    fn default() -> Self {
        Self::BoxPlot { coefficient: usual_coefficient() }
    }
}

impl RelevanceConfig {
    /// The relevance.
    ///
    /// # Errors
    /// A coefficient or points that make no sense; no targets; a target without a bin.
    pub fn fit(&self, train: &Tally, bins: &Bins) -> Result<Relevance, RelevanceError> {
        match self {
            Self::BoxPlot { coefficient } => {
                let relevance = Relevance::of_tally(train, *coefficient)?;
                if relevance.is_zero() { by_kernel_density(train, bins) } else { Ok(relevance) }
            }
            Self::Density => by_kernel_density(train, bins),
            Self::Points { points } => Relevance::by_points(points),
        }
    }
}

fn by_kernel_density(train: &Tally, bins: &Bins) -> Result<Relevance, RelevanceError> {
    let rows: Vec<f64> = train.counts(bins)?.into_iter().map(|n| n as f64).collect();
    Relevance::by_density(bins, &kde::density(bins.edges(), &rows))
}

/// How much every target matters.
///
/// # Example
/// ```
/// use dir_core::relevance::Relevance;
/// let targets = [1.0, 2.0, 3.0, 4.0, 5.0, 20.0]; // hinges 2 and 5: whiskers may reach from -2.5 to 9.5
/// let relevance = Relevance::by_box_plot(&targets, 1.5)?;
/// assert_eq!(relevance.of(20.0), 1.0); // the only outlier is high,
/// assert_eq!(relevance.of(1.0), 0.0); // so nothing low is relevant
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance {
    /// Targets that rise, and their relevance; at least one.
    points: Vec<(f64, f64)>,
}

impl Relevance {
    /// The box-plot rule. A whisker ends at the most extreme target within `coefficient` times the distance of the hinges from
    /// its hinge; targets beyond it are outliers. A side without outliers has relevance 0.
    ///
    /// # Errors
    /// [`RelevanceError::Empty`], [`RelevanceError::Target`], [`RelevanceError::Coefficient`].
    pub fn by_box_plot(targets: &[f64], coefficient: f64) -> Result<Self, RelevanceError> {
        if let Some((row, &found)) = targets.iter().enumerate().find(|(_, y)| !y.is_finite()) {
            return Err(RelevanceError::Target { row, found });
        }
        Self::of_tally(&Tally::of(targets), coefficient)
    }

    fn of_tally(targets: &Tally, coefficient: f64) -> Result<Self, RelevanceError> {
        if !(coefficient.is_finite() && coefficient > 0.0) {
            return Err(RelevanceError::Coefficient { found: coefficient });
        }
        let Some(([lower, middle, upper], (least, most))) = hinges(targets).zip(targets.range()) else {
            return Err(RelevanceError::Empty { what: "targets" });
        };
        let reach = coefficient * (upper - lower);
        let within = |y: &f64| *y >= lower - reach && *y <= upper + reach;
        let mut inside = targets.values().iter().map(|(y, _)| *y).filter(within);
        let low = inside.next().unwrap_or(least);
        let high = inside.next_back().unwrap_or(low);
        let mut points = Vec::with_capacity(3);
        // Where a whisker has no length, the curve needs the outlier itself to rise to.
        if low < middle || least < low {
            points.push(if low < middle { (low, mark(least < low)) } else { (least, 1.0) });
        }
        points.push((middle, 0.0));
        if high > middle || most > high {
            points.push(if high > middle { (high, mark(most > high)) } else { (most, 1.0) });
        }
        Ok(Self { points })
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
        Ok(Self { points: points.to_vec() })
    }

    /// From the density of the bins: `1 - p(b) / max p` at their middles.
    ///
    /// # Shapes
    /// `density` `[bins]`.
    /// # Errors
    /// [`RelevanceError::Densities`]; [`RelevanceError::Density`].
    pub fn by_density(bins: &Bins, density: &[f64]) -> Result<Self, RelevanceError> {
        if density.len() != bins.len() {
            return Err(RelevanceError::Densities { densities: density.len(), bins: bins.len() });
        }
        let wrong = |(_, p): &(usize, &f64)| !(p.is_finite() && **p >= 0.0);
        if let Some((bin, &found)) = density.iter().enumerate().find(wrong) {
            return Err(RelevanceError::Density { bin, found });
        }
        let most = density.iter().copied().fold(0.0, f64::max);
        if most == 0.0 {
            return Err(RelevanceError::Density { bin: 0, found: 0.0 });
        }
        Ok(Self { points: density.iter().enumerate().map(|(bin, p)| (bins.centre(bin), 1.0 - p / most)).collect() })
    }

    /// `φ(y)`.
    #[must_use]
    pub fn of(&self, target: f64) -> f64 {
        let above = self.points.partition_point(|&(y, _)| y <= target);
        match (above.checked_sub(1).map(|k| self.points[k]), self.points.get(above)) {
            (Some((y0, f0)), Some(&(y1, f1))) => {
                let t = (target - y0) / (y1 - y0);
                f0 + (f1 - f0) * t * t * (3.0 - 2.0 * t)
            }
            (Some((_, relevance)), None) | (None, Some(&(_, relevance))) => relevance,
            (None, None) => 0.0, // there is a point
        }
    }

    /// The points that the curve goes through, by rising target.
    #[must_use]
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// Whether nothing is relevant: targets without outliers, say.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.points.iter().all(|&(_, relevance)| relevance == 0.0)
    }
}

fn mark(outliers: bool) -> f64 {
    if outliers { 1.0 } else { 0.0 }
}

/// Tukey's: the medians of the lower half, of all, and of the upper half; the middle one of an odd number is in both halves. `None` without
/// targets.
fn hinges(targets: &Tally) -> Option<[f64; 3]> {
    let (all, half) = (targets.total(), targets.total().div_ceil(2));
    let median = |from: u64, count: u64| {
        let at = |nth: u64| targets.at(from + nth);
        Some(f64::midpoint(at(count.checked_sub(1)? / 2)?, at(count / 2)?))
    };
    Some([median(0, half)?, median(0, all)?, median(all - half, half)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hinges_are_tukeys() {
        // R: fivenum(1:5) is 1 2 3 4 5, fivenum(1:6) is 1 2 3.5 5 6, fivenum(1:7) is 1 2.5 4 5.5 7.
        let up_to = |n: i32| hinges(&Tally::of(&(1..=n).map(f64::from).collect::<Vec<_>>()));
        assert_eq!(up_to(5), Some([2.0, 3.0, 4.0]));
        assert_eq!(up_to(6), Some([2.0, 3.5, 5.0]));
        assert_eq!(up_to(7), Some([2.5, 4.0, 5.5]));
        assert_eq!([up_to(1), up_to(0)], [Some([1.0; 3]), None]);
        // Equals count one by one: fivenum(c(1, 1, 1, 2, 9, 9)) is 1 1 1.5 9 9.
        assert_eq!(hinges(&Tally::of(&[1.0, 9.0, 1.0, 2.0, 1.0, 9.0])), Some([1.0, 1.5, 9.0]));
    }

    #[test]
    fn a_whisker_ends_at_a_target_and_the_curve_is_cubic() {
        // Hinges 2 and 5, reach 4.5: whiskers end at 1 and 5; 20 is out. Median 3.5.
        let relevance = Relevance::by_box_plot(&[20.0, 1.0, 2.0, 3.0, 4.0, 5.0], 1.5).expect("fits");
        assert_eq!(relevance.points(), [(1.0, 0.0), (3.5, 0.0), (5.0, 1.0)]);
        // t = (4 - 3.5) / 1.5 = 1/3: 3/9 - 2/27 = 7/27.
        assert!((relevance.of(4.0) - 7.0 / 27.0).abs() < 1e-15);
        assert_eq!([relevance.of(-9.0), relevance.of(9.0)], [0.0, 1.0]);
    }

    #[test]
    fn outliers_count_even_where_a_whisker_has_no_length() {
        // All hinges are 3, and so are both whisker ends.
        let relevance = Relevance::by_box_plot(&[0.0, 3.0, 3.0, 3.0, 3.0, 3.0, 7.0], 1.5).expect("fits");
        assert_eq!(relevance.points(), [(0.0, 1.0), (3.0, 0.0), (7.0, 1.0)]);
        let flat = Relevance::by_box_plot(&[3.0; 4], 1.5).expect("fits");
        assert!(flat.is_zero() && flat.of(3.0) == 0.0);
    }

    #[test]
    fn dense_bins_are_not_relevant() {
        let bins = Bins::uniform(0.0, 1.0, 3).expect("valid");
        let relevance = Relevance::by_density(&bins, &[4.0, 1.0, 0.0]).expect("fits");
        assert_eq!([-1.0, 0.5, 1.5, 2.5, 9.0].map(|y| relevance.of(y)), [0.0, 0.0, 0.75, 1.0, 1.0]);
        assert_eq!(relevance.of(1.0), 0.375); // halfway between middles
        assert!(Relevance::by_density(&bins, &[0.0; 3]).is_err());
        assert!(matches!(
            Relevance::by_density(&bins, &[1.0]),
            Err(RelevanceError::Densities { densities: 1, bins: 3 })
        ));
    }

    #[test]
    fn without_outliers_the_density_decides() {
        let bins = Bins::uniform(0.0, 1.0, 6).expect("valid");
        let even = Tally::of(&[0.5, 1.5, 2.5, 2.5, 2.5, 3.5, 4.5]);
        let fitted = RelevanceConfig::default().fit(&even, &bins).expect("fits");
        assert_eq!(Ok(&fitted), RelevanceConfig::Density.fit(&even, &bins).as_ref());
        assert!(fitted.of(2.5) == 0.0 && fitted.of(0.5) > 0.4 && fitted.of(5.5) > fitted.of(4.5), "{fitted:?}");
        let long = Tally::of(&[0.5, 1.5, 2.5, 2.5, 2.5, 3.5, 4.5, 60.0]);
        let fitted = RelevanceConfig::default().fit(&long, &bins).expect("fits");
        assert_eq!((fitted.of(60.0), fitted.of(0.5)), (1.0, 0.0));
        assert!(RelevanceConfig::default().fit(&Tally::default(), &bins).is_err());
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
