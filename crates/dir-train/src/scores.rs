//! What predictions are worth: they come batch by batch, and a report is made of them.
//!
//! Where a row has one target, all are kept, as ranks and intervals need them; where it has one per pixel, errors are summed as
//! they come, and of the predictions only an even sample is kept, for plots.

use dir_core::Compat;
use dir_core::metric::{BinError, DenseErrors, EvaluateOptions, Report, Unseen, ZeroErrors, evaluate, unseen};

use crate::error::TrainError;
use crate::evaluate::Regions;
use crate::recipe::Recipe;
use crate::source::Targets;

/// Pixels whose predictions are kept.
const SAMPLE: u64 = 20_000;

/// A prediction beside its target, in the target's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Number of the row, as the user knows it.
    pub row: usize,
    /// Target.
    pub target: f64,
    /// Prediction.
    pub prediction: f64,
}

/// What came out for a part of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Metrics by region.
    pub report: Report,
    /// Errors on targets with and without training rows, if there are any without; not for pixels.
    pub unseen: Option<Unseen>,
    /// Mean errors of every bin over all pixels; `None` where all rows are below.
    pub by_bin: Option<Vec<Option<BinError>>>,
    /// All rows, or an even sample of the pixels.
    pub rows: Vec<Scored>,
}

/// Predictions on their way into [`Scores`].
#[derive(Debug)]
pub struct Scoring<'a> {
    regions: &'a Regions,
    recipe: &'a Recipe,
    rows: Vec<Scored>,
    dense: Option<Dense>,
    intervals: bool,
}

#[derive(Debug)]
struct Dense {
    errors: DenseErrors,
    /// Every so many pixels one is kept.
    step: u64,
    seen: u64,
}

impl<'a> Scoring<'a> {
    /// For a part with these targets.
    #[must_use]
    pub fn new(regions: &'a Regions, recipe: &'a Recipe, targets: Targets<'_>) -> Self {
        let dense = match targets {
            Targets::OfRows(_) => None,
            Targets::OfPixels(tally) => Some(Dense {
                errors: DenseErrors::new(regions.shots.clone()),
                step: tally.total().div_ceil(SAMPLE).max(1),
                seen: 0,
            }),
        };
        Self { regions, recipe, rows: Vec::new(), dense, intervals: true }
    }

    /// The same without confidence intervals: of a validation only the metrics are used.
    #[must_use]
    pub fn without_intervals(self) -> Self {
        Self { intervals: false, ..self }
    }

    /// Takes in a batch: the numbers of its rows, their targets and predictions, as many of each row.
    ///
    /// # Errors
    /// A target without a bin; for pixels a prediction that is not finite.
    pub fn push(&mut self, rows: &[usize], targets: &[f64], predictions: &[f64]) -> Result<(), TrainError> {
        let each = (targets.len() / rows.len().max(1)).max(1);
        let scored = targets.iter().zip(predictions).enumerate().map(|(k, (&target, &prediction))| Scored {
            row: rows[k / each],
            target,
            prediction,
        });
        let Some(dense) = &mut self.dense else {
            self.rows.extend(scored);
            return Ok(());
        };
        let bins = &self.regions.bins;
        dense.errors.push(targets, predictions, |y| bins.bin_of(y).map_err(dir_core::Error::from))?;
        for pixel in scored.filter(|pixel| !pixel.target.is_nan()) {
            if dense.seen.is_multiple_of(dense.step) {
                self.rows.push(pixel);
            }
            dense.seen += 1;
        }
        Ok(())
    }

    /// The report. A perfect prediction counts as an error of 1e-10 of the mean absolute error in the geometric mean; under official
    /// behaviour as one of 1e-10.
    ///
    /// # Errors
    /// A prediction that is not finite.
    pub fn finish(self) -> Result<Scores, TrainError> {
        let Self { regions, recipe, rows, dense, intervals } = self;
        if let Some(Dense { errors, .. }) = dense {
            return Ok(Scores { report: errors.report(), unseen: None, by_bin: Some(errors.by_bin()), rows });
        }
        let (targets, predictions): (Vec<f64>, Vec<f64>) = rows.iter().map(|s| (s.target, s.prediction)).unzip();
        let bins = regions.bins.assign(&targets)?;
        let relevance = Some(&regions.relevance);
        let official = recipe.last_weights().compat == Compat::Official;
        let zero_errors = if official { ZeroErrors::Official } else { ZeroErrors::Tiny };
        let options = EvaluateOptions { zero_errors, bootstrap: recipe.bootstrap.filter(|_| intervals), relevance };
        let report = evaluate(&targets, &predictions, &bins, &regions.shots, &options)?;
        let (bins, counts) = regions.seen(&targets, &bins);
        let unseen = unseen(&targets, &predictions, &bins, &counts)?;
        Ok(Scores { report, unseen, by_bin: None, rows })
    }
}

#[cfg(test)]
mod tests {
    use dir_core::bins::Bins;
    use dir_core::tally::Tally;

