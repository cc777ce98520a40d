//! Baselines: predictors without a network that every network should beat, evaluated on the same test rows.

mod fit;

use std::fmt;
use std::path::Path;

use dir_core::metric::{Report, Unseen};
use dir_core::shot::Region;
use serde::{Deserialize, Serialize};

use crate::compare::Run;
use crate::error::TrainError;
use crate::evaluate::Regions;
use crate::files;
use crate::natural::{BinCounts, Natural};
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;
use crate::scores::{Scores, Scoring};
use crate::source::Targets;
use crate::versioned;

pub use fit::{BaselinePredictions, PlainRows, fit, median_of_pixels};

/// Name of the file in the folder of a run or comparison.
pub const FILE: &str = "baselines.json";

/// Which predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineKind {
    /// The median of the training targets for every row: the constant that errs least in mean absolute error.
    Median,
    /// Ridge regression of the targets.
    Ridge,
    /// Ridge regression of their logarithms, transformed back by `exp`.
    LogRidge,
}

impl BaselineKind {
    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::Ridge => "ridge",
            Self::LogRidge => "log_ridge",
        }
    }

    /// Name in tables.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Median => "Median (baseline)",
            Self::Ridge => "Ridge (baseline)",
            Self::LogRidge => "Log-ridge (baseline)",
        }
    }

    /// What it is, for a legend.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Median => "the median of the training targets for every row",
            Self::Ridge => "a linear model of the same inputs",
            Self::LogRidge => {
                "a linear model of the logarithm of the target, transformed back by exp: it predicts a median, as MAE asks for"
            }
        }
    }
}

impl fmt::Display for BaselineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Median => "the median",
            Self::Ridge => "ridge",
            Self::LogRidge => "log-ridge",
        })
    }
}

/// What came out for a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Which.
    pub kind: BaselineKind,
    /// Metrics of the test rows by region.
    pub regions: Report,
    /// Errors on targets with and without training rows, if there are any without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// The same under the natural distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural: Option<Natural>,
}

/// `baselines.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// Digest of the data and of the settings that they depend on, where a comparison has made them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_for: Option<String>,
    /// Each baseline.
    pub baselines: Vec<Baseline>,
}

impl Baselines {
    /// Evaluates predictions of the test rows; `counts` are those of the run.
    ///
    /// # Errors
    /// Predictions that are not finite.
    pub fn of(
        predictions: &[BaselinePredictions],
        targets: &[f64],
        (regions, counts, recipe): (&Regions, &BinCounts, &Recipe),
    ) -> Result<Self, TrainError> {
        let rows: Vec<usize> = (0..targets.len()).collect();
        let evaluate = |BaselinePredictions { kind, predictions }: &BaselinePredictions| {
            let mut scoring = Scoring::new(regions, recipe, Targets::OfRows(targets));
            scoring.push(&rows, targets, predictions)?;
            Baseline::of(*kind, &scoring.finish()?, (regions, counts, recipe))
        };
        let baselines = predictions.iter().map(evaluate).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { made_for: None, baselines })
    }

    /// Those of a run or comparison, if it has some.
    ///
    /// # Errors
    /// A malformed file, or one of another version.
    pub fn read(folder: &Path) -> Result<Option<Self>, TrainError> {
        let path = folder.join(FILE);
        if !files::exists(&path)? {
            return Ok(None);
        }
        versioned::read(&path, "the baselines of a run or comparison").map(Some)
    }

    /// Writes `baselines.json`.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), TrainError> {
        let path = folder.join(FILE);
        Ok(files::write_atomic(&path, versioned::to_json(&path, self)?.as_bytes())?)
    }

    /// The baseline of the least mean absolute error in a region.
    #[must_use]
    pub fn best(&self, region: Region) -> Option<(BaselineKind, f64)> {
        least(self.baselines.iter().filter_map(|b| Some((b.kind, b.regions.get(region)?.mae))))
    }

    /// The same under the natural distribution, where it differs.
    #[must_use]
    pub fn best_natural(&self, region: Region) -> Option<(BaselineKind, f64)> {
        let mae = |b: &Baseline| Some((b.kind, b.natural?.regions?.get(region)?.mae));
        least(self.baselines.iter().filter_map(mae))
    }
}

