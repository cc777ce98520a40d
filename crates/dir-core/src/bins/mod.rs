//! Bins: the one description of the target range, shared by LDS, FDS, weights, shots, samplers and plots.
//!
//! A bin is a half-open slice `[edge_b, edge_{b+1})`; the last one is closed, so that the largest target has a home.
//!
//! Targets and edges meet with the tolerance of [`Precision`]: by default a decimal target such as 0.3 begins the bin of its edge, and a
//! target rounded to `f32` shares the bin of its `f64` row. One table ([`Bins::limits`]) says where bins begin, on the host and on devices.
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), section 3.1: the target space is cut into bins of equal width. Quantile,
//! logarithmic and explicit edges are ours: users asked for float, negative and normalised targets.

mod error;
mod limits;
mod uniform;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::error::BinsError;
use self::limits::{Comparison, limits};
use self::uniform::{BLOCK, Uniform};
use crate::metric::quantile::of_sorted;

/// More bins than this are refused: each holds feature statistics.
pub const MAX_BINS: usize = 1_000_000;

/// What happens to a target outside the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfRange {
    /// It counts for the nearest bin (what the official program does with ages above 120).
    #[default]
    Clamp,
    /// It counts for one of two more bins, one below and one above the range; the highest edge is still within the range.
    Overflow,
    /// It is an error.
    Error,
}

/// In which precision targets meet edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// In `f32`, wherever its steps are below 1/512 of the bins' width: decimal targets begin the bin of their edge, and rounding a
    /// target to `f32` never changes its bin. Where bins are finer than that, in `f64` with a tolerance of a few units of the last
    /// place of the largest edge.
    #[default]
    Auto,
    /// Edges and targets as they are: 0.3 lies below the third edge of tenths, 0.1 · 3 in `f64`.
    F64,
    /// Edges and targets rounded to `f32` first. The official STS-B program bins so: with `f64` edges 1,289 of its 5,249
    /// training scores would change their bin.
    F32,
    /// `floor(f32(y) / f32(width))` with the quotient as an `f32` product, as the official NYUD2 program truncates
    /// `depth * 10`. Uniform bins from 0 only; elsewhere it acts as [`Precision::F32`].
    F32Scaled,
}

/// How the edges are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
enum Edges {
    Uniform {
        low: f64,
        width: f64,
        count: usize,
        /// The last edge, where it is known better than as `low + width · count`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
    },
    Log {
        low: f64,
        high: f64,
        count: usize,
    },
    Explicit {
        edges: Vec<f64>,
    },
}

/// The bins of a target.
///
/// # Example
/// ```
/// use dir_core::bins::Bins;
/// let ages = Bins::uniform(0.0, 1.0, 121)?; // the official bins for ages: 0..=120, older people in the last
/// assert_eq!(ages.bin_of(30.9)?, 30);
/// assert_eq!(ages.bin_of(186.0)?, 120);
/// assert_eq!(ages.counts(&[1.0, 1.5, 7.0])?[..8], [0, 2, 0, 0, 0, 0, 0, 1]);
/// # Ok::<(), dir_core::bins::BinsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BinsSpec", into = "BinsSpec")]
pub struct Bins {
    given: Edges,
    out_of_range: OutOfRange,
    precision: Precision,
    /// `len() + 1` rising numbers; the outer two are infinite under [`OutOfRange::Overflow`].
    edges: Vec<f64>,
    /// The smallest target of every bin, and the largest of the last.
    limits: Vec<f64>,
    /// A short cut for uniform bins.
    fast: Option<Uniform>,
}

/// Counters per bin, taken in turn: neighbours in the list often share a bin, and adding to a number that was only just
/// written stalls.
const LANES: usize = 4;

/// Targets that one worker takes at a time.
const CHUNK: usize = 1 << 14;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BinsSpec {
    edges: Edges,
    #[serde(default)]
    out_of_range: OutOfRange,
    #[serde(default)]
    precision: Precision,
}

impl From<Bins> for BinsSpec {
    fn from(bins: Bins) -> Self {
        Self { edges: bins.given, out_of_range: bins.out_of_range, precision: bins.precision }
    }
}

impl TryFrom<BinsSpec> for Bins {
    type Error = BinsError;

    fn try_from(spec: BinsSpec) -> Result<Self, BinsError> {
        Self::build(spec.edges, spec.out_of_range, spec.precision)
    }
}

