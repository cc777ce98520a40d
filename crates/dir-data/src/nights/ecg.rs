//! The electrocardiogram: P, Q, R, S and T of every beat as Gaussian waves, upright, on a wandering baseline.
//!
//! # Source
//! The sum of Gaussians as in McSharry, Clifford, Tarassenko & Smith, "A dynamical model for generating synthetic
//! electrocardiogram signals", IEEE Transactions on Biomedical Engineering 50(3), 2003. Q, R and S take about 100 ms,
//! the upper end of normal, so that they survive resampling to 32 Hz.

use dir_core::random::Stream;

use super::noise::{Drift, between};

/// A wave: seconds from the R wave, standard deviation in seconds, height.
#[derive(Debug, Clone, Copy)]
struct Wave {
    at: f64,
    width: f64,
    height: f64,
}

/// Waves reach this many deviations.
const REACH: f64 = 3.5;
/// Share of the square root of the beat's length at which T comes.
const T_SHARE: f64 = 0.29;
/// Seconds of the last beat, whose end nobody sees.
const USUAL_LENGTH: f64 = 0.9;

/// Draws the electrocardiogram of beats at `rate` samples per second.
pub(super) fn ecg(beats: &[f64], seconds: usize, rate: usize, stream: &mut Stream) -> Vec<f32> {
    let mut baseline = Drift::new(3.0, rate, stream);
    let wander = between(0.02, 0.07, stream);
    let mut samples: Vec<f32> = (0..seconds * rate).map(|_| (wander * baseline.next(stream)) as f32).collect();
    let (pqrs, t) = waves(stream);
    for (k, &beat) in beats.iter().enumerate() {
        let length = beats.get(k + 1).map_or(USUAL_LENGTH, |next| next - beat);
        let t = Wave { at: T_SHARE * length.sqrt(), ..t };
        pqrs.into_iter().chain([t]).for_each(|wave| add(wave, beat, rate, &mut samples));
    }
    samples
}

/// Somebody's P, Q, R and S, and T, whose place depends on the beat.
fn waves(stream: &mut Stream) -> ([Wave; 4], Wave) {
    let mut wave = |at, width, low, high| Wave { at, width, height: between(low, high, stream) };
    let pqrs = [
        wave(-0.16, 0.022, 0.07, 0.15),
        wave(-0.040, 0.011, -0.15, -0.05),
        wave(0.0, 0.017, 1.0, 1.0),
        wave(0.040, 0.013, -0.28, -0.12),
    ];
    (pqrs, wave(0.0, 0.045, 0.15, 0.32))
}

fn add(wave: Wave, beat: f64, rate: usize, samples: &mut [f32]) {
    let middle = beat + wave.at;
    let at = |seconds: f64| (seconds * rate as f64).max(0.0) as usize;
    let (from, to) = (at(middle - REACH * wave.width), at(middle + REACH * wave.width));
    for (k, sample) in samples.iter_mut().enumerate().take(to).skip(from) {
        let off = (k as f64 / rate as f64 - middle) / wave.width;
        *sample += (wave.height * (-0.5 * off * off).exp()) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beat_has_an_upright_r_wave() {
        let beats: Vec<f64> = (0..20).map(|k| 0.7 + 0.9 * f64::from(k)).collect();
        let samples = ecg(&beats, 20, 64, &mut Stream::new(&[6]));
        assert_eq!(samples.len(), 1280);
        for beat in beats {
            let middle = (beat * 64.0).round() as usize;
            assert!(samples[middle] > 0.6, "{beat}: {}", samples[middle]);
            // Half a beat later nothing is as high.
            assert!(samples.get(middle + 29).is_none_or(|&sample| sample < 0.5));
        }
    }
}
