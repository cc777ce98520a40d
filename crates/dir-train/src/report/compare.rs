//! The report of a comparison.

use std::path::{Path, PathBuf};

use dir_core::shot::Region;

use super::groups::{ByGroup, GroupError};
use super::page::Page;
use super::paired::{Difference, Differences, MethodDifference};
use super::table::{ComparisonTable, REGIONS, mean_and_deviation};
use super::{charts, figures};
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;

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
    figures::add(&mut page, folder, comparison)?;
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
