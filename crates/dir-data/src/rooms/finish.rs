//! What a camera makes of the light: exposure, a soft shoulder, a dark rim and noise.

use super::dice::Dice;
use super::vector::{Colour, dot};

/// How the light becomes bytes in one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    exposure: f32,
    balance: Colour,
    rim: f32,
    noise: f32,
}

/// Weights of the channels in brightness.
const BRIGHTNESS: Colour = [0.3, 0.59, 0.11];

impl Finish {
    /// Draws exposure, white balance and noise.
    pub(super) fn random(dice: &mut Dice) -> Self {
        Self {
            exposure: dice.between(0.28, 0.62),
            balance: std::array::from_fn(|_| dice.between(0.94, 1.06)),
            rim: dice.between(0.0, 0.25),
            noise: dice.between(0.004, 0.02),
        }
    }

    /// The bytes of a picture.
    pub(super) fn bytes(&self, light: &[Colour], middles: impl Iterator<Item = [f32; 2]>, dice: &mut Dice) -> Vec<u8> {
        let gain = self.exposure / typical(light).max(1e-4);
        let mut bytes = Vec::with_capacity(3 * light.len());
        for (colour, [a, b]) in light.iter().zip(middles) {
            let rim = gain * (1.0 - self.rim * (a * a + b * b));
            let grey = dice.grain();
            for (value, balance) in colour.iter().zip(self.balance) {
                let shown = (1.0 - (-value * balance * rim).exp()).max(0.0).sqrt();
                let noisy = shown + self.noise * (grey + 0.6 * dice.grain());
                bytes.push((noisy.clamp(0.0, 1.0) * 255.0).round() as u8);
            }
        }
        bytes
    }
}

/// A brightness that neither a window nor a lamp in the picture raises much.
fn typical(light: &[Colour]) -> f32 {
    let roots: f32 = light.iter().map(|&colour| dot(colour, BRIGHTNESS).sqrt()).sum();
    (roots / light.len() as f32).powi(2)
}
