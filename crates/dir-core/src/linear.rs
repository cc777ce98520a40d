//! Ridge regression: a linear model of the raw numbers, the baseline that a network has to beat.
//!
//! `w = argmin Σ (y - ȳ - (x - x̄)ᵀ w)² + λ n |w|²`, from sums over the rows, so that rows may come in batches. The strength
//! `λ`, a share of the mean variance, is chosen on validation rows.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use thiserror::Error;

/// What no linear model can be made from. Worded to follow "failed to fit the linear model: ".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinearError {
    /// Rows of another width.
    #[error("found {found} numbers for {rows} rows, expected {expected} for each")]
    Shape {
        /// Numbers.
        found: usize,
        /// Rows.
        rows: usize,
        /// Numbers per row.
        expected: usize,
    },
    /// Nothing to learn from.
    #[error("found {rows} training and {validation} validation rows, expected at least 2 and 1")]
    Empty {
        /// Training rows.
        rows: usize,
        /// Validation rows.
        validation: usize,
    },
    /// Numbers that are not finite.
    #[error("found numbers that are not finite, expected finite ones")]
    NotFinite,
}

/// Strengths that are tried.
const STRENGTHS: [f64; 7] = [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0];

/// Sums over rows.
#[derive(Debug, Clone)]
pub struct LinearSums {
    dim: usize,
    rows: usize,
    /// Taken off every row, so that sums stay exact: the first row.
    shift: Vec<f64>,
    sum: Vec<f64>,
    /// `Σ x xᵀ`, `[dim, dim]`.
    products: Mat<f64>,
    target: f64,
    /// `Σ x y`.
    with_target: Vec<f64>,
}

impl LinearSums {
    /// For rows of some width.
    #[must_use]
    pub fn new(dim: usize) -> Self {
        let zeros = || vec![0.0; dim];
        let (sum, with_target) = (zeros(), zeros());
        Self { dim, rows: 0, shift: Vec::new(), sum, products: Mat::zeros(dim, dim), target: 0.0, with_target }
    }

    /// Takes rows in, row-major.
    ///
    /// # Errors
    /// [`LinearError::Shape`].
    pub fn push(&mut self, rows: &[f32], targets: &[f64]) -> Result<(), LinearError> {
        let (n, dim) = (targets.len(), self.dim);
        if rows.len() != n * dim {
            return Err(LinearError::Shape { found: rows.len(), rows: n, expected: dim });
        }
        if n == 0 || dim == 0 {
            return Ok(());
        }
        if self.shift.is_empty() {
            self.shift = rows[..dim].iter().map(|&v| v.into()).collect();
        }
        let moved: Vec<f64> = rows.iter().enumerate().map(|(k, &v)| f64::from(v) - self.shift[k % dim]).collect();
        let x = MatRef::from_row_major_slice(&moved, n, dim);
        matmul(self.products.as_mut(), Accum::Add, x.transpose(), x, 1.0, Par::Seq);
        for (row, &y) in moved.chunks_exact(dim).zip(targets) {
            for (k, &v) in row.iter().enumerate() {
                self.sum[k] += v;
                self.with_target[k] += v * y;
            }
        }
        self.target += targets.iter().sum::<f64>();
        self.rows += n;
        Ok(())
    }

    /// The model of the strength that errs least on validation rows, in mean absolute error.
    ///
    /// # Errors
    /// [`LinearError`].
    /// # Example
    /// ```
    /// use dir_core::linear::LinearSums;
    /// let mut sums = LinearSums::new(1);
    /// sums.push(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0])?;
    /// let model = sums.fit(&[4.0], &[9.0])?;
    /// assert!((model.predict(&[10.0])?[0] - 21.0).abs() < 0.1);
    /// # Ok::<(), dir_core::linear::LinearError>(())
    /// ```
    pub fn fit(&self, rows: &[f32], targets: &[f64]) -> Result<Linear, LinearError> {
        self.fit_transformed(rows, targets, |prediction| prediction)
    }

    /// The same where the sums hold transformed targets: `back` makes a prediction one of the validation `targets`' own unit, in which
    /// errors are compared.
    ///
    /// # Errors
    /// [`LinearError`].
    pub fn fit_transformed(
        &self,
        rows: &[f32],
        targets: &[f64],
        back: impl Fn(f64) -> f64,
    ) -> Result<Linear, LinearError> {
        if self.rows < 2 || targets.is_empty() {
            return Err(LinearError::Empty { rows: self.rows, validation: targets.len() });
        }
        let mut best: Option<(f64, Linear)> = None;
        for strength in STRENGTHS {
            let Some(model) = self.solve(strength) else { continue };
            let predictions = model.predict(rows)?;
            let errors = predictions.iter().zip(targets).map(|(&p, y)| (back(p) - y).abs());
            let error = errors.sum::<f64>() / targets.len() as f64;
            if error.is_finite() && best.as_ref().is_none_or(|(least, _)| error < *least) {
                best = Some((error, model));
            }
        }
        best.map(|(_, model)| model).ok_or(LinearError::NotFinite)
    }

