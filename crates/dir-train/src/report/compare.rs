//! The report of a comparison.

use std::path::{Path, PathBuf};

use dir_core::shot::Region;

use super::charts;
use super::files::{self, BinRow, PredictionRow};
use super::groups::{ByGroup, GroupError};
use super::page::Page;
use super::paired::{Difference, Differences, MethodDifference};
use super::table::{ComparisonTable, REGIONS, mean_and_deviation};
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;
use crate::evaluate::read_metrics;

/// The results that a folder holds.
pub(super) fn read(folder: &Path) -> Result<Comparison, TrainError> {
    let path = folder.join("compare.json");
    serde_json::from_slice(&crate::files::read(&path)?).map_err(|error| TrainError::File {
        path: path.clone(),
        found: format!("something else ({error})"),
        expected: "the results of a comparison".into(),
    })
}

pub(super) fn write(
    folder: &Path,
    comparison: &Comparison,
    differences_of: Option<&Differences>,
    by_group: Option<&ByGroup>,
) -> Result<PathBuf, TrainError> {
    let table = ComparisonTable::new(comparison);
    for (name, text) in [("md", table.to_markdown()), ("csv", table.to_csv()), ("tex", table.to_latex())] {
        crate::files::write_atomic(&folder.join(format!("table.{name}")), text.as_bytes())?;
    }

    let mut page = Page::new(&format!("Methods compared on {}: {}", comparison.dataset, comparison.target));
    page.paragraph(&format!(
        "Mean over {} seeds with the sample standard deviation below it; ★ marks the best of a column. Errors are in \
         units of {}, lower is better.{}",
        comparison.seeds.len(),
        comparison.target,
        comparison.folds.map_or(String::new(), |folds| format!(
            " Cross-validated: every row was tested once per seed, by a model of one of {folds} folds that has not seen it."
        ))
    ));
    page.markup(&table.to_html());
    page.note(&format!(
        "{}Many, medium and few: test rows whose bin has many, some and few training rows. The same table: table.md, \
         table.csv, table.tex.",
        table.legend()
    ));
    failures(&mut page, comparison);
    differences_of.iter().for_each(|found| differences(&mut page, found));
    by_group.iter().for_each(|found| groups(&mut page, found, &comparison.target));
    by_shot(&mut page, comparison, &table);
    figures_of_runs(&mut page, folder, comparison)?;
    page.write(folder)
}

fn failures(page: &mut Page, comparison: &Comparison) {
    let failed = |m: &MethodRuns| -> Vec<String> {
        let of = |r: &crate::compare::Run| match (&r.regions, &r.failed) {
            (None, Some(why)) => Some(format!("{}, seed {}: {why}", m.title, r.seed)),
            (None, None) => Some(format!("{}, seed {}: not finished", m.title, r.seed)),
            (Some(_), _) => None,
        };
        m.runs.iter().filter_map(of).collect()
    };
    let failed: Vec<String> = comparison.methods.iter().flat_map(failed).collect();
    if !failed.is_empty() {
        page.heading("Runs that failed");
        page.paragraph("They are not in the means.");
        page.list(&failed);
    }
}

/// Every method against the first, seed by seed and row by row.
fn differences(page: &mut Page, differences: &Differences) {
    if differences.methods.is_empty() {
        return;
    }
    page.heading(&format!("{} minus that of {}", differences.error.title(), differences.base));
    let head = ["method", "all", "many", "medium", "few"];
    let cell = |cell: &Option<Difference>| cell.map_or_else(|| "-".to_owned(), |difference| difference.to_string());
    let row = |m: &MethodDifference| [vec![m.title.clone()], m.regions.iter().map(cell).collect()].concat();
    page.table(&head, &differences.methods.iter().map(row).collect::<Vec<_>>());
    page.note(
        "Paired: the same seeds and test rows, rows of a group together. In brackets the 95 % interval over both, drawn anew \
         2,000 times. Below 0 the method errs less.",
    );
}

/// One number per group.
fn groups(page: &mut Page, by_group: &ByGroup, target: &str) {
    page.heading(&format!("One number for each of {} groups", by_group.groups));
    let row = |method: &GroupError| vec![method.title.clone(), method.to_string()];
    page.table(&["method", "MAE"], &by_group.methods.iter().map(row).collect::<Vec<_>>());
    page.note(&format!(
        "How far the mean prediction of a group's rows is from their mean {target}. In brackets the 95 % interval over seeds and \
         groups, drawn anew 2,000 times."
    ));
}

