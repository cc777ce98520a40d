//! Methods x columns, mean and deviation over seeds, what was printed beside it: one table, written in four forms.
//!
//! Baselines stand below the methods; a second table has the errors under the natural distribution where the test rows are spread otherwise.
//! Every number is made a text here, once; the forms only place it.

mod html;
mod latex;
mod long;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

use dir_core::shot::Region;

use super::axis::grouped;
use crate::compare::{Area, Column, Comparison, MethodRuns, Printed, PrintedRow, Run};
use crate::natural::Natural;
use crate::select::Metric;

pub(super) use long::to_csv;

/// The tables of a comparison: its own, and one of what was printed about other data.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonTable {
    tables: Vec<Table>,
    counts: Vec<(Area, Option<usize>)>,
    seeds: usize,
    /// What its test rows are, for a line that counts them.
    test_rows: String,
    /// What a reader should know.
    notes: Vec<String>,
    /// Runs that are not in the means, and why.
    failed: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    heading: Option<String>,
    columns: Vec<Column>,
    lines: Vec<Line>,
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    kind: Kind,
    title: String,
    /// Whether a rule is drawn above it.
    rule: bool,
    /// Cells by column; `None` where there is no number.
    cells: Vec<Option<Cell>>,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A method.
    Method,
    /// What was printed of the line above.
    Beside,
    /// What was printed, in a table of its own.
    Printed,
    /// A predictor without a network.
    Baseline,
}

/// Which distribution of the test rows a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distribution {
    AsGiven,
    Natural,
}

/// A number, ready to be placed.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    value: String,
    /// Sample standard deviation over the seeds that worked.
    deviation: Option<String>,
    best: bool,
}

impl ComparisonTable {
    /// The comparison's metrics over its areas.
    #[must_use]
    pub fn new(comparison: &Comparison) -> Self {
        let printed = comparison.printed.as_ref();
        let mut tables = vec![Table::of(comparison, printed.filter(|printed| printed.of_these_data))];
        tables.extend(Table::of_natural(comparison));
        tables.extend(printed.filter(|printed| !printed.of_these_data).map(Table::of_printed));
        let beside = printed.filter(|printed| printed.of_these_data);
        let beside = beside.map(|printed| format!("Lines \"{PRINTED}\": {}.", printed.source));
        Self {
            tables,
            counts: areas(&comparison.columns()).map(|area| (area, common_rows(comparison, area))).collect(),
            seeds: comparison.seeds.len(),
            test_rows: test_rows(comparison),
            notes: beside.into_iter().chain(explanations(comparison)).chain(comparison.notes.iter().cloned()).collect(),
            failed: comparison.methods.iter().flat_map(failed).collect(),
        }
    }

    /// Test rows per area, in words, and how the best of a column is marked.
    fn rows_line(&self, mark: &str) -> String {
        let known = self.counts.iter().filter_map(|(area, rows)| Some(format!("{} {}", area.title(), (*rows)?)));
        let varied: Vec<&str> = self.counts.iter().filter(|(_, rows)| rows.is_none()).map(|(a, _)| a.title()).collect();
        let varied = (!varied.is_empty()).then(|| format!("{} by the training rows of each line", varied.join(", ")));
        let rows = known.chain(varied).collect::<Vec<_>>().join(", ");
        let seeds = match self.seeds {
            1 => "One seed".to_owned(),
            seeds => format!("Mean ± standard deviation over {seeds} seeds"),
        };
        format!("{}: {rows}. {seeds}; {mark} marks the best of a column.", self.test_rows)
    }

    /// Test rows of an area, for a heading.
    pub(super) fn rows_of(&self, area: Area) -> String {
        let rows = self.counts.iter().find(|(other, _)| *other == area).map(|(_, rows)| *rows);
        rows.unwrap_or(Some(0)).map_or("some".into(), |rows| grouped(rows as f64, 0))
    }

    /// Runs that are not in the means, and why.
    pub(super) fn failed(&self) -> &[String] {
        &self.failed
    }

