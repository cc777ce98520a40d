//! How to train, apart from data and network: the part of a configuration that all data sets share.

use dir_core::fds::FdsConfig;
use dir_core::kernel::KernelConfig;
use dir_core::loss::LossConfig;
use dir_core::metric::Bootstrap;
use dir_core::relevance::RelevanceConfig;
use dir_core::shot::ShotRule;
use dir_core::weight::{Reweight, WeightConfig};
use dir_data::loader::ShortBatch;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::readout::ClassifyConfig;
use crate::select::Select;
use crate::target::Scale;

/// A training recipe.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `target` | plain | plain, min_max, log or raw: scale of the target inside the network | none |
/// | `prediction_margin` | absent | predictions are bounded to the range of the training targets and this share of its width beyond either end; absent: not | none |
/// | `weights` | none | re-weighting and LDS | `--reweight`, `--lds` |
/// | `fds` | absent | feature distribution smoothing | `--fds` |
/// | `loss` | l1 | loss | `--loss` |
/// | `classify` | absent | classification over the bins instead of regression; `target` and `loss` are then not used | none |
/// | `train` | | optimizer, schedule, stopping | |
/// | `retrain` | absent | second stage (RRT) | `--retrain_fc` |
/// | `shots` | paper | which bins are many, medium, few shot | none |
/// | `relevance` | box_plot | how much every target matters, for SERA and utility | none |
/// | `bootstrap` | absent | confidence intervals of the test metrics | none |
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Scale of the target inside the network.
    pub target: Scale,
    /// How far beyond the range of the training targets predictions may lie, as a share of its width; absent: anywhere.
    pub prediction_margin: Option<f64>,
    /// Re-weighting of the first stage.
    pub weights: WeightConfig,
    /// Feature distribution smoothing.
    pub fds: Option<FdsConfig>,
    /// Loss.
    pub loss: LossConfig,
    /// Classification instead of regression.
    pub classify: Option<ClassifyConfig>,
    /// Optimizer, schedule, stopping.
    pub train: TrainConfig,
    /// Second stage.
    pub retrain: Option<RetrainConfig>,
    /// Which bins are many, medium and few shot.
    pub shots: ShotRule,
    /// How much every target matters.
    pub relevance: RelevanceConfig,
    /// Confidence intervals.
    pub bootstrap: Option<Bootstrap>,
}

/// Optimizer, schedule and stopping.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `seed` | 0 | parameters, order, augmentation, dropout | none, `--random_seed` |
/// | `epochs` | 0: chosen | epochs at most | `--epoch` |
/// | `batch` | 0: chosen | rows per step | `--batch_size` |
/// | `optimizer` | adam | adam or sgd (momentum 0.9) | `--optimizer` |
/// | `lr` | 0: chosen | learning rate | `--lr` |
/// | `milestones` | none: chosen | epochs at which the rate is divided by 10 | `--schedule` |
/// | `weight_decay` | 0 | L2 penalty in the gradient | `--weight_decay` |
/// | `clip_norm` | absent | largest norm of the whole gradient | `--max_grad_norm` |
/// | `non_finite` | stop | stop or skip at a loss or gradient that is NaN or infinite; skip leaves out 20 steps in a row at most | none |
/// | `select` | mae | metric on the validation part that picks the best epoch | none |
/// | `short_batch` | keep | keep, merge or drop a short last batch of an epoch | none |
/// | `validate_every` | 1 | epochs between validations | `--val_interval`, in steps |
/// | `patience` | absent | stop after so many validations without a better one | `--patience` |
/// | `stopping` | usual | usual, or official: stop when the newest of the last `patience` + 1 is the worst | none |
/// | `checkpoint_steps` | 0 | steps between checkpoints inside an epoch; 0: at its end alone | none |
/// | `feature_statistics` | true | write the final model's feature statistics by bin: one forward pass over the training rows | none |
///
/// What is left to be chosen is chosen by the data set's program before training, from the number of rows; the run's
/// `config.toml` holds what it chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Seed of everything random.
    pub seed: u64,
    /// Epochs at most.
    pub epochs: usize,
    /// Rows per step; the last step of an epoch may have fewer.
    pub batch: usize,
    /// Optimizer.
    pub optimizer: OptimizerKind,
    /// Learning rate.
    pub lr: f64,
    /// Epochs at which the rate is divided by 10.
    pub milestones: Vec<usize>,
    /// L2 penalty in the gradient.
    pub weight_decay: f32,
    /// Largest norm of the whole gradient.
    pub clip_norm: Option<f64>,
    /// What happens at a loss that is NaN or infinite.
    pub non_finite: NonFinite,
    /// Metric that picks the best epoch.
    pub select: Select,
    /// What becomes of a short last batch.
    pub short_batch: ShortBatch,
    /// Epochs between validations; the last epoch validates in any case.
    pub validate_every: usize,
    /// Validations without a better one before the stage ends.
    pub patience: Option<usize>,
    /// What patience means.
    pub stopping: Stopping,
    /// Steps between checkpoints inside an epoch.
    pub checkpoint_steps: usize,
    /// Whether the final model's feature statistics are written, bin by bin, at the cost of one forward pass.
    pub feature_statistics: bool,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            epochs: 0,
            batch: 0,
            optimizer: OptimizerKind::default(),
            lr: 0.0,
            milestones: Vec::new(),
            weight_decay: 0.0,
            clip_norm: None,
            non_finite: NonFinite::default(),
            select: Select::default(),
            short_batch: ShortBatch::default(),
            validate_every: 1,
            patience: None,
            stopping: Stopping::default(),
            checkpoint_steps: 0,
            feature_statistics: true,
        }
    }
}

