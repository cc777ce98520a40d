//! Breathing: airflow, chest and belly, with apneas and the loud breaths after them.
//!
//! # Source
//! Berry et al., "The AASM Manual for the Scoring of Sleep": an apnea is at least 10 s with a tenth of the flow or less;
//! in an obstructive one the effort goes on, and chest and belly move against each other.

use std::f64::consts::{PI, TAU};

use dir_core::random::Stream;

use super::events::{Course, Event, cover};
use super::noise::{Drift, between};
use super::person::Person;
use super::stages::Stage;

/// Samples per second of all that is slower than the brain and the heart.
pub(super) const RATE: usize = 8;

/// Breathing, [`RATE`] times a second.
#[derive(Debug, Clone)]
pub(super) struct Breathing {
    pub(super) airflow: Vec<f32>,
    pub(super) thorax: Vec<f32>,
    pub(super) abdomen: Vec<f32>,
    /// Where in the breath: 0 to 2π, from its start.
    pub(super) phase: Vec<f64>,
}

/// How deep flow and effort are, and how far the belly's phase is from the chest's.
#[derive(Debug, Clone, Copy)]
struct Depth {
    flow: f64,
    effort: f64,
    apart: f64,
}

const CALM: Depth = Depth { flow: 1.0, effort: 1.0, apart: 0.0 };
/// What is left of the flow; the weaker half of events are hypopneas.
const APNEA_FLOW: f64 = 0.04;
const HYPOPNEA_FLOW: f64 = 0.15;
const RECOVERY_SECONDS: f64 = 10.0;
/// Flow changes within about this time.
const TURN_SECONDS: f64 = 0.8;
/// How much rate and depth wander, and how much more in REM sleep.
const WANDER: f64 = 0.05;
const REM_WANDER: f64 = 0.11;

impl Depth {
    fn held(event: Event) -> Self {
        let flow = if event.strength < 0.5 { HYPOPNEA_FLOW } else { APNEA_FLOW };
        Self { flow, effort: 0.55, apart: 1.0 }
    }

    /// Deep breaths, the deeper the fresher.
    fn recovering(since: f64) -> Self {
        let more = 0.9 * (1.0 - since / RECOVERY_SECONDS);
        Self { flow: 1.0 + more, effort: 1.0 + 0.7 * more, apart: 0.0 }
    }

    fn approach(&mut self, aim: Self) {
        let step = 1.0 - (-1.0 / (TURN_SECONDS * RATE as f64)).exp();
        self.flow += step * (aim.flow - self.flow);
        self.effort += step * (aim.effort - self.effort);
        self.apart += step * (aim.apart - self.apart);
    }
}

/// Draws the breathing of a night.
pub(super) fn breathe(person: &Person, course: &Course, stream: &mut Stream) -> Breathing {
    let aims = aims(course);
    let mut pace = Drift::new(20.0, RATE, stream);
    let mut size = Drift::new(15.0, RATE, stream);
    let (lag, skew, overtone) = (between(0.05, 0.4, stream), between(0.0, TAU, stream), between(0.1, 0.3, stream));
    let mut phase = between(0.0, TAU, stream);
    let mut depth = CALM;
    let empty = || Vec::with_capacity(aims.len());
    let mut breathing = Breathing { airflow: empty(), thorax: empty(), abdomen: empty(), phase: Vec::new() };
    for (k, aim) in aims.into_iter().enumerate() {
        let wander = if course.stages[k / RATE] == Stage::Rem { REM_WANDER } else { WANDER };
        phase += TAU * person.breath_rate / 60.0 / RATE as f64 * (1.0 + wander * pace.next(stream)).max(0.3);
        phase %= TAU;
        depth.approach(aim);
        let all = (1.0 + 1.5 * wander * size.next(stream)).max(0.3);
        let flow = phase.sin() + overtone * (2.0 * phase + skew).sin();
        // Volume, the integral of the flow, moves the belts.
        let belt = |lag: f64| -(phase - lag).cos() * depth.effort * all;
        breathing.airflow.push((flow * depth.flow * all) as f32);
        breathing.thorax.push(belt(0.0) as f32);
        breathing.abdomen.push(belt(lag + (PI - lag) * depth.apart) as f32);
        breathing.phase.push(phase);
    }
    breathing
}

/// How deep breathing should be at every moment.
fn aims(course: &Course) -> Vec<Depth> {
    let count = course.seconds * RATE;
    let held = cover(&course.apneas, count, RATE);
    let mut since = f64::INFINITY;
    let aim = |event: Option<Event>| {
        since = if event.is_some() { 0.0 } else { since + 1.0 / RATE as f64 };
        event.map_or(if since < RECOVERY_SECONDS { Depth::recovering(since) } else { CALM }, Depth::held)
    };
    held.into_iter().map(aim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(seconds: usize) -> Course {
        let apnea = Event { start: 60.0, end: 80.0, strength: 0.9 };
        let none = Vec::new;
        Course { seconds, stages: vec![Stage::Light; seconds], apneas: vec![apnea], arousals: none(), spindles: none() }
    }

    fn person() -> Person {
        Person { heart_rate: 60.0, variability: 0.05, breath_rate: 15.0, apneas: 0.0, arousals: 0.0, spindles: 0.0 }
    }

    fn product(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn an_apnea_stops_the_flow_but_not_the_effort() {
        let breathing = breathe(&person(), &course(120), &mut Stream::new(&[1]));
        let part = |signal: &[f32], from: usize, to: usize| signal[from * RATE..to * RATE].to_vec();
        let power = |signal: &[f32]| product(signal, signal) / signal.len() as f32;
        let [before, held, after] = [(20, 60), (65, 80), (82, 87)].map(|(a, b)| power(&part(&breathing.airflow, a, b)));
        assert!(held < 0.02 * before && after > 1.4 * before, "{before} {held} {after}");
        let together = |a, b| product(&part(&breathing.thorax, a, b), &part(&breathing.abdomen, a, b));
        assert!(together(20, 60) > 0.0 && together(65, 80) < 0.0);
    }

    #[test]
    fn breaths_come_at_the_person_s_rate() {
        let breathing = breathe(&person(), &course(1200), &mut Stream::new(&[2]));
        let starts = breathing.phase.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!((285..315).contains(&starts), "{starts}");
    }
}
