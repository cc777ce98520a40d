//! What a program is about: its data, its network, its flags.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use clap::{Args, Subcommand};
use dir_core::Regressor;
use dir_core::bins::Bins;
use dir_core::fds::FdsConfig;
use dir_core::metric::Report;
use dir_core::resample::ResampleConfig;
use dir_core::tally::Tally;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_train::compare::USUAL_METRICS;
use dir_train::select::Metric;
use dir_train::{Source, TrainError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::Size;
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::resample::Resampled;
use crate::verbs::predict;

/// A section of a configuration file.
pub trait Section: Clone + Default + PartialEq + Serialize + DeserializeOwned {}

impl<T: Clone + Default + PartialEq + Serialize + DeserializeOwned> Section for T {}

/// A data set with its network, as the shared verbs need it.
pub trait Task: Sized + 'static {
    /// Name of the program.
    const PROGRAM: &'static str;
    /// One line for its help.
    const ABOUT: &'static str;
    /// A paragraph for its long help.
    const LONG_ABOUT: &'static str;
    /// Methods that `compare` runs unless told otherwise, by comma; the first is what the others are compared with.
    const METHODS: &'static str;

    /// Whether rows can be made of several: then [`Task::plain_numbers`] say which are near one another.
    const BLENDS: bool = true;

    /// Metrics of its tables; the first is that of plots and differences.
    const METRICS: &'static [Metric] = &USUAL_METRICS;

    /// Flags that choose the data.
    type Flags: Args + Clone + Default + Send;
    /// Flags that choose data for a finished run.
    type NewData: Args + Clone + Send;
    /// Verbs of its own.
    type Verbs: Subcommand + Send;
    /// `[data]` of a configuration.
    type Data: Section;
    /// `[model]` of a configuration.
    type Model: Section;
    /// What was read.
    type Rows;
    /// What a finished run needs, beside network, bins and scale, to turn a row into an input.
    type Input: Serialize + DeserializeOwned;
    /// The network.
    type Network: Regressor;
    /// Rows as the engine wants them.
    type Source: Source<Input = <Self::Network as Regressor>::Input>;

    /// Settings where neither file nor flags say otherwise; what depends on the size is left open.
    #[must_use]
    fn defaults() -> Config<Self> {
        Config::default()
    }

    /// What the flags say about the data, over the file.
    ///
    /// # Errors
    /// Flags that contradict each other.
    fn take_flags(config: &mut Config<Self>, flags: &Self::Flags) -> anyhow::Result<()>;

    /// Network and recipe of a size, where the file leaves them open.
    fn take_size(config: &mut Config<Self>, size: Size);

    /// Epochs, batch and rate for so many training rows, where they are left open.
    fn settle(config: &mut Config<Self>, train_rows: usize);

    /// Name of the data for folders and tables.
    fn dataset(config: &Config<Self>) -> String;

    /// Bins of these targets of data with so many rows: of the training targets, whose bins are trained and evaluated with; or of all, which
    /// a balanced split needs before there are training rows.
    ///
    /// # Errors
    /// Targets or settings that make no bins.
    fn bins(config: &Config<Self>, targets: &[f64], rows: usize) -> anyhow::Result<Bins> {
        Ok(config.bins.init_for(targets, rows).map_err(dir_core::Error::from)?)
    }

    /// Reads the rows, with parts and the bins of the training rows.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Self::Rows>>;

    /// Adds what rows hold beside target and split to the identity of the data: cells, or files with their content.
    ///
    /// # Errors
    /// Files that can't be read.
    fn digest(config: &Config<Self>, rows: &Self::Rows, digest: &mut ContentDigest) -> anyhow::Result<()>;

    /// File with the weights that training starts from, where the settings name one.
    #[must_use]
    fn pretrained(config: &Config<Self>) -> Option<&Path> {
        let _ = config;
        None
    }

    /// Paths of the settings, so that a run can be resumed from another working folder.
    fn paths(data: &mut Self::Data) -> Vec<&mut PathBuf>;

    /// How rows become inputs, from the training rows.
    ///
    /// # Errors
    /// Rows that can't be used.
    fn input(config: &Config<Self>, prepared: &Prepared<Self::Rows>) -> anyhow::Result<Self::Input>;

    /// What may spoil predictions for rows of the data, once it is known which rows train: values far outside those of the training rows.
    ///
    /// # Errors
    /// Settings that make no input.
    fn warnings(config: &Config<Self>, prepared: &Prepared<Self::Rows>) -> anyhow::Result<Vec<String>> {
        let _ = (config, prepared);
        Ok(Vec::new())
    }

    /// The rows for the engine.
    ///
    /// # Errors
    /// Rows that can't be read.
    fn source(
        config: &Config<Self>,
        prepared: &Prepared<Self::Rows>,
        input: &Self::Input,
    ) -> anyhow::Result<Self::Source>;

    /// Other data, all as test rows; for predictions the target may be missing.
    ///
    /// # Errors
    /// Rows that can't be read or do not fit the run.
    fn new_source(pipeline: &Pipeline<Self>, data: &Self::NewData, with_target: bool) -> anyhow::Result<Self::Source>;

    /// Whether flags name other data at all.
    fn is_given(data: &Self::NewData) -> bool;

    /// Files that flags name for a finished run, which its output must not replace.
    #[must_use]
    fn new_paths(data: &Self::NewData) -> Vec<&Path>;

    /// FDS where a method asks for it and the settings say no more.
    #[must_use]
    fn fds(config: &Config<Self>) -> FdsConfig {
        let _ = config;
        FdsConfig::default()
    }

    /// Re-sampling where a method asks for it and the settings say no more.
    #[must_use]
    fn resample(config: &Config<Self>) -> ResampleConfig {
        let _ = config;
        ResampleConfig::default()
    }

    /// Which of the plain numbers of a row together stand for a category.
    #[must_use]
    fn categories(input: &Self::Input) -> Vec<Range<usize>> {
        let _ = input;
        Vec::new()
    }

    /// The same rows, but for training: some left out, some made of others.
    ///
    /// # Errors
    /// Rows that can't be made of others.
    fn resampled(source: &Self::Source, resampled: &Resampled) -> anyhow::Result<Self::Source> {
        let _ = (source, resampled);
        anyhow::bail!("found re-sampling, expected a method without it: `{}` can't make rows of others", Self::PROGRAM)
    }

    /// A network, its parameters drawn from a seed.
    ///
    /// # Errors
    /// A size that no network can have.
    fn build(model: &Self::Model, input: &Self::Input, seed: u64, device: &Device)
    -> Result<Self::Network, TrainError>;

    /// The network as training starts it: freshly drawn, unless the settings name weights. And what the user should know.
    ///
    /// # Errors
    /// Weights that can't be read or do not fit.
    fn start(
        config: &Config<Self>,
        input: &Self::Input,
        network: Self::Network,
    ) -> anyhow::Result<(Self::Network, Option<String>)> {
        let _ = (config, input);
        Ok((network, None))
    }

    /// What `predict` does where no data are given: a conversation, in programs that have one.
    ///
    /// # Errors
    /// A program without one; whatever ends it early.
    fn converse(pipeline: &Pipeline<Self>, network: &Self::Network) -> anyhow::Result<()> {
        let _ = (pipeline, network);
        anyhow::bail!("found no data to predict for, expected some; see `{} predict --help`", Self::PROGRAM)
    }

    /// Predicts for new data and writes what came out: a CSV, unless the program has something better.
    ///
    /// # Errors
    /// Rows that can't be read; a file that can't be written.
    fn write_predictions(
        pipeline: &Pipeline<Self>,
        network: &Self::Network,
        data: &Self::NewData,
        out: Option<&Path>,
        device: &Device,
    ) -> anyhow::Result<()> {
        predict::write_csv(pipeline, network, data, out, device)
    }

    /// Prints baselines of its own after training, behind those that all programs have.
    ///
    /// # Errors
    /// Rows that can't be read.
    fn own_baselines(source: &Self::Source, report: &Report) -> anyhow::Result<()> {
        let _ = (source, report);
        Ok(())
    }

    /// A row as plain numbers for a linear model, `[rows, width]`, and the width.
    ///
    /// # Errors
    /// Rows that can't be read.
    fn plain_numbers(source: &Self::Source, part: Part) -> Result<(Vec<f32>, usize), TrainError>;

    /// Width of the features that FDS sees.
    fn features(model: &Self::Model) -> usize;

    /// Runs a verb of its own.
    ///
    /// # Errors
    /// Whatever keeps it from doing so.
    fn run_own(verb: &Self::Verbs) -> anyhow::Result<()>;
}

