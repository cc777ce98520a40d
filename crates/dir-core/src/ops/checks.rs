//! Shapes, types and devices, checked once before a kernel sees them.

use burn::tensor::{DType, Device};
use thiserror::Error;

use super::DeviceInfo;

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
    /// A tensor that the device can't hold in one piece.
    #[error(
        "found {name} of {found} bytes, expected at most {largest} bytes, the largest single tensor of {device}; use coarser \
         bins, narrower features or a smaller batch"
    )]
    Buffer {
        /// Which tensor.
        name: &'static str,
        /// Its bytes.
        found: u64,
        /// The most that the device allows.
        largest: u64,
        /// The device's name.
        device: String,
    },
    /// Targets that belong to no bin.
    #[error(
        "found {rows} targets that are NaN or outside the bins, expected none; clean them or choose another out-of-range policy"
    )]
    NoBin {
        /// How many.
        rows: usize,
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

/// Whether a device can hold so many numbers in one piece.
pub(crate) fn buffer(name: &'static str, numbers: usize, dtype: DType, device: &Device) -> Result<(), OpError> {
    // Every device holds this much; asking one costs more than the check.
    const SURE: u64 = 1 << 26;
    let found = numbers as u64 * dtype.size() as u64;
    if found <= SURE {
        return Ok(());
    }
    let info = DeviceInfo::of(device);
    match info.largest_tensor {
        Some(largest) if found > largest => Err(OpError::Buffer { name, found, largest, device: info.name }),
        _ => Ok(()),
    }
}
