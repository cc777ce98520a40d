//! A covariance as a few principal directions and one variance for all others.
//!
//! `S ≈ FᵀF + ρ (I - VᵀV)`, with `F = Λ^½ V` `[k, D]` the leading directions scaled by their standard deviations, and `ρ` the
//! mean variance outside their span. Sums of such matrices are made by stacking the factors and cutting back, so the trace
//! stays exact and the leading directions nearly so.
//!
//! # Source
//! Ours; the truncated update is that of incremental principal component analysis (Ross et al., IJCV 2008).

use faer::{Mat, MatRef, Side};
use serde::{Deserialize, Serialize};

/// `[k, D]` rows whose outer products sum to the leading part of a scatter, and the trace of what is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    dim: usize,
    rows: Vec<f64>,
    rest: f64,
}

impl Factor {
    /// The scatter that is 0.
    pub(super) fn zero(dim: usize) -> Self {
        Self { dim, rows: Vec::new(), rest: 0.0 }
    }

    /// The identity: no direction stands out.
    pub(super) fn identity(dim: usize) -> Self {
        Self { rest: dim as f64, ..Self::zero(dim) }
    }

    /// Whether it describes so many features, with finite numbers.
    pub(super) fn fits(&self, dim: usize) -> bool {
        let whole = self.dim == dim && dim > 0 && self.rows.len().is_multiple_of(dim);
        whole && self.rest.is_finite() && self.rows.iter().all(|v| v.is_finite())
    }

    pub(super) fn trace(&self) -> f64 {
        self.rows.iter().map(|v| v * v).sum::<f64>() + self.rest
    }

    /// Variance of every feature: the diagonal of `Vᵀ diag(variances) V + other · (I - VᵀV)`.
    pub(super) fn diagonal(&self) -> Vec<f64> {
        let Principal { variances, directions, other } = self.principal(self.height());
        let mut diagonal = vec![other; self.dim];
        for (variance, direction) in variances.iter().zip(directions.chunks_exact(self.dim)) {
            diagonal.iter_mut().zip(direction).for_each(|(d, v)| *d += (variance - other) * v * v);
        }
        diagonal
    }

    /// Adds `scale · Σ rᵀr` over the given rows.
    pub(super) fn stack(&mut self, rows: &[f64], scale: f64) {
        let root = scale.max(0.0).sqrt();
        self.rows.extend(rows.iter().map(|v| v * root));
    }

    /// Adds `scale · other`.
    pub(super) fn add(&mut self, other: &Self, scale: f64) {
        self.stack(&other.rows, scale);
        self.rest += other.rest * scale;
    }

    /// Multiplies by `scale`.
    pub(super) fn scaled(mut self, scale: f64) -> Self {
        let root = scale.max(0.0).sqrt();
        self.rows.iter_mut().for_each(|v| *v *= root);
        self.rest *= scale;
        self
    }

    pub(super) fn height(&self) -> usize {
        self.rows.len().checked_div(self.dim).unwrap_or(0)
    }

    /// Cuts back to the `rank` leading directions; the trace of the others joins the rest.
    ///
    /// The eigenvectors of the small Gram matrix `R Rᵀ` rotate the rows onto the principal directions.
    pub(super) fn cut(self, rank: usize) -> Self {
        let k = self.height();
        if k == 0 {
            return self;
        }
        let rows = MatRef::from_row_major_slice(&self.rows, k, self.dim);
        let gram = rows * rows.transpose();
        let Ok(eigen) = gram.self_adjoint_eigen(Side::Lower) else {
            return self; // no convergence: keep all rows, nothing is lost
        };
        let rotated: Mat<f64> = eigen.U().transpose() * rows;
        let keep = rank.min(k).min(self.dim);
        let norm = |i: usize| (0..self.dim).map(|j| rotated[(i, j)].powi(2)).sum::<f64>();
        // Ascending eigenvalues: the last rows lead.
        let kept = (k - keep..k).rev().flat_map(|i| (0..self.dim).map(move |j| (i, j)));
        let rest = self.rest + (0..k - keep).map(norm).sum::<f64>();
        Self { dim: self.dim, rows: kept.map(|(i, j)| rotated[(i, j)]).collect(), rest }
    }

    /// Leading variances and directions, and the variance of the others.
    pub(super) fn principal(&self, rank: usize) -> Principal {
        let cut = self.clone().cut(rank);
        let mut principal = Principal { variances: Vec::new(), directions: Vec::new(), other: 0.0 };
        for row in cut.rows.chunks_exact(self.dim) {
            let variance: f64 = row.iter().map(|v| v * v).sum();
            if variance > 1e-300 {
                principal.directions.extend(row.iter().map(|v| v / variance.sqrt()));
                principal.variances.push(variance);
            }
        }
        let others = self.dim - principal.variances.len();
        principal.other = if others == 0 { 0.0 } else { cut.rest / others as f64 };
        principal
    }
}

/// `S = Vᵀ diag(variances) V + other · (I - VᵀV)`.
pub(super) struct Principal {
    /// Leading variances.
    pub(super) variances: Vec<f64>,
    /// Their unit directions, `[k, D]`.
    pub(super) directions: Vec<f64>,
    /// Variance outside their span.
    pub(super) other: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_the_trace_and_the_leading_direction() {
        let mut factor = Factor::zero(3);
        factor.stack(&[3.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0], 1.0);
        let trace = factor.trace();
        let principal = factor.clone().cut(1).principal(1);
        assert!((principal.variances[0] - 9.0).abs() < 1e-12);
        assert!((principal.directions[0].abs() - 1.0).abs() < 1e-12);
        assert!((principal.other - 2.5).abs() < 1e-12); // (4 + 1) / 2
        assert!((factor.clone().cut(1).trace() - trace).abs() < 1e-12);
        // Of the whole by hand 9, 4, 1; cut to one direction the other two share 5.
        for (found, expected) in [(factor.clone(), [9.0, 4.0, 1.0]), (factor.cut(1), [9.0, 2.5, 2.5])] {
            assert!(found.diagonal().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        }
    }

    #[test]
    fn the_identity_has_no_direction() {
        let principal = Factor::identity(4).principal(2);
        assert!(principal.variances.is_empty());
        assert_eq!(principal.other, 1.0);
    }
}
