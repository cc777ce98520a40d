//! Focal-R: the factor that makes small errors count less.
//!
//! Official `f(e) = (2σ(βe) - 1)^γ` or `tanh(βe)^γ`, in `[0, 1)`; as printed in the paper `f(e) = σ(|βe|)^γ`, in `[½, 1)`,
//! which contradicts its own sentence about mapping errors to `[0, 1]`. The factor is differentiated through.
//!
//! # Source
//! Yang et al., ICML 2021, section 4.1; official `agedb-dir/loss.py:21-38` at a6fdc45.

use burn::tensor::{Tensor, activation::sigmoid};
use serde::{Deserialize, Serialize};

use super::Loss;

/// Squashing function of the focal factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `2σ(βe) - 1`.
    #[default]
    Sigmoid,
    /// `tanh(βe)`.
    Tanh,
}

/// Which focal factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocalForm {
    /// That of the official program.
    #[default]
    Official,
    /// As printed in the paper; always with a sigmoid.
    Paper,
}

/// A base of 0 under an exponent below 1 has an infinite slope: perfect predictions are held just above.
const SMALLEST_BASE: f64 = 1e-12;

impl Loss {
    pub(super) fn focal(&self, error: Tensor<2>) -> Tensor<2> {
        let scaled = error * self.beta;
        let base = match (self.form, self.activation) {
            (FocalForm::Paper, _) => sigmoid(scaled),
            // 2σ(x) - 1 = tanh(x / 2), without cancellation near 0.
            (FocalForm::Official, Activation::Sigmoid) => (scaled * 0.5).tanh(),
            (FocalForm::Official, Activation::Tanh) => scaled.tanh(),
        };
        match self.gamma {
            0.0 => base.ones_like(),
            1.0 => base,
            2.0 => base.clone() * base,
            gamma => base.clamp_min(SMALLEST_BASE).powf_scalar(gamma),
        }
    }

    pub(super) fn focal_element(&self, error: f64) -> f64 {
        let scaled = error * self.beta;
        let base = match (self.form, self.activation) {
            (FocalForm::Paper, _) => 1.0 / (1.0 + (-scaled).exp()),
            (FocalForm::Official, Activation::Sigmoid) => (scaled * 0.5).tanh(),
            (FocalForm::Official, Activation::Tanh) => scaled.tanh(),
        };
        base.powf(self.gamma)
    }
}
