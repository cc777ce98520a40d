//! The files of a run, as far as a report needs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dir_core::fds::SmoothingDistance;
use dir_core::metric::Sera;
use dir_core::shot::ShotRule;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compare::fold_folder;
use crate::error::TrainError;
use crate::feature_statistics::{self, FeatureStatistics};
use crate::log;
use crate::natural::BinCounts;
use crate::readout::{ClassifyConfig, Prediction};

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
pub struct PredictionRow {
    /// Number of the row, as the user knows it.
    pub row: usize,
    /// Target.
    pub target: f64,
    /// Prediction.
    pub prediction: f64,
    /// Bin of the target.
    pub bin: usize,
    /// many, medium, few or zero.
    pub shot: String,
    /// How much its target matters; runs of older versions do not say.
    #[serde(default)]
    pub relevance: Option<f64>,
    /// What the row has in common with others, where the data tell.
    #[serde(default)]
    pub group: Option<String>,
}

/// The folders whose epochs make up a run: its own, or those of its folds.
pub(super) fn run_or_folds(run: &Path) -> Vec<PathBuf> {
    if run.join("log.jsonl").is_file() {
        return vec![run.to_path_buf()];
    }
    let fold = |number: usize| run.join(fold_folder(number));
    (0..).map(fold).take_while(|folder| folder.is_dir()).collect()
}

/// The bins of a run.
///
/// # Errors
/// A file that is missing or malformed.
pub fn bins(run: &Path) -> Result<Vec<BinRow>, TrainError> {
    csv(&run.join("bins.csv"))
}

/// Rows per bin of a run: of all data, and of its test rows.
///
/// # Errors
/// A file that is missing or malformed.
pub(crate) fn bin_counts(run: &Path) -> Result<BinCounts, TrainError> {
    let rows: Vec<CountRow> = csv(&run.join("bins.csv"))?;
    let count = |rows: f64| rows.round() as u64;
    let data = rows.iter().map(|row| count(row.train) + count(row.val) + count(row.test)).collect();
    Ok(BinCounts { data, test: rows.iter().map(|row| count(row.test)).collect() })
}

/// The counts of a line of `bins.csv`.
#[derive(Debug, Clone, Deserialize)]
struct CountRow {
    train: f64,
    val: f64,
    test: f64,
}

/// The predictions of a run, if it is finished.
///
/// # Errors
/// A file that is malformed.
pub fn predictions(run: &Path) -> Result<Option<Vec<PredictionRow>>, TrainError> {
    optional(run, "predictions.csv", csv)
}

/// An epoch of `log.jsonl`. A loss or metric that was not finite is `null` there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EpochRow {
    pub(super) stage: usize,
    pub(super) epoch: usize,
    pub(super) lr: Option<f64>,
    pub(super) train_loss: Option<f64>,
    /// Time that it took.
    #[serde(default)]
    pub(super) seconds: f64,
    /// How far FDS moves its statistics, where it does.
    #[serde(default)]
    pub(super) fds_distance: Option<SmoothingDistance>,
    #[serde(default)]
    val: BTreeMap<String, Value>,
}

impl EpochRow {
    /// A metric of the validation rows, NaN where there is none.
    pub(super) fn validation(&self, metric: &str) -> f64 {
        self.val.get(metric).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }

    pub(super) fn loss(&self) -> f64 {
        self.train_loss.unwrap_or(f64::NAN)
    }

    pub(super) fn place(&self) -> String {
        format!("stage {}, epoch {}", self.stage, self.epoch)
    }
}

/// Error of a bin and the test rows behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BinError {
    pub(super) mae: f64,
    /// Mean of prediction - target.
    pub(super) bias: f64,
    pub(super) rows: f64,
}

