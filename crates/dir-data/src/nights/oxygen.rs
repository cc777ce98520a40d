//! Oxygen saturation: it dips some seconds after every apnea.

use dir_core::random::Stream;

use super::events::{Course, cover};
use super::noise::{Drift, between};

/// From lung to finger.
const DELAY_SECONDS: usize = 12;
const FALL_SECONDS: f64 = 10.0;
/// Percent lost after a long, full apnea.
const DEEPEST: f64 = 9.0;

/// Draws saturation in whole percent, once a second.
pub(super) fn saturation(course: &Course, stream: &mut Stream) -> Vec<f32> {
    let base = between(95.0, 98.5, stream);
    let mut noise = Drift::new(20.0, 1, stream);
    let held = cover(&course.apneas, course.seconds, 1);
    let mut lost = 0.0;
    let second = |k: usize| {
        let event = k.checked_sub(DELAY_SECONDS).and_then(|then| held[then]);
        let aim = event.map_or(0.0, |event| 0.5 + 0.5 * event.strength);
        lost += (aim - lost) / FALL_SECONDS;
        (base - DEEPEST * lost + 0.2 * noise.next(stream)).clamp(50.0, 100.0).round() as f32
    };
    (0..course.seconds).map(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nights::events::Event;

    #[test]
    fn saturation_dips_after_an_apnea() {
        let apneas = vec![Event { start: 100.0, end: 120.0, strength: 1.0 }];
        let course = Course { seconds: 200, stages: Vec::new(), apneas, arousals: Vec::new(), spindles: Vec::new() };
        let percent = saturation(&course, &mut Stream::new(&[8]));
        let lowest = (0..200).min_by(|&a, &b| percent[a].total_cmp(&percent[b])).expect("some seconds");
        assert!((118..140).contains(&lowest), "{lowest}");
        assert!(percent[90] - percent[lowest] >= 5.0 && percent[90] - percent[195] <= 2.0);
    }
}
