//! What operations on Burn's CPU backend share: from tensors to lists of numbers and back.

use burn::tensor::{DType, Element, TensorData};
use burn_flex::FlexTensor;

/// Runs a body with `E` for the kind of number that a tensor is computed in: half precision in single.
macro_rules! with_numbers {
    ($tensor:expr, $E:ident, $body:expr) => {
        match $tensor.dtype() {
            burn::tensor::DType::F64 => {
                type $E = f64;
                $body
            }
            _ => {
                type $E = f32;
                $body
            }
        }
    };
}
pub(crate) use with_numbers;

/// The numbers of a tensor, one after the other, as row-major storage has them.
pub(crate) fn numbers<E: Element>(tensor: FlexTensor) -> FlexTensor {
    let tensor = tensor.to_contiguous();
    if tensor.dtype() == E::dtype() {
        return tensor;
    }
    FlexTensor::from_data(tensor.into_data().convert_dtype(E::dtype()))
}

/// Numbers as a tensor of a type.
pub(crate) fn tensor<E: Element>(values: Vec<E>, shape: &[usize], dtype: DType) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()).convert_dtype(dtype))
}

pub(crate) fn shape_of(tensor: &FlexTensor) -> Vec<usize> {
    tensor.layout().shape().to_vec()
}
