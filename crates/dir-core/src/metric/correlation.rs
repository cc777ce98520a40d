//! Correlations: Pearson's r on values, Spearman's ρ on ranks.
//!
//! `r = Σ (x - x̄)(y - ȳ) / sqrt(Σ (x - x̄)² · Σ (y - ȳ)²)`; `ρ` is `r` of the ranks, where equal values share the average of
//! their ranks. Ranks need all rows at once; what `r` is made of also adds up row by row ([`Products`]).
//!
//! # Source
//! Yang et al., ICML 2021, section 4 (STS-B; the tables print Pearson times 100); official `sts-b-dir/util.py:101-166` at
//! a6fdc45 through SciPy. We differ: fewer than two rows give `None` (there 0), a constant side gives `None` (there NaN).

use super::{MetricError, check_rows, sum::Sum};

/// Pearson correlation; `None` with fewer than two rows or where one side is constant.
///
/// # Errors
/// Another number of predictions than targets; the first row that is not finite.
/// # Example
/// ```
/// use dir_core::metric::pearson;
/// let r = pearson(&[1.0, 2.0, 4.0], &[1.0, 3.0, 7.0])?.unwrap(); // points on a line
/// assert!((r - 1.0).abs() < 1e-15);
/// assert_eq!(pearson(&[1.0, 2.0], &[5.0, 5.0])?, None);
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
pub fn pearson(targets: &[f64], predictions: &[f64]) -> Result<Option<f64>, MetricError> {
    check_rows(targets, predictions)?;
    Ok(correlate(targets, predictions))
}

/// Spearman rank correlation, ties by average rank; `None` with fewer than two rows or where one side is constant.
///
/// # Errors
/// Another number of predictions than targets; the first row that is not finite.
/// # Example
/// ```
/// use dir_core::metric::spearman;
/// let rho = spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 1000.0])?.unwrap(); // the same order
/// assert!((rho - 1.0).abs() < 1e-15);
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
pub fn spearman(targets: &[f64], predictions: &[f64]) -> Result<Option<f64>, MetricError> {
    check_rows(targets, predictions)?;
    Ok(correlate(&ranks(targets), &ranks(predictions)))
}

/// Pearson of checked rows.
fn correlate(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = (centred(x)?, centred(y)?);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Sum>().value();
    // Rounding may leave [-1, 1] by an ulp.
    Some((dot(&x, &y) / (dot(&x, &x).sqrt() * dot(&y, &y).sqrt())).clamp(-1.0, 1.0))
}

/// Deviations from the mean, scaled to at most 1 in size; `None` if all values are equal.
///
/// The correlation does not see the scale, but without it squares of tiny deviations would vanish.
fn centred(values: &[f64]) -> Option<Vec<f64>> {
    // Asked of the values themselves: rounding leaves deviations that are not 0 even where all values are equal.
    let first = values.first()?;
    if values.iter().all(|v| v == first) {
        return None;
    }
    let mean = values.iter().copied().collect::<Sum>().value() / values.len() as f64;
    let largest = values.iter().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    Some(values.iter().map(|v| (v - mean) / largest).collect())
}

/// What Pearson's r is made of, about the means so far, so that large values lose no digits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Products {
    rows: usize,
    /// Means of target and prediction.
    mean: [f64; 2],
    /// Sums of squared deviations of both, and of their product.
    squares: [f64; 2],
    cross: f64,
}

impl Products {
    /// Adds one row.
    pub(super) fn push(&mut self, target: f64, prediction: f64) {
        self.merge(&Self { rows: 1, mean: [target, prediction], ..Self::default() });
    }

    /// Adds all rows of another state (Chan, Golub, LeVeque, 1979).
    pub(super) fn merge(&mut self, other: &Self) {
        let (a, b) = (self.rows as f64, other.rows as f64);
        if other.rows == 0 {
            return;
        }
        let total = a + b;
        let off = [other.mean[0] - self.mean[0], other.mean[1] - self.mean[1]];
        let share = a * b / total;
        self.squares = std::array::from_fn(|k| self.squares[k] + other.squares[k] + off[k] * off[k] * share);
        self.mean = std::array::from_fn(|k| self.mean[k] + off[k] * b / total);
        self.cross += other.cross + off[0] * off[1] * share;
        self.rows += other.rows;
    }