    /// What a reader should know.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the metrics are, for a legend.
    pub(super) fn legend(&self) -> String {
        let groups = self.tables.first().map(Table::groups).unwrap_or_default();
        groups.iter().map(|(metric, _)| format!("{}: {}. ", metric.title(), metric.meaning())).collect()
    }
}

/// Metrics that have a value under the natural distribution.
const NATURAL_METRICS: [Metric; 3] = [Metric::Mae, Metric::Mse, Metric::Rmse];
/// Title of a line of printed numbers.
const PRINTED: &str = "paper";

impl Table {
    /// Ours, with what was printed of each method below it.
    fn of(comparison: &Comparison, printed: Option<&Printed>) -> Self {
        let columns = comparison.columns();
        let mut lines = Self::methods(comparison, printed, &columns, Distribution::AsGiven);
        if let Some(line) = Line::of_gains(comparison, &columns) {
            lines.push(line);
            let gains = printed.and_then(|printed| Some((printed, printed.gains.as_ref()?)));
            lines.extend(gains.map(|(printed, gains)| Line::beside(printed, &gains.cells, &columns)));
        }
        lines.extend(Line::of_baselines(comparison, &columns, Distribution::AsGiven));
        Self { heading: None, columns, lines }
    }

    /// The same errors under the natural distribution; `None` where the test rows are spread so, or runs do not tell.
    fn of_natural(comparison: &Comparison) -> Option<Self> {
        let (natural, regions) =
            runs(comparison).find_map(|run| run.natural.and_then(|natural| Some((natural, natural.regions?))))?;
        let mut metrics: Vec<Metric> =
            comparison.metrics.iter().copied().filter(|m| NATURAL_METRICS.contains(m)).collect();
        if metrics.is_empty() {
            metrics.push(Metric::Mae);
        }
        let shots = [Region::All, Region::Many, Region::Medium, Region::Few];
        let columns: Vec<Column> = metrics
            .into_iter()
            .flat_map(|metric| shots.map(|shot| Column { metric, area: Area::Shot(shot) }))
            .collect();
        let same = runs(comparison).filter_map(|run| run.natural).all(|other| other.describe() == natural.describe());
        let heading = if same {
            let rows = shots.into_iter().filter_map(|shot| {
                let errors = regions.get(shot)?;
                Some(format!("{} {}", shot.name(), grouped(errors.effective_rows, 0)))
            });
            format!("{}. Effective test rows: {}", natural.describe(), rows.collect::<Vec<_>>().join(", "))
        } else {
            "Natural distribution: the same test rows, re-weighted to the spread of each line's data over the target"
                .into()
        };
        let mut lines = Self::methods(comparison, None, &columns, Distribution::Natural);
        lines.extend(Line::of_baselines(comparison, &columns, Distribution::Natural));
        Some(Self { heading: Some(heading), columns, lines })
    }

    /// Methods group by group, the best of each marked, with what was printed of each below it.
    fn methods(
        comparison: &Comparison,
        printed: Option<&Printed>,
        columns: &[Column],
        distribution: Distribution,
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        for (k, group) in comparison.groups().enumerate() {
            let means: Vec<Vec<Option<f64>>> =
                group.iter().map(|method| means(method, columns, distribution)).collect();
            for (j, method) in group.iter().enumerate() {
                let best = |k: usize| is_best(columns[k], means[j][k], means.iter().filter_map(|row| row[k]));
                let cell = |(k, column): (usize, &Column)| Cell::of(&values(method, *column, distribution), best(k));
                let cells = columns.iter().enumerate().map(cell).collect();
                lines.push(Line { kind: Kind::Method, title: method.title.clone(), rule: k > 0 && j == 0, cells });
                let row = |printed: &'_ Printed| printed.rows.iter().find(|row| row.method == method.method).cloned();
                let cells = printed.and_then(|printed| Some((printed, row(printed)?.cells)));
                lines.extend(cells.map(|(printed, cells)| Line::beside(printed, &cells, columns)));
            }
        }
        lines
    }

