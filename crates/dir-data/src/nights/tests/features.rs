//! Features made by hand from the signals alone: beats, breaths, stops, spindles, arousals.

use std::f64::consts::TAU;

/// Mean and deviation of each signal.
pub(super) fn plain(signals: &[Vec<f32>]) -> Vec<f64> {
    signals.iter().flat_map(|signal| moments(signal.iter().map(|&x| f64::from(x)))).collect()
}

/// Beats per minute, their variability, breaths per minute, stops of the flow per minute, bursts like spindles per
/// minute, stirs of fast activity per minute. From EEG, ECG, airflow and chest with their rates.
pub(super) fn made_by_hand(signals: &[Vec<f32>], rates: &[f64]) -> Vec<f64> {
    let minutes = signals[0].len() as f64 / rates[0] / 60.0;
    let beats = beats(&signals[1], rates[1]);
    let lengths: Vec<f64> =
        beats.windows(2).map(|pair| pair[1] - pair[0]).filter(|length| (0.4..1.6).contains(length)).collect();
    let change = moments(lengths.windows(2).map(|pair| (pair[1] - pair[0]) / pair[0]))[1];
    let (bursts, stirs) = bursts_and_stirs(&signals[0], rates[0]);
    vec![
        60.0 / moments(lengths.iter().copied())[0],
        change.max(1e-3).ln(),
        breaths(&signals[3], rates[3]) / minutes,
        stops(&signals[2], rates[2]) / minutes,
        bursts / minutes,
        stirs / minutes,
    ]
}

fn moments(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for x in values {
        count += 1.0;
        sum += x;
        squares += x * x;
    }
    let mean: f64 = sum / f64::max(count, 1.0);
    [mean, (squares / f64::max(count, 1.0) - mean * mean).max(0.0).sqrt()]
}

/// Times of the R waves: highest of 0.3 s around, and well above the rest.
fn beats(ecg: &[f32], rate: f64) -> Vec<f64> {
    let [mean, deviation] = moments(ecg.iter().map(|&x| f64::from(x)));
    let (least, reach) = ((mean + 2.0 * deviation) as f32, (0.15 * rate) as usize);
    let highest = |&k: &usize| {
        let around = &ecg[k.saturating_sub(reach)..(k + reach).min(ecg.len())];
        ecg[k] > least && around.iter().all(|x| *x <= ecg[k])
    };
    // A parabola through three samples finds the top between them.
    let top = |k: usize| {
        let [a, b, c] = [k - 1, k, k + 1].map(|k| f64::from(ecg[k]));
        (k as f64 + 0.5 * (a - c) / (a - 2.0 * b + c).min(-1e-9)) / rate
    };
    (1..ecg.len() - 1).filter(highest).map(top).collect()
}

/// Times that the chest rises through its mean, having been well below.
fn breaths(chest: &[f32], rate: f64) -> f64 {
    let [mean, deviation] = moments(chest.iter().map(|&x| f64::from(x)));
    let (mut low, mut count) = (false, 0.0);
    for x in smooth(chest.iter().map(|&x| f64::from(x)), 0.15 * rate) {
        if x < mean - 0.3 * deviation {
            low = true;
        } else if low && x > mean + 0.3 * deviation {
            (low, count) = (false, count + 1.0);
        }
    }
    count
}

/// Times that the flow stays small for longer than between two breaths.
fn stops(flow: &[f32], rate: f64) -> f64 {
    let [mean, _] = moments(flow.iter().map(|&x| f64::from(x)));
    let size: Vec<f64> = smooth(flow.iter().map(|&x| (f64::from(x) - mean).abs()), 1.5 * rate).collect();
    runs(&size, 0.45 * median(&size)).iter().filter(|run| **run as f64 > 5.0 * rate).count() as f64
}

/// Bursts around 13 Hz that last about a second and stand out from 9 Hz, and seconds-long ones around 9 Hz.
fn bursts_and_stirs(eeg: &[f32], rate: f64) -> (f64, f64) {
    let [sigma, alpha] = [13.0, 9.3].map(|hertz| power(eeg, hertz, 0.2, rate));
    let floor = 5.0 * median(&sigma);
    // Runs are of what is below a bound, hence the minus.
    let share: Vec<f64> = sigma.iter().zip(&alpha).map(|(s, a)| -s / (a + floor)).collect();
    let bursts = runs(&share, -0.8).iter().filter(|run| (0.2 * rate..2.5 * rate).contains(&(**run as f64))).count();
    let stirs: Vec<f64> = power(eeg, 9.3, 1.0, rate).iter().map(|x| -x).collect();
    let stirs = runs(&stirs, 5.0 * median(&stirs)).iter().filter(|run| **run as f64 > 2.0 * rate).count();
    (bursts as f64, stirs as f64)
}

/// Lengths of the runs below a bound.
fn runs(values: &[f64], bound: f64) -> Vec<usize> {
    values.chunk_by(|a, b| (*a < bound) == (*b < bound)).filter(|run| run[0] < bound).map(<[f64]>::len).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Forgetting mean over about `samples`.
fn smooth(values: impl Iterator<Item = f64>, samples: f64) -> impl Iterator<Item = f64> {
    let mut mean = 0.0;
    values.map(move |x| {
        mean += (x - mean) / samples.max(1.0);
        mean
    })
}

/// Power around a frequency: the signal turned back by it, smoothed twice, squared.
fn power(signal: &[f32], hertz: f64, seconds: f64, rate: f64) -> Vec<f64> {
    let turn = |k: usize| TAU * hertz * k as f64 / rate;
    let part = |of: fn(f64) -> f64| {
        let turned = signal.iter().enumerate().map(move |(k, &x)| f64::from(x) * of(turn(k)));
        smooth(smooth(turned, 0.1 * rate), 0.1 * rate)
    };
    smooth(part(f64::sin).zip(part(f64::cos)).map(|(a, b)| a * a + b * b), seconds * rate).collect()
}
