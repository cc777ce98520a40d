//! Square roots of covariance matrices: whitening with one bin's spread, re-colouring with another's.
//!
//! `z̃ = S̃^½ S^(-½) (z - μ) + μ̃` (eq. 6), with symmetric square roots from eigen-decompositions.

use faer::{Mat, MatRef, Side};

use super::low_rank::{Factor, Principal};

/// What keeps a matrix that few rows made invertible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Safety {
    pub(super) shrinkage: f64,
    pub(super) ridge: f64,
}

impl Safety {
    /// A variance after shrinkage towards the mean variance, and ridge.
    fn variance(self, variance: f64, mean: f64) -> f64 {
        (1.0 - self.shrinkage) * variance + self.shrinkage * mean + self.ridge
    }
}

/// A variance that counts as none: its direction can't be whitened.
const NEGLIGIBLE: f64 = 1e-14;

fn inverse_root(variance: f64, largest: f64) -> f64 {
    if variance > NEGLIGIBLE * largest { variance.sqrt().recip() } else { 0.0 }
}

fn root(variance: f64, _largest: f64) -> f64 {
    variance.max(0.0).sqrt()
}

/// `S̃^½ S^(-½)`, `[D, D]` row-major; `None` where the decomposition does not converge.
pub(super) fn transform(spread: &[f64], smoothed: &[f64], dim: usize, safety: Safety) -> Option<Vec<f64>> {
    let whiten = function(spread, dim, safety, inverse_root)?;
    let colour = function(smoothed, dim, safety, root)?;
    let product: Mat<f64> = colour * whiten;
    Some((0..dim * dim).map(|k| product[(k / dim, k % dim)]).collect())
}

/// `f` of a symmetric matrix, through its eigenvalues.
fn function(matrix: &[f64], dim: usize, safety: Safety, f: fn(f64, f64) -> f64) -> Option<Mat<f64>> {
    let trace: f64 = matrix.iter().step_by(dim + 1).sum();
    let eigen = MatRef::from_row_major_slice(matrix, dim, dim).self_adjoint_eigen(Side::Lower).ok()?;
    let variances: Vec<f64> =
        eigen.S().column_vector().iter().map(|&v| safety.variance(v, trace / dim as f64)).collect();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    let vectors = eigen.U();
    let scaled = Mat::from_fn(dim, dim, |i, j| vectors[(i, j)] * f(variances[j], largest));
    Some(scaled * vectors.transpose())
}

/// `other · I + Vᵀ diag(scale) V`: a function of a low-rank spread.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LowRankMap {
    pub(super) other: f64,
    pub(super) scale: Vec<f64>,
    /// `[k, D]`.
    pub(super) directions: Vec<f64>,
}

/// Whitening and re-colouring maps of low-rank spreads.
pub(super) fn low_rank(spread: &Factor, smoothed: &Factor, rank: usize, dim: usize, safety: Safety) -> [LowRankMap; 2] {
    let map = |factor: &Factor, f: fn(f64, f64) -> f64| {
        let mean = factor.trace() / dim as f64;
        let Principal { variances, directions, other } = factor.principal(rank);
        let safe = |v: f64| safety.variance(v, mean);
        let largest = variances.iter().copied().map(safe).fold(safe(other), f64::max);
        let other = f(safe(other), largest);
        LowRankMap { other, scale: variances.iter().map(|&v| f(safe(v), largest) - other).collect(), directions }
    };
    [map(spread, inverse_root), map(smoothed, root)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Safety = Safety { shrinkage: 0.0, ridge: 0.0 };

    #[test]
    fn equal_spreads_change_nothing() {
        let spread = [4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 2.0];
        let transform = transform(&spread, &spread, 3, EXACT).expect("converges");
        for (k, t) in transform.iter().enumerate() {
            assert!((t - if k % 4 == 0 { 1.0 } else { 0.0 }).abs() < 1e-12);
        }
    }

    #[test]
    fn diagonal_matrices_scale_by_the_root_of_the_ratio() {
        let transform = transform(&[4.0, 0.0, 0.0, 9.0], &[16.0, 0.0, 0.0, 1.0], 2, EXACT).expect("converges");
        for (got, expected) in transform.iter().zip([2.0, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn low_rank_of_full_rank_is_the_full_map() {
        let rows = [2.0, 1.0, -1.0, 0.5, 1.5, 0.3];
        let mut factor = Factor::zero(2);
        factor.stack(&rows, 1.0);
        let matrix: Vec<f64> = (0..4).map(|k| rows.chunks_exact(2).map(|r| r[k / 2] * r[k % 2]).sum::<f64>()).collect();
        let [whiten, _] = low_rank(&factor, &factor, 2, 2, EXACT);
        let full = function(&matrix, 2, EXACT, inverse_root).expect("converges");
        for i in 0..2 {
            for j in 0..2 {
                let span: f64 =
                    (0..2).map(|r| whiten.scale[r] * whiten.directions[r * 2 + i] * whiten.directions[r * 2 + j]).sum();
                let got = span + if i == j { whiten.other } else { 0.0 };
                assert!((got - full[(i, j)]).abs() < 1e-10);
            }
        }
    }
}
