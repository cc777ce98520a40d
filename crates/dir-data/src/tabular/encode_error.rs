//! Errors of the encoder: a table that is not like the one of training.

use thiserror::Error;

use crate::budget::OverBudget;
use crate::printable::printable;

/// What keeps a table from being encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A column that the network was trained with is not there.
    #[error("{file}: found no column {column:?}, expected the columns that the model was trained with; add it", file = printable(.file))]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A column has become another type.
    #[error(
        "{file}, column {column:?}: found {found}, expected {expected} as in training; correct it or give its type", file = printable(.file))]
    Type {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its type here.
        found: &'static str,
        /// Its type in training.
        expected: &'static str,
    },
    /// A number is missing where none was in training.
    #[error(
        "{file}, row {row}, column {column:?}: found a missing value, expected a number: training had none missing; fill it in", file = printable(.file))]
    Missing {
        /// The file.
        file: String,
        /// Data row, from 0.
        row: usize,
        /// The column.
        column: String,
    },
    /// Rows times encoded columns do not fit the memory.
    #[error("{file}: found {over}, expected fewer rows or levels; leave columns of many levels out", file = printable(.file))]
    Size {
        /// The file.
        file: String,
        /// What it needs.
        over: OverBudget,
    },
}
