//! Convolutions on the CPU: by sliding the kernel over padded planes where that pays ([`direct`]), else as products of matrices,
//! patches of the picture times the kernel, and the two transposes.

mod direct;
mod forward;
mod input_gradient;
mod patches;
mod weight_gradient;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Element, TensorData};
use burn_flex::FlexTensor;

use super::extension::{ConvOps, Geometry};
use patches::Sizes;

/// Calls a function of two lists of numbers and gives its result a shape; half precision is computed in single, and `$direct`
/// takes the place of `$function` in single precision where it pays.
macro_rules! compute {
    ($direct:path | $function:path, $a:expr, $b:expr, $sizes:expr, $shape:expr) => {{
        let (a, b, shape): (FlexTensor, FlexTensor, Vec<usize>) = ($a.to_contiguous(), $b.to_contiguous(), $shape);
        let dtype = a.dtype();
        match dtype {
            DType::F32 if direct::pays(&$sizes) => tensor($direct(a.storage(), b.storage(), &$sizes), shape, dtype),
            DType::F32 => tensor($function(a.storage::<f32>(), b.storage::<f32>(), &$sizes), shape, dtype),
            DType::F64 => tensor($function(a.storage::<f64>(), b.storage::<f64>(), &$sizes), shape, dtype),
            _ => {
                let [a, b] = [a, b].map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<f32>>());
                tensor($function(&a, &b, &$sizes), shape, dtype)
            }
        }
    }};
}

fn tensor<E: Element>(values: Vec<E>, shape: Vec<usize>, dtype: DType) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape).convert_dtype(dtype))
}

fn shape_of(tensor: &FlexTensor) -> Vec<usize> {
    tensor.layout().shape().to_vec()
}

impl ConvOps for Flex {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        let shape = vec![sizes.pictures, sizes.outputs, sizes.output[0], sizes.output[1]];
        compute!(direct::forward | forward::forward, x, weight, sizes, shape)
    }

    fn convolve_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        compute!(direct::input_gradient | input_gradient::input_gradient, gradient, weight, sizes, shape_of(&x))
    }

    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let sizes = Sizes::new(&shape_of(&x), &shape_of(&weight), geometry);
        compute!(direct::weight_gradient | weight_gradient::weight_gradient, x, gradient, sizes, shape_of(&weight))
    }
}
