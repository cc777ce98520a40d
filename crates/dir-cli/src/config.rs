//! Settings: a TOML file, flags that win over it, defaults for the rest.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dir_core::fds::FdsConfig;
use dir_core::kernel::{KernelConfig, Shape};
use dir_core::loss::{LossConfig, LossKind};
use dir_core::metric::Bootstrap;
use dir_core::relevance::RelevanceConfig;
use dir_core::resample::ResampleConfig;
use dir_core::shot::ShotRule;
use dir_core::weight::{Reweight, WeightConfig};
use dir_data::density::DensityConfig;
use dir_train::Recipe;
use dir_train::readout::ClassifyConfig;
use dir_train::recipe::{RetrainConfig, Stopping, TrainConfig};
use dir_train::target::Scale;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::args::{Common, KernelArg, LossArg, RecipeArgs, ReweightArg};
use crate::bins::BinsConfig;
use crate::density;
use crate::folds::FoldConfig;
use crate::method::{self, Components};
use crate::stated::Stated;
use crate::task::Task;

/// Format of `config.toml`.
const FORMAT: u32 = 1;

/// A user's mistake in settings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: found '{error}', expected a TOML file; check the path", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is no configuration.
    #[error("{}, line {line}: found {found}, expected the keys that docs/configuration.md lists", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was found.
        found: String,
    },
    /// A file of another version of the program.
    #[error("{}: written in format {found}, this program reads format {FORMAT}; use the version that wrote it, or remove its line format", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// No such method.
    #[error("{place}found method {found:?}, expected {expected}")]
    Method {
        /// File and line, where it is from a file.
        place: String,
        /// The word, or all of them.
        found: String,
        /// What names are made of.
        expected: String,
    },
    /// A method that the sections of its file contradict.
    #[error("{}, line {line}: found method = {method:?} beside {key}, expected settings that agree with it; remove one of the two, or set method = {sections:?}", path.display())]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// Line of the method, from 1.
        line: usize,
        /// The method.
        method: String,
        /// Key that says otherwise, with its value.
        key: String,
        /// The method that the sections alone make.
        sections: String,
    },
    /// A value of 0, which stands for one that is chosen.
    #[error("{place}: found {key} = 0, expected a number above 0; leave it out to have it chosen")]
    Zero {
        /// File and line, or the row of a grid.
        place: String,
        /// The key.
        key: &'static str,
    },
    /// A grid that makes no sense.
    #[error("grid {name}: found {found}, expected {expected}")]
    Grid {
        /// Its name, or that of its row.
        name: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A path that a file of settings can't hold.
    #[error("{}: found a path that is not UTF-8, expected one that is, since the settings of a run hold it; rename the folder or the file", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// Settings that TOML can't hold.
    #[error("found settings that a TOML file can't hold: {reason}")]
    Unwritable {
        /// Why not.
        reason: String,
    },
    /// Flags that contradict each other.
    #[error("found {found}, expected {expected}")]
    Flags {
        /// The flags.
        found: &'static str,
        /// What to do.
        expected: &'static str,
    },
}

/// All settings of a run, as `config.toml` has them.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "")]
pub struct Config<T: Task> {
    /// Format of the file; one that does not say is of this program's.
    pub format: u32,
    /// Method by name; the sections hold what it switches on.
    pub method: String,
    /// Row of a grid that the run belongs to, where its name says more than the method's.
    pub row: Option<String>,
    /// Scale of the target inside the network.
    pub target: Scale,
    /// How far beyond the range of the training targets predictions may lie, as a share of its width; infinity: anywhere.
    pub prediction_margin: f64,
    /// Where the rows come from.
    pub data: T::Data,
    /// Bins of the target.
    pub bins: BinsConfig,
    /// Re-sampling of the training rows.
    pub resample: Option<ResampleConfig>,
    /// Size of the network.
    pub model: T::Model,
    /// Re-weighting.
    pub weights: WeightConfig,
    /// Feature distribution smoothing.
    pub fds: Option<FdsConfig>,
    /// Loss.
    pub loss: LossConfig,
    /// Classification over the bins instead of regression.
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
    /// Cross-validation instead of the data's own split.
    pub fold: Option<FoldConfig>,
    /// Density that the training targets are thinned to.
    pub train_density: Option<DensityConfig>,
    /// Density that the test targets are thinned to.
    pub test_density: Option<DensityConfig>,
}