    use super::*;

    #[test]
    fn pixels_are_summed_and_sampled() {
        let recipe = Recipe::default();
        let depths: Vec<f64> = (0..50_000).map(|k| f64::from(k % 100) / 10.0).collect();
        let (tally, bins) = (Tally::of(&depths), Bins::uniform(0.0, 0.1, 100).expect("valid"));
        let regions = Regions::new(bins, &recipe, &tally).expect("within");
        let mut scoring = Scoring::new(&regions, &recipe, Targets::OfPixels(&tally));
        for (picture, depths) in depths.chunks(5000).enumerate() {
            let with_hole: Vec<f64> = depths.iter().copied().chain([f64::NAN]).collect();
            let predictions: Vec<f64> = depths.iter().map(|d| d + 0.5).chain([1.0]).collect();
            scoring.push(&[picture + 7], &with_hole, &predictions).expect("finite");
        }
        let scores = scoring.finish().expect("finite");
        let all = scores.report.all.expect("has pixels");
        assert_eq!((all.rows, (all.mae * 1e9).round()), (50_000, 5e8));
        assert!(scores.rows.len() == 16_667 && scores.rows.iter().all(|s| s.target.is_finite()));
        assert_eq!(scores.rows.last().map(|s| s.row), Some(16));
        assert_eq!(scores.by_bin.map(|bins| bins.len()), Some(100));
        assert_eq!((all.sera, all.utility), (None, None));
    }

    #[test]
    fn intervals_are_drawn_only_where_they_are_shown() {
        let recipe = Recipe { bootstrap: Some(dir_core::metric::Bootstrap::default()), ..Recipe::default() };
        let train = Tally::of(&[1.0, 2.0, 3.0]);
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 4).expect("valid"), &recipe, &train).expect("within");
        let intervals = |scoring: Scoring<'_>| scoring.finish().expect("finite").report.all.expect("rows").intervals;
        let targets = [1.0, 2.0, 3.0];
        let scoring = || {
            let mut scoring = Scoring::new(&regions, &recipe, Targets::OfRows(&targets));
            scoring.push(&[0, 1, 2], &targets, &[1.5, 2.0, 2.0]).expect("keeps them");
            scoring
        };
        assert!(intervals(scoring()).is_some() && intervals(scoring().without_intervals()).is_none());
    }

    /// Bins of 1 from 0 to 4, training rows in all: 4.5 is as far out as the last bin is wide, 5 and -1.5 are further, and no bin has them.
    #[test]
    fn targets_far_outside_the_bins_are_unseen() {
        let recipe = Recipe::default();
        let train = Tally::of(&[0.0, 1.0, 2.0, 3.0]);
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 4).expect("valid"), &recipe, &train).expect("within");
        let unseen = |targets: &[f64]| {
            let mut scoring = Scoring::new(&regions, &recipe, Targets::OfRows(targets));
            let rows: Vec<usize> = (0..targets.len()).collect();
            scoring.push(&rows, targets, &vec![1.0; targets.len()]).expect("keeps them");
            scoring.finish().expect("finite").unseen
        };
        assert_eq!(unseen(&[0.5, 4.5, -0.5]), None);
        let found = unseen(&[0.5, 4.5, 5.0, -1.5]).expect("two far outside");
        assert_eq!(found.extrapolation.map(|errors| (errors.rows, errors.mae)), Some((2, 3.25)));
        assert_eq!(found.with_data.map(|errors| errors.rows), Some(2));
        // A training target as far out has been seen, in the bin that holds it.
        let train = Tally::of(&[0.0, 1.0, 2.0, 9.0]);
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 4).expect("valid"), &recipe, &train).expect("within");
        let (bins, _) = regions.seen(&[8.0], &[3]);
        assert_eq!(bins, [4]);
    }

    #[test]
    fn rows_are_judged_by_the_relevance_of_training_targets() {
        // Hinges 2 and 5, whiskers from 1 to 5, median 3.5: what is 5 or more has relevance 1, what is below 3.5 none.
        let train = Tally::of(&[1.0, 2.0, 3.0, 4.0, 5.0, 20.0]);
        let recipe = Recipe::default();
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 30).expect("valid"), &recipe, &train).expect("within");
        let (targets, predictions) = ([2.0, 6.0, 25.0], [4.0, 9.0, 25.0]);
        let mut scoring = Scoring::new(&regions, &recipe, Targets::OfRows(&targets));
        scoring.push(&[0, 1, 2], &targets, &predictions).expect("keeps them");
        let report = scoring.finish().expect("finite").report;
        let of = |select: &str| select.parse::<crate::select::Select>().expect("a metric").of(&report);
        assert_eq!((of("sera"), of("sera_many")), (Some(9.0), None));
        assert!(of("uf1").is_some_and(|f| 0.0 < f && f < 1.0) && report.all.and_then(|m| m.utility).is_some());
    }
}
