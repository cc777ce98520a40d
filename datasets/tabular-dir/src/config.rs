//! Settings: a TOML file, flags that win over it, defaults for the rest.

use std::path::{Path, PathBuf};

use dir_core::fds::FdsConfig;
use dir_core::kernel::{KernelConfig, Shape};
use dir_core::loss::{LossConfig, LossKind};
use dir_core::metric::Bootstrap;
use dir_core::shot::ShotRule;
use dir_core::weight::{Reweight, WeightConfig};
use dir_data::tabular::{ColumnKind, Header, Missing, ReadOptions};
use dir_nn::MlpConfig;
use dir_train::Recipe;
use dir_train::recipe::{RetrainConfig, TrainConfig};
use dir_train::target::Scale;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::args::{Common, KernelArg, LossArg, MissingArg, RecipeArgs, ReweightArg, Size};
use crate::bins::BinsConfig;
use crate::method;

/// A user's mistake in settings.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{}: found '{source}', expected a TOML file; check the path", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: found {found}, expected the keys that docs/configuration.md lists", path.display())]
    Toml { path: PathBuf, line: usize, found: String },
    #[error("found method {found:?}, expected {expected}")]
    Method { found: String, expected: &'static str },
    #[error("found {found}, expected {expected}")]
    Flags { found: &'static str, expected: &'static str },
}

/// All settings of a run, as `config.toml` has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Name of the method in tables.
    pub(crate) method: String,
    pub(crate) target: Scale,
    pub(crate) data: DataConfig,
    pub(crate) bins: BinsConfig,
    pub(crate) model: MlpConfig,
    pub(crate) weights: WeightConfig,
    pub(crate) fds: Option<FdsConfig>,
    pub(crate) loss: LossConfig,
    pub(crate) train: TrainConfig,
    pub(crate) retrain: Option<RetrainConfig>,
    pub(crate) shots: ShotRule,
    pub(crate) bootstrap: Option<Bootstrap>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    /// The CSV; absent: the embedded diamonds.
    pub(crate) csv: Option<PathBuf>,
    pub(crate) target: Option<String>,
    pub(crate) header: Header,
    pub(crate) delimiter: Option<char>,
    pub(crate) missing: Missing,
    /// CSV `row,split`; absent: balanced.
    pub(crate) split: Option<PathBuf>,
    /// Balanced split: rows of a bin that validate, and that test, at most.
    pub(crate) split_cap: usize,
    /// Balanced split: its seed, not that of the run, so that all seeds see one test set.
    pub(crate) split_seed: u64,
    pub(crate) types: std::collections::BTreeMap<String, ColumnKind>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            csv: None,
            target: None,
            header: Header::default(),
            delimiter: None,
            missing: Missing::default(),
            split: None,
            split_cap: 30,
            split_seed: 0,
            types: std::collections::BTreeMap::new(),
        }
    }
}

impl DataConfig {
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            target: self.target.clone(),
            header: self.header,
            delimiter: self.delimiter,
            missing: self.missing,
            types: self.types.clone(),
        }
    }

    /// Name for folders and tables.
    pub(crate) fn name(&self) -> String {
        let stem = self.csv.as_ref().and_then(|path| path.file_stem());
        stem.map_or_else(|| "diamonds".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            method: "vanilla".into(),
            target: Scale::default(),
            data: DataConfig::default(),
            bins: BinsConfig::default(),
            model: MlpConfig::default(),
            weights: WeightConfig::default(),
            fds: None,
            loss: LossConfig::default(),
            train: TrainConfig::default(),
            retrain: None,
            shots: ShotRule::default(),
            bootstrap: None,
        }
    }
}

