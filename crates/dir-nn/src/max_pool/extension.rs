//! Pooling as a Burn backend extension. What a backend does not bring itself comes from Burn.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};
use burn::tensor::IntDType;

/// Windows over a map: rows first, columns second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns of a window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Rows and columns around the map that no window takes a number from.
    pub padding: [usize; 2],
}

impl Window {
    /// Windows along one axis (0 rows, 1 columns).
    #[must_use]
    pub const fn output(&self, axis: usize, input: usize) -> usize {
        (input + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
    }
}

/// The largest numbers and their gradient. Use [`crate::max_pool::max_pool`], which checks shapes; a backend implements these.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait PoolOps: Backend {
    /// The largest number of every window, and where it is, in a form that the backend chooses.
    #[fusion(default)]
    fn largest(x: FloatTensor<Self>, window: Window) -> (FloatTensor<Self>, IntTensor<Self>) {
        let Window { kernel, stride, padding } = window;
        let all = Self::max_pool2d_with_indices(x, kernel, stride, padding, [1, 1], false, IntDType::I32);
        (all.output, all.indices)
    }

    /// The gradient in `x`.
    #[fusion(default)]
    fn largest_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        places: IntTensor<Self>,
        window: Window,
    ) -> FloatTensor<Self> {
        let Window { kernel, stride, padding } = window;
        Self::max_pool2d_with_indices_backward(x, kernel, stride, padding, [1, 1], false, gradient, places).x_grad
    }
}

#[cfg(feature = "cube")]
impl PoolOps for burn_cubecl::CubeBackend {}
