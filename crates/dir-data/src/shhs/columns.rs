//! Which columns of the survey hold the number, the score and the answers, and what a row's cells say.

use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::{ShhsError, ShhsOptions};
use crate::sf36::GeneralHealth;

/// Column of the subject's number.
const KEY: &str = "nsrrid";

/// A column that was found: its place, and its name as the header has it.
#[derive(Debug)]
struct Column {
    place: usize,
    name: String,
}

/// The columns that are read.
#[derive(Debug)]
pub(super) struct Columns {
    id: Column,
    score: Option<Column>,
    items: Option<[Column; 5]>,
}

/// What a row says of the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    /// Its column has it.
    Given(f64),
    /// It was worked out from the answers.
    Computed(f64),
    /// Neither.
    Missing,
}

impl Found {
    pub(super) fn score(self) -> Option<f64> {
        match self {
            Self::Given(score) | Self::Computed(score) => Some(score),
            Self::Missing => None,
        }
    }
}

impl Columns {
    pub(super) fn of(path: &Path, header: &ByteRecord, options: &ShhsOptions) -> Result<Self, ShhsError> {
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let missing = |what: &str, expected: String| ShhsError::Header {
            path: path.into(),
            found: format!("no {what} among {} columns", names.len()),
            expected,
        };
        let find = |wanted: &str| find(path, &names, wanted);
        let to_do = "name another survey or correct its header";
        let id = find(KEY)?.ok_or_else(|| missing(KEY, format!("the subjects' numbers in a column {KEY}; {to_do}")))?;
        let (wanted, items) = (options.score_column(), options.item_columns());
        let score = find(&wanted)?;
        let mut answers = Vec::new();
        for item in items.iter().flatten() {
            answers.extend(find(item)?);
        }
        let answers = <[Column; 5]>::try_from(answers).ok();
        match (&score, &answers, items) {
            (None, None, Some(items)) => {
                let expected =
                    format!("the score in {wanted}, or the answers in {}; name its column", items.join(", "));
                Err(missing(&wanted, expected))
            }
            (None, None, None) => {
                Err(missing(&wanted, "the column of the score that was asked for; correct its name".into()))
            }
            _ => Ok(Self { id, score, items: answers }),
        }
    }

    /// The subject's number and what there is of the score.
    pub(super) fn row(&self, path: &Path, line: u64, record: &ByteRecord) -> Result<(u64, Found), ShhsError> {
        let row = Row { path, line, record };
        let text = row.text(&self.id);
        let id = text.parse().map_err(|_| row.wrong(&self.id, text, "the number of a subject"))?;
        if let Some(column) = &self.score
            && let Some(score) = row.number(column)?
        {
            let fits = (0.0..=100.0).contains(&score);
            return fits.then_some((id, Found::Given(score))).ok_or_else(|| row.cell(column, "a score of 0 to 100"));
        }
        let Some(items) = &self.items else { return Ok((id, Found::Missing)) };
        let mut answers = [None; 5];
        for (answer, column) in answers.iter_mut().zip(items) {
            *answer = row.answer(column)?;
        }
        let score = GeneralHealth::of(answers).score();
        let score = score.map_err(|error| row.cell(&items[error.item as usize], ANSWER))?;
        Ok((id, score.map_or(Found::Missing, Found::Computed)))
    }
}

/// Place and name of a column, without regard to case.
fn find(path: &Path, names: &[String], wanted: &str) -> Result<Option<Column>, ShhsError> {
    let mut found = names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(wanted.trim()));
    let first = found.next().map(|(place, name)| Column { place, name: name.clone() });
    match found.next() {
        None => Ok(first),
        Some((_, second)) => Err(ShhsError::Header {
            path: path.into(),
            found: format!("a second column {second}"),
            expected: "one; remove or rename the other".into(),
        }),
    }
}

/// What an answer may be.
const ANSWER: &str = "a whole number of 1 to 5";

/// A row and where it stands.
struct Row<'a> {
    path: &'a Path,
    line: u64,
    record: &'a ByteRecord,
}

impl Row<'_> {
    fn text(&self, column: &Column) -> String {
        String::from_utf8_lossy(self.record.get(column.place).unwrap_or_default()).trim().to_owned()
    }

    /// A number, or none where the cell is empty or holds SAS's dot.
    fn number(&self, column: &Column) -> Result<Option<f64>, ShhsError> {
        let text = self.text(column);
        if text.is_empty() || text == "." {
            return Ok(None);
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| self.wrong(column, text, "a number"))
    }

    /// A whole number that fits a byte; which ones the survey offers is the scale's to say.
    fn answer(&self, column: &Column) -> Result<Option<u8>, ShhsError> {
        let Some(number) = self.number(column)? else { return Ok(None) };
        let answer = (0..=u8::MAX).find(|&answer| f64::from(answer) == number);
        answer.map(Some).ok_or_else(|| self.cell(column, ANSWER))
    }

    fn cell(&self, column: &Column, expected: &'static str) -> ShhsError {
        self.wrong(column, self.text(column), expected)
    }

    fn wrong(&self, column: &Column, found: String, expected: &'static str) -> ShhsError {
        let (path, column) = (PathBuf::from(self.path), column.name.clone());
        ShhsError::Cell { path, line: self.line, column, found, expected }
    }
}
