//! A convolution, the batch norm behind it and what follows that: `y = after(γ · (w ⋆ x - mean) / √(var + ε) + β)`, or with a shortcut
//! `max(.. + shortcut, 0)`.
//!
//! In evaluation the statistics are known before the convolution, so on the CPU the rest is done with each picture's outputs while
//! they are near: by itself it would be one or two more passes over memory. Every number is rounded as in the layers one by one. In
//! training the batch's own statistics are needed first, and it is the layers one by one; on other backends always.

mod extension;
#[cfg(feature = "flex")]
mod flex;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::batch_norm::{After, BatchNorm, add_relu};
use crate::conv::{Conv, check};

pub use extension::ConvNormOps;

/// `bn(conv(x))`: `[N, in, H, W]` to `[N, out, H', W']`.
#[must_use]
pub fn conv_norm(conv: &Conv, norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    followed(conv, norm, After::Nothing, x)
}

/// `ReLU(bn(conv(x)))`.
#[must_use]
pub fn conv_norm_relu(conv: &Conv, norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    followed(conv, norm, After::Relu, x)
}

/// `ReLU(bn(conv(x)) + shortcut)`.
///
/// # Panics
/// If the shortcut does not have the output's shape.
#[must_use]
pub fn conv_norm_add_relu(conv: &Conv, norm: &BatchNorm, x: Tensor<4>, shortcut: Tensor<4>) -> Tensor<4> {
    if !is_one(conv, &x) {
        return add_relu(norm.forward(conv.forward(x)), shortcut);
    }
    let (weight, geometry) = (conv.weight.val(), conv.geometry());
    let expected = check(&x, &weight, geometry);
    assert_eq!(shortcut.dims(), expected, "conv_norm_add_relu: found a shortcut that differs from the output");
    let [gamma, beta, mean, variance] = norm.table(expected[1]);
    let [x, weight, shortcut] = [x, weight, shortcut].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as ConvNormOps>::convolve_normalize_add(
        x, weight, shortcut, gamma, beta, mean, variance, geometry,
    ))
}

fn followed(conv: &Conv, norm: &BatchNorm, after: After, x: Tensor<4>) -> Tensor<4> {
    if !is_one(conv, &x) {
        return norm.then(after, conv.forward(x));
    }
    let (weight, geometry) = (conv.weight.val(), conv.geometry());
    let [_, outputs, ..] = check(&x, &weight, geometry);
    let [gamma, beta, mean, variance] = norm.table(outputs);
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as ConvNormOps>::convolve_normalize(
        x, weight, gamma, beta, mean, variance, after, geometry,
    ))
}

/// Whether all of it is one operation: where no gradient is tracked.
pub(crate) fn is_one(conv: &Conv, x: &Tensor<4>) -> bool {
    !x.device().is_autodiff() && conv.bias.is_none()
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use burn::module::{Module, Param, RunningState};
    use burn::tensor::{DType, Device, TensorData};
    use dir_core::random::Stream;

    use super::*;
    use crate::conv::Geometry;

    /// Layers with numbers of every kind, and pictures.
    fn layers(x: [usize; 4], outputs: usize, kernel: [usize; 2], dtype: DType) -> (Conv, BatchNorm, Tensor<4>) {
        let device = Device::flex();
        let mut stream = Stream::new(&[x[0] as u64, x[1] as u64, outputs as u64]);
        let mut draw = |n: usize| (0..n).map(|_| stream.normal()).collect::<Vec<f64>>();
        let mut four = |shape: [usize; 4]| {
            let values = draw(shape.iter().product());
            Tensor::<4>::from_data(TensorData::new(values, shape), (&device, dtype))
        };
        let (weight, x) = (four([outputs, x[1], kernel[0], kernel[1]]), four(x));
        let one = |values: Vec<f64>| Tensor::<1>::from_data(TensorData::new(values, [outputs]), (&device, dtype));
        let mut norm = BatchNorm::new(outputs, &device);
        norm.weight = Param::from_tensor(one(draw(outputs)));
        norm.bias = Param::from_tensor(one(draw(outputs)));
        norm.running_mean = RunningState::new(one(draw(outputs)));
        norm.running_var = RunningState::new(one(draw(outputs).iter().map(|v| v * v + 0.1).collect()));
        let geometry = Geometry { stride: [1, 1], padding: [kernel[0] / 2, kernel[1] / 2] };
        (Conv::new(weight, geometry), norm.valid(), x)
    }

    fn numbers(tensor: Tensor<4>) -> Vec<f64> {
        tensor.into_data().iter().collect()
    }

    #[test]
    fn the_layers_one_by_one_to_the_last_bit() {
        // Kernels that slide, pictures that are their own patches, small ones side by side, one at a time; NaN from an overflow.
        let shapes = [
            ([2, 3, 19, 23], 9, [3, 3]),
            ([2, 5, 12, 13], 7, [1, 1]),
            ([9, 4, 3, 2], 20, [3, 3]),
            ([1, 2, 40, 7], 3, [5, 1]),
        ];
        for (shape, outputs, kernel) in shapes {
            for dtype in [DType::F32, DType::F64] {
                let (conv, norm, x) = layers(shape, outputs, kernel, dtype);
                let what = format!("{shape:?} {kernel:?} {dtype:?}");
                let plain = norm.forward(conv.forward(x.clone()));
                assert_eq!(numbers(conv_norm(&conv, &norm, x.clone())), numbers(plain.clone()), "{what}");
                let relu = norm.forward_relu(conv.forward(x.clone()));
                assert_eq!(numbers(conv_norm_relu(&conv, &norm, x.clone())), numbers(relu), "{what}, ReLU");
                let shortcut = plain.clone().sin() * 3.0;
                let sum = add_relu(plain, shortcut.clone());
                assert_eq!(numbers(conv_norm_add_relu(&conv, &norm, x, shortcut)), numbers(sum), "{what}, shortcut");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let (conv, norm, x) = layers([1, 2, 9, 9], 2, [3, 3], DType::F32);
        let x = x * f32::NAN;
        assert!(numbers(conv_norm_relu(&conv, &norm, x.clone())).iter().all(|y| y.is_nan()));
        let shortcut = x.clone().zeros_like();
        assert!(numbers(conv_norm_add_relu(&conv, &norm, x, shortcut)).iter().all(|y| y.is_nan()));
    }

    #[test]
    #[should_panic(expected = "a shortcut that differs")]
    fn a_shortcut_of_another_shape() {
        let (conv, norm, x) = layers([1, 2, 9, 9], 3, [3, 3], DType::F32);
        let shortcut = x.clone();
        drop(conv_norm_add_relu(&conv, &norm, x, shortcut));
    }
}
