//! Cross-validation in a comparison: the folds of a method and seed make one run, whose test rows are those of all folds.
//!
//! Every row is tested once, by a model that has not seen it. Shots are those of the mean number of training rows over the folds; relevance
//! is that of all rows, which train in all folds but two.

use std::path::Path;

use dir_core::bins::Bins;
use dir_core::tally::Tally;

use crate::compare::{Cell, Run};
use crate::error::TrainError;
use crate::evaluate::{self, Best, BestEpoch, Metrics, Regions};
use crate::natural::{BinCounts, Natural};
use crate::recipe::Recipe;
use crate::report::{PredictionRow, predictions};
use crate::run_folder::RunFolder;
use crate::scores::Scoring;
use crate::source::Targets;

/// What all folds share. Every fold trains with bins of its own training rows; their test rows are evaluated together by these.
#[derive(Debug, Clone, Copy)]
pub struct Pooling<'a> {
    /// Data set.
    pub dataset: &'a str,
    /// Name of the target.
    pub target: &'a str,
    /// Bins of the target.
    pub bins: &'a Bins,
}

/// A method of the comparison.
#[derive(Debug, Clone)]
pub struct PooledMethod {
    /// Its name, as cells have it.
    pub name: String,
    /// How it trains.
    pub recipe: Recipe,
    /// Training rows of a fold in each of the shared bins, a mean over folds.
    pub train: Vec<u64>,
}

/// Makes one run of the folds of each method and seed: `cells` come fold after fold, `runs` in the same order. A run with a failed fold
/// has failed.
///
/// # Errors
/// A file of a fold that is malformed; a folder that can't be written.
pub fn pool(
    folder: &Path,
    cells: &[Cell],
    runs: Vec<Run>,
    methods: &[PooledMethod],
    pooling: Pooling<'_>,
) -> Result<(Vec<Cell>, Vec<Run>), TrainError> {
    let mut pooled = (Vec::new(), Vec::new());
    let folds: Vec<(&Cell, Run)> = cells.iter().zip(runs).collect();
    for folds in folds.chunk_by(|(a, _), (b, _)| (&a.method, a.seed) == (&b.method, b.seed)) {
        let Some((first, _)) = folds.first() else { continue };
        let cell = Cell { fold: None, ..Cell::clone(first) };
        let method = methods.iter().find(|method| method.name == cell.method);
        let runs: Vec<&Run> = folds.iter().map(|(_, run)| run).collect();
        let run = match (method, runs.iter().find(|run| run.regions.is_none())) {
            (Some(method), None) => one(folder, &cell, &runs, method, pooling)?,
            (_, failed) => {
                let why = failed.and_then(|run| run.failed.clone());
                Run { seed: cell.seed, folder: cell.folder(), failed: why, ..Run::default() }
            }
        };
        pooled.0.push(cell);
        pooled.1.push(run);
    }
    Ok(pooled)
}

fn one(
    folder: &Path,
    cell: &Cell,
    folds: &[&Run],
    PooledMethod { recipe, train, .. }: &PooledMethod,
    pooling: Pooling<'_>,
) -> Result<Run, TrainError> {
    let mut rows = Vec::new();
    for fold in folds {
        rows.extend(predictions(&folder.join(&fold.folder))?.unwrap_or_default());
    }
    let targets: Vec<f64> = rows.iter().map(|row| row.target).collect();
    let tested = Tally::of(&targets);
    let regions = Regions::of_folds(pooling.bins.clone(), train.clone(), recipe, &tested)?;
    let mut scoring = Scoring::new(&regions, recipe, Targets::OfRows(&targets));
    for PredictionRow { row, target, prediction, .. } in &rows {
        scoring.push(&[*row], &[*target], &[*prediction])?;
    }
    let scores = scoring.finish()?;
    let counts = BinCounts::of_all(&regions, &tested)?;
    let natural = Natural::of(&scores, &regions, &counts, recipe.bootstrap)?;
    let run = RunFolder::open(&folder.join(cell.folder()))?;
    evaluate::write_bins(&run, &regions, recipe, [&tested, &tested])?;
    let groups: Option<Vec<String>> = rows.into_iter().map(|row| row.group).collect();
    evaluate::write_predictions(&run, &regions, &scores, groups.as_deref())?;
    let validation = folds.iter().filter_map(|fold| fold.validation).sum::<f64>() / folds.len() as f64;
    let metrics = Metrics {
        dataset: pooling.dataset.into(),
        method: cell.method.clone(),
        seed: cell.seed,
        target: pooling.target.into(),
        split: format!("test rows of {} folds", folds.len()),
        // Every fold has its own best epoch; theirs is the mean of the metric.
        best: Best { metric: recipe.train.select.to_string(), at: BestEpoch { stage: 0, epoch: 0, value: validation } },
        regions: scores.report,
        unseen: scores.unseen,
        natural,
    };
    evaluate::write_metrics(&run, &metrics)?;
    let Metrics { seed, regions, unseen, natural, .. } = metrics;
    let (regions, validation) = (Some(regions), Some(validation));
    Ok(Run { seed, folder: cell.folder(), regions, unseen, natural, validation, failed: None })
}
