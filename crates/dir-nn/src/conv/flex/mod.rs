//! Convolutions on the CPU: by sliding the kernel over padded planes where that pays ([`direct`]), else as products of matrices,
//! patches of the picture times the kernel, and the two transposes.

mod direct;
mod forward;
mod input_gradient;
mod patches;
mod small;
mod weight_gradient;
mod wide;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::extension::{ConvOps, Geometry};
use crate::flex::{Recycled, numbers, shape_of, tensor, with_numbers};
use crate::product::Float;
use patches::Sizes;

/// Numbers that a kernel may slide over, where that pays.
pub(crate) trait Sliding: Float {
    fn forward(
        _x: &[Self],
        _weight: &[Self],
        _sizes: &Sizes,
        _done: &(impl Fn(usize, &mut [Self]) + Sync),
    ) -> Option<Recycled<Self>> {
        None
    }

    fn input_gradient(_gradient: &[Self], _weight: &[Self], _sizes: &Sizes) -> Option<Recycled<Self>> {
        None
    }

    fn weight_gradient(_x: &[Self], _gradient: &[Self], _sizes: &Sizes) -> Option<Recycled<Self>> {
        None
    }
}

impl Sliding for f64 {}

impl Sliding for f32 {
    fn forward(
        x: &[Self],
        weight: &[Self],
        sizes: &Sizes,
        done: &(impl Fn(usize, &mut [Self]) + Sync),
    ) -> Option<Recycled<Self>> {
        direct::pays(sizes).then(|| direct::forward(x, weight, sizes, done))
    }

    fn input_gradient(gradient: &[Self], weight: &[Self], sizes: &Sizes) -> Option<Recycled<Self>> {
        direct::pays_back(sizes).then(|| direct::input_gradient(gradient, weight, sizes))
    }

    fn weight_gradient(x: &[Self], gradient: &[Self], sizes: &Sizes) -> Option<Recycled<Self>> {
        direct::pays(sizes).then(|| direct::weight_gradient(x, gradient, sizes))
    }
}

/// The convolution of numbers that have shapes; `done` is told of every picture whose outputs are there.
pub(crate) fn convolve<E: Sliding>(
    [x, weight]: [&[E]; 2],
    shapes: [&[usize]; 2],
    geometry: Geometry,
    done: impl Fn(usize, &mut [E]) + Sync,
) -> (Recycled<E>, [usize; 4]) {
    let sizes = Sizes::new(shapes[0], shapes[1], geometry);
    let out = E::forward(x, weight, &sizes, &done).unwrap_or_else(|| forward::forward(x, weight, &sizes, &done));
    (out, [sizes.pictures, sizes.outputs, sizes.output[0], sizes.output[1]])
}

impl ConvOps for Flex {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        let (shapes, dtype) = ([shape_of(&x), shape_of(&weight)], x.dtype());
        with_numbers!(x, E, {
            let [x, weight] = [x, weight].map(numbers::<E>);
            let shapes = shapes.each_ref().map(Vec::as_slice);
            let (out, shape) = convolve::<E>([x.storage(), weight.storage()], shapes, geometry, |_, _| {});
            tensor(out, &shape, dtype)
        })
    }

    fn convolve_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let (shape, dtype) = (shape_of(&x), x.dtype());
        let sizes = Sizes::new(&shape, &shape_of(&weight), geometry);
        with_numbers!(x, E, {
            let [gradient, weight] = [gradient, weight].map(numbers::<E>);
            let (gradient, weight) = (gradient.storage::<E>(), weight.storage());
            let out = E::input_gradient(gradient, weight, &sizes);
            tensor(out.unwrap_or_else(|| input_gradient::input_gradient(gradient, weight, &sizes)), &shape, dtype)
        })
    }

    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let (shape, dtype) = (shape_of(&weight), weight.dtype());
        let sizes = Sizes::new(&shape_of(&x), &shape, geometry);
        with_numbers!(x, E, {
            let [x, gradient] = [x, gradient].map(numbers::<E>);
            let (x, gradient) = (x.storage::<E>(), gradient.storage());
            let out = E::weight_gradient(x, gradient, &sizes);
            tensor(out.unwrap_or_else(|| weight_gradient::weight_gradient(x, gradient, &sizes)), &shape, dtype)
        })
    }
}
