//! A self-contained HTML page: readable in print, in the dark, and without a network.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::svg::escape;
use crate::error::TrainError;
use crate::files;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto;font-size:.87rem}\
th,td{padding:.25rem .5rem;white-space:nowrap;text-align:right;border-bottom:1px solid #8884}th:first-child,td:first-child{text-align:left}\
figure{margin:1.5rem 0}svg{width:100%;height:auto}figcaption{font-size:.9rem;opacity:.8}pre{overflow-x:auto;font-size:.85rem}\
.best{font-weight:700}@media print{body{max-width:none}figure{break-inside:avoid}}";

/// A page that grows section by section; its figures become files too.
pub(super) struct Page {
    title: String,
    body: String,
    figures: Vec<(String, String)>,
}

impl Page {
    pub(super) fn new(title: &str) -> Self {
        Self { title: title.into(), body: format!("<h1>{}</h1>\n", escape(title)), figures: Vec::new() }
    }

    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.body, "<h2>{}</h2>", escape(text));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    pub(super) fn list(&mut self, items: &[String]) {
        let items: String = items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect();
        let _ = writeln!(self.body, "<ul>{items}</ul>");
    }

    /// A table; cells that start with `*` are the best of their column.
    pub(super) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        if head.iter().any(|h| !h.is_empty()) {
            let head: String = head.iter().map(|h| format!("<th>{}</th>", escape(h))).collect();
            let _ = writeln!(self.body, "<table><thead><tr>{head}</tr></thead>");
        } else {
            self.body.push_str("<table>\n");
        }
        for row in rows {
            let cell = |text: &String| match text.strip_prefix('*') {
                Some(best) => format!("<td class=\"best\">{} ★</td>", escape(best)),
                None => format!("<td>{}</td>", escape(text)),
            };
            let _ = writeln!(self.body, "<tr>{}</tr>", row.iter().map(cell).collect::<String>());
        }
        self.body.push_str("</table>\n");
    }

    pub(super) fn figure(&mut self, name: &str, svg: &str, caption: &str) {
        let _ = writeln!(self.body, "<figure>{svg}<figcaption>{}</figcaption></figure>", escape(caption));
        self.figures.push((name.into(), svg.into()));
    }

    pub(super) fn details(&mut self, summary: &str, text: &str) {
        let _ =
            writeln!(self.body, "<details><summary>{}</summary><pre>{}</pre></details>", escape(summary), escape(text));
    }

    /// Writes `report.html`, and the figures below `plots/`.
    pub(super) fn write(self, folder: &Path) -> Result<PathBuf, TrainError> {
        let plots = folder.join("plots");
        files::create_folder(&plots)?;
        for (name, svg) in &self.figures {
            files::write_atomic(&plots.join(format!("{name}.svg")), svg.as_bytes())?;
        }
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body>\n{}</body></html>\n",
            escape(&self.title),
            self.body
        );
        let path = folder.join("report.html");
        files::write_atomic(&path, html.as_bytes())?;
        Ok(path)
    }
}
