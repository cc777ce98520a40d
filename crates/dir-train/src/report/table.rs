//! Methods x regions, mean and deviation over seeds: one table in several forms.

use dir_core::metric::{RegionMetrics, Report};
use dir_core::shot::Region;

use crate::compare::Comparison;

/// Regions of the paper's tables.
const REGIONS: [Region; 4] = [Region::All, Region::Many, Region::Medium, Region::Few];

/// A column: its name and what it shows of a report.
type Column = (String, Box<dyn Fn(&Report) -> Option<f64>>);

/// The table of a comparison. Lower is better in every column.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonTable {
    columns: Vec<String>,
    rows: Vec<Row>,
    counts: Vec<(String, usize)>,
    seeds: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    title: String,
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
    /// MAE and GM by shot, and balanced MAE.
    #[must_use]
    pub fn new(comparison: &Comparison) -> Self {
        let columns = columns();
        let mut rows: Vec<Row> = comparison
            .methods
            .iter()
            .map(|method| {
                let reports: Vec<&Report> = method.runs.iter().filter_map(|r| r.regions.as_ref()).collect();
                let cell = |(_, of): &Column| cell(&reports.iter().filter_map(|r| of(r)).collect::<Vec<_>>());
                Row { title: method.title.clone(), cells: columns.iter().map(cell).collect() }
            })
            .collect();
        mark_best(&mut rows, columns.len());
        let first = comparison.methods.iter().flat_map(|m| &m.runs).find_map(|r| r.regions.as_ref());
        let count = |region: &Region| (region.name().to_owned(), first.map_or(0, |r| r.rows(*region)));
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        Self { columns, rows, counts: REGIONS.iter().map(count).collect(), seeds: comparison.seeds.len() }
    }

    /// Test rows per region, in words.
    #[must_use]
    pub fn rows_line(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(name, rows)| format!("{name} {rows}")).collect();
        let seeds = self.seeds;
        format!(
            "Test rows: {}. Mean ± standard deviation over {seeds} seeds; * marks the best of a column.",
            counts.join(", ")
        )
    }

    /// Aligned text for a terminal: the mean with its deviation below it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let first = self.rows.iter().map(|r| r.title.chars().count()).max().unwrap_or(0).max(6) + 1;
        let mut text = format!("{:first$}", "method");
        self.columns.iter().for_each(|name| text += &format!("{name:>10}"));
        text.push('\n');
        for row in &self.rows {
            text += &format!("{:first$}", row.title);
            row.cells.iter().for_each(|cell| text += &format!("{:>10}", cell.map_or("-".into(), |c| c.text())));
            text += &format!("\n{:first$}", "");
            let deviation = |cell: &Option<Cell>| cell.and_then(|c| Some(format!("±{}", digits(c.deviation?, c.mean))));
            row.cells.iter().for_each(|cell| text += &format!("{:>10}", deviation(cell).unwrap_or_default()));
            text.push('\n');
        }
        text + &self.rows_line() + "\n"
    }

    /// GitHub's tables.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text =
            format!("| method | {} |\n|---|{}\n", self.columns.join(" | "), "---:|".repeat(self.columns.len()));
        for row in &self.rows {
            let cell = |cell: &Option<Cell>| match cell {
                None => "-".to_owned(),
                Some(c) if c.best => format!("**{}**", c.full()),
                Some(c) => c.full(),
            };
            text += &format!("| {} | {} |\n", row.title, row.cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
        text
    }

    /// Means and deviations with all their digits.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let head = self.columns.iter().map(|name| format!("{name} mean,{name} sd")).collect::<Vec<_>>().join(",");
        let mut text = format!("method,{head}\n");
        for row in &self.rows {
            let cell = |cell: &Option<Cell>| {
                let deviation = cell.and_then(|c| c.deviation).map(|d| d.to_string());
                format!("{},{}", cell.map(|c| c.mean.to_string()).unwrap_or_default(), deviation.unwrap_or_default())
            };
            text += &format!("{},{}\n", row.title, row.cells.iter().map(cell).collect::<Vec<_>>().join(","));
        }
        text
    }

    /// Head and cells for a page; the best of a column starts with `*`.
    pub(super) fn cells(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let head = [vec!["method".to_owned()], self.columns.clone()].concat();
        let cell = |cell: &Option<Cell>| match cell {
            None => "-".to_owned(),
            Some(c) if c.best => format!("*{}", c.full()),
            Some(c) => c.full(),
        };
        let row = |row: &Row| [vec![row.title.clone()], row.cells.iter().map(cell).collect()].concat();
        (head, self.rows.iter().map(row).collect())
    }
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
}

/// As many decimals as the mean needs for four significant digits.
fn digits(value: f64, mean: f64) -> String {
    let magnitude = if mean == 0.0 { 0 } else { mean.abs().log10().floor() as i32 };
    format!("{value:.*}", (3 - magnitude).clamp(0, 6) as usize)
}

fn columns() -> Vec<Column> {
    let column = |name: &str, region: Region, of: fn(&RegionMetrics) -> f64| -> Column {
        let short = if region == Region::Medium { "med" } else { region.name() };
        let title = format!("{name} {short}");
        (title, Box::new(move |report: &Report| report.get(region).map(of)))
    };
    let mut columns: Vec<Column> = REGIONS.iter().map(|&r| column("MAE", r, |m| m.mae)).collect();
    columns.extend(REGIONS.iter().map(|&r| column("GM", r, |m| m.gm)));
    columns.push(("bMAE".into(), Box::new(|report: &Report| report.get(Region::All).map(|m| m.bmae))));
    columns
}

fn cell(values: &[f64]) -> Option<Cell> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    (!values.is_empty()).then_some(Cell { mean, deviation, best: false })
}

fn mark_best(rows: &mut [Row], columns: usize) {
    for column in 0..columns {
        let mean = |row: &Row| row.cells[column].map(|c| c.mean);
        let best = rows.iter().filter_map(mean).fold(f64::INFINITY, f64::min);
        for cell in rows.iter_mut().filter_map(|row| row.cells[column].as_mut()) {
            cell.best = cell.mean == best;
        }
    }
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{EvaluateOptions, evaluate};
    use dir_core::shot::Shot;

    use super::*;
    use crate::compare::{MethodRuns, Run};

    fn run(seed: u64, shift: f64) -> Run {
        let report =
            evaluate(&[1.0, 2.0], &[1.0 + shift, 2.5], &[0, 1], &[Shot::Many, Shot::Few], &EvaluateOptions::default());
        Run { seed, folder: "x".into(), regions: report.ok(), validation: None, failed: None }
    }

    fn comparison() -> Comparison {
        let failed = Run { regions: None, failed: Some("oops".into()), ..run(1, 0.0) };
        let method = |title: &str, runs| MethodRuns { method: title.to_lowercase(), title: title.into(), runs };
        let methods = vec![method("Vanilla", vec![run(0, 1.0), run(1, 2.0)]), method("INV", vec![run(0, 0.5), failed])];
        Comparison { dataset: "d".into(), target: "y".into(), seeds: vec![0, 1], methods }
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
        assert!(table.to_markdown().contains("**0.5000**") && table.to_csv().lines().count() == 3);
    }
}
