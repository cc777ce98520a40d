//! Gradient norm, clipping by it, and whether gradients and parameters are finite.
//!
//! The norm is summed in `f64`, on the host, in the order of the module's parameters: a backend's own sum may depend on thread timing, and
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

/// Whether all gradients of a model are finite. On a GPU one value is read back, not the gradients.
#[must_use]
pub fn is_finite<M: Module>(model: &M, gradients: &GradientsParams, on_gpu: bool) -> bool {
    let mut check = FiniteGradients { gradients, check: FiniteCheck::new(on_gpu) };
    model.visit(&mut check);
    check.check.passed()
}

/// Whether all parameters of a model are finite.
#[must_use]
pub fn parameters_are_finite<M: Module>(model: &M, on_gpu: bool) -> bool {
    let mut check = FiniteCheck::new(on_gpu);
    model.visit(&mut check);
    check.passed()
}

/// Whether every element of the tensors pushed so far is finite.
struct FiniteCheck {
    on_gpu: bool,
    found_other: bool,
    /// Sum of absolute values of tensors on GPUs: infinite or NaN as soon as one element is.
    sum: Option<Tensor<1>>,
}

impl FiniteCheck {
    fn new(on_gpu: bool) -> Self {
        Self { on_gpu, found_other: false, sum: None }
    }

    fn push<const D: usize>(&mut self, tensor: Tensor<D>) {
        if self.on_gpu {
            let sum = tensor.abs().sum();
            self.sum = Some(match self.sum.take() {
                Some(before) => before + sum,
                None => sum,
            });
            return;
        }
        let data = tensor.into_data();
        let finite = match data.as_slice::<f32>() {
            // The maximum of the exponents' bits vectorizes; `all(is_finite)` returns early and does not.
            Ok(values) => values.iter().fold(0, |most, v| most.max(v.to_bits() & EXPONENT)) < EXPONENT,
            Err(_) => data.iter::<f64>().all(f64::is_finite),
        };
        self.found_other |= !finite;
    }

    fn passed(self) -> bool {
        !self.found_other && self.sum.is_none_or(|sum| sum.into_scalar::<f64>().is_finite())
    }
}

/// Exponent bits of an `f32`: all set in infinities and NaN alone.
const EXPONENT: u32 = 0x7f80_0000;

impl ModuleVisitor for FiniteCheck {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.push(param.val());
    }
}

struct FiniteGradients<'a> {
    gradients: &'a GradientsParams,
    check: FiniteCheck,
}

impl ModuleVisitor for FiniteGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.check.push(gradient);
        }
    }
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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn one_infinite_element_is_found() {
        let device = Device::default();
        for on_gpu in [false, true] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut values = vec![f32::MAX, -1.0, 0.0, f32::MIN_POSITIVE];
                let passes = |values: &[f32]| {
                    let mut check = FiniteCheck::new(on_gpu);
                    check.push(Tensor::<1>::from_floats([1.0, 2.0], &device));
                    check.push(Tensor::<1>::from_floats(values, &device));
                    check.passed()
                };
                assert!(passes(&values), "{on_gpu}");
                values[2] = bad;
                assert!(!passes(&values), "{bad} {on_gpu}");
            }
        }
    }
}