    /// Pearson's r; `None` where one side is constant.
    pub(super) fn correlation(&self) -> Option<f64> {
        let both = self.squares[0].sqrt() * self.squares[1].sqrt();
        (both > 0.0).then(|| (self.cross / both).clamp(-1.0, 1.0))
    }
}

/// Ranks from 1; equal values share the average of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // `==`, not `total_cmp`: -0.0 and 0.0 are neighbours in the order and tie.
    for ties in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = before as f64 + (ties.len() + 1) as f64 / 2.0;
        ties.iter().for_each(|&row| ranks[row] = shared);
        before += ties.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;

    #[test]
    fn small_case_against_scipy() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0];
        let y = [2.5, 0.5, 4.0, 2.5, 3.0, 8.0, -1.0];
        let (r, rho) = (pearson(&x, &y).expect("finite"), spearman(&x, &y).expect("finite"));
        assert!((r.expect("varies") - 0.870_752_114_683_829_8).abs() < 1e-14); // scipy.stats.pearsonr
        assert!((rho.expect("varies") - 0.809_090_909_090_909_1).abs() < 1e-14); // scipy.stats.spearmanr, with ties
        assert_eq!(ranks(&[2.0, 1.0, 2.0, 5.0, 2.0, 0.0]), [4.0, 2.0, 4.0, 6.0, 4.0, 1.0]); // scipy.stats.rankdata
        assert_eq!(ranks(&[0.0, -0.0, -1.0]), [2.5, 2.5, 1.0]);
    }

    #[test]
    fn what_has_no_correlation_is_none() {
        for metric in [pearson, spearman] {
            assert_eq!(metric(&[], &[]), Ok(None));
            assert_eq!(metric(&[1.0], &[2.0]), Ok(None));
            // The mean of eleven 0.1 is not 0.1, so deviations would not be 0.
            let rising: Vec<f64> = (0..11).map(f64::from).collect();
            assert_eq!(metric(&rising, &[0.1; 11]), Ok(None));
            assert_eq!(metric(&[0.1; 11], &rising), Ok(None));
            assert!(matches!(metric(&[1.0], &[]), Err(MetricError::Length { .. })));
            assert!(matches!(metric(&[1.0, 2.0], &[0.0, f64::NAN]), Err(MetricError::NotFinite { row: 1, .. })));
        }
    }

    #[test]
    fn neither_offset_nor_scale_costs_digits() {
        let x: Vec<f64> = (0..100_000).map(|k| f64::from(k % 1000)).collect();
        let y: Vec<f64> = x.iter().map(|x| (1e9 + x) * 1e-130).collect();
        let r = pearson(&x, &y).expect("finite").expect("varies");
        assert!((r - 1.0).abs() < 1e-12, "{r}");
        assert!(pearson(&[0.0, 1e-200], &[1e140, -1e140]).expect("finite").is_some_and(|r| (r + 1.0).abs() < 1e-15));
    }

    fn rows() -> impl Strategy<Value = Vec<(f64, f64)>> {
        // Whole numbers, so that ties are common.
        prop::collection::vec((-9..9_i32, -9..9_i32), 3..80)
            .prop_map(|rows| rows.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect())
    }

    fn near(a: Option<f64>, b: Option<f64>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-12,
            (a, b) => a == b,
        }
    }

    proptest! {
        #[test]
        fn ranks_do_not_see_monotone_maps(rows in rows()) {
            let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let (u, v): (Vec<f64>, Vec<f64>) = (x.iter().map(|x| x.powi(3)).collect(), y.iter().map(|y| y.exp()).collect());
            prop_assert_eq!(spearman(&x, &y), spearman(&u, &v));
        }

        #[test]
        fn neither_order_nor_side_matters(rows in rows(), seed in any::<u64>()) {
            let mut shuffled = rows.clone();
            Stream::new(&[seed]).shuffle(&mut shuffled);
            let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let (u, v): (Vec<f64>, Vec<f64>) = shuffled.into_iter().unzip();
            for metric in [pearson, spearman] {
                let r = metric(&x, &y).expect("finite");
                prop_assert!(r.is_none_or(|r| (-1.0..=1.0).contains(&r)));
                prop_assert!(near(r, metric(&u, &v).expect("finite")));
                prop_assert!(near(r, metric(&y, &x).expect("finite")));
            }
        }
    }
}
