//! What keeps the study from being read: where, what was found, what was expected, what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::printable::printable;

/// What keeps the study from being read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShhsError {
    /// A visit that the study did not have.
    #[error("visit: found {found}, expected 1 or 2; the third visit has no recordings")]
    Visit {
        /// The visit.
        found: u8,
    },
    /// No folder of recordings.
    #[error(
        "{}: found no such folder, expected the recordings of visit {visit}, shhs{visit}-200001.edf and so on; ask for them \
         at https://sleepdata.org/datasets/shhs (they come under a signed agreement), or let `shhs-dir synth` write made-up nights \
         in the same layout",
        printable(path.display()))]
    NoFolder {
        /// Where it was looked for first.
        path: PathBuf,
        /// The visit.
        visit: u8,
    },
    /// A folder without recordings.
    #[error(
        "{}: found no recording of visit {visit} ({files} other files), expected shhs{visit}-200001.edf and so on; \
         put them there",
        printable(path.display()))]
    NoRecordings {
        /// The folder.
        path: PathBuf,
        /// The visit.
        visit: u8,
        /// Files of other names.
        files: usize,
    },
    /// Two recordings of one subject.
    #[error(
        "{}: found a second recording of subject {id} beside {}, expected one; move one away",
        printable(path.display()), printable(first.display()))]
    RecordedTwice {
        /// The second in the order of names.
        path: PathBuf,
        /// The first.
        first: PathBuf,
        /// Number of the subject.
        id: u64,
    },
    /// No survey.
    #[error(
        "{}: found no shhs{visit}-dataset-*.csv there nor in the folder above, expected the study's survey; download it from \
         https://sleepdata.org/datasets/shhs, or name another file as the survey",
        printable(path.display()))]
    NoSurvey {
        /// Where it was looked for first.
        path: PathBuf,
        /// The visit.
        visit: u8,
    },
    /// A file or folder that can't be read.
    #[error("{}: found '{error}', expected {expected}; check its name and who may read it", printable(path.display()), error = printable(.error))]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// A survey that is no CSV.
    #[error("{}: found '{error}', expected a CSV; save it as one", printable(path.display()), error = printable(.error))]
    Csv {
        /// The survey.
        path: PathBuf,
        /// What the reader said.
        error: csv::Error,
    },
    /// A header that lacks a column, or has it twice.
    #[error("{}, line 1: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Header {
        /// The survey.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// A row.
    #[error("{}, line {line}: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Row {
        /// The survey.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// A cell.
    #[error(
        "{}, line {line}, column {column}: found {found:?}, expected {expected}; correct it or take the row out",
        printable(path.display()), column = printable(.column))]
    Cell {
        /// The survey.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Name of the column.
        column: String,
        /// Its text.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Recordings and a survey of different people.
    #[error(
        "{}: found nobody with both a recording and a score, {scored} of {rows} rows with a score and {recordings} recordings \
         in {}, expected one subject at least; name the survey of these recordings, or the column of the score",
        printable(path.display()), printable(folder.display()))]
    Nobody {
        /// The survey.
        path: PathBuf,
        /// Folder of the recordings.
        folder: PathBuf,
        /// Rows of the survey.
        rows: usize,
        /// Rows with a score.
        scored: usize,
        /// Recordings.
        recordings: usize,
    },
}
