//! Counter-based random numbers: a value depends on its key alone, never on what was drawn before.
//!
//! A key is a handful of integers, `(seed, epoch, row)` say. So order and augmentation stay the same however many
//! workers draw, in whatever order, and a resumed run has no generator state to restore.
//!
//! # Source
//! SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), the finaliser with the constants of Java's `SplittableRandom`.

/// A stream of random numbers that starts from a key.
///
/// # Example
/// ```
/// use dir_core::random::Stream;
/// let (seed, epoch, row) = (0, 3, 17);
/// let mut once = Stream::new(&[seed, epoch, row]);
/// let mut again = Stream::new(&[seed, epoch, row]);
/// assert_eq!(once.unit(), again.unit());
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of a key.
    #[must_use]
    pub fn new(key: &[u64]) -> Self {
        Self { state: key.iter().fold(key.len() as u64, |state, &k| mix(state.wrapping_add(GOLDEN) ^ mix(k))) }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number in `[0, 1)`, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An integer below `bound`, without bias (rejection).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "below: found bound 0, expected at least 1");
        let bound = bound as u64;
        let usable = u64::MAX - u64::MAX % bound;
        loop {
            let bits = self.bits();
            if bits < usable {
                return (bits % bound) as usize;
            }
        }
    }

    /// A number from the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Shuffles in place (Fisher and Yates, from the back).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_anywhere_give_other_streams() {
        let first = |key: &[u64]| Stream::new(key).bits();
        let keys: [&[u64]; 7] = [&[], &[0], &[0, 0], &[0, 1], &[1, 0], &[1], &[1, 0, 0]];
        let mut seen: Vec<u64> = keys.iter().map(|k| first(k)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), keys.len());
    }

    #[test]
    fn moments_are_those_of_the_distribution() {
        let mut stream = Stream::new(&[7]);
        let n = 200_000;
        let (mut sum, mut square, mut unit) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let z = stream.normal();
            sum += z;
            square += z * z;
            unit += stream.unit();
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.01 && (square / n - 1.0).abs() < 0.02 && (unit / n - 0.5).abs() < 0.005);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        Stream::new(&[1]).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
