//! Sensors: every channel's label, unit and rate, and a gain, an offset and a noise floor that tell nothing.
//!
//! A signal is divided by its own deviation before the gain, so what a linear model sees of it, mean and deviation, is
//! chance alone.
//!
//! # Source
//! Labels as in the polysomnography montage of SHHS-1 on sleepdata.org (NSRR). There, `EEG` and `ECG` have 125 Hz, and
//! airflow and belts 10 Hz; here 64 and 8, to save half of the space.

use dir_core::random::Stream;

use super::noise::{between, white};

/// Kind of a channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sensor {
    label: &'static str,
    unit: &'static str,
    rate: usize,
    /// Smallest and largest deviation of what is written.
    spread: [f64; 2],
    /// Largest offset, up or down.
    offset: f64,
    /// Largest noise, as a share of the signal's deviation.
    noise: f64,
    /// Smallest and largest value that can be written.
    range: [f64; 2],
}

/// A channel of a night.
#[derive(Debug, Clone, PartialEq)]
pub struct NightSignal {
    /// Label, such as `THOR RES`.
    pub label: &'static str,
    /// Unit, such as `uV`; airflow and belts have none.
    pub unit: &'static str,
    /// Samples per second.
    pub rate: usize,
    /// Smallest and largest value that the recorder writes. No sample is beyond.
    pub range: [f64; 2],
    /// Samples in that unit.
    pub samples: Vec<f32>,
}

/// Samples per second of EEG and ECG.
pub(super) const FAST: usize = 64;

const BELT: Sensor = Sensor {
    label: "",
    unit: "",
    rate: super::breath::RATE,
    spread: [0.06, 0.24],
    offset: 0.1,
    noise: 0.1,
    range: [-3.0, 3.0],
};
pub(super) const AIRFLOW: Sensor = Sensor { label: "AIRFLOW", ..BELT };
pub(super) const THORAX: Sensor = Sensor { label: "THOR RES", ..BELT };
pub(super) const ABDOMEN: Sensor = Sensor { label: "ABDO RES", ..BELT };
pub(super) const EEG: Sensor = Sensor {
    label: "EEG",
    unit: "uV",
    rate: FAST,
    spread: [10.0, 40.0],
    offset: 8.0,
    noise: 0.15,
    range: [-500.0, 500.0],
};
pub(super) const ECG: Sensor = Sensor {
    label: "ECG",
    unit: "mV",
    rate: FAST,
    spread: [0.06, 0.24],
    offset: 0.15,
    noise: 0.15,
    range: [-5.0, 5.0],
};
const PERCENT: Sensor =
    Sensor { label: "SaO2", unit: "%", rate: 1, spread: [1.0; 2], offset: 0.0, noise: 0.0, range: [0.0, 100.0] };
const BPM: Sensor = Sensor { label: "H.R.", unit: "BPM", range: [0.0, 250.0], ..PERCENT };

impl Sensor {
    /// What the sensor makes of a signal of any size.
    pub(super) fn record(&self, mut samples: Vec<f32>, stream: &mut Stream) -> NightSignal {
        let noise = f64::from(deviation(&samples).1) * between(0.02, self.noise, stream);
        samples.iter_mut().for_each(|x| *x += (noise * white(stream)) as f32);
        let [low, high] = self.spread;
        // Evenly by ratio.
        let gain = low * (high / low).powf(stream.unit());
        let offset = self.offset * (2.0 * stream.unit() - 1.0);
        let (mean, deviation) = deviation(&samples);
        let [least, most] = self.range.map(|end| end as f32);
        for x in &mut samples {
            *x = ((*x - mean) / deviation * gain as f32 + offset as f32).clamp(least, most);
        }
        self.signal(samples)
    }

    fn signal(&self, samples: Vec<f32>) -> NightSignal {
        NightSignal { label: self.label, unit: self.unit, rate: self.rate, range: self.range, samples }
    }
}

/// Saturation as it is.
pub(super) fn saturation(percent: Vec<f32>) -> NightSignal {
    PERCENT.signal(percent)
}

/// The heart's rate, from `rate` values a second to the mean of each second, whole.
pub(super) fn pulse(per_minute: &[f64], rate: usize) -> NightSignal {
    let mean = |second: &[f64]| (second.iter().sum::<f64>() / second.len() as f64).round() as f32;
    BPM.signal(per_minute.chunks(rate).map(mean).collect())
}

/// Mean and deviation; 1 for the deviation of a signal that never moves.
fn deviation(samples: &[f32]) -> (f32, f32) {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    let squares = samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, if squares > 0.0 { squares.sqrt() as f32 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_signal_is_lost() {
        let samples: Vec<f32> = (0..1000).map(|k| (k as f32 * 0.1).sin()).collect();
        let larger: Vec<f32> = samples.iter().map(|x| 7.0 * x + 3.0).collect();
        let [one, other] = [samples, larger].map(|samples| AIRFLOW.record(samples, &mut Stream::new(&[12])));
        assert!(one.samples.iter().zip(&other.samples).all(|(a, b)| (a - b).abs() < 1e-4));
        let (mean, deviation) = deviation(&one.samples);
        assert!(mean.abs() <= 0.1 && (0.06..=0.24).contains(&deviation), "{mean} {deviation}");
    }

    #[test]
    fn no_samples_and_samples_that_never_move_are_fine() {
        assert!(EEG.record(Vec::new(), &mut Stream::new(&[1])).samples.is_empty());
        assert!(EEG.record(vec![5.0; 9], &mut Stream::new(&[1])).samples.iter().all(|x| x.is_finite()));
    }
}