/// The run itself, or its first fold that has the same bins: each fold has bins of its own training rows, and their features can't stand
/// beside others.
fn with_its_bins(run: &Path) -> Result<Option<PathBuf>, TrainError> {
    let edges = |folder: &Path| -> Result<Option<Vec<(f64, f64)>>, TrainError> {
        let bins = optional(folder, "bins.csv", csv::<BinRow>)?;
        Ok(bins.map(|bins| bins.iter().map(|bin| (bin.low, bin.high)).collect()))
    };
    let wanted = edges(run)?;
    for folder in run_or_folds(run) {
        if folder == run || edges(&folder)? == wanted {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// Feature statistics of a run, or of its first fold with the same bins, where they were written.
pub(super) fn feature_statistics(run: &Path, bins: usize) -> Result<Option<FeatureStatistics>, TrainError> {
    let Some(first) = with_its_bins(run)? else { return Ok(None) };
    let found = optional(&first, feature_statistics::FILE, FeatureStatistics::read)?;
    match found.as_ref().map(|found| found.count.len()).filter(|found| *found != bins) {
        Some(others) => Err(TrainError::File {
            path: first.join(feature_statistics::FILE),
            found: format!("{others} bins"),
            expected: format!("the {bins} bins of bins.csv"),
        }),
        None => Ok(found),
    }
}

/// What makes bins many, medium and few shot, where the configuration tells.
pub(super) fn shot_rule(run: &Path) -> Result<Option<ShotRule>, TrainError> {
    Ok(settings(run)?.and_then(|mut settings| settings.remove("shots")?.try_into().ok()))
}

/// Whether a run says the most likely of its bins: then a prediction is right or wrong.
pub(super) fn says_a_class(run: &Path) -> Result<bool, TrainError> {
    let said = settings(run)?.and_then(|mut settings| settings.remove("classify")?.try_into::<ClassifyConfig>().ok());
    Ok(said.is_some_and(|classify| classify.prediction == Prediction::MostLikely))
}

/// The configuration of a run, or of its first fold.
fn settings(run: &Path) -> Result<Option<toml::Table>, TrainError> {
    let Some(first) = run_or_folds(run).into_iter().next() else { return Ok(None) };
    let config = optional(&first, "config.toml", |path| Ok(crate::files::read(path)?))?;
    Ok(config.and_then(|text| String::from_utf8_lossy(&text).parse().ok()))
}

/// What a reader returns, or `None` where its file isn't there (yet).
pub(super) fn optional<T>(
    folder: &Path,
    name: &str,
    read: impl FnOnce(&Path) -> Result<T, TrainError>,
) -> Result<Option<T>, TrainError> {
    let path = folder.join(name);
    if crate::files::exists(&path)? { read(&path).map(Some) } else { Ok(None) }
}

/// The lines of a CSV.
pub(super) fn csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, TrainError> {
    let text = crate::files::read(path)?;
    csv::Reader::from_reader(text.as_slice()).deserialize().map(|row| row.map_err(|e| malformed(path, &e))).collect()
}

fn malformed(path: &Path, error: &csv::Error) -> TrainError {
    let line = error.position().map_or(1, csv::Position::line);
    let found = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.field() {
            Some(field) => format!("{} in field {} of line {line}", err.kind(), field + 1),
            None => format!("{} on line {line}", err.kind()),
        },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} instead of {expected_len} fields on line {line}")
        }
        _ => format!("something else ({error}) on line {line}"),
    };
    let expected = "a file as this program writes it; repeat the run or restore the file".into();
    TrainError::File { path: path.to_path_buf(), found, expected }
}

/// The epochs of a run's log. A last line without its end is still being written, or was cut by a kill: it doesn't
/// count.
pub(super) fn epochs(path: &Path) -> Result<Vec<EpochRow>, TrainError> {
    let bytes = crate::files::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut epochs = Vec::new();
    for (k, line) in whole.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let broken = |error: serde_json::Error| TrainError::File {
            path: path.to_path_buf(),
            found: format!("something else on line {} ({error})", k + 1),
            expected: "one event as JSON; remove the line or restore the file".into(),
        };
        let event: Value = serde_json::from_str(line).map_err(broken)?;
        log::check_format(path, &event)?;
        if event["event"] == "epoch" {
            epochs.push(serde_json::from_value(event).map_err(broken)?);
        }
    }
    Ok(epochs)
}

/// A line of `errors.csv`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ErrorRow {
    bin: usize,
    mae: f64,
    bias: f64,
    rows: f64,
}

/// Errors of every bin of a run; `None` where a bin has no test rows. From `errors.csv` where there is one, for then the
/// predictions are a sample.
pub(super) fn error_by_bin(
    run: &Path,
    bins: usize,
    predictions: &[PredictionRow],
) -> Result<Vec<Option<BinError>>, TrainError> {
    let Some(rows) = optional(run, "errors.csv", csv::<ErrorRow>)? else {
        return error_of_rows(&run.join("predictions.csv"), bins, predictions);
    };
    let mut errors = vec![None; bins];
    for (k, ErrorRow { bin, mae, bias, rows }) in rows.into_iter().enumerate() {
        let place = errors.get_mut(bin).ok_or_else(|| no_such_bin(&run.join("errors.csv"), bin, k, bins))?;
        *place = Some(BinError { mae, bias, rows });
    }
    Ok(errors)
}

/// Share of the test rows of every bin that were taken for another bin, in the place of their mean error.
pub(super) fn wrong_by_bin(bins: &[BinRow], predictions: &[PredictionRow]) -> Vec<Option<BinError>> {
    let mut counts = vec![(0.0, 0.0); bins.len()];
    for row in predictions {
        let (Some(bin), Some((rows, wrong))) = (bins.get(row.bin), counts.get_mut(row.bin)) else { continue };
        *rows += 1.0;
        *wrong += f64::from(!(bin.low..bin.high).contains(&row.prediction));
    }
    let share = |(rows, wrong): (f64, f64)| (rows > 0.0).then(|| BinError { mae: wrong / rows, bias: 0.0, rows });
    counts.into_iter().map(share).collect()
}

