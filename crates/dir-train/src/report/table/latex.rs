//! The tables as LaTeX with the `booktabs` package.

use super::{Cell, ComparisonTable, Kind, Line, Table};

impl ComparisonTable {
    /// LaTeX with the `booktabs` package; what to know of it as comments.
    #[must_use]
    pub fn to_latex(&self) -> String {
        let mut text = String::from("% \\usepackage{booktabs}\n");
        text += &self.tables.iter().map(to_latex).collect::<Vec<_>>().join("\n");
        let failed = self.failed.iter().map(|run| format!("Failed, and not in the means: {run}"));
        for remark in [self.rows_line("bold")].into_iter().chain(self.notes.iter().cloned()).chain(failed) {
            text += &format!("% {}\n", remark.replace('\n', " "));
        }
        text
    }
}

fn to_latex(table: &Table) -> String {
    let mut text = table.heading.as_ref().map_or_else(String::new, |heading| format!("% {heading}\n"));
    text += &format!("\\begin{{tabular}}{{l{}}}\n\\toprule\n", "r".repeat(table.columns.len()));
    let (mut heads, mut rules, mut at) = (String::new(), String::new(), 2);
    for (metric, areas) in table.groups() {
        heads += &format!(" & \\multicolumn{{{}}}{{c}}{{{}}}", areas.len(), metric.title());
        rules += &format!("\\cmidrule(lr){{{at}-{}}}", at + areas.len() - 1);
        at += areas.len();
    }
    let names: String = table.columns.iter().map(|column| format!(" & {}", column.area.title())).collect();
    text += &format!("{heads} \\\\\n{rules}\nMethod{names} \\\\\n\\midrule\n");
    for line in &table.lines {
        let rule = if line.rule { "\\midrule\n" } else { "" };
        let cells: String = line.cells.iter().map(|cell| format!(" & {}", place(line, cell.as_ref()))).collect();
        text += &format!("{rule}{}{cells} \\\\\n", title(line));
    }
    text + "\\bottomrule\n\\end{tabular}\n"
}

fn title(line: &Line) -> String {
    match line.kind {
        Kind::Method | Kind::Printed | Kind::Baseline => escape(&line.title),
        Kind::Beside => format!("\\quad\\textit{{{}}}", escape(&line.title)),
    }
}

fn place(line: &Line, cell: Option<&Cell>) -> String {
    let Some(cell) = cell else { return line.nothing().replace('-', "--") };
    let text = cell.full().replace(" ± ", " $\\pm$ ");
    match line.kind {
        Kind::Beside => format!("\\textit{{{text}}}"),
        _ if cell.best => format!("\\textbf{{{text}}}"),
        _ => text,
    }
}

fn escape(text: &str) -> String {
    let special = |c: char| match c {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{c}"),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '\\' => "\\textbackslash{}".into(),
        c => c.to_string(),
    };
    text.chars().map(special).collect()
}
