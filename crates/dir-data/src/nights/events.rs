//! What happens in a night: apneas, arousals and sleep spindles, each with a start, an end and a strength.
//!
//! Events come about as regularly as breathing that stops again and again: one in each of as many equal parts of the
//! night. So even a short recording tells how many there are per hour.

use dir_core::random::Stream;

use super::noise::between;
use super::person::Person;
use super::stages::{Stage, stages};

/// Something that lasts, in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Event {
    pub(super) start: f64,
    pub(super) end: f64,
    /// 0 to 1, evenly.
    pub(super) strength: f64,
}

/// The course of a night.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    pub(super) seconds: usize,
    pub(super) stages: Vec<Stage>,
    pub(super) apneas: Vec<Event>,
    pub(super) arousals: Vec<Event>,
    pub(super) spindles: Vec<Event>,
}

const APNEA_SECONDS: [f64; 2] = [12.0, 25.0];
const AROUSAL_SECONDS: [f64; 2] = [3.0, 8.0];
const SPINDLE_SECONDS: [f64; 2] = [0.5, 1.2];

impl Course {
    /// A night of somebody.
    pub(super) fn of(person: &Person, seconds: usize, stream: &mut Stream) -> Self {
        let stages = stages(seconds, stream);
        let apneas = spread(person.apneas / 3600.0, seconds as f64, APNEA_SECONDS, stream);
        let arousals = spread(person.arousals / 3600.0, seconds as f64, AROUSAL_SECONDS, stream);
        let spindles = spindles(person.spindles / 60.0, &stages, stream);
        Self { seconds, stages, apneas, arousals, spindles }
    }
}

/// About `rate · seconds` events, each of a random length in its part of the time.
fn spread(rate: f64, seconds: f64, [shortest, longest]: [f64; 2], stream: &mut Stream) -> Vec<Event> {
    // What is left of a whole number is the chance of one more.
    let count = (rate * seconds + stream.unit()).floor();
    let part = seconds / count.max(1.0);
    let event = |k| {
        let start = part * (f64::from(k) + between(0.1, 0.6, stream));
        // Events don't touch: at least a fifth of the time between two starts is free.
        let length = between(shortest, longest, stream).min(0.4 * part);
        Event { start, end: start + length, strength: stream.unit() }
    };
    (0..count as u32).map(event).collect()
}

/// Spindles, in the seconds of light sleep only.
fn spindles(rate: f64, stages: &[Stage], stream: &mut Stream) -> Vec<Event> {
    let light: Vec<usize> = (0..stages.len()).filter(|&second| stages[second] == Stage::Light).collect();
    let mut events = spread(rate, light.len() as f64, SPINDLE_SECONDS, stream);
    for event in &mut events {
        let shift = light.get(event.start as usize).map_or(0.0, |&second| second as f64) - event.start.floor();
        event.start += shift;
        event.end += shift;
    }
    events
}

/// Which event covers each of `count` moments, `rate` a second.
pub(super) fn cover(events: &[Event], count: usize, rate: usize) -> Vec<Option<Event>> {
    let mut covered = vec![None; count];
    let at = |seconds: f64| ((seconds * rate as f64).round().max(0.0) as usize).min(count);
    for event in events {
        let end = at(event.end);
        covered[at(event.start).min(end)..end].fill(Some(*event));
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_events_as_the_rate_says_and_none_overlap() {
        let mut stream = Stream::new(&[3]);
        for rate in [0.0, 2.0, 30.0, 70.0] {
            let events = spread(rate / 3600.0, 28_800.0, APNEA_SECONDS, &mut stream);
            assert!((events.len() as f64 - 8.0 * rate).abs() <= 1.0, "{rate} {}", events.len());
            assert!(events.windows(2).all(|pair| pair[0].start < pair[0].end && pair[0].end < pair[1].start));
            assert!(events.iter().all(|event| event.end <= 28_800.0 && event.end - event.start <= 25.0));
        }
    }

    #[test]
    fn spindles_are_in_light_sleep() {
        let person = Person::of_health(0.8, &mut Stream::new(&[4]));
        let course = Course::of(&person, 3600, &mut Stream::new(&[5]));
        let light = course.stages.iter().filter(|stage| **stage == Stage::Light).count();
        let expected = person.spindles * light as f64 / 60.0;
        assert!((course.spindles.len() as f64 - expected).abs() <= 1.0, "{} {expected}", course.spindles.len());
        assert!(course.spindles.iter().all(|event| course.stages[event.start as usize] == Stage::Light));
    }

    #[test]
    fn moments_know_their_event() {
        let event = Event { start: 1.0, end: 1.5, strength: 0.3 };
        let covered = cover(&[event, Event { start: 9.0, end: 9.5, ..event }, Event { start: 9.0, ..event }], 8, 4);
        let found: Vec<bool> = covered.iter().map(Option::is_some).collect();
        assert_eq!(found, [false, false, false, false, true, true, false, false]);
    }
}
