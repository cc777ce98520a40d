//! The statistics pass: the features of all training rows, batch by batch, on their way into statistics.
//!
//! On the CPU they are summed in `f64` as they come. On a GPU they are summed there ([`crate::ops::bin_moments`]) and read
//! once, at the end: features never travel. Low-rank covariances are summed on the host in either case.

use burn::tensor::Tensor;

use super::config::{Covariance, FdsError};
use super::groups::Groups;
use super::moments::Moments;
use super::on_device::{self, DeviceMoments};
use super::spread::BinStats;
use crate::FeatureMap;
use crate::bins::Bins;

/// The features of all training rows on their way into statistics.
#[derive(Debug, Clone)]
pub struct StatisticsPass {
    groups: Groups,
    dim: usize,
    covariance: Covariance,
    gathered: Gathered,
}

#[derive(Debug, Clone)]
enum Gathered {
    /// What came from the host, and what came from a GPU.
    Streamed { host: Moments, device: Option<Box<DeviceMoments>> },
    /// Grouping by exact label needs all rows, as the official program does.
    All { features: Vec<f64>, targets: Vec<f64> },
}

impl StatisticsPass {
    pub(super) fn new(groups: Groups, dim: usize, covariance: Covariance) -> Self {
        let gathered = if groups.exact_edges {
            Gathered::All { features: Vec::new(), targets: Vec::new() }
        } else {
            Gathered::Streamed { host: Moments::new(groups.len(), dim, covariance), device: None }
        };
        Self { groups, dim, covariance, gathered }
    }

    /// A pass of its own, over all bins and with variances: what any network's features look like, FDS or not.
    ///
    /// # Example
    /// ```
    /// use dir_core::{bins::Bins, fds::StatisticsPass};
    /// let mut pass = StatisticsPass::of_bins(&Bins::uniform(0.0, 1.0, 2)?, 1);
    /// pass.push_rows(&[1.0_f64, 2.0, 3.0], &[0.5, 0.5, 0.5])?; // features, targets
    /// let statistics = pass.into_statistics()?;
    /// assert_eq!((statistics[0].0, statistics[0].1.mean[0], statistics[1].0), (3, 2.0, 0));
    /// # Ok::<(), dir_core::Error>(())
    /// ```
    #[must_use]
    pub fn of_bins(bins: &Bins, dim: usize) -> Self {
        Self::new(Groups { bins: bins.clone(), first: 0, exact_edges: false }, dim, Covariance::Diagonal)
    }

    /// Whether its statistics are of these groups, width and covariance.
    pub(super) fn check(&self, groups: &Groups, dim: usize, covariance: Covariance) -> Result<(), FdsError> {
        if self.dim != dim {
            return Err(FdsError::Width { found: self.dim, expected: dim });
        }
        let words = |groups: &Groups, covariance| {
            let (low, high) = (groups.bins.range(groups.first).0, groups.bins.range(groups.bins.len() - 1).1);
            format!("{} bins of targets from {low} to {high} with {covariance:?} covariance", groups.len())
        };
        let (found, expected) = (words(&self.groups, self.covariance), words(groups, covariance));
        match self.groups == *groups && self.covariance == covariance {
            true => Ok(()),
            false if found == expected => Err(FdsError::State { found: "bins with other edges".into(), expected }),
            false => Err(FdsError::State { found, expected }),
        }
    }

    /// Takes in a batch of features from the host.
    ///
    /// # Shapes
    /// `features` `[rows, dim]` row-major, `targets` `[rows]`.
    /// # Errors
    /// Rows that do not fit, a feature that is not finite, a target without a bin.
    pub fn push_rows<E: Copy + Into<f64> + Sync>(&mut self, features: &[E], targets: &[f64]) -> Result<(), FdsError> {
        if features.len() != targets.len() * self.dim {
            return Err(FdsError::Rows { rows: features.len() / self.dim.max(1), targets: targets.len() });
        }
        let rows = self.groups.of(targets)?;
        self.gather(features, targets, &rows)
    }

    fn gather<E: Copy + Into<f64> + Sync>(
        &mut self,
        features: &[E],
        targets: &[f64],
        rows: &[Option<usize>],
    ) -> Result<(), FdsError> {
        match &mut self.gathered {
            Gathered::Streamed { host, .. } => host.push(features, rows),
            Gathered::All { features: all, targets: labels } => {
                all.extend(features.iter().map(|&x| x.into()));
                labels.extend_from_slice(targets);
                Ok(())
            }
        }
    }

