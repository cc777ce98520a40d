//! The tables as GitHub's Markdown.

use super::{Cell, ComparisonTable, Kind, Table};

impl ComparisonTable {
    /// GitHub's tables, and what to know of them.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = self.tables.first().map(to_markdown).unwrap_or_default();
        text += &format!("\n{}\n", self.rows_line("bold"));
        self.notes.iter().for_each(|note| text += &format!("\n{note}\n"));
        if !self.failed.is_empty() {
            text += "\nFailed, and not in the means:\n\n";
            self.failed.iter().for_each(|run| text += &format!("- {run}\n"));
        }
        self.tables.iter().skip(1).for_each(|table| text += &format!("\n{}", to_markdown(table)));
        text
    }
}

fn to_markdown(table: &Table) -> String {
    let mut text = table.heading.as_ref().map_or_else(String::new, |heading| format!("**{heading}**\n\n"));
    text += &format!("| method | {} |\n|---|{}\n", table.titles().join(" | "), "---:|".repeat(table.columns.len()));
    for line in &table.lines {
        let slanted = |text: &str| if line.kind == Kind::Beside { format!("*{text}*") } else { text.to_owned() };
        let cell = |cell: &Option<Cell>| match cell {
            None => line.nothing().to_owned(),
            Some(cell) if cell.best => format!("**{}**", cell.full()),
            Some(cell) => slanted(&cell.full()),
        };
        let title = slanted(&line.title.replace('|', "\\|"));
        text += &format!("| {title} | {} |\n", line.cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    text
}