impl Bins {
    /// `count` bins of equal `width` from `low` upwards.
    ///
    /// # Errors
    /// No bin, more than [`MAX_BINS`], a bound that is not finite, a width that is not positive.
    pub fn uniform(low: f64, width: f64, count: usize) -> Result<Self, BinsError> {
        let given = Edges::Uniform { low, width, count, high: None };
        Self::build(given, OutOfRange::default(), Precision::default())
    }

    /// Bins of equal `width` between its multiples, from the bin that `low` falls into to that of `high`.
    ///
    /// # Errors
    /// As [`Bins::uniform`].
    /// # Example
    /// ```
    /// use dir_core::bins::Bins;
    /// let scores = Bins::of_width(0.3, 5.0, 0.1)?; // from 0.3 to 5.1
    /// assert_eq!((scores.len(), scores.bin_of(0.3)?, scores.bin_of(5.0)?), (48, 0, 47));
    /// # Ok::<(), dir_core::bins::BinsError>(())
    /// ```
    pub fn of_width(low: f64, high: f64, width: f64) -> Result<Self, BinsError> {
        positive("width", width)?;
        let [first, last] = [low, high].map(|y| multiple_below(y, width));
        Self::uniform(first * width, width, (last - first).clamp(0.0, 1e9) as usize + 1)
    }

    /// `count` bins of equal width from the smallest to the largest of `values`, which is the last edge.
    ///
    /// # Errors
    /// As [`Bins::uniform`], and [`BinsError::Constant`] or [`BinsError::NotFinite`] for values that span no range.
    pub fn uniform_over(values: &[f64], count: usize) -> Result<Self, BinsError> {
        if count == 0 {
            return Err(BinsError::TooFew { found: 0 });
        }
        let (low, high) = span(values)?;
        let given = Edges::Uniform { low, width: (high - low) / count as f64, count, high: Some(high) };
        Self::build(given, OutOfRange::default(), Precision::default())
    }

    /// Bins between the given edges, which must rise.
    ///
    /// # Errors
    /// Fewer than two edges, an edge that is not finite or not above the one before.
    pub fn from_edges(edges: Vec<f64>) -> Result<Self, BinsError> {
        Self::build(Edges::Explicit { edges }, OutOfRange::default(), Precision::default())
    }

    /// About `count` bins that hold the same number of `values` each; equal quantiles are merged, and so are bins that would hold
    /// none of the values, so there may be fewer.
    ///
    /// # Errors
    /// As [`Bins::uniform_over`].
    pub fn quantile(values: &[f64], count: usize) -> Result<Self, BinsError> {
        check_count(count)?;
        span(values)?;
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let share = |k: usize| k as f64 / count as f64;
        let mut edges: Vec<f64> = (0..=count).filter_map(|k| of_sorted(&sorted, share(k))).collect();
        edges.dedup();
        let filled = Self::from_edges(edges.clone())?.counts(values)?;
        // The first bin holds the smallest value and the last one the largest. An empty one between joins the bin below.
        let mut bin = 0..edges.len();
        edges.retain(|_| bin.next().is_none_or(|bin| filled.get(bin) != Some(&0)));
        Self::from_edges(edges)
    }

    /// `count` bins whose edges are equally far apart on a logarithmic scale from `low` to `high`.
    ///
    /// # Errors
    /// As [`Bins::uniform`]; `low` must be above 0 and below `high`.
    pub fn log(low: f64, high: f64, count: usize) -> Result<Self, BinsError> {
        Self::build(Edges::Log { low, high, count }, OutOfRange::default(), Precision::default())
    }

    /// The same bins under another out-of-range policy.
    #[must_use]
    pub fn with_out_of_range(self, policy: OutOfRange) -> Self {
        let finite = inner(&self.edges).to_vec();
        Self::assemble(self.given, finite, policy, self.precision)
    }

