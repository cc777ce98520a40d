//! SERA: the squared errors of rows, each counted as much as its target matters.
//!
//! `SER_t = Σ_{φ(y_i) ≥ t} (ŷ_i - y_i)²` over a relevance `φ` ([`crate::relevance`]), `SERA = ∫₀¹ SER_t dt`. A row is under the
//! integral for all `t` up to its relevance, so that `SERA = Σ φ(y_i) (ŷ_i - y_i)²`, exactly. It is a sum: compare models on the same rows.
//!
//! # Source
//! Ribeiro and Moniz, "Imbalanced regression and extreme value prediction", Machine Learning 109, 2020. They and the packages that follow
//! them take trapezoids on a grid of `t`; ours is what these tend to. On a grid of step `s` they differ by less than `s/2 · SER_0`.

use super::{MetricError, check_length, check_row, sum::Sum};

/// Steps of `t` from 0 to 1 in [`Sera::curve`].
const STEPS: usize = 1000;

/// Squared errors by relevance: rows go in one by one, states of chunks or workers merge.
///
/// # Example
/// ```
/// use dir_core::metric::Sera;
/// // Off by 2, 1 and 3, of relevance 1, 1/2 and 0.
/// let sera = Sera::of(&[9.0, 5.0, 2.0], &[7.0, 6.0, 5.0], &[1.0, 0.5, 0.0])?;
/// assert_eq!(sera.value(), Some(4.5)); // 1 · 4 + 1/2 · 1
/// let at = |t: f64| sera.curve()[(1000.0 * t) as usize].1;
/// assert_eq!([at(0.0), at(0.5), at(0.75)], [14.0, 5.0, 4.0]);
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sera {
    rows: usize,
    weighted: Sum,
    /// Squared errors of the rows whose relevance lies in `[k, k + 1) / STEPS`.
    squares: Vec<Sum>,
}

impl Default for Sera {
    /// No rows yet.
    fn default() -> Self {
        Self { rows: 0, weighted: Sum::default(), squares: vec![Sum::default(); STEPS + 1] }
    }
}

impl Sera {
    /// The errors of a whole set.
    ///
    /// # Errors
    /// Slices of different lengths; as [`Sera::push`].
    pub fn of(targets: &[f64], predictions: &[f64], relevance: &[f64]) -> Result<Self, MetricError> {
        check_length("predictions", predictions.len(), targets.len())?;
        check_length("relevances", relevance.len(), targets.len())?;
        let mut sera = Self::default();
        targets.iter().zip(predictions).zip(relevance).try_for_each(|((&y, &p), &phi)| sera.push(y, p, phi))?;
        Ok(sera)
    }

    /// Adds one row.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`]; [`MetricError::Relevance`] for one that is not in `[0, 1]`; both with the number of rows so far as
    /// their row. The state stays as it was.
    pub fn push(&mut self, target: f64, prediction: f64, relevance: f64) -> Result<(), MetricError> {
        check_row(self.rows, target, prediction)?;
        if !(0.0..=1.0).contains(&relevance) {
            return Err(MetricError::Relevance { row: self.rows, value: relevance });
        }
        let square = (prediction - target).powi(2);
        self.rows += 1;
        self.weighted.push(relevance * square);
        self.squares[step(relevance)].push(square);
        Ok(())
    }

    /// Adds all rows of another state.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.weighted.merge(&other.weighted);
        self.squares.iter_mut().zip(&other.squares).for_each(|(squares, other)| squares.merge(other));
    }

    /// `Σ φ (ŷ - y)²`; `None` without rows.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.weighted.value()).filter(|value| value.is_finite())
    }

    /// `(t, SER_t)` at `t` = 0, 0.001, ..., 1: how the error falls when only ever more relevant rows count.
    #[must_use]
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let above = self.squares.iter().rev().scan(Sum::default(), |sum, squares| {
            sum.merge(squares);
            Some(sum.value())
        });
        let mut curve: Vec<(f64, f64)> = above.zip((0..=STEPS).rev()).map(|(ser, k)| (at(k), ser)).collect();
        curve.reverse();
        curve
    }
}

