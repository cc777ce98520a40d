//! Pooling on the CPU, plane by plane. Places are kept as the number of the tap, row by row of the window.

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::extension::{PoolOps, Window};
use crate::flex::{numbers, shape_of, tensor, with_numbers};
use crate::product::Float;

/// A map, the windows over it, and how many of them there are.
#[derive(Clone, Copy)]
struct Sizes {
    map: [usize; 2],
    window: Window,
    output: [usize; 2],
}

impl Sizes {
    fn new(map: [usize; 2], window: Window) -> Self {
        Self { map, window, output: [0, 1].map(|axis| window.output(axis, map[axis])) }
    }

    fn plane(&self) -> usize {
        self.map[0] * self.map[1]
    }

    fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// The windows along an axis whose tap lies on the map, and where that of the first one does.
    fn inside(&self, axis: usize, tap: usize) -> (Range<usize>, usize) {
        let (step, padding) = (self.window.stride[axis], self.window.padding[axis]);
        let first = padding.saturating_sub(tap).div_ceil(step);
        let end = (self.map[axis] + padding).saturating_sub(tap).div_ceil(step).min(self.output[axis]);
        (first.min(end)..end, (first * step + tap).saturating_sub(padding))
    }

    /// Every tap with its number: row, column.
    fn taps(&self) -> impl Iterator<Item = (usize, [usize; 2])> + use<> {
        let [height, width] = self.window.kernel;
        (0..height).flat_map(move |down| (0..width).map(move |across| (down * width + across, [down, across])))
    }
}

/// The largest number of every window of a plane, and its tap.
struct Plane<'a, E> {
    x: &'a [E],
    largest: &'a mut [E],
    taps: &'a mut [i32],
    sizes: Sizes,
}

impl<E: Float> WithSimd for Plane<'_, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, largest, taps, sizes } = self;
        let ([_, width], [down_step, step]) = (sizes.map, sizes.window.stride);
        taps.fill(-1);
        for (tap, [down, across]) in sizes.taps() {
            let (rows, top) = sizes.inside(0, down);
            let (columns, left) = sizes.inside(1, across);
            for (k, row) in rows.enumerate() {
                let row = row * sizes.output[1];
                let out = row + columns.start..row + columns.end;
                let x = &x[(top + k * down_step) * width + left..];
                let (largest, taps) = (&mut largest[out.clone()], &mut taps[out]);
                match step {
                    1 => take::<E, 1>(x, largest, taps, tap as i32, 1),
                    2 => take::<E, 2>(x, largest, taps, tap as i32, 2),
                    _ => take::<E, 0>(x, largest, taps, tap as i32, step),
                }
            }
        }
    }
}

/// Takes what a tap sees from some windows where it is larger. A NaN must not hide. `STEP` is `step` or, if that is not known, 0.
#[inline(always)]
fn take<E: Float, const STEP: usize>(x: &[E], largest: &mut [E], taps: &mut [i32], tap: i32, step: usize) {
    let step = if STEP == 0 { step } else { STEP };
    let Some(last) = largest.len().checked_sub(1) else { return };
    let x = &x[..=last * step];
    let taps = &mut taps[..=last];
    for k in 0..=last {
        let (value, old) = (x[k * step], largest[k]);
        let larger = (taps[k] < 0) | (value > old) | value.partial_cmp(&value).is_none();
        largest[k] = if larger { value } else { old };
        taps[k] = if larger { tap } else { taps[k] };
    }
}

fn largest<E: Float>(x: &[E], sizes: Sizes) -> (Vec<E>, Vec<i32>) {
    let planes = x.len() / sizes.plane().max(1);
    let (mut largest, mut taps) = (vec![E::default(); planes * sizes.places()], vec![0; planes * sizes.places()]);
    let out = largest.par_chunks_mut(sizes.places().max(1)).zip(taps.par_chunks_mut(sizes.places().max(1)));
    out.zip(x.par_chunks(sizes.plane().max(1))).for_each(|((largest, taps), x)| {
        Arch::new().dispatch(Plane { x, largest, taps, sizes });
    });
    (largest, taps)
}

