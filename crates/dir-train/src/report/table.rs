//! Methods x regions, mean and deviation over seeds: one table in several forms.

use dir_core::metric::Report;
use dir_core::shot::Region;

use super::axis::grouped;
use super::svg::escape;
use crate::compare::Comparison;
use crate::select::Metric;

/// Longest title in the text form, so that a line has at most 120 characters.
const LONGEST_TITLE: usize = 29;

/// Regions of the paper's tables.
pub(super) const REGIONS: [Region; 4] = [Region::All, Region::Many, Region::Medium, Region::Few];

/// Most columns side by side on a terminal; more metrics go below.
const COLUMNS_OF_TEXT: usize = 9;

/// A column: a metric of a region.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    metric: Metric,
    region: Region,
}

/// The table of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonTable {
    metrics: Vec<Metric>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    counts: Vec<(Region, usize)>,
    seeds: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    title: String,
    /// Runs that worked.
    runs: usize,
    cells: Vec<Option<Cell>>,
}

/// Mean and sample standard deviation over the seeds that worked.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    mean: f64,
    deviation: Option<f64>,
    best: bool,
}

impl ComparisonTable {
    /// The comparison's metrics by shot; balanced ones of all rows alone.
    #[must_use]
    pub fn new(comparison: &Comparison) -> Self {
        let columns: Vec<Column> = comparison.metrics.iter().flat_map(|&metric| columns(metric)).collect();
        let mut rows: Vec<Row> = comparison
            .methods
            .iter()
            .map(|method| {
                let reports: Vec<&Report> = method.runs.iter().filter_map(|r| r.regions.as_ref()).collect();
                let cell = |column: &Column| cell(&reports.iter().filter_map(|r| column.of(r)).collect::<Vec<_>>());
                let cells = columns.iter().map(cell).collect();
                Row { title: method.title.clone(), runs: reports.len(), cells }
            })
            .collect();
        mark_best(&mut rows, &columns);
        let first = comparison.methods.iter().flat_map(|m| &m.runs).find_map(|r| r.regions.as_ref());
        let count = |region: &Region| (*region, first.map_or(0, |r| r.rows(*region)));
        let counts = REGIONS.iter().map(count).collect();
        Self { metrics: comparison.metrics.clone(), columns, rows, counts, seeds: comparison.seeds.len() }
    }

    /// Test rows per region, in words.
    #[must_use]
    pub fn rows_line(&self) -> String {
        let counts: Vec<String> =
            self.counts.iter().map(|(region, rows)| format!("{} {rows}", region.name())).collect();
        let seeds = self.seeds;
        format!(
            "Test rows: {}. Mean ± standard deviation over {seeds} seeds; * marks the best of a column.",
            counts.join(", ")
        )
    }

