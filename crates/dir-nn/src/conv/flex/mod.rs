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
use burn::tensor::DType;

use super::extension::{ConvOps, Geometry};
use crate::flex::{numbers, shape_of, tensor};
use patches::Sizes;

/// Calls a function of two lists of numbers and gives its result a shape; in single precision `$direct` takes the place of `$function`
/// where it pays.
macro_rules! compute {
    ($direct:path, if $pays:path | $function:path, $a:expr, $b:expr, $sizes:expr, $shape:expr) => {{
        let dtype = $a.dtype();
        if dtype == DType::F64 {
            let [a, b] = [$a, $b].map(numbers::<f64>);
            tensor($function(a.storage::<f64>(), b.storage(), &$sizes), &$shape, dtype)
        } else {
            let [a, b] = [$a, $b].map(numbers::<f32>);
            let function = if $pays(&$sizes) { $direct } else { $function };
            tensor(function(a.storage(), b.storage(), &$sizes), &$shape, dtype)
        }
    }};
}

impl ConvOps for Flex {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        let shape = [sizes.pictures, sizes.outputs, sizes.output[0], sizes.output[1]];
        compute!(direct::forward, if direct::pays | forward::forward, x, weight, sizes, shape)
    }

    fn convolve_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        compute!(direct::input_gradient, if direct::pays_back | input_gradient::input_gradient, gradient, weight, sizes, shape_of(&x))
    }

    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        compute!(direct::weight_gradient, if direct::pays | weight_gradient::weight_gradient, x, gradient, sizes, shape_of(&weight))
    }
}
