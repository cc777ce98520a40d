//! How often each depth occurs, in bounded memory, whatever the order that maps come in.

use std::collections::HashMap;

use dir_core::tally::Tally;

/// Different depths that are told apart: those of 16-bit maps are no more. Where there are more, all are rounded down to
/// [`COARSE`].
const MOST: usize = 1 << 16;
/// Bits that remain of a rounded depth: one part in 2,048.
const COARSE: u32 = !0xFFF;

/// Counts by the bits of the depth. Whether they are rounded depends on all depths together, not on who counted which.
#[derive(Debug, Default)]
pub(super) struct Counts {
    of_bits: HashMap<u32, u64>,
    coarse: bool,
}

impl Counts {
    /// Counts one depth; NaN is none.
    pub(super) fn push(&mut self, depth: f32) {
        if !depth.is_nan() {
            self.add(depth.to_bits(), 1);
        }
    }

    /// Adds what another has counted.
    pub(super) fn merge(mut self, other: Self) -> Self {
        if other.coarse {
            self.round();
        }
        other.of_bits.into_iter().for_each(|(bits, count)| self.add(bits, count));
        self
    }

    fn add(&mut self, bits: u32, count: u64) {
        *self.of_bits.entry(if self.coarse { bits & COARSE } else { bits }).or_default() += count;
        if self.of_bits.len() > MOST {
            self.round();
        }
    }

    fn round(&mut self) {
        if !std::mem::replace(&mut self.coarse, true) {
            let exact = std::mem::take(&mut self.of_bits);
            exact.into_iter().for_each(|(bits, count)| *self.of_bits.entry(bits & COARSE).or_default() += count);
        }
    }

    pub(super) fn tally(self) -> Tally {
        self.of_bits.into_iter().map(|(bits, count)| (f64::from(f32::from_bits(bits)), count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(depths: &[f32]) -> Counts {
        let mut counts = Counts::default();
        depths.iter().for_each(|&depth| counts.push(depth));
        counts
    }

    #[test]
    fn rounding_does_not_depend_on_who_counts() {
        let depths: Vec<f32> = (0..100_000_u32).map(|k| f32::from_bits(1.0_f32.to_bits() + 37 * k)).collect();
        let whole = counts(&depths).tally();
        assert_eq!(whole.total(), 100_000);
        assert!(whole.values().len() < 2048, "{} values", whole.values().len());
        // One part is small enough to be exact, two are not, in any order.
        for at in [10, 40_000, 70_000] {
            let (left, right) = depths.split_at(at);
            assert_eq!(counts(left).merge(counts(right)).tally(), whole, "cut at {at}");
            assert_eq!(counts(right).merge(counts(left)).tally(), whole, "cut at {at}");
        }
    }

    #[test]
    fn few_depths_are_exact() {
        let tally = counts(&[1.5, f32::NAN, 0.1, 1.5]).tally();
        assert_eq!(tally.values(), [(f64::from(0.1_f32), 1), (1.5, 2)]);
    }
}
