//! Which rows train, validate and test.
//!
//! The balanced split is the paper's: validation and test hold about as many rows of every bin, so that rare targets count as
//! much as frequent ones when methods are compared.
//!
//! # Source
//! Yang et al., ICML 2021, section 4 and appendix; official `agedb-dir/data/preprocess_agedb.py` at a6fdc45 (a third of a
//! bin's rows at most, and no more than a cap).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use dir_core::random::Stream;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::lines::line_in;
use crate::mt19937::{Mt19937, Seed};
use crate::printable::printable;
use crate::records::Records;

/// A part of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Rows that train.
    Train,
    /// Rows that pick the best epoch.
    Val,
    /// Rows that are reported.
    Test,
}

impl Part {
    /// All parts, in the order of [`Part::of`].
    pub const EACH: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    /// What belongs to this part of a list by part.
    #[must_use]
    pub fn of<T>(self, by_part: &[T; 3]) -> &T {
        let [train, val, test] = by_part;
        match self {
            Self::Train => train,
            Self::Val => val,
            Self::Test => test,
        }
    }

    /// The part with this name, as data sets write it.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "train" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" => Some(Self::Val),
            "test" => Some(Self::Test),
            _ => None,
        }
    }

    /// Its name, as files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

/// What is wrong with a split.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The file can't be read.
    #[error("{file}: found '{error}', expected a CSV with the columns row and split", file = printable(.file), error = printable(.error))]
    Csv {
        /// The file.
        file: String,
        /// What the reader said.
        error: csv::Error,
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
        /// What was expected.
        expected: String,
    },
    /// Rows that the file says nothing about.
    #[error("{file}: found no line for row {row}, expected one for each of the {rows} rows", file = printable(.file))]
    MissingRow {
        /// The file.
        file: String,
        /// The first such row.
        row: usize,
        /// Rows of the data.
        rows: usize,
    },
    /// A part without rows.
    #[error(
        "found {train} training, {val} validation and {test} test rows, expected at least 1 of each; use fewer bins or more rows"
    )]
    EmptyPart {
        /// Training rows.
        train: usize,
        /// Validation rows.
        val: usize,
        /// Test rows.
        test: usize,
    },
}

/// The paper's split: of every bin `min(rows / 3, cap)` rows validate, as many test, the rest train.
///
/// # Errors
/// [`SplitError::EmptyPart`] if all bins have fewer than three rows.
/// # Example
/// ```
/// use dir_data::split::{Part, balanced_split};
/// let parts = balanced_split(&[0, 0, 0, 0, 0, 0, 0, 1, 1], 30, 0)?; // 7 rows in bin 0, 2 in bin 1
/// assert_eq!(parts.iter().filter(|p| **p == Part::Test).count(), 2);
/// # Ok::<(), dir_data::split::SplitError>(())
/// ```
pub fn balanced_split(bins: &[usize], cap: usize, seed: u64) -> Result<Vec<Part>, SplitError> {
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); bins.iter().max().map_or(0, |b| b + 1)];
    bins.iter().enumerate().for_each(|(row, &bin)| rows_of[bin].push(row));
    let mut parts = vec![Part::Train; bins.len()];
    for (bin, rows) in rows_of.iter_mut().enumerate() {
        Stream::new(&[seed, bin as u64]).shuffle(rows);
        let share = (rows.len() / 3).min(cap);
        rows[..share].iter().for_each(|&row| parts[row] = Part::Val);
        rows[share..2 * share].iter().for_each(|&row| parts[row] = Part::Test);
    }
    check(parts)
}

/// A split that keeps groups whole: a share of them validates, as large a share tests. Rows of one subject or one film are alike;
/// a test on what a neighbour has shown flatters.
///
/// # Errors
/// [`SplitError::EmptyPart`] with fewer than three groups.
/// # Example
/// ```
/// use dir_data::split::{Part, group_split};
/// let parts = group_split(&["a", "a", "b", "c", "c"], 0.3, 0)?;
/// assert!(parts[0] == parts[1] && parts[3] == parts[4]);
/// # Ok::<(), dir_data::split::SplitError>(())
/// ```
pub fn group_split<G: Ord>(groups: &[G], share: f64, seed: u64) -> Result<Vec<Part>, SplitError> {
    let folds = numbered(groups, seed);
    let count = folds.iter().max().map_or(0, |last| last + 1);
    let held = ((count as f64 * share).round() as usize).max(1);
    let part = |group: &usize| match group {
        group if *group < held => Part::Val,
        group if *group < 2 * held => Part::Test,
        _ => Part::Train,
    };
    check(folds.iter().map(part).collect())
}

