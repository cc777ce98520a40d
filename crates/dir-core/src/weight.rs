//! Re-weighting: from the density of a row's bin to the weight of the row in the loss.
//!
//! 1. density `p(b)`: training rows of bin `b`; its square root under `sqrt_inv`, clipped under `inverse` where asked;
//! 2. with LDS the effective density `p̃(b)` ([`crate::lds`]), else `p` itself;
//! 3. `w(b) = s / p̃(b)`, with `s` such that the weights of the training rows have mean 1, and none exceeds the cap.
//!
//! # Source
//! Yang et al., ICML 2021, section 3.1; official `agedb-dir/datasets.py:55-83`, `sts-b-dir/tasks.py:44-73`,
//! `nyud2-dir/loaddata.py:29-67` at a6fdc45. The square root comes before the smoothing, as there. The cap is ours.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Compat;
use crate::bins::{Bins, BinsError};
use crate::kernel::{KernelConfig, KernelError};
use crate::lds::{self, DensityError};
use crate::smooth::{Padding, smooth};

/// What keeps rows from being weighted. Worded to follow "failed to weight the rows: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WeightError {
    /// LDS smooths the density that weights are made of; without weights it would silently do nothing.
    #[error("found LDS without re-weighting, expected reweight = \"sqrt_inv\" or \"inverse\"; choose one or drop LDS")]
    LdsWithoutReweight,
    /// No training row in any bin.
    #[error("found no training rows in any bin, expected at least 1")]
    NoRows,
    /// Clip bounds that are not positive and rising.
    #[error("found clip {low} to {high}, expected 0 < low <= high")]
    Clip {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A cap below the mean weight can't be met.
    #[error("found cap {found}, expected a number above 1: weights have mean 1")]
    Cap {
        /// The cap.
        found: f64,
    },
    /// The first bin lies behind the last.
    #[error("found first bin {found}, expected one below {bins}")]
    FirstBin {
        /// First bin.
        found: usize,
        /// Number of bins.
        bins: usize,
    },
    /// Not one place for the weight of every row.
    #[error("found room for {weights} weights, expected {targets}, one per target")]
    Length {
        /// Number of targets.
        targets: usize,
        /// Places for weights.
        weights: usize,
    },
    /// See [`KernelError`].
    #[error("failed to make the kernel: {0}")]
    Kernel(#[from] KernelError),
    /// See [`DensityError`].
    #[error("failed to smooth the density: {0}")]
    Density(#[from] DensityError),
    /// See [`BinsError`].
    #[error("failed to bin the targets: {0}")]
    Bins(#[from] BinsError),
}

/// How a density becomes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reweight {
    /// All rows alike.
    #[default]
    None,
    /// `1 / p` (INV).
    Inverse,
    /// `1 / √p` (SQINV): milder.
    SqrtInv,
}

/// Re-weighting as a user writes it.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `reweight` | none | none, inverse, sqrt_inv | `--reweight` |
/// | `lds` | absent | kernel of LDS | `--lds`, `--lds_*` |
/// | `padding` | zero | what LDS sees beyond the ends | none: zero (ages, STS-B), reflect (NYUD2) |
/// | `clip` | absent | bounds of the row counts under `inverse` | none: 5 to 1000 (ages) |
/// | `cap` | absent | largest weight, in means | none |
/// | `first_bin` | 0 | bins below take its density | none: 7 (NYUD2) |
/// | `compat` | corrected | `official` cuts smoothed whole-number densities down, as SciPy does there | none |
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// How a density becomes a weight.
    pub reweight: Reweight,
    /// Kernel of LDS, if any.
    pub lds: Option<KernelConfig>,
    /// What LDS sees beyond the ends.
    pub padding: Padding,
    /// Bounds of the row counts, under [`Reweight::Inverse`]; empty bins are raised to the lower one as well.
    pub clip: Option<[f64; 2]>,
    /// Largest weight, as a multiple of the mean.
    pub cap: Option<f64>,
    /// First bin that counts; those below take its density.
    pub first_bin: usize,
    /// Official or corrected.
    pub compat: Compat,
}

/// The densities behind the weights, one per bin, and the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct BinWeights {
    /// Density after square root and clip, before smoothing.
    pub density: Vec<f64>,
    /// Density after smoothing; equal to `density` without LDS.
    pub effective: Vec<f64>,
    /// Weight of a row of this bin. All ones under [`Reweight::None`]. A bin whose effective density is 0 (no training
    /// row near it) gets the largest weight of the others.
    pub weight: Vec<f64>,
}

