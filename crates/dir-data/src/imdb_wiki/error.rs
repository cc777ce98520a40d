//! What can be wrong with the IMDB-WIKI metadata.

use thiserror::Error;

use crate::mat::MatError;

/// Why the metadata of the IMDB-WIKI faces could not be read. Rows count from 1, as in MATLAB.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ImdbWikiError {
    /// The file is no readable MAT-file.
    #[error("the metadata file cannot be read")]
    Mat(#[from] MatError),
    /// The file has no variable of the set's name.
    #[error("found the variables {found:?}, expected '{expected}'; check that the file and the set belong together")]
    NoVariable {
        /// The name that was looked for.
        expected: &'static str,
        /// The first names in the file.
        found: Vec<String>,
    },
    /// The variable is no 1x1 struct.
    #[error("the variable '{name}' is no 1x1 struct, which was expected; fetch the metadata file again")]
    NoStruct {
        /// The variable's name.
        name: &'static str,
    },
    /// The struct lacks a field.
    #[error("the struct has no field '{field}', which was expected; fetch the metadata file again")]
    NoField {
        /// The field's name.
        field: &'static str,
    },
    /// A field holds something else than it should.
    #[error("the field '{field}' is not {expected}, which was expected; fetch the metadata file again")]
    FieldKind {
        /// The field's name.
        field: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// Two fields differ in length.
    #[error(
        "the field '{field}' has {found} rows, expected {expected} as in 'full_path'; fetch the metadata file again"
    )]
    Length {
        /// The field's name.
        field: &'static str,
        /// Its length.
        found: usize,
        /// The number of paths.
        expected: usize,
    },
    /// A path is not text.
    #[error("row {row} of 'full_path' is no readable text, expected a path; fetch the metadata file again")]
    PathKind {
        /// The row.
        row: usize,
    },
    /// A path could lead out of the folder.
    #[error(
        "row {row} of 'full_path' is {path:?}, which {reason}; expected a relative path inside the folder: fetch the \
         metadata file again from a source you trust"
    )]
    Path {
        /// The row.
        row: usize,
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A birth date has no day in the calendar.
    #[error(
        "row {row} of 'dob' is {found}, expected a MATLAB day number up to 3652425 (9999-12-31); remove the row or \
         fetch the metadata file again"
    )]
    BirthDate {
        /// The row.
        row: usize,
        /// The number found.
        found: f64,
    },
    /// A photo's year is no year.
    #[error(
        "row {row} of 'photo_taken' is {found}, expected a whole year; remove the row or fetch the metadata file again"
    )]
    Year {
        /// The row.
        row: usize,
        /// The number found.
        found: f64,
    },
}
