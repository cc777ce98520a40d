//! Bins: the one description of the target range, shared by LDS, FDS, weights, shots, samplers and plots.
//!
//! A bin is a half-open slice `[edge_b, edge_{b+1})`; the last one is closed, so that the largest target has a home.
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), section 3.1: the target space is cut into bins of equal width. Quantile,
//! logarithmic and explicit edges are ours: users asked for float, negative and normalised targets.

mod uniform;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::uniform::{BLOCK, Uniform};
use crate::metric::quantile::of_sorted;

/// What bins can't be made from, or which target has no bin. Worded to follow "failed to bin the targets: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum BinsError {
    /// Fewer than one bin.
    #[error("found {found} bins, expected at least 1")]
    TooFew {
        /// Bins asked for.
        found: usize,
    },
    /// More bins than memory can sensibly hold.
    #[error("found {found} bins, expected at most {MAX_BINS}; use wider bins")]
    TooMany {
        /// Bins asked for.
        found: usize,
    },
    /// An edge, width or bound that is NaN, infinite or not positive where it must be.
    #[error("found {name} = {value}, expected {expected}")]
    Invalid {
        /// Which number.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// Edges that do not rise.
    #[error("found edge {index} = {value} after {previous}, expected strictly rising edges")]
    NotRising {
        /// Position of the edge.
        index: usize,
        /// The edge before.
        previous: f64,
        /// The edge.
        value: f64,
    },
    /// Every target has the same value, so that there is no range to cut.
    #[error("found {rows} targets that are all {value}, expected at least two different values")]
    Constant {
        /// Targets looked at.
        rows: usize,
        /// Their value.
        value: f64,
    },
    /// A target that is NaN or infinite.
    #[error("found target {value} at position {row}, expected a finite number")]
    NotFinite {
        /// Position in the slice.
        row: usize,
        /// The target.
        value: f64,
    },
    /// A target outside the range, under [`OutOfRange::Error`].
    #[error(
        "found target {value} at position {row}, expected {low} to {high}; widen the bins or choose another out-of-range policy"
    )]
    Outside {
        /// Position in the slice.
        row: usize,
        /// The target.
        value: f64,
        /// Lowest edge.
        low: f64,
        /// Highest edge.
        high: f64,
    },
}

/// More bins than this are refused: each holds feature statistics.
pub const MAX_BINS: usize = 1_000_000;

/// What happens to a target outside the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfRange {
    /// It counts for the nearest bin (what the official program does with ages above 120).
    #[default]
    Clamp,
    /// It counts for one of two more bins, one below and one above the range.
    Overflow,
    /// It is an error.
    Error,
}

