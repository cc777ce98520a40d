//! Streamed statistics per bin: count, mean and sum of squared deviations (M2), without a buffer of all features.
//!
//! One row at a time (Welford), `δ = x - mean; mean += δ / n; M2 += δ (x - mean)`; two workers' statistics merge by Chan's
//! rule, `M2 = M2ₐ + M2ᵦ + δδᵀ nₐnᵦ/n`. Under full covariance the rows of a block are grouped by bin first: one matrix
//! product per bin.
//!
//! # Source
//! Welford, Technometrics 1962; Chan, Golub, LeVeque 1979. Variances are unbiased (`n - 1`) and 0 for one row, as in the
//! official `agedb-dir/fds.py:82-118` at a6fdc45.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::config::{Covariance, FdsError};
use super::low_rank::Factor;
use super::spread::{BinStats, Spread};
use crate::simd::wide;

/// Columns that one worker takes: both accumulators of a bin stay in the first-level cache. The blocks are fixed, so the
/// result is the same with any number of workers.
const BLOCK: usize = 256;

/// Rows that full and low-rank statistics gather before one product per bin.
const PENDING: usize = 4096;

/// Count, mean and M2 of the features of every bin.
///
/// # Example
/// ```
/// use dir_core::fds::{Covariance, Moments};
/// let mut moments = Moments::new(2, 1, Covariance::Diagonal);
/// moments.push(&[1.0_f32, 2.0, 3.0, 40.0], &[Some(0), Some(0), Some(0), Some(1)])?;
/// let stats = moments.finish();
/// assert_eq!((stats[0].1.mean[0], stats[0].1.spread.values()[0]), (2.0, 1.0)); // of 1, 2, 3
/// assert_eq!(stats[1].1.spread.values()[0], 0.0); // one row has no variance
/// # Ok::<(), dir_core::fds::FdsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    dim: usize,
    covariance: Covariance,
    counts: Vec<u64>,
    sums: Sums,
}

#[derive(Debug, Clone, PartialEq)]
enum Sums {
    /// One element per [`BLOCK`] columns.
    Diagonal(Vec<Columns>),
    /// One element per bin, and rows that wait.
    PerBin { bins: Vec<Scatter>, pending: Vec<f64>, of: Vec<usize> },
}

/// Mean and M2 of some columns of all bins, `[bins, width]`.
#[derive(Debug, Clone, PartialEq)]
struct Columns {
    first: usize,
    width: usize,
    mean: Vec<f64>,
    m2: Vec<f64>,
}

/// Mean and M2 of one bin.
#[derive(Debug, Clone, PartialEq)]
struct Scatter {
    count: u64,
    mean: Vec<f64>,
    m2: Spread,
}

impl Moments {
    /// No rows yet.
    #[must_use]
    pub fn new(bins: usize, dim: usize, covariance: Covariance) -> Self {
        let sums = match covariance {
            Covariance::Diagonal => Sums::Diagonal(
                (0..dim)
                    .step_by(BLOCK)
                    .map(|first| {
                        let width = BLOCK.min(dim - first);
                        Columns { first, width, mean: vec![0.0; bins * width], m2: vec![0.0; bins * width] }
                    })
                    .collect(),
            ),
            Covariance::Full | Covariance::LowRank(_) => {
                Sums::PerBin { bins: vec![Scatter::zero(dim, covariance); bins], pending: Vec::new(), of: Vec::new() }
            }
        };
        Self { dim, covariance, counts: vec![0; bins], sums }
    }

    /// Moments with variances, from the count and the mean and M2 of every bin.
    pub(super) fn from_parts(counts: Vec<u64>, of_bin: &[(&[f64], &[f64])]) -> Self {
        let dim = of_bin.first().map_or(0, |(mean, _)| mean.len());
        let mut moments = Self::new(counts.len(), dim, Covariance::Diagonal);
        if let Sums::Diagonal(blocks) = &mut moments.sums {
            for block in blocks {
                let columns = block.first..block.first + block.width;
                block.mean = of_bin.iter().flat_map(|(mean, _)| &mean[columns.clone()]).copied().collect();
                block.m2 = of_bin.iter().flat_map(|(_, m2)| &m2[columns.clone()]).copied().collect();
            }
        }
        Self { counts, ..moments }
    }

