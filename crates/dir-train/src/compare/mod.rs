//! A comparison: methods x seeds, what came out of every run, and what it is shown beside.

mod column;
mod grid;
mod job;
mod printed;

use std::path::{Path, PathBuf};

use dir_core::metric::{Report, Unseen};
use serde::{Deserialize, Serialize};

use crate::baselines::Baseline;
use crate::error::TrainError;
use crate::files;
use crate::natural::Natural;
use crate::select::Metric;
use crate::versioned;

pub use column::{Area, Areas, Column, Seen};
pub(crate) use grid::fold_folder;
pub use grid::{Cell, Workers, run_grid};
pub use job::CHILD_FLAG;
pub use printed::{Printed, PrintedRow};

/// `compare.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Data set.
    pub dataset: String,
    /// Name of the target.
    pub target: String,
    /// Seeds, the same for all methods.
    pub seeds: Vec<u64>,
    /// Folds of a cross-validation, whose test rows a run has all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<usize>,
    /// Metrics of its tables; the first is that of its plots and differences.
    #[serde(default = "usual_metrics")]
    pub metrics: Vec<Metric>,
    /// Which rows its columns are about.
    #[serde(default, skip_serializing_if = "Areas::are_shots")]
    pub areas: Areas,
    /// Methods in the order asked for.
    pub methods: Vec<MethodRuns>,
    /// Predictors without a network, on the same test rows; none where methods have their own test rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// The last row of its table, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gains: Option<Gains>,
    /// What was printed of the same methods, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<Printed>,
    /// What a reader should know of the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Comparison {
    /// The metric of plots and differences.
    #[must_use]
    pub fn first_metric(&self) -> Metric {
        self.metrics.first().copied().unwrap_or(Metric::Mae)
    }

    /// Columns of its table; behind those of the shots what is interpolation and what extrapolation, if anything is.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = self.metrics.iter().flat_map(|&metric| self.areas.columns(metric)).collect();
        let some_unseen = self.methods.iter().flat_map(|method| &method.runs).any(|run| run.unseen.is_some());
        if some_unseen && self.areas == Areas::Shots {
            let metrics = [Metric::Mae, Metric::Gm].into_iter().filter(|metric| self.metrics.contains(metric));
            columns.extend(metrics.flat_map(|metric| Seen::EACH.map(|seen| Column { metric, area: Area::Seen(seen) })));
        }
        columns
    }

    /// Methods that are compared among themselves: all, or those of each group.
    pub fn groups(&self) -> impl Iterator<Item = &[MethodRuns]> {
        self.methods.chunk_by(|a, b| a.group == b.group)
    }
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            dataset: String::new(),
            target: String::new(),
            seeds: vec![0],
            folds: None,
            metrics: usual_metrics(),
            areas: Areas::default(),
            methods: Vec::new(),
            baselines: Vec::new(),
            gains: None,
            printed: None,
            notes: Vec::new(),
        }
    }
}

/// MAE and GM by shot, and balanced MAE.
fn usual_metrics() -> Vec<Metric> {
    USUAL_METRICS.to_vec()
}

/// The metrics of the paper's age tables, and the balanced MAE.
pub const USUAL_METRICS: [Metric; 3] = [Metric::Mae, Metric::Gm, Metric::Bmae];

/// The runs of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodRuns {
    /// Name.
    pub method: String,
    /// Name in tables.
    pub title: String,
    /// What it shares with the methods that it is compared with, where that is not with all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its runs, by seed.
    pub runs: Vec<Run>,
}

/// How much better the best of some methods is than the first, column by column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gains {
    /// Name in tables.
    pub title: String,
    /// Names of the methods.
    pub methods: Vec<String>,
}

/// One run: what came out, or why nothing did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// Seed.
    pub seed: u64,
    /// Folder below that of the grid.
    pub folder: PathBuf,
    /// Metrics of the test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Report>,
    /// Errors on targets with and without training rows, if there are any without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// Errors under the natural distribution; runs of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural: Option<Natural>,
    /// Metric of the validation rows at the epoch that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// Groups the runs of a grid by method, in the order of the cells; those of cells that only serve others are left out.
#[must_use]
pub fn by_method(cells: &[Cell], runs: Vec<Run>) -> Vec<MethodRuns> {
    let mut methods: Vec<MethodRuns> = Vec::new();
    for (cell, run) in cells.iter().zip(runs).filter(|(cell, _)| cell.shown) {
        match methods.iter_mut().find(|m| m.method == cell.method) {
            Some(method) => method.runs.push(run),
            None => methods.push(MethodRuns {
                method: cell.method.clone(),
                title: cell.title.clone(),
                group: cell.group.clone(),
                runs: vec![run],
            }),
        }
    }
    methods
}

/// Writes `compare.json`.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write(folder: &Path, comparison: &Comparison) -> Result<(), TrainError> {
    let path = folder.join("compare.json");
    Ok(files::write_atomic(&path, versioned::to_json(&path, comparison)?.as_bytes())?)
}
