//! The electroencephalogram: rhythms whose shares follow the sleep stages, sleep spindles, and arousals.
//!
//! # Source
//! Bands and spindles (0.5 s or more at 11 to 16 Hz, most at 12 to 14 Hz) as in Berry et al., "The AASM Manual for the
//! Scoring of Sleep". Shares by stage are of the order of those in life, no fit to any data.

use std::f64::consts::TAU;

use dir_core::random::Stream;

use super::breath::RATE as GRID;
use super::events::{Course, Event, cover};
use super::noise::{Drift, Rhythm, between};
use super::stages::Stage;

/// Amplitudes of slow background, delta, theta, alpha and beta.
type Shares = [f64; 5];

const LIGHT: Shares = [0.6, 0.7, 0.6, 0.22, 0.15];
const DEEP: Shares = [0.6, 1.6, 0.6, 0.15, 0.1];
const REM: Shares = [0.5, 0.4, 0.7, 0.3, 0.22];
const AROUSED: Shares = [0.5, 0.3, 0.4, 1.1, 0.7];
/// Hertz and width of delta, theta, alpha and beta.
const RHYTHMS: [[f64; 2]; 4] = [[1.2, 1.0], [5.5, 1.5], [9.3, 1.0], [20.0, 4.0]];
/// The background's memory; above 1 Hz it falls with frequency.
const SLOW_SECONDS: f64 = 0.15;
/// Shares change within about these times.
const STAGE_SECONDS: f64 = 5.0;
const AROUSAL_SECONDS: f64 = 0.4;

/// Draws the electroencephalogram at `rate` samples per second, a multiple of the slow signals'.
pub(super) fn eeg(course: &Course, rate: usize, stream: &mut Stream) -> Vec<f32> {
    let mut samples = background(course, rate, stream);
    let somebody = between(12.6, 13.4, stream);
    let height = between(1.3, 1.7, stream);
    for &spindle in &course.spindles {
        let hertz = somebody + between(-0.5, 0.5, stream);
        add(spindle, hertz, height, rate, between(0.0, TAU, stream), &mut samples);
    }
    samples
}

fn background(course: &Course, rate: usize, stream: &mut Stream) -> Vec<f32> {
    let mut slow = Drift::new(SLOW_SECONDS, rate, stream);
    let mut rhythms = RHYTHMS.map(|[hertz, width]| Rhythm::new(hertz, width, rate));
    // How somebody differs from the mean of all.
    let tint: Shares = std::array::from_fn(|_| between(0.8, 1.25, stream));
    let mut samples = Vec::with_capacity(course.seconds * rate);
    for shares in shares(course) {
        for _ in 0..rate / GRID {
            let mut sum = shares[0] * tint[0] * slow.next(stream);
            for (k, rhythm) in rhythms.iter_mut().enumerate() {
                sum += shares[k + 1] * tint[k + 1] * rhythm.next(stream);
            }
            samples.push(sum as f32);
        }
    }
    samples
}

/// Shares at every moment of the grid.
fn shares(course: &Course) -> impl Iterator<Item = Shares> + '_ {
    let arousals = cover(&course.arousals, course.seconds * GRID, GRID);
    let (mut stage, mut aroused) = (LIGHT, 0.0);
    let step = |seconds: f64| 1.0 / (seconds * GRID as f64);
    arousals.into_iter().enumerate().map(move |(k, arousal)| {
        let aim = match course.stages[k / GRID] {
            Stage::Light => LIGHT,
            Stage::Deep => DEEP,
            Stage::Rem => REM,
        };
        stage = mixed(stage, aim, step(STAGE_SECONDS));
        aroused += step(AROUSAL_SECONDS) * (f64::from(u8::from(arousal.is_some())) - aroused);
        mixed(stage, AROUSED, aroused)
    })
}

fn mixed(one: Shares, other: Shares, share: f64) -> Shares {
    std::array::from_fn(|k| one[k] + share * (other[k] - one[k]))
}

/// Adds a burst with a Gaussian envelope, four standard deviations long.
fn add(burst: Event, hertz: f64, height: f64, rate: usize, phase: f64, samples: &mut [f32]) {
    let (middle, width) = (0.5 * (burst.start + burst.end), 0.25 * (burst.end - burst.start));
    let at = |seconds: f64| (seconds * rate as f64).max(0.0) as usize;
    let (from, to) = (at(middle - 3.0 * width), at(middle + 3.0 * width));
    let height = height * (0.8 + 0.4 * burst.strength);
    for (k, sample) in samples.iter_mut().enumerate().take(to).skip(from) {
        let off = k as f64 / rate as f64 - middle;
        let envelope = (-0.5 * (off / width).powi(2)).exp();
        *sample += (height * envelope * (TAU * hertz * off + phase).sin()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(spindles: Vec<Event>, arousals: Vec<Event>) -> Course {
        Course { seconds: 60, stages: vec![Stage::Light; 60], apneas: Vec::new(), arousals, spindles }
    }

    /// Power at some frequency, by correlation with both phases.
    fn power(samples: &[f32], hertz: f64) -> f64 {
        let turn = |k: usize| TAU * hertz * k as f64 / 64.0;
        let along = |of: fn(f64) -> f64| -> f64 {
            samples.iter().enumerate().map(|(k, &x)| f64::from(x) * of(turn(k))).sum::<f64>() / samples.len() as f64
        };
        along(f64::sin).powi(2) + along(f64::cos).powi(2)
    }

    #[test]
    fn a_spindle_is_a_burst_at_13_hertz() {
        let spindle = Event { start: 30.0, end: 31.0, strength: 0.5 };
        let [with, without] =
            [vec![spindle], Vec::new()].map(|list| eeg(&course(list, Vec::new()), 64, &mut Stream::new(&[9])));
        // The same noise, so the difference is the spindle alone.
        let burst: Vec<f32> = with.iter().zip(&without).map(|(a, b)| a - b).collect();
        assert!(burst[..64 * 29].iter().chain(&burst[64 * 32..]).all(|&x| x == 0.0));
        let inside = &burst[64 * 30..64 * 31];
        assert!(inside.iter().any(|x| x.abs() > 0.7));
        let near = (120..141).map(|tenth| power(inside, f64::from(tenth) / 10.0)).fold(0.0, f64::max);
        assert!(near > 10.0 * power(inside, 9.0) && near > 10.0 * power(inside, 18.0));
    }

    #[test]
    fn an_arousal_is_faster_than_sleep() {
        let arousal = Event { start: 20.0, end: 28.0, strength: 0.5 };
        let samples = eeg(&course(Vec::new(), vec![arousal]), 64, &mut Stream::new(&[10]));
        let turns = |from: usize, to: usize| {
            samples[from * 64..to * 64].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64
                / (to - from) as f64
        };
        assert!(turns(21, 28) > 1.4 * turns(30, 60), "{} {}", turns(21, 28), turns(30, 60));
    }
}
