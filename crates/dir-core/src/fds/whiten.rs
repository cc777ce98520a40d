//! Square roots of covariance matrices: whitening with one bin's spread, re-colouring with another's.
//!
//! `z̃ = S̃^½ S^(-½) (z - μ) + μ̃` (eq. 6), with symmetric square roots from eigen-decompositions. The squared singular values of
//! `S̃^½ S^(-½)` are the generalised eigenvalues of `S̃` and `S`: the ratios of the variances, as the diagonal form has them per feature. Like
//! those they are clipped.

use faer::{Mat, MatRef, Side};

use super::low_rank::{Factor, Principal};

/// What keeps scales in bounds where few rows made a matrix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Safety {
    pub(super) shrinkage: f64,
    pub(super) ridge: f64,
    /// Bounds of the generalised eigenvalues.
    pub(super) clip: Option<[f64; 2]>,
}

impl Safety {
    /// A variance after shrinkage towards the mean variance, and ridge.
    fn variance(self, variance: f64, mean: f64) -> f64 {
        (1.0 - self.shrinkage) * variance + self.shrinkage * mean + self.ridge
    }

    /// Square root of a variance; where it is small beside the largest, the scale that it leads to is clipped whatever it is.
    fn root(self, variance: f64, largest: f64) -> f64 {
        let least = if self.clip.is_some() { SMALL * largest } else { 0.0 };
        variance.max(least).sqrt()
    }

    /// 1 over it. Without bounds a direction of negligible variance can't be whitened: it is left out.
    fn inverse_root(self, variance: f64, largest: f64) -> f64 {
        match self.clip {
            None if variance <= NEGLIGIBLE * largest => 0.0,
            _ => self.root(variance, largest).recip(),
        }
    }

    /// The scale of a direction within the bounds.
    fn scale(self, scale: f64) -> f64 {
        self.clip.map_or(scale, |[low, high]| scale.clamp(low.sqrt(), high.sqrt()))
    }

    /// The same map with all its scales within the bounds.
    fn bounded(self, map: Mat<f64>) -> Option<Mat<f64>> {
        let Some([low, high]) = self.clip.filter(|_| map.nrows() > 0) else { return Some(map) };
        // Most maps are within; their squared scales cost less than the decomposition.
        let squares = (map.transpose() * &map).self_adjoint_eigenvalues(Side::Lower).ok()?;
        if squares.iter().all(|square| (low..=high).contains(square)) {
            return Some(map);
        }
        let svd = map.svd().ok()?;
        let scales: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        let (u, v) = (svd.U(), svd.V());
        let scaled = Mat::from_fn(u.nrows(), scales.len(), |i, j| u[(i, j)] * self.scale(scales[j]));
        Some(scaled * v.transpose())
    }
}

/// A variance that counts as none beside the largest.
const NEGLIGIBLE: f64 = 1e-14;

/// Variances are raised to this share of the largest before they are divided by, if the quotient is clipped.
const SMALL: f64 = 1e-12;

/// `S̃^½ S^(-½)`, `[D, D]` row-major, of own and smoothed spread; `None` where a decomposition does not converge.
pub(super) fn transform([own, goal]: [&[f64]; 2], dim: usize, safety: Safety) -> Option<Vec<f64>> {
    let whiten = function(own, dim, safety, Safety::inverse_root)?;
    let colour = function(goal, dim, safety, Safety::root)?;
    let product = safety.bounded(colour * whiten)?;
    Some((0..dim * dim).map(|k| product[(k / dim, k % dim)]).collect())
}

type OfVariance = fn(Safety, f64, f64) -> f64;

/// `f` of a symmetric matrix, through its eigenvalues.
fn function(matrix: &[f64], dim: usize, safety: Safety, f: OfVariance) -> Option<Mat<f64>> {
    let trace: f64 = matrix.iter().step_by(dim + 1).sum();
    let eigen = MatRef::from_row_major_slice(matrix, dim, dim).self_adjoint_eigen(Side::Lower).ok()?;
    let variances: Vec<f64> =
        eigen.S().column_vector().iter().map(|&v| safety.variance(v, trace / dim as f64)).collect();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    let vectors = eigen.U();
    let scaled = Mat::from_fn(dim, dim, |i, j| vectors[(i, j)] * f(safety, variances[j], largest));
    Some(scaled * vectors.transpose())
}

/// `other · I + readᵀ · write` for rows: a map that does something of its own in a subspace only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SubspaceMap {
    pub(super) other: f64,
    /// `[m, D]`, an orthonormal basis.
    pub(super) read: Vec<f64>,
    /// `[m, D]`.
    pub(super) write: Vec<f64>,
}

/// A function of a low-rank spread: its values along the leading directions and along all others.
struct Along {
    values: Vec<f64>,
    other: f64,
    /// `[k, D]`.
    directions: Mat<f64>,
}

impl Along {
    fn new(factor: &Factor, rank: usize, dim: usize, safety: Safety, f: OfVariance) -> Self {
        let mean = factor.trace() / dim as f64;
        let Principal { variances, directions, other } = factor.principal(rank);
        let k = variances.len();
        // Where the directions fill the space there are no others: any value will do.
        let other = if k == dim { variances.last().copied().unwrap_or(other) } else { other };
        let safe: Vec<f64> = variances.iter().map(|&v| safety.variance(v, mean)).collect();
        let rest = safety.variance(other, mean);
        let largest = safe.iter().copied().fold(rest, f64::max);
        Self {
            values: safe.into_iter().map(|v| f(safety, v, largest)).collect(),
            other: f(safety, rest, largest),
            directions: Mat::from_fn(k, dim, |i, j| directions[i * dim + j]),
        }
    }

