//! The claims: rhythms tell the score, sizes don't, and 32 Hz are enough.

use rayon::prelude::*;

use super::features::{made_by_hand, plain};
use super::fit::share_of_error;
use crate::edf::Resampler;
use crate::nights::{Night, Sleeper, draw};

const MINUTES: usize = 20;

/// The five signals that a model is given, at their own rates or at `rate`.
fn signals(night: &Night, rate: Option<f64>) -> (Vec<Vec<f32>>, Vec<f64>) {
    let one = |signal: &crate::nights::NightSignal| {
        let own = signal.rate as f64;
        let Some(rate) = rate else { return (signal.samples.clone(), own) };
        let mut resampler = Resampler::new(own, rate).expect("rates that fit");
        let mut samples = Vec::new();
        resampler.process(&signal.samples, &mut samples);
        resampler.finish(&mut samples);
        (samples, rate)
    };
    night.signals.iter().take(5).map(one).unzip()
}

/// Shares of the constant's error that least squares leave: of means and deviations, and of features made by hand.
fn shares(nights: u64, rate: Option<f64>) -> [f64; 2] {
    let rows = |k: u64| {
        let night = draw(21, k, MINUTES);
        let (signals, rates) = signals(&night, rate);
        (plain(&signals), made_by_hand(&signals, &rates), night.score)
    };
    let rows: Vec<_> = (0..nights).into_par_iter().map(rows).collect();
    let targets: Vec<f64> = rows.iter().map(|row| row.2).collect();
    let (linear, by_hand): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.0, row.1)).unzip();
    for k in 0..6 {
        let one: Vec<Vec<f64>> = by_hand.iter().map(|row| vec![row[k]]).collect();
        println!("feature {k} alone: {:.3}", share_of_error(&one, &targets));
    }
    [share_of_error(&linear, &targets), share_of_error(&by_hand, &targets)]
}

#[test]
fn rhythms_tell_the_score_at_32_hertz_and_sizes_do_not() {
    let [linear, by_hand] = shares(300, Some(32.0));
    println!("at 32 Hz: means and deviations {linear:.3}, features {by_hand:.3} of the constant's error");
    assert!(linear > 0.85 && by_hand < 0.45, "{linear} {by_hand}");
}

#[test]
fn rhythms_tell_the_score_at_their_own_rates() {
    let [linear, by_hand] = shares(300, None);
    println!("own rates: means and deviations {linear:.3}, features {by_hand:.3} of the constant's error");
    assert!(linear > 0.85 && by_hand < 0.45, "{linear} {by_hand}");
}

#[test]
fn the_best_possible_error_is_about_a_quarter() {
    let sleepers = (0..3000).map(|k| Sleeper::random(22, k, 60 * MINUTES));
    let (traits, targets): (Vec<Vec<f64>>, Vec<f64>) = sleepers
        .map(|Sleeper { score, person, course, .. }| {
            let light = course.stages.iter().filter(|stage| **stage == crate::nights::stages::Stage::Light).count();
            let counts = [course.apneas.len(), course.arousals.len()].map(|count| count as f64);
            let spindles = course.spindles.len() as f64 / light as f64;
            let rates = [person.heart_rate, person.variability.ln(), person.breath_rate, spindles];
            (counts.into_iter().chain(rates).collect(), score)
        })
        .unzip();
    let share = share_of_error(&traits, &targets);
    println!("traits themselves: {share:.3} of the constant's error");
    assert!((0.18..0.28).contains(&share), "{share}");
}
