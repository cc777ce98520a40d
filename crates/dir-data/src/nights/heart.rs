//! The heart's rate and beats: it follows the breath, wanders slowly, and jumps at arousals and after apneas.
//!
//! # Source
//! Task Force of the ESC and NASPE, "Heart rate variability", Circulation 93, 1996: the breath's share of it and the slow
//! one, both smaller in the sick.

use dir_core::random::Stream;

use super::breath::RATE;
use super::events::{Course, cover};
use super::noise::Drift;
use super::person::Person;

/// The heart, with its rate [`RATE`] times a second.
#[derive(Debug, Clone)]
pub(super) struct Heart {
    /// Beats per minute.
    pub(super) rate: Vec<f64>,
    /// Seconds from the start.
    pub(super) beats: Vec<f64>,
}

/// Beats per minute that an arousal adds, and the end of an apnea.
const AROUSAL_JUMP: f64 = 14.0;
const APNEA_JUMP: f64 = 5.0;
/// Jumps are quick up and slow down.
const UP_SECONDS: f64 = 1.5;
const DOWN_SECONDS: f64 = 5.0;
const SLOW_SECONDS: f64 = 12.0;
/// Slow variability as a share of the breath's.
const SLOW_SHARE: f64 = 0.6;

/// Draws the heart of a night; `phase` is that of the breath.
pub(super) fn beat(person: &Person, course: &Course, phase: &[f64], stream: &mut Stream) -> Heart {
    let mut slow = Drift::new(SLOW_SECONDS, RATE, stream);
    let rate: Vec<f64> = jumps(course, phase.len())
        .into_iter()
        .zip(phase)
        .map(|(jump, phase)| {
            let follows = phase.sin() + SLOW_SHARE * slow.next(stream);
            (person.heart_rate * (1.0 + person.variability * follows) + jump).clamp(30.0, 180.0)
        })
        .collect();
    let beats = beats(&rate, stream.unit());
    Heart { rate, beats }
}

/// What arousals and apneas add to the rate.
fn jumps(course: &Course, count: usize) -> Vec<f64> {
    let arousals = cover(&course.arousals, count, RATE);
    let recoveries: Vec<_> = course.apneas.iter().map(|&apnea| recovery(apnea)).collect();
    let recoveries = cover(&recoveries, count, RATE);
    let mut jump = 0.0;
    let next = |(arousal, recovery): (Option<_>, Option<_>)| {
        let aim: f64 = if arousal.is_some() {
            AROUSAL_JUMP
        } else if recovery.is_some() {
            APNEA_JUMP
        } else {
            0.0
        };
        let seconds = if aim > jump { UP_SECONDS } else { DOWN_SECONDS };
        jump += (aim - jump) / (seconds * RATE as f64);
        jump
    };
    arousals.into_iter().zip(recoveries).map(next).collect()
}

/// The seconds after an apnea.
fn recovery(mut apnea: super::events::Event) -> super::events::Event {
    (apnea.start, apnea.end) = (apnea.end, apnea.end + 6.0);
    apnea
}

/// Moments at which the integral of the rate passes a whole number.
fn beats(rate: &[f64], first: f64) -> Vec<f64> {
    let mut beats = Vec::new();
    let mut left = first;
    for (k, per_minute) in rate.iter().enumerate() {
        // Below one: at most 180 a minute, 8 steps a second.
        let step = per_minute / 60.0 / RATE as f64;
        if left < step {
            beats.push((k as f64 + left / step) / RATE as f64);
            left += 1.0;
        }
        left -= step;
    }
    beats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nights::events::Event;
    use crate::nights::stages::Stage;

    #[test]
    fn a_steady_rate_gives_even_beats() {
        // 75 a minute: one every 0.8 s, the first after half of that.
        let beats = beats(&[75.0; 80], 0.5);
        assert_eq!(beats.len(), 12);
        assert!((beats[0] - 0.4).abs() < 1e-9 && (beats[11] - 9.2).abs() < 1e-9, "{beats:?}");
    }

    #[test]
    fn an_arousal_makes_the_heart_jump() {
        let person =
            Person { heart_rate: 60.0, variability: 0.0, breath_rate: 15.0, apneas: 0.0, arousals: 0.0, spindles: 0.0 };
        let arousals = vec![Event { start: 10.0, end: 16.0, strength: 0.5 }];
        let none = Vec::new;
        let course = Course { seconds: 60, stages: vec![Stage::Light; 60], apneas: none(), arousals, spindles: none() };
        let heart = beat(&person, &course, &vec![0.0; 60 * RATE], &mut Stream::new(&[3]));
        assert_eq!(heart.rate[9 * RATE], 60.0);
        assert!(heart.rate[15 * RATE] > 72.0 && heart.rate[45 * RATE] < 60.5);
    }
}
