//! The training loop, in the order of time.
//!
//! 1. open the folder, find the newest whole checkpoint, or start, maybe from the first stage of another run;
//! 2. for every stage and epoch: calibrate, step over the batches, take feature statistics, validate, keep the best;
//! 3. predict the test rows with the best model, look at its features, and write what the run leaves behind.
//!
//! A resumed run gives the same numbers, bit for bit on one device: nothing that feeds back into training depends on the
//! clock, on thread timing or on a generator's state.

mod first_stage;
pub mod gradient;
mod objective;
mod predict;
mod resume;
mod stage;
mod statistics;

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use dir_core::Regressor;
use dir_core::bins::Bins;
use dir_core::metric::{Report, Unseen};
use dir_core::ops::DeviceInfo;
use dir_data::Part;

use crate::checkpoint;
use crate::error::TrainError;
use crate::evaluate::{self, Best, BestEpoch, Metrics, Regions};
use crate::interrupt::Interrupt;
use crate::log::Log;
use crate::natural::{BinCounts, Natural};
use crate::progress::{Progress, Verbosity};
use crate::readout::Readout;
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;
use crate::source::{Source, Targets};
use crate::status;

pub use predict::{load_best, predict, score};

/// A run to be made or finished.
pub struct Experiment<'a, M: Regressor, S: Source<Input = M::Input>> {
    /// Name of the data set.
    pub dataset: &'a str,
    /// Name of the method, as in a table's row.
    pub method: &'a str,
    /// Name of the target.
    pub target: &'a str,
    /// How to train.
    pub recipe: &'a Recipe,
    /// Bins of the target.
    pub bins: &'a Bins,
    /// The data.
    pub source: &'a S,
    /// Training targets before rows were made or left out, if they were: shots and tables count these.
    pub before: Option<Targets<'a>>,
    /// Makes the network from a seed, with an output per bin if the recipe classifies; asked for the same network again when a run is
    /// resumed.
    pub build: &'a dyn Fn(u64, &Device) -> Result<M, TrainError>,
    /// Where to compute.
    pub device: &'a Device,
    /// Where to write; its configuration is settled already.
    pub folder: &'a RunFolder,
    /// A finished run of one stage whose settings are those of this one's first: the second goes on from it.
    pub first_stage: Option<&'a Path>,
    /// Whether to train from the start where only damaged checkpoints are left, or the best model of a finished run is lost.
    pub restart: bool,
    /// Whether to stop.
    pub interrupt: &'a Interrupt,
    /// How much to say.
    pub verbosity: Verbosity,
}

impl<'a, M: Regressor, S: Source<Input = M::Input>> Experiment<'a, M, S> {
    /// A run from the start, without names and without output. The other fields are set with struct update syntax.
    pub fn new(
        recipe: &'a Recipe,
        bins: &'a Bins,
        source: &'a S,
        build: &'a dyn Fn(u64, &Device) -> Result<M, TrainError>,
        device: &'a Device,
        folder: &'a RunFolder,
        interrupt: &'a Interrupt,
    ) -> Self {
        let (dataset, method, target) = ("", "", "");
        let (before, first_stage, restart, verbosity) = (None, None, false, Verbosity::Quiet);
        Self {
            dataset,
            method,
            target,
            recipe,
            bins,
            source,
            before,
            build,
            device,
            folder,
            first_stage,
            restart,
            interrupt,
            verbosity,
        }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Metrics of the test rows by region.
    pub report: Report,
    /// Errors on targets with and without training rows, if there are any without.
    pub unseen: Option<Unseen>,
    /// Errors under the natural distribution, if there are test rows.
    pub natural: Option<Natural>,
    /// The epoch that was kept.
    pub best: BestEpoch,
}

/// Everything about a run that stays the same.
struct Context<'a, M: Regressor, S: Source<Input = M::Input>> {
    experiment: &'a Experiment<'a, M, S>,
    regions: Regions,
    readout: Readout,
    on_gpu: bool,
    progress: Progress,
}