/// Rows with their targets, bins and parts.
#[derive(Debug)]
pub struct Prepared<R> {
    /// What was read.
    pub rows: R,
    /// Where from, in the user's words.
    pub source: String,
    /// What the rows are, in a few words: `9 columns`, `pictures of 64 px`.
    pub content: String,
    /// Name of the target.
    pub target: String,
    /// Target of every row; empty where rows have many.
    pub targets: Vec<f64>,
    /// Where a row has a target per pixel, how often each target occurs, by part.
    pub pixels: Option<[Tally; 3]>,
    /// Number of every row, as the user knows it.
    pub row_ids: Vec<usize>,
    /// Part of every row.
    pub parts: Vec<Part>,
    /// What rows have in common that must not be torn apart, where the data tell.
    pub groups: Option<Vec<String>>,
    /// Bins of the target, from the training rows; targets of other rows that lie outside count in the first or the last.
    pub bins: Bins,
    /// Positions of rows that no part has: a density of the target leaves them out.
    pub left_out: BTreeSet<usize>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// What may spoil predictions, see [`Task::warnings`].
    pub warnings: Vec<String>,
}

impl<R> Prepared<R> {
    /// Positions of the rows of a part.
    #[must_use]
    pub fn positions(&self, part: Part) -> Vec<usize> {
        (0..self.parts.len()).filter(|k| self.parts[*k] == part && !self.left_out.contains(k)).collect()
    }

