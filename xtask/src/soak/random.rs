//! Pseudo-random generator: `SplitMix64` keyed by a list of numbers, so that a plan depends on its seed alone.

/// Generator state.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of a key.
    pub(super) fn new(key: &[u64]) -> Self {
        key.iter().fold(Self(0x9e37_79b9_7f4a_7c15), |Self(state), &part| {
            let mut mixed = Self(state ^ part.wrapping_mul(0xbf58_476d_1ce4_e5b9));
            Self(mixed.next())
        })
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 (included) to 1 (excluded).
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An integer below `count`, which must be positive.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// One of several values.
    pub(super) fn choose<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// Whether an event of this probability happens.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_depend_on_the_whole_key_and_are_uniform() {
        let first = |key: &[u64]| Random::new(key).next();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert!(first(&[1, 2]) != first(&[2, 1]) && first(&[1, 2]) != first(&[1]));
        let mut random = Random::new(&[7]);
        let mut counts = [0; 5];
        (0..5000).for_each(|_| counts[random.below(5)] += 1);
        // Five standard deviations of a binomial count with n = 5000 and p = 1/5 are 141.
        assert!(counts.iter().all(|count| (859..1141).contains(count)), "{counts:?}");
    }
}
