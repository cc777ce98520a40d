//! Huber's loss on absolute errors.
//!
//! `ℓ(e) = e² / 2β` for `e < β`, else `e - β/2`; written with `q = min(e, β)` as `q² / 2β + (e - q)`, which has no branch to
//! differentiate through.

use burn::tensor::Tensor;

pub(super) fn huber(error: Tensor<2>, beta: f64) -> Tensor<2> {
    let quadratic = error.clone().clamp_max(beta);
    quadratic.clone() * quadratic.clone() * (0.5 / beta) + (error - quadratic)
}

pub(super) fn huber_element(error: f64, beta: f64) -> f64 {
    let quadratic = error.min(beta);
    0.5 * quadratic * quadratic / beta + (error - quadratic)
}
