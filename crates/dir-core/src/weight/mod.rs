//! Re-weighting: from the density of a row's bin to the weight of the row in the loss.
//!
//! 1. density `p(b)`: training rows of bin `b`; its square root under `sqrt_inv`, clipped under `inverse` where asked;
//! 2. with LDS the effective density `p̃(b)` ([`crate::lds`]), else `p` itself;
//! 3. `w(b) = s / p̃(b)`, with `s` such that the weights of the training rows have mean 1, and none exceeds the cap.
//!
//! Under `dense` (DenseWeight) the density is a kernel density estimate unless LDS smooths it, and `w(b) = s · max(1 - α p', ε)`.
//! Under `class_balanced` rows repeat each other, and `w(b) = s (1 - β) / (1 - β^p̃(b))`.
//!
//! # Source
//! Yang et al., ICML 2021, section 3.1; official `agedb-dir/datasets.py:55-83`, `sts-b-dir/tasks.py:44-73`,
//! `nyud2-dir/loaddata.py:29-67` at a6fdc45. The square root comes before the smoothing, as there. The cap is ours.

mod class_balanced;
mod dense;
mod scale;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::scale::mean_one;
use crate::Compat;
use crate::bins::{Bins, BinsError};
use crate::kde;
use crate::kernel::{KernelConfig, KernelError};
use crate::lds::{self, DensityError};
use crate::smooth::{Padding, smooth};

/// What keeps rows from being weighted. Worded to follow "failed to weight the rows: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WeightError {
    /// LDS smooths the density that weights are made of; without weights it would silently do nothing.
    #[error(
        "found LDS without re-weighting, expected reweight = \"sqrt_inv\", \"inverse\", \"dense\" or \"class_balanced\"; choose one or drop LDS"
    )]
    LdsWithoutReweight,
    /// Not one count per bin.
    #[error("found {counts} counts of rows, expected {bins}, one per bin")]
    Counts {
        /// Number of counts.
        counts: usize,
        /// Number of bins.
        bins: usize,
    },
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
    /// A strength of DenseWeight that means nothing.
    #[error("found alpha {found}, expected a finite number of at least 0; 1 is usual")]
    Alpha {
        /// The strength.
        found: f64,
    },
    /// A share of rows that repeat others that means nothing.
    #[error("found beta {found}, expected at least 0 and below 1; 0.9999 is usual")]
    Beta {
        /// The share.
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
    #[error("failed to make the kernel")]
    Kernel(#[from] KernelError),
    /// See [`DensityError`].
    #[error("failed to smooth the density")]
    Density(#[from] DensityError),
    /// See [`BinsError`].
    #[error("failed to bin the targets")]
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
    /// `max(1 - α p', ε)` (DenseWeight): bounded, whatever the density.
    Dense,
    /// `(1 - β) / (1 - β^p)` (class-balanced): inverse where rows are few, level where they are many.
    ClassBalanced,
}

/// Re-weighting as a user writes it.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `reweight` | none | none, inverse, sqrt_inv, dense, class_balanced | `--reweight` |
/// | `alpha` | 1 | strength of `dense`: 0 is none, above 1 the densest bins hardly count | none |
/// | `beta` | 0.9999 | under `class_balanced`: the share of further rows of a bin that repeat others; 0 weighs bins alike, near 1 inversely | none |
/// | `lds` | absent | kernel of LDS | `--lds`, `--lds_*` |
/// | `padding` | zero | what LDS sees beyond the ends | none: zero (ages, STS-B), reflect (NYUD2) |
/// | `clip` | absent | bounds of the row counts under `inverse` | none: 5 to 1000 (ages) |
/// | `cap` | absent | largest weight, in means | none |
/// | `first_bin` | 0 | bins below take its density | none: 7 (NYUD2) |
/// | `compat` | corrected | `official` cuts smoothed whole-number densities down, as SciPy does there | none |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// How a density becomes a weight.
    pub reweight: Reweight,
    /// Strength of [`Reweight::Dense`].
    pub alpha: f64,
    /// Share of further rows that repeat others, under [`Reweight::ClassBalanced`].
    pub beta: f64,
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

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            reweight: Reweight::None,
            alpha: 1.0,
            beta: 0.9999,
            lds: None,
            padding: Padding::default(),
            clip: None,
            cap: None,
            first_bin: 0,
            compat: Compat::default(),
        }
    }
}

