//! The tables as elements of a page: metrics over areas with their test rows, the deviation below the mean.

use super::super::svg::escape;
use super::{Cell, ComparisonTable, Kind, Table};
use crate::compare::Area;

impl ComparisonTable {
    /// Table elements: the comparison's own first, each with its heading.
    pub(in super::super) fn to_html(&self) -> Vec<(Option<&str>, String)> {
        let table = |table: &'_ Table| match &table.heading {
            None => to_html(table, |area| format!("<small>{} rows</small>", self.rows_of(area))),
            Some(_) => to_html(table, |_| String::new()),
        };
        self.tables.iter().map(|one| (one.heading.as_deref(), table(one))).collect()
    }
}

fn to_html(table: &Table, rows: impl Fn(Area) -> String) -> String {
    let (mut upper, mut lower) = (String::from("<th></th>"), String::from("<th>Method</th>"));
    let mut starts = Vec::new();
    let mut at = 0;
    for (metric, areas) in table.groups() {
        starts.push(at);
        at += areas.len();
        upper += &format!("<th class=\"group\" colspan=\"{}\">{}</th>", areas.len(), metric.title());
        for (k, area) in areas.into_iter().enumerate() {
            let group = if k == 0 { " class=\"group\"" } else { "" };
            lower += &format!("<th{group}>{}{}</th>", area.short(), rows(area));
        }
    }
    let mut html = format!("<table><thead><tr>{upper}</tr>\n<tr>{lower}</tr></thead><tbody>\n");
    for line in &table.lines {
        let class = match (line.kind, line.rule) {
            (Kind::Beside, _) => " class=\"printed\"",
            (_, true) => " class=\"rule\"",
            (_, false) => "",
        };
        html += &format!("<tr{class}><td>{}</td>", escape(&line.title));
        for (k, cell) in line.cells.iter().enumerate() {
            let group = if starts.contains(&k) { "group " } else { "" };
            let best = if cell.as_ref().is_some_and(|cell| cell.best) { "best" } else { "" };
            let text = cell.as_ref().map_or_else(|| line.nothing().to_owned(), of_cell);
            html += &format!("<td class=\"{group}{best}\">{text}</td>");
        }
        html += "</tr>\n";
    }
    html + "</tbody></table>"
}

fn of_cell(cell: &Cell) -> String {
    let star = if cell.best { " ★" } else { "" };
    let deviation = cell.deviation.as_ref().map(|deviation| format!("<small>± {}</small>", escape(deviation)));
    format!("{}{star}{}", escape(&cell.value), deviation.unwrap_or_default())
}