/// Cross-validation: groups are dealt into so many folds at random; those of fold `fold` test, those of the next validate.
///
/// # Errors
/// [`SplitError::EmptyPart`] with fewer than three folds or groups.
/// # Example
/// ```
/// use dir_data::split::{Part, fold_split};
/// let subjects = ["a", "a", "b", "c", "c", "d"];
/// let tests = (0..3).map(|fold| fold_split(&subjects, 3, fold, 0)).collect::<Result<Vec<_>, _>>()?;
/// assert!((0..6).all(|row| tests.iter().filter(|parts| parts[row] == Part::Test).count() == 1));
/// # Ok::<(), dir_data::split::SplitError>(())
/// ```
pub fn fold_split<G: Ord>(groups: &[G], folds: usize, fold: usize, seed: u64) -> Result<Vec<Part>, SplitError> {
    let folds = folds.max(1);
    let part = |group: usize| match group % folds {
        own if own == fold => Part::Test,
        own if own == (fold + 1) % folds => Part::Val,
        _ => Part::Train,
    };
    check(numbered(groups, seed).into_iter().map(part).collect())
}

/// The number of every row's group, groups being numbered at random.
fn numbered<G: Ord>(groups: &[G], seed: u64) -> Vec<usize> {
    let mut names: Vec<&G> = groups.iter().collect::<BTreeSet<_>>().into_iter().collect();
    Stream::new(&[seed, GROUPS]).shuffle(&mut names);
    let numbers: BTreeMap<&G, usize> = names.into_iter().enumerate().map(|(number, name)| (name, number)).collect();
    groups.iter().map(|group| numbers[group]).collect()
}

/// Sets these random numbers apart from others of the same seed.
const GROUPS: u64 = 53;

/// The split of the official age benchmarks, row for row: ages in rising order, the rows of each shuffled as Python's
/// `random.shuffle` does, `min(rows / 3, cap)` of them for validation, as many for the test, the rest for training. Rows of
/// bin 121 and above train.
///
/// # Errors
/// [`SplitError::EmptyPart`] if no age has three rows.
/// # Source
/// Official `agedb-dir/data/preprocess_agedb.py` and `imdb-wiki-dir/data/preprocess_imdb_wiki.py` at a6fdc45: seed 666, cap 30
/// and 150.
pub fn official_split(bins: &[usize], cap: usize, seed: impl Into<Seed>) -> Result<OfficialSplit, SplitError> {
    const AGES: usize = 121;
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); AGES];
    for (row, &bin) in bins.iter().enumerate().filter(|(_, bin)| **bin < AGES) {
        rows_of[bin].push(row);
    }
    let mut random = Mt19937::new(seed);
    let (mut val, mut test) = (Vec::new(), Vec::new());
    for rows in &mut rows_of {
        random.shuffle(rows);
        let share = (rows.len() / 3).min(cap);
        val.extend(&rows[..share]);
        test.extend(&rows[share..2 * share]);
    }
    let mut parts = vec![Part::Train; bins.len()];
    val.iter().for_each(|&row| parts[row] = Part::Val);
    test.iter().for_each(|&row| parts[row] = Part::Test);
    Ok(OfficialSplit { parts: check(parts)?, val, test })
}

/// An official split: the part of every row, and the order in which the program lists validation and test rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialSplit {
    /// Part of every row.
    pub parts: Vec<Part>,
    /// Validation rows in order.
    pub val: Vec<usize>,
    /// Test rows in order.
    pub test: Vec<usize>,
}

