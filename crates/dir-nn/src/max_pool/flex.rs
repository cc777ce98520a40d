//! Pooling on the CPU, plane by plane. Places are kept as the number of the tap, row by row of the window.

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::extension::{PoolOps, Window};
use crate::flex::{Recycled, numbers, shape_of, tensor, with_numbers};
use crate::product::{Float, is_nan};

/// The tap of a place outside of the map, behind all others.
const NONE: i32 = i32::MAX / 2;

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

    /// The rows of the map that a row of windows sees, and which row of a window the first of them is.
    fn rows(&self, row: usize) -> (Range<usize>, usize) {
        let (first, padding) = (row * self.window.stride[0], self.window.padding[0]);
        let rows = first.saturating_sub(padding)..(first + self.window.kernel[0] - padding).min(self.map[0]);
        (rows, padding.saturating_sub(first))
    }

    /// Where every tap is in a window: row, column.
    fn taps(&self) -> Vec<[usize; 2]> {
        let [height, width] = self.window.kernel;
        (0..height).flat_map(|down| (0..width).map(move |across| [down, across])).collect()
    }
}

/// The largest number of every window of a plane, and its tap: first down the columns of the map, then across.
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
        let (Window { kernel, stride, .. }, width) = (sizes.window, sizes.map[1]);
        let mut columns = Columns::new(&sizes);
        let out = largest.chunks_exact_mut(sizes.output[1]).zip(taps.chunks_exact_mut(sizes.output[1]));
        for (row, (largest, taps)) in out.enumerate() {
            let (rows, first) = sizes.rows(row);
            for (down, row) in (first..).zip(x[rows.start * width..rows.end * width].chunks_exact(width)) {
                columns.take(row, (down * kernel[1]) as i32, down == first);
            }
            largest.fill(columns.least);
            taps.fill(NONE);
            for across in 0..kernel[1] {
                match stride[1] {
                    1 => columns.give::<1>(across, 1, largest, taps),
                    2 => columns.give::<2>(across, 2, largest, taps),
                    step => columns.give::<0>(across, step, largest, taps),
                }
            }
        }
    }
}

/// The largest number of every column that a row of windows sees, and the first tap of its row; around them what no window takes.
struct Columns<E> {
    least: E,
    padding: usize,
    largest: Vec<E>,
    taps: Vec<i32>,
}

impl<E: Float> Columns<E> {
    #[inline(always)]
    fn new(sizes: &Sizes) -> Self {
        let (padding, least) = (sizes.window.padding[1], E::of(f64::NEG_INFINITY));
        let seen = (sizes.output[1] * sizes.window.stride[1]).max(sizes.map[1]) + sizes.window.kernel[1];
        Self { least, padding, largest: vec![least; padding + seen], taps: vec![NONE; padding + seen] }
    }

    /// Takes from a row of the map what is larger, all of it from the first.
    #[inline(always)]
    fn take(&mut self, row: &[E], tap: i32, first: bool) {
        let places = self.padding..self.padding + row.len();
        let (largest, taps) = (&mut self.largest[places.clone()], &mut self.taps[places]);
        if first {
            largest.copy_from_slice(row);
            taps.fill(tap);
            return;
        }
        for ((old, old_tap), &value) in largest.iter_mut().zip(taps).zip(row) {
            let larger = (value > *old) | is_nan(value);
            *old_tap = if larger { tap } else { *old_tap };
            *old = if larger { value } else { *old };
        }
    }

    /// Gives every window what it sees `across` from its left side, if that is larger or as large and before. `STEP` is `step` or, if
    /// that is not known, 0.
    #[inline(always)]
    fn give<const STEP: usize>(&self, across: usize, step: usize, largest: &mut [E], taps: &mut [i32]) {
        let step = if STEP == 0 { step } else { STEP };
        let seen = self.largest[across..].chunks_exact(step).zip(self.taps[across..].chunks_exact(step));
        for ((old, old_tap), (value, tap)) in largest.iter_mut().zip(taps).zip(seen) {
            let (value, tap) = (value[0], tap[0] + across as i32);
            let larger = (value > *old) | is_nan(value) | ((value == *old) & (tap < *old_tap));
            *old_tap = if larger { tap } else { *old_tap };
            *old = if larger { value } else { *old };
        }
    }
}

fn largest<E: Float>(x: &[E], sizes: Sizes) -> (Recycled<E>, Recycled<i32>) {
    let planes = x.len() / sizes.plane().max(1);
    let (mut largest, mut taps) = (Recycled::any(planes * sizes.places()), Recycled::any(planes * sizes.places()));
    let out = largest.par_chunks_mut(sizes.places().max(1)).zip(taps.par_chunks_mut(sizes.places().max(1)));
    out.zip(x.par_chunks(sizes.plane().max(1))).for_each(|((largest, taps), x)| {
        Arch::new().dispatch(Plane { x, largest, taps, sizes });
    });
    (largest, taps)
}

fn largest_backward<E: Float>(gradient: &[E], taps: &[i32], sizes: Sizes) -> Recycled<E> {
    let planes = gradient.len() / sizes.places().max(1);
    let mut out = Recycled::any(planes * sizes.plane());
    let ([rows, columns], [height, width]) = (sizes.window.stride, sizes.map);
    let places = sizes.taps();
    let read = gradient.par_chunks(sizes.places().max(1)).zip(taps.par_chunks(sizes.places().max(1)));
    out.par_chunks_mut((height * width).max(1)).zip(read).for_each(|(out, (gradient, taps))| {
        out.fill(E::default());
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
