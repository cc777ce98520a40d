//! `train`: one run.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dir_data::Part;
use dir_train::baselines::read_or_make;
use dir_train::interrupt::Interrupt;
use dir_train::readout::Readout;
use dir_train::select::Metric;
use dir_train::{
    DataIdentity, Experiment, RunFolder, Source, TrainError, device, output, outputln, report, status, train,
};

use super::{baselines, metrics_tables, unseen_table, verbosity};
use crate::args::TrainArgs;
use crate::config::Config;
use crate::first_stage;
use crate::folds;
use crate::pipeline::Pipeline;
use crate::resample::Resampled;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &TrainArgs<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    if args.end_with_parent {
        interrupt.listen_to_parent();
    }
    let device = device::open(&args.compute.device)?;
    let mut config = match &args.common.config {
        // A grid has settled all: what the usual size would fill in is not for its runs.
        Some(settled) if args.end_with_parent => Config::<T>::read(settled)?,
        _ => Config::load(&args.common)?,
    };
    config.take_recipe(&args.recipe, args.seed)?;
    config.recipe_check()?;
    let known = args.data_identity.as_deref().map(DataIdentity::read).transpose()?;
    let (prepared, identity) = folds::read_identified::<T>(&config, known.as_ref())?;
    config.settle(prepared.positions(Part::Train).len());
    config.make_paths_absolute()?;
    let recipe = config.recipe();
    recipe.check()?;

    let input = T::input(&config, &prepared)?;
    let original = T::source(&config, &prepared, &input)?;
    let resampled = match &config.resample {
        Some(resample) => Some(Resampled::of::<T>(resample, &prepared, &original, &input, recipe.train.seed)?),
        None => None,
    };
    let made = resampled.as_ref().map(|resampled| T::resampled(&original, resampled)).transpose()?;
    let source = made.as_ref().unwrap_or(&original);
    let train_rows = (source.targets(Part::Train), source.row_ids(Part::Train));
    let readout = Readout::fit(&recipe, &prepared.bins, train_rows.0, train_rows.1)?;
    let (target, bins, model) = (prepared.target.clone(), prepared.bins.clone(), config.model.clone());
    let pipeline = Pipeline::<T> { target, input, readout, bins, model };
    // Refuses a bad size, weights or bins before a folder is made.
    let (_, note) = start(&config, &pipeline, recipe.train.seed, &device)?;
    if let Some(fds) = &recipe.fds {
        fds.init(&prepared.bins, T::features(&config.model))?;
    }
    recipe.weights.bin_weights(&prepared.bins, &vec![1; prepared.bins.len()])?;
    if let Some(run) = &args.first_stage {
        first_stage::check(run, &config, &pipeline, &identity)?;
    }

    let out = args.out.clone().unwrap_or_else(|| default_folder(&config));
    let folder = if args.end_with_parent { RunFolder::open_after_orphan(&out)? } else { RunFolder::open(&out)? };
    // Settings first: other bins make another split, and it is the bins that should be named.
    folder.write_or_verify("config.toml", &config.to_toml()?)?;
    identity.write_or_verify(&folder)?;
    pipeline.write_or_verify(&folder)?;
    if !args.compute.quiet {
        status!("{}", prepared.describe());
        resampled.iter().for_each(|resampled| status!("{}", resampled.describe()));
        note.iter().for_each(|note| status!("{note}"));
        let idle = recipe.last_weights().without_effect();
        idle.iter().for_each(|what| status!("[weights] {what}: it has no effect on this run"));
    }
    let outcome = train(&Experiment {
        dataset: &T::dataset(&config),
        method: config.name(),
        target: &prepared.target,
        recipe: &recipe,
        bins: &prepared.bins,
        source,
        before: made.is_some().then(|| original.targets(Part::Train)),
        build: &|seed, device| {
            let started = start(&config, &pipeline, seed, device);
            started.map(|(network, _)| network).map_err(|error| TrainError::Model { reason: format!("{error:#}") })
        },
        device: &device,
        folder: &folder,
        first_stage: args.first_stage.as_deref(),
        restart: args.restart,
        interrupt,
        verbosity: verbosity(&args.compute),
    })?;
    // A run of a grid has those that the grid has made for all its runs.
    let baselines = match args.end_with_parent {
        true => None,
        false => Some(read_or_make(&folder, || baselines::of::<T>(&original, &prepared.bins, &recipe))?),
    };
    let report = report::write(&out)?;
    if args.end_with_parent {
        return Ok(()); // the one who started it prints
    }
    let row = config.row.as_ref().map_or_else(String::new, |row| format!(" (row {row})"));
    let (title, best) = (config.title() + &row, outcome.best);
    outputln!("{title}, seed {}: best epoch {} of stage {}", recipe.train.seed, best.epoch, best.stage)?;
    output!("{}", metrics_tables(&outcome.report, outcome.natural.as_ref()))?;
    output!("{}", unseen_table(outcome.unseen.as_ref()))?;
    if let Some(baselines) = &baselines {
        let metric = if outcome.report.all.is_some_and(|m| m.depth.is_some()) { Metric::Rmse } else { Metric::Mae };
        let table = report::baselines_table(&outcome.report, outcome.natural.as_ref(), baselines, metric);
        output!("\n{}", table.to_text())?;
    }
    T::own_baselines(&original, &outcome.report)?;
    for remark in report::run_remarks(&out)? {
        outputln!("note: {remark}")?;
    }
    outputln!("run: {}\nreport: {}", out.display(), report.display())?;
    Ok(())
}

/// The network as training starts it, and what the user should know.
fn start<T: Task>(
    config: &Config<T>,
    pipeline: &Pipeline<T>,
    seed: u64,
    device: &Device,
) -> anyhow::Result<(T::Network, Option<String>)> {
    let (network, note) = T::start(config, &pipeline.input, pipeline.build_plain(seed, device)?)?;
    Ok((pipeline.with_outputs(network, seed), note))
}

fn default_folder<T: Task>(config: &Config<T>) -> PathBuf {
    let seed = format!("seed-{}", config.train.seed);
    Path::new("runs").join(T::dataset(config)).join(config.name()).join(seed)
}