    /// What was printed, alone.
    fn of_printed(printed: &Printed) -> Self {
        let number = |text: &String| text.parse::<f64>().ok();
        let line = |PrintedRow { title, cells, .. }: &PrintedRow| {
            let cell = |(k, text): (usize, &String)| {
                let all = printed.rows.iter().filter_map(|row| number(&row.cells[k]));
                Cell::printed(text, is_best(printed.columns[k], number(text), all))
            };
            let cells = cells.iter().enumerate().map(cell).collect();
            Line { kind: Kind::Printed, title: title.clone(), rule: false, cells }
        };
        let gains = |PrintedRow { title, cells, .. }: &PrintedRow| {
            let cells = cells.iter().map(|text| Cell::printed(text, false)).collect();
            Line { kind: Kind::Printed, title: title.clone(), rule: true, cells }
        };
        Self {
            heading: Some(format!("Paper (real data): {}", printed.source)),
            columns: printed.columns.clone(),
            lines: printed.rows.iter().map(line).chain(printed.gains.iter().map(gains)).collect(),
        }
    }

    /// Metrics with the areas that they have columns for.
    fn groups(&self) -> Vec<(Metric, Vec<Area>)> {
        let chunks = self.columns.chunk_by(|a, b| a.metric == b.metric);
        chunks.map(|columns| (columns[0].metric, columns.iter().map(|column| column.area).collect())).collect()
    }

    fn titles(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.title()).collect()
    }
}

impl Line {
    /// Printed numbers in the places of our columns.
    fn beside(printed: &Printed, cells: &[String], columns: &[Column]) -> Self {
        let cell = |column: &Column| {
            let k = printed.columns.iter().position(|printed| printed == column)?;
            Cell::printed(cells.get(k)?, false)
        };
        let cells = columns.iter().map(cell).collect();
        Self { kind: Kind::Beside, title: PRINTED.into(), rule: false, cells }
    }

    /// Predictors without a network, below a rule; none is marked the best, for they are no methods.
    fn of_baselines<'a>(
        comparison: &'a Comparison,
        columns: &'a [Column],
        distribution: Distribution,
    ) -> impl Iterator<Item = Self> + 'a {
        comparison.baselines.iter().enumerate().map(move |(k, baseline)| {
            let run = baseline.as_run();
            let cell =
                |column: &Column| Cell::of(&value(&run, *column, distribution).into_iter().collect::<Vec<_>>(), false);
            let cells = columns.iter().map(cell).collect();
            Self { kind: Kind::Baseline, title: baseline.kind.title().into(), rule: k == 0, cells }
        })
    }

    /// The first method against the best of some, column by column: above 0 these are better.
    fn of_gains(comparison: &Comparison, columns: &[Column]) -> Option<Self> {
        let (gains, base) = (comparison.gains.as_ref()?, comparison.methods.first()?);
        let cell = |&column: &Column| {
            let base = mean_and_deviation(&values(base, column, Distribution::AsGiven))?.0;
            let others = comparison.methods.iter().filter(|method| gains.methods.contains(&method.method));
            let gain = others.filter_map(|method| {
                let mean = mean_and_deviation(&values(method, column, Distribution::AsGiven))?.0;
                Some(if column.metric.higher_is_better() { mean - base } else { base - mean })
            });
            let gain = gain.reduce(f64::max)?;
            let sign = if gain > 0.0 { "+" } else { "" };
            Some(Cell { value: format!("{sign}{}", digits(gain, base)), deviation: None, best: false })
        };
        let cells: Vec<Option<Cell>> = columns.iter().map(cell).collect();
        let any = cells.iter().any(Option::is_some);
        any.then(|| Self { kind: Kind::Method, title: gains.title.clone(), rule: true, cells })
    }

    /// What stands where there is no number: our runs have none, or nothing was printed.
    fn nothing(&self) -> &'static str {
        if matches!(self.kind, Kind::Method | Kind::Baseline) { "-" } else { "" }
    }
}

impl Cell {
    fn of(values: &[f64], best: bool) -> Option<Self> {
        let (mean, deviation) = mean_and_deviation(values)?;
        Some(Self { value: digits(mean, mean), deviation: deviation.map(|d| digits(d, mean)), best })
    }

    fn printed(text: &str, best: bool) -> Option<Self> {
        (!text.is_empty()).then(|| Self { value: text.to_owned(), deviation: None, best })
    }

