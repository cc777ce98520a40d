//! `compare`: methods x seeds, one table, one report.

use std::path::Path;

use burn::tensor::Device;
use dir_core::ops::DeviceInfo;
use dir_train::compare::{self, Areas, Comparison, Printed, Workers};
use dir_train::folds::{PooledMethod, Pooling, pool};
use dir_train::interrupt::Interrupt;
use dir_train::report::{self, ByGroup, ComparisonTable, Differences};
use dir_train::select::Metric;
use dir_train::{RunFolder, device, output, outputln, status};

use super::verbosity;
use crate::args::CompareArgs;
use crate::config::Config;
use crate::folds::{self, FoldConfig};
use crate::grids::{self, Grid};
use crate::shared::cores;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &CompareArgs<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    let device = device::open(&args.compute.device)?;
    let grid = match &args.grid {
        Some(name) => Grid::of_name(name)?,
        None => Grid::of_methods(&args.methods)?,
    };
    let mut base = Config::<T>::load(&args.common)?;
    let folds = args.folds.map(|count| count as usize);
    base.fold = folds.map(|count| FoldConfig { count, number: 0, seed: 0 });
    let (mut prepared, identity) = folds::read_identified::<T>(&base, None)?;
    let rows = grids::rows(&grid, &base, &prepared)?;
    let dataset = T::dataset(&base);
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&dataset).join(&grid.name));
    let folder = RunFolder::open(&out)?;

    let mut shared = base.clone();
    shared.make_paths_absolute()?;
    let seeds: Vec<u64> = (args.seed..args.seed + args.seeds).collect();
    let cells = grids::cells(&rows, &seeds, &folder, &args.compute.device, (&shared, &identity))?;
    identity.write_or_verify(&folder)?;
    status!("{}", prepared.describe());
    let baselines = grids::baselines(&rows, &cells, &folder, &identity);
    let workers = workers(args.jobs, cells.len(), &device);
    let runs = compare::run_grid(folder.path(), &cells, workers, interrupt, verbosity(&args.compute))?;
    let (cells, runs): (Vec<_>, Vec<_>) = cells.into_iter().zip(runs).filter(|(cell, _)| cell.shown).unzip();
    let (cells, runs) = match folds {
        None => (cells, runs),
        Some(_) => {
            let bins = folds::pooled_bins(&base, &prepared)?;
            let methods: Vec<PooledMethod> = rows
                .iter()
                .map(|row| {
                    let (name, recipe) = (row.variant.name.clone(), row.config.recipe());
                    folds::mean_counts(&row.config, &mut prepared, &bins).map(|train| PooledMethod {
                        name,
                        recipe,
                        train,
                    })
                })
                .collect::<anyhow::Result<_>>()?;
            let pooling = Pooling { dataset: &dataset, target: &prepared.target, bins: &bins };
            pool(folder.path(), &cells, runs, &methods, pooling)?
        }
    };
    // The paper's numbers stand below columns of its own metrics alone.
    let paper = grid.paper.filter(|_| args.metrics.is_empty());
    let printed = paper.map(|paper| paper.printed(&dataset)).transpose()?.flatten();
    let areas = grid.paper.map(|paper| paper.areas).unwrap_or_default();
    let mut notes: Vec<String> = grid.paper.and_then(|paper| paper.meanings()).into_iter().collect();
    notes.extend(grids::density_notes(&rows));
    let mut comparison = Comparison {
        target: prepared.target.clone(),
        seeds,
        folds,
        metrics: if args.metrics.is_empty() { metrics::<T>(areas, printed.as_ref()) } else { args.metrics.clone() },
        areas,
        methods: compare::by_method(&cells, runs),
        baselines: baselines.baselines,
        gains: grid.paper.map(|paper| paper.gains()),
        printed,
        notes,
        dataset,
    };
    // Results are written even where runs can't be paired.
    let differences = Differences::of(folder.path(), &comparison);
    let known = differences.as_ref().ok().and_then(Option::as_ref);
    comparison.notes.extend(report::comparison_remarks(folder.path(), &comparison, known)?);
    compare::write(folder.path(), &comparison)?;
    let differences = differences?;
    let by_group = ByGroup::of(folder.path(), &comparison)?;
    let report = report::write_comparison(&out, &comparison, differences.as_ref(), by_group.as_ref())?;
    output!("{}", ComparisonTable::new(&comparison).to_text())?;
    if let Some(differences) = &differences {
        outputln!("{}", differences.to_text())?;
    }
    if let Some(by_group) = &by_group {
        outputln!("{}", by_group.to_text())?;
    }
    outputln!("report: {}", report.display())?;
    fail_if_all_failed(&comparison, &out)
}

/// How many runs at the same time. The cores share a grid well, a GPU does not.
fn workers(jobs: Option<usize>, cells: usize, device: &Device) -> Workers {
    let is_gpu = DeviceInfo::of(device).is_gpu();
    let workers = Workers::new(jobs.unwrap_or(if is_gpu { 1 } else { cores() }), cells, cores());
    if workers.jobs > cores() {
        status!("warning: {} runs at the same time share {} cores; fewer would be as fast", workers.jobs, cores());
    }
    workers
}

/// The program's own metrics; those of a printed table where it stands beside; those that unseen targets have.
fn metrics<T: Task>(areas: Areas, printed: Option<&Printed>) -> Vec<Metric> {
    match (areas, printed) {
        (Areas::Seen, _) => vec![Metric::Mae, Metric::Gm],
        (Areas::Shots, Some(printed)) => {
            let mut metrics: Vec<Metric> = printed.columns.iter().map(|column| column.metric).collect();
            metrics.dedup();
            metrics
        }
        (Areas::Shots, None) => T::METRICS.to_vec(),
    }
}

fn fail_if_all_failed(comparison: &Comparison, out: &Path) -> anyhow::Result<()> {
    let runs: Vec<_> = comparison.methods.iter().flat_map(|m| &m.runs).collect();
    let failed: Vec<&String> = runs.iter().filter_map(|r| r.failed.as_ref()).collect();
    match failed.first() {
        Some(first) if failed.len() == runs.len() => {
            anyhow::bail!("{}: all {} runs failed, the first with: {first}", out.display(), runs.len())
        }
        Some(first) => {
            status!("warning: {} of {} runs failed, the first with: {first}", failed.len(), runs.len());
            Ok(())
        }
        None => Ok(()),
    }
}