/// The densities behind the weights, one per bin, and the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct BinWeights {
    /// Density after square root and clip, before smoothing.
    pub density: Vec<f64>,
    /// Density after smoothing; equal to `density` without LDS, under [`Reweight::Dense`] then the kernel density, in rows per unit of
    /// the target.
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
    /// LDS without re-weighting, no rows, bounds that contradict themselves, a bad kernel or strength, not one count per bin.
    /// # Example
    /// ```
    /// use dir_core::bins::Bins;
    /// use dir_core::weight::{Reweight, WeightConfig};
    /// let config = WeightConfig { reweight: Reweight::SqrtInv, ..Default::default() };
    /// let bins = Bins::uniform(0.0, 1.0, 3)?;
    /// let weights = config.bin_weights(&bins, &[16, 4, 0])?.weight; // ∝ 1/4, 1/2; mean over the 20 rows is 1
    /// assert!((weights[0] - 5.0 / 6.0).abs() < 1e-12 && (weights[1] - 5.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), dir_core::Error>(())
    /// ```
    pub fn bin_weights(&self, bins: &Bins, counts: &[u64]) -> Result<BinWeights, WeightError> {
        self.check(bins, counts)?;
        let rows: Vec<f64> = counts.iter().map(|&n| n as f64).collect();
        let density = self.density(&rows);
        let effective = self.effective(bins, &density)?;
        let weight = match self.reweight {
            Reweight::None => vec![1.0; counts.len()],
            Reweight::Inverse | Reweight::SqrtInv => {
                let inverse = effective.iter().map(|&p| (p > 0.0).then(|| 1.0 / p)).collect::<Vec<_>>();
                mean_one(&rows, &inverse, self.cap)
            }
            Reweight::ClassBalanced => mean_one(&rows, &class_balanced::weights(&effective, self.beta), self.cap),
            Reweight::Dense => {
                let weights = dense::weights(&effective, &rows, self.alpha).into_iter().map(Some).collect::<Vec<_>>();
                mean_one(&rows, &weights, self.cap)
            }
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
        let of_bin = self.bin_weights(bins, &bins.counts(targets)?)?.weight;
        Ok(bins.map_into(targets, &of_bin, weights)?)
    }

    /// Settings that are not at their defaults and have no effect on these weights, each with where it has one.
    ///
    /// # Example
    /// ```
    /// use dir_core::weight::{Reweight, WeightConfig};
    /// let config = WeightConfig { reweight: Reweight::SqrtInv, clip: Some([5.0, 1000.0]), ..Default::default() };
    /// assert_eq!(config.without_effect(), ["clip acts on reweight = \"inverse\" only"]);
    /// ```
    #[must_use]
    pub fn without_effect(&self) -> Vec<&'static str> {
        let usual = Self::default();
        let weighted = self.reweight != Reweight::None;
        let unused = [
            (self.clip.is_some() && self.reweight != Reweight::Inverse, "clip acts on reweight = \"inverse\" only"),
            (self.alpha != usual.alpha && self.reweight != Reweight::Dense, "alpha acts on reweight = \"dense\" only"),
            (
                self.beta != usual.beta && self.reweight != Reweight::ClassBalanced,
                "beta acts on reweight = \"class_balanced\" only",
            ),
            (self.cap.is_some() && !weighted, "cap acts on re-weighting only"),
        ];
        unused.into_iter().filter(|(unused, _)| *unused).map(|(_, what)| what).collect()
    }

    fn check(&self, bins: &Bins, counts: &[u64]) -> Result<(), WeightError> {
        if counts.len() != bins.len() {
            return Err(WeightError::Counts { counts: counts.len(), bins: bins.len() });
        }
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
            _ if !(self.alpha >= 0.0 && self.alpha.is_finite()) => Err(WeightError::Alpha { found: self.alpha }),
            _ if !(0.0..1.0).contains(&self.beta) => Err(WeightError::Beta { found: self.beta }),
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
    fn effective(&self, bins: &Bins, density: &[f64]) -> Result<Vec<f64>, WeightError> {
        let part = match (&self.lds, self.reweight) {
            (Some(lds), _) => self.smoothed(lds, density)?,
            (None, Reweight::Dense) => kde::density(&bins.edges()[self.first_bin..], &density[self.first_bin..]),
            (None, _) => return Ok(density.to_vec()),
        };
        Ok([vec![part[0]; self.first_bin], part].concat())
    }

    fn smoothed(&self, lds: &KernelConfig, density: &[f64]) -> Result<Vec<f64>, WeightError> {
        lds::check(density)?;
        let kernel = lds.init()?.with_peak_one();
        let mut part = smooth(&density[self.first_bin..], &kernel, self.padding);
        if self.compat == Compat::Official && self.reweight == Reweight::Inverse {
            part.iter_mut().for_each(|p| *p = p.trunc());
        }
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(reweight: Reweight) -> WeightConfig {
        WeightConfig { reweight, ..WeightConfig::default() }
    }

    /// Bins of width 1 from 0, as many as there are counts.
    fn weigh(config: WeightConfig, counts: &[u64]) -> Result<Vec<f64>, WeightError> {
        let bins = Bins::uniform(0.0, 1.0, counts.len()).expect("at least one");
        config.bin_weights(&bins, counts).map(|w| w.weight)
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
            let weight = weigh(config, &agedb()).expect("valid");
            for (age, golden) in [1, 10, 30, 99].into_iter().zip(golden) {
                assert!((weight[age] / golden - 1.0).abs() < 2e-6, "age {age}: {} for {golden}", weight[age]);
            }
        }
    }

    /// Numbers of the formulas in NumPy with `scipy.stats.norm.cdf`.
    #[test]
    fn dense_weights_are_scipys() {
        for (alpha, expected) in [
            (1.0, [0.000_003, 0.063_946, 1.060_088, 2.137_406, 2.902_188, 3.341_155]),
            (0.5, [0.769_647, 0.784_377, 1.013_842, 1.262_006, 1.438_176, 1.539_294]),
            (2.0, [0.000_005, 0.000_005, 0.000_005, 1.471_098, 3.881_125, 5.264_427]),
            (0.0, [1.0; 6]),
        ] {
            let weight = weigh(WeightConfig { alpha, ..config(Reweight::Dense) }, &[6, 0, 3, 1, 0, 2]).expect("valid");
            for (found, expected) in weight.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "alpha {alpha}: {found} for {expected}");
            }
        }
    }

    /// The paper's weights of the 12,208 ages themselves, each a point, in NumPy: ages that lie evenly in their year change little.
    #[test]
    fn dense_weights_are_those_of_the_rows_themselves() {
        let weight = weigh(config(Reweight::Dense), &agedb()).expect("valid");
        for (age, expected) in [
            (1, 3.523_542),
            (10, 3.468_345),
            (20, 2.468_385),
            (30, 0.300_792),
            (35, 0.002_220),
            (50, 0.858_329),
            (75, 2.679_876),
            (99, 3.519_107),
        ] {
            assert!((weight[age] - expected).abs() < 0.0016, "age {age}: {} for {expected}", weight[age]);
        }
    }

    /// By hand for β = 1/2: (1/2) / (1 - 1/2^n) is 1 at 1 row, 2/3 at 2, 8/15 at 4; the mean over the 7 rows is 1.
    #[test]
    fn class_balanced_weights_by_hand() {
        let half = WeightConfig { beta: 0.5, ..config(Reweight::ClassBalanced) };
        let weight = weigh(half, &[4, 2, 1, 0]).expect("valid");
        let mean = (4.0 * 8.0 / 15.0 + 2.0 * 2.0 / 3.0 + 1.0) / 7.0;
        for (found, expected) in weight.iter().zip([8.0 / 15.0, 2.0 / 3.0, 1.0, 1.0]) {
            assert!((found - expected / mean).abs() < 1e-12, "{found} for {expected} / {mean}");
        }
    }

    #[test]
    fn class_balanced_weights_lie_between_none_and_inverse() {
        let of = |beta: f64| weigh(WeightConfig { beta, ..config(Reweight::ClassBalanced) }, &agedb()).expect("valid");
        assert_eq!(of(0.0), vec![1.0; 121]);
        let inverse = weigh(config(Reweight::Inverse), &agedb()).expect("valid");
        for (found, expected) in of(1.0 - 1e-12).iter().zip(&inverse) {
            assert!((found / expected - 1.0).abs() < 1e-6, "{found} for {expected}");
        }
        let usual = of(0.999);
        assert!(usual[1] > usual[20] && usual[20] > usual[35] && usual[1] < inverse[1], "{usual:?}");
    }

    #[test]
    fn beside_lds_its_kernel_replaces_the_estimate() {
        let lds = Some(KernelConfig { size: 3, shape: crate::kernel::Shape::Triang, ..KernelConfig::default() });
        let bins = Bins::uniform(0.0, 1.0, 4).expect("valid");
        let found = WeightConfig { lds, ..config(Reweight::Dense) }.bin_weights(&bins, &[4, 0, 2, 2]).expect("valid");
        // By hand, kernel 1/2 1 1/2: 4, 3, 3, 3; p' 1, 0, 0, 0; w ∝ 1e-6, 1, 1, 1 with mean (4e-6 + 4) / 8.
        assert_eq!(found.effective, [4.0, 3.0, 3.0, 3.0]);
        let one = 1.0 / (0.5 + 0.5e-6);
        for (found, expected) in found.weight.iter().zip([1e-6 * one, one, one, one]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn wide_bins_are_thin_and_bins_below_the_first_take_its_density() {
        // As many rows in each, the last a hundred times as wide: rarest by far, and so heaviest.
        let bins = Bins::from_edges(vec![0.0, 1.0, 2.0, 3.0, 103.0]).expect("valid");
        let dense = config(Reweight::Dense);
        let weight = dense.bin_weights(&bins, &[50; 4]).expect("valid").weight;
        assert!(weight[3] > 3.0 * weight[0], "{weight:?}");
        let first = WeightConfig { first_bin: 2, ..dense };
        let weight = weigh(first, &[0, 0, 6, 1, 1]).expect("valid");
        assert_eq!(weight[..2], [weight[2]; 2]);
        assert_eq!(weight[2..], weigh(dense, &[6, 1, 1]).expect("valid"));
    }

    #[test]
    fn mistakes_are_named() {
        let lds = WeightConfig { lds: Some(KernelConfig::default()), ..WeightConfig::default() };
        assert_eq!(weigh(lds, &[1]), Err(WeightError::LdsWithoutReweight));
        assert_eq!(weigh(config(Reweight::Inverse), &[0, 0]), Err(WeightError::NoRows));
        let cap = WeightConfig { cap: Some(1.0), ..config(Reweight::Inverse) };
        assert_eq!(weigh(cap, &[1]), Err(WeightError::Cap { found: 1.0 }));
        let clip = WeightConfig { clip: Some([9.0, 3.0]), ..config(Reweight::Inverse) };
        assert_eq!(weigh(clip, &[1]), Err(WeightError::Clip { low: 9.0, high: 3.0 }));
        let first = WeightConfig { first_bin: 2, ..config(Reweight::Inverse) };
        assert_eq!(weigh(first, &[1, 1]), Err(WeightError::FirstBin { found: 2, bins: 2 }));
        let alpha = WeightConfig { alpha: -1.0, ..config(Reweight::Dense) };
        assert_eq!(weigh(alpha, &[1, 1]), Err(WeightError::Alpha { found: -1.0 }));
        let beta = WeightConfig { beta: 1.0, ..config(Reweight::ClassBalanced) };
        assert_eq!(weigh(beta, &[1, 1]), Err(WeightError::Beta { found: 1.0 }));
        let bins = Bins::uniform(0.0, 1.0, 3).expect("valid");
        let counts = config(Reweight::Inverse).bin_weights(&bins, &[1, 1]);
        assert_eq!(counts, Err(WeightError::Counts { counts: 2, bins: 3 }));
    }

    #[test]
    fn one_row_one_bin_and_none() {
        assert_eq!(weigh(config(Reweight::Inverse), &[1]).expect("valid"), [1.0]);
        assert_eq!(weigh(config(Reweight::None), &[7, 0]).expect("valid"), [1.0, 1.0]);
        assert_eq!(weigh(config(Reweight::Dense), &[7]).expect("valid"), [1.0]);
        let overflow = Bins::uniform(0.0, 1.0, 1).expect("valid").with_out_of_range(crate::bins::OutOfRange::Overflow);
        let weight = config(Reweight::Dense).bin_weights(&overflow, &[0, 0, 5]).expect("valid").weight;
        assert_eq!(weight, [1.0; 3]);
    }

    proptest! {
        #[test]
        fn weights_have_mean_one_and_keep_the_cap(
            counts in proptest::collection::vec(0..5000_u64, 1..60), cap in 1.01..20.0_f64, lds in any::<bool>(),
            dense in any::<bool>()
        ) {
            prop_assume!(counts.iter().any(|&n| n > 0));
            let lds = lds.then(KernelConfig::default);
            let reweight = if dense { Reweight::Dense } else { Reweight::Inverse };
            for cap in [None, Some(cap)] {
                let weight = weigh(WeightConfig { cap, lds, ..config(reweight) }, &counts).expect("valid");
                let rows: f64 = counts.iter().map(|&n| n as f64).sum();
                let sum: f64 = counts.iter().zip(&weight).map(|(&n, w)| n as f64 * w).sum();
                prop_assert!((sum / rows - 1.0).abs() < 1e-9, "mean {}", sum / rows);
                prop_assert!(weight.iter().all(|&w| w > 0.0 && w <= cap.unwrap_or(f64::INFINITY) * (1.0 + 1e-12)));
            }
        }

        #[test]
        fn without_lds_a_rarer_bin_never_weighs_less(a in 1..1000_u64, b in 1..1000_u64) {
            let w = weigh(config(Reweight::SqrtInv), &[a, b]).expect("valid");
            prop_assert!((a <= b) == (w[0] >= w[1]));
        }
    }
}
