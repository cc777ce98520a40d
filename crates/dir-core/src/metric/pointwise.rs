//! Pointwise errors: MAE, MSE, RMSE and the geometric mean (GM).
//!
//! With `e_i = |ŷ_i - y_i|` over `n` rows: `MAE = Σ e / n`, `MSE = Σ e² / n`, `RMSE = sqrt(MSE)`, `GM = exp(Σ ln e / n)`.
//! GM asks how even the errors are: `GM <= MAE <= RMSE`, equal if all errors are.
//!
//! # Source
//! Yang et al., ICML 2021, section 4; official `agedb-dir/train.py` and `sts-b-dir/util.py:101-166` at a6fdc45. We differ:
//! sums are compensated `f64` (there: `f32`, so that numbers agree to about 1e-5).

use serde::{Deserialize, Serialize};

use super::{MetricError, check_length, check_row, mean, sum::Sum};

/// What a zero error counts in the geometric mean: as a share of the mean absolute error under [`ZeroErrors::Tiny`], in the unit of the
/// targets under [`ZeroErrors::Official`].
pub const TINY_ERROR: f64 = 1e-10;

/// What the geometric mean makes of a prediction that is exactly right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroErrors {
    /// It stays 0, and so one hit makes the whole mean 0: the formula, and the official program for ages.
    #[default]
    Keep,
    /// It counts as [`TINY_ERROR`] times the mean absolute error, so that the mean follows the unit of the targets. Smaller errors that
    /// are not 0 stay as they are.
    Tiny,
    /// It counts as [`TINY_ERROR`], whatever the unit: the official STS-B program.
    Official,
}

/// One row's error, with its logarithm, which is the dear part: the bootstrap sums each row many times.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowError {
    absolute: f64,
    /// `None` for a zero error.
    log: Option<f64>,
}

impl RowError {
    pub(super) fn new(target: f64, prediction: f64) -> Self {
        let absolute = (prediction - target).abs();
        Self { absolute, log: (absolute > 0.0).then(|| absolute.ln()) }
    }
}

/// Sums of errors: rows go in one by one, states of chunks or workers merge, metrics come out.
///
/// # Example
/// ```
/// use dir_core::metric::{Errors, ZeroErrors};
/// let mut errors = Errors::of(&[30.0, 50.0], &[31.0, 46.0])?; // off by 1 and 4
/// assert_eq!(errors.mae(), Some(2.5));
/// assert!((errors.gm(ZeroErrors::Keep).unwrap() - 2.0).abs() < 1e-15); // sqrt(1 * 4)
/// errors.merge(&Errors::of(&[20.0], &[20.0])?);
/// assert_eq!(errors.gm(ZeroErrors::Keep), Some(0.0)); // one hit
/// assert_eq!(Errors::default().mae(), None);
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Errors {
    rows: usize,
    zeros: usize,
    absolute: Sum,
    square: Sum,
    /// Over the rows whose error is not zero.
    log: Sum,
}

impl Errors {
    /// The errors of a whole set.
    ///
    /// # Errors
    /// Another number of predictions than targets; the first row that is not finite.
    pub fn of(targets: &[f64], predictions: &[f64]) -> Result<Self, MetricError> {
        check_length("predictions", predictions.len(), targets.len())?;
        let mut errors = Self::default();
        targets.iter().zip(predictions).try_for_each(|(&y, &p)| errors.push(y, p))?;
        Ok(errors)
    }

    /// Adds one row.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`], with the number of rows so far as its row; the state stays as it was.
    pub fn push(&mut self, target: f64, prediction: f64) -> Result<(), MetricError> {
        check_row(self.rows, target, prediction)?;
        self.add(&RowError::new(target, prediction));
        Ok(())
    }

    pub(super) fn add(&mut self, error: &RowError) {
        self.rows += 1;
        self.absolute.push(error.absolute);
        self.square.push(error.absolute * error.absolute);
        match error.log {
            Some(log) => self.log.push(log),
            None => self.zeros += 1,
        }
    }

    /// Adds all rows of another state.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.zeros += other.zeros;
        self.absolute.merge(&other.absolute);
        self.square.merge(&other.square);
        self.log.merge(&other.log);
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Mean absolute error; `None` without rows.
    #[must_use]
    pub fn mae(&self) -> Option<f64> {
        mean(&self.absolute, self.rows)
    }

    /// Mean squared error; `None` without rows.
    #[must_use]
    pub fn mse(&self) -> Option<f64> {
        mean(&self.square, self.rows)
    }

    /// Root of the mean squared error; `None` without rows.
    #[must_use]
    pub fn rmse(&self) -> Option<f64> {
        self.mse().map(f64::sqrt)
    }

