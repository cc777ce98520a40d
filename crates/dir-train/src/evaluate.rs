//! What a run leaves behind about its test rows: `metrics.json`, `predictions.csv` and `bins.csv`.

use std::io::ErrorKind;
use std::path::Path;

use dir_core::bins::Bins;
use dir_core::lds::effective_density;
use dir_core::metric::{BinError, Report, Unseen};
use dir_core::relevance::Relevance;
use dir_core::shot::Shot;
use dir_core::smooth::Padding;
use dir_core::tally::Tally;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::files::csv_field;
use crate::natural::Natural;
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;
use crate::scores::{Scored, Scores};
use crate::versioned;

/// What all evaluations of a run share, all of it known from the training targets.
#[derive(Debug, Clone)]
pub struct Regions {
    /// Bins of the target.
    pub bins: Bins,
    /// Training rows per bin, as the data have them.
    pub counts: Vec<u64>,
    /// Training rows per bin after re-sampling: what is weighted.
    pub trained: Vec<u64>,
    /// Shot of every bin.
    pub shots: Vec<Shot>,
    /// How much every target matters.
    pub relevance: Relevance,
    /// Lowest and highest training target.
    pub span: (f64, f64),
}

impl Regions {
    /// Bins with the shots and the relevance that the training targets give them.
    ///
    /// # Errors
    /// A target without a bin; a shot rule or a relevance that does not fit.
    pub fn new(bins: Bins, recipe: &Recipe, train: &Tally) -> Result<Self, TrainError> {
        let counts = train.counts(&bins)?;
        let shots = recipe.shots.shots(&counts)?;
        let relevance = recipe.relevance.fit(train, &bins)?;
        let span = train.range().unwrap_or_default();
        Ok(Self { bins, trained: counts.clone(), counts, shots, relevance, span })
    }

    /// Bins and their training rows by which targets are seen or unseen: the same, between one bin of what lies below and one of what
    /// lies above. There count targets further outside than the bin at that end is wide, if no training target is as far out.
    pub(crate) fn seen(&self, targets: &[f64], bins: &[usize]) -> (Vec<usize>, Vec<u64>) {
        let last = self.bins.len() - 1;
        let (first, end) = (self.bins.range(0), self.bins.range(last));
        let (low, high) = (first.0 - (first.1 - first.0), end.1 + (end.1 - end.0));
        let of = |(&y, &bin): (&f64, &usize)| match y {
            y if y < low && y < self.span.0 => 0,
            y if y >= high && y > self.span.1 => last + 2,
            _ => bin + 1,
        };
        (targets.iter().zip(bins).map(of).collect(), [&[0], &self.counts[..], &[0]].concat())
    }

    /// Those of a cross-validation, whose test rows are all rows: `counts` are the training rows per bin of a fold, a mean over the folds.
    ///
    /// # Errors
    /// A shot rule or a relevance that does not fit.
    pub fn of_folds(bins: Bins, counts: Vec<u64>, recipe: &Recipe, tested: &Tally) -> Result<Self, TrainError> {
        let shots = recipe.shots.shots(&counts)?;
        let relevance = recipe.relevance.fit(tested, &bins)?;
        let span = tested.range().unwrap_or_default();
        Ok(Self { bins, trained: counts.clone(), counts, shots, relevance, span })
    }

    /// The same where training has other rows than the data.
    ///
    /// # Errors
    /// A target without a bin.
    pub fn trained_on(self, train: &Tally) -> Result<Self, TrainError> {
        Ok(Self { trained: train.counts(&self.bins)?, ..self })
    }
}

/// Name of the file whose presence says that a run is finished.
pub(crate) const METRICS: &str = "metrics.json";

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
    /// Errors under the natural distribution; runs of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural: Option<Natural>,
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
/// `density`: rows that are trained on, made ones too; `effective_density`: the same smoothed by the kernel of LDS, whether or not the
/// weights use it; `weight_density`: the density that `weight` is made of, after square root, clip and smoothing as the recipe has them.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_bins(
    folder: &RunFolder,
    regions: &Regions,
    recipe: &Recipe,
    [val, test]: [&Tally; 2],
) -> Result<(), TrainError> {
    let (val, test) = (val.counts(&regions.bins)?, test.counts(&regions.bins)?);
    let density: Vec<f64> = regions.trained.iter().map(|&n| n as f64).collect();
    let kernel = recipe.lds_kernel().init()?.with_sum_one();
    let effective = effective_density(&density, &kernel, Padding::Zero).map_err(dir_core::Error::from)?;
    let weights = recipe.last_weights().bin_weights(&regions.bins, &regions.trained)?;
    let mut text = String::from("bin,low,high,train,val,test,density,effective_density,weight_density,weight,shot\n");
    for bin in 0..regions.bins.len() {
        let (low, high) = regions.bins.range(bin);
        let [train, trained, val, test] = [regions.counts[bin], regions.trained[bin], val[bin], test[bin]];
        let shot = regions.shots[bin].name();
        let densities = format!("{trained},{},{}", effective[bin], weights.effective[bin]);
        text += &format!("{bin},{low},{high},{train},{val},{test},{densities},{},{shot}\n", weights.weight[bin]);
    }
    folder.write("bins.csv", text.as_bytes())
}