    /// Moments with full covariances, from count, mean, centre and packed scatter about it of every bin:
    /// `M2 = scatter - n (mean - centre)(mean - centre)ᵀ`.
    pub(super) fn from_scatter(counts: Vec<u64>, mean: &[&[f64]], packed: &[f64], centre: &[&[f64]]) -> Self {
        let dim = mean.first().map_or(0, |mean| mean.len());
        let of_bin = |(bin, &count): (usize, &u64)| {
            let triangle = &packed[bin * dim * (dim + 1) / 2..];
            let off: Vec<f64> = mean[bin].iter().zip(centre[bin]).map(|(mean, centre)| mean - centre).collect();
            let value = |i: usize, j: usize| triangle[i * (i + 1) / 2 + j] - count as f64 * off[i] * off[j];
            let matrix = (0..dim * dim).map(|k| value((k / dim).max(k % dim), (k / dim).min(k % dim))).collect();
            Scatter { count, mean: mean[bin].to_vec(), m2: Spread::Full(matrix) }
        };
        let bins = counts.iter().enumerate().map(of_bin).collect();
        let sums = Sums::PerBin { bins, pending: Vec::new(), of: Vec::new() };
        Self { dim, covariance: Covariance::Full, counts, sums }
    }

    /// Rows seen so far, per bin.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Takes in a block of rows; those without a bin are skipped.
    ///
    /// # Shapes
    /// `features` `[rows, dim]` row-major, `bins` `[rows]`, each below the number of bins.
    /// # Errors
    /// Rows that do not fit the width, a bin that does not exist, a feature that is not finite: nothing of the block is taken in then.
    pub fn push<E: Copy + Into<f64> + Sync>(&mut self, features: &[E], bins: &[Option<usize>]) -> Result<(), FdsError> {
        if features.len() != bins.len() * self.dim {
            return Err(FdsError::Rows { rows: features.len() / self.dim.max(1), targets: bins.len() });
        }
        let number = self.counts.len();
        let absent = |(row, bin): (usize, &Option<usize>)| bin.filter(|&bin| bin >= number).map(|bin| (row, bin));
        if let Some((row, bin)) = bins.iter().enumerate().find_map(absent) {
            return Err(FdsError::Bin { row, bin, bins: number });
        }
        let finite = |part: &[E]| wide(|| part.iter().fold(true, |all, &x| all & x.into().is_finite()));
        if !features.par_chunks(1 << 16).all(finite) {
            let k = features.iter().position(|&x| !x.into().is_finite()).unwrap_or_default();
            return Err(FdsError::NotFinite { row: k / self.dim, column: k % self.dim, value: features[k].into() });
        }
        let mut shares = self.count(bins);
        match &mut self.sums {
            Sums::Diagonal(blocks) => {
                // Rows of one bin together, in their order: its accumulators stay in registers' reach, the sums the same.
                shares.sort_by_key(|&(_, bin, _)| bin);
                blocks.par_iter_mut().for_each(|block| wide(|| block.push(features, self.dim, &shares)));
            }
            Sums::PerBin { pending, of, .. } => {
                for &(row, bin, _) in &shares {
                    pending.extend(features[row * self.dim..][..self.dim].iter().map(|&x| x.into()));
                    of.push(bin);
                }
                if of.len() >= PENDING {
                    self.settle();
                }
            }
        }
        Ok(())
    }

    /// Counts the rows; row, bin and `1 / n` of each that has a bin.
    fn count(&mut self, bins: &[Option<usize>]) -> Vec<(usize, usize, f64)> {
        let with_bin = bins.iter().enumerate().filter_map(|(row, bin)| Some((row, (*bin)?)));
        with_bin
            .map(|(row, bin)| {
                self.counts[bin] += 1;
                (row, bin, 1.0 / self.counts[bin] as f64)
            })
            .collect()
    }