// By hand: a derive would ask the task itself to be cloned.
impl<T: Task> Clone for Config<T> {
    fn clone(&self) -> Self {
        let Self { method, target, data, bins, resample, model, weights, fds, loss, classify, train, retrain, .. } =
            self;
        let Self {
            format, row, prediction_margin, shots, relevance, bootstrap, fold, train_density, test_density, ..
        } = self;
        Self {
            format: *format,
            method: method.clone(),
            row: row.clone(),
            target: *target,
            prediction_margin: *prediction_margin,
            data: data.clone(),
            bins: bins.clone(),
            resample: resample.clone(),
            model: model.clone(),
            weights: *weights,
            fds: fds.clone(),
            loss: *loss,
            classify: *classify,
            train: train.clone(),
            retrain: retrain.clone(),
            shots: shots.clone(),
            relevance: relevance.clone(),
            bootstrap: *bootstrap,
            fold: *fold,
            train_density: train_density.clone(),
            test_density: test_density.clone(),
        }
    }
}

impl<T: Task> Default for Config<T> {
    fn default() -> Self {
        Self {
            format: FORMAT,
            method: "vanilla".into(),
            row: None,
            target: Scale::default(),
            prediction_margin: f64::INFINITY,
            data: T::Data::default(),
            bins: BinsConfig::default(),
            resample: None,
            model: T::Model::default(),
            weights: WeightConfig::default(),
            fds: None,
            loss: LossConfig::default(),
            classify: None,
            train: TrainConfig::default(),
            retrain: None,
            shots: ShotRule::default(),
            relevance: RelevanceConfig::default(),
            bootstrap: None,
            fold: None,
            train_density: None,
            test_density: None,
        }
    }
}

impl<T: Task> Config<T> {
    /// The file, if there is one, under the flags.
    pub(crate) fn load(common: &Common<T>) -> anyhow::Result<Self> {
        let (mut config, stated) = match &common.config {
            Some(path) => Self::read_stated(path).map(|(config, stated)| (config, Some(stated)))?,
            None => (T::defaults(), None),
        };
        set_some(&mut config.bins.count, &common.bins);
        set_some(&mut config.bins.width, &common.bin_width);
        if let Some(flag) = &common.test_density {
            config.test_density = Some(density::of_flag(flag)?);
        }
        T::take_flags(&mut config, &common.data)?;
        T::take_size(&mut config, common.size);
        // Last, as `--method` is: what a method switches on may depend on the rest.
        stated.map_or(Ok(()), |stated| config.expand_method(&stated))?;
        Ok(config)
    }

