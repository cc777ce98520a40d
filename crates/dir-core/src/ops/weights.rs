//! LDS weights where the targets are: only the counts of the bins travel.

use burn::tensor::{DType, Tensor, TensorData};

use super::{OpError, bin_counts, bin_rows};
use crate::Error;
use crate::bins::Bins;
use crate::weight::WeightConfig;

/// Weight of every row, mean 1, for targets on a device.
///
/// Bins and counts are found there; the counts, one number per bin, are read once and become weights in `f64`; the weights are
/// looked up there. Call it before training, not in a step. Targets fall into the same bins as on the host ([`bin_rows`]).
///
/// # Shapes
/// `targets` `[n]` to `[n]`.
/// # Errors
/// As [`WeightConfig::sample_weights`]; a target that is NaN, or outside under [`crate::bins::OutOfRange::Error`].
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::{bins::Bins, ops, weight::{Reweight, WeightConfig}};
/// let targets = Tensor::<1>::from_data([0.5, 0.6, 0.7, 0.8, 1.5], &Device::default());
/// let config = WeightConfig { reweight: Reweight::SqrtInv, ..Default::default() };
/// let weights = ops::row_weights(&config, &Bins::uniform(0.0, 1.0, 2)?, targets)?.into_data();
/// let weights: Vec<f32> = weights.iter().collect(); // ∝ 1/2, four times, and 1
/// assert!((weights[0] - 5.0 / 6.0).abs() < 1e-6 && (weights[4] - 5.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), dir_core::Error>(())
/// ```
pub fn row_weights(config: &WeightConfig, bins: &Bins, targets: Tensor<1>) -> Result<Tensor<1>, Error> {
    let (device, dtype, n) = (targets.device(), targets.dtype(), targets.dims()[0]);
    let rows = bin_rows(bins, targets)?;
    let counts: Vec<u64> = bin_counts(rows.clone(), bins.len())?.into_data().iter().collect();
    let found = counts.iter().sum::<u64>() as usize;
    if found != n {
        return Err(OpError::NoBin { rows: n - found }.into());
    }
    let weight = config.bin_weights(bins, &counts)?.weight;
    let wide = device.supports_dtype(DType::F64) && dtype == DType::F64;
    let dtype = if wide { DType::F64 } else { DType::F32 };
    let weight = Tensor::<1>::from_data(TensorData::new(weight, [bins.len()]), (&device, dtype));
    Ok(weight.select(0, rows))
}
