//! Shapes, types and devices, checked once before a kernel sees them.

use burn::tensor::{DType, Device};
use thiserror::Error;

/// Tensors that do not fit one another. Worded to follow "failed to run the operation: ".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpError {
    /// A tensor of another shape.
    #[error("found {name} of shape {found:?}, expected {expected:?}")]
    Shape {
        /// Which tensor.
        name: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that fits the others.
        expected: Vec<usize>,
    },
    /// A tensor of another number type.
    #[error("found {name} of type {found:?}, expected {expected:?}")]
    Type {
        /// Which tensor.
        name: &'static str,
        /// Its type.
        found: DType,
        /// The type that fits the others.
        expected: DType,
    },
    /// A tensor on another device.
    #[error("found {name} on another device than the first tensor, expected all on one; move it with `to_device`")]
    Device {
        /// Which tensor.
        name: &'static str,
    },
    /// No bin to put rows into.
    #[error("found 0 bins, expected at least 1")]
    NoBins,
}

pub(super) fn shape(name: &'static str, found: &[usize], expected: &[usize]) -> Result<(), OpError> {
    if found == expected {
        return Ok(());
    }
    Err(OpError::Shape { name, found: found.to_vec(), expected: expected.to_vec() })
}

pub(super) fn dtype(name: &'static str, found: DType, expected: DType) -> Result<(), OpError> {
    if found == expected { Ok(()) } else { Err(OpError::Type { name, found, expected }) }
}

pub(super) fn device(name: &'static str, found: Device, expected: &Device) -> Result<(), OpError> {
    let plain = |device: Device| device.without_autodiff();
    if plain(found) == plain(expected.clone()) { Ok(()) } else { Err(OpError::Device { name }) }
}