fn at(step: usize) -> f64 {
    step as f64 / STEPS as f64
}

/// The last step at or below a relevance.
fn step(relevance: f64) -> usize {
    let near = (relevance * STEPS as f64) as usize;
    // The product may be rounded across a step.
    (near.saturating_sub(1)..=(near + 1).min(STEPS)).rev().find(|&k| at(k) <= relevance).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        let sera = Sera::of(&[0.0; 4], &[1.0, -2.0, 3.0, 4.0], &[0.1, 0.0, 1.0, 0.25]).expect("valid");
        // 0.1 · 1 + 0 · 4 + 1 · 9 + 0.25 · 16.
        assert!(sera.value().is_some_and(|value| (value - 13.1).abs() < 1e-14));
        let curve = sera.curve();
        assert_eq!((curve.len(), curve[0], curve[1000]), (1001, (0.0, 30.0), (1.0, 9.0)));
        assert_eq!([100, 101, 250, 251].map(|k| curve[k].1), [26.0, 25.0, 25.0, 9.0]);
        assert_eq!((Sera::default().value(), Sera::default().curve()[0].1), (None, 0.0));
    }

    /// Trapezoids on 0.001, as the authors' package has them, on the rows of the first test: each row counts by up to half a step more,
    /// those without relevance too. By hand, with relevances on the grid: half a step for all but the row of relevance 1.
    #[test]
    fn trapezoids_differ_by_half_a_step() {
        let sera = Sera::of(&[0.0; 4], &[1.0, -2.0, 3.0, 4.0], &[0.1, 0.0, 1.0, 0.25]).expect("valid");
        let curve = sera.curve();
        let trapezoids: f64 = curve.windows(2).map(|ends| (ends[0].1 + ends[1].1) / 2.0 * 0.001).sum();
        assert!((trapezoids - (13.1 + 0.0005 * (1.0 + 4.0 + 16.0))).abs() < 1e-12, "{trapezoids}");
    }

    #[test]
    fn every_step_is_its_own() {
        (0..=STEPS).for_each(|k| assert_eq!(step(at(k)), k));
        assert_eq!([step(at(57).next_down()), step(at(57).next_up()), step(1e-300)], [56, 57, 0]);
    }

    #[test]
    fn mistakes_are_errors() {
        let of = |relevance: &[f64]| Sera::of(&[1.0, 2.0], &[1.0, 2.0], relevance).map(drop);
        assert!(matches!(of(&[1.0]), Err(MetricError::Length { name: "relevances", found: 1, expected: 2 })));
        assert_eq!(of(&[1.0, 1.5]), Err(MetricError::Relevance { row: 1, value: 1.5 }));
        assert!(matches!(of(&[f64::NAN, 0.0]), Err(MetricError::Relevance { row: 0, .. })));
        assert!(matches!(Sera::of(&[1.0], &[f64::NAN], &[0.0]), Err(MetricError::NotFinite { .. })));
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole_and_the_curve_integrates_to_it(
            rows in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64, 0.0..=1.0_f64), 1..100), at in 0.0..1.0_f64
        ) {
            let of = |rows: &[(f64, f64, f64)]| {
                let mut sera = Sera::default();
                rows.iter().for_each(|&(y, p, phi)| sera.push(y, p, phi).expect("valid"));
                sera
            };
            let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right));
            let (merged, whole) = (merged.value().expect("rows"), of(&rows));
            let value = whole.value().expect("rows");
            prop_assert!((merged - value).abs() <= 1e-13 * value);
            let curve = whole.curve();
            let trapezoids: f64 = curve.windows(2).map(|ends| (ends[0].1 + ends[1].1) / 2000.0).sum();
            prop_assert!((trapezoids - value).abs() <= 0.000_501 * curve[0].1);
            prop_assert!(curve.windows(2).all(|ends| ends[0].1 >= ends[1].1));
        }
    }
}