    /// Mean and deviation in one.
    fn full(&self) -> String {
        self.deviation.as_ref().map_or_else(|| self.value.clone(), |deviation| format!("{} ± {deviation}", self.value))
    }
}

/// Values of a method's runs that worked.
fn values(method: &MethodRuns, column: Column, distribution: Distribution) -> Vec<f64> {
    method.runs.iter().filter_map(|run| value(run, column, distribution)).collect()
}

fn value(run: &Run, column: Column, distribution: Distribution) -> Option<f64> {
    match distribution {
        Distribution::AsGiven => column.of(run),
        Distribution::Natural => column.of_natural(run),
    }
}

fn means(method: &MethodRuns, columns: &[Column], distribution: Distribution) -> Vec<Option<f64>> {
    let mean = |&column: &Column| mean_and_deviation(&values(method, column, distribution)).map(|(mean, _)| mean);
    columns.iter().map(mean).collect()
}

/// Runs of all methods.
fn runs(comparison: &Comparison) -> impl Iterator<Item = &Run> {
    comparison.methods.iter().flat_map(|method| &method.runs)
}

/// What the test rows are, where all runs agree.
fn test_rows(comparison: &Comparison) -> String {
    let spreads: Vec<_> =
        runs(comparison).filter(|run| run.regions.is_some()).map(|run| run.natural.map(|n| n.spread)).collect();
    match spreads.first() {
        Some(Some(first)) if spreads.iter().all(|spread| *spread == Some(*first)) => {
            let title = Natural::rows_title(*first);
            title[..1].to_uppercase() + &title[1..]
        }
        _ => "Test rows".into(),
    }
}

/// What a table of natural errors would say if it differed, and what the baselines are.
fn explanations(comparison: &Comparison) -> Vec<String> {
    let natural = runs(comparison).filter_map(|run| run.natural);
    let mut notes: Vec<String> =
        natural.filter(|natural| natural.regions.is_none()).map(|natural| natural.describe() + ".").collect();
    notes.dedup();
    let meanings: Vec<String> =
        comparison.baselines.iter().map(|b| format!("{}: {}", b.kind.title(), b.kind.meaning())).collect();
    if !meanings.is_empty() {
        notes.push(meanings.join("; ") + ".");
    }
    notes
}

fn is_best(column: Column, value: Option<f64>, all: impl Iterator<Item = f64>) -> bool {
    let best = all.reduce(if column.metric.higher_is_better() { f64::max } else { f64::min });
    value.is_some() && value == best
}

/// Areas that columns are about, each once.
fn areas(columns: &[Column]) -> impl Iterator<Item = Area> {
    let first = |k: usize| columns[..k].iter().all(|before| before.area != columns[k].area);
    (0..columns.len()).filter(move |&k| first(k)).map(|k| columns[k].area)
}

/// Test rows of an area, if they are the same for all methods.
fn common_rows(comparison: &Comparison, area: Area) -> Option<usize> {
    let runs = comparison.methods.iter().filter_map(|method| method.runs.iter().find(|run| run.regions.is_some()));
    let mut rows = runs.map(|run| area.rows(run).unwrap_or(0));
    let first = rows.next().unwrap_or(0);
    rows.all(|other| other == first).then_some(first)
}

fn failed(method: &MethodRuns) -> Vec<String> {
    let of = |run: &Run| match (&run.regions, &run.failed) {
        (None, Some(why)) => Some(format!("{}, seed {}: {why}", method.title, run.seed)),
        (None, None) => Some(format!("{}, seed {}: not finished", method.title, run.seed)),
        (Some(_), _) => None,
    };
    method.runs.iter().filter_map(of).collect()
}

/// As many decimals as the mean needs for four significant digits.
fn digits(value: f64, mean: f64) -> String {
    let magnitude = if mean == 0.0 { 0 } else { mean.abs().log10().floor() as i32 };
    format!("{value:.*}", (3 - magnitude).clamp(0, 12) as usize)
}

/// Mean and sample standard deviation; a single value has no deviation.
pub(super) fn mean_and_deviation(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    (!values.is_empty()).then_some((mean, deviation))
}
