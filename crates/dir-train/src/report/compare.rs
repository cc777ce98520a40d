//! The report of a comparison.

use std::path::{Path, PathBuf};

use super::charts;
use super::figures;
use super::groups::{ByGroup, GroupError};
use super::page::Page;
use super::paired::{Differences, MethodDifference};
use super::table::{ComparisonTable, mean_and_deviation, to_csv};
use crate::compare::{Area, Areas, Column, Comparison, MethodRuns};
use crate::error::TrainError;
use crate::versioned;

/// The results that a folder holds.
pub(super) fn read(folder: &Path) -> Result<Comparison, TrainError> {
    versioned::read(&folder.join("compare.json"), "the results of a comparison; run the comparison again")
}

pub(super) fn write(
    folder: &Path,
    comparison: &Comparison,
    differences_of: Option<&Differences>,
    by_group: Option<&ByGroup>,
) -> Result<PathBuf, TrainError> {
    let table = ComparisonTable::new(comparison);
    let compared = differences_of.filter(|found| !found.methods.is_empty());
    let below = compared.map_or_else(String::new, |found| format!("\n{}", found.to_markdown()));
    let markdown = table.to_markdown() + &below;
    for (form, text) in [("md", markdown), ("csv", to_csv(comparison)), ("tex", table.to_latex())] {
        crate::files::write_atomic(&folder.join(format!("compare.{form}")), text.as_bytes())?;
    }
    if let Some(found) = compared {
        crate::files::write_atomic(&folder.join("differences.csv"), found.to_csv().as_bytes())?;
    }

    let mut page = Page::new(&format!("Methods compared on {}: {}", comparison.dataset, comparison.target));
    page.paragraph(&format!(
        "{}; ★ marks the best of a column. Errors are in units of {}, lower is better.{}",
        match comparison.seeds.len() {
            1 => "One seed".to_owned(),
            seeds => format!("Mean over {seeds} seeds with the sample standard deviation below it"),
        },
        comparison.target,
        comparison.folds.map_or(String::new(), |folds| format!(
            " Cross-validated: every row was tested once per seed, by a model of one of {folds} folds that has not seen it."
        ))
    ));
    let mut tables = table.to_html().into_iter();
    tables.next().iter().for_each(|(_, own)| page.markup(own));
    page.note(&format!(
        "{}{} The same table: compare.md, compare.tex; every number of every run, one a line: compare.csv.",
        table.legend(),
        meaning(comparison.areas)
    ));
    table.notes().iter().for_each(|note| page.note(note));
    if !table.failed().is_empty() {
        page.heading("Runs that failed");
        page.paragraph("They are not in the means.");
        page.list(table.failed());
    }
    for (heading, printed) in tables {
        heading.iter().for_each(|heading| page.heading(heading));
        page.markup(&printed);
    }
    differences_of.iter().for_each(|found| differences(&mut page, found));
    by_group.iter().for_each(|found| groups(&mut page, found, &comparison.target));
    by_shot(&mut page, comparison, &table);
    figures::add(&mut page, folder, comparison)?;
    page.write(folder)
}

fn meaning(areas: Areas) -> &'static str {
    match areas {
        Areas::Shots => "Many, medium and few: test rows whose bin has many, some and few training rows.",
        Areas::Seen => {
            "Data: test rows whose bin has training rows; interp: interpolation, whose bin has none, but bins below and above \
             have; extrap: extrapolation, beyond all bins that have."
        }
    }
}

/// Every method against the first, seed by seed and row by row.
fn differences(page: &mut Page, differences: &Differences) {
    if differences.methods.is_empty() {
        return;
    }
    page.heading(&format!("{} minus that of {}", differences.title(), differences.base));
    let head = [&["method"], differences.columns()].concat();
    let row = |m: &MethodDifference| [vec![m.title.clone()], differences.cells_of(&m.title)].concat();
    page.table(&head, &differences.methods.iter().map(row).collect::<Vec<_>>());
    page.note(&format!(
        "Paired: the same seeds and test rows, the mean of a group's rows as one. Below 0 the method errs less. In brackets the 95 % \
         interval {}. {} With all digits: differences.csv.",
        differences.coverage(),
        differences.adjustment().unwrap_or_default()
    ));
}

/// One number per group.
fn groups(page: &mut Page, by_group: &ByGroup, target: &str) {
    page.heading(&format!("One number for each of {} groups", by_group.groups));
    let row = |method: &GroupError| vec![method.title.clone(), method.to_string()];
    page.table(&["method", "MAE"], &by_group.methods.iter().map(row).collect::<Vec<_>>());
    page.note(&format!(
        "How far the mean prediction of a group's rows is from their mean {target}. In brackets the 95 % interval {}.",
        by_group.coverage()
    ));
}

fn by_shot(page: &mut Page, comparison: &Comparison, table: &ComparisonTable) {
    let metric = comparison.first_metric();
    let figure = |area: Area| {
        let cell = |m: &MethodRuns| {
            let values = m.runs.iter().filter_map(|run| Column { metric, area }.of(run));
            let cell = mean_and_deviation(&values.collect::<Vec<_>>());
            (m.title.clone(), cell.map(|(mean, deviation)| (mean, deviation.unwrap_or(0.0))))
        };
        let cells: Vec<(String, charts::MeanAndDeviation)> = comparison.methods.iter().map(cell).collect();
        let of = (metric.title(), comparison.target.as_str());
        let chart = charts::by_shot(of, area.title(), &table.rows_of(area), &cells);
        let name = format!("{}-{}", metric.name(), area.name());
        cells.iter().any(|(_, cell)| cell.is_some()).then_some((name, chart))
    };
    let figures: Vec<(String, String)> = comparison.areas.list().into_iter().filter_map(figure).collect();
    if figures.is_empty() {
        return;
    }
    let by = if comparison.areas == Areas::Shots { "shot" } else { "training rows" };
    page.heading(&format!("{} by {by}", metric.title()));
    page.figures(
        figures,
        "A dot is the mean over seeds, its whiskers are one standard deviation. Each plot has its own scale, which \
         does not start at 0.",
    );
}
