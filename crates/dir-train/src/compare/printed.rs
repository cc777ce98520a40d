//! Numbers of a publication that ours are shown beside.

use serde::{Deserialize, Serialize};

use super::Column;

/// A printed table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// Where it was printed.
    pub source: String,
    /// Whether it is about the data that are compared here. If not, it stands apart, under a heading that says so.
    pub of_these_data: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<PrintedRow>,
    /// Its last row, if it has one: how much better some methods are than the first.
    pub gains: Option<PrintedRow>,
}

/// A row of a printed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedRow {
    /// Name of the method, as ours; empty where the row is about several.
    pub method: String,
    /// Name in tables.
    pub title: String,
    /// Its numbers, digit by digit; empty where nothing was printed.
    pub cells: Vec<String>,
}