fn largest_backward<E: Float>(gradient: &[E], taps: &[i32], sizes: Sizes) -> Vec<E> {
    let planes = gradient.len() / sizes.places().max(1);
    let mut out = vec![E::default(); planes * sizes.plane()];
    let ([rows, columns], [height, width]) = (sizes.window.stride, sizes.map);
    // Where a tap is on the map from the first number of the window, which may be none.
    let places: Vec<[usize; 2]> = sizes.taps().map(|(_, tap)| tap).collect();
    let read = gradient.par_chunks(sizes.places().max(1)).zip(taps.par_chunks(sizes.places().max(1)));
    out.par_chunks_mut((height * width).max(1)).zip(read).for_each(|(out, (gradient, taps))| {
        let windows = gradient.chunks_exact(sizes.output[1]).zip(taps.chunks_exact(sizes.output[1])).enumerate();
        for (row, (gradient, taps)) in windows {
            for (column, (&gradient, &tap)) in gradient.iter().zip(taps).enumerate() {
                let [down, across] = places[tap as usize];
                let at = (row * rows + down - sizes.window.padding[0]) * width;
                out[at + column * columns + across - sizes.window.padding[1]] += gradient;
            }
        }
    });
    out
}

impl PoolOps for Flex {
    fn largest(x: FloatTensor<Self>, window: Window) -> (FloatTensor<Self>, IntTensor<Self>) {
        let (shape, dtype) = (shape_of(&x), x.dtype());
        let sizes = Sizes::new([shape[2], shape[3]], window);
        let shape = [shape[0], shape[1], sizes.output[0], sizes.output[1]];
        with_numbers!(x, E, {
            let (largest, taps) = largest(numbers::<E>(x).storage::<E>(), sizes);
            (tensor(largest, &shape, dtype), tensor(taps, &shape, DType::I32))
        })
    }

    fn largest_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        places: IntTensor<Self>,
        window: Window,
    ) -> FloatTensor<Self> {
        let (shape, dtype) = (shape_of(&x), x.dtype());
        let sizes = Sizes::new([shape[2], shape[3]], window);
        with_numbers!(gradient, E, {
            let (gradient, taps) = (numbers::<E>(gradient), places.to_contiguous());
            tensor(largest_backward(gradient.storage::<E>(), taps.storage(), sizes), &shape, dtype)
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::module::max_pool2d;
    use burn::tensor::ops::MaxPoolOptions;
    use burn::tensor::{Device, Tensor, TensorData};
    use dir_core::random::Stream;

    use super::*;
    use crate::max_pool::max_pool;

    /// Values and gradients of `Σ y · r`.
    fn results(x: &Tensor<4>, pool: impl Fn(Tensor<4>) -> Tensor<4>) -> [Vec<f64>; 2] {
        let x = x.clone().detach().require_grad();
        let y = pool(x.clone());
        let count = y.dims().iter().product::<usize>();
        let weights: Vec<f64> = (0..count).map(|k| 1.0 + k as f64).collect();
        let weights = Tensor::<4>::from_data(TensorData::new(weights, y.dims()), (&x.device(), x.dtype()));
        let gradients = (y.clone() * weights).sum().backward();
        let gradient = x.grad(&gradients).expect("tracked").into_data();
        [y.into_data().iter().collect(), gradient.iter().collect()]
    }

    #[test]
    fn as_burns_own_ties_included() {
        let device = Device::flex().autodiff();
        let mut stream = Stream::new(&[11]);
        let windows =
            [([3, 3], [2, 2], [1, 1]), ([2, 3], [1, 3], [1, 0]), ([1, 3], [1, 2], [0, 1]), ([5, 2], [4, 1], [2, 1])];
        for (kernel, stride, padding) in windows {
            for (shape, dtype) in [([2, 3, 9, 14], DType::F32), ([1, 2, 5, 40], DType::F64), ([3, 1, 5, 3], DType::F32)]
            {
                // Few different numbers: many ties, as behind a ReLU.
                let values: Vec<f64> = (0..shape.iter().product()).map(|_| stream.below(4) as f64).collect();
                let x = Tensor::<4>::from_data(TensorData::new(values, shape), (&device, dtype));
                let ours = results(&x, |x| max_pool(x, Window { kernel, stride, padding }));
                let options = || MaxPoolOptions::new(kernel).with_stride(stride).with_padding(padding);
                assert_eq!(
                    ours,
                    results(&x, |x| max_pool2d(x, options())),
                    "{kernel:?} {stride:?} {padding:?} {shape:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let x = Tensor::<4>::from_data([[[[f32::NAN, 1.0, 2.0, f32::NEG_INFINITY]]]], &Device::flex());
        let y: Vec<f32> =
            max_pool(x, Window { kernel: [1, 2], stride: [1, 2], padding: [0, 0] }).into_data().iter().collect();
        assert!(y[0].is_nan() && y[1] == 2.0);
    }
}
