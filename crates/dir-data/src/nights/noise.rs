//! Random courses in time: plain noise, slow drifts and noisy rhythms, by recurrences.

use dir_core::random::Stream;

/// A number anywhere between two.
pub(super) fn between(low: f64, high: f64, stream: &mut Stream) -> f64 {
    low + (high - low) * stream.unit()
}

/// A nearly normal number of mean 0 and variance 1: the sum of four of 16 bits. Quicker than a normal one.
pub(super) fn white(stream: &mut Stream) -> f64 {
    let bits = stream.bits();
    let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
    // Each has the mean 65535 / 2 and the variance 65536² / 12.
    (sum as f64 - 131_070.0) / 37_837.2
}

/// First-order autoregression of variance 1.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    keep: f64,
    kick: f64,
    value: f64,
}

impl Drift {
    /// One that forgets within about `seconds`.
    pub(super) fn new(seconds: f64, rate: usize, stream: &mut Stream) -> Self {
        let keep = (-1.0 / (seconds * rate as f64)).exp();
        Self { keep, kick: (1.0 - keep * keep).sqrt(), value: stream.normal() }
    }

    pub(super) fn next(&mut self, stream: &mut Stream) -> f64 {
        self.value = self.keep * self.value + self.kick * white(stream);
        self.value
    }
}

/// Second-order autoregression of variance 1: a rhythm whose amplitude and phase wander.
#[derive(Debug, Clone)]
pub(super) struct Rhythm {
    last: f64,
    before: f64,
    kick: f64,
    values: [f64; 2],
}

impl Rhythm {
    /// A rhythm of `hertz`; `width` hertz wide.
    pub(super) fn new(hertz: f64, width: f64, rate: usize) -> Self {
        let rate = rate as f64;
        let radius = (-std::f64::consts::PI * width / rate).exp();
        let last = 2.0 * radius * (std::f64::consts::TAU * hertz / rate).cos();
        let before = -radius * radius;
        // Variance of the recurrence, driven by noise of variance 1.
        let variance = (1.0 - before) / ((1.0 + before) * ((1.0 - before).powi(2) - last * last));
        Self { last, before, kick: variance.sqrt().recip(), values: [0.0; 2] }
    }

    pub(super) fn next(&mut self, stream: &mut Stream) -> f64 {
        let [one, two] = self.values;
        let value = self.last * one + self.before * two + self.kick * white(stream);
        self.values = [value, one];
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(n: usize, mut next: impl FnMut() -> f64) -> [f64; 2] {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = next();
            sum += x;
            squares += x * x;
        }
        [sum / n as f64, squares / n as f64]
    }

    #[test]
    fn every_course_has_mean_0_and_variance_1() {
        let mut stream = Stream::new(&[1]);
        let (mut drift, mut rhythm) = (Drift::new(0.5, 8, &mut stream), Rhythm::new(9.5, 2.0, 64));
        let plain = moments(200_000, || white(&mut stream));
        let drifting = moments(200_000, || drift.next(&mut stream));
        let swinging = moments(200_000, || rhythm.next(&mut stream));
        for [mean, variance] in [plain, drifting, swinging] {
            assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        }
    }

    #[test]
    fn a_rhythm_turns_as_often_as_it_should() {
        let mut stream = Stream::new(&[2]);
        let mut rhythm = Rhythm::new(6.0, 0.5, 64);
        let values: Vec<f64> = (0..64 * 600).map(|_| rhythm.next(&mut stream)).collect();
        let ups = values.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((ups as f64 / 600.0 - 6.0).abs() < 0.15, "{ups}");
    }
}
