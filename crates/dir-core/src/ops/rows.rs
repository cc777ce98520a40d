//! Bins of targets on a device, by the same limits as on the host.

use burn::tensor::{DType, Int, Tensor, TensorData};

use super::{OpError, bin_index};
use crate::bins::{Bins, OutOfRange};

/// Bin of every target, on its device, as `i32`: the one that [`Bins::bin_of`] finds for the same finite number. -1 for NaN, and for a target
/// outside under [`OutOfRange::Error`].
///
/// # Shapes
/// `targets` `[n]` to `[n]`; in half precision they are compared in `f32`.
/// # Errors
/// As [`bin_index`].
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::{bins::Bins, ops};
/// let scores = Tensor::<1>::from_data([0.3, 0.7, 5.0], &Device::default()); // in f32, 0.7 is 0.699999988
/// let rows = ops::bin_rows(&Bins::uniform(0.0, 0.1, 51)?, scores)?.into_data();
/// assert_eq!(rows.iter::<i64>().collect::<Vec<_>>(), [3, 7, 50]);
/// # Ok::<(), dir_core::Error>(())
/// ```
pub fn bin_rows(bins: &Bins, targets: Tensor<1>) -> Result<Tensor<1, Int>, OpError> {
    let dtype = if targets.dtype() == DType::F64 { DType::F64 } else { DType::F32 };
    let targets = targets.cast(dtype);
    let device = targets.device();
    let limits = bins.limits().to_vec();
    let limits = if dtype == DType::F64 { TensorData::new(limits, [bins.len() + 1]) } else { single(&limits) };
    let limits = Tensor::<1>::from_data(limits, (&device, dtype));
    bin_index(targets, limits, bins.out_of_range() == OutOfRange::Error)
}

/// Limits for targets in `f32`: the smallest and, of the last, the largest such number within them.
fn single(limits: &[f64]) -> TensorData {
    let last = limits.len() - 1;
    let of = |(k, &limit): (usize, &f64)| {
        let near = limit as f32;
        match k < last {
            true if f64::from(near) < limit => near.next_up(),
            false if f64::from(near) > limit => near.next_down(),
            _ => near,
        }
    };
    TensorData::new(limits.iter().enumerate().map(of).collect::<Vec<f32>>(), [limits.len()])
}
