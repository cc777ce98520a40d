//! The tables for a terminal: aligned, the mean with its deviation below it.

use std::ops::Range;

use super::{ComparisonTable, Kind, Line, Table};

/// Longest title, so that a line has at most 120 characters.
const LONGEST_TITLE: usize = 29;

/// Most columns side by side; more metrics go below.
const COLUMNS: usize = 9;

impl ComparisonTable {
    /// Aligned text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.tables.first().map(to_text).unwrap_or_default();
        text += &format!("{}\n", self.rows_line("*"));
        self.notes.iter().for_each(|note| text += &format!("{note}\n"));
        if !self.failed.is_empty() {
            text += "Failed, and not in the means:\n";
            self.failed.iter().for_each(|run| text += &format!("  {run}\n"));
        }
        self.tables.iter().skip(1).for_each(|table| text += &format!("\n{}", to_text(table)));
        text
    }
}

fn to_text(table: &Table) -> String {
    let longest = table.lines.iter().map(|line| title(line).chars().count()).max().unwrap_or(0);
    let first = longest.clamp(6, LONGEST_TITLE) + 1;
    let heading = table.heading.iter().map(|heading| format!("{heading}\n"));
    heading.chain(blocks(table).into_iter().map(|columns| block(table, columns, first))).collect()
}

/// Columns that stand side by side: whole metrics.
fn blocks(table: &Table) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for (_, areas) in table.groups() {
        match blocks.last_mut().filter(|block| block.len() + areas.len() <= COLUMNS) {
            Some(block) => block.end += areas.len(),
            None => blocks.push(at..at + areas.len()),
        }
        at += areas.len();
    }
    blocks
}

/// Some columns, titles `first` wide.
fn block(table: &Table, columns: Range<usize>, first: usize) -> String {
    let titles: Vec<String> = table.titles()[columns.clone()].to_vec();
    let wide = titles.iter().map(|title| title.chars().count() + 1).max().unwrap_or(0).max(10);
    let row = |head: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: String = cells.map(|cell| format!("{cell:>wide$}")).collect();
        format!("{head:first$}{cells}").trim_end().to_owned() + "\n"
    };
    let mut text = row("method", &mut titles.into_iter());
    for line in &table.lines {
        if line.rule {
            text += &format!("{}\n", "-".repeat(first + wide * columns.len()));
        }
        let cells = &line.cells[columns.clone()];
        // The mark of the best, or a place for it.
        let value = |cell: &Option<super::Cell>| match cell {
            Some(cell) => format!("{}{}", cell.value, if cell.best { "*" } else { " " }),
            None => format!("{} ", line.nothing()),
        };
        text += &row(&title(line), &mut cells.iter().map(value));
        if cells.iter().flatten().any(|cell| cell.deviation.is_some()) {
            let deviation = |cell: &Option<super::Cell>| {
                let deviation = cell.as_ref().and_then(|cell| cell.deviation.as_ref());
                deviation.map_or(String::new(), |deviation| format!("±{deviation} "))
            };
            text += &row("", &mut cells.iter().map(deviation));
        }
    }
    text
}

fn title(line: &Line) -> String {
    let indent = if line.kind == Kind::Beside { "  " } else { "" };
    indent.chars().chain(line.title.chars()).take(LONGEST_TITLE).collect()
}
