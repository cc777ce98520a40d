//! The metadata of the IMDB-WIKI faces: which photos show one clear face, and how old its owner is.
//!
//! # Source
//!
//! R. Rothe, R. Timofte and L. Van Gool, "DEX: Deep EXpectation of apparent age from a single image", 2015, for the
//! data set and its fields. The age rule (photos count as taken in the middle of their year) and the filters are those of
//! the official `imdb-wiki-dir/data/create_imdb_wiki.py` at a6fdc45.

mod birth;
mod error;
mod fields;
mod path;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

pub use error::ImdbWikiError;

use crate::mat::read_mat;
use fields::Fields;

/// The face score from which a face counts as found (official `--min_score`).
pub const MIN_SCORE: f64 = 1.0;

/// The ages that are kept.
const AGES: RangeInclusive<i64> = 0..=200;

/// One of the two halves of IMDB-WIKI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Photos from IMDB: `imdb.mat`.
    Imdb,
    /// Photos from Wikipedia: `wiki.mat`.
    Wiki,
}

impl Set {
    /// The name of the struct in the metadata file.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Set::Imdb => "imdb",
            Set::Wiki => "wiki",
        }
    }

    /// The folder of the cropped faces, with a slash behind.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Set::Imdb => "imdb_crop/",
            Set::Wiki => "wiki_crop/",
        }
    }
}

/// One face: its owner's age in the photo, and the photo's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The age in whole years.
    pub age: i64,
    /// The path under the data set's folder, starting with [`Set::folder`].
    pub path: String,
}

/// The rows that the filters keep, and how many they drop.
///
/// A row that several filters would drop counts for the first of them, in the order of the fields here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The rows kept, in the file's order.
    pub rows: Vec<Row>,
    /// The rows in the file.
    pub total: usize,
    /// The rows dropped because the face score is below the least one.
    pub dropped_face_score: usize,
    /// The rows dropped because there is a second face, with a score above zero.
    pub dropped_second_face: usize,
    /// The rows dropped because the age is not from 0 to 200.
    pub dropped_age: usize,
}

/// Reads `imdb.mat` or `wiki.mat` and keeps the rows with one clear face and a plausible age.
///
/// A row is dropped if its face score is below `min_score` (normally [`MIN_SCORE`]), if its second face score is a
/// number above zero, or if the age is not from 0 to 200. A face score that is not a number is not below anything, so
/// that it is kept, as the reference keeps it. Dates, years and paths are checked in every row, dropped or not.
///
/// # Errors
///
/// When the file is no MATLAB 5 MAT-file, the struct or one of its fields is missing or of another kind, the fields
/// differ in length, or a row has an impossible date or year or a path that leaves the folder.
pub fn rows(bytes: &[u8], set: Set, min_score: f64) -> Result<Selection, ImdbWikiError> {
    let Fields { paths, births, taken, scores, second_scores } = Fields::read(read_mat(bytes)?, set.variable())?;
    let mut selection = Selection { total: paths.len(), ..Selection::default() };
    let numbers = births.into_iter().zip(taken).zip(scores).zip(second_scores);
    for (index, (path, (((birth, taken), score), second_score))) in paths.into_iter().zip(numbers).enumerate() {
        let row = index + 1;
        let path = path::checked(path, row)?;
        let age = age(birth, taken, row)?;
        if score < min_score {
            selection.dropped_face_score += 1;
        } else if second_score > 0.0 {
            selection.dropped_second_face += 1;
        } else if !AGES.contains(&age) {
            selection.dropped_age += 1;
        } else {
            selection.rows.push(Row { age, path: format!("{}{path}", set.folder()) });
        }
    }
    Ok(selection)
}

/// The age in one row.
fn age(birth: f64, taken: f64, row: usize) -> Result<i64, ImdbWikiError> {
    let date = birth::birth_date(birth).ok_or(ImdbWikiError::BirthDate { row, found: birth })?;
    // Years this far out are kept exactly by the cast, and ages from them are out of range anyway.
    if taken.fract() != 0.0 || taken.abs() > 1e9 {
        return Err(ImdbWikiError::Year { row, found: taken });
    }
    Ok(birth::age(taken as i64, date))
}
