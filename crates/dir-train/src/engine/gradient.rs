//! The norm of the whole gradient, and clipping by it.
//!
//! Summed in `f64`, on the host, in the order of the module's parameters: a backend's own sum may depend on thread timing, and
//! what scales the gradient feeds back into training.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// The norm of all gradients of a model together.
#[must_use]
pub fn norm<M: Module>(model: &M, gradients: &GradientsParams) -> f64 {
    let mut sum = SumOfSquares { gradients, sum: 0.0 };
    model.visit(&mut sum);
    sum.sum.sqrt()
}

/// The gradients, scaled so that their norm is at most `limit`; as they are if it is not finite.
#[must_use]
pub fn clip<M: Module>(model: &M, gradients: GradientsParams, limit: f64) -> GradientsParams {
    let norm = norm(model, &gradients);
    if norm <= limit || !norm.is_finite() {
        return gradients;
    }
    let mut scaled = Scaled { from: gradients, to: GradientsParams::new(), factor: limit / norm };
    model.visit(&mut scaled);
    scaled.to
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sum += gradient.into_data().iter::<f64>().map(|g| g * g).sum::<f64>();
        }
    }
}

struct Scaled {
    from: GradientsParams,
    to: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scaled {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.from.remove::<D>(param.id) {
            self.to.register(param.id, gradient * self.factor);
        }
    }
}
