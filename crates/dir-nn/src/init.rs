//! Initial parameters drawn on the host from a key: the same on every backend, whatever was drawn before.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::random::Stream;

use crate::conv::{Conv, Geometry};

/// Draws numbers from `U(-bound, bound)`, so many at a time, one list after the other.
pub(crate) fn around_zero(bound: f64, key: &[u64]) -> impl FnMut(usize) -> Vec<f32> + use<> {
    let mut stream = Stream::new(key);
    move |n| (0..n).map(|_| (bound * (2.0 * stream.unit() - 1.0)) as f32).collect()
}

/// PyTorch's default for a linear layer: weight and bias from `U(-1/√inputs, 1/√inputs)`.
pub(crate) fn linear(inputs: usize, outputs: usize, key: &[u64], device: &Device) -> Linear {
    let mut draw = around_zero((inputs as f64).sqrt().recip(), key);
    let weight = TensorData::new(draw(inputs * outputs), [inputs, outputs]);
    let bias = TensorData::new(draw(outputs), [outputs]);
    Linear { weight: Param::from_data(weight, device), bias: Some(Param::from_data(bias, device)) }
}

/// The last layer of a network: one number from its features.
pub(crate) fn head(features: usize, seed: u64, device: &Device) -> Linear {
    linear(features, 1, &head_key(seed), device)
}

/// Another last layer in the place of one.
pub(crate) fn new_head(old: &Linear, outputs: usize, seed: u64) -> Linear {
    let weight = old.weight.val();
    linear(weight.dims()[0], outputs, &head_key(seed), &weight.device())
}

fn head_key(seed: u64) -> [u64; 2] {
    [seed, u64::MAX]
}

/// PyTorch's default for a convolution: weights, and the bias if there is one, from `U(-1/√n, 1/√n)`, `n` inputs of a unit.
pub(crate) fn plain_conv([inputs, outputs, kernel]: [usize; 3], bias: bool, key: &[u64], device: &Device) -> Conv {
    let mut draw = around_zero(((inputs * kernel * kernel) as f64).sqrt().recip(), key);
    let shape = [outputs, inputs, kernel, kernel];
    let weight = Tensor::from_data(TensorData::new(draw(shape.iter().product()), shape), device);
    let conv = Conv::new(weight, Geometry::square(1, kernel / 2));
    if bias { conv.with_bias(Tensor::from_data(TensorData::new(draw(outputs), [outputs]), device)) } else { conv }
}

/// A convolution as ResNets begin: weights from `N(0, 2 / (outputs · kernel²))` (He's, by fan-out), no bias.
pub(crate) fn conv([inputs, outputs, kernel]: [usize; 3], geometry: Geometry, key: &[u64], device: &Device) -> Conv {
    he_conv([inputs, outputs], [kernel, kernel], geometry, key, device)
}

/// A convolution along one axis, begun as [`conv`]: the kernel is one row high. It keeps the length but for the stride.
pub(crate) fn conv_1d([inputs, outputs, kernel]: [usize; 3], stride: usize, key: &[u64], device: &Device) -> Conv {
    let geometry = Geometry { stride: [1, stride], padding: [0, kernel / 2] };
    he_conv([inputs, outputs], [1, kernel], geometry, key, device)
}

fn he_conv(
    [inputs, outputs]: [usize; 2],
    [height, width]: [usize; 2],
    geometry: Geometry,
    key: &[u64],
    device: &Device,
) -> Conv {
    let mut stream = Stream::new(key);
    let deviation = (2.0 / (outputs * height * width) as f64).sqrt();
    let n = outputs * inputs * height * width;
    let weight: Vec<f32> = (0..n).map(|_| (deviation * stream.normal()) as f32).collect();
    Conv::new(Tensor::from_data(TensorData::new(weight, [outputs, inputs, height, width]), device), geometry)
}
