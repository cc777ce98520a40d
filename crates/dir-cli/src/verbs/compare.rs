//! `compare`: methods x seeds, one table, one report.

use std::path::{Path, PathBuf};

use dir_data::Part;
use dir_train::compare::{self, Cell, Comparison};
use dir_train::interrupt::Interrupt;
use dir_train::report::{self, ComparisonTable, Differences};
use dir_train::{RunFolder, TrainError, files, run_folder};

use super::{set_up, verbosity};
use crate::args::CompareArgs;
use crate::config::Config;
use crate::method;
use crate::shared::cores;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &CompareArgs<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    set_up(&args.compute)?;
    let base = Config::<T>::load(&args.common)?;
    let prepared = T::read(&base)?;
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
    let comparison = Comparison {
        dataset: T::dataset(&base),
        target: prepared.target.clone(),
        seeds,
        metrics: T::METRICS.to_vec(),
        methods: compare::by_method(&cells, runs),
    };
    compare::write(folder.path(), &comparison)?;
    let differences = Differences::of(folder.path(), &comparison)?;
    let report = report::write_comparison(&out, &comparison, differences.as_ref())?;
    print!("{}", ComparisonTable::new(&comparison).to_text());
    if let Some(differences) = &differences {
        println!("{}", differences.to_text());
    }
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
        for &seed in seeds {
            let mut config = config.clone();
            config.train.seed = seed;
            let title = method::title(&config.method);
            let mut cell = Cell { method: config.method.clone(), title, seed, arguments: Vec::new() };
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
