//! `compare`: methods x seeds, one table, one report.

use std::path::{Path, PathBuf};

use dir_data::Part;
use dir_train::compare::{self, Cell, Comparison};
use dir_train::folds::{Pooling, pool};
use dir_train::interrupt::Interrupt;
use dir_train::report::{self, ByGroup, ComparisonTable, Differences};
use dir_train::{Recipe, RunFolder, TrainError, files, run_folder};

use super::{set_up, verbosity};
use crate::args::CompareArgs;
use crate::config::Config;
use crate::folds::{self, FoldConfig};
use crate::method;
use crate::shared::cores;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &CompareArgs<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    set_up(&args.compute)?;
    let mut base = Config::<T>::load(&args.common)?;
    let folds = args.folds.map(|count| count as usize);
    base.fold = folds.map(|count| FoldConfig { count, number: 0, seed: 0 });
    let prepared = folds::read::<T>(&base)?;
    let train_rows = prepared.positions(Part::Train).len();
    let configs =
        args.methods.iter().map(|name| method_config(&base, name, train_rows)).collect::<anyhow::Result<Vec<_>>>()?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(T::dataset(&base)).join("compare"));
    let folder = RunFolder::open(&out)?;
    eprintln!("{}", prepared.describe());

    let seeds: Vec<u64> = (args.seed..args.seed + args.seeds).collect();
    let cells = cells(args, &configs, &seeds, &folder)?;
    let jobs = args.jobs.unwrap_or_else(cores).max(1);
    let runs = compare::run_grid(folder.path(), &cells, jobs, interrupt, verbosity(&args.compute))?;
    let dataset = T::dataset(&base);
    let (cells, runs) = match folds {
        None => (cells, runs),
        Some(_) => {
            let recipes: Vec<(String, Recipe)> =
                configs.iter().map(|config| (config.method.clone(), config.recipe())).collect();
            let pooling = Pooling { dataset: &dataset, target: &prepared.target, bins: &prepared.bins };
            pool(folder.path(), &cells, runs, &recipes, pooling)?
        }
    };
    let comparison = Comparison {
        dataset,
        target: prepared.target.clone(),
        seeds,
        folds,
        metrics: T::METRICS.to_vec(),
        methods: compare::by_method(&cells, runs),
    };
    compare::write(folder.path(), &comparison)?;
    let differences = Differences::of(folder.path(), &comparison)?;
    let by_group = ByGroup::of(folder.path(), &comparison)?;
    let report = report::write_comparison(&out, &comparison, differences.as_ref(), by_group.as_ref())?;
    print!("{}", ComparisonTable::new(&comparison).to_text());
    if let Some(differences) = &differences {
        println!("{}", differences.to_text());
    }
    by_group.iter().for_each(|by_group| println!("{}", by_group.to_text()));
    println!("report: {}", report.display());
    fail_if_all_failed(&comparison, &out)
}

/// Settings of one method, checked before anything runs.
fn method_config<T: Task>(base: &Config<T>, name: &str, train_rows: usize) -> anyhow::Result<Config<T>> {
    let mut config = base.clone();
    config.set_method(name)?;
    config.settle(train_rows);
    config.make_paths_absolute()?;
    config.recipe().check()?;
    Ok(config)
}

/// One run per method and seed, its settings written beside it. A grid resumed with other settings is refused.
fn cells<T: Task>(
    args: &CompareArgs<T>,
    configs: &[Config<T>],
    seeds: &[u64],
    folder: &RunFolder,
) -> Result<Vec<Cell>, TrainError> {
    let mut cells = Vec::new();
    for config in configs {
        for (seed, fold) in seeds.iter().flat_map(|&seed| each_fold(config.fold).map(move |fold| (seed, fold))) {
            let mut config = config.clone();
            config.train.seed = seed;
            config.fold = fold;
            let title = method::title(&config.method);
            let mut cell = Cell {
                method: config.method.clone(),
                title,
                seed,
                fold: fold.map(|fold| fold.number),
                arguments: Vec::new(),
            };
            let run = folder.path().join(cell.folder());
            run_folder::check_same(&run.join("config.toml"), &config.to_toml())?; // a finished run of other settings
            files::create_folder(&run)?;
            let settings: PathBuf = run.join("request.toml");
            files::write_atomic(&settings, config.to_toml().as_bytes())?;
            cell.arguments = ["train".into(), "--config".into(), settings.into(), "--quiet".into()].into();
            cell.arguments.extend(["--device".into(), args.compute.device.clone().into()]);
            cells.push(cell);
        }
    }
    Ok(cells)
}

/// All folds of a cross-validation, or none.
fn each_fold(fold: Option<FoldConfig>) -> impl Iterator<Item = Option<FoldConfig>> {
    let count = fold.map_or(1, |fold| fold.count);
    (0..count).map(move |number| fold.map(|fold| FoldConfig { number, ..fold }))
}

fn fail_if_all_failed(comparison: &Comparison, out: &Path) -> anyhow::Result<()> {
    let runs: Vec<_> = comparison.methods.iter().flat_map(|m| &m.runs).collect();
    let failed: Vec<&String> = runs.iter().filter_map(|r| r.failed.as_ref()).collect();
    match failed.first() {
        Some(first) if failed.len() == runs.len() => {
            anyhow::bail!("{}: all {} runs failed, the first with: {first}", out.display(), runs.len())
        }
        Some(first) => {
            eprintln!("warning: {} of {} runs failed, the first with: {first}", failed.len(), runs.len());
            Ok(())
        }
        None => Ok(()),
    }
}
