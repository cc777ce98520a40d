//! The target as the network sees it: about mean 0 and deviation 1, on a plain or a logarithmic scale, or as it is.

use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::source::Targets;

/// Scale of the target inside the network. Errors are always reported in the target's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Shifted and scaled to mean 0 and deviation 1.
    #[default]
    Plain,
    /// Shifted and scaled so that the training targets span 0 to 1.
    MinMax,
    /// In its own unit, as the official programs have ages; the network has to find the mean first.
    Raw,
    /// Its logarithm: the baseline that every skewed positive target deserves.
    Log,
}

/// The scale with the constants of the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TargetScale {
    scale: Scale,
    mean: f64,
    deviation: f64,
    /// Range of the training targets on the scale, and half a unit more: `exp` must not run away.
    range: (f64, f64),
    /// Lowest and highest prediction, in the target's own unit; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bounds: Option<(f64, f64)>,
}

const LOG_MARGIN: f64 = 0.5;

impl TargetScale {
    /// Takes the constants from the training targets.
    ///
    /// # Errors
    /// [`TrainError::LogTarget`] for a target of 0 or below under [`Scale::Log`].
    pub fn fit(scale: Scale, targets: Targets<'_>, row_ids: &[usize]) -> Result<Self, TrainError> {
        let tally = targets.tally();
        let (lowest, highest) = tally.range().unwrap_or((1.0, 1.0));
        if scale == Scale::Log && lowest <= 0.0 {
            let bad = targets.of_rows().iter().position(|y| *y <= 0.0);
            let row = bad.map_or_else(|| "a row".to_owned(), |k| format!("row {}", row_ids[k]));
            let value = bad.map_or(lowest, |k| targets.of_rows()[k]);
            return Err(TrainError::LogTarget { row, value });
        }
        let mean = tally.mean(|y| forward(scale, y));
        let deviation = tally.mean(|y| (forward(scale, y) - mean).powi(2)).sqrt();
        let (low, high) = (forward(scale, lowest), forward(scale, highest)); // a scale keeps the order
        let (mean, deviation) = match scale {
            Scale::Raw => (0.0, 1.0),
            Scale::MinMax => (low, high - low),
            Scale::Plain | Scale::Log => (mean, deviation),
        };
        let deviation = if deviation > 0.0 { deviation } else { 1.0 };
        Ok(Self { scale, mean, deviation, range: (low - LOG_MARGIN, high + LOG_MARGIN), bounds: None })
    }

    /// The same with predictions bounded to the range of these training targets and a share `margin` of its width beyond either end.
    #[must_use]
    pub fn bounded(self, margin: Option<f64>, targets: Targets<'_>) -> Self {
        let bounds = margin.zip(targets.tally().range()).map(|(margin, (low, high))| {
            let beyond = margin * (high - low);
            (low - beyond, high + beyond)
        });
        Self { bounds: bounds.filter(|(low, high)| low.is_finite() && high.is_finite()), ..self }
    }

    /// Lowest and highest prediction, where they are bounded.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.bounds
    }

    /// What is taken off the target (or its logarithm).
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// What it is divided by.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.deviation
    }

    /// Target to what the network learns.
    #[must_use]
    pub fn encode(&self, target: f64) -> f64 {
        (forward(self.scale, target) - self.mean) / self.deviation
    }

    /// What the network says to target, within the bounds. What is not finite stays so: training has failed, and a bound must not hide it.
    #[must_use]
    pub fn decode(&self, output: f64) -> f64 {
        let value = output * self.deviation + self.mean;
        let value = match self.scale {
            Scale::Plain | Scale::MinMax | Scale::Raw => value,
            Scale::Log => value.clamp(self.range.0, self.range.1).exp(),
        };
        match self.bounds.filter(|_| value.is_finite()) {
            Some((low, high)) => value.max(low).min(high),
            None => value,
        }
    }
}

fn forward(scale: Scale, target: f64) -> f64 {
    match scale {
        Scale::Plain | Scale::MinMax | Scale::Raw => target,
        Scale::Log => target.ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_undoes_encoding() {
        let targets = [1.0, 10.0, 500.0, 2.0];
        for scale in [Scale::Plain, Scale::Log] {
            let scale = TargetScale::fit(scale, Targets::OfRows(&targets), &[0, 1, 2, 3]).expect("positive");
            for y in targets {
                assert!((scale.decode(scale.encode(y)) / y - 1.0).abs() < 1e-12);
            }
            let mean: f64 = targets.iter().map(|&y| scale.encode(y)).sum::<f64>() / 4.0;
            assert!(mean.abs() < 1e-12);
        }
    }

    #[test]
    fn min_max_spans_the_unit_interval() {
        let scale = TargetScale::fit(Scale::MinMax, Targets::OfRows(&[0.0, 5.0, 1.25]), &[0, 1, 2]).expect("any");
        assert_eq!((scale.encode(1.25), scale.decode(0.25), scale.encode(6.0)), (0.25, 1.25, 1.2));
    }

    #[test]
    fn raw_is_the_target_itself() {
        let scale = TargetScale::fit(Scale::Raw, Targets::OfRows(&[20.0, 60.0]), &[0, 1]).expect("any");
        assert_eq!((scale.encode(31.0), scale.decode(31.0)), (31.0, 31.0));
    }

    /// Targets 20 to 60, a quarter of 40 beyond either end: 10 to 70. Within, nothing changes; outside, and without a margin, by hand.
    #[test]
    fn predictions_are_bounded_near_the_training_targets() {
        let targets = Targets::OfRows(&[20.0, 30.0, 60.0]);
        for scale in [Scale::Raw, Scale::Plain, Scale::MinMax, Scale::Log] {
            let free = TargetScale::fit(scale, targets, &[0, 1, 2]).expect("positive");
            let bounded = free.bounded(Some(0.25), targets);
            assert_eq!((free.bounds(), bounded.bounds()), (None, Some((10.0, 70.0))));
            for output in (-30..=30).map(|k| free.encode(40.0 + f64::from(k) * 0.99)) {
                assert_eq!(bounded.decode(output).to_bits(), free.decode(output).to_bits(), "{scale:?}");
            }
            assert_eq!([bounded.decode(1e6), free.bounded(None, targets).decode(1e6)], [70.0, free.decode(1e6)]);
            assert_eq!(bounded.decode(-1e6), if scale == Scale::Log { free.decode(-1e6) } else { 10.0 });
            assert!(bounded.decode(f64::NAN).is_nan());
            let text = serde_json::to_string(&bounded).expect("writes");
            assert_eq!(serde_json::from_str::<TargetScale>(&text).expect("reads"), bounded);
        }
        let plain = TargetScale::fit(Scale::Plain, targets, &[0, 1, 2]).expect("any");
        assert_eq!(plain.bounded(Some(0.25), targets).decode(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn a_wild_output_stays_near_the_training_range() {
        let scale = TargetScale::fit(Scale::Log, Targets::OfRows(&[1.0, 100.0]), &[0, 1]).expect("positive");
        assert!(scale.decode(1e9) < 100.0 * 2.0 && scale.decode(f64::MAX).is_finite());
        let bad = TargetScale::fit(Scale::Log, Targets::OfRows(&[1.0, 0.0]), &[7, 9]);
        assert!(matches!(bad, Err(TrainError::LogTarget { row, value: 0.0 }) if row == "row 9"));
    }
}
