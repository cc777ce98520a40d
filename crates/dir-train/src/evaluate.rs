//! What a run leaves behind about its test rows: `metrics.json`, `predictions.csv` and `bins.csv`.

use dir_core::bins::Bins;
use dir_core::lds::effective_density;
use dir_core::metric::{EvaluateOptions, Report, Unseen, ZeroErrors, evaluate, unseen};
use dir_core::shot::Shot;
use dir_core::smooth::Padding;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;

/// What all evaluations of a run share: bins, their training rows and their shots.
#[derive(Debug, Clone)]
pub struct Regions {
    /// Bins of the target.
    pub bins: Bins,
    /// Training rows per bin.
    pub counts: Vec<u64>,
    /// Shot of every bin.
    pub shots: Vec<Shot>,
}

impl Regions {
    /// Bins with the shots that the training targets give them.
    ///
    /// # Errors
    /// A target without a bin; a shot rule that does not fit.
    pub fn new(bins: Bins, recipe: &Recipe, train_targets: &[f64]) -> Result<Self, TrainError> {
        let counts = bins.counts(train_targets)?;
        let shots = recipe.shots.shots(&counts)?;
        Ok(Self { bins, counts, shots })
    }

    /// All metrics by region. A perfect prediction counts as an error of 1e-10 in the geometric mean.
    ///
    /// # Errors
    /// A prediction that is not finite.
    pub fn report(&self, targets: &[f64], predictions: &[f64], recipe: &Recipe) -> Result<Report, TrainError> {
        let options = EvaluateOptions { zero_errors: ZeroErrors::Tiny, bootstrap: recipe.bootstrap };
        Ok(evaluate(targets, predictions, &self.bins.assign(targets)?, &self.shots, &options)?)
    }
}

impl Regions {
    /// Errors on targets with and without training rows; `None` if every row's bin has some.
    ///
    /// # Errors
    /// A prediction that is not finite.
    pub fn unseen(&self, targets: &[f64], predictions: &[f64]) -> Result<Option<Unseen>, TrainError> {
        Ok(unseen(targets, predictions, &self.bins.assign(targets)?, &self.counts)?)
    }
}

/// `metrics.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Data set.
    pub dataset: String,
    /// Method, as in a table's row.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// Name of the target.
    pub target: String,
    /// Which part was evaluated.
    pub split: String,
    /// The epoch that was kept.
    pub best: Best,
    /// Metrics by region; `null` where a region has no rows.
    pub regions: Report,
    /// Errors on targets with and without training rows, if there are any without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
}

/// The epoch whose model was kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestEpoch {
    /// Stage, from 1.
    pub stage: usize,
    /// Epoch, from 0.
    pub epoch: usize,
    /// Validation metric.
    pub value: f64,
}

/// The epoch whose model was kept, and by which metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Name of the validation metric.
    pub metric: String,
    /// Where and how good.
    #[serde(flatten)]
    pub at: BestEpoch,
}

/// Writes `bins.csv`: what every bin holds and weighs. The weights are for any other learner to use.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_bins(
    folder: &RunFolder,
    regions: &Regions,
    recipe: &Recipe,
    parts: [&[f64]; 3],
) -> Result<(), TrainError> {
    let [_, val, test] = parts;
    let (val, test) = (regions.bins.counts(val)?, regions.bins.counts(test)?);
    let density: Vec<f64> = regions.counts.iter().map(|&n| n as f64).collect();
    let kernel = recipe.lds_kernel().init()?.with_sum_one();
    let effective = effective_density(&density, &kernel, Padding::Zero).map_err(dir_core::Error::from)?;
    let weight = recipe.last_weights().bin_weights(&regions.counts)?.weight;
    let mut text = String::from("bin,low,high,train,val,test,density,effective_density,weight,shot\n");
    for bin in 0..regions.bins.len() {
        let (low, high) = regions.bins.range(bin);
        let [train, val, test] = [regions.counts[bin], val[bin], test[bin]];
        let shot = regions.shots[bin].name();
        text += &format!("{bin},{low},{high},{train},{val},{test},{train},{},{},{shot}\n", effective[bin], weight[bin]);
    }
    folder.write("bins.csv", text.as_bytes())
}

/// Writes `predictions.csv`: row, target, prediction, bin, shot. Floats are written so that they read back exactly.
///
/// # Errors
/// [`TrainError::Io`]; a target without a bin.
pub fn write_predictions(
    folder: &RunFolder,
    regions: &Regions,
    rows: &[usize],
    targets: &[f64],
    predictions: &[f64],
) -> Result<(), TrainError> {
    let bins = regions.bins.assign(targets)?;
    let mut text = String::from("row,target,prediction,bin,shot\n");
    for (((row, target), prediction), bin) in rows.iter().zip(targets).zip(predictions).zip(bins) {
        text += &format!("{row},{target},{prediction},{bin},{}\n", regions.shots[bin].name());
    }
    folder.write("predictions.csv", text.as_bytes())
}

/// Writes `metrics.json`, the last file of a run.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_metrics(folder: &RunFolder, metrics: &Metrics) -> Result<(), TrainError> {
    let text = serde_json::to_string_pretty(metrics).unwrap_or_default();
    folder.write("metrics.json", format!("{text}\n").as_bytes())
}

/// Reads `metrics.json` of a run.
///
/// # Errors
/// A missing or malformed file.
pub fn read_metrics(run: &std::path::Path) -> Result<Metrics, TrainError> {
    let path = run.join("metrics.json");
    let bytes = crate::files::read(&path)?;
    serde_json::from_slice(&bytes).map_err(|error| TrainError::File {
        path,
        found: format!("something else ({error})"),
        expected: "the metrics of a finished run".into(),
    })
}