    /// Works off the rows that wait, one product per bin.
    fn settle(&mut self) {
        let Sums::PerBin { bins, pending, of } = &mut self.sums else { return };
        let (dim, covariance) = (self.dim, self.covariance);
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); bins.len()];
        of.iter().enumerate().for_each(|(row, &bin)| rows_of[bin].push(row));
        bins.par_iter_mut().zip(&rows_of).filter(|(_, rows)| !rows.is_empty() && dim > 0).for_each(|(bin, rows)| {
            let block: Vec<f64> = rows.iter().flat_map(|&r| &pending[r * dim..][..dim]).copied().collect();
            bin.merge(&Scatter::of(&block, dim, covariance), covariance);
        });
        pending.clear();
        of.clear();
    }

    /// Takes in another worker's statistics. Call in rank order: sums of floats depend on their order.
    ///
    /// # Errors
    /// Statistics of another shape.
    pub fn merge(&mut self, mut other: Self) -> Result<(), FdsError> {
        let shape = |m: &Self| format!("{} bins of {} features, {:?}", m.counts.len(), m.dim, m.covariance);
        if shape(self) != shape(&other) {
            return Err(FdsError::State { found: shape(&other), expected: shape(self) });
        }
        self.settle();
        other.settle();
        match (&mut self.sums, &other.sums) {
            (Sums::Diagonal(ours), Sums::Diagonal(theirs)) => {
                for (block, theirs) in ours.iter_mut().zip(theirs) {
                    block.merge(theirs, &self.counts, &other.counts);
                }
            }
            (Sums::PerBin { bins: ours, .. }, Sums::PerBin { bins: theirs, .. }) => {
                ours.iter_mut().zip(theirs).for_each(|(bin, theirs)| bin.merge(theirs, self.covariance));
            }
            _ => {} // the shapes agree, so the forms do
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(n, m)| *n += m);
        Ok(())
    }

    /// Count and statistics of every bin, with unbiased variances.
    #[must_use]
    pub fn finish(mut self) -> Vec<(u64, BinStats)> {
        self.settle();
        (0..self.counts.len()).map(|bin| (self.counts[bin], self.bin(bin))).collect()
    }

    fn bin(&self, bin: usize) -> BinStats {
        let count = self.counts[bin];
        let unbias = if count > 1 { 1.0 / (count - 1) as f64 } else { 0.0 };
        let of = |pick: fn(&Columns) -> &Vec<f64>, blocks: &[Columns]| -> Vec<f64> {
            blocks.iter().flat_map(|c| &pick(c)[bin * c.width..][..c.width]).copied().collect()
        };
        let (mean, spread) = match &self.sums {
            Sums::Diagonal(blocks) => {
                let m2 = of(|c| &c.m2, blocks);
                (of(|c| &c.mean, blocks), Spread::Diagonal(m2.into_iter().map(|m| m * unbias).collect()))
            }
            Sums::PerBin { bins, .. } => {
                let scatter = &bins[bin];
                let spread = match &scatter.m2 {
                    Spread::Diagonal(m) | Spread::Full(m) => Spread::Full(m.iter().map(|m| m * unbias).collect()),
                    Spread::LowRank(factor) => Spread::LowRank(factor.clone().scaled(unbias)),
                };
                (scatter.mean.clone(), spread)
            }
        };
        BinStats { seen: count > 0, mean, spread }
    }
}

/// Takes in one row: `δ = x - mean; mean += δ · share; M2 += δ (x - mean)`, `share` being 1 / count with this row.
#[inline(always)]
pub(crate) fn welford(x: impl Iterator<Item = f64>, share: f64, mean: &mut [f64], m2: &mut [f64]) {
    for ((x, mean), m2) in x.zip(mean).zip(m2) {
        let delta = x - *mean;
        *mean += delta * share;
        *m2 += delta * (x - *mean);
    }
}