fn least(errors: impl Iterator<Item = (BaselineKind, f64)>) -> Option<(BaselineKind, f64)> {
    errors.min_by(|a, b| a.1.total_cmp(&b.1))
}

impl Baseline {
    /// From what was scored.
    ///
    /// # Errors
    /// Errors that are not finite.
    pub fn of(
        kind: BaselineKind,
        scores: &Scores,
        (regions, counts, recipe): (&Regions, &BinCounts, &Recipe),
    ) -> Result<Self, TrainError> {
        let natural = Natural::of(scores, regions, counts, recipe.bootstrap)?;
        Ok(Self { kind, regions: scores.report, unseen: scores.unseen, natural })
    }

    /// As a run, for tables.
    #[must_use]
    pub fn as_run(&self) -> Run {
        Run { regions: Some(self.regions), unseen: self.unseen, natural: self.natural, ..Run::default() }
    }
}

/// The baselines of a run that has its own folder: those that a comparison has put there, or those made now.
///
/// # Errors
/// A malformed file; what `make` returns.
pub fn read_or_make<E: From<TrainError>>(
    folder: &RunFolder,
    make: impl FnOnce() -> Result<Baselines, E>,
) -> Result<Baselines, E> {
    if let Some(found) = Baselines::read(folder.path())? {
        return Ok(found);
    }
    let made = make()?;
    made.write(folder.path())?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use dir_core::bins::Bins;
    use dir_core::tally::Tally;

    use super::*;

    /// Bins 0 to 2 with 4, 1 and 1 training rows, test targets 0.5 and 2.5; a baseline is off by 0 and 2, another by 1 and 1.
    fn baselines() -> Baselines {
        let recipe = Recipe::default();
        let train = Tally::of(&[0.5, 0.5, 0.5, 0.5, 1.5, 2.5]);
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 3).expect("valid"), &recipe, &train).expect("within");
        let test = [0.5, 2.5];
        let counts = BinCounts::new(&regions, &Tally::of(&[]), &Tally::of(&test)).expect("within");
        let of = |kind, predictions: [f64; 2]| BaselinePredictions { kind, predictions: predictions.to_vec() };
        let predictions = [of(BaselineKind::Median, [0.5, 0.5]), of(BaselineKind::Ridge, [1.5, 1.75])];
        Baselines::of(&predictions, &test, (&regions, &counts, &recipe)).expect("finite")
    }

    #[test]
    fn the_best_baseline_is_that_of_the_least_error() {
        let baselines = baselines();
        // Means of 0 and 2, and of 1 and 0.75.
        let maes: Vec<f64> = baselines.baselines.iter().filter_map(|b| Some(b.regions.all?.mae)).collect();
        assert_eq!(maes, [1.0, 0.875]);
        assert_eq!(baselines.best(Region::All), Some((BaselineKind::Ridge, 0.875)));
        assert_eq!((baselines.best(Region::Many), baselines.best_natural(Region::All)), (None, None));
    }

    #[test]
    fn a_folder_keeps_them_and_they_are_made_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Baselines::read(folder.path()).expect("nothing there"), None);
        let run = RunFolder::open(folder.path()).expect("opens");
        let made = read_or_make(&run, || Ok::<_, TrainError>(baselines())).expect("makes");
        assert_eq!(made, baselines());
        let none = || -> Result<Baselines, TrainError> { panic!("made again") };
        assert_eq!(read_or_make(&run, none).expect("reads"), made);
        std::fs::write(folder.path().join(FILE), "{\"format\": 1}").expect("writes");
        assert!(Baselines::read(folder.path()).is_err());
    }
}