    /// Aligned text for a terminal: the mean with its deviation below it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let first = self.rows.iter().map(|r| r.title.chars().count()).max().unwrap_or(0).clamp(6, LONGEST_TITLE) + 1;
        let mut text: String = self.blocks().into_iter().map(|columns| self.block(columns, first)).collect();
        text += &format!("{}\n", self.rows_line());
        for row in self.rows.iter().filter(|row| row.runs < self.seeds) {
            text += &format!("{}: {} of {} seeds.\n", row.title, row.runs, self.seeds);
        }
        text
    }

    /// Columns that stand side by side on a terminal: whole metrics.
    fn blocks(&self) -> Vec<std::ops::Range<usize>> {
        let mut blocks: Vec<std::ops::Range<usize>> = Vec::new();
        let mut at = 0;
        for (_, regions) in self.groups() {
            match blocks.last_mut().filter(|block| block.len() + regions.len() <= COLUMNS_OF_TEXT) {
                Some(block) => block.end += regions.len(),
                None => blocks.push(at..at + regions.len()),
            }
            at += regions.len();
        }
        blocks
    }

    /// Some columns, titles `first` wide.
    fn block(&self, columns: std::ops::Range<usize>, first: usize) -> String {
        let titles: Vec<String> = self.columns[columns.clone()].iter().map(Column::title).collect();
        let wide = titles.iter().map(|title| title.chars().count() + 1).max().unwrap_or(0).max(10);
        let mut text = format!("{:first$}", "method");
        titles.iter().for_each(|title| text += &format!("{title:>wide$}"));
        text.push('\n');
        for row in &self.rows {
            let cells = &row.cells[columns.clone()];
            text += &format!("{:first$}", row.title.chars().take(LONGEST_TITLE).collect::<String>());
            cells.iter().for_each(|cell| text += &format!("{:>wide$}", cell.map_or("-".into(), |c| c.text())));
            text += &format!("\n{:first$}", "");
            let deviation = |cell: &Option<Cell>| cell.and_then(|c| Some(format!("±{}", digits(c.deviation?, c.mean))));
            cells.iter().for_each(|cell| text += &format!("{:>wide$}", deviation(cell).unwrap_or_default()));
            text.push('\n');
        }
        text
    }

    /// GitHub's tables.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text =
            format!("| method | {} |\n|---|{}\n", self.titles().join(" | "), "---:|".repeat(self.columns.len()));
        for row in &self.rows {
            let cell = |cell: &Option<Cell>| match cell {
                None => "-".to_owned(),
                Some(c) if c.best => format!("**{}**", c.full()),
                Some(c) => c.full(),
            };
            let title = row.title.replace('|', "\\|");
            text += &format!("| {title} | {} |\n", row.cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
        text
    }

    /// Means and deviations with all their digits.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let head = self.titles().iter().map(|name| format!("{name} mean,{name} sd")).collect::<Vec<_>>().join(",");
        let mut text = format!("method,{head}\n");
        for row in &self.rows {
            let cell = |cell: &Option<Cell>| {
                let deviation = cell.and_then(|c| c.deviation).map(|d| d.to_string());
                format!("{},{}", cell.map(|c| c.mean.to_string()).unwrap_or_default(), deviation.unwrap_or_default())
            };
            let title = match row.title.contains([',', '"', '\n']) {
                true => format!("\"{}\"", row.title.replace('"', "\"\"")),
                false => row.title.clone(),
            };
            text += &format!("{title},{}\n", row.cells.iter().map(cell).collect::<Vec<_>>().join(","));
        }
        text
    }

    /// LaTeX with the `booktabs` package.
    #[must_use]
    pub fn to_latex(&self) -> String {
        let mut text = String::from("% \\usepackage{booktabs}\n\\begin{tabular}{l");
        text += &format!("{}}}\n\\toprule\n", "r".repeat(self.columns.len()));
        let (mut heads, mut rules, mut at) = (String::new(), String::new(), 2);
        for (metric, columns) in self.groups() {
            heads += &format!(" & \\multicolumn{{{}}}{{c}}{{{metric}}}", columns.len());
            rules += &format!("\\cmidrule(lr){{{at}-{}}}", at + columns.len() - 1);
            at += columns.len();
        }
        let names = self.groups().into_iter().flat_map(|(_, columns)| columns).map(|c| format!(" & {}", c.name()));
        text += &format!("{heads} \\\\\n{rules}\nMethod{} \\\\\n\\midrule\n", names.collect::<String>());
        for row in &self.rows {
            let cell = |cell: &Option<Cell>| {
                let text = cell.map_or("--".into(), |c| c.full().replace(" ± ", " $\\pm$ "));
                let best = cell.is_some_and(|c| c.best);
                if best { format!(" & \\textbf{{{text}}}$^\\ast$") } else { format!(" & {text}") }
            };
            let cells: String = row.cells.iter().map(cell).collect();
            text += &format!("{}{cells} \\\\\n", latex_escape(&row.title));
        }
        text + &format!("\\bottomrule\n\\end{{tabular}}\n% {}\n", self.rows_line())
    }

    /// A table element for a page: metrics over regions with their rows, the deviation below the mean.
    pub(super) fn to_html(&self) -> String {
        let (mut upper, mut lower) = (String::from("<th></th>"), String::from("<th>Method</th>"));
        for (metric, columns) in self.groups() {
            upper += &format!("<th class=\"group\" colspan=\"{}\">{metric}</th>", columns.len());
            for (k, region) in columns.into_iter().enumerate() {
                let group = if k == 0 { " class=\"group\"" } else { "" };
                lower += &format!("<th{group}>{}<small>{} rows</small></th>", region.name(), self.rows_of(region));
            }
        }
        let mut html = format!("<table><thead><tr>{upper}</tr>\n<tr>{lower}</tr></thead><tbody>\n");
        let starts: Vec<usize> =
            self.groups().iter().scan(0, |at, (_, columns)| Some(std::mem::replace(at, *at + columns.len()))).collect();
        for row in &self.rows {
            let some = if row.runs < self.seeds {
                format!("<small>{} of {} seeds</small>", row.runs, self.seeds)
            } else {
                String::new()
            };
            html += &format!("<tr><td>{}{some}</td>", escape(&row.title));
            for (k, cell) in row.cells.iter().enumerate() {
                let group = if starts.contains(&k) { "group " } else { "" };
                let best = if cell.is_some_and(|c| c.best) { "best" } else { "" };
                html += &format!("<td class=\"{group}{best}\">{}</td>", cell.map_or("-".into(), |c| c.html()));
            }
            html += "</tr>\n";
        }
        html + "</tbody></table>"
    }

    /// Test rows of a region.
    pub(super) fn rows_of(&self, region: Region) -> String {
        let rows = self.counts.iter().find(|(r, _)| *r == region).map_or(0, |(_, rows)| *rows);
        grouped(rows as f64, 0)
    }

    /// What the metrics are, for a legend.
    pub(super) fn legend(&self) -> String {
        self.metrics.iter().map(|m| format!("{}: {}. ", m.title(), m.meaning())).collect()
    }

    /// Metrics with the regions that they have columns for.
    fn groups(&self) -> Vec<(&'static str, Vec<Region>)> {
        let regions = |&metric: &Metric| (metric.title(), columns(metric).into_iter().map(|c| c.region).collect());
        self.metrics.iter().map(regions).collect()
    }

    fn titles(&self) -> Vec<String> {
        self.columns.iter().map(Column::title).collect()
    }
}

