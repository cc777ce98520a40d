//! Reports: one self-contained HTML page per run, comparison or audit, made from the folder's files alone.

mod charts;
mod compare;
mod files;
mod page;
mod run;
mod svg;
mod table;

use std::path::{Path, PathBuf};

use crate::error::TrainError;

pub use files::BinRow;
pub use table::ComparisonTable;

/// Writes `report.html` of a run, or of a comparison, whichever the folder holds, and its plots as SVG files.
///
/// # Errors
/// A folder that holds neither; a file that is not what it should be, by name and line.
pub fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    if folder.join("compare.json").is_file() {
        return compare::write(folder);
    }
    if folder.join("metrics.json").is_file() {
        return run::write(folder);
    }
    Err(TrainError::File {
        path: folder.to_path_buf(),
        found: "neither metrics.json nor compare.json".into(),
        expected: "the folder of a finished run or comparison".into(),
    })
}

/// What an audit has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Heading.
    pub title: String,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// What to do.
    pub advice: Vec<String>,
    /// Bins with their rows, density and shot.
    pub bins: Vec<BinRow>,
    /// Name of a weighting, and weight and rows of every bin.
    pub schemes: Vec<(String, Vec<(f64, u64)>)>,
}

/// Writes `report.html` of an audit.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_audit(folder: &Path, audit: &AuditPage) -> Result<PathBuf, TrainError> {
    let mut page = page::Page::new(&audit.title);
    page.table(&["", ""], &audit.facts.iter().map(|(l, v)| vec![l.clone(), v.clone()]).collect::<Vec<_>>());
    page.heading("Advice");
    page.list(&audit.advice);
    page.figure(
        "density",
        &charts::density(&audit.bins),
        "Training rows per bin, coloured by shot; the line is what label distribution smoothing sees: a bin counts as dense when \
         its neighbours are.",
    );
    page.figure(
        "weights",
        &charts::concentration(&audit.schemes),
        "How much of all weight lies on the heaviest rows. The dashed line is no weighting; the further a curve bends up and \
         left, the fewer rows training leans on.",
    );
    page.write(folder)
}
