//! Tables: a CSV with a number to predict, read with types, encoded into numbers that a network can take.

mod cell;
mod encode;
mod encode_error;
mod far_values;
mod options;
mod read;

use thiserror::Error;

use crate::content_digest::ContentDigest;
use crate::printable::printable;

pub use encode::{DEFAULT_CLIP, Encoder, Matrix};
pub use encode_error::EncodeError;
pub use far_values::{FarValues, far_lines};
pub use options::{ColumnKind, Header, Missing, ReadOptions};
pub use read::{read_csv, read_csv_from, read_csv_without_target};

/// What is wrong with a CSV: where, what was found, what was expected and what to do, in one line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file can't be read.
    #[error("{file}: found '{error}', expected a file that can be read; check the path and its permissions", file = printable(.file), error = printable(.error))]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file as a whole.
    #[error("{file}: found {found}, expected {expected}", file = printable(.file), found = printable(.found), expected = printable(.expected))]
    File {
        /// The file.
        file: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// One line.
    #[error("{file}, line {line}: found {found}, expected {expected}", file = printable(.file), found = printable(.found), expected = printable(.expected))]
    Line {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// One field.
    #[error("{file}, row {row} (line {line}), column {column:?}: found {found}, expected {expected}", file = printable(.file), found = printable(.found), expected = printable(.expected))]
    Cell {
        /// The file.
        file: String,
        /// Data row, from 0, the header not counted.
        row: usize,
        /// Line, from 1.
        line: u64,
        /// Column.
        column: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
}

/// Values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; NaN where one is missing.
    Numeric(Vec<f64>),
    /// Positions in `levels`; `None` where one is missing.
    Category {
        /// Distinct texts, in alphabetical order.
        levels: Vec<String>,
        /// Level of every row.
        codes: Vec<Option<u32>>,
    },
}

/// A column that predicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name, from the header or `column_K`.
    pub name: String,
    /// Values.
    pub values: Values,
}

/// A CSV with its types.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Where it came from, for messages.
    pub source: String,
    /// Columns that predict, in the order of the file.
    pub columns: Vec<Column>,
    /// Name of the target.
    pub target_name: String,
    /// Targets, all finite; empty if the file has none.
    pub targets: Vec<f64>,
    /// Data row of every row kept, from 0, the header not counted.
    pub row_ids: Vec<usize>,
    /// Rows left out because something was missing.
    pub dropped: usize,
    /// What the reader decided on its own and a user should know.
    pub notes: Vec<String>,
}

impl Table {
    /// Adds what the columns hold.
    pub fn digest(&self, digest: &mut ContentDigest) {
        for Column { name, values } in &self.columns {
            digest.text(name);
            match values {
                Values::Numeric(values) => digest.floats(values),
                Values::Category { levels, codes } => {
                    levels.iter().for_each(|level| digest.text(level));
                    codes.iter().for_each(|code| digest.number(code.map_or(0, |code| u64::from(code) + 1)));
                }
            }
        }
    }

    /// Number of rows kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.row_ids.len()
    }
}