/// Trains, or goes on training, and evaluates. A finished run is not touched: its metrics are read. One whose best model is lost is
/// trained from the start if `restart` says so.
///
/// # Errors
/// [`TrainError::Interrupted`] after Ctrl-C, with everything saved; whatever else ends a run.
pub fn train<M: Regressor, S: Source<Input = M::Input>>(
    experiment: &Experiment<'_, M, S>,
) -> Result<Outcome, TrainError> {
    if let Some(metrics) = evaluate::read_finished(experiment.folder.path())? {
        let checkpoints = experiment.folder.checkpoints();
        let lost = checkpoint::is_best_lost(&checkpoints)?;
        if !(lost && experiment.restart) {
            if lost {
                status!("warning: {}", TrainError::NoBestModel { path: checkpoints });
            }
            let Metrics { regions: report, unseen, natural, best, .. } = metrics;
            return Ok(Outcome { report, unseen, natural, best: best.at });
        }
        checkpoint::set_all_aside(&checkpoints)?;
    }
    let damaged = experiment.folder.file(evaluate::METRICS);
    if damaged.exists() {
        checkpoint::set_aside(&damaged)?;
    }
    experiment.recipe.check()?;
    let context = Context::new(experiment)?;
    let outcome = context.run();
    context.progress.finish();
    outcome
}

impl<'a, M: Regressor, S: Source<Input = M::Input>> Context<'a, M, S> {
    fn new(experiment: &'a Experiment<'a, M, S>) -> Result<Self, TrainError> {
        let (source, recipe) = (experiment.source, experiment.recipe);
        for part in [Part::Train, Part::Val, Part::Test] {
            if source.len(part) == 0 {
                return Err(TrainError::NoRows { part: part.name() });
            }
        }
        let train = source.targets(Part::Train);
        let before = experiment.before.unwrap_or(train);
        let regions = Regions::new(experiment.bins.clone(), recipe, &before.tally())?.trained_on(&train.tally())?;
        let readout = Readout::fit(recipe, experiment.bins, train, source.row_ids(Part::Train))?;
        let on_gpu = DeviceInfo::of(experiment.device).is_gpu();
        Ok(Self { experiment, regions, readout, on_gpu, progress: Progress::new(experiment.verbosity) })
    }

    fn run(&self) -> Result<Outcome, TrainError> {
        let Experiment { source, recipe, folder, .. } = self.experiment;
        let started = Instant::now();
        let _deferred = self.experiment.interrupt.defer();
        let [val, test] = [Part::Val, Part::Test].map(|part| source.targets(part).tally());
        evaluate::write_bins(folder, &self.regions, recipe, [&val, &test])?;
        let (mut state, mut log) = self.start_or_resume()?;
        self.tell_device(&mut log, state.position.updates)?;
        while state.position.stage <= self.stages() {
            self.run_stage(&mut state, &mut log)?;
        }
        let (model, best) = self.best_model(&state)?;
        let scores = self.score(&model, Part::Test)?;
        evaluate::write_predictions(folder, &self.regions, &scores, source.groups(Part::Test))?;
        if recipe.train.feature_statistics {
            log.event("feature statistics", state.position.updates, &serde_json::json!({}))?;
            self.feature_statistics(&model)?.write(folder)?;
        }
        // A run that was killed before it could prune in its last epoch does so now.
        self.prune_best(&[Some(best)])?;
        let counts = BinCounts::new(&self.regions, &val, &test)?;
        let natural = Natural::of(&scores, &self.regions, &counts, recipe.bootstrap)?;
        let (report, unseen) = (scores.report, scores.unseen);
        let seconds = started.elapsed().as_secs_f64();
        log.event("done", state.position.updates, &serde_json::json!({ "seconds": seconds }))?;
        evaluate::write_metrics(folder, &Metrics { unseen, natural, ..self.metrics(best, report) })?;
        Ok(Outcome { report, unseen, natural, best })
    }

    /// Nobody should train on a GPU that is none without knowing.
    fn tell_device(&self, log: &mut Log, updates: u64) -> Result<(), TrainError> {
        let info = DeviceInfo::of(self.experiment.device);
        log.event("device", updates, &serde_json::json!({ "name": info.name, "software": info.software }))?;
        if info.software {
            let text = format!("{} is a software renderer: right, but slower than --device cpu", info.name);
            self.progress.warn(&text);
        }
        Ok(())
    }

    /// One, or two with RRT.
    fn stages(&self) -> usize {
        1 + usize::from(self.experiment.recipe.retrain.is_some())
    }

    fn metrics(&self, at: BestEpoch, regions: Report) -> Metrics {
        let Experiment { dataset, method, target, recipe, .. } = *self.experiment;
        Metrics {
            dataset: dataset.into(),
            method: method.into(),
            seed: recipe.train.seed,
            target: target.into(),
            split: Part::Test.name().into(),
            best: Best { metric: recipe.train.select.to_string(), at },
            regions,
            unseen: None,
            natural: None,
        }
    }

    fn plain_device(&self) -> Device {
        self.experiment.device.clone().without_autodiff()
    }

    fn training_device(&self) -> Device {
        self.plain_device().autodiff()
    }
}
