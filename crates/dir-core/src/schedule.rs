//! When the learning rate falls and when training stops.
//!
//! # Source
//! Official `agedb-dir/utils.py:60-66`, `nyud2-dir/train.py:259-262` (learning rates), `sts-b-dir/trainer.py:50-74` (early
//! stopping) at a6fdc45.

use serde::{Deserialize, Serialize};

/// A learning rate that falls by a factor at given epochs.
///
/// # Example
/// ```
/// use dir_core::schedule::LearningRate;
/// let ages = LearningRate { milestones: vec![60, 80], ..LearningRate::constant(1e-3) };
/// assert!((ages.at(59) - 1e-3).abs() < 1e-15 && (ages.at(80) - 1e-5).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningRate {
    /// Rate of the first epoch.
    pub base: f64,
    /// Epochs (from 0) at which the rate falls; one that is listed twice counts twice, as in the official program.
    #[serde(default)]
    pub milestones: Vec<usize>,
    /// Epochs after which the rate falls again and again (NYUD2: 5).
    #[serde(default)]
    pub every: Option<usize>,
    /// What it is multiplied with.
    #[serde(default = "tenth")]
    pub factor: f64,
}

fn tenth() -> f64 {
    0.1
}

impl LearningRate {
    /// A rate that never falls.
    #[must_use]
    pub fn constant(base: f64) -> Self {
        Self { base, milestones: Vec::new(), every: None, factor: tenth() }
    }

    /// Rate of an epoch, from 0.
    #[must_use]
    pub fn at(&self, epoch: usize) -> f64 {
        let milestones = self.milestones.iter().filter(|&&m| epoch >= m).count();
        let periods = self.every.map_or(0, |every| epoch / every.max(1));
        (0..milestones + periods).fold(self.base, |rate, _| rate * self.factor)
    }
}

/// Early stopping, as state that a resumed run goes on from.
///
/// # Example
/// ```
/// use dir_core::schedule::Patience;
/// let mut patience = Patience::new(Some(2), false); // two checks without a lower value
/// let stops: Vec<bool> = [3.0, 2.0, 2.5, 2.0].iter().map(|&v| patience.observe(v).stop).collect();
/// assert_eq!(stops, [false, false, false, true]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patience {
    limit: Option<usize>,
    higher_is_better: bool,
    official: bool,
    best: Option<f64>,
    since_best: usize,
    history: Vec<f64>,
}

/// What a check tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The value is better than all before it.
    pub improved: bool,
    /// Training should stop.
    pub stop: bool,
}

impl Patience {
    /// The usual rule: stop after `limit` checks in a row without a better value; never if absent.
    #[must_use]
    pub fn new(limit: Option<usize>, higher_is_better: bool) -> Self {
        Self { limit, higher_is_better, official: false, best: None, since_best: 0, history: Vec::new() }
    }

    /// The official rule of STS-B, much weaker: stop only when the newest of the last `limit + 1` checks is the worst of
    /// them.
    #[must_use]
    pub fn official(limit: usize, higher_is_better: bool) -> Self {
        Self { official: true, ..Self::new(Some(limit), higher_is_better) }
    }

    /// Takes in the value of a check. A value that is NaN never improves.
    pub fn observe(&mut self, value: f64) -> Decision {
        let better = |a: f64, b: f64| if self.higher_is_better { a > b } else { a < b };
        let improved = !value.is_nan() && self.best.is_none_or(|best| better(value, best));
        if improved {
            self.best = Some(value);
            self.since_best = 0;
        } else {
            self.since_best += 1;
        }
        let stop = match self.limit {
            None => false,
            Some(limit) if self.official => self.worst_of_window(value, limit + 1),
            Some(limit) => self.since_best >= limit,
        };
        Decision { improved, stop }
    }

    fn worst_of_window(&mut self, value: f64, window: usize) -> bool {
        self.history.push(value);
        let start = self.history.len().saturating_sub(window);
        let full = start > 0;
        self.history.drain(..start);
        let no_worse = |other: &f64| if self.higher_is_better { value <= *other } else { value >= *other };
        full && self.history.iter().all(no_worse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_and_milestones_multiply() {
        let rate = LearningRate { milestones: vec![2, 2], every: Some(5), ..LearningRate::constant(1.0) };
        assert_eq!(rate.at(1), 1.0);
        assert!((rate.at(2) - 1e-2).abs() < 1e-15 && (rate.at(10) - 1e-4).abs() < 1e-15);
    }

    #[test]
    fn higher_can_be_better_and_nan_never_is() {
        let mut patience = Patience::new(Some(3), true);
        let improved: Vec<bool> = [0.1, 0.3, f64::NAN, 0.2].iter().map(|&v| patience.observe(v).improved).collect();
        assert_eq!(improved, [true, true, false, false]);
        assert!(patience.observe(0.3).stop);
    }

    #[test]
    fn the_official_rule_forgives() {
        let mut patience = Patience::official(2, false);
        let stops: Vec<bool> = [1.0, 5.0, 4.0, 3.0, 3.5, 4.0].iter().map(|&v| patience.observe(v).stop).collect();
        assert_eq!(stops, [false, false, false, false, false, true]);
    }
}
