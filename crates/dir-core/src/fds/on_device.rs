//! Moments that stay on a GPU until the pass is over.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::config::{Covariance, FdsError};
use super::moments::Moments;
use crate::ops;

/// Whether a pass sums on the device: not on the CPU, where the host's `f64` sums cost no copy; and not directions of low
/// rank, which need eigen-decompositions on the way.
pub(super) fn suits(device: &Device, covariance: Covariance) -> bool {
    #[cfg(feature = "flex")]
    if device.clone().without_autodiff() == Device::flex() {
        return false;
    }
    let _ = device;
    matches!(covariance, Covariance::Diagonal | Covariance::Full)
}

/// Count, mean and M2 per bin on the device, `[bins, 1 + 2 · dim]`, and exact counts on the host.
#[derive(Debug, Clone)]
pub(super) struct DeviceMoments {
    state: Tensor<2>,
    counts: Vec<u64>,
    scatter: Option<Scatter>,
}

/// Packed scatter per bin, `[bins, dim · (dim + 1) / 2]`, about the mean of the first batch.
#[derive(Debug, Clone)]
struct Scatter {
    state: Tensor<2>,
    centre: Tensor<1>,
}

impl DeviceMoments {
    /// No rows yet; `first` is the batch that comes next.
    pub(super) fn new(bins: usize, covariance: Covariance, first: &Tensor<3>) -> Result<Self, FdsError> {
        let (device, dim) = (first.device(), first.dims()[1]);
        let dtype = if device.supports_dtype(DType::F64) { DType::F64 } else { DType::F32 };
        let table = |name, width: usize| {
            ops::buffer(name, bins * width, dtype, &device)?;
            Ok::<_, FdsError>(Tensor::<2>::zeros([bins, width], (&device, dtype)))
        };
        let scatter = match covariance {
            Covariance::Full => {
                let centre = first.clone().mean_dim(0).mean_dim(2).reshape([dim]).cast(dtype);
                Some(Scatter { state: table("covariances", dim * (dim + 1) / 2)?, centre })
            }
            Covariance::Diagonal | Covariance::LowRank(_) => None,
        };
        Ok(Self { state: table("statistics", 1 + 2 * dim)?, counts: vec![0; bins], scatter })
    }

    pub(super) fn push(&mut self, blocks: Tensor<3>, rows: &[Option<usize>]) -> Result<(), FdsError> {
        rows.iter().flatten().for_each(|&row| self.counts[row] += 1);
        if let Some(scatter) = &mut self.scatter {
            let centre = scatter.centre.clone();
            scatter.state = ops::bin_products(scatter.state.clone(), blocks.clone(), rows, centre)?;
        }
        let index: Vec<i32> = rows.iter().map(|row| row.map_or(-1, |row| row as i32)).collect();
        let index = TensorData::new(index, [rows.len()]);
        let index = Tensor::<1, Int>::from_data(index, (&blocks.device(), DType::I32));
        self.state = ops::bin_moments(self.state.clone(), blocks, index)?;
        Ok(())
    }

    /// The one read of the pass.
    pub(super) fn read(self) -> Result<Moments, FdsError> {
        let dim = (self.state.dims()[1] - 1) / 2;
        let width = 1 + 2 * dim;
        let values: Vec<f64> = self.state.into_data().iter().collect();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let column = (at % width).saturating_sub(1) % dim;
            return Err(FdsError::NotFiniteBin { bin: at / width, column, value: values[at] });
        }
        let halves: Vec<_> = values.chunks_exact(width).map(|row| row[1..].split_at(dim)).collect();
        match self.scatter {
            None => Ok(Moments::from_parts(self.counts, &halves)),
            Some(scatter) => {
                let means: Vec<&[f64]> = halves.iter().map(|(mean, _)| *mean).collect();
                let packed: Vec<f64> = scatter.state.into_data().iter().collect();
                let centre: Vec<f64> = scatter.centre.into_data().iter().collect();
                Ok(Moments::from_scatter(self.counts, &means, &packed, &centre))
            }
        }
    }
}
