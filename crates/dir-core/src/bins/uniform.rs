//! Where the targets of uniform bins lie: by arithmetic alone, a block at a time, so that the compiler can use vectors.

use super::limits::{Comparison, single_step};
use super::{Edges, OutOfRange};
use crate::simd::wide;

/// Targets that are located together. Their bins stay in the fastest cache.
pub(super) const BLOCK: usize = 1024;

/// Added to a small number `x ≥ 0`, it leaves `round(x)` in the lowest bits.
const ROUND: f64 = (1_u64 << 52) as f64;

/// Exponent bits of an `f64`: all ones in NaN and infinities.
const EXPONENT: u64 = 0x7FF << 52;

/// Uniform bins: a guess by arithmetic, rounded so that it is the right bin or the one below, and one look at the limit between the two,
/// computed as [`super::limits`] computes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Uniform {
    low: f64,
    width: f64,
    per_unit: f64,
    /// What the limit lies below the edge.
    slack: f64,
    /// Whether edge and target are rounded to `f32`.
    single: bool,
    /// Bins below the range: 1 under [`OutOfRange::Overflow`].
    below: f64,
    /// The last bin but one: the highest guess.
    highest: f64,
    /// The smallest target of the bin above the range; infinite without one.
    beyond: f64,
}

impl Uniform {
    /// `None` where the arithmetic would not be sound: other edges, scaled targets, bins too narrow for the precision, one bin.
    pub(super) fn new(given: &Edges, limits: &[f64], policy: OutOfRange, comparison: Comparison) -> Option<Self> {
        let &Edges::Uniform { low, width, count, .. } = given else { return None };
        let (slack, single) = match comparison {
            Comparison::Double { slack } => (slack, false),
            Comparison::Single { slack } => (slack, true),
            Comparison::Scaled { .. } => return None,
        };
        let largest = low.abs() + width * count as f64;
        // The guess is taken 0.75 low, so it may be off by 0.25 either way.
        let rounding = if single { single_step(largest) / width } else { 0.0 };
        let sound = (low.abs() / width + count as f64) * f64::EPSILON * 8.0 + rounding + slack / width < 0.2;
        let overflow = policy == OutOfRange::Overflow;
        let (below, count) = if overflow { (1.0, count + 2) } else { (0.0, count) };
        let beyond = if overflow { limits[count - 1] } else { f64::INFINITY };
        let fits = policy != OutOfRange::Error && count > 1 && sound;
        fits.then(|| Self {
            low,
            width,
            per_unit: 1.0 / width,
            slack,
            single,
            below,
            highest: (count - 2) as f64,
            beyond,
        })
    }

    /// Bins of at most [`BLOCK`] targets; whether all of them are finite.
    ///
    /// # Shapes
    /// `targets` `[n]` into the first `n` of `bins`.
    pub(super) fn locate(&self, targets: &[f64], bins: &mut [u32; BLOCK]) -> bool {
        if self.single { self.locate_by::<true>(targets, bins) } else { self.locate_by::<false>(targets, bins) }
    }

    fn locate_by<const SINGLE: bool>(&self, targets: &[f64], bins: &mut [u32; BLOCK]) -> bool {
        wide(|| {
            let mut carry = 0;
            for (bin, &y) in bins.iter_mut().zip(targets) {
                carry |= (y.to_bits() & EXPONENT) + (1 << 52);
                *bin = self.bin::<SINGLE>(y);
            }
            carry >> 63 == 0
        })
    }

    #[inline(always)]
    fn bin<const SINGLE: bool>(&self, y: f64) -> u32 {
        let guess = (y - self.low) * self.per_unit + (self.below - 0.75);
        // Comparisons rather than `clamp`, which is slower for the sake of NaN.
        let guess = if guess > 0.0 { guess } else { 0.0 };
        let guess = if guess < self.highest { guess } else { self.highest };
        let rounded = guess + ROUND;
        let limit = self.low + self.width * ((rounded - ROUND) + (1.0 - self.below)) - self.slack;
        let reached = if SINGLE { f64::from(y as f32) >= f64::from(limit as f32) } else { y >= limit };
        // The edge above the range belongs to the last bin within it.
        let reached = if rounded - ROUND < self.highest || self.below == 0.0 { reached } else { y >= self.beyond };
        (if reached { rounded + 1.0 } else { rounded }).to_bits() as u32
    }
}
