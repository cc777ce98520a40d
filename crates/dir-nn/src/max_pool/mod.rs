//! The largest number of every window, and where its gradient goes.
//!
//! Burn's CPU backend looks at one window after the other; here a row of windows is looked at tap by tap, in vectors, and what is
//! kept for the gradient is which tap it was. Other backends keep Burn's.

mod autodiff;
mod extension;
#[cfg(feature = "flex")]
mod flex;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use extension::{PoolOps, Window};

/// The largest number of every window of a map. Of equal ones the first has the gradient; what is not a number stays so.
///
/// # Shapes
/// `[N, C, H, W]` to `[N, C, H', W']`, `H' = (H + 2 · padding - kernel) / stride + 1`.
/// # Panics
/// If a window is larger than the padded map, or the padding than half a window.
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_nn::max_pool::{Window, max_pool};
/// let x = Tensor::<4>::from_data([[[[1.0, 5.0, 2.0], [3.0, 4.0, 0.0]]]], &Device::default());
/// let y = max_pool(x, Window { kernel: [2, 2], stride: [1, 1], padding: [0, 0] });
/// assert_eq!(y.into_data().iter().collect::<Vec<f32>>(), [5.0, 5.0]);
/// ```
#[must_use]
pub fn max_pool(x: Tensor<4>, window: Window) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    for (axis, size) in [height, width].into_iter().enumerate() {
        let (kernel, padding) = (window.kernel[axis], window.padding[axis]);
        assert!(
            size + 2 * padding >= kernel,
            "max_pool: found a map of {size}, expected at least a window of {kernel}"
        );
        assert!(2 * padding <= kernel, "max_pool: found a padding of {padding}, expected at most half of {kernel}");
    }
    Tensor::from_dispatch(<Dispatch as PoolOps>::largest(x.into_dispatch(), window).0)
}
