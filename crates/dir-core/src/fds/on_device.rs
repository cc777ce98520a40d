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

/// Packed scatter per bin, `[bins, dim · (dim + 1) / 2]`, about the mean of the bin's rows in the first batch that has some,
/// `[bins, dim]`.
#[derive(Debug, Clone)]
struct Scatter {
    state: Tensor<2>,
    centre: Tensor<2>,
}

impl DeviceMoments {
    /// No rows yet, in the widest type that the device has.
    pub(super) fn new(bins: usize, dim: usize, covariance: Covariance, device: &Device) -> Result<Self, FdsError> {
        let dtype = if device.supports_dtype(DType::F64) { DType::F64 } else { DType::F32 };
        Self::in_type(bins, dim, covariance, (device, dtype))
    }

    fn in_type(
        bins: usize,
        dim: usize,
        covariance: Covariance,
        (device, dtype): (&Device, DType),
    ) -> Result<Self, FdsError> {
        let table = |name, width: usize| {
            ops::buffer(name, bins * width, dtype, device)?;
            Ok::<_, FdsError>(Tensor::<2>::zeros([bins, width], (device, dtype)))
        };
        let scatter = match covariance {
            Covariance::Full => {
                Some(Scatter { state: table("covariances", dim * (dim + 1) / 2)?, centre: table("centres", dim)? })
            }
            Covariance::Diagonal | Covariance::LowRank(_) => None,
        };
        Ok(Self { state: table("statistics", 1 + 2 * dim)?, counts: vec![0; bins], scatter })
    }

    pub(super) fn push(&mut self, blocks: Tensor<3>, rows: &[Option<usize>]) -> Result<(), FdsError> {
        if rows.iter().all(Option::is_none) {
            return Ok(());
        }
        let index: Vec<i32> = rows.iter().map(|row| row.map_or(-1, |row| row as i32)).collect();
        let index = TensorData::new(index, [rows.len()]);
        let index = Tensor::<1, Int>::from_data(index, (&blocks.device(), DType::I32));
        if let Some(scatter) = &mut self.scatter {
            let mut new = vec![0.0_f32; self.counts.len()];
            rows.iter().flatten().filter(|&&row| self.counts[row] == 0).for_each(|&row| new[row] = 1.0);
            if new.contains(&1.0) {
                scatter.centre_on(new, self.state.zeros_like(), blocks.clone(), index.clone())?;
            }
            let centre = scatter.centre.clone();
            scatter.state = ops::bin_products(scatter.state.clone(), blocks.clone(), rows, centre)?;
        }
        rows.iter().flatten().for_each(|&row| self.counts[row] += 1);
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
                let centres: Vec<f64> = scatter.centre.into_data().iter().collect();
                let centres: Vec<&[f64]> = centres.chunks_exact(dim).collect();
                Ok(Moments::from_scatter(self.counts, &means, &packed, &centres))
            }
        }
    }
}

impl Scatter {
    /// Bins marked with 1 are centred on the mean of their rows in this batch; `zeros`: moments without rows.
    fn centre_on(
        &mut self,
        new: Vec<f32>,
        zeros: Tensor<2>,
        blocks: Tensor<3>,
        index: Tensor<1, Int>,
    ) -> Result<(), FdsError> {
        let ([bins, dim], like) = (self.centre.dims(), (&self.centre.device(), self.centre.dtype()));
        let new = Tensor::<2>::from_data(TensorData::new(new, [bins, 1]), like);
        let means = ops::bin_moments(zeros, blocks, index)?.slice([0..bins, 1..1 + dim]);
        // The centre of a bin without rows is 0, and the mean of one that is absent from the batch.
        self.centre = self.centre.clone() + means * new;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Bins whose means lie 100 deviations and more apart, in `f32`, against two passes in `f64` over the same numbers.
    #[test]
    fn covariances_of_distant_bins_keep_their_digits_in_single_precision() {
        let (bins, dim, device) = (4, 3, Device::default());
        let mut stream = Stream::new(&[4]);
        let rows: Vec<Option<usize>> = (0..2000).map(|row| (row % 7 != 6).then_some(row * row % bins)).collect();
        let features: Vec<f64> = rows
            .iter()
            .flat_map(|bin| {
                let z: [f64; 3] = std::array::from_fn(|_| stream.normal());
                let far = 100.0 * bin.unwrap_or(9) as f64;
                [far + z[0], -2.0 * far + 0.5 * z[0] + z[1], far + z[2]].map(|x| f64::from(x as f32))
            })
            .collect();
        let mut moments =
            DeviceMoments::in_type(bins, dim, Covariance::Full, (&device, DType::F32)).expect("small enough");
        let block = |rows: std::ops::Range<usize>| {
            let data = TensorData::new(features[rows.start * dim..rows.end * dim].to_vec(), [rows.len(), dim, 1]);
            Tensor::<3>::from_data(data, (&device, DType::F32))
        };
        moments.push(Tensor::zeros([0, dim, 1], (&device, DType::F32)), &[]).expect("no rows");
        for first in (0..rows.len()).step_by(300) {
            let batch = first..rows.len().min(first + 300);
            moments.push(block(batch.clone()), &rows[batch]).expect("fits");
        }
        let mut expected = Moments::new(bins, dim, Covariance::Full);
        expected.push(&features, &rows).expect("fits");
        let found = moments.read().expect("finite").finish();
        for ((count, found), (expected_count, expected)) in found.iter().zip(expected.finish()) {
            assert_eq!(*count, expected_count);
            for (found, expected) in found.spread.values().iter().zip(expected.spread.values()) {
                assert!((found - expected).abs() < 2e-4, "{found} for {expected}");
            }
        }
    }
}
