//! Calibration: features of a bin are moved from their own statistics to the smoothed ones.
//!
//! `z̃ = (z - μ) · √clip(σ̃²/σ²) + μ̃` per feature, or `z̃ = S̃^½ S^(-½) (z - μ) + μ̃` with covariances (eq. 6), whose scale in every
//! direction is clipped likewise. The statistics are constants, so the gradient of `z` is that of `z̃` times the scale (or the transposed matrix). Nothing is
//! written in place.
//!
//! # Source
//! Yang et al., ICML 2021, eq. 6; official `agedb-dir/utils.py:97-107` at a6fdc45.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use rayon::prelude::*;

use super::Fds;
use super::config::{Covariance, FdsConfig, FdsError};
use super::groups::Groups;
use super::spread::{BinStats, Spread};
use super::whiten::{self, Safety, SubspaceMap};
use crate::{FeatureMap, ops};

/// How one bin's features move. Plain numbers: the oracle of the tensor version.
#[derive(Debug, Clone, PartialEq)]
enum Map {
    Identity,
    Scale { from: Vec<f64>, scale: Vec<f64>, to: Vec<f64> },
    Matrix { from: Vec<f64>, matrix: Vec<f64>, to: Vec<f64> },
    LowRank { from: Vec<f64>, map: SubspaceMap, to: Vec<f64> },
}

/// A bin whose variances sum to less than this share of the smoothed ones stays as it is; officially, to less than this.
const DEAD_BIN: f64 = 1e-10;

/// How the features of every bin move, on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    groups: Groups,
    dim: usize,
    maps: Vec<Map>,
}

impl Fds {
    /// How features move during `epoch`. Make it once an epoch; it stays the same until [`Fds::end_of_epoch`].
    #[must_use]
    pub fn calibration(&self, epoch: usize) -> Calibration {
        let on = epoch >= self.config.start_smooth;
        let last = if self.state.aliased { &self.state.running } else { &self.state.last };
        let pairs: Vec<(&BinStats, &BinStats)> = last.iter().zip(&self.state.smoothed).collect();
        let maps = pairs.par_iter().map(|(last, smoothed)| if on { self.map(last, smoothed) } else { Map::Identity });
        Calibration { groups: self.groups.clone(), dim: self.dim, maps: maps.collect() }
    }

    fn map(&self, last: &BinStats, smoothed: &BinStats) -> Map {
        let masked = self.masks_empty() && !(last.seen && smoothed.seen);
        if masked || self.is_dead(&last.spread, &smoothed.spread) {
            return Map::Identity;
        }
        let (from, to) = (last.mean.clone(), smoothed.mean.clone());
        let FdsConfig { shrinkage, ridge, clip, .. } = self.config;
        let safety = Safety { shrinkage, ridge, clip };
        match (&last.spread, &smoothed.spread) {
            (Spread::Diagonal(own), Spread::Diagonal(goal)) => self.scale_map(own, goal, from, to),
            (Spread::Full(own), Spread::Full(goal)) => match whiten::transform([own, goal], self.dim, safety) {
                Some(matrix) => Map::Matrix { from, matrix, to },
                None => Map::Identity,
            },
            (Spread::LowRank(own), Spread::LowRank(goal)) => {
                let Covariance::LowRank(rank) = self.config.covariance else { return Map::Identity };
                match whiten::low_rank([own, goal], rank, self.dim, safety) {
                    Some(map) => Map::LowRank { from, map, to },
                    None => Map::Identity,
                }
            }
            _ => Map::Identity, // a table has one form
        }
    }

    /// Whether a bin has too little variance to be scaled.
    fn is_dead(&self, own: &Spread, goal: &Spread) -> bool {
        let own = own.trace(self.dim);
        if self.config.quirks.absolute_dead_bin {
            return own < DEAD_BIN;
        }
        own + self.config.ridge * self.dim as f64 <= DEAD_BIN * goal.trace(self.dim)
    }

    /// A feature without variance, ridge included, stays as it is: not even shifted.
    fn scale_map(&self, own: &[f64], goal: &[f64], mut from: Vec<f64>, mut to: Vec<f64>) -> Map {
        let usable = |j: usize| own[j] + self.config.ridge > 0.0 && goal[j] >= 0.0;
        if self.config.quirks.dead_feature_skips_bin && !(0..own.len()).all(usable) {
            return Map::Identity;
        }
        let [low, high] = self.config.clip.unwrap_or([0.0, f64::INFINITY]);
        let ridge = self.config.ridge;
        let scale = (0..own.len())
            .map(|j| {
                if usable(j) {
                    return ((goal[j] + ridge) / (own[j] + ridge)).clamp(low, high).sqrt();
                }
                (from[j], to[j]) = (0.0, 0.0);
                1.0
            })
            .collect();
        Map::Scale { from, scale, to }
    }

    /// The calibration of `epoch` as tensors on a device, ready for training steps.
    #[must_use]
    pub fn calibrator(&self, epoch: usize, device: &Device) -> Calibrator {
        Calibrator::new(self.calibration(epoch), device)
    }
}

