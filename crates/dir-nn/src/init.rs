//! Initial parameters drawn on the host from a key: the same on every backend, whatever was drawn before.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, TensorData};
use dir_core::random::Stream;

/// PyTorch's default for a linear layer: weight and bias from `U(-1/√inputs, 1/√inputs)`.
pub(crate) fn linear(inputs: usize, outputs: usize, key: &[u64], device: &Device) -> Linear {
    let mut stream = Stream::new(key);
    let bound = (inputs as f64).sqrt().recip();
    let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| (bound * (2.0 * stream.unit() - 1.0)) as f32).collect() };
    let weight = TensorData::new(draw(inputs * outputs), [inputs, outputs]);
    let bias = TensorData::new(draw(outputs), [outputs]);
    Linear { weight: Param::from_data(weight, device), bias: Some(Param::from_data(bias, device)) }
}
