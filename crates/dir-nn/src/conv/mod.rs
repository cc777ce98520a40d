//! Two-dimensional convolution whose gradients are fast on the CPU too.
//!
//! `y[n, o] = b[o] + Σ_i w[o, i] ⋆ x[n, i]`. Burn's CPU backend has no weight gradient of its own: the generic one is a
//! convolution with a kernel as large as the picture, four fifths of a ResNet's training step. Here all three are products
//! of matrices. GPUs keep Burn's.

mod autodiff;
mod extension;
#[cfg(feature = "flex")]
mod flex;

use burn::backend::Dispatch;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

pub use extension::{ConvOps, Geometry};
#[cfg(feature = "flex")]
pub(crate) use flex::convolve;

/// A convolution of a tensor with a kernel.
///
/// # Shapes
/// `x` `[N, in, H, W]`, `weight` `[out, in, kh, kw]` to `[N, out, H', W']`, `H' = (H + 2 · padding - kh) / stride + 1`.
/// # Panics
/// If the channels differ or the kernel is larger than the padded picture.
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_nn::conv::{Geometry, conv2d};
/// let device = Device::default();
/// let (x, w) = (Tensor::ones([2, 3, 8, 6], &device), Tensor::ones([5, 3, 3, 3], &device));
/// let y = conv2d(x, w, Geometry { stride: [2, 1], padding: [1, 1] });
/// assert_eq!(y.dims(), [2, 5, 4, 6]);
/// assert_eq!(y.slice([0..1, 0..1, 1..2, 1..2]).into_scalar::<f32>(), 27.0); // inside: 3 channels of 9 taps
/// ```
#[must_use]
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    check(&x, &weight, geometry);
    Tensor::from_dispatch(<Dispatch as ConvOps>::convolve(x.into_dispatch(), weight.into_dispatch(), geometry))
}

/// Shape of the output of operands that fit.
pub(crate) fn check(x: &Tensor<4>, weight: &Tensor<4>, geometry: Geometry) -> [usize; 4] {
    let ([pictures, inputs, height, width], [outputs, expected, kh, kw]) = (x.dims(), weight.dims());
    assert_eq!(inputs, expected, "conv2d: found {inputs} channels, expected {expected}");
    let fits = height + 2 * geometry.padding[0] >= kh && width + 2 * geometry.padding[1] >= kw;
    assert!(fits, "conv2d: found a picture of {height} x {width}, expected at least the kernel, {kh} x {kw}");
    [pictures, outputs, geometry.output(0, height, kh), geometry.output(1, width, kw)]
}

/// A layer of [`conv2d`], with or without bias.
#[derive(Module, Debug)]
pub struct Conv {
    pub(crate) weight: Param<Tensor<4>>,
    pub(crate) bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    geometry: Geometry,
}

impl Conv {
    /// A layer without bias; the parameters are the caller's to draw.
    #[must_use]
    pub fn new(weight: Tensor<4>, geometry: Geometry) -> Self {
        Self { weight: Param::from_tensor(weight), bias: None, geometry }
    }

    /// The same with a bias per output channel.
    #[must_use]
    pub fn with_bias(self, bias: Tensor<1>) -> Self {
        Self { bias: Some(Param::from_tensor(bias)), ..self }
    }

    /// `[N, in, H, W]` to `[N, out, H', W']`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = conv2d(x, self.weight.val(), self.geometry);
        match &self.bias {
            Some(bias) => {
                let bias = bias.val();
                let channels = bias.dims()[0];
                y + bias.reshape([1, channels, 1, 1])
            }
            None => y,
        }
    }

    /// What this layer and another of the same geometry, neither with a bias, make of one input: one convolution, so that patches are
    /// cut out of it once.
    #[must_use]
    pub(crate) fn forward_beside(&self, other: &Self, x: Tensor<4>) -> [Tensor<4>; 2] {
        debug_assert!(self.geometry == other.geometry && self.bias.is_none() && other.bias.is_none());
        let weights = [self.weight.val(), other.weight.val()];
        let [first, second] = [0, 1].map(|k| weights[k].dims()[0]);
        let y = conv2d(x, Tensor::cat(weights.into(), 0), self.geometry);
        [y.clone().narrow(1, 0, first), y.narrow(1, first, second)]
    }

    pub(crate) fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Where the parameters are.
    #[must_use]
    pub fn device(&self) -> Device {
        self.weight.val().device()
    }
}