impl Calibration {
    /// Whether no feature would move.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.maps.iter().all(|m| *m == Map::Identity)
    }

    /// Calibrated copy of features, in `f64` on the host.
    ///
    /// # Shapes
    /// `features` `[rows, dim]` row-major, `targets` `[rows]` to `[rows, dim]`.
    /// # Errors
    /// Rows that do not fit, a target without a bin.
    pub fn apply(&self, features: &[f64], targets: &[f64]) -> Result<Vec<f64>, FdsError> {
        check_rows(features.len() / self.dim, features.len(), targets.len() * self.dim, targets.len())?;
        let rows = self.groups.of(targets)?;
        let moved = features.chunks_exact(self.dim).zip(rows).flat_map(|(z, row)| match row {
            Some(row) => self.maps[row].apply(z),
            None => z.to_vec(),
        });
        Ok(moved.collect())
    }

    /// The matrix of a bin under full covariance, `[dim, dim]` row-major; `None` for a bin that stays as it is or does not exist.
    #[must_use]
    pub fn matrix(&self, row: usize) -> Option<&[f64]> {
        match self.maps.get(row)? {
            Map::Matrix { matrix, .. } => Some(matrix),
            _ => None,
        }
    }
}

fn check_rows(rows: usize, found: usize, expected: usize, targets: usize) -> Result<(), FdsError> {
    if found == expected { Ok(()) } else { Err(FdsError::Rows { rows, targets }) }
}

fn shifted(z: &[f64], from: &[f64]) -> Vec<f64> {
    z.iter().zip(from).map(|(z, m)| z - m).collect()
}

impl Map {
    fn apply(&self, z: &[f64]) -> Vec<f64> {
        match self {
            Self::Identity => z.to_vec(),
            Self::Scale { from, scale, to } => {
                shifted(z, from).iter().zip(scale).zip(to).map(|((z, s), m)| z * s + m).collect()
            }
            Self::Matrix { from, matrix, to } => {
                let z = shifted(z, from);
                let product = |row: &[f64]| row.iter().zip(&z).map(|(t, z)| t * z).sum::<f64>();
                matrix.chunks_exact(z.len()).zip(to).map(|(row, m)| product(row) + m).collect()
            }
            Self::LowRank { from, map, to } => {
                map.apply(&shifted(z, from)).iter().zip(to).map(|(z, m)| z + m).collect()
            }
        }
    }
}

impl SubspaceMap {
    fn apply(&self, z: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = z.iter().map(|v| v * self.other).collect();
        for (read, write) in self.read.chunks_exact(z.len()).zip(self.write.chunks_exact(z.len())) {
            let along = read.iter().zip(z).map(|(d, z)| d * z).sum::<f64>();
            out.iter_mut().zip(write).for_each(|(o, d)| *o += along * d);
        }
        out
    }
}

/// The calibration as tensors.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::{bins::Bins, fds::FdsConfig};
/// let device = Device::default();
/// let fds = FdsConfig::default().init(&Bins::uniform(0.0, 1.0, 3)?, 2)?;
/// let features = Tensor::<2>::from_data([[1.0, 2.0]], &device);
/// let same = fds.calibrator(0, &device).apply(features.clone(), &[1.0])?; // epoch 0: nothing known yet
/// assert_eq!(same.into_data(), features.into_data());
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Calibrator {
    host: Calibration,
    device: Device,
    tables: Tables,
}

/// What a step needs on the device.
#[derive(Debug, Clone)]
enum Tables {
    Identity,
    /// From, scale and to, `[rows, dim]` each: in `f32`, and in `f64` where the device has it.
    Scale(Box<[Tensor<2>; 3]>, Option<Box<[Tensor<2>; 3]>>),
    /// One element per row of the statistics; `None` leaves features as they are.
    PerBin(Vec<Option<BinTables>>),
}

#[derive(Debug, Clone)]
struct BinTables {
    from: Tensor<2>,
    to: Tensor<2>,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// `z · M`, `[dim, dim]`.
    Matrix(Box<Tensor<2>>),
    /// `other · z + (z · readᵀ) · write`, `read` and `write` `[k, dim]`.
    LowRank { other: f64, read: Box<Tensor<2>>, write: Box<Tensor<2>> },
}

impl Calibrator {
    fn new(host: Calibration, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        let dim = host.dim;
        let tables = if host.is_identity() {
            Tables::Identity
        } else if host.maps.iter().any(|m| matches!(m, Map::Scale { .. })) {
            let identity = (vec![0.0; dim], vec![1.0; dim], vec![0.0; dim]);
            let (mut from, mut scale, mut to) = (Vec::new(), Vec::new(), Vec::new());
            for map in &host.maps {
                let (f, s, t) = match map {
                    Map::Scale { from, scale, to } => (from, scale, to),
                    _ => (&identity.0, &identity.1, &identity.2),
                };
                from.extend_from_slice(f);
                scale.extend_from_slice(s);
                to.extend_from_slice(t);
            }
            let rows = host.maps.len();
            let tables = |dtype| {
                let table = |v: &Vec<f64>| Tensor::from_data(TensorData::new(v.clone(), [rows, dim]), (&device, dtype));
                Box::new([table(&from), table(&scale), table(&to)])
            };
            Tables::Scale(tables(DType::F32), device.supports_dtype(DType::F64).then(|| tables(DType::F64)))
        } else {
            Tables::PerBin(host.maps.iter().map(|map| BinTables::new(map, dim, &device)).collect())
        };
        Self { host, device, tables }
    }