impl Columns {
    #[inline(always)]
    fn push<E: Copy + Into<f64>>(&mut self, features: &[E], dim: usize, shares: &[(usize, usize, f64)]) {
        for &(row, bin, share) in shares {
            let x = &features[row * dim + self.first..][..self.width];
            let mean = &mut self.mean[bin * self.width..][..self.width];
            let m2 = &mut self.m2[bin * self.width..][..self.width];
            welford(x.iter().map(|&x| x.into()), share, mean, m2);
        }
    }

    fn merge(&mut self, other: &Self, ours: &[u64], theirs: &[u64]) {
        for (bin, (&n, &m)) in ours.iter().zip(theirs).enumerate().filter(|(_, (_, m))| **m > 0) {
            let total = (n + m) as f64;
            let (share, cross) = (m as f64 / total, n as f64 * (m as f64 / total));
            for k in bin * self.width..(bin + 1) * self.width {
                let delta = other.mean[k] - self.mean[k];
                self.mean[k] += delta * share;
                self.m2[k] += other.m2[k] + delta * delta * cross;
            }
        }
    }
}

impl Scatter {
    fn zero(dim: usize, covariance: Covariance) -> Self {
        let m2 = match covariance {
            Covariance::LowRank(_) => Spread::LowRank(Factor::zero(dim)),
            _ => Spread::Full(vec![0.0; dim * dim]),
        };
        Self { count: 0, mean: vec![0.0; dim], m2 }
    }