impl Column {
    fn of(&self, report: &Report) -> Option<f64> {
        self.metric.of(report.get(self.region)?)
    }

    /// A balanced metric has one column, which need not say of what.
    fn title(&self) -> String {
        let name = match self.metric {
            Metric::Spearman => "Spearm.",
            metric => metric.title(),
        };
        match self.region {
            _ if is_balanced(self.metric) => name.to_owned(),
            Region::Medium => format!("{name} med"),
            region => format!("{name} {}", region.name()),
        }
    }
}

/// Rows and bins are the same thing to a mean over bins within a shot; only over all does it tell something new.
fn is_balanced(metric: Metric) -> bool {
    matches!(metric, Metric::Bmae | Metric::Bmse)
}

fn columns(metric: Metric) -> Vec<Column> {
    let regions = if is_balanced(metric) { &REGIONS[..1] } else { &REGIONS };
    regions.iter().map(|&region| Column { metric, region }).collect()
}

impl Cell {
    fn text(&self) -> String {
        format!("{}{}", digits(self.mean, self.mean), if self.best { "*" } else { " " })
    }

    fn full(&self) -> String {
        match self.deviation {
            Some(deviation) => format!("{} ± {}", digits(self.mean, self.mean), digits(deviation, self.mean)),
            None => digits(self.mean, self.mean),
        }
    }

    fn html(&self) -> String {
        let star = if self.best { " ★" } else { "" };
        let deviation = self.deviation.map(|d| format!("<small>± {}</small>", digits(d, self.mean)));
        format!("{}{star}{}", digits(self.mean, self.mean), deviation.unwrap_or_default())
    }
}

fn latex_escape(text: &str) -> String {
    let special = |c: char| match c {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{c}"),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '\\' => "\\textbackslash{}".into(),
        c => c.to_string(),
    };
    text.chars().map(special).collect()
}

/// As many decimals as the mean needs for four significant digits.
fn digits(value: f64, mean: f64) -> String {
    let magnitude = if mean == 0.0 { 0 } else { mean.abs().log10().floor() as i32 };
    format!("{value:.*}", (3 - magnitude).clamp(0, 6) as usize)
}

fn cell(values: &[f64]) -> Option<Cell> {
    mean_and_deviation(values).map(|(mean, deviation)| Cell { mean, deviation, best: false })
}

/// Mean and sample standard deviation; a single value has no deviation.
pub(super) fn mean_and_deviation(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    (!values.is_empty()).then_some((mean, deviation))
}

