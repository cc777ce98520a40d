//! Bilinear resizing of maps, by either convention of corners, with a gradient on every backend.
//!
//! Rows and columns are resized one after the other, each by a product with a small matrix of weights: `Y = A X Bᵀ` with two
//! entries per row of `A` and `B`. So the gradient, `Aᵀ G B`, is exact wherever there is a matrix product; Burn's own
//! interpolation has none on GPUs.
//!
//! # Source
//! PyTorch's `interpolate(mode = "bilinear")`, without anti-aliasing.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// What the ends of a map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corners {
    /// Corners of pixels (`align_corners = False`): a map is a grid of squares that is stretched.
    OfPixels,
    /// Centres of pixels (`align_corners = True`): the first and the last stay where they are.
    OfCentres,
}

/// Resizes maps.
///
/// # Shapes
/// `[N, C, H, W]` to `[N, C, size[0], size[1]]`.
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_nn::resize::{Corners, bilinear};
/// let x = Tensor::<4>::from_data([[[[0.0, 10.0]]]], &Device::default());
/// let wide = |corners| bilinear(x.clone(), [1, 4], corners).into_data().iter::<f32>().collect::<Vec<_>>();
/// assert_eq!(wide(Corners::OfPixels), [0.0, 2.5, 7.5, 10.0]); // PyTorch
/// let centred = wide(Corners::OfCentres);
/// assert!((centred[1] - 10.0 / 3.0).abs() < 1e-5);
/// ```
#[must_use]
pub fn bilinear(x: Tensor<4>, size: [usize; 2], corners: Corners) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    if [height, width] == size {
        return x;
    }
    let (device, dtype) = (x.device(), x.dtype());
    let columns = matrix(width, size[1], corners, dtype, &device).transpose();
    let rows = matrix(height, size[0], corners, dtype, &device);
    let wide = x.reshape([n * c * height, width]).matmul(columns).reshape([n * c, height, size[1]]);
    // Rows last, so that this product, too, is one of two matrices.
    let tall = wide.swap_dims(1, 2).reshape([n * c * size[1], height]).matmul(rows.transpose());
    tall.reshape([n * c, size[1], size[0]]).swap_dims(1, 2).reshape([n, c, size[0], size[1]])
}

/// `[to, from]`: how much of each old place a new one is.
fn matrix(from: usize, to: usize, corners: Corners, dtype: DType, device: &Device) -> Tensor<2> {
    let mut values = vec![0.0_f64; from * to];
    for (place, row) in values.chunks_mut(from.max(1)).enumerate() {
        let (low, high, share) = neighbours(place, from, to, corners);
        row[low] += 1.0 - share;
        row[high] += share;
    }
    Tensor::from_data(TensorData::new(values, [to, from]), (device, dtype))
}

/// The two old places that a new one lies between, and the share of the second.
fn neighbours(place: usize, from: usize, to: usize, corners: Corners) -> (usize, usize, f64) {
    let place = place as f64;
    let position = match corners {
        Corners::OfPixels => ((place + 0.5) * from as f64 / to as f64 - 0.5).max(0.0),
        Corners::OfCentres if to > 1 => place * (from - 1) as f64 / (to - 1) as f64,
        Corners::OfCentres => 0.0,
    };
    let low = (position as usize).min(from - 1);
    (low, (low + 1).min(from - 1), position - low as f64)
}

// In `f64`, which the CPU has.
#[cfg(all(test, feature = "flex"))]
mod tests {
    use dir_core::random::Stream;

    use super::*;

    fn map(key: u64, shape: [usize; 4], device: &Device) -> Tensor<4> {
        let mut stream = Stream::new(&[key]);
        let values: Vec<f64> = (0..shape.iter().product()).map(|_| stream.normal()).collect();
        Tensor::from_data(TensorData::new(values, shape), (device, DType::F64))
    }

    fn numbers(x: Tensor<4>) -> Vec<f64> {
        x.into_data().iter().collect()
    }

    #[test]
    fn as_pytorch() {
        // torch 2.11: interpolate(arange(6).reshape(1, 1, 2, 3) ** 2, size=(3, 4), mode="bilinear", align_corners=...)
        let x = Tensor::<4>::from_data([[[[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]]]], (&Device::flex(), DType::F64));
        let pixels = [0.0, 0.625, 2.125, 4.0, 4.5, 7.0, 10.75, 14.5, 9.0, 13.375, 19.375, 25.0];
        for (found, expected) in numbers(bilinear(x.clone(), [3, 4], Corners::OfPixels)).into_iter().zip(pixels) {
            assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        }
        let third = 1.0 / 3.0;
        let row = |a: f64, b: f64, c: f64| [a, a + (b - a) * 2.0 * third, b + (c - b) * third, c];
        let centres = [row(0.0, 1.0, 4.0), row(4.5, 8.5, 14.5), row(9.0, 16.0, 25.0)].concat();
        for (found, expected) in numbers(bilinear(x, [3, 4], Corners::OfCentres)).into_iter().zip(centres) {
            assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        }
    }

    #[test]
    fn gradients_are_slopes() {
        let device = Device::flex().autodiff();
        let sizes = [([3, 5], [7, 4]), ([1, 1], [3, 2]), ([4, 6], [1, 9]), ([2, 3], [2, 3])];
        for (corners, (from, to)) in [Corners::OfPixels, Corners::OfCentres].iter().flat_map(|c| sizes.map(|s| (*c, s)))
        {
            let shape = [2, 2, from[0], from[1]];
            let x = map(1, shape, &device).require_grad();
            let upstream = map(2, [2, 2, to[0], to[1]], &device);
            let score = |x: Tensor<4>| (bilinear(x, to, corners) * upstream.clone()).sum();
            let gradients = score(x.clone()).backward();
            let found = numbers(x.grad(&gradients).expect("tracked"));
            let values = numbers(x);
            for (k, slope) in found.into_iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = values.clone();
                    moved[k] += step;
                    score(Tensor::from_data(TensorData::new(moved, shape), (&device, DType::F64))).into_scalar::<f64>()
                };
                let expected = (at(1e-4) - at(-1e-4)) / 2e-4;
                assert!((slope - expected).abs() < 1e-8, "{corners:?} {from:?} {to:?}: {slope}, expected {expected}");
            }
        }
    }
}