impl Config {
    /// The file, if there is one, under the flags.
    pub(crate) fn load(common: &Common) -> Result<Self, ConfigError> {
        let mut config = match &common.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        config.take_common(common);
        Ok(config)
    }

    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.into(), source })?;
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text[..start].matches('\n').count() + 1;
            let found = error.message().lines().collect::<Vec<_>>().join(" ");
            ConfigError::Toml { path: path.into(), line, found }
        })
    }

    pub(crate) fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    fn take_common(&mut self, common: &Common) {
        let Common { csv, target, split, missing, bins, bin_width, size, config: _ } = common;
        set_some(&mut self.data.csv, csv);
        set_some(&mut self.data.target, target);
        set_some(&mut self.data.split, split);
        if let Some(missing) = missing {
            self.data.missing = match missing {
                MissingArg::Error => Missing::Error,
                MissingArg::DropRow => Missing::DropRow,
                MissingArg::Impute => Missing::Impute,
            };
        }
        set_some(&mut self.bins.count, bins);
        set_some(&mut self.bins.width, bin_width);
        if self.data.csv.is_none() && self.bins == BinsConfig::default() {
            self.bins.count = Some(dir_data::diamonds::PRICE_BINS);
        }
        self.take_size(*size);
    }

    fn take_size(&mut self, size: Size) {
        if self.model != MlpConfig::default() {
            return; // the file says how big
        }
        match size {
            Size::Tiny => {
                self.model = MlpConfig { hidden: vec![32], features: 16, ..MlpConfig::default() };
                if self.train.epochs == 0 {
                    self.train.epochs = 3;
                }
            }
            Size::Small => self.model = MlpConfig { hidden: vec![64, 64], features: 32, ..MlpConfig::default() },
            Size::Full => {}
        }
    }

    /// What the flags say about the recipe.
    pub(crate) fn take_recipe(&mut self, args: &RecipeArgs, seed: Option<u64>) -> Result<(), ConfigError> {
        self.take_kernels(args);
        if let Some(name) = &args.method {
            if args.reweight.is_some() || args.lds || args.fds || args.retrain_fc {
                return Err(ConfigError::Flags {
                    found: "--method beside --reweight, --lds, --fds or --retrain-fc",
                    expected: "one or the other: a method's name says all of these",
                });
            }
            self.set_method(name)?;
        }
        if let Some(reweight) = args.reweight {
            self.weights.reweight = match reweight {
                ReweightArg::None => Reweight::None,
                ReweightArg::Inverse => Reweight::Inverse,
                ReweightArg::SqrtInv => Reweight::SqrtInv,
            };
        }
        if args.retrain_fc {
            self.start_retraining();
        }
        let explicit = args.reweight.is_some() || args.lds || args.fds || args.retrain_fc || args.loss.is_some();
        if let Some(loss) = args.loss {
            self.loss.kind = match loss {
                LossArg::L1 => LossKind::L1,
                LossArg::Mse => LossKind::Mse,
                LossArg::Huber => LossKind::Huber,
                LossArg::FocalL1 => LossKind::FocalL1,
                LossArg::FocalMse => LossKind::FocalMse,
            };
        }
        if explicit {
            self.method = self.method_from_settings();
        }
        set(&mut self.train.lr, args.lr);
        set(&mut self.train.epochs, args.epoch);
        set(&mut self.train.batch, args.batch_size);
        set(&mut self.train.checkpoint_steps, args.checkpoint_steps);
        if !args.schedule.is_empty() {
            self.train.milestones.clone_from(&args.schedule);
        }
        set(&mut self.train.seed, seed);
        set_some(&mut self.train.patience, &args.patience);
        if let Some(select) = &args.select {
            self.train.select = select.parse().map_err(|_| ConfigError::Flags {
                found: "a --select that is no metric",
                expected: "mae, mse, rmse, gm, bmae, bmse, pearson or spearman, alone or with _many, _medium, _few or _zero",
            })?;
        }
        Ok(())
    }

    /// Flags that shape a kernel shape the one in force, and a method's when one is chosen by name.
    fn take_kernels(&mut self, args: &RecipeArgs) {
        let lds = (args.lds_kernel, args.lds_ks, args.lds_sigma);
        if args.lds || (lds.0.is_some() || lds.1.is_some() || lds.2.is_some()) {
            self.weights.lds = Some(kernel(self.weights.lds.unwrap_or_default(), lds));
        }
        let fds = (args.fds_kernel, args.fds_ks, args.fds_sigma);
        let momentum = args.fds_mmt;
        let shaped = fds.0.is_some() || fds.1.is_some() || fds.2.is_some() || momentum.is_some();
        if args.fds || shaped || args.start_update.is_some() || args.start_smooth.is_some() {
            let mut config = self.fds.clone().unwrap_or_default();
            config.kernel = kernel(config.kernel, fds);
            config.momentum = momentum.or(config.momentum);
            set(&mut config.start_update, args.start_update);
            set(&mut config.start_smooth, args.start_smooth);
            self.fds = Some(config);
        }
    }

    /// The weights move to the second stage; the first is plain.
    fn start_retraining(&mut self) {
        let mut retrain = self.retrain.clone().unwrap_or_default();
        let reweight = match self.weights.reweight {
            Reweight::None => retrain.weights.reweight,
            chosen => chosen,
        };
        retrain.weights = WeightConfig { reweight, ..self.weights };
        self.weights = WeightConfig { reweight: Reweight::None, lds: None, ..self.weights };
        self.retrain = Some(retrain);
    }

    /// Settings of a method by name.
    pub(crate) fn set_method(&mut self, name: &str) -> Result<(), ConfigError> {
        let recipe = method::apply(name, &self.recipe())?;
        self.method = name.into();
        self.target = recipe.target;
        self.weights = recipe.weights;
        self.fds = recipe.fds;
        self.loss = recipe.loss;
        self.retrain = recipe.retrain;
        Ok(())
    }

    fn method_from_settings(&self) -> String {
        let weights = self.retrain.as_ref().map_or(&self.weights, |r| &r.weights);
        let word = |on: bool, word: &'static str| on.then_some(word);
        let words: Vec<&str> = [
            word(self.retrain.is_some(), "rrt"),
            word(weights.reweight == Reweight::Inverse, "inv"),
            word(weights.reweight == Reweight::SqrtInv, "sqinv"),
            word(weights.lds.is_some(), "lds"),
            word(self.fds.is_some(), "fds"),
            word(matches!(self.loss.kind, LossKind::FocalL1 | LossKind::FocalMse), "focal"),
            word(self.target == Scale::Log, "log"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if words.is_empty() { "vanilla".into() } else { words.join("+") }
    }

    /// Epochs, batch, rate and milestones for so many training rows, where they are left open: about 5,200 updates in all, the
    /// learning rate falling after two thirds and eight ninths of them.
    pub(crate) fn settle(&mut self, train_rows: usize) {
        if self.train.batch == 0 {
            self.train.batch = if train_rows >= 20_000 { 256 } else { 64 };
        }
        if self.train.lr == 0.0 {
            self.train.lr = 4e-3; // docs/tuning.md
        }
        if self.train.epochs == 0 {
            self.train.epochs = (5_200 * self.train.batch / train_rows.max(1)).clamp(15, 60);
        }
        if self.train.milestones.is_empty() {
            // Where the official program has them for ages: 60 and 80 of 90.
            self.train.milestones = vec![self.train.epochs * 2 / 3, self.train.epochs * 8 / 9];
            self.train.milestones.dedup(); // one listed twice would count twice
        }
    }

    /// Refuses numbers that make no sense, before the data are read.
    pub(crate) fn recipe_check(&self) -> Result<(), dir_train::TrainError> {
        let mut checked = self.clone();
        checked.settle(1);
        checked.recipe().check()
    }

    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            target: self.target,
            weights: self.weights,
            fds: self.fds.clone(),
            loss: self.loss,
            train: self.train.clone(),
            retrain: self.retrain.clone(),
            shots: self.shots.clone(),
            bootstrap: self.bootstrap,
        }
    }
}

