//! Utility-based precision, recall and F: are rare targets foreseen, and does what is foreseen come?
//!
//! The utility of a prediction is its benefit minus its cost, from -1 to 1:
//!
//! `u(ŷ, y) = φ(y) (1 - Γ_B) - ((1 - p) φ(ŷ) + p φ(y)) Γ_C`, `Γ = min(1, |ŷ - y| / reach)`,
//!
//! with a relevance `φ` ([`crate::relevance`]) and the reaches of benefit and cost by its bumps ([`surface`]). An *event* is a target or
//! a prediction whose relevance is at the threshold `t` or above:
//!
//! `recall = Σ_{φ(y) ≥ t} (1 + u) / Σ_{φ(y) ≥ t} (1 + φ(y))`, `precision = Σ_{φ(ŷ) ≥ t} (1 + u) / Σ_{φ(ŷ) ≥ t} (1 + φ(ŷ))`,
//! `F = (1 + β²) precision · recall / (β² precision + recall)`.
//!
//! Exact predictions have all three at 1. A missed event and a false alarm still count for something, for their utility is not -1: 0.25 at
//! the default penalty.
//!
//! # Source
//! Torgo and Ribeiro, "Utility-based regression", PKDD 2007, and "Precision and recall for regression", Discovery Science 2009; Ribeiro,
//! "Utility-based regression", PhD thesis, Porto 2011 (utility, bumps). Precision and recall are those of Branco, Torgo, Ribeiro, "A survey
//! of predictive modeling on imbalanced domains", ACM Computing Surveys 49(2), 2016, eq. 42 and 43. Ours: losses are absolute; the reaches
//! of targets in valleys and of bumps without a neighbour; the threshold itself counts; F is 0 where only targets or only predictions
//! have events.

mod surface;

use serde::{Deserialize, Serialize};

use self::surface::{Reach, Surface};
use super::{MetricError, check_length, check_row, sum::Sum};
use crate::relevance::Relevance;

/// How utility is judged.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `threshold` | 0.5 | relevance from which on a target is an event |
/// | `penalty` | 0.5 | `p`: 0, only false alarms cost, to 1, only misses do |
/// | `beta` | 1 | weight of recall against precision |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UtilityConfig {
    /// Relevance from which on a target is an event.
    pub threshold: f64,
    /// Share of the target's relevance in the cost; the rest is the prediction's.
    pub penalty: f64,
    /// Weight of recall against precision.
    pub beta: f64,
}

impl Default for UtilityConfig {
    fn default() -> Self {
        Self { threshold: 0.5, penalty: 0.5, beta: 1.0 }
    }
}

impl UtilityConfig {
    /// The utility over a relevance.
    ///
    /// # Errors
    /// [`MetricError::Utility`] for a number out of range.
    pub fn init<'a>(&self, relevance: &'a Relevance) -> Result<Utility<'a>, MetricError> {
        let wrong = |name, value, expected| Err(MetricError::Utility { name, value, expected });
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return wrong("threshold", self.threshold, "a number above 0, at most 1");
        }
        if !(0.0..=1.0).contains(&self.penalty) {
            return wrong("penalty", self.penalty, "0 to 1");
        }
        if !(self.beta > 0.0 && self.beta.is_finite()) {
            return wrong("beta", self.beta, "a finite number above 0");
        }
        Ok(Utility { config: *self, relevance, surface: Surface::new(relevance) })
    }
}

/// The utility of predictions.
///
/// # Example
/// ```
/// use dir_core::metric::UtilityConfig;
/// use dir_core::relevance::Relevance;
/// let relevance = Relevance::by_points(&[(10.0, 0.0), (20.0, 1.0)])?; // what is high matters
/// let utility = UtilityConfig::default().init(&relevance)?;
/// assert_eq!(utility.of(20.0, 20.0), 1.0); // foreseen
/// assert_eq!(utility.of(20.0, 0.0), -0.5); // missed
/// assert_eq!(utility.of(0.0, 20.0), -0.5); // a false alarm
/// assert_eq!(utility.of(0.0, 5.0), 0.0); // nobody minds
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Utility<'a> {
    config: UtilityConfig,
    relevance: &'a Relevance,
    /// `None` where relevance is the same everywhere.
    surface: Option<Surface>,
}