    /// Reads a file of settings over the task's defaults, and expands its method.
    ///
    /// # Errors
    /// [`ConfigError`]: a file that can't be read or is no configuration; a method that does not exist or that sections contradict.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let (mut config, stated) = Self::read_stated(path)?;
        config.expand_method(&stated)?;
        Ok(config)
    }

    /// Reads a file, and keeps what it says itself.
    fn read_stated(path: &Path) -> Result<(Self, Stated), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Io { path: path.into(), error })?;
        let wrong = |error| toml_error(path, &text, &error);
        let table: toml::Table = text.parse().map_err(wrong)?;
        // Before the keys, which another format has others of.
        if let Some(found) = table.get("format").and_then(toml::Value::as_integer).filter(|&n| n != i64::from(FORMAT)) {
            return Err(ConfigError::Format { path: path.into(), found });
        }
        // By itself first: only so does an error know its line.
        toml::from_str::<Self>(&text).map_err(wrong)?;
        let mut settings: toml::Table = toml::from_str(&T::defaults().to_toml()?).map_err(wrong)?;
        overlay(&mut settings, table.clone());
        let config = settings.try_into().map_err(wrong)?;
        let stated = Stated { path: path.into(), text, table };
        stated.refuse_zeros()?;
        Ok((config, stated))
    }

    pub(crate) fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|error| ConfigError::Unwritable { reason: error.to_string() })
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
                ReweightArg::Dense => Reweight::Dense,
                ReweightArg::ClassBalanced => Reweight::ClassBalanced,
            };
        }
        if args.retrain_fc {
            self.start_retraining();
        }
        if let Some(loss) = args.loss {
            self.loss.kind = match loss {
                LossArg::L1 => LossKind::L1,
                LossArg::Mse => LossKind::Mse,
                LossArg::Huber => LossKind::Huber,
                LossArg::FocalL1 => LossKind::FocalL1,
                LossArg::FocalMse => LossKind::FocalMse,
            };
        }
        let components = self.components();
        if !method::parse(&self.method).is_ok_and(|meant| meant == components) {
            self.method = components.name();
            self.row = None;
        }
        if args.lr == Some(0.0) {
            // Which would stand for a rate that is chosen.
            return Err(ConfigError::Flags { found: "--lr 0", expected: "a finite number above 0" });
        }
        set(&mut self.train.lr, args.lr);
        set(&mut self.train.epochs, args.epoch);
        set(&mut self.train.batch, args.batch_size);
        set(&mut self.train.checkpoint_steps, args.checkpoint_steps);
        self.train.feature_statistics &= !args.no_feature_statistics;
        if !args.schedule.is_empty() {
            self.train.milestones.clone_from(&args.schedule);
        }
        set(&mut self.train.seed, seed);
        set_some(&mut self.train.patience, &args.patience);
        set(&mut self.train.validate_every, args.validate_every);
        if args.official_stopping {
            self.train.stopping = Stopping::Official;
        }
        set(&mut self.train.select, args.select);
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
            let mut config = self.fds.clone().unwrap_or_else(|| T::fds(self));
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
        let components = method::parse(name)?;
        let recipe = components.apply(&self.recipe(), &T::fds(self));
        let resample = self.resample.clone().unwrap_or_else(|| T::resample(self));
        let kernel = self.weights.lds.or(resample.lds).unwrap_or_default();
        self.resample = components.resampling(&resample, kernel);
        self.method = name.into();
        self.row = None;
        self.target = recipe.target;
        self.weights = recipe.weights;
        self.fds = recipe.fds;
        self.loss = recipe.loss;
        self.classify = recipe.classify;
        self.retrain = recipe.retrain;
        Ok(())
    }

    /// Parts of a method that the settings switch on.
    pub(crate) fn components(&self) -> Components {
        Components::of(&self.recipe(), self.resample.as_ref())
    }

    /// Name in folders and files: that of the row, or of the method.
    pub(crate) fn name(&self) -> &str {
        self.row.as_deref().unwrap_or(&self.method)
    }

    /// Title in tables and on the console, from the settings themselves.
    pub(crate) fn title(&self) -> String {
        let title = self.components().title(&self.method);
        match (&self.retrain, self.weights.reweight) {
            (None, _) | (_, Reweight::None) => title,
            // No word says so: only sections can.
            (Some(_), _) => title + ", first stage weighted",
        }
    }

    /// What is left open, for so many training rows.
    pub(crate) fn settle(&mut self, train_rows: usize) {
        T::settle(self, train_rows);
        if self.components().focal && self.target == Scale::Plain {
            // Per standard deviation; the official 0.2 is per year, and ages deviate by about 17.
            self.loss.beta.get_or_insert(3.4);
        }
        if self.train.milestones.is_empty() {
            // Where the official program has them for ages: 60 and 80 of 90.
            self.train.milestones = vec![self.train.epochs * 2 / 3, self.train.epochs * 8 / 9];
            self.train.milestones.dedup(); // one listed twice would count twice
        }
    }

    /// Paths that hold from any working folder.
    pub(crate) fn make_paths_absolute(&mut self) -> anyhow::Result<()> {
        T::paths(&mut self.data).into_iter().try_for_each(|path| {
            *path = absolute(path)?;
            Ok(utf8(path).map(drop)?)
        })
    }

    /// Refuses numbers that make no sense, before the data are read.
    pub(crate) fn recipe_check(&self) -> Result<(), dir_train::TrainError> {
        let mut checked = self.clone();
        checked.settle(1);
        checked.recipe().check()
    }

    /// How to train, apart from data and network.
    #[must_use]
    pub fn recipe(&self) -> Recipe {
        Recipe {
            target: self.target,
            prediction_margin: Some(self.prediction_margin).filter(|margin| *margin != f64::INFINITY),
            weights: self.weights,
            fds: self.fds.clone(),
            loss: self.loss,
            classify: self.classify,
            train: self.train.clone(),
            retrain: self.retrain.clone(),
            shots: self.shots.clone(),
            relevance: self.relevance.clone(),
            bootstrap: self.bootstrap,
        }
    }
}