/// When patience is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopping {
    /// After so many validations in a row without a better one.
    #[default]
    Usual,
    /// As the official STS-B program does: when the newest of so many validations and one more is the worst of them.
    Official,
}

/// Optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerKind {
    /// Adam, betas 0.9 and 0.999, epsilon 1e-8.
    #[default]
    Adam,
    /// Gradient descent with momentum 0.9.
    Sgd,
}

/// What happens at a loss that is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonFinite {
    /// The run ends with the row numbers of the batch.
    #[default]
    Stop,
    /// The step is left out and a warning logged, up to 20 in a row.
    Skip,
}

/// The second stage of two-stage training (RRT): a new head on the frozen encoder of the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrainConfig {
    /// Re-weighting of the second stage: inverse (paper) or sqrt_inv.
    pub weights: WeightConfig,
    /// Epochs.
    pub epochs: usize,
    /// Learning rate; that of the first stage if absent.
    pub lr: Option<f64>,
    /// What becomes of the FDS statistics.
    pub fds: RetrainFds,
}

impl Default for RetrainConfig {
    fn default() -> Self {
        let weights = WeightConfig { reweight: Reweight::Inverse, ..WeightConfig::default() };
        Self { weights, epochs: 10, lr: None, fds: RetrainFds::default() }
    }
}

/// FDS statistics in the second stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetrainFds {
    /// Those of the first stage, unchanged (official, when its checkpoint holds them).
    #[default]
    Frozen,
    /// They start from nothing.
    Restarted,
}

impl Recipe {
    /// Refuses numbers that make no sense, before any work.
    ///
    /// # Errors
    /// [`TrainError::Recipe`] names the key; errors of the parts.
    pub fn check(&self) -> Result<(), TrainError> {
        let train = &self.train;
        let wrong = |name, value: String, expected| Err(TrainError::Recipe { name, value, expected });
        if !(train.lr > 0.0 && train.lr.is_finite()) {
            return wrong("train.lr", train.lr.to_string(), "a finite number above 0");
        }
        if let Some(norm) = train.clip_norm.filter(|n| !(*n > 0.0 && n.is_finite())) {
            return wrong("train.clip_norm", norm.to_string(), "a finite number above 0");
        }
        if !(train.weight_decay >= 0.0 && train.weight_decay.is_finite()) {
            return wrong("train.weight_decay", train.weight_decay.to_string(), "a finite number of at least 0");
        }
        if let Some(margin) = self.prediction_margin.filter(|margin| margin.is_nan() || *margin < 0.0) {
            return wrong("prediction_margin", margin.to_string(), "a number of at least 0; inf bounds nothing");
        }
        let retrain_epochs = self.retrain.as_ref().map_or(1, |r| r.epochs);
        for (name, value) in [
            ("train.epochs", train.epochs),
            ("train.batch", train.batch),
            ("train.patience", train.patience.unwrap_or(1)),
            ("train.validate_every", train.validate_every),
            ("retrain.epochs", retrain_epochs),
        ] {
            if value == 0 {
                return wrong(name, "0".into(), "at least 1");
            }
        }
        self.loss.init()?;
        self.classify.map_or(Ok(()), |classify| classify.loss.init(&[1]).map(drop))?;
        Ok(())
    }

    /// The LDS kernel in force, or the default one where a plot wants to show what LDS would see.
    #[must_use]
    pub fn lds_kernel(&self) -> KernelConfig {
        self.weights.lds.or(self.retrain.as_ref().and_then(|r| r.weights.lds)).unwrap_or_default()
    }

    /// The weights that decide what the model leans on: those of the last stage.
    #[must_use]
    pub fn last_weights(&self) -> &WeightConfig {
        self.retrain.as_ref().map_or(&self.weights, |r| &r.weights)
    }
}
