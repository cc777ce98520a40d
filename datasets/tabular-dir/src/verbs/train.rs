//! `train`: one run.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dir_data::Part;
use dir_data::tabular::Encoder;
use dir_train::interrupt::Interrupt;
use dir_train::target::TargetScale;
use dir_train::{Experiment, RunFolder, Source, report, train};

use super::{describe, metrics_table, set_up, verbosity};
use crate::args::TrainArgs;
use crate::config::Config;
use crate::data::{Prepared, TabularSource};
use crate::method;
use crate::pipeline::Pipeline;

pub(crate) fn run(args: &TrainArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    if args.end_with_parent {
        Interrupt::end_with_parent();
    }
    let device = set_up(&args.compute)?;
    let mut config = Config::load(&args.common)?;
    config.take_recipe(&args.recipe, args.seed)?;
    config.recipe_check()?;
    let prepared = Prepared::new(&config)?;
    let train_rows = prepared.positions(Part::Train);
    config.settle(train_rows.len());
    config.data.csv = config.data.csv.as_deref().map(absolute).transpose()?;
    config.data.split = config.data.split.as_deref().map(absolute).transpose()?;
    let recipe = config.recipe();
    recipe.check()?;

    let encoder = Encoder::fit(&prepared.table, &train_rows);
    let source = TabularSource::new(&prepared, &encoder)?;
    let scale = TargetScale::fit(recipe.target, source.targets(Part::Train), source.row_ids(Part::Train))?;
    let pipeline = Pipeline {
        target: prepared.table.target_name.clone(),
        read: config.data.read_options(),
        encoder,
        scale,
        bins: prepared.bins.clone(),
        model: config.model.clone(),
    };
    pipeline.build(recipe.train.seed, &device)?; // refuses a bad size before a folder is made
    if let Some(fds) = &recipe.fds {
        fds.init(&prepared.bins, config.model.features)?;
    }
    recipe.weights.bin_weights(&vec![1; prepared.bins.len()])?;

    let out = args.out.clone().unwrap_or_else(|| default_folder(&config));
    let folder = RunFolder::open(&out)?;
    folder.settle("config.toml", &config.to_toml())?;
    pipeline.settle(&folder)?;
    if !args.compute.quiet {
        eprintln!("{}", describe(&prepared));
    }
    let outcome = train(&Experiment {
        dataset: &config.data.name(),
        method: &config.method,
        target: &prepared.table.target_name,
        recipe: &recipe,
        bins: &prepared.bins,
        source: &source,
        build: &|seed, device| pipeline.build(seed, device),
        device: &device,
        folder: &folder,
        interrupt,
        verbosity: verbosity(&args.compute),
    })?;
    let report = report::write(&out)?;
    if args.end_with_parent {
        return Ok(()); // the one who started it prints
    }
    let (title, best) = (method::title(&config.method), outcome.best);
    println!("{title}, seed {}: best epoch {} of stage {}", recipe.train.seed, best.epoch, best.stage);
    print!("{}", metrics_table(&outcome.report));
    println!("run: {}\nreport: {}", out.display(), report.display());
    Ok(())
}

fn default_folder(config: &Config) -> PathBuf {
    let seed = format!("seed-{}", config.train.seed);
    Path::new("runs").join(config.data.name()).join(&config.method).join(seed)
}

/// A run can be resumed from another working folder.
pub(crate) fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: no absolute path", path.display()))
}