    /// Geometric mean of the absolute errors; `None` without rows.
    #[must_use]
    pub fn gm(&self, zero_errors: ZeroErrors) -> Option<f64> {
        let mut log = self.log;
        match zero_errors {
            ZeroErrors::Keep if self.zeros > 0 => return Some(0.0),
            ZeroErrors::Tiny if self.zeros > 0 => match self.mae()? {
                0.0 => return Some(0.0),
                mae => log.push(self.zeros as f64 * (TINY_ERROR * mae).ln()),
            },
            ZeroErrors::Keep | ZeroErrors::Tiny => {}
            ZeroErrors::Official => log.push(self.zeros as f64 * TINY_ERROR.ln()),
        }
        mean(&log, self.rows).map(f64::exp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;

    fn close(found: Option<f64>, expected: f64, tolerance: f64) -> bool {
        found.is_some_and(|x| (x - expected).abs() <= tolerance * expected.abs())
    }

    #[test]
    fn small_case_against_scipy() {
        let y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0];
        let p = [2.5, 0.5, 4.0, 2.5, 3.0, 8.0, -1.0];
        let errors = Errors::of(&y, &p).expect("finite");
        assert!(close(errors.mae(), 8.5 / 7.0, 1e-15)); // by hand
        assert!(close(errors.mse(), 16.75 / 7.0, 1e-15));
        assert!(close(errors.rmse(), (16.75_f64 / 7.0).sqrt(), 1e-15));
        assert_eq!(errors.gm(ZeroErrors::Keep), Some(0.0));
        let official = 0.041_854_326_680_244_164; // scipy.stats.gmean, zero as 1e-10
        assert!(close(errors.gm(ZeroErrors::Official), official, 1e-13));
        // One error of seven is 0, and counts 8.5 / 7 times as much.
        assert!(close(errors.gm(ZeroErrors::Tiny), official * (8.5_f64 / 7.0).powf(1.0 / 7.0), 1e-13));
    }

    #[test]
    fn the_geometric_mean_follows_the_unit() {
        let (y, p) = ([3.0, 1.0, 4.0, 1.0], [2.5, 1.0, 4.0, 2.5]);
        let in_unit = |unit: f64| {
            let of = |values: [f64; 4]| values.map(|value| value * unit);
            Errors::of(&of(y), &of(p)).expect("finite").gm(ZeroErrors::Tiny)
        };
        let expected = in_unit(1.0).expect("has rows");
        assert!([1e-9, 1e6].into_iter().all(|unit| close(in_unit(unit), unit * expected, 1e-12)));
        assert_eq!(Errors::of(&[2.0], &[2.0]).expect("finite").gm(ZeroErrors::Tiny), Some(0.0));
    }

    #[test]
    fn no_rows_no_metric() {
        let none = Errors::of(&[], &[]).expect("nothing wrong");
        assert_eq!((none.rows(), none.mae(), none.mse(), none.rmse()), (0, None, None, None));
        assert_eq!((none.gm(ZeroErrors::Keep), none.gm(ZeroErrors::Tiny)), (None, None));
    }

    #[test]
    fn errors_name_the_row() {
        let wrong = |y: &[f64], p: &[f64]| Errors::of(y, p).expect_err("is wrong");
        assert_eq!(wrong(&[1.0], &[]), MetricError::Length { name: "predictions", found: 0, expected: 1 });
        assert!(matches!(wrong(&[1.0, f64::NAN], &[1.0; 2]), MetricError::NotFinite { name: "target", row: 1, .. }));
        let infinite = MetricError::NotFinite { name: "prediction", row: 0, value: f64::INFINITY };
        assert_eq!(wrong(&[1.0], &[f64::INFINITY]), infinite);
        assert!(matches!(wrong(&[1e200], &[0.0]), MetricError::NotFinite { .. })); // its square is infinite
    }

    #[test]
    fn a_million_rows_keep_twelve_digits() {
        // By hand: errors 0.1 and 1e6 in turn.
        let mut errors = Errors::default();
        for _ in 0..500_000 {
            errors.push(0.0, 0.1).expect("finite");
            errors.push(0.0, 1e6).expect("finite");
        }
        assert!(close(errors.mae(), 500_000.05, 1e-15));
        assert!(close(errors.gm(ZeroErrors::Keep), 1e5_f64.sqrt(), 1e-14));
    }

    fn rows() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 1..200)
    }

    fn of(rows: &[(f64, f64)]) -> Errors {
        let (y, p): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
        Errors::of(&y, &p).expect("finite")
    }

    fn all(errors: &Errors) -> [f64; 4] {
        [errors.mae(), errors.mse(), errors.rmse(), errors.gm(ZeroErrors::Tiny)].map(|m| m.expect("has rows"))
    }

    fn agree(a: &Errors, b: &Errors) -> bool {
        a.rows() == b.rows() && all(a).iter().zip(all(b)).all(|(x, y)| (x - y).abs() <= 1e-13 * y.abs())
    }

    proptest! {
        #[test]
        fn merged_parts_are_the_whole(rows in rows(), at in 0.0..1.0_f64) {
            let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right));
            prop_assert!(agree(&merged, &of(&rows)));
        }

        #[test]
        fn the_order_of_rows_does_not_matter(rows in rows(), seed in any::<u64>()) {
            let mut shuffled = rows.clone();
            Stream::new(&[seed]).shuffle(&mut shuffled);
            prop_assert!(agree(&of(&shuffled), &of(&rows)));
        }

        #[test]
        fn gm_is_at_most_mae_at_most_rmse(rows in rows()) {
            let [mae, _, rmse, gm] = all(&of(&rows));
            prop_assert!(gm <= mae * (1.0 + 1e-12) && mae <= rmse * (1.0 + 1e-12));
        }
    }
}
