//! Convolution as a Burn backend extension. What a backend does not bring itself comes from Burn.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};
use burn::tensor::ops::ConvOptions;

/// How a kernel moves over a picture: rows first, columns second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Steps between outputs.
    pub stride: [usize; 2],
    /// Zeros on either side.
    pub padding: [usize; 2],
}

impl Geometry {
    /// The same in both directions.
    #[must_use]
    pub const fn square(stride: usize, padding: usize) -> Self {
        Self { stride: [stride; 2], padding: [padding; 2] }
    }

    /// Size of the output along one axis (0 rows, 1 columns).
    #[must_use]
    pub const fn output(&self, axis: usize, input: usize, kernel: usize) -> usize {
        (input + 2 * self.padding[axis] - kernel) / self.stride[axis] + 1
    }

    fn options(self) -> ConvOptions<2> {
        ConvOptions::new(self.stride, self.padding, [1, 1], 1)
    }
}

/// Convolution and its gradients. Use [`crate::conv::conv2d`], which checks shapes; a backend implements these.
///
/// Shapes: `x` `[N, in, H, W]`, `weight` `[out, in, kh, kw]`, `gradient` that of the output.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait ConvOps: Backend {
    /// The convolution.
    #[fusion(default)]
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        Self::conv2d(x, weight, None, geometry.options())
    }

    /// Its gradient in `x`.
    #[fusion(default)]
    fn convolve_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv2d_x_backward(x, weight, gradient, geometry.options())
    }

    /// Its gradient in `weight`.
    #[fusion(default)]
    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv2d_weight_backward(x, weight, gradient, geometry.options())
    }
}

#[cfg(feature = "cube")]
impl ConvOps for burn_cubecl::CubeBackend {}
