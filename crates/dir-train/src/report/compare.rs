//! The report of a comparison.

use std::path::{Path, PathBuf};

use dir_core::metric::Report;
use dir_core::shot::Region;

use super::page::Page;
use super::table::ComparisonTable;
use super::{charts, files};
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;

const SHOTS: [Region; 4] = [Region::All, Region::Many, Region::Medium, Region::Few];

pub(super) fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    let path = folder.join("compare.json");
    let comparison: Comparison =
        serde_json::from_slice(&crate::files::read(&path)?).map_err(|error| TrainError::File {
            path: path.clone(),
            found: format!("something else ({error})"),
            expected: "the results of a comparison".into(),
        })?;
    let table = ComparisonTable::new(&comparison);
    crate::files::write_atomic(&folder.join("table.md"), table.to_markdown().as_bytes())?;
    crate::files::write_atomic(&folder.join("table.csv"), table.to_csv().as_bytes())?;

    let mut page = Page::new(&format!("Methods compared on {}: {}", comparison.dataset, comparison.target));
    page.paragraph(&table.rows_line().replace("* marks", "★ marks"));
    let (head, rows) = table.cells();
    page.table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
    failures(&mut page, &comparison);
    let names: Vec<&str> = SHOTS.iter().map(|r| r.name()).collect();
    let by_shot: Vec<_> = comparison.methods.iter().map(|m| (m.title.clone(), cells(m))).collect();
    page.figure(
        "by-shot",
        &charts::by_shot(&by_shot, &names),
        "MAE by shot: a dot is the mean over seeds, a line its deviation.",
    );
    figures_of_runs(&mut page, folder, &comparison)?;
    page.write(folder)
}

fn failures(page: &mut Page, comparison: &Comparison) {
    let failed: Vec<String> = comparison
        .methods
        .iter()
        .flat_map(|m| {
            m.runs.iter().filter_map(|r| Some(format!("{} seed {}: {}", m.title, r.seed, r.failed.as_ref()?)))
        })
        .collect();
    if !failed.is_empty() {
        page.heading("Runs that failed");
        page.list(&failed);
    }
}

/// Mean and deviation of the MAE by region.
fn cells(method: &MethodRuns) -> Vec<charts::MeanAndDeviation> {
    let reports: Vec<&Report> = method.runs.iter().filter_map(|r| r.regions.as_ref()).collect();
    SHOTS
        .iter()
        .map(|region| {
            let values: Vec<f64> = reports.iter().filter_map(|r| Some(r.get(*region)?.mae)).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            (!values.is_empty()).then(|| (mean, if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 }))
        })
        .collect()
}

/// Plots that need the files of the runs: those of the first seed stand for the training curves, all for the errors.
fn figures_of_runs(page: &mut Page, folder: &Path, comparison: &Comparison) -> Result<(), TrainError> {
    let finished = |m: &MethodRuns| -> Vec<PathBuf> {
        m.runs.iter().filter(|r| r.regions.is_some()).map(|r| folder.join(&r.folder)).collect()
    };
    let Some(first) = comparison.methods.iter().flat_map(finished).next() else { return Ok(()) };
    let bins: Vec<files::BinRow> = files::csv(&first.join("bins.csv"))?;
    page.figure(
        "density",
        &charts::density(&bins),
        "Training rows per bin, coloured by shot; the line is the same density after label distribution smoothing.",
    );
    let (mut errors, mut curves) = (Vec::new(), Vec::new());
    for method in &comparison.methods {
        let runs = finished(method);
        let Some(run) = runs.first() else { continue };
        curves.push((method.title.clone(), files::epochs(&run.join("log.jsonl"))?));
        let mut rows = Vec::new();
        for run in &runs {
            rows.extend(files::csv(&run.join("predictions.csv"))?);
        }
        errors.push((method.title.clone(), files::error_by_bin(bins.len(), &rows)));
    }
    page.figure(
        "error-by-method",
        &charts::error_by_method(&bins, &errors),
        "Test error over the target, a mean over seeds and a few neighbouring bins.",
    );
    page.figure("training", &charts::training(&curves), "Validation MAE by epoch, first seed.");
    Ok(())
}
