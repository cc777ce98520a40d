//! Draws of the few distributions that rooms need.

use dir_core::random::Stream;

/// A stream of random numbers with the distributions built on it.
pub(super) struct Dice(Stream);

impl Dice {
    /// The dice of a key.
    pub(super) fn new(key: &[u64]) -> Self {
        Self(Stream::new(key))
    }

    /// A uniform number between `low` and `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.unit() as f32
    }

    /// A number between `low` and `high`, nearer to `low` the higher the power.
    pub(super) fn skewed(&mut self, low: f32, high: f32, power: f32) -> f32 {
        low + (high - low) * (self.0.unit() as f32).powf(power)
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.unit() < probability
    }

    /// An integer from `low` to `high`, both included.
    pub(super) fn count(&mut self, low: usize, high: usize) -> usize {
        low + self.0.below(high - low + 1)
    }

    /// One item of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.0.below(items.len())]
    }

    /// A seed for the noise of a texture.
    pub(super) fn seed(&mut self) -> u32 {
        (self.0.bits() >> 32) as u32
    }

    /// Nearly bell-shaped noise with deviation 1 from one random word: its four parts, added up.
    pub(super) fn grain(&mut self) -> f32 {
        let word = self.0.bits();
        let sum: u64 = (0..4).map(|part| (word >> (16 * part)) & 0xffff).sum();
        (sum as f32 / 65535.0 - 2.0) * 3f32.sqrt()
    }
}