/// `(t, SER_t)` at a hundred steps; `None` where relevances are not told, or predictions are a sample.
pub(super) fn squared_error_by_relevance(
    run: &Path,
    predictions: &[PredictionRow],
) -> Result<Option<Vec<(f64, f64)>>, TrainError> {
    let mut sera = Sera::default();
    if predictions.is_empty() || run.join("errors.csv").exists() {
        return Ok(None);
    }
    for row in predictions {
        let Some(relevance) = row.relevance else { return Ok(None) };
        sera.push(row.target, row.prediction, relevance)?;
    }
    Ok(Some(sera.curve().into_iter().step_by(10).collect()))
}

fn no_such_bin(path: &Path, bin: usize, k: usize, bins: usize) -> TrainError {
    TrainError::File {
        path: path.to_path_buf(),
        found: format!("bin {bin} on line {}", k + 2), // a head, and lines count from 1
        expected: format!("one of the {bins} bins of bins.csv"),
    }
}

fn error_of_rows(path: &Path, bins: usize, predictions: &[PredictionRow]) -> Result<Vec<Option<BinError>>, TrainError> {
    let mut sums = vec![BinError { mae: 0.0, bias: 0.0, rows: 0.0 }; bins];
    for (k, row) in predictions.iter().enumerate() {
        let sum = sums.get_mut(row.bin).ok_or_else(|| no_such_bin(path, row.bin, k, bins))?;
        sum.mae += (row.prediction - row.target).abs();
        sum.bias += row.prediction - row.target;
        sum.rows += 1.0;
    }
    let mean = |sum: BinError| BinError { mae: sum.mae / sum.rows, bias: sum.bias / sum.rows, ..sum };
    Ok(sums.into_iter().map(|sum| (sum.rows > 0.0).then(|| mean(sum))).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, TrainError>) -> String {
        result.expect_err("is malformed").to_string()
    }

    #[test]
    fn malformed_files_are_named_with_their_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("bins.csv");
        let read = |text: &str| {
            fs::write(&path, text).expect("writes");
            message(csv::<BinRow>(&path))
        };
        let head = "bin,low,high,train,effective_density,shot\n";
        let bad = read(&format!("{head}0,0,1,5,4.5,few\n1,1,2,many,4.5,few\n"));
        assert!(bad.contains("bins.csv: found invalid float literal in field 4 of line 3"), "{bad}");
        let bad = read(&format!("{head}0,0,1,5,4.5\n"));
        assert!(bad.contains("found 5 instead of 6 fields on line 2"), "{bad}");
        let bad = read("bin,low\n0,0\n");
        assert!(bad.contains("missing field `high` on line 2"), "{bad}");
    }

    #[test]
    fn a_row_in_another_bin_is_wrong() {
        let bin = |low: f64| BinRow { low, high: low + 1.0, train: 1.0, effective_density: 1.0, shot: "few".into() };
        let row = |bin: usize, prediction: f64| PredictionRow {
            row: 0,
            target: 0.5,
            prediction,
            bin,
            shot: "few".into(),
            relevance: None,
            group: None,
        };
        let rows = [row(0, 0.9), row(0, 1.0), row(0, -3.0), row(0, 0.0), row(2, 2.5)];
        let found = wrong_by_bin(&[bin(0.0), bin(1.0), bin(2.0)], &rows);
        let shares: Vec<Option<f64>> = found.iter().map(|error| error.map(|e| e.mae)).collect();
        assert_eq!(shares, [Some(0.5), None, Some(0.0)]);
    }

    #[test]
    fn a_log_may_end_in_the_middle_of_a_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("log.jsonl");
        let epoch = r#"{"event":"epoch","stage":1,"epoch":0,"lr":0.1,"train_loss":null,"val":{"mae":2.5}}"#;
        fs::write(&path, format!("{{\"event\":\"start\",\"format\":1}}\n{epoch}\n{{\"event\":\"ep")).expect("writes");
        let epochs = super::epochs(&path).expect("reads");
        assert_eq!((epochs.len(), epochs[0].validation("mae")), (1, 2.5));
        assert!(epochs[0].loss().is_nan() && epochs[0].validation("bmae").is_nan());
        fs::write(&path, format!("{epoch}\n{{\"event\":\"ep\n{epoch}\n")).expect("writes");
        let bad = message(super::epochs(&path));
        assert!(bad.contains("log.jsonl") && bad.contains("on line 2"), "{bad}");
        fs::write(&path, "{\"event\":\"start\",\"updates\":0}\n").expect("writes");
        assert!(message(super::epochs(&path)).contains("written in format 0, this program reads format 1"));
    }
}
