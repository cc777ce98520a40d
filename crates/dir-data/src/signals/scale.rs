//! Signals as numbers around 0: a recording by itself, or all by what the training rows have.

use serde::{Deserialize, Serialize};

/// What a signal's mean and deviation are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardise {
    /// The windows of the row itself: gains and offsets of amplifiers and sensors say nothing about who wears them.
    #[default]
    Row,
    /// The training rows: for signals with a unit that counts, such as heart rate.
    Train,
}

/// Mean and standard deviation of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelScale {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, 1 where there is none.
    pub deviation: f64,
}

/// Artefacts reach this many deviations and no further.
const FURTHEST: f32 = 20.0;

/// Count, sum and sum of squares of the numbers that are there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    pub(super) fn add(&mut self, numbers: &[f32]) {
        for x in numbers.iter().filter(|x| x.is_finite()).map(|&x| f64::from(x)) {
            self.count += 1.0;
            self.sum += x;
            self.squares += x * x;
        }
    }

    pub(super) fn scale(&self) -> ChannelScale {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        let variance = self.squares / count - mean * mean;
        // What rounding leaves of a constant signal is no variance.
        let deviation = if variance > 1e-9 * self.squares / count { variance.sqrt() } else { 1.0 };
        ChannelScale { mean, deviation }
    }
}

impl ChannelScale {
    /// Scales numbers in place; what is missing becomes the mean, 0.
    pub(super) fn apply(&self, numbers: &mut [f32]) {
        let (mean, factor) = (self.mean as f32, (1.0 / self.deviation) as f32);
        for x in numbers {
            *x = if x.is_finite() { ((*x - mean) * factor).clamp(-FURTHEST, FURTHEST) } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_around_zero() {
        let mut moments = Moments::default();
        moments.add(&[1.0, 3.0]);
        moments.add(&[f32::NAN, 5.0]);
        let scale = moments.scale();
        // 1, 3, 5: mean 3, variance (4 + 0 + 4) / 3.
        assert!(scale.mean == 3.0 && (scale.deviation - (8.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{scale:?}");
        let mut numbers = [3.0, f32::NAN, 5.0, 1e9];
        scale.apply(&mut numbers);
        assert_eq!((numbers[0], numbers[1], numbers[3]), (0.0, 0.0, FURTHEST));
        assert!((f64::from(numbers[2]) - 1.224_744_9).abs() < 1e-6);
    }

    #[test]
    fn a_constant_signal_is_zero() {
        let mut moments = Moments::default();
        moments.add(&[0.1; 1000]);
        let scale = moments.scale();
        let mut numbers = [0.1, f32::NAN];
        scale.apply(&mut numbers);
        assert!(scale.deviation == 1.0 && numbers[0].abs() < 1e-7 && numbers[1] == 0.0);
        assert_eq!(Moments::default().scale(), ChannelScale { mean: 0.0, deviation: 1.0 });
    }
}
