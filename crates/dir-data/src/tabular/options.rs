//! How a CSV is to be read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Whether the first row names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    /// It does if none of its fields is a number or empty: a row of data has at least a number as target.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It is data; columns are called `column_0`, `column_1` and so on.
    No,
}

/// What happens where a value is missing: an empty field, NA, N/A, NaN, null, none or ?, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The file is refused.
    #[default]
    Error,
    /// The row is left out, and counted.
    DropRow,
    /// Numbers: the mean of the training rows, and a column that says so. Categories: a level of its own. Rows without a
    /// target are left out.
    Impute,
}

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers.
    Numeric,
    /// Texts, or numbers that are names.
    Category,
    /// Left out.
    Ignore,
}

/// How a CSV is to be read.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `target` | last column | name or index (from 0) of the number to predict |
/// | `header` | auto | auto, yes or no |
/// | `delimiter` | detected | one of `,` `;` `|` or a tab |
/// | `missing` | error | error, drop_row or impute |
/// | `types` | inferred | `name = "numeric"`, `"category"` or `"ignore"` |
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// Name or index of the number to predict; the last column if absent.
    pub target: Option<String>,
    /// Whether the first row names the columns.
    pub header: Header,
    /// Character between fields; detected if absent.
    pub delimiter: Option<char>,
    /// What happens where a value is missing.
    pub missing: Missing,
    /// Types of columns that are not to be inferred.
    pub types: BTreeMap<String, ColumnKind>,
}