impl Utility<'_> {
    /// `u(ŷ, y)`; where relevance is the same everywhere, 0: nothing then says how far off is far.
    #[must_use]
    pub fn of(&self, target: f64, prediction: f64) -> f64 {
        let Some(surface) = &self.surface else { return 0.0 };
        let Reach { benefit, cost } = surface.reach(target, prediction > target);
        let [own, predicted] = [target, prediction].map(|y| self.relevance.of(y));
        let (loss, p) = ((prediction - target).abs(), self.config.penalty);
        let joint = (1.0 - p) * predicted + p * own;
        own * (1.0 - share(loss, benefit)) - joint * share(loss, cost)
    }

    pub(super) fn relevance(&self) -> &Relevance {
        self.relevance
    }

    fn is_event(&self, relevance: f64) -> bool {
        self.surface.is_some() && relevance >= self.config.threshold - ROUNDING
    }
}

/// What rounding may take from a relevance that is at the threshold.
const ROUNDING: f64 = 1e-9;

/// `Γ`.
fn share(loss: f64, reach: f64) -> f64 {
    match loss < reach {
        true => loss / reach,
        false if loss == 0.0 => 0.0, // on a foot
        false => 1.0,
    }
}

/// Sums over events: rows go in one by one, states of chunks or workers merge.
///
/// # Example
/// ```
/// use dir_core::metric::{UtilityConfig, UtilityErrors};
/// use dir_core::relevance::Relevance;
/// let relevance = Relevance::by_points(&[(10.0, 0.0), (20.0, 1.0)])?;
/// let utility = UtilityConfig::default().init(&relevance)?;
/// let errors = UtilityErrors::of(&[20.0, 20.0, 5.0], &[20.0, 0.0, 5.0], &utility)?; // one of two is foreseen
/// let metrics = errors.metrics(&utility).expect("has events");
/// assert_eq!((metrics.precision, metrics.recall), (Some(1.0), Some(0.625))); // (2 + 1/2) / 4
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UtilityErrors {
    rows: usize,
    of_targets: Events,
    of_predictions: Events,
}

/// Those of either side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Events {
    count: usize,
    /// `Σ (1 + u)`.
    found: Sum,
    /// `Σ (1 + φ)`.
    most: Sum,
}

/// Precision, recall and F of events.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UtilityMetrics {
    /// Targets that are events.
    pub events: usize,
    /// Predictions that are.
    pub foreseen: usize,
    /// `None` where none is foreseen.
    pub precision: Option<f64>,
    /// `None` without events among the targets.
    pub recall: Option<f64>,
    /// Their weighted harmonic mean; 0 where one of them is `None`.
    pub f: f64,
}

impl UtilityErrors {
    /// Those of a whole set.
    ///
    /// # Errors
    /// Another number of predictions than targets; the first row that is not finite.
    pub fn of(targets: &[f64], predictions: &[f64], utility: &Utility<'_>) -> Result<Self, MetricError> {
        check_length("predictions", predictions.len(), targets.len())?;
        let mut errors = Self::default();
        targets.iter().zip(predictions).try_for_each(|(&y, &p)| errors.push(y, p, utility))?;
        Ok(errors)
    }

    /// Adds one row.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`], with the number of rows so far as its row; the state stays as it was.
    pub fn push(&mut self, target: f64, prediction: f64, utility: &Utility<'_>) -> Result<(), MetricError> {
        check_row(self.rows, target, prediction)?;
        self.rows += 1;
        let [own, predicted] = [target, prediction].map(|y| utility.relevance.of(y));
        let worth = 1.0 + utility.of(target, prediction);
        for (events, relevance) in [(&mut self.of_targets, own), (&mut self.of_predictions, predicted)] {
            if utility.is_event(relevance) {
                events.count += 1;
                events.found.push(worth);
                events.most.push(1.0 + relevance);
            }
        }
        Ok(())
    }

    /// Adds all rows of another state, of the same utility.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.of_targets.merge(&other.of_targets);
        self.of_predictions.merge(&other.of_predictions);
    }

    /// The metrics; `None` without events on either side. `utility` is the one that the rows were judged by.
    #[must_use]
    pub fn metrics(&self, utility: &Utility<'_>) -> Option<UtilityMetrics> {
        let (precision, recall) = (self.of_predictions.share(), self.of_targets.share());
        let square = utility.config.beta.powi(2);
        let f = match (precision, recall) {
            (None, None) => return None,
            (Some(precision), Some(recall)) if precision > 0.0 && recall > 0.0 => {
                (1.0 + square) * precision * recall / (square * precision + recall)
            }
            _ => 0.0,
        };
        Some(UtilityMetrics {
            events: self.of_targets.count,
            foreseen: self.of_predictions.count,
            precision,
            recall,
            f,
        })
    }
}

