//! Sleep stages: cycles of light, deep, light and REM sleep.
//!
//! # Source
//! Carskadon & Dement, "Normal Human Sleep", in "Principles and Practice of Sleep Medicine": cycles of about 90 minutes,
//! deep sleep early in the night, REM sleep late. Recordings shorter than three cycles have quicker ones.

use dir_core::random::Stream;

use super::noise::between;

/// What a sleeper's brain does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Light,
    Deep,
    Rem,
}

const CYCLE_SECONDS: f64 = 90.0 * 60.0;
/// A recording has this many cycles at least.
const FEWEST: f64 = 3.0;

/// The stage of every second.
pub(super) fn stages(seconds: usize, stream: &mut Stream) -> Vec<Stage> {
    let usual = CYCLE_SECONDS.min(seconds as f64 / FEWEST);
    let mut stages = Vec::with_capacity(seconds);
    let mut cycle = 0;
    while stages.len() < seconds {
        let length = usual * between(0.85, 1.15, stream);
        for (stage, share) in parts(cycle, stream) {
            // A second at least, so that the night ends.
            let part = ((length * share).round() as usize).clamp(1, seconds);
            stages.extend(std::iter::repeat_n(stage, part));
        }
        cycle += 1;
    }
    stages.truncate(seconds);
    stages
}

/// Stages of a cycle and their shares of it.
fn parts(cycle: u32, stream: &mut Stream) -> [(Stage, f64); 4] {
    let late = f64::from(cycle.min(4)) / 4.0;
    let deep = (0.32 - 0.24 * late) * between(0.85, 1.15, stream);
    let rem = (0.15 + 0.2 * late) * between(0.85, 1.15, stream);
    let light = 1.0 - deep - rem;
    [(Stage::Light, 0.6 * light), (Stage::Deep, deep), (Stage::Light, 0.4 * light), (Stage::Rem, rem)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(stages: &[Stage], wanted: Stage) -> f64 {
        stages.iter().filter(|stage| **stage == wanted).count() as f64 / stages.len() as f64
    }

    #[test]
    fn half_of_a_night_is_light_sleep_and_rem_comes_late() {
        for (k, minutes) in [20, 480].into_iter().enumerate() {
            let stages = stages(60 * minutes, &mut Stream::new(&[k as u64]));
            assert_eq!(stages.len(), 60 * minutes);
            assert!((0.45..0.7).contains(&share(&stages, Stage::Light)), "{}", share(&stages, Stage::Light));
            let (early, late) = stages.split_at(stages.len() / 2);
            assert!(share(early, Stage::Deep) > share(late, Stage::Deep));
            assert!(share(late, Stage::Rem) > share(early, Stage::Rem));
        }
    }

    #[test]
    fn short_recordings_end_too() {
        for seconds in 0..9 {
            assert_eq!(stages(seconds, &mut Stream::new(&[7])).len(), seconds);
        }
    }
}