/// Writes `predictions.csv`: row, target, prediction, bin, shot, relevance, and the group where rows have one. Floats are written so that
/// they read back exactly. Where rows have a target per pixel the file is an even sample of them, and `errors.csv` holds the mean
/// errors of all, bin by bin.
///
/// # Errors
/// [`TrainError::Io`]; a target without a bin.
pub fn write_predictions(
    folder: &RunFolder,
    regions: &Regions,
    scores: &Scores,
    groups: Option<&[String]>,
) -> Result<(), TrainError> {
    let mut text = String::from("row,target,prediction,bin,shot,relevance");
    text += if groups.is_some() { ",group\n" } else { "\n" };
    for (position, Scored { row, target, prediction }) in scores.rows.iter().enumerate() {
        let bin = regions.bins.bin_of(*target)?;
        let (shot, relevance) = (regions.shots[bin].name(), regions.relevance.of(*target));
        text += &format!("{row},{target},{prediction},{bin},{shot},{relevance}");
        let group = groups.and_then(|groups| groups.get(position));
        group.iter().for_each(|group| text += &format!(",{}", csv_field(group)));
        text.push('\n');
    }
    folder.write("predictions.csv", text.as_bytes())?;
    scores.by_bin.as_ref().map_or(Ok(()), |errors| write_errors(folder, errors))
}

fn write_errors(folder: &RunFolder, errors: &[Option<BinError>]) -> Result<(), TrainError> {
    let mut text = String::from("bin,rows,mae,bias\n");
    let filled = errors.iter().enumerate().filter_map(|(bin, error)| error.map(|error| (bin, error)));
    for (bin, BinError { rows, mae, bias, .. }) in filled {
        text += &format!("{bin},{rows},{mae},{bias}\n");
    }
    folder.write("errors.csv", text.as_bytes())
}

/// Writes `metrics.json`, the last file of a run.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::File`] for metrics that are not finite, which JSON can't hold.
pub fn write_metrics(folder: &RunFolder, metrics: &Metrics) -> Result<(), TrainError> {
    let path = folder.file(METRICS);
    let text = versioned::to_json(&path, metrics)?;
    // An infinite metric is written as `null`, and would be found missing by everyone who reads it.
    if serde_json::from_str::<Metrics>(&text).ok().as_ref() != Some(metrics) {
        return Err(TrainError::File {
            path,
            found: "metrics that are not finite".into(),
            expected: "predictions whose errors can be squared; lower train.lr, or scale the target".into(),
        });
    }
    folder.write(METRICS, text.as_bytes())
}

/// Reads `metrics.json` of a run.
///
/// # Errors
/// A missing or malformed file, or one of another version.
pub fn read_metrics(run: &Path) -> Result<Metrics, TrainError> {
    versioned::read(&run.join(METRICS), "the metrics of a finished run; repeat its `train`, which evaluates it again")
}

/// The metrics of a run that has ended well: they are written last. One whose metrics are damaged is evaluated again.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::Format`] for metrics of another version.
pub fn read_finished(run: &Path) -> Result<Option<Metrics>, TrainError> {
    match read_metrics(run) {
        Ok(metrics) => Ok(Some(metrics)),
        Err(TrainError::File { .. }) => Ok(None),
        Err(TrainError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dir_core::weight::{Reweight, WeightConfig};

    use super::*;

    /// By hand: 4, 0 and 1 rows; their square roots 2, 0, 1 smoothed by a triangle 1/2 1 1/2 are 2, 1.5, 1, and the rows themselves by the
    /// same of sum one 2, 1.25, 0.5. Weights ∝ 1/2, 2/3, 1 with mean 1 over five rows.
    #[test]
    fn bins_csv_has_the_density_that_the_weights_are_made_of() {
        let lds = Some(dir_core::kernel::KernelConfig {
            shape: dir_core::kernel::Shape::Triang,
            size: 3,
            ..Default::default()
        });
        let weights = WeightConfig { reweight: Reweight::SqrtInv, lds, ..WeightConfig::default() };
        let recipe = Recipe { weights, ..Recipe::default() };
        let train = Tally::of(&[0.5, 0.5, 0.5, 0.5, 2.5]);
        let bins = Bins::uniform(0.0, 1.0, 3).expect("valid");
        let regions = Regions::new(bins, &recipe, &train).expect("within");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = RunFolder::open(folder.path()).expect("opens");
        write_bins(&run, &regions, &recipe, [&train, &train]).expect("writes");
        let text = fs::read_to_string(folder.path().join("bins.csv")).expect("reads");
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = lines.next().expect("a head");
        let rows: Vec<Vec<&str>> = lines.collect();
        let of = |name: &str| -> Vec<f64> {
            let column = head.iter().position(|h| *h == name).expect("a column");
            rows.iter().map(|row| row[column].parse().expect("a number")).collect()
        };
        assert_eq!((of("density"), of("weight_density")), (vec![4.0, 0.0, 1.0], vec![2.0, 1.5, 1.0]));
        assert_eq!(of("effective_density"), [2.0, 1.25, 0.5]);
        let scale = 5.0 / 3.0;
        for (found, expected) in of("weight").iter().zip([scale / 2.0, scale / 1.5, scale]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }
}