    fn solve(&self, strength: f64) -> Option<Linear> {
        let (n, dim) = (self.rows as f64, self.dim);
        let mean: Vec<f64> = self.sum.iter().map(|s| s / n).collect();
        let target = self.target / n;
        let variance = |i: usize, j: usize| self.products[(i, j)] / n - mean[i] * mean[j];
        let trace: f64 = (0..dim).map(|k| variance(k, k)).sum();
        let penalty = strength * trace / dim.max(1) as f64 + f64::MIN_POSITIVE;
        let matrix = Mat::from_fn(dim, dim, |i, j| variance(i, j) + if i == j { penalty } else { 0.0 });
        let right = Mat::from_fn(dim, 1, |k, _| self.with_target[k] / n - mean[k] * target);
        let weights = matrix.llt(Side::Lower).ok()?.solve(&right);
        let weights: Vec<f64> = (0..dim).map(|k| weights[(k, 0)]).collect();
        let at_mean: f64 = weights.iter().zip(mean.iter().zip(&self.shift)).map(|(w, (m, s))| w * (m + s)).sum();
        Some(Linear { weights, intercept: target - at_mean })
    }
}

/// A linear model.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    weights: Vec<f64>,
    intercept: f64,
}

impl Linear {
    /// Predictions for rows, row-major.
    ///
    /// # Errors
    /// [`LinearError::Shape`].
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<f64>, LinearError> {
        let dim = self.weights.len().max(1);
        if !rows.len().is_multiple_of(dim) {
            return Err(LinearError::Shape { found: rows.len(), rows: rows.len() / dim, expected: dim });
        }
        let of_row = |row: &[f32]| row.iter().zip(&self.weights).map(|(&x, w)| f64::from(x) * w).sum::<f64>();
        Ok(rows.chunks_exact(dim).map(|row| of_row(row) + self.intercept).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// `y = 3 + Σ k x_k + noise`, in batches.
    #[test]
    fn a_linear_target_is_found() {
        let (dim, mut stream) = (5, Stream::new(&[4]));
        let mut draw = |n: usize| {
            let rows: Vec<f32> = (0..n * dim).map(|_| 100.0 + stream.normal() as f32).collect();
            let of = |row: &[f32]| row.iter().enumerate().map(|(k, &x)| k as f64 * f64::from(x)).sum::<f64>();
            let targets: Vec<f64> = rows.chunks_exact(dim).map(|row| 3.0 + of(row) + 0.01 * stream.normal()).collect();
            (rows, targets)
        };
        let mut sums = LinearSums::new(dim);
        for _ in 0..4 {
            let (rows, targets) = draw(50);
            sums.push(&rows, &targets).expect("fits");
        }
        let (rows, targets) = draw(30);
        let model = sums.fit(&rows, &targets).expect("finite");
        for (k, weight) in model.weights.iter().enumerate() {
            assert!((weight - k as f64).abs() < 0.02, "{k}: {weight}");
        }
        let worst =
            model.predict(&rows).expect("fits").iter().zip(&targets).map(|(p, y)| (p - y).abs()).fold(0.0, f64::max);
        assert!(worst < 0.2, "{worst}");
    }

    /// The logarithm of the target is linear; of two strengths the one wins that errs less on the targets themselves.
    #[test]
    fn strengths_are_compared_in_the_unit_of_the_target() {
        let x: Vec<f32> = (0..40).map(|k| k as f32 / 4.0).collect();
        let targets: Vec<f64> = x.iter().map(|&x| f64::from(x).exp()).collect();
        let logs: Vec<f64> = targets.iter().map(|y| y.ln()).collect();
        let mut sums = LinearSums::new(1);
        sums.push(&x, &logs).expect("fits");
        let model = sums.fit_transformed(&x, &targets, f64::exp).expect("finite");
        let mae = |model: &Linear| {
            let predicted = model.predict(&x).expect("fits");
            predicted.iter().zip(&targets).map(|(p, y)| (p.exp() - y).abs()).sum::<f64>() / 40.0
        };
        let least =
            STRENGTHS.iter().filter_map(|strength| sums.solve(*strength)).map(|m| mae(&m)).fold(f64::MAX, f64::min);
        assert_eq!(mae(&model), least);
        assert!(least < 100.0 && targets[39] > 10_000.0, "{least}");
    }

    #[test]
    fn more_columns_than_rows_and_mistakes() {
        let mut sums = LinearSums::new(3);
        assert!(matches!(sums.fit(&[0.0; 3], &[0.0]), Err(LinearError::Empty { .. })));
        assert!(matches!(sums.push(&[0.0; 4], &[0.0]), Err(LinearError::Shape { .. })));
        sums.push(&[1.0, 0.0, 5.0, 2.0, 0.0, 5.0], &[1.0, 2.0]).expect("fits");
        let model = sums.fit(&[3.0, 0.0, 5.0], &[3.0]).expect("the ridge makes it solvable");
        assert!((model.predict(&[3.0, 0.0, 5.0]).expect("fits")[0] - 3.0).abs() < 0.2);
        sums.push(&[f32::NAN; 3], &[1.0]).expect("fits");
        assert_eq!(sums.fit(&[0.0; 3], &[0.0]), Err(LinearError::NotFinite));
    }
}