    /// Takes in a batch of features from a device, without reading them back where that can be spared.
    ///
    /// # Shapes
    /// `features` `[rows, dim]`, or `[N, dim, H, W]` with one target per pixel, NaN for a pixel without; `targets` `[rows]`.
    /// # Errors
    /// As [`StatisticsPass::push_rows`]; on a GPU a feature that is not finite is found at the end of the epoch.
    pub fn push<F: FeatureMap>(&mut self, features: F, targets: &[f64]) -> Result<(), FdsError> {
        let blocks = features.into_blocks().without_autodiff();
        let [outer, dim, inner] = blocks.dims();
        if dim != self.dim {
            return Err(FdsError::Width { found: dim, expected: self.dim });
        }
        if outer * inner != targets.len() {
            return Err(FdsError::Rows { rows: outer * inner, targets: targets.len() });
        }
        let rows = self.groups.of_pixels(targets, inner)?;
        match &mut self.gathered {
            Gathered::Streamed { device, .. } if on_device::suits(&blocks.device(), self.covariance) => {
                let bins = self.groups.len();
                let moments = match device {
                    Some(moments) => moments,
                    None => device.insert(Box::new(DeviceMoments::new(bins, dim, self.covariance, &blocks.device())?)),
                };
                moments.push(blocks, &rows)
            }
            _ => self.gather_blocks(blocks, targets, &rows),
        }
    }

    fn gather_blocks(&mut self, blocks: Tensor<3>, targets: &[f64], rows: &[Option<usize>]) -> Result<(), FdsError> {
        let data = blocks.permute([0, 2, 1]).into_data();
        match data.as_slice::<f32>() {
            Ok(values) => self.gather(values, targets, rows),
            Err(_) => self.gather(&data.iter::<f64>().collect::<Vec<_>>(), targets, rows),
        }
    }

    /// Takes in another worker's pass; call in rank order.
    ///
    /// # Errors
    /// A pass of another FDS.
    pub fn merge(&mut self, other: Self) -> Result<(), FdsError> {
        other.check(&self.groups, self.dim, self.covariance)?;
        self.settle()?;
        match (&mut self.gathered, other.gathered) {
            (Gathered::Streamed { host, .. }, Gathered::Streamed { host: theirs, device }) => {
                host.merge(theirs)?;
                device.map_or(Ok(()), |device| host.merge(device.read()?))
            }
            (Gathered::All { features, targets }, Gathered::All { features: more, targets: labels }) => {
                features.extend(more);
                targets.extend(labels);
                Ok(())
            }
            _ => Err(FdsError::State { found: "another kind of pass".into(), expected: "passes of one FDS".into() }),
        }
    }

    /// Brings what a GPU has summed to the host.
    fn settle(&mut self) -> Result<(), FdsError> {
        let Gathered::Streamed { host, device } = &mut self.gathered else { return Ok(()) };
        device.take().map_or(Ok(()), |device| host.merge(device.read()?))
    }

    /// Rows and statistics of every bin, or of every label where rows are grouped by it.
    ///
    /// # Errors
    /// A feature that was not finite, found on a GPU.
    pub fn into_statistics(self) -> Result<Vec<(u64, BinStats)>, FdsError> {
        Ok(self.finish()?.into_iter().map(|(_, count, stats)| (count, stats)).collect())
    }

    /// Row of the statistics, count and statistics of every group.
    pub(super) fn finish(mut self) -> Result<Vec<(usize, u64, BinStats)>, FdsError> {
        self.settle()?;
        match self.gathered {
            Gathered::Streamed { host, .. } => {
                Ok(host.finish().into_iter().enumerate().map(|(row, (count, stats))| (row, count, stats)).collect())
            }
            Gathered::All { features, targets } => {
                let of = |members: Vec<usize>| {
                    let rows: Vec<f64> =
                        members.iter().flat_map(|&i| &features[i * self.dim..][..self.dim]).copied().collect();
                    let mut moments = Moments::new(1, self.dim, self.covariance);
                    moments.push(&rows, &vec![Some(0); members.len()])?;
                    Ok(moments.finish().swap_remove(0))
                };
                let labels = self.groups.exact_labels(&targets)?;
                let group = |(row, members)| of(members).map(|(count, stats)| (row, count, stats));
                labels.into_iter().map(group).collect()
            }
        }
    }
}
