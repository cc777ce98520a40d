//! Batch normalisation with PyTorch's running statistics.
//!
//! `y = γ · (x - mean) / √(var + ε) + β` per channel. In training mean and variance are the batch's and the running ones
//! move by a tenth towards them; in evaluation the running ones are used. The running variance takes the unbiased one
//! (divided by `n - 1`), as PyTorch does; Burn's own layer takes the biased one, which is too small by `(n - 1) / n`.
//!
//! # Source
//! Ioffe and Szegedy, ICML 2015; PyTorch 2.11, `BatchNorm2d` with its defaults.

use burn::module::{Flag, Module, Param, RunningState};
use burn::tensor::module::{batch_norm, batch_norm_train};
use burn::tensor::{Device, Tensor};

const EPSILON: f64 = 1e-5;
/// Share of the new statistics at each update.
const MOMENTUM: f64 = 0.1;

/// Batch normalisation over all dimensions but the second.
///
/// It trains (batch statistics, running ones updated) on an autodiff device, unless it is frozen.
#[derive(Module, Debug)]
pub struct BatchNorm {
    pub(crate) weight: Param<Tensor<1>>,
    pub(crate) bias: Param<Tensor<1>>,
    pub(crate) running_mean: RunningState<Tensor<1>>,
    pub(crate) running_var: RunningState<Tensor<1>>,
    training: Param<Flag>,
}

impl BatchNorm {
    /// Scale 1, shift 0, running mean 0 and variance 1.
    #[must_use]
    pub fn new(channels: usize, device: &Device) -> Self {
        let (zeros, ones) = (|| Tensor::zeros([channels], device), || Tensor::ones([channels], device));
        Self {
            weight: Param::from_tensor(ones()),
            bias: Param::from_tensor(zeros()),
            running_mean: RunningState::new(zeros()),
            running_var: RunningState::new(ones()),
            training: Param::from_bool(true),
        }
    }

    /// `[N, C, H, W]` to the same.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let device = x.device();
        let (weight, bias) = (self.weight.val(), self.bias.val());
        if !(device.is_autodiff() && self.training.is_enabled()) {
            let [mean, var] = [&self.running_mean, &self.running_var].map(|s| s.value_sync().to_device(&device));
            return batch_norm(x, weight, bias, mean, var, EPSILON);
        }
        let [n, _, h, w] = x.dims();
        let batch = batch_norm_train(x, weight, bias, EPSILON);
        let rows = (n * h * w) as f64;
        update(&self.running_mean, batch.mean, 1.0);
        update(&self.running_var, batch.variance, rows / (rows - 1.0).max(1.0));
        batch.output
    }
}

/// Moves a running statistic towards `factor` times the batch's.
fn update(running: &RunningState<Tensor<1>>, batch: Tensor<1>, factor: f64) {
    let old = running.value_sync().to_device(&batch.device());
    running.update((old * (1.0 - MOMENTUM) + batch.detach() * (MOMENTUM * factor)).detach());
    // Burn takes an update in at the next one; a model that is saved now would be one behind.
    running.value_sync();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(tensor: Tensor<1>) -> Vec<f64> {
        tensor.into_data().iter().collect()
    }

    #[test]
    fn the_running_variance_is_unbiased_and_never_late() {
        let device = Device::default().autodiff();
        let norm = BatchNorm::new(1, &device);
        let x = Tensor::<4>::from_data([[[[1.0, 2.0]]], [[[3.0, 6.0]]]], &device);
        let y = norm.forward(x);
        // By hand: mean 3, squares 4 + 1 + 0 + 9 = 14, biased 3.5, unbiased 14 / 3.
        let first = y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f64>();
        assert!((first + 2.0 / 3.5_f64.sqrt()).abs() < 1e-5);
        assert!((values(norm.running_mean.value())[0] - 0.3).abs() < 1e-6);
        assert!((values(norm.running_var.value())[0] - (0.9 + 0.1 * 14.0 / 3.0)).abs() < 1e-6);
    }

    #[test]
    fn evaluation_and_frozen_layers_leave_the_statistics() {
        let device = Device::default().autodiff();
        let norm = BatchNorm::new(1, &device);
        let x = || Tensor::<4>::from_data([[[[1.0, 2.0]]], [[[3.0, 6.0]]]], &device);
        let expected = 1.0 / (1.0 + EPSILON).sqrt();
        let plain = norm.valid().forward(x().without_autodiff());
        let frozen = norm.clone().freeze();
        for y in [plain, frozen.forward(x())] {
            assert!((y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f64>() - expected).abs() < 1e-6);
        }
        assert_eq!(values(frozen.running_mean.value_sync()), [0.0]);
    }
}