    /// How often each target of a part occurs.
    #[must_use]
    pub fn tally(&self, part: Part) -> Cow<'_, Tally> {
        match &self.pixels {
            Some(tallies) => Cow::Borrowed(part.of(tallies)),
            None => Cow::Owned(self.positions(part).into_iter().map(|k| (self.targets[k], 1)).collect()),
        }
    }

    /// What was read, in a line and its notes.
    #[must_use]
    pub fn describe(&self) -> String {
        let [train, val, test] = [Part::Train, Part::Val, Part::Test].map(|part| self.positions(part).len());
        let (rows, bins) = (self.parts.len(), self.bins.len());
        let text = format!(
            "{}: {rows} rows, {}, target {:?} in {bins} bins; {train} train, {val} validation, {test} test rows",
            self.source, self.content, self.target
        );
        let text = self.notes.iter().fold(text, |text, note| text + "\nnote: " + note);
        self.warnings.iter().fold(text, |text, warning| text + "\nwarning: " + warning)
    }
}

/// For programs without verbs of their own.
#[derive(Debug, Clone, Copy)]
pub enum NoVerbs {}

impl clap::FromArgMatches for NoVerbs {
    fn from_arg_matches(_: &clap::ArgMatches) -> Result<Self, clap::Error> {
        Err(clap::Error::new(clap::error::ErrorKind::InvalidSubcommand))
    }

    fn update_from_arg_matches(&mut self, _: &clap::ArgMatches) -> Result<(), clap::Error> {
        match *self {}
    }
}

impl Subcommand for NoVerbs {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        command
    }

    fn has_subcommand(_: &str) -> bool {
        false
    }
}
