//! How health shows in a body: rates of the heart, of breathing, and of what happens in sleep.
//!
//! Every trait has noise of its own, so no single one gives the score away. All are rates or shapes: none is the size of
//! a signal, so means and deviations of the signals say nothing.
//!
//! # Source
//! Ranges, not relations: resting heart rates and breaths of adults; 5 and 30 apneas an hour as bounds of mild and severe
//! sleep apnea, arousals and sleep spindles as in Berry et al., "The AASM Manual for the Scoring of Sleep". How strongly
//! each follows the score is made up, and stronger than in life.

use dir_core::random::Stream;

/// Traits of a sleeper.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Person {
    /// Beats per minute.
    pub(super) heart_rate: f64,
    /// Share of the heart rate by which it follows the breath, and wanders slowly.
    pub(super) variability: f64,
    /// Breaths per minute.
    pub(super) breath_rate: f64,
    /// Apneas and hypopneas per hour.
    pub(super) apneas: f64,
    /// Arousals per hour.
    pub(super) arousals: f64,
    /// Sleep spindles per minute of light sleep.
    pub(super) spindles: f64,
}

/// A trait of the sickest, of the healthiest, and the standard deviation of its noise.
struct Trait {
    sick: f64,
    healthy: f64,
    noise: f64,
}

const HEART_RATE: Trait = Trait { sick: 88.0, healthy: 58.0, noise: 4.0 };
/// Logarithm of a share: 1.2 % and 8 %.
const VARIABILITY: Trait = Trait { sick: -4.42, healthy: -2.53, noise: 0.2 };
const BREATH_RATE: Trait = Trait { sick: 19.0, healthy: 13.0, noise: 0.8 };
const APNEAS: Trait = Trait { sick: 45.0, healthy: 2.0, noise: 2.5 };
const AROUSALS: Trait = Trait { sick: 40.0, healthy: 5.0, noise: 2.5 };
const SPINDLES: Trait = Trait { sick: 1.0, healthy: 6.0, noise: 0.35 };

impl Trait {
    fn of(&self, health: f64, stream: &mut Stream) -> f64 {
        self.sick + (self.healthy - self.sick) * health + self.noise * stream.normal()
    }
}

impl Person {
    /// Somebody of a health from 0 to 1.
    pub(super) fn of_health(health: f64, stream: &mut Stream) -> Self {
        Self {
            heart_rate: HEART_RATE.of(health, stream).clamp(42.0, 110.0),
            variability: VARIABILITY.of(health, stream).exp().min(0.12),
            breath_rate: BREATH_RATE.of(health, stream).clamp(9.0, 24.0),
            apneas: APNEAS.of(health, stream).max(0.0),
            arousals: AROUSALS.of(health, stream).max(0.0),
            spindles: SPINDLES.of(health, stream).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(health: f64, of: impl Fn(&Person) -> f64) -> f64 {
        (0..400).map(|k| of(&Person::of_health(health, &mut Stream::new(&[k])))).sum::<f64>() / 400.0
    }

    #[test]
    fn the_sick_breathe_and_beat_faster_and_sleep_worse() {
        // The middle of the ranges, within five standard errors.
        assert!((mean(0.5, |p| p.heart_rate) - 73.0).abs() < 1.0);
        assert!((mean(0.5, |p| p.breath_rate) - 16.0).abs() < 0.2);
        assert!((mean(0.5, |p| p.apneas) - 23.5).abs() < 0.7);
        assert!((mean(0.5, |p| p.arousals) - 22.5).abs() < 0.7);
        assert!((mean(0.5, |p| p.spindles) - 3.5).abs() < 0.1);
        assert!(mean(0.1, |p| p.heart_rate) > mean(0.9, |p| p.heart_rate) + 20.0);
        assert!(mean(0.9, |p| p.variability) > 3.0 * mean(0.1, |p| p.variability));
    }
}