impl Events {
    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.found.merge(&other.found);
        self.most.merge(&other.most);
    }

    fn share(&self) -> Option<f64> {
        (self.count > 0).then(|| self.found.value() / self.most.value())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Relevant from 20 on, not at all up to 10.
    fn high() -> Relevance {
        Relevance::by_points(&[(0.0, 0.0), (10.0, 0.0), (20.0, 1.0)]).expect("valid")
    }

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-12
    }

    #[test]
    fn utilities_by_hand() {
        let relevance = high();
        let utility = UtilityConfig::default().init(&relevance).expect("valid");
        assert_eq!(utility.of(20.0, 20.0), 1.0);
        // 4 off: the foot is 10 away, no other bump, so Δ = 20. φ(16) = 0.648.
        assert!(close(utility.of(20.0, 16.0), 0.6 - (0.5 * 0.648 + 0.5) * 0.2));
        // From the valley, 13 off: the peak is 15 away. φ(18) = 0.896.
        assert!(close(utility.of(5.0, 18.0), -0.5 * 0.896 * 13.0 / 15.0));
        // 18 off, both reaches 20. φ(12) = 0.104.
        assert!(close(utility.of(30.0, 12.0), 0.1 - (0.5 * 0.104 + 0.5) * 0.9));
        let misses = UtilityConfig { penalty: 1.0, ..UtilityConfig::default() }.init(&relevance).expect("valid");
        assert_eq!((misses.of(20.0, 0.0), misses.of(0.0, 20.0)), (-1.0, 0.0));
    }

    #[test]
    fn precision_recall_and_f_by_hand() {
        let relevance = high();
        let utility = UtilityConfig::default().init(&relevance).expect("valid");
        let errors = UtilityErrors::of(&[20.0, 20.0, 5.0, 30.0, 3.0], &[20.0, 16.0, 18.0, 12.0, 9.0], &utility);
        let metrics = errors.expect("finite").metrics(&utility).expect("has events");
        assert_eq!((metrics.events, metrics.foreseen), (3, 3));
        // Utilities 1, 0.4352, -0.388267, -0.3968 of the first four rows, see above.
        let recall = (2.0 + 1.4352 + 0.6032) / 6.0;
        let precision = (2.0 + 1.4352 + 1.0 - 0.448 * 13.0 / 15.0) / (2.0 + 1.648 + 1.896);
        assert!(metrics.recall.is_some_and(|found| close(found, recall)), "{metrics:?}");
        assert!(metrics.precision.is_some_and(|found| close(found, precision)), "{metrics:?}");
        assert!(close(metrics.f, 2.0 * precision * recall / (precision + recall)));
        let double = UtilityConfig { beta: 2.0, ..UtilityConfig::default() }.init(&relevance).expect("valid");
        let f2 = errors_of(&[20.0, 5.0], &[16.0, 18.0], &double).map(|m| (m.f, m.precision, m.recall));
        let Some((f2, Some(p), Some(r))) = f2 else { panic!("found {f2:?}") };
        assert!(close(f2, 5.0 * p * r / (4.0 * p + r)));
    }

    fn errors_of(targets: &[f64], predictions: &[f64], utility: &Utility<'_>) -> Option<UtilityMetrics> {
        UtilityErrors::of(targets, predictions, utility).expect("finite").metrics(utility)
    }

    #[test]
    fn without_events() {
        let relevance = high();
        let utility = UtilityConfig::default().init(&relevance).expect("valid");
        assert_eq!(errors_of(&[1.0], &[2.0], &utility), None);
        let missed = errors_of(&[20.0], &[0.0], &utility).expect("an event");
        assert_eq!((missed.precision, missed.recall, missed.f), (None, Some(0.25), 0.0));
        let alarm = errors_of(&[0.0], &[20.0], &utility).expect("an event");
        assert_eq!((alarm.precision, alarm.recall, alarm.f), (Some(0.25), None, 0.0));
        let flat = Relevance::by_points(&[(0.0, 1.0)]).expect("valid");
        let flat = UtilityConfig::default().init(&flat).expect("valid");
        assert_eq!((flat.of(1.0, 9.0), errors_of(&[1.0], &[9.0], &flat)), (0.0, None));
    }

    /// Precision, recall and F of rows by the density of their own targets, all shifted.
    fn shifted(by: f64, density: fn(&[u64], &[f64]) -> Vec<f64>) -> [f64; 3] {
        let mut stream = crate::random::Stream::new(&[12]);
        let rows: Vec<[f64; 2]> = (0..3000)
            .map(|_| {
                // Tenths, dense about 2 and 6 and rare elsewhere; many bins hold nothing, or as much as others.
                let middle = if stream.unit() < 0.6 { 2.0 } else { 6.0 };
                let y = ((middle + 0.8 * stream.normal() + 3.0 * stream.unit().powi(20)) * 10.0).round() / 10.0;
                [y, y + 0.7 * stream.normal()]
            })
            .collect();
        let moved = |k: usize| rows.iter().map(|row| row[k] + by).collect::<Vec<f64>>();
        let (targets, predictions) = (moved(0), moved(1));
        let bins = crate::bins::Bins::uniform_over(&targets, 60).expect("a range");
        let density = density(&bins.counts(&targets).expect("finite"), bins.edges());
        let relevance = Relevance::by_density(&bins, &density).expect("rows");
        let utility = UtilityConfig::default().init(&relevance).expect("valid");
        let metrics = errors_of(&targets, &predictions, &utility).expect("events");
        [metrics.precision, metrics.recall, Some(metrics.f)].map(|metric| metric.expect("events on both sides"))
    }

    #[test]
    fn shifts_leave_the_utility_by_density_as_it_is() {
        let kernel = |counts: &[u64], edges: &[f64]| {
            crate::kde::density(edges, &counts.iter().map(|&n| n as f64).collect::<Vec<_>>())
        };
        let histogram = |counts: &[u64], edges: &[f64]| {
            counts.iter().zip(edges.windows(2)).map(|(&n, ends)| n as f64 / (ends[1] - ends[0])).collect()
        };
        for density in [kernel as fn(&[u64], &[f64]) -> Vec<f64>, histogram] {
            let expected = shifted(0.0, density);
            for by in [0.1, -0.3, 7.7, 100.0, -1234.5] {
                for (found, expected) in shifted(by, density).into_iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-6, "shifted by {by}: {found} for {expected}");
                }
            }
        }
    }

    #[test]
    fn mistakes_are_errors() {
        let relevance = high();
        let init = |config: UtilityConfig| config.init(&relevance).map(drop);
        let usual = UtilityConfig::default();
        for (config, name) in [
            (UtilityConfig { threshold: 0.0, ..usual }, "threshold"),
            (UtilityConfig { penalty: 1.1, ..usual }, "penalty"),
            (UtilityConfig { beta: f64::NAN, ..usual }, "beta"),
        ] {
            assert!(matches!(init(config), Err(MetricError::Utility { name: found, .. }) if found == name));
        }
        let utility = usual.init(&relevance).expect("valid");
        assert!(matches!(UtilityErrors::of(&[1.0], &[], &utility), Err(MetricError::Length { .. })));
        assert!(matches!(UtilityErrors::of(&[f64::NAN], &[1.0], &utility), Err(MetricError::NotFinite { .. })));
    }

    proptest! {
        #[test]
        fn utility_is_bounded_and_best_where_exact(
            y in -5.0..45.0_f64, p in -5.0..45.0_f64,
            relevance in prop::collection::vec(0.0..=1.0_f64, 1..7)
        ) {
            let points: Vec<(f64, f64)> = relevance.iter().zip(0..).map(|(&phi, k)| (f64::from(k) * 7.0, phi)).collect();
            let relevance = Relevance::by_points(&points).expect("valid");
            let utility = UtilityConfig::default().init(&relevance).expect("valid");
            let found = utility.of(y, p);
            prop_assert!((-1.0..=1.0).contains(&found) && found <= relevance.of(y), "{found}");
            if points.len() > 1 && points.iter().any(|(_, phi)| *phi != points[0].1) {
                prop_assert_eq!(utility.of(y, y), relevance.of(y));
            }
        }

        #[test]
        fn merged_parts_are_the_whole(rows in prop::collection::vec((0.0..30.0_f64, 0.0..30.0_f64), 1..80), at in 0.0..1.0_f64) {
            let relevance = high();
            let utility = UtilityConfig::default().init(&relevance).expect("valid");
            let of = |rows: &[(f64, f64)]| {
                let mut errors = UtilityErrors::default();
                rows.iter().for_each(|&(y, p)| errors.push(y, p, &utility).expect("finite"));
                errors
            };
            let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
            let mut merged = of(left);
            merged.merge(&of(right));
            let (a, b) = (merged.metrics(&utility), of(&rows).metrics(&utility));
            prop_assert_eq!(a.map(|m| (m.events, m.foreseen)), b.map(|m| (m.events, m.foreseen)));
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a.f - b.f).abs() < 1e-13);
            }
        }
    }
}
