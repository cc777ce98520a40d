//! Methods x columns, mean and deviation over seeds, what was printed beside it: one table, written in four forms.
//!
//! Every number is made a text here, once; the forms only place it.

mod html;
mod latex;
mod long;
mod markdown;
mod text;

use super::axis::grouped;
use crate::compare::{Area, Column, Comparison, MethodRuns, Printed, PrintedRow, Run};
use crate::select::Metric;

pub(super) use long::to_csv;

/// The tables of a comparison: its own, and one of what was printed about other data.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonTable {
    tables: Vec<Table>,
    counts: Vec<(Area, Option<usize>)>,
    seeds: usize,
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
        tables.extend(printed.filter(|printed| !printed.of_these_data).map(Table::of_printed));
        let beside = printed.filter(|printed| printed.of_these_data);
        let beside = beside.map(|printed| format!("Lines \"{PRINTED}\": {}.", printed.source));
        Self {
            tables,
            counts: comparison.areas.list().map(|area| (area, common_rows(comparison, area))).to_vec(),
            seeds: comparison.seeds.len(),
            notes: beside.into_iter().chain(comparison.notes.iter().cloned()).collect(),
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
        format!("Test rows: {rows}. {seeds}; {mark} marks the best of a column.")
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

/// Title of a line of printed numbers.
const PRINTED: &str = "paper";

impl Table {
    /// Ours, with what was printed of each method below it.
    fn of(comparison: &Comparison, printed: Option<&Printed>) -> Self {
        let columns = comparison.columns();
        let mut lines = Vec::new();
        for (k, group) in comparison.groups().enumerate() {
            let means: Vec<Vec<Option<f64>>> = group.iter().map(|method| means(method, &columns)).collect();
            for (j, method) in group.iter().enumerate() {
                let best = |k: usize| is_best(columns[k], means[j][k], means.iter().filter_map(|row| row[k]));
                let cell = |(k, column): (usize, &Column)| Cell::of(&values(method, *column), best(k));
                let cells = columns.iter().enumerate().map(cell).collect();
                lines.push(Line { kind: Kind::Method, title: method.title.clone(), rule: k > 0 && j == 0, cells });
                let row = |printed: &'_ Printed| printed.rows.iter().find(|row| row.method == method.method).cloned();
                let cells = printed.and_then(|printed| Some((printed, row(printed)?.cells)));
                lines.extend(cells.map(|(printed, cells)| Line::beside(printed, &cells, &columns)));
            }
        }
        if let Some(line) = Line::of_gains(comparison, &columns) {
            lines.push(line);
            let cells = printed.filter(|printed| !printed.gains.is_empty());
            lines.extend(cells.map(|printed| Line::beside(printed, &printed.gains, &columns)));
        }
        Self { heading: None, columns, lines }
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
        Self {
            heading: Some(format!("Paper (real data): {}", printed.source)),
            columns: printed.columns.clone(),
            lines: printed.rows.iter().map(line).collect(),
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

    /// The first method against the best of some, column by column: above 0 these are better.
    fn of_gains(comparison: &Comparison, columns: &[Column]) -> Option<Self> {
        let (gains, base) = (comparison.gains.as_ref()?, comparison.methods.first()?);
        let cell = |&column: &Column| {
            let base = mean_and_deviation(&values(base, column))?.0;
            let others = comparison.methods.iter().filter(|method| gains.methods.contains(&method.method));
            let gain = others.filter_map(|method| {
                let mean = mean_and_deviation(&values(method, column))?.0;
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
        if self.kind == Kind::Method { "-" } else { "" }
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
fn values(method: &MethodRuns, column: Column) -> Vec<f64> {
    method.runs.iter().filter_map(|run| column.of(run)).collect()
}

fn means(method: &MethodRuns, columns: &[Column]) -> Vec<Option<f64>> {
    columns.iter().map(|&column| mean_and_deviation(&values(method, column)).map(|(mean, _)| mean)).collect()
}

fn is_best(column: Column, value: Option<f64>, all: impl Iterator<Item = f64>) -> bool {
    let best = all.reduce(if column.metric.higher_is_better() { f64::max } else { f64::min });
    value.is_some() && value == best
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
    format!("{value:.*}", (3 - magnitude).clamp(0, 6) as usize)
}

/// Mean and sample standard deviation; a single value has no deviation.
pub(super) fn mean_and_deviation(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    (!values.is_empty()).then_some((mean, deviation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_well_formed;
    use super::*;
    use crate::compare::Gains;
    use crate::compare::{Areas, USUAL_METRICS};
    use dir_core::metric::{EvaluateOptions, evaluate, unseen};
    use dir_core::shot::{Region, Shot};

    fn run(seed: u64, shift: f64) -> Run {
        let (targets, predictions) = ([1.0, 2.0], [1.0 + shift, 2.5]);
        let regions = evaluate(&targets, &predictions, &[0, 1], &[Shot::Many, Shot::Few], &EvaluateOptions::default());
        let unseen = unseen(&targets, &predictions, &[0, 1], &[5, 0]).expect("valid");
        Run { seed, folder: "x".into(), regions: regions.ok(), unseen, ..Run::default() }
    }

    fn method(title: &str, runs: Vec<Run>) -> MethodRuns {
        MethodRuns { method: title.to_lowercase(), title: title.into(), group: None, runs }
    }

    fn comparison() -> Comparison {
        let failed = Run { seed: 1, failed: Some("oops".into()), ..Run::default() };
        Comparison {
            dataset: "d".into(),
            target: "y".into(),
            seeds: vec![0, 1],
            metrics: USUAL_METRICS.to_vec(),
            methods: vec![method("Vanilla", vec![run(0, 1.0), run(1, 2.0)]), method("INV", vec![run(0, 0.5), failed])],
            ..Comparison::default()
        }
    }

    fn printed(of_these_data: bool) -> Printed {
        let row = |method: &str, cells: [&str; 2]| PrintedRow {
            method: method.into(),
            title: method.to_uppercase(),
            cells: cells.map(String::from).to_vec(),
        };
        Printed {
            source: "somewhere, table 9".into(),
            of_these_data,
            columns: ["mae_all", "gm_few"].map(|name| name.parse().expect("a column")).to_vec(),
            rows: vec![row("vanilla", ["8.06", ""]), row("inv", ["7.10", "3.25"])],
            gains: vec!["+0.96".into(), String::new()],
        }
    }

    fn narrow(text: &str) -> bool {
        text.lines().all(|line| line.chars().count() <= 120)
    }

    #[test]
    fn many_metrics_stand_below_each_other() {
        let metrics = vec![Metric::Mse, Metric::Mae, Metric::Pearson, Metric::Bmse];
        let table = ComparisonTable::new(&Comparison { metrics, ..comparison() });
        let text = table.to_text();
        assert!(narrow(&text), "{text}");
        let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("method")).collect();
        assert!(heads.len() == 2 && heads[0].contains("MAE few") && heads[1].ends_with("bMSE"), "{text}");
        // Two rows correlate by 1 or -1: vanilla's seeds by 1 and -1, INV's by 1, and higher is better.
        let pearson = |line: usize| table.tables[0].lines[line].cells[8].clone().expect("a number");
        assert!(pearson(0).value.starts_with("0.000") && !pearson(0).best, "{text}");
        assert!(pearson(1).value.starts_with("1.000") && pearson(1).best, "{text}");
    }

    #[test]
    fn means_deviations_and_the_best() {
        let table = ComparisonTable::new(&comparison());
        // Many: errors 1 and 2 of vanilla, 0.5 of INV, whose other seed failed. The deviation of 1 and 2 is √½.
        let cell = |value: &str, deviation: Option<&str>, best| {
            Some(Cell { value: value.into(), deviation: deviation.map(String::from), best })
        };
        let lines = &table.tables[0].lines;
        assert_eq!(lines[0].cells[1], cell("1.500", Some("0.707"), false));
        assert_eq!(lines[1].cells[1], cell("0.5000", None, true));
        assert_eq!(lines[0].cells[2], None); // no medium-shot rows
        let text = table.to_text();
        assert!(narrow(&text) && text.contains("many 1") && text.ends_with("means:\n  INV, seed 1: oops\n"), "{text}");
        assert!(table.to_markdown().contains("**0.5000**") && table.to_markdown().ends_with("- INV, seed 1: oops\n"));
        assert!(table.to_latex().ends_with("% Failed, and not in the means: INV, seed 1: oops\n"));
    }

    #[test]
    fn printed_numbers_stand_below_ours() {
        let gains = Some(Gains { title: "INV vs Vanilla".into(), methods: vec!["inv".into()] });
        let table = ComparisonTable::new(&Comparison { printed: Some(printed(true)), gains, ..comparison() });
        let lines = |text: &str, start: &str| -> Vec<String> {
            text.lines().filter(|line| line.trim_start().starts_with(start)).map(String::from).collect()
        };
        // Means of all rows: (1.5 + 0.5) / 2 of vanilla, (0.5 + 0.5) / 2 of INV.
        let text = table.to_text();
        assert!(narrow(&text) && lines(&text, "INV vs Vanilla")[0].contains("+0.500"), "{text}");
        assert_eq!(lines(&text, "paper").len(), 3, "{text}");
        assert!(text.contains("Lines \"paper\": somewhere, table 9.\n"), "{text}");
        let markdown = table.to_markdown();
        assert_eq!(lines(&markdown, "| *paper* ")[0], "| *paper* | *8.06* |  |  |  |  |  |  |  |  |");
        assert_eq!(lines(&table.to_latex(), r"\quad\textit{paper}")[1].matches(r"\textit").count(), 3);
        let [(None, html)] = &table.to_html()[..] else { panic!("one table") };
        assert_well_formed(html);
        assert_eq!(html.matches("class=\"printed\"").count(), 3);
    }

    #[test]
    fn printed_numbers_of_other_data_stand_apart() {
        let table = ComparisonTable::new(&Comparison { printed: Some(printed(false)), ..comparison() });
        let heading = "Paper (real data): somewhere, table 9";
        let text = table.to_text();
        let (ours, theirs) = text.split_once(heading).expect("a heading");
        assert!(!ours.contains("8.06") && theirs.contains("8.06\n") && theirs.contains("7.10*"), "{text}");
        let markdown = table.to_markdown();
        assert!(
            markdown.contains(&format!("**{heading}**")) && markdown.contains("| VANILLA | 8.06 |  |"),
            "{markdown}"
        );
        assert!(table.to_latex().contains(&format!("% {heading}\n\\begin{{tabular}}{{lrr}}")));
        let html = table.to_html();
        assert_eq!(html.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(), [None, Some(heading)]);
        html.iter().for_each(|(_, table)| assert_well_formed(table));
    }

    #[test]
    fn groups_have_their_own_best_and_areas_their_own_rows() {
        let mut comparison = Comparison { areas: Areas::Seen, metrics: vec![Metric::Mae], ..comparison() };
        comparison.methods.push(method("LDS", vec![run(0, 3.0)]));
        comparison.methods[2].group = Some("other".into());
        let table = ComparisonTable::new(&comparison);
        let best = |line: usize| table.tables[0].lines[line].cells[0].as_ref().is_some_and(|cell| cell.best);
        assert_eq!([best(0), best(1), best(2)], [false, true, true]);
        assert!(table.tables[0].lines[2].rule && !table.tables[0].lines[1].rule);
        let text = table.to_text();
        assert!(
            text.contains("MAE extrap") && text.contains("with data 1, interpolation 0, extrapolation 1"),
            "{text}"
        );
        assert_eq!(table.rows_of(Area::Shot(Region::All)), "2");
        // Rows of another line's own training density.
        comparison.methods[2].runs[0].unseen = None;
        let text = ComparisonTable::new(&comparison).to_text();
        assert!(
            text.contains("all 2, interpolation 0, with data, extrapolation by the training rows of each line."),
            "{text}"
        );
    }

    #[test]
    fn every_number_is_a_line() {
        let csv = to_csv(&comparison());
        assert!(
            csv.starts_with("method,seed,metric,region,value\nvanilla,0,mae,all,0.75\nvanilla,0,mae,many,1\n"),
            "{csv}"
        );
        assert!(csv.contains("\ninv,0,mae,extrapolation,0.5\n") && !csv.contains("inv,1,"), "{csv}");
    }

    #[test]
    fn titles_with_special_characters() {
        let mut comparison = comparison();
        comparison.methods[1].title = "50% \"a_b\", c|d & <e> ".repeat(3);
        comparison.methods[1].method = "a,b".into();
        let table = ComparisonTable::new(&comparison);
        assert!(narrow(&table.to_text()), "{}", table.to_text());
        assert!(to_csv(&comparison).contains("\n\"a,b\",0,mae,all,0.5\n"));
        assert!(table.to_markdown().contains(r"c\|d"), "{}", table.to_markdown());
        assert_well_formed(&table.to_html()[0].1);
        let latex = table.to_latex();
        assert!(latex.contains(r#"50\% "a\_b", c|d \& <e>"#) && latex.contains(r"\textbf{0.5000}"), "{latex}");
        let ends = latex.lines().filter(|line| line.ends_with(r"\\")).count();
        assert_eq!((ends, latex.matches(r"\cmidrule(lr){2-5}\cmidrule(lr){6-9}\cmidrule(lr){10-10}").count()), (4, 1));
    }
}