    /// The same bins with targets compared in another precision.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        let finite = inner(&self.edges).to_vec();
        Self::assemble(self.given, finite, self.out_of_range, precision)
    }

    fn build(given: Edges, out_of_range: OutOfRange, precision: Precision) -> Result<Self, BinsError> {
        let edges = match &given {
            Edges::Uniform { low, width, count, high } => {
                check_count(*count)?;
                positive("width", *width)?;
                let edge = |k: usize| high.filter(|_| k == *count).unwrap_or(low + width * k as f64);
                (0..=*count).map(edge).collect()
            }
            Edges::Log { low, high, count } => {
                check_count(*count)?;
                positive("low", *low)?;
                let step = (high / low).ln() / *count as f64;
                (0..=*count).map(|k| if k == *count { *high } else { low * (step * k as f64).exp() }).collect()
            }
            Edges::Explicit { edges } => {
                check_count(edges.len().saturating_sub(1))?;
                edges.clone()
            }
        };
        check_rising(&edges)?;
        Ok(Self::assemble(given, edges, out_of_range, precision))
    }

    /// Checked edges with everything that is computed from them.
    fn assemble(given: Edges, finite: Vec<f64>, out_of_range: OutOfRange, precision: Precision) -> Self {
        let comparison = Comparison::new(&given, &finite, precision);
        let limits = limits(&finite, out_of_range, comparison);
        let fast = Uniform::new(&given, &limits, out_of_range, comparison);
        Self { given, out_of_range, precision, edges: outer(&finite, out_of_range), limits, fast }
    }

    /// Number of bins.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// What happens to targets outside the edges.
    #[must_use]
    pub fn out_of_range(&self) -> OutOfRange {
        self.out_of_range
    }

    /// The `len() + 1` edges. The first and the last are infinite under [`OutOfRange::Overflow`].
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The `len() + 1` numbers that targets are compared with: the smallest target of every bin, and the largest of the last. They are
    /// the edges within the tolerance of the [`Precision`]; infinite where the edges are.
    ///
    /// A target `y` is in the last bin whose limit is `<= y`. To compare in `f32`, round the limits up, the last one down; then a target in
    /// `f32` finds the same bin as on the host.
    #[must_use]
    pub fn limits(&self) -> &[f64] {
        &self.limits
    }

    /// Lower and upper edge of a bin.
    ///
    /// # Panics
    /// If `bin` is not below [`Bins::len`].
    #[must_use]
    pub fn range(&self, bin: usize) -> (f64, f64) {
        (self.edges[bin], self.edges[bin + 1])
    }

    /// Middle of a bin; of an overflow bin its finite edge.
    ///
    /// # Panics
    /// If `bin` is not below [`Bins::len`].
    #[must_use]
    pub fn centre(&self, bin: usize) -> f64 {
        match self.range(bin) {
            (low, high) if low.is_infinite() => high,
            (low, high) if high.is_infinite() => low,
            (low, high) => low + (high - low) / 2.0,
        }
    }

    /// Bin of one target.
    ///
    /// # Errors
    /// [`BinsError::NotFinite`]; [`BinsError::Outside`] under [`OutOfRange::Error`].
    pub fn bin_of(&self, target: f64) -> Result<usize, BinsError> {
        self.locate(0, target)
    }

    /// Bin of every target.
    ///
    /// # Errors
    /// As [`Bins::bin_of`], with the position of the first bad target.
    pub fn assign(&self, targets: &[f64]) -> Result<Vec<usize>, BinsError> {
        let itself: Vec<usize> = (0..self.len()).collect();
        let mut out = vec![0; targets.len()];
        self.map_into(targets, &itself, &mut out)?;
        Ok(out)
    }

    /// What `of_bin` says of every target's bin, without a list of bins in between.
    pub(crate) fn map_into<T: Copy + Send + Sync>(
        &self,
        targets: &[f64],
        of_bin: &[T],
        out: &mut [T],
    ) -> Result<(), BinsError> {
        debug_assert_eq!(targets.len(), out.len());
        let chunks = out.par_chunks_mut(CHUNK).zip(targets.par_chunks(CHUNK)).enumerate();
        chunks.try_for_each(|(chunk, (out, targets))| {
            let mut blocks = out.chunks_mut(BLOCK);
            self.visit(chunk * CHUNK, targets, |bins| {
                let Some(block) = blocks.next() else { return }; // as many blocks of both
                block.iter_mut().zip(bins).for_each(|(out, &bin)| *out = of_bin[bin as usize]);
            })
        })
    }

    /// Label density: how many of the targets fall into each bin.
    ///
    /// # Errors
    /// As [`Bins::assign`].
    pub fn counts(&self, targets: &[f64]) -> Result<Vec<u64>, BinsError> {
        let none = || vec![[0_u64; LANES]; self.len()];
        let count = |mut counts: Vec<[u64; LANES]>, (chunk, targets): (usize, &[f64])| {
            self.visit(chunk * CHUNK, targets, |bins| {
                let groups = bins.chunks_exact(LANES);
                groups.remainder().iter().for_each(|&bin| counts[bin as usize][0] += 1);
                groups.for_each(|group| (0..LANES).for_each(|lane| counts[group[lane] as usize][lane] += 1));
            })?;
            Ok(counts)
        };
        // Whole numbers: their sum does not depend on the order of the chunks.
        let sum = |mut a: Vec<[u64; LANES]>, b: Vec<[u64; LANES]>| {
            a.as_flattened_mut().iter_mut().zip(b.as_flattened()).for_each(|(a, b)| *a += b);
            Ok(a)
        };
        let lanes = targets.par_chunks(CHUNK).enumerate().try_fold(none, count).try_reduce(none, sum)?;
        Ok(lanes.iter().map(|bin| bin.iter().sum()).collect())
    }

    /// Bins of the targets of a chunk that starts at row `first`, [`BLOCK`] at a time.
    fn visit(&self, first: usize, targets: &[f64], mut each: impl FnMut(&[u32])) -> Result<(), BinsError> {
        let mut bins = [0; BLOCK];
        for (block, targets) in targets.chunks(BLOCK).enumerate() {
            let known = self.fast.as_ref().is_some_and(|fast| fast.locate(targets, &mut bins));
            if !known {
                for (k, (bin, &y)) in bins.iter_mut().zip(targets).enumerate() {
                    *bin = self.locate(first + block * BLOCK + k, y)? as u32; // at most MAX_BINS
                }
            }
            each(&bins[..targets.len()]);
        }
        Ok(())
    }

    fn locate(&self, row: usize, value: f64) -> Result<usize, BinsError> {
        if !value.is_finite() {
            return Err(BinsError::NotFinite { row, value });
        }
        let last = self.len();
        if self.out_of_range == OutOfRange::Error && !(self.limits[0]..=self.limits[last]).contains(&value) {
            return Err(BinsError::Outside { row, value, low: self.edges[0], high: self.edges[last] });
        }
        Ok(self.limits[1..last].partition_point(|&limit| limit <= value))
    }
}