type KernelFlags = (Option<KernelArg>, Option<usize>, Option<f64>);

fn kernel(mut config: KernelConfig, (shape, size, sigma): KernelFlags) -> KernelConfig {
    let shape = shape.map(|shape| match shape {
        KernelArg::Gaussian => Shape::Gaussian,
        KernelArg::Triang => Shape::Triang,
        KernelArg::Laplace => Shape::Laplace,
    });
    set(&mut config.shape, shape);
    set(&mut config.size, size);
    set(&mut config.sigma, sigma);
    config
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn set_some<T: Clone>(place: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        place.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back() {
        let mut config = Config::default();
        config.set_method("rrt+lds+fds").expect("known");
        assert_eq!(toml::from_str::<Config>(&config.to_toml()).expect("reads back"), config);
    }

    #[test]
    fn flags_win_and_name_the_method() {
        let mut config = Config::default();
        let args = RecipeArgs {
            reweight: Some(ReweightArg::Inverse),
            lds: true,
            lds_ks: Some(9),
            fds: true,
            lr: Some(0.5),
            ..RecipeArgs::default()
        };
        config.take_recipe(&args, Some(7)).expect("fits");
        assert_eq!((config.method.as_str(), config.train.lr, config.train.seed), ("inv+lds+fds", 0.5, 7));
        assert_eq!(config.weights.lds.map(|k| k.size), Some(9));
        let both = RecipeArgs { method: Some("inv".into()), fds: true, ..RecipeArgs::default() };
        assert!(matches!(config.take_recipe(&both, None), Err(ConfigError::Flags { .. })));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "method = \"inv\"\n\n[train]\nlrr = 3\n").expect("writes");
        let text = Config::read(&path).expect_err("unknown").to_string();
        assert!(text.contains("line 4") && text.contains("lrr") && !text.contains('\n'), "{text}");
    }
}
