//! A self-contained HTML page: readable in print, in the dark, and without a network.

use std::path::{Path, PathBuf};

use super::svg::escape;
use crate::error::TrainError;
use crate::files;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;line-height:1.25}\
h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid #8884}\
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.87rem;font-variant-numeric:tabular-nums}\
th,td{padding:.3rem .55rem;white-space:nowrap;text-align:right;border-bottom:1px solid #8884;vertical-align:top}\
th:first-child,td:first-child{text-align:left}th[colspan]{text-align:center}.group{border-left:1px solid #8886}\
small{display:block;font-weight:400;opacity:.75}.best{font-weight:700}.missing{font-style:italic;opacity:.8}\
.printed td{font-style:italic;opacity:.75;padding-top:0}tr:has(+.printed) td{border-bottom:0}.rule td{border-top:2px solid #8888}\
figure{margin:1.2rem 0}svg{max-width:100%;height:auto}figcaption,.note{font-size:.88rem;opacity:.8}\
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem 20px}\
@media(max-width:700px){.pair{grid-template-columns:1fr}}\
pre{overflow-x:auto;font-size:.85rem}\
@media print{:root{color-scheme:light}html{font-size:11px}body{max-width:none;margin:0;font-size:1rem}\
.wide{overflow:visible}table{font-size:.8rem}\
figure,tr,.pair>svg{break-inside:avoid}\
h2{break-after:avoid}th,td{padding:.2rem .35rem}}";

/// A page that grows section by section; its figures become files too.
pub(super) struct Page {
    title: String,
    body: String,
    figures: Vec<(String, String)>,
    /// What names of figures end in.
    ending: String,
}

impl Page {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            body: format!("<h1>{}</h1>\n", escape(title)),
            figures: Vec::new(),
            ending: String::new(),
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.element("h2", text);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.element("p", text);
    }

    /// A small remark.
    pub(super) fn note(&mut self, text: &str) {
        self.body += &format!("<p class=\"note\">{}</p>\n", escape(text));
    }

    /// Says which file a part of the page would need.
    pub(super) fn missing(&mut self, what: &str, file: &str) {
        let text = format!("{what}: there is no {file} in this folder. A run writes it when it gets that far.");
        self.body += &format!("<p class=\"missing\">{}</p>\n", escape(&text));
    }

    pub(super) fn list(&mut self, items: &[String]) {
        let items: String = items.iter().map(|item| format!("<li>{}</li>", escape(item))).collect();
        self.body += &format!("<ul>{items}</ul>\n");
    }

    /// A table; a second line of a cell is set small. No head, no head row.
    pub(super) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let cells = |cells: &mut dyn Iterator<Item = &str>, tag: &str| -> String {
            cells.map(|text| format!("<{tag}>{}</{tag}>", two_lines(text))).collect()
        };
        let head = match head {
            [] => String::new(),
            head => format!("<thead><tr>{}</tr></thead>", cells(&mut head.iter().copied(), "th")),
        };
        let row = |row: &Vec<String>| format!("<tr>{}</tr>\n", cells(&mut row.iter().map(String::as_str), "td"));
        let rows: String = rows.iter().map(row).collect();
        self.markup(&format!("<table>{head}<tbody>\n{rows}</tbody></table>"));
    }

    /// A table that is markup already.
    pub(super) fn markup(&mut self, table: &str) {
        self.body += &format!("<div class=\"wide\">{table}</div>\n");
    }

    /// What names of figures end in from now on: those of several parts of a page would be the same.
    pub(super) fn end_names_in(&mut self, ending: &str) {
        self.ending = ending.into();
    }

    pub(super) fn figure(&mut self, name: &str, svg: &str, caption: &str) {
        self.body += &format!("<figure>{svg}<figcaption>{}</figcaption></figure>\n", escape(caption));
        self.figures.push((format!("{name}{}", self.ending), svg.into()));
    }

    /// Figures two by two, with one caption.
    pub(super) fn figures(&mut self, figures: Vec<(String, String)>, caption: &str) {
        let all: String = figures.iter().map(|(_, svg)| svg.as_str()).collect();
        self.body +=
            &format!("<figure><div class=\"pair\">{all}</div><figcaption>{}</figcaption></figure>\n", escape(caption));
        let ending = self.ending.clone();
        self.figures.extend(figures.into_iter().map(|(name, svg)| (name + &ending, svg)));
    }

    pub(super) fn details(&mut self, summary: &str, text: &str) {
        let (summary, text) = (escape(summary), escape(text));
        self.body += &format!("<details><summary>{summary}</summary><pre>{text}</pre></details>\n");
    }

    fn element(&mut self, tag: &str, text: &str) {
        self.body += &format!("<{tag}>{}</{tag}>\n", escape(text));
    }

    /// Writes `report.html`, and the figures below `plots/`.
    pub(super) fn write(self, folder: &Path) -> Result<PathBuf, TrainError> {
        let plots = folder.join(super::PLOTS);
        files::create_folder(&plots)?;
        files::remove_temporaries(&plots)?;
        for (name, svg) in &self.figures {
            files::write_atomic(&plots.join(format!("{name}.svg")), svg.as_bytes())?;
        }
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" \
             content=\"width=device-width\"/><title>{}</title><style>{STYLE}</style></head><body>\n{}</body></html>\n",
            escape(&self.title),
            self.body
        );
        let path = folder.join(super::FILE);
        files::write_atomic(&path, html.as_bytes())?;
        Ok(path)
    }
}

fn two_lines(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, second)) => format!("{}<small>{}</small>", escape(first), escape(second)),
        None => escape(text),
    }
}