    /// Whether no feature would move.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(self.tables, Tables::Identity)
    }

    /// Calibrated copy of features, differentiable in them.
    ///
    /// # Shapes
    /// `features` `[rows, dim]`, or `[N, dim, H, W]` with one target per pixel, NaN for a pixel without, which stays as it is;
    /// `targets` `[rows]`; to the shape of the features.
    /// # Errors
    /// Rows or width that do not fit, a target without a bin.
    pub fn apply<F: FeatureMap>(&self, features: F, targets: &[f64]) -> Result<F, FdsError> {
        let shape = features.shape();
        let blocks = features.into_blocks();
        let [outer, dim, inner] = blocks.dims();
        if dim != self.host.dim {
            return Err(FdsError::Width { found: dim, expected: self.host.dim });
        }
        check_rows(outer * inner, outer * inner, targets.len(), targets.len())?;
        let groups = self.host.groups.of_pixels(targets, inner)?;
        let moved = match &self.tables {
            _ if groups.is_empty() => blocks,
            Tables::Identity => blocks,
            Tables::Scale(single, double) => {
                let rows = self.index(groups.iter().map(|row| row.map_or(-1, |row| row as i64)).collect());
                let wants_double = ops::table_dtype(blocks.dtype()) == DType::F64;
                let tables = double.as_ref().filter(|_| wants_double).unwrap_or(single);
                ops::calibrate(blocks, rows, tables.as_ref().clone())?
            }
            Tables::PerBin(tables) => {
                let rows = blocks.permute([0, 2, 1]).reshape([outer * inner, dim]);
                self.per_bin(rows, &groups, tables).reshape([outer, inner, dim]).permute([0, 2, 1])
            }
        };
        Ok(F::from_blocks(moved, shape))
    }

    /// Rows are grouped by bin, each group takes its bin's products, and the groups are put back in order.
    fn per_bin(&self, features: Tensor<2>, groups: &[Option<usize>], tables: &[Option<BinTables>]) -> Tensor<2> {
        let stay = tables.len();
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|&i| groups[i].unwrap_or(stay));
        let mut back = vec![0_i64; order.len()];
        order.iter().enumerate().for_each(|(position, &i)| back[i] = position as i64);
        let moved = order.chunk_by(|&a, &b| groups[a] == groups[b]).map(|members| {
            let rows = features.clone().select(0, self.index(members.iter().map(|&i| i as i64).collect()));
            match groups[members[0]].and_then(|g| tables[g].as_ref()) {
                Some(bin) => bin.apply(rows),
                None => rows,
            }
        });
        Tensor::cat(moved.collect(), 0).select(0, self.index(back))
    }

    fn index(&self, rows: Vec<i64>) -> Tensor<1, Int> {
        let len = rows.len();
        Tensor::from_data(TensorData::new(rows, [len]), (&self.device, DType::I32))
    }
}

/// Tables are kept in `f64` where the device has it, and cast to the features' type in the step.
fn matrix(values: Vec<f64>, rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    let dtype = if device.supports_dtype(DType::F64) { DType::F64 } else { DType::F32 };
    Tensor::from_data(TensorData::new(values, [rows, columns]), (device, dtype))
}

impl BinTables {
    fn new(map: &Map, dim: usize, device: &Device) -> Option<Self> {
        let row = |v: &[f64]| matrix(v.to_vec(), 1, v.len(), device);
        match map {
            Map::Identity | Map::Scale { .. } => None,
            Map::Matrix { from, matrix: m, to } => {
                let step = Step::Matrix(Box::new(matrix(m.clone(), dim, dim, device).transpose()));
                Some(Self { from: row(from), to: row(to), step })
            }
            Map::LowRank { from, map, to } => {
                let table = |v: &Vec<f64>| Box::new(matrix(v.clone(), v.len() / dim, dim, device));
                let step = Step::LowRank { other: map.other, read: table(&map.read), write: table(&map.write) };
                Some(Self { from: row(from), to: row(to), step })
            }
        }
    }

    fn apply(&self, rows: Tensor<2>) -> Tensor<2> {
        let dtype = rows.dtype();
        let like = |t: &Tensor<2>| t.clone().cast(dtype);
        let z = rows - like(&self.from);
        let moved = match &self.step {
            Step::Matrix(m) => z.matmul(like(m)),
            Step::LowRank { other, read, .. } if read.dims()[0] == 0 => z * *other,
            Step::LowRank { other, read, write } => {
                z.clone() * *other + z.matmul(like(read).transpose()).matmul(like(write))
            }
        };
        moved + like(&self.to)
    }
}