fn mark_best(rows: &mut [Row], columns: &[Column]) {
    for (k, column) in columns.iter().enumerate() {
        let means = rows.iter().filter_map(|row| row.cells[k].map(|c| c.mean));
        let best = match column.metric.higher_is_better() {
            true => means.fold(f64::NEG_INFINITY, f64::max),
            false => means.fold(f64::INFINITY, f64::min),
        };
        for cell in rows.iter_mut().filter_map(|row| row.cells[k].as_mut()) {
            cell.best = cell.mean == best;
        }
    }
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{EvaluateOptions, evaluate};
    use dir_core::shot::Shot;

    use super::super::testing::assert_well_formed;
    use super::*;
    use crate::compare::{MethodRuns, Run, USUAL_METRICS};

    fn run(seed: u64, shift: f64) -> Run {
        let report =
            evaluate(&[1.0, 2.0], &[1.0 + shift, 2.5], &[0, 1], &[Shot::Many, Shot::Few], &EvaluateOptions::default());
        Run { seed, folder: "x".into(), regions: report.ok(), validation: None, failed: None }
    }

    fn comparison() -> Comparison {
        let failed = Run { regions: None, failed: Some("oops".into()), ..run(1, 0.0) };
        let method = |title: &str, runs| MethodRuns { method: title.to_lowercase(), title: title.into(), runs };
        let methods = vec![method("Vanilla", vec![run(0, 1.0), run(1, 2.0)]), method("INV", vec![run(0, 0.5), failed])];
        let metrics = USUAL_METRICS.to_vec();
        Comparison { dataset: "d".into(), target: "y".into(), seeds: vec![0, 1], folds: None, metrics, methods }
    }

    #[test]
    fn many_metrics_stand_below_each_other() {
        let metrics = vec![Metric::Mse, Metric::Mae, Metric::Pearson, Metric::Bmse];
        let table = ComparisonTable::new(&Comparison { metrics, ..comparison() });
        let text = table.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("method")).collect();
        assert!(heads.len() == 2 && heads[0].contains("MAE few") && heads[1].ends_with("bMSE"), "{text}");
        // Two rows correlate by 1 or -1: vanilla's seeds by 1 and -1, INV's by 1, and higher is better.
        assert!(table.rows.iter().all(|row| row.cells[8].is_some_and(|c| c.best == (c.mean > 0.999))), "{text}");
    }

    #[test]
    fn means_deviations_and_the_best() {
        let table = ComparisonTable::new(&comparison());
        // Many: errors 1 and 2 of vanilla, 0.5 of INV, whose other seed failed.
        assert_eq!(table.rows[0].cells[1].map(|c| (c.mean, c.best)), Some((1.5, false)));
        assert!(table.rows[0].cells[1].and_then(|c| c.deviation).is_some_and(|d| (d - 0.5_f64.sqrt()).abs() < 1e-12));
        assert_eq!(table.rows[1].cells[1], Some(Cell { mean: 0.5, deviation: None, best: true }));
        assert_eq!(table.rows[0].cells[2], None); // no medium-shot rows
        let text = table.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= 120) && text.contains("many 1"), "{text}");
        assert!(text.ends_with("INV: 1 of 2 seeds.\n"), "{text}");
        assert!(table.to_markdown().contains("**0.5000**") && table.to_csv().lines().count() == 3);
    }

    #[test]
    fn titles_with_special_characters() {
        let mut comparison = comparison();
        comparison.methods[1].title = "50% \"a_b\", c|d & <e> ".repeat(3);
        let table = ComparisonTable::new(&comparison);
        assert!(table.to_text().lines().all(|line| line.chars().count() <= 120), "{}", table.to_text());
        assert!(table.to_csv().contains("\n\"50% \"\"a_b\"\", c|d & <e> 50%"), "{}", table.to_csv());
        assert!(table.to_markdown().contains(r"c\|d"), "{}", table.to_markdown());
        assert_well_formed(&table.to_html());
        let latex = table.to_latex();
        assert!(latex.contains(r#"50\% "a\_b", c|d \& <e>"#) && latex.contains(r"\textbf{0.5000}$^\ast$"), "{latex}");
        let ends = latex.lines().filter(|line| line.ends_with(r"\\")).count();
        assert_eq!((ends, latex.matches(r"\cmidrule(lr){2-5}\cmidrule(lr){6-9}\cmidrule(lr){10-10}").count()), (4, 1));
    }
}