/// The multiple of `width` at or below a number, in widths, with the tolerance of single precision.
fn multiple_below(value: f64, width: f64) -> f64 {
    let widths = value / width;
    let (near, tolerance) = (widths.round(), (widths.abs() * f64::from(f32::EPSILON)).min(1.0 / 1024.0));
    if (widths - near).abs() <= tolerance { near } else { widths.floor() }
}

fn check_count(found: usize) -> Result<(), BinsError> {
    match found {
        0 => Err(BinsError::TooFew { found }),
        _ if found > MAX_BINS => Err(BinsError::TooMany { found }),
        _ => Ok(()),
    }
}

fn positive(name: &'static str, value: f64) -> Result<(), BinsError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(BinsError::Invalid { name, value, expected: "a finite number above 0" })
}

fn check_rising(edges: &[f64]) -> Result<(), BinsError> {
    if let Some(&value) = edges.iter().find(|e| !e.is_finite()) {
        return Err(BinsError::Invalid { name: "edge", value, expected: "a finite number" });
    }
    match edges.windows(2).position(|pair| pair[1] <= pair[0]) {
        Some(k) => Err(BinsError::NotRising { index: k + 1, previous: edges[k], value: edges[k + 1] }),
        None => Ok(()),
    }
}

/// Smallest and largest value, which must differ.
fn span(values: &[f64]) -> Result<(f64, f64), BinsError> {
    if let Some((row, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(BinsError::NotFinite { row, value });
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low < high {
        return Ok((low, high));
    }
    Err(BinsError::Constant { rows: values.len(), value: if values.is_empty() { f64::NAN } else { low } })
}

/// The edges without the infinite ones.
fn inner(edges: &[f64]) -> &[f64] {
    let finite = |e: &f64| e.is_finite();
    let first = edges.iter().position(finite).unwrap_or(0);
    let last = edges.iter().rposition(finite).unwrap_or(edges.len() - 1);
    &edges[first..=last]
}

/// The edges with infinite ones around them where the policy wants them.
fn outer(edges: &[f64], policy: OutOfRange) -> Vec<f64> {
    match policy {
        OutOfRange::Overflow => [&[f64::NEG_INFINITY], edges, &[f64::INFINITY]].concat(),
        OutOfRange::Clamp | OutOfRange::Error => edges.to_vec(),
    }
}

#[cfg(test)]
mod tests;