/// In which precision targets meet edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Edges and targets as they are.
    #[default]
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
    Uniform { low: f64, width: f64, count: usize },
    Log { low: f64, high: f64, count: usize },
    Explicit { edges: Vec<f64> },
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
    /// Uniform bins in full precision: a short cut.
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
        Self::build(Edges::Uniform { low, width, count }, OutOfRange::default(), Precision::default())
    }

    /// `count` bins of equal width from the smallest to the largest of `values`.
    ///
    /// # Errors
    /// As [`Bins::uniform`], and [`BinsError::Constant`] or [`BinsError::NotFinite`] for values that span no range.
    pub fn uniform_over(values: &[f64], count: usize) -> Result<Self, BinsError> {
        if count == 0 {
            return Err(BinsError::TooFew { found: 0 });
        }
        let (low, high) = span(values)?;
        Self::uniform(low, (high - low) / count as f64, count)
    }

    /// Bins between the given edges, which must rise.
    ///
    /// # Errors
    /// Fewer than two edges, an edge that is not finite or not above the one before.
    pub fn from_edges(edges: Vec<f64>) -> Result<Self, BinsError> {
        Self::build(Edges::Explicit { edges }, OutOfRange::default(), Precision::default())
    }

    /// About `count` bins that hold the same number of `values` each; equal quantiles are merged, so there may be fewer.
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
        let edges = outer(inner(&self.edges), policy);
        Self { fast: Uniform::new(&self.given, policy, self.precision), edges, out_of_range: policy, ..self }
    }

    /// The same bins with targets compared in another precision.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { fast: Uniform::new(&self.given, self.out_of_range, precision), precision, ..self }
    }

    fn build(given: Edges, out_of_range: OutOfRange, precision: Precision) -> Result<Self, BinsError> {
        let edges = match &given {
            Edges::Uniform { low, width, count } => {
                check_count(*count)?;
                positive("width", *width)?;
                (0..=*count).map(|k| low + width * k as f64).collect()
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
        let edges = outer(&edges, out_of_range);
        let fast = Uniform::new(&given, out_of_range, precision);
        Ok(Self { given, out_of_range, precision, edges, fast })
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
        let (low, high) = (self.edges[0], self.edges[self.len()]);
        if self.out_of_range == OutOfRange::Error && !(low..=high).contains(&value) {
            return Err(BinsError::Outside { row, value, low, high });
        }
        let bin = match (self.precision, &self.given) {
            (Precision::F64, _) => self.edges.partition_point(|&edge| edge <= value),
            (Precision::F32Scaled, &Edges::Uniform { low: 0.0, width, .. }) if value >= 0.0 => {
                (value as f32 * (1.0 / width) as f32) as usize + 1 + usize::from(low.is_infinite())
            }
            (_, _) => self.edges.partition_point(|&edge| edge as f32 <= value as f32),
        };
        Ok(bin.saturating_sub(1).min(self.len() - 1))
    }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_open_and_last_closed() {
        let bins = Bins::from_edges(vec![-2.0, -0.5, 3.0]).expect("edges rise");
        let of = |y| bins.bin_of(y).expect("finite");
        assert_eq!([of(-2.0), of(-0.51), of(-0.5), of(3.0), of(9.0), of(-9.0)], [0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn overflow_bins_surround_the_range() {
        for bins in [Bins::uniform(0.0, 0.1, 3), Bins::log(1.0, 8.0, 3)] {
            let bins = bins.expect("valid").with_out_of_range(OutOfRange::Overflow);
            assert_eq!(bins.len(), 5);
            assert_eq!(bins.bin_of(-1.0), Ok(0));
            assert_eq!(bins.bin_of(99.0), Ok(4));
            let back = bins.clone().with_out_of_range(OutOfRange::Clamp);
            assert_eq!(back.len(), 3);
            assert!(bins.centre(0).is_finite() && bins.centre(4).is_finite());
        }
    }

    #[test]
    fn errors_name_the_row() {
        let bins = Bins::uniform(0.0, 1.0, 3).expect("valid").with_out_of_range(OutOfRange::Error);
        assert_eq!(bins.assign(&[1.0, 4.0]), Err(BinsError::Outside { row: 1, value: 4.0, low: 0.0, high: 3.0 }));
        assert!(matches!(bins.counts(&[0.0, f64::NAN]), Err(BinsError::NotFinite { row: 1, .. })));
        assert!(matches!(Bins::uniform(0.0, 0.0, 3), Err(BinsError::Invalid { name: "width", .. })));
        assert_eq!(Bins::from_edges(vec![1.0]), Err(BinsError::TooFew { found: 0 }));
        assert!(matches!(Bins::quantile(&[2.0, 2.0], 4), Err(BinsError::Constant { rows: 2, .. })));
        assert!(matches!(Bins::quantile(&[1.0, 2.0], usize::MAX), Err(BinsError::TooMany { .. })));
        assert!(matches!(Bins::uniform_over(&[], 4), Err(BinsError::Constant { rows: 0, .. })));
        assert!(matches!(Bins::log(-1.0, 4.0, 3), Err(BinsError::Invalid { name: "low", .. })));
    }

    #[test]
    fn quantile_bins_hold_equal_shares() {
        let values: Vec<f64> = (0..1000).map(|k| f64::from(k).powi(2)).collect();
        let counts = Bins::quantile(&values, 10).and_then(|b| b.counts(&values)).expect("valid");
        assert!(counts.iter().all(|&c| c == 100), "{counts:?}");
    }

    #[test]
    fn sts_b_edges_are_float32() {
        // Reference: f32(k / 10) lands in bin k for all k, 50 in 49 (the official program's bins, re-computed with NumPy).
        let bins = Bins::uniform(0.0, 0.1, 50).expect("valid").with_precision(Precision::F32);
        for k in 0..=50_usize {
            let y = f64::from(k as f32 / 10.0);
            assert_eq!(bins.bin_of(y), Ok(k.min(49)), "score {y}");
        }
    }

    #[test]
    fn serde_keeps_bins_and_refuses_bad_ones() {
        let bins = Bins::log(0.5, 80.0, 7).expect("valid").with_out_of_range(OutOfRange::Overflow);
        let text = serde_json::to_string(&bins).expect("serialises");
        assert_eq!(serde_json::from_str::<Bins>(&text).expect("reads back"), bins);
        let bad = r#"{"edges":{"kind":"uniform","low":0,"width":-1,"count":4}}"#;
        assert!(serde_json::from_str::<Bins>(bad).is_err());
    }

    proptest! {
        #[test]
        fn the_bin_of_a_target_contains_it(low in -1e6..1e6_f64, width in 1e-3..1e3_f64, count in 1..300_usize, at in 0.0..1.0_f64) {
            let bins = Bins::uniform(low, width, count).expect("valid");
            let (first, last) = (bins.edges()[0], bins.edges()[count]);
            let y = first + (last - first) * at;
            let bin = bins.bin_of(y).expect("finite");
            let (a, b) = bins.range(bin);
            prop_assert!(a <= y && (y < b || bin == count - 1));
        }

        #[test]
        fn the_short_cut_agrees_with_the_search(
            low in -1e6..1e6_f64, width in 1e-9..1e3_f64, count in 1..300_usize, overflow in any::<bool>(),
            at in proptest::collection::vec(-0.2..1.2_f64, 1..40)
        ) {
            let policy = if overflow { OutOfRange::Overflow } else { OutOfRange::Clamp };
            let Ok(bins) = Bins::uniform(low, width, count).map(|bins| bins.with_out_of_range(policy)) else { return Ok(()) };
            // Between the edges, on them, one step to either side, and far away.
            let mut targets: Vec<f64> = at.iter().map(|at| low + width * count as f64 * at).collect();
            let edges = bins.edges().iter().filter(|edge| edge.is_finite());
            targets.extend(edges.flat_map(|edge| [edge.next_down(), *edge, edge.next_up()]));
            targets.extend([f64::MIN, -0.0, 0.0, f64::MIN_POSITIVE, f64::MAX]);
            let one_by_one: Result<Vec<usize>, _> = targets.iter().map(|&y| bins.bin_of(y)).collect();
            prop_assert_eq!(bins.assign(&targets), one_by_one);
        }
    }
}
