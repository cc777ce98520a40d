//! What operations on Burn's CPU backend share: from tensors to lists of numbers and back.

mod recycled;

use burn::tensor::{Bytes, DType, Element, TensorData};
use burn_flex::FlexTensor;

pub use recycled::{Recycle, Recycled};

/// A tensor's numbers in a type, one after the other, as row-major storage has them.
#[must_use]
pub fn in_type(tensor: FlexTensor, dtype: DType) -> FlexTensor {
    let tensor = tensor.to_contiguous();
    if tensor.dtype() == dtype {
        return tensor;
    }
    FlexTensor::from_data(tensor.into_data().convert_dtype(dtype))
}

/// [`in_type`] by the type itself.
#[must_use]
pub fn numbers<E: Element>(tensor: FlexTensor) -> FlexTensor {
    in_type(tensor, E::dtype())
}

/// Numbers as a tensor of a type.
#[must_use]
pub fn tensor<E: Recycle>(values: impl Into<Recycled<E>>, shape: &[usize], dtype: DType) -> FlexTensor {
    let bytes = Bytes::from(values.into());
    FlexTensor::from_data(TensorData::from_bytes(bytes, shape.to_vec(), E::dtype()).convert_dtype(dtype))
}

/// The sizes of a tensor.
#[must_use]
pub fn shape_of(tensor: &FlexTensor) -> Vec<usize> {
    tensor.layout().shape().to_vec()
}