impl WeightConfig {
    /// Weights per bin from the number of training rows per bin.
    ///
    /// # Shapes
    /// `counts` `[bins]` to three times `[bins]`.
    /// # Errors
    /// LDS without re-weighting, no rows, bounds that contradict themselves, a bad kernel.
    /// # Example
    /// ```
    /// use dir_core::weight::{Reweight, WeightConfig};
    /// let config = WeightConfig { reweight: Reweight::SqrtInv, ..Default::default() };
    /// let weights = config.bin_weights(&[16, 4, 0])?.weight; // ∝ 1/4, 1/2; mean over the 20 rows is 1
    /// assert!((weights[0] - 5.0 / 6.0).abs() < 1e-12 && (weights[1] - 5.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), dir_core::Error>(())
    /// ```
    pub fn bin_weights(&self, counts: &[u64]) -> Result<BinWeights, WeightError> {
        self.check(counts)?;
        let rows: Vec<f64> = counts.iter().map(|&n| n as f64).collect();
        let density = self.density(&rows);
        let effective = self.effective(&density)?;
        let weight = match self.reweight {
            Reweight::None => vec![1.0; counts.len()],
            Reweight::Inverse | Reweight::SqrtInv => mean_one(&rows, &effective, self.cap),
        };
        Ok(BinWeights { density, effective, weight })
    }

    /// Weight of every training row, mean 1: numbers that any other learner can use too.
    ///
    /// # Shapes
    /// `targets` `[rows]` to `[rows]`.
    /// # Errors
    /// As [`WeightConfig::bin_weights`], and a target without a bin.
    pub fn sample_weights(&self, bins: &Bins, targets: &[f64]) -> Result<Vec<f64>, WeightError> {
        let mut weights = vec![0.0; targets.len()];
        self.sample_weights_into(bins, targets, &mut weights)?;
        Ok(weights)
    }

    /// [`WeightConfig::sample_weights`] into memory that is there already: for large sets most of the time is the
    /// system's, making room for a new list.
    ///
    /// # Shapes
    /// `targets` `[rows]` into `weights` `[rows]`.
    /// # Errors
    /// As [`WeightConfig::sample_weights`], and lists of unequal length; `weights` is then left as it was or partly written.
    pub fn sample_weights_into(&self, bins: &Bins, targets: &[f64], weights: &mut [f64]) -> Result<(), WeightError> {
        if targets.len() != weights.len() {
            return Err(WeightError::Length { targets: targets.len(), weights: weights.len() });
        }
        let of_bin = self.bin_weights(&bins.counts(targets)?)?.weight;
        Ok(bins.map_into(targets, &of_bin, weights)?)
    }

    fn check(&self, counts: &[u64]) -> Result<(), WeightError> {
        if self.lds.is_some() && self.reweight == Reweight::None {
            return Err(WeightError::LdsWithoutReweight);
        }
        if counts.iter().all(|&n| n == 0) {
            return Err(WeightError::NoRows);
        }
        if self.first_bin >= counts.len() {
            return Err(WeightError::FirstBin { found: self.first_bin, bins: counts.len() });
        }
        match (self.clip, self.cap) {
            (Some([low, high]), _) if !(low > 0.0 && low <= high && high.is_finite()) => {
                Err(WeightError::Clip { low, high })
            }
            (_, Some(found)) if !(found > 1.0 && found.is_finite()) => Err(WeightError::Cap { found }),
            _ => Ok(()),
        }
    }

