//! Moments that stay on a GPU until the pass is over.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::config::{Covariance, FdsError};
use super::moments::Moments;
use crate::ops;

/// Whether a pass sums on the device: not on the CPU, where the host's `f64` sums cost no copy; variances only.
pub(super) fn suits(device: &Device, covariance: Covariance) -> bool {
    #[cfg(feature = "flex")]
    if device.clone().without_autodiff() == Device::flex() {
        return false;
    }
    let _ = device;
    covariance == Covariance::Diagonal
}

/// Count, mean and M2 per bin on the device, `[bins, 1 + 2 · dim]`, and exact counts on the host.
#[derive(Debug, Clone)]
pub(super) struct DeviceMoments {
    state: Tensor<2>,
    counts: Vec<u64>,
}

impl DeviceMoments {
    pub(super) fn new(bins: usize, dim: usize, device: &Device) -> Result<Self, FdsError> {
        let dtype = if device.supports_dtype(DType::F64) { DType::F64 } else { DType::F32 };
        let shape = [bins, 1 + 2 * dim];
        ops::buffer("statistics", shape[0] * shape[1], dtype, device)?;
        Ok(Self { state: Tensor::zeros(shape, (device, dtype)), counts: vec![0; bins] })
    }

    pub(super) fn push(&mut self, blocks: Tensor<3>, rows: &[Option<usize>]) -> Result<(), FdsError> {
        rows.iter().flatten().for_each(|&row| self.counts[row] += 1);
        let index: Vec<i32> = rows.iter().map(|row| row.map_or(-1, |row| row as i32)).collect();
        let index = TensorData::new(index, [rows.len()]);
        let index = Tensor::<1, Int>::from_data(index, (&blocks.device(), DType::I32));
        self.state = ops::bin_moments(self.state.clone(), blocks, index)?;
        Ok(())
    }

    /// The one read of the pass.
    pub(super) fn read(self) -> Result<Moments, FdsError> {
        let width = self.state.dims()[1];
        let values: Vec<f64> = self.state.into_data().iter().collect();
        let column = |at: usize| (at % width - 1) % ((width - 1) / 2);
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(FdsError::NotFiniteBin { bin: at / width, column: column(at), value: values[at] });
        }
        let halves: Vec<_> = values.chunks_exact(width).map(|row| row[1..].split_at((width - 1) / 2)).collect();
        Ok(Moments::from_parts(self.counts, &halves))
    }
}
