//! What can be wrong with a file of word vectors.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::budget::OverBudget;
use crate::printable::printable;

/// What is wrong with a file of word vectors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VectorsError {
    /// The file can't be read.
    #[error("{}: found '{error}', expected a file of word vectors; check the path", printable(path.display()), error = printable(.error))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// An archive that holds no text.
    #[error("{}: found {found}, expected a .txt of word vectors, or the one that is named", printable(path.display()), found = printable(.found))]
    Archive {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// One line.
    #[error("{}, line {line}: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// More than the budget.
    #[error("{}: found {over}, expected fewer words or shorter vectors", printable(path.display()))]
    Memory {
        /// The file.
        path: PathBuf,
        /// What it needs.
        over: OverBudget,
    },
    /// No vector at all.
    #[error("{}: found no word, expected lines of a word and its numbers", printable(path.display()))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// An array of another kind.
    #[error("{}: found {found}, expected a two-dimensional array of little-endian floats in C order", printable(path.display()), found = printable(.found))]
    Npy {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// Words and rows that do not go together.
    #[error("{}: found {words} words for {rows} rows, expected one word per row", printable(path.display()))]
    Words {
        /// The list of words.
        path: PathBuf,
        /// Words in it.
        words: usize,
        /// Rows of the array.
        rows: usize,
    },
}
