//! Where the targets of uniform bins lie: by arithmetic alone, a block at a time, so that the compiler can use vectors.

use super::{Edges, OutOfRange, Precision};
use crate::simd::wide;

/// Targets that are located together. Their bins stay in the fastest cache.
pub(super) const BLOCK: usize = 1024;

/// Added to a small number `x ≥ 0`, it leaves `round(x)` in the lowest bits.
const ROUND: f64 = (1_u64 << 52) as f64;

/// Exponent bits of an `f64`: all ones in NaN and infinities.
const EXPONENT: u64 = 0x7FF << 52;

/// Uniform bins in full precision: a guess by arithmetic, rounded so that it is the right bin or the one below, and one look
/// at the edge between the two, computed as [`super::Bins`] computes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Uniform {
    low: f64,
    width: f64,
    per_unit: f64,
    /// Bins below the range: 1 under [`OutOfRange::Overflow`].
    below: f64,
    /// The last bin but one: the highest guess.
    highest: f64,
}

impl Uniform {
    /// `None` where the arithmetic would not be sound: other edges, lower precision, bins too narrow for an `f64`, one bin.
    pub(super) fn new(given: &Edges, policy: OutOfRange, precision: Precision) -> Option<Self> {
        let &Edges::Uniform { low, width, count } = given else { return None };
        // The guess is taken 0.75 low, so it may be off by 0.25 either way.
        let sound = (low.abs() / width + count as f64) * f64::EPSILON * 8.0 < 0.2;
        let (below, count) = if policy == OutOfRange::Overflow { (1.0, count + 2) } else { (0.0, count) };
        let fits = precision == Precision::F64 && policy != OutOfRange::Error && count > 1 && sound;
        fits.then(|| Self { low, width, per_unit: 1.0 / width, below, highest: (count - 2) as f64 })
    }

    /// Bins of at most [`BLOCK`] targets; whether all of them are finite.
    ///
    /// # Shapes
    /// `targets` `[n]` into the first `n` of `bins`.
    pub(super) fn locate(&self, targets: &[f64], bins: &mut [u32; BLOCK]) -> bool {
        wide(|| {
            let mut carry = 0;
            for (bin, &y) in bins.iter_mut().zip(targets) {
                carry |= (y.to_bits() & EXPONENT) + (1 << 52);
                *bin = self.bin(y);
            }
            carry >> 63 == 0
        })
    }

    #[inline(always)]
    fn bin(&self, y: f64) -> u32 {
        let guess = (y - self.low) * self.per_unit + (self.below - 0.75);
        // Comparisons rather than `clamp`, which is slower for the sake of NaN.
        let guess = if guess > 0.0 { guess } else { 0.0 };
        let guess = if guess < self.highest { guess } else { self.highest };
        let rounded = guess + ROUND;
        let edge = self.low + self.width * ((rounded - ROUND) + (1.0 - self.below));
        (if y >= edge { rounded + 1.0 } else { rounded }).to_bits() as u32
    }
}
