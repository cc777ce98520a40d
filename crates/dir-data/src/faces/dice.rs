//! Draws of the few distributions the faces need, from a caller's uniform stream.

/// A uniform stream in `[0, 1)` with the other distributions built on it.
pub(super) struct Dice<'a> {
    uniform: &'a mut dyn FnMut() -> f64,
}

impl<'a> Dice<'a> {
    /// Wraps a uniform stream.
    pub(super) fn new(uniform: &'a mut dyn FnMut() -> f64) -> Self {
        Self { uniform }
    }

    /// A uniform number between `low` and `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.uniform)() as f32
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        (self.uniform)() < probability
    }

    /// A bell-shaped number with mean 0 and deviation 1, bounded by 3.5 so that no face falls apart.
    pub(super) fn bell(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - (self.uniform)()).max(1e-12).ln()).sqrt();
        let angle = std::f64::consts::TAU * (self.uniform)();
        ((radius * angle.cos()) as f32).clamp(-3.5, 3.5)
    }

    /// One item of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let place = ((self.uniform)() * items.len() as f64) as usize;
        items[place.min(items.len() - 1)]
    }

    /// A seed for the pixel noise, which is too much to take from the caller's stream.
    pub(super) fn seed(&mut self) -> u64 {
        ((self.uniform)() * (1u64 << 53) as f64) as u64
    }
}
