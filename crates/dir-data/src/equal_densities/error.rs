//! What can go wrong with pictures of categories.

use std::path::PathBuf;

use thiserror::Error;

use crate::drawn::DrawnError;
use crate::printable::printable;

/// What keeps both sets from being made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EqualDensitiesError {
    /// A file that can't be read.
    #[error("{}: found '{error}', expected {expected}", printable(path.display()), error = printable(.error))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
        /// What should be there.
        expected: &'static str,
    },
    /// A file of another form.
    #[error("{}: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Form {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Not enough pictures of a class.
    #[error("found {found} pictures of class {class}, expected more; ask for fewer --rows")]
    TooFew {
        /// The class.
        class: usize,
        /// How many there are.
        found: usize,
    },
    /// See [`DrawnError`].
    #[error(transparent)]
    Write(#[from] DrawnError),
}
