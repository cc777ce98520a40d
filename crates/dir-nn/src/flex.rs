//! What operations on Burn's CPU backend share.

pub(crate) use dir_core::flex::{Recycled, numbers, shape_of, tensor};

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