    /// Step 1. Bins below the first take its rows.
    fn density(&self, rows: &[f64]) -> Vec<f64> {
        let of_bin = |b: usize| rows[b.max(self.first_bin)];
        (0..rows.len())
            .map(|b| match (self.reweight, self.clip) {
                (Reweight::SqrtInv, _) => of_bin(b).sqrt(),
                (Reweight::Inverse, Some([low, high])) => of_bin(b).clamp(low, high),
                _ => of_bin(b),
            })
            .collect()
    }

    /// Step 2. The bins below the first take no part in the smoothing.
    fn effective(&self, density: &[f64]) -> Result<Vec<f64>, WeightError> {
        let Some(config) = &self.lds else { return Ok(density.to_vec()) };
        lds::check(density)?;
        let kernel = config.init()?.with_peak_one();
        let mut part = smooth(&density[self.first_bin..], &kernel, self.padding);
        if self.compat == Compat::Official && self.reweight == Reweight::Inverse {
            part.iter_mut().for_each(|p| *p = p.trunc());
        }
        Ok([vec![part[0]; self.first_bin], part].concat())
    }
}

/// Step 3: `w = min(s / p, cap)` with `s` such that `Σ rows · w = Σ rows`, exactly.
///
/// Capping lowers the mean, raising `s` again caps more bins; each round only adds bins to the capped ones, so it ends.
fn mean_one(rows: &[f64], density: &[f64], cap: Option<f64>) -> Vec<f64> {
    let inverse: Vec<Option<f64>> = density.iter().map(|&p| (p > 0.0).then(|| 1.0 / p)).collect();
    let total: f64 = rows.iter().sum();
    let cap = cap.unwrap_or(f64::INFINITY);
    let mut capped = vec![false; rows.len()];
    let scale = loop {
        let (mut free, mut left) = (0.0, total);
        for (b, v) in inverse.iter().enumerate() {
            match v {
                Some(_) if capped[b] => left -= rows[b] * cap,
                Some(v) => free += rows[b] * v,
                None => left -= rows[b] * cap.min(1.0), // cut to 0 by truncation: it counts as an average row
            }
        }
        let scale = if free > 0.0 { left / free } else { 1.0 };
        let over = |b: usize| inverse[b].is_some_and(|v| scale * v > cap) && rows[b] > 0.0;
        let new: Vec<usize> = (0..rows.len()).filter(|&b| !capped[b] && over(b)).collect();
        if new.is_empty() {
            break scale;
        }
        new.into_iter().for_each(|b| capped[b] = true);
    };
    let weight = |v: f64| (scale * v).min(cap);
    let occupied = rows.iter().zip(&inverse).filter(|(n, _)| **n > 0.0);
    let largest = occupied.filter_map(|(_, v)| v.map(weight)).fold(0.0, f64::max);
    inverse
        .iter()
        .zip(rows)
        .map(|(v, &n)| match v {
            Some(v) => weight(*v),
            None if n > 0.0 => 1.0,
            None => largest,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(reweight: Reweight) -> WeightConfig {
        WeightConfig { reweight, ..WeightConfig::default() }
    }

    /// AgeDB's training rows of ages 0 to 101, and golden weights of the official data set class.
    const AGEDB: [u64; 102] = [
        0, 1, 0, 4, 2, 2, 4, 5, 4, 2, 5, 8, 6, 8, 9, 15, 18, 28, 60, 50, 101, 103, 123, 152, 199, 224, 215, 244, 287,
        253, 325, 256, 318, 278, 302, 353, 287, 310, 322, 261, 326, 260, 296, 265, 221, 282, 227, 229, 251, 207, 257,
        227, 250, 190, 198, 234, 167, 183, 186, 153, 185, 147, 178, 158, 133, 171, 117, 117, 155, 90, 156, 85, 115, 96,
        78, 98, 49, 44, 46, 26, 31, 26, 24, 19, 15, 20, 13, 10, 7, 7, 7, 7, 5, 5, 3, 3, 2, 1, 2, 1, 2, 1,
    ];

    fn agedb() -> Vec<u64> {
        let mut counts = AGEDB.to_vec();
        counts.resize(121, 0);
        counts
    }

    #[test]
    fn agedb_weights_are_the_official_ones() {
        let lds = Some(KernelConfig::default());
        let clip = Some([5.0, 1000.0]);
        let sqrt = WeightConfig { lds, ..config(Reweight::SqrtInv) };
        let inverse = WeightConfig { lds, clip, compat: Compat::Official, ..config(Reweight::Inverse) };
        let plain = WeightConfig { clip, ..config(Reweight::Inverse) };
        for (config, golden) in [
            (config(Reweight::SqrtInv), [13.076_545, 5.848_009, 0.725_356, 13.076_545]),
            (sqrt, [22.009_834, 5.938_858, 0.766_054, 11.089_348]),
            (inverse, [34.396_984, 23.813_297, 0.467_280, 26.919_378]),
            (plain, [26.596_949, 26.596_949, 0.409_184, 26.596_949]),
        ] {
            let weight = config.bin_weights(&agedb()).expect("valid").weight;
            for (age, golden) in [1, 10, 30, 99].into_iter().zip(golden) {
                assert!((weight[age] / golden - 1.0).abs() < 2e-6, "age {age}: {} for {golden}", weight[age]);
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        let lds = WeightConfig { lds: Some(KernelConfig::default()), ..WeightConfig::default() };
        assert_eq!(lds.bin_weights(&[1]), Err(WeightError::LdsWithoutReweight));
        assert_eq!(config(Reweight::Inverse).bin_weights(&[0, 0]), Err(WeightError::NoRows));
        let cap = WeightConfig { cap: Some(1.0), ..config(Reweight::Inverse) };
        assert_eq!(cap.bin_weights(&[1]), Err(WeightError::Cap { found: 1.0 }));
        let clip = WeightConfig { clip: Some([9.0, 3.0]), ..config(Reweight::Inverse) };
        assert_eq!(clip.bin_weights(&[1]), Err(WeightError::Clip { low: 9.0, high: 3.0 }));
        let first = WeightConfig { first_bin: 2, ..config(Reweight::Inverse) };
        assert_eq!(first.bin_weights(&[1, 1]), Err(WeightError::FirstBin { found: 2, bins: 2 }));
    }

    #[test]
    fn one_row_one_bin_and_none() {
        assert_eq!(config(Reweight::Inverse).bin_weights(&[1]).expect("valid").weight, [1.0]);
        assert_eq!(config(Reweight::None).bin_weights(&[7, 0]).expect("valid").weight, [1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn weights_have_mean_one_and_keep_the_cap(
            counts in proptest::collection::vec(0..5000_u64, 1..60), cap in 1.01..20.0_f64, lds in any::<bool>()
        ) {
            prop_assume!(counts.iter().any(|&n| n > 0));
            let lds = lds.then(KernelConfig::default);
            for cap in [None, Some(cap)] {
                let weight = WeightConfig { cap, lds, ..config(Reweight::Inverse) }.bin_weights(&counts).expect("valid").weight;
                let rows: f64 = counts.iter().map(|&n| n as f64).sum();
                let sum: f64 = counts.iter().zip(&weight).map(|(&n, w)| n as f64 * w).sum();
                prop_assert!((sum / rows - 1.0).abs() < 1e-9, "mean {}", sum / rows);
                prop_assert!(weight.iter().all(|&w| w > 0.0 && w <= cap.unwrap_or(f64::INFINITY) * (1.0 + 1e-12)));
            }
        }

        #[test]
        fn without_lds_a_rarer_bin_never_weighs_less(a in 1..1000_u64, b in 1..1000_u64) {
            let w = config(Reweight::SqrtInv).bin_weights(&[a, b]).expect("valid").weight;
            prop_assert!((a <= b) == (w[0] >= w[1]));
        }
    }
}