    /// Within the span of a basis `[D, m]` that holds the directions.
    fn within(&self, basis: &Mat<f64>) -> Mat<f64> {
        let (m, k) = (basis.ncols(), self.values.len());
        let along = &self.directions * basis; // [k, m]
        let scaled = Mat::from_fn(m, k, |i, j| along[(j, i)] * (self.values[j] - self.other));
        let product = scaled * along;
        Mat::from_fn(m, m, |i, j| product[(i, j)] + if i == j { self.other } else { 0.0 })
    }
}

/// `S̃^½ S^(-½)` of low-rank spreads. Both act alike on whatever is orthogonal to the leading directions of both, so the bounds are kept
/// within the span of these and, apart, on all others.
pub(super) fn low_rank([own, goal]: [&Factor; 2], rank: usize, dim: usize, safety: Safety) -> Option<SubspaceMap> {
    let whiten = Along::new(own, rank, dim, safety, Safety::inverse_root);
    let colour = Along::new(goal, rank, dim, safety, Safety::root);
    let basis = basis([&whiten.directions, &colour.directions], dim);
    let m = basis.ncols();
    let inside = safety.bounded(colour.within(&basis) * whiten.within(&basis))?;
    let other = if m == dim { 1.0 } else { safety.scale(colour.other * whiten.other) };
    let own_part = Mat::from_fn(m, m, |i, j| inside[(i, j)] - if i == j { other } else { 0.0 });
    let write = own_part.transpose() * basis.transpose(); // [m, D]
    let table = |of: &dyn Fn(usize, usize) -> f64| (0..m * dim).map(|k| of(k / dim, k % dim)).collect();
    Some(SubspaceMap { other, read: table(&|i, j| basis[(j, i)]), write: table(&|i, j| write[(i, j)]) })
}

/// An orthonormal basis `[D, m]` of the span of the rows of both.
fn basis([a, b]: [&Mat<f64>; 2], dim: usize) -> Mat<f64> {
    let (first, count) = (a.nrows(), a.nrows() + b.nrows());
    let columns = Mat::from_fn(dim, count, |j, i| if i < first { a[(i, j)] } else { b[(i - first, j)] });
    if count == 0 { columns } else { columns.qr().compute_thin_Q() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Safety = Safety { shrinkage: 0.0, ridge: 0.0, clip: None };

    #[test]
    fn equal_spreads_change_nothing() {
        let spread = [4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 2.0];
        let transform = transform([&spread, &spread], 3, EXACT).expect("converges");
        for (k, t) in transform.iter().enumerate() {
            assert!((t - if k % 4 == 0 { 1.0 } else { 0.0 }).abs() < 1e-12);
        }
    }

    #[test]
    fn diagonal_matrices_scale_by_the_root_of_the_ratio() {
        let transform = transform([&[4.0, 0.0, 0.0, 9.0], &[16.0, 0.0, 0.0, 1.0]], 2, EXACT).expect("converges");
        for (got, expected) in transform.iter().zip([2.0, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    /// Own spread diag(1e-6, 0), goal the identity, shrinkage 0.1: along both axes the ratio is far above 10.
    #[test]
    fn ratios_are_clipped_in_every_direction() {
        let safety = Safety { shrinkage: 0.1, ridge: 0.0, clip: Some([0.1, 10.0]) };
        let found = transform([&[1e-6, 0.0, 0.0, 0.0], &[1.0, 0.0, 0.0, 1.0]], 2, safety).expect("converges");
        for (found, expected) in found.iter().zip([10_f64.sqrt(), 0.0, 0.0, 10_f64.sqrt()]) {
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
        // Ratios 0.01 and 4 along the axes: the first is raised to 0.1.
        let clip = Safety { clip: Some([0.1, 10.0]), ..EXACT };
        let found = transform([&[1.0, 0.0, 0.0, 1.0], &[0.01, 0.0, 0.0, 4.0]], 2, clip).expect("converges");
        for (found, expected) in found.iter().zip([0.1_f64.sqrt(), 0.0, 0.0, 2.0]) {
            assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
        // Within the bounds nothing changes.
        let (own, goal) = ([4.0, 1.0, 1.0, 3.0], [2.0, -0.5, -0.5, 5.0]);
        assert_eq!(transform([&own, &goal], 2, clip), transform([&own, &goal], 2, EXACT));
    }

    /// Factors of full rank describe the same matrices as tables do.
    #[test]
    fn low_rank_of_full_rank_is_the_full_map() {
        let (rows, others) = ([2.0, 1.0, -1.0, 0.5, 1.5, 0.3], [0.1, -0.4, 5.0, 2.0]);
        let of = |rows: &[f64]| {
            let mut factor = Factor::zero(2);
            factor.stack(rows, 1.0);
            let sum = |k: usize| rows.chunks_exact(2).map(|r| r[k / 2] * r[k % 2]).sum::<f64>();
            (factor, (0..4).map(sum).collect::<Vec<_>>())
        };
        let ((own, own_matrix), (goal, goal_matrix)) = (of(&rows), of(&others));
        for safety in [EXACT, Safety { shrinkage: 0.1, ridge: 0.5, clip: Some([0.5, 2.0]) }] {
            let map = low_rank([&own, &goal], 2, 2, safety).expect("converges");
            let full = transform([&own_matrix, &goal_matrix], 2, safety).expect("converges");
            for i in 0..2 {
                for j in 0..2 {
                    let m = map.read.len() / 2;
                    let span: f64 = (0..m).map(|r| map.write[r * 2 + i] * map.read[r * 2 + j]).sum();
                    let got = span + if i == j { map.other } else { 0.0 };
                    assert!((got - full[i * 2 + j]).abs() < 1e-9, "{got} for {}", full[i * 2 + j]);
                }
            }
        }
    }
}