    /// Mean and M2 of a block `[rows, dim]`: one product.
    fn of(block: &[f64], dim: usize, covariance: Covariance) -> Self {
        let rows = block.len().checked_div(dim).unwrap_or(0);
        let mut mean = vec![0.0; dim];
        block.chunks_exact(dim).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / rows as f64));
        let centred: Vec<f64> = block.chunks_exact(dim).flat_map(|r| r.iter().zip(&mean).map(|(x, m)| x - m)).collect();
        let m2 = match covariance {
            Covariance::LowRank(rank) => {
                let mut factor = Factor::zero(dim);
                for part in centred.chunks(dim * (2 * rank).max(64)) {
                    factor.stack(part, 1.0);
                    factor = factor.cut(2 * rank);
                }
                Spread::LowRank(factor)
            }
            _ => {
                let mut product = vec![0.0; dim * dim];
                let rows = MatRef::from_row_major_slice(&centred, rows, dim);
                let out = MatMut::from_row_major_slice_mut(&mut product, dim, dim);
                matmul(out, Accum::Replace, rows.transpose(), rows, 1.0, Par::Seq);
                Spread::Full(product)
            }
        };
        Self { count: rows as u64, mean, m2 }
    }

    fn merge(&mut self, other: &Self, covariance: Covariance) {
        if other.count == 0 {
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let delta: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(b, a)| b - a).collect();
        let cross = n * (m / (n + m));
        match (&mut self.m2, &other.m2) {
            (Spread::LowRank(ours), Spread::LowRank(theirs)) => {
                ours.add(theirs, 1.0);
                ours.stack(&delta, cross);
                if let Covariance::LowRank(rank) = covariance {
                    *ours = std::mem::replace(ours, Factor::zero(0)).cut(2 * rank);
                }
            }
            (Spread::Full(ours), Spread::Full(theirs)) => {
                let dim = delta.len();
                for (i, row) in ours.chunks_exact_mut(dim).enumerate() {
                    let lead = delta[i] * cross;
                    let theirs = &theirs[i * dim..][..dim];
                    row.iter_mut().zip(theirs).zip(&delta).for_each(|((a, b), d)| *a += b + lead * d);
                }
            }
            _ => {} // made with one covariance
        }
        self.mean.iter_mut().zip(&delta).for_each(|(mean, d)| *mean += d * (m / (n + m)));
        self.count += other.count;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;

    const BINS: usize = 4;

    fn rows(n: usize, dim: usize, key: u64) -> (Vec<f64>, Vec<Option<usize>>) {
        let mut stream = Stream::new(&[key]);
        let features = (0..n * dim).map(|k| 1e3 + (k % dim) as f64 + stream.normal()).collect();
        (features, (0..n).map(|_| Some(stream.below(BINS + 1)).filter(|&b| b < BINS)).collect())
    }

    fn of(features: &[f64], bins: &[Option<usize>], dim: usize, covariance: Covariance) -> Moments {
        let mut moments = Moments::new(BINS, dim, covariance);
        moments.push(features, bins).expect("fits");
        moments
    }

    /// Two passes, plainly.
    fn covariance_of(features: &[f64], bins: &[Option<usize>], dim: usize, bin: usize) -> (Vec<f64>, Vec<f64>) {
        let mine: Vec<&[f64]> =
            features.chunks_exact(dim).zip(bins).filter(|(_, b)| **b == Some(bin)).map(|(x, _)| x).collect();
        let n = mine.len() as f64;
        let mean: Vec<f64> = (0..dim).map(|j| mine.iter().map(|x| x[j]).sum::<f64>() / n).collect();
        let product =
            |i: usize, j: usize| mine.iter().map(|x| (x[i] - mean[i]) * (x[j] - mean[j])).sum::<f64>() / (n - 1.0);
        let matrix = (0..dim * dim).map(|k| product(k / dim, k % dim)).collect();
        (mean, matrix)
    }

    #[test]
    fn streamed_statistics_are_those_of_two_passes() {
        let dim = 5;
        let (features, bins) = rows(403, dim, 1);
        let full = of(&features, &bins, dim, Covariance::Full).finish();
        let diagonal = of(&features, &bins, dim, Covariance::Diagonal).finish();
        for bin in 0..BINS {
            let (mean, matrix) = covariance_of(&features, &bins, dim, bin);
            for j in 0..dim {
                assert!((full[bin].1.mean[j] - mean[j]).abs() < 1e-9);
                assert!((diagonal[bin].1.mean[j] - mean[j]).abs() < 1e-9);
                assert!((diagonal[bin].1.spread.values()[j] - matrix[j * dim + j]).abs() < 1e-9);
            }
            for (got, expected) in full[bin].1.spread.values().iter().zip(&matrix) {
                assert!((got - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn low_rank_keeps_the_trace() {
        let dim = 6;
        let (features, bins) = rows(900, dim, 2);
        let low = of(&features, &bins, dim, Covariance::LowRank(2)).finish();
        let full = of(&features, &bins, dim, Covariance::Full).finish();
        for (low, full) in low.iter().zip(&full) {
            assert!((low.1.spread.trace(dim) / full.1.spread.trace(dim) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn bad_blocks_leave_no_trace() {
        let mut moments = Moments::new(2, 2, Covariance::Diagonal);
        assert_eq!(moments.push(&[1.0_f32; 3], &[Some(0)]), Err(FdsError::Rows { rows: 1, targets: 1 }));
        let bad = moments.push(&[1.0_f32, 2.0, f32::INFINITY, 0.0], &[Some(0), Some(1)]);
        assert!(matches!(bad, Err(FdsError::NotFinite { row: 1, column: 0, .. })));
        assert_eq!(moments, Moments::new(2, 2, Covariance::Diagonal));
    }

    proptest! {
        #[test]
        fn two_workers_merge_to_one(n in 0..300_usize, cut in 0..300_usize, dim in 1..4_usize, key in any::<u64>()) {
            let cut = cut.min(n);
            let (features, bins) = rows(n, dim, key);
            for covariance in [Covariance::Diagonal, Covariance::Full] {
                let whole = of(&features, &bins, dim, covariance).finish();
                let mut first = of(&features[..cut * dim], &bins[..cut], dim, covariance);
                first.merge(of(&features[cut * dim..], &bins[cut..], dim, covariance)).expect("same shape");
                for ((n, a), (m, b)) in whole.iter().zip(&first.finish()) {
                    prop_assert_eq!(n, m);
                    for (a, b) in a.mean.iter().zip(&b.mean) {
                        prop_assert!((a - b).abs() <= 1e-12 * a.abs());
                    }
                    for (a, b) in a.spread.values().iter().zip(b.spread.values()) {
                        prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b); // M2 of values near 1000 with variance 1
                    }
                }
            }
        }
    }
}