/// Reads a split from a CSV with the columns `row` (data row, from 0) and `split` (train, val or test).
///
/// # Errors
/// Unknown words, rows that are not there, listed twice or not at all, a part without rows.
pub fn read_split(path: &Path, rows: usize) -> Result<Vec<Part>, SplitError> {
    let file = path.display().to_string();
    let wrong = |error| SplitError::Csv { file: file.clone(), error };
    let mut reader = Records::open(&ReaderBuilder::new(), path).map_err(wrong)?;
    let header = reader.headers().map_err(wrong)?;
    if header.iter().map(str::trim).ne(["row", "split"]) {
        let found = header.iter().collect::<Vec<_>>().join(",");
        return Err(SplitError::Line {
            file,
            line: 1,
            found: format!("header {found:?}"),
            expected: "row,split".into(),
        });
    }
    let mut parts = vec![None; rows];
    let mut record = StringRecord::new();
    while reader.read(&mut record).map_err(wrong)? {
        let (row, part) = line(&record, rows).map_err(|(found, expected)| SplitError::Line {
            file: file.clone(),
            line: line_in(path, record.position()),
            found,
            expected,
        })?;
        if parts[row].replace(part).is_some() {
            let line = line_in(path, record.position());
            return Err(SplitError::Line {
                file,
                line,
                found: format!("row {row} again"),
                expected: "each row once".into(),
            });
        }
    }
    if let Some(row) = parts.iter().position(Option::is_none) {
        return Err(SplitError::MissingRow { file, row, rows });
    }
    check(parts.into_iter().flatten().collect())
}

fn line(record: &StringRecord, rows: usize) -> Result<(usize, Part), (String, String)> {
    let field = |k: usize| record.get(k).unwrap_or_default().trim();
    let row = field(0).parse().ok().filter(|&r: &usize| r < rows);
    let row =
        row.ok_or_else(|| (format!("row {:?}", field(0)), format!("a number from 0 to {}", rows.saturating_sub(1))))?;
    let part = Part::of_name(field(1));
    Ok((row, part.ok_or_else(|| (format!("split {:?}", field(1)), "train, val or test".into()))?))
}

fn check(parts: Vec<Part>) -> Result<Vec<Part>, SplitError> {
    let count = |part| parts.iter().filter(|p| **p == part).count();
    let [train, val, test] = [Part::Train, Part::Val, Part::Test].map(count);
    if train == 0 || val == 0 || test == 0 { Err(SplitError::EmptyPart { train, val, test }) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, rows: usize) -> Result<Vec<Part>, SplitError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("split.csv");
        std::fs::write(&path, text).expect("writes");
        read_split(&path, rows)
    }

    #[test]
    fn a_file_gives_the_parts() {
        let parts = read("row,split\n2,test\n0,train\n1,dev\n", 3).expect("whole");
        assert_eq!(parts, [Part::Train, Part::Val, Part::Test]);
        for (text, rows, word) in [
            ("row,split\n0,train\n1,val\n2,tset\n", 3, "line 4: found split \"tset\""),
            ("row,split\n0,train\n0,val\n", 2, "row 0 again"),
            ("row,split\n0,train\n1,val\n", 3, "no line for row 2"),
            ("row,split\n9,train\n", 3, "found row \"9\", expected a number from 0 to 2"),
            ("a,b\n1,2\n", 3, "header \"a,b\""),
            ("row,split\n0,train\n1,val\n", 2, "1 training, 1 validation and 0 test"),
        ] {
            let message = read(text, rows).expect_err("a mistake").to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn groups_stay_whole_in_every_fold() {
        let groups: Vec<usize> = (0..90).map(|row| row / 3).collect();
        let whole = |parts: &[Part]| parts.chunks(3).all(|rows| rows.iter().all(|part| *part == rows[0]));
        let count = |parts: &[Part], part| parts.iter().filter(|p| **p == part).count();
        let parts = group_split(&groups, 0.2, 1).expect("30 groups");
        assert!(whole(&parts));
        assert_eq!([count(&parts, Part::Val), count(&parts, Part::Test)], [18, 18]);
        for fold in 0..5 {
            let parts = fold_split(&groups, 5, fold, 1).expect("30 groups");
            assert!(whole(&parts));
            assert_eq!([count(&parts, Part::Val), count(&parts, Part::Test)], [18, 18]);
        }
        assert!(group_split(&[1, 1, 2, 2], 0.2, 0).is_err() && fold_split(&[1, 2, 3], 2, 0, 0).is_err());
    }

    proptest! {
        #[test]
        fn every_bin_is_shared_out(bins in proptest::collection::vec(0..5_usize, 30..200), cap in 1..10_usize, seed in any::<u64>()) {
            let parts = balanced_split(&bins, cap, seed).expect("some bin has three rows");
            for bin in 0..5 {
                let rows = bins.iter().filter(|b| **b == bin).count();
                let count = |part| bins.iter().zip(&parts).filter(|(b, p)| **b == bin && **p == part).count();
                prop_assert_eq!(count(Part::Val), (rows / 3).min(cap));
                prop_assert_eq!(count(Part::Test), (rows / 3).min(cap));
            }
        }
    }
}