fn by_shot(page: &mut Page, comparison: &Comparison, table: &ComparisonTable) {
    let metric = comparison.first_metric();
    let figure = |region: Region| {
        let cell = |m: &MethodRuns| {
            let values = m.runs.iter().filter_map(|r| metric.of(r.regions.as_ref()?.get(region)?));
            let cell = mean_and_deviation(&values.collect::<Vec<_>>());
            (m.title.clone(), cell.map(|(mean, deviation)| (mean, deviation.unwrap_or(0.0))))
        };
        let cells: Vec<(String, charts::MeanAndDeviation)> = comparison.methods.iter().map(cell).collect();
        let of = (metric.title(), comparison.target.as_str());
        let chart = charts::by_shot(of, region.name(), &table.rows_of(region), &cells);
        let name = format!("{}-{}", metric.name(), region.name());
        cells.iter().any(|(_, cell)| cell.is_some()).then_some((name, chart))
    };
    let figures: Vec<(String, String)> = REGIONS.into_iter().filter_map(figure).collect();
    if figures.is_empty() {
        return;
    }
    page.heading(&format!("{} by shot", metric.title()));
    page.figures(
        figures,
        "A dot is the mean over seeds, its whiskers are one standard deviation. Each plot has its own scale, which \
         does not start at 0.",
    );
}

/// Plots that need the files of the runs: those of the first seed stand for the training curves, all for the errors.
fn figures_of_runs(page: &mut Page, folder: &Path, comparison: &Comparison) -> Result<(), TrainError> {
    let finished = |m: &MethodRuns| -> Vec<PathBuf> {
        let runs = m.runs.iter().filter(|r| r.regions.is_some()).map(|r| folder.join(&r.folder));
        runs.filter(|run| run.join("predictions.csv").is_file()).collect()
    };
    let Some(first) = comparison.methods.iter().flat_map(finished).next() else {
        page.missing("No plots by bin", "predictions.csv of a finished run");
        return Ok(());
    };
    let target = &comparison.target;
    let bins = files::bins(&first)?;
    let metric =
        files::optional(&first, "metrics.json", |_| read_metrics(&first))?.map_or("mae".into(), |m| m.best.metric);
    let (mut errors, mut curves) = (Vec::new(), Vec::new());
    for method in &comparison.methods {
        let runs = finished(method);
        let Some(run) = runs.first() else { continue };
        let first = files::run_or_folds(run).into_iter().next().unwrap_or_else(|| run.clone());
        if let Some(epochs) = files::optional(&first, "log.jsonl", files::epochs)? {
            curves.push((method.title.clone(), epochs));
        }
        errors.push((method.title.clone(), mean_errors(&runs, bins.len())?));
    }
    page.heading("Over the target");
    page.figure(
        "error-by-method",
        &charts::errors_by_bin(target, &bins, &errors),
        "Mean over seeds, and over a few neighbouring bins for reading. The strip below is the shot of the bin: blue \
         many, orange medium, vermillion few, purple none.",
    );
    gains(page, target, &bins, &errors);
    page.figure(
        "density",
        &charts::density(target, &bins),
        "Training rows per bin, coloured by shot. The line is the same density after label distribution smoothing.",
    );
    page.heading("Training");
    page.figure(
        "training",
        &charts::validation_of_methods(target, &metric, &curves),
        "One run per method, that of the first seed and fold. Epochs of a second stage follow those of the first.",
    );
    Ok(())
}

/// A plot for every method but the first.
fn gains(page: &mut Page, target: &str, bins: &[BinRow], errors: &[(String, Vec<f64>)]) {
    let Some(((first, base), others)) = errors.split_first() else { return };
    let gains = others.iter().flat_map(|(_, errors)| base.iter().zip(errors).map(|(b, e)| (b - e).abs()));
    let most = gains.filter(|gain| gain.is_finite()).fold(0.0, f64::max);
    let figure = |(k, (name, errors)): (usize, &(String, Vec<f64>))| {
        (format!("gain-{}", k + 1), charts::gain(target, bins, (first, base), (name, errors), most))
    };
    let figures: Vec<(String, String)> = others.iter().enumerate().map(figure).collect();
    if !figures.is_empty() {
        let caption = format!(
            "How much lower the error is than that of {first}: blue above 0 is better, vermillion below 0 is worse. \
             The same scale in all."
        );
        page.figures(figures, &caption);
    }
}

/// Smoothed error of every bin, a mean over runs.
fn mean_errors(runs: &[PathBuf], bins: usize) -> Result<Vec<f64>, TrainError> {
    let mut mean = vec![0.0; bins];
    for run in runs {
        let rows: Vec<PredictionRow> = files::csv(&run.join("predictions.csv"))?;
        let errors = charts::smoothed(&files::error_by_bin(run, bins, &rows)?);
        mean.iter_mut().zip(errors).for_each(|(m, e)| *m += e / runs.len() as f64);
    }
    Ok(mean)
}