/// What is wrong with a file of settings, and on which line.
pub(crate) fn toml_error(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text[..start].matches('\n').count() + 1;
    let found = error.message().lines().collect::<Vec<_>>().join(" ");
    ConfigError::Toml { path: path.into(), line, found }
}

/// Puts settings over others, section by section. A section that names its kind is taken whole: what another kind needs has no
/// place in it.
pub(crate) fn overlay(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) if !over.contains_key("kind") => {
                overlay(under, over);
            }
            (_, value) => {
                under.insert(key, value);
            }
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

/// A path that holds from any working folder.
///
/// # Errors
/// A path that has none.
pub fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: no absolute path", path.display()))
}

/// A path as the text that settings hold.
///
/// # Errors
/// [`ConfigError::Path`] for one that is not UTF-8.
pub(crate) fn utf8(path: &Path) -> Result<&str, ConfigError> {
    path.to_str().ok_or_else(|| ConfigError::Path { path: path.into() })
}

/// Puts a value in place, if there is one.
pub fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Puts a value in place of an optional one, if there is one.
pub fn set_some<T: Clone>(place: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        place.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::Stub;

    #[test]
    fn settings_read_back() {
        let mut config = Config::<Stub>::default();
        config.set_method("rrt+lds+fds").expect("known");
        let text = config.to_toml().expect("TOML");
        let read: Config<Stub> = toml::from_str(&text).expect("reads back");
        assert_eq!(read.to_toml().expect("TOML"), text);
    }

    #[test]
    fn flags_win_and_name_the_method() {
        let mut config = Config::<Stub>::default();
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
    fn a_file_is_laid_over_the_defaults() {
        let mut settings: toml::Table =
            "[train]\nlr = 1.0\nbatch = 2\n[shots]\nkind = \"lists\"\nmany = [1]\n".parse().expect("TOML");
        overlay(&mut settings, "[train]\nbatch = 3\n[shots]\nkind = \"rows\"\n".parse().expect("TOML"));
        let expected: toml::Table = "[train]\nlr = 1.0\nbatch = 3\n[shots]\nkind = \"rows\"\n".parse().expect("TOML");
        assert_eq!(settings, expected);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "method = \"inv\"\n\n[train]\nlrr = 3\n").expect("writes");
        let text = Config::<Stub>::read(&path).map(drop).expect_err("unknown").to_string();
        assert!(text.contains("line 4") && text.contains("lrr") && !text.contains('\n'), "{text}");
    }
}
