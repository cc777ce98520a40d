//! The files of a run, as far as a report needs them.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::TrainError;

/// A line of `bins.csv`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BinRow {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Training rows.
    pub train: f64,
    /// Training rows smoothed over neighbouring bins.
    pub effective_density: f64,
    /// many, medium, few or zero.
    pub shot: String,
}

/// A line of `predictions.csv`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PredictionRow {
    pub(super) row: usize,
    pub(super) target: f64,
    pub(super) prediction: f64,
    pub(super) bin: usize,
    pub(super) shot: String,
}

/// An epoch of `log.jsonl`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EpochRow {
    pub(super) stage: usize,
    pub(super) epoch: usize,
    pub(super) train_loss: f64,
    pub(super) val: Option<Validation>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Validation {
    pub(super) mae: f64,
}

/// The lines of a CSV.
pub(super) fn csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, TrainError> {
    let text = crate::files::read(path)?;
    csv::Reader::from_reader(text.as_slice())
        .deserialize()
        .map(|row| {
            row.map_err(|error| TrainError::File {
                path: path.to_path_buf(),
                found: error.to_string(),
                expected: "a file that this program wrote".into(),
            })
        })
        .collect()
}

/// The epochs of a run's log.
pub(super) fn epochs(path: &Path) -> Result<Vec<EpochRow>, TrainError> {
    let lines = crate::log::read(path)?;
    Ok(lines.into_iter().filter(|l| l["event"] == "epoch").filter_map(|l| serde_json::from_value(l).ok()).collect())
}

/// MAE of the test rows of every bin; `None` where a bin has none.
pub(super) fn error_by_bin(bins: usize, predictions: &[PredictionRow]) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0.0); bins];
    for row in predictions.iter().filter(|row| row.bin < bins) {
        sums[row.bin].0 += (row.prediction - row.target).abs();
        sums[row.bin].1 += 1.0;
    }
    sums.into_iter().map(|(sum, n)| (n > 0.0).then(|| sum / n)).collect()
}
