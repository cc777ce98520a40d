//! The statistics of one bin, and the weighted sums of them that running averages and smoothing are made of.

use serde::{Deserialize, Serialize};

use super::config::Covariance;
use super::low_rank::Factor;

/// How the features of a bin spread about their mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Spread {
    /// Variance of every feature, `[D]`.
    Diagonal(Vec<f64>),
    /// Covariance matrix, `[D, D]` row-major.
    Full(Vec<f64>),
    /// Leading directions.
    LowRank(Factor),
}

/// Mean and spread of the features of one bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinStats {
    /// Whether any row has been seen.
    pub seen: bool,
    /// Mean of every feature, `[D]`.
    pub mean: Vec<f64>,
    /// Spread about the mean.
    pub spread: Spread,
}

impl Spread {
    fn identity(covariance: Covariance, dim: usize) -> Self {
        match covariance {
            Covariance::Diagonal => Self::Diagonal(vec![1.0; dim]),
            Covariance::Full => {
                Self::Full((0..dim * dim).map(|k| if k % (dim + 1) == 0 { 1.0 } else { 0.0 }).collect())
            }
            Covariance::LowRank(_) => Self::LowRank(Factor::identity(dim)),
        }
    }

    /// Whether it has the form and width of a covariance, and finite numbers.
    fn fits(&self, covariance: Covariance, dim: usize) -> bool {
        let finite = |values: &[f64], len: usize| values.len() == len && values.iter().all(|v| v.is_finite());
        match (self, covariance) {
            (Self::Diagonal(values), Covariance::Diagonal) => finite(values, dim),
            (Self::Full(values), Covariance::Full) => finite(values, dim * dim),
            (Self::LowRank(factor), Covariance::LowRank(_)) => factor.fits(dim),
            _ => false,
        }
    }

    /// The numbers of the table: `[D]` or `[D, D]`; of a low-rank spread its trace.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        match self {
            Self::Diagonal(values) | Self::Full(values) => values.clone(),
            Self::LowRank(factor) => vec![factor.trace()],
        }
    }

    /// Sum of the variances.
    #[must_use]
    pub fn trace(&self, dim: usize) -> f64 {
        match self {
            Self::Diagonal(variance) => variance.iter().sum(),
            Self::Full(matrix) => matrix.iter().step_by(dim + 1).sum(),
            Self::LowRank(factor) => factor.trace(),
        }
    }

    /// Variance of every feature, `[D]`.
    #[must_use]
    pub fn variances(&self, dim: usize) -> Vec<f64> {
        match self {
            Self::Diagonal(variance) => variance.clone(),
            Self::Full(matrix) => matrix.iter().step_by(dim + 1).copied().collect(),
            Self::LowRank(factor) => factor.diagonal(),
        }
    }

    /// `Σ weight · spread`. All terms have the form of the first.
    fn sum(terms: &[(f64, &Self)], covariance: Covariance, dim: usize) -> Self {
        match covariance {
            Covariance::Diagonal => Self::Diagonal(dense_sum(terms, dim)),
            Covariance::Full => Self::Full(dense_sum(terms, dim * dim)),
            Covariance::LowRank(rank) => {
                let mut sum = Factor::zero(dim);
                for (weight, spread) in terms {
                    if let Self::LowRank(factor) = spread {
                        sum.add(factor, *weight);
                    }
                }
                Self::LowRank(sum.cut(rank))
            }
        }
    }

    fn dense(&self) -> &[f64] {
        match self {
            Self::Diagonal(values) | Self::Full(values) => values,
            Self::LowRank(_) => &[],
        }
    }
}

fn dense_sum(terms: &[(f64, &Spread)], len: usize) -> Vec<f64> {
    let mut sum = vec![0.0; len];
    for (weight, spread) in terms {
        accumulate(&mut sum, spread.dense(), *weight);
    }
    sum
}

fn accumulate(sum: &mut [f64], values: &[f64], weight: f64) {
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += weight * v);
}

impl BinStats {
    /// Mean 0, variance 1: what a bin is before any row.
    pub(super) fn unseen(covariance: Covariance, dim: usize) -> Self {
        Self { seen: false, mean: vec![0.0; dim], spread: Spread::identity(covariance, dim) }
    }

    /// Whether the statistics have the form and width of a covariance, and finite numbers.
    pub(super) fn fits(&self, covariance: Covariance, dim: usize) -> bool {
        let mean = self.mean.len() == dim && self.mean.iter().all(|m| m.is_finite());
        mean && self.spread.fits(covariance, dim)
    }

    /// `Σ weight · statistics`; seen if any term is.
    pub(super) fn sum(terms: &[(f64, &Self)], covariance: Covariance) -> Self {
        let dim = terms.first().map_or(0, |(_, s)| s.mean.len());
        let mut mean = vec![0.0; dim];
        terms.iter().for_each(|(weight, stats)| accumulate(&mut mean, &stats.mean, *weight));
        let spreads: Vec<(f64, &Spread)> = terms.iter().map(|(w, s)| (*w, &s.spread)).collect();
        Self { seen: terms.iter().any(|(_, s)| s.seen), mean, spread: Spread::sum(&spreads, covariance, dim) }
    }
}
