//! Columns to numbers: standardised with the training rows alone, categories one column per level.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Column, Table, Values};
use crate::budget::{Budget, OverBudget};
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

/// Deviations from the mean that a value may be away; further ones are clipped, and counted. Of `n` training rows none is further
/// away than `sqrt(n - 1)`.
const FURTHEST: f64 = 1e4;

/// Levels that get a column of their own; the rest share one.
const MAX_LEVELS: usize = 64;

/// How every column becomes numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<ColumnCode>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ColumnCode {
    name: String,
    code: Code,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    /// `(x - mean) / deviation`; with `indicator` a column more that is 1 where the number is missing.
    Numeric { mean: f64, deviation: f64, indicator: bool },
    /// One column per level, 1 where the row has it; with `other` a column more for any further level.
    OneHot { levels: Vec<String>, missing: bool, other: bool },
}

/// Numbers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Numbers per row.
    pub width: usize,
    /// `[rows, width]`, row-major.
    pub values: Vec<f32>,
}

impl Encoder {
    /// Takes means, deviations (of the population, as NumPy's `std`) and levels from the training rows alone.
    #[must_use]
    pub fn fit(table: &Table, train: &[usize]) -> Self {
        let code = |values: &Values| match values {
            Values::Numeric(values) => numeric(train.iter().map(|&r| values[r])),
            Values::Category { levels, codes } => one_hot(levels, train.iter().map(|&r| codes[r])),
        };
        let columns = table.columns.iter().map(|c| ColumnCode { name: c.name.clone(), code: code(&c.values) });
        Self { columns: columns.collect() }
    }

    /// Numbers per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.iter().map(|c| c.code.width()).sum()
    }

    /// Columns that together stand for one category, a mark of a missing number being one by itself.
    #[must_use]
    pub fn categories(&self) -> Vec<Range<usize>> {
        let mut categories = Vec::new();
        let mut first = 0;
        for ColumnCode { code, .. } in &self.columns {
            let end = first + code.width();
            let category = match code {
                Code::Numeric { .. } => first + 1..end,
                Code::OneHot { .. } => first..end,
            };
            categories.extend((!category.is_empty()).then_some(category));
            first = end;
        }
        categories
    }

    /// The table as numbers.
    ///
    /// # Errors
    /// A column that is missing or of another type; a missing number where training had none.
    pub fn encode(&self, table: &Table) -> Result<Matrix, EncodeError> {
        let (rows, width) = (table.rows(), self.width());
        let bytes = (rows as u64).saturating_mul(width as u64).saturating_mul(size_of::<f32>() as u64);
        let fits = Budget::current().check(bytes, || format!("{rows} rows of {width} encoded columns"));
        fits.map_err(|over| EncodeError::Size { file: table.source.clone(), over })?;
        let by_name = by_name(table);
        let mut values = vec![0.0; rows * width];
        let mut first = 0;
        for column in &self.columns {
            column.encode(table, by_name.get(column.name.as_str()).copied(), &mut values, width, first)?;
            first += column.code.width();
        }
        Ok(Matrix { rows, width, values })
    }

    /// Rows with a level that training did not know.
    #[must_use]
    pub fn unseen_levels(&self, table: &Table) -> usize {
        let mut unseen = vec![false; table.rows()];
        for (code, values) in self.pairs(table) {
            let (Code::OneHot { levels, other: false, .. }, Values::Category { levels: here, codes }) = (code, values)
            else {
                continue;
            };
            let known: HashSet<&String> = levels.iter().collect();
            let is_new: Vec<bool> = here.iter().map(|level| !known.contains(level)).collect();
            for (unseen, code) in unseen.iter_mut().zip(codes) {
                *unseen |= code.is_some_and(|code| is_new[code as usize]);
            }
        }
        unseen.into_iter().filter(|unseen| *unseen).count()
    }

    /// Values that [`Encoder::encode`] clips: more than 10,000 deviations from the mean of training.
    #[must_use]
    pub fn clipped(&self, table: &Table) -> usize {
        let clipped = |(code, values): (&Code, &Values)| match (code, values) {
            (Code::Numeric { mean, deviation, .. }, Values::Numeric(values)) => {
                values.iter().filter(|&value| ((value - mean) / deviation).abs() > FURTHEST).count()
            }
            _ => 0,
        };
        self.pairs(table).map(clipped).sum()
    }

    /// Columns that the table has, with their codes.
    fn pairs<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (&'a Code, &'a Values)> {
        let by_name = by_name(table);
        self.columns.iter().filter_map(move |c| Some((&c.code, &by_name.get(c.name.as_str())?.values)))
    }
}

/// The columns of a table by name, of equal names the first.
fn by_name(table: &Table) -> HashMap<&str, &Column> {
    table.columns.iter().rev().map(|column| (column.name.as_str(), column)).collect()
}

fn numeric(values: impl Iterator<Item = f64> + Clone) -> Code {
    let present = || values.clone().filter(|v| !v.is_nan());
    let (mut mean, mut deviation) = moments(present());
    if !(mean.is_finite() && deviation.is_finite()) {
        // Sums of values near the largest f64 overflow: in units of the largest they do not.
        let unit = present().fold(0.0, |largest: f64, v| largest.max(v.abs()));
        let scaled = moments(present().map(|v| v / unit));
        (mean, deviation) = (scaled.0 * unit, (scaled.1 * unit).min(f64::MAX));
    }
    let indicator = values.clone().any(f64::is_nan);
    Code::Numeric { mean, deviation: if deviation > 0.0 { deviation } else { 1.0 }, indicator }
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// The most frequent levels (of equals the first in the alphabet), in alphabetical order.
fn one_hot(levels: &[String], codes: impl Iterator<Item = Option<u32>>) -> Code {
    let mut counts = vec![0_usize; levels.len()];
    let mut missing = false;
    for code in codes {
        match code {
            Some(code) => counts[code as usize] += 1,
            None => missing = true,
        }
    }
    let mut order: Vec<usize> = (0..levels.len()).filter(|&k| counts[k] > 0).collect();
    order.sort_by_key(|&k| std::cmp::Reverse(counts[k]));
    let other = order.len() > MAX_LEVELS;
    order.truncate(MAX_LEVELS);
    order.sort_unstable();
    Code::OneHot { levels: order.into_iter().map(|k| levels[k].clone()).collect(), missing, other }
}

impl Code {
    fn width(&self) -> usize {
        match self {
            Self::Numeric { indicator, .. } => 1 + usize::from(*indicator),
            Self::OneHot { levels, missing, other } => levels.len() + usize::from(*missing) + usize::from(*other),
        }
    }
}

impl ColumnCode {
    fn encode(
        &self,
        table: &Table,
        column: Option<&Column>,
        out: &mut [f32],
        width: usize,
        first: usize,
    ) -> Result<(), EncodeError> {
        let (file, name) = (table.source.clone(), self.name.clone());
        let Some(column) = column else { return Err(EncodeError::MissingColumn { file, column: name }) };
        let mut cells = out.chunks_exact_mut(width).map(|row| &mut row[first..]);
        match (&self.code, &column.values) {
            (Code::Numeric { mean, deviation, indicator }, Values::Numeric(values)) => {
                for (row, (value, cells)) in values.iter().zip(&mut cells).enumerate() {
                    match (value.is_nan(), indicator) {
                        (true, true) => cells[1] = 1.0,
                        (true, false) => {
                            return Err(EncodeError::Missing { file, row: table.row_ids[row], column: name });
                        }
                        (false, _) => cells[0] = ((value - mean) / deviation).clamp(-FURTHEST, FURTHEST) as f32,
                    }
                }
                Ok(())
            }
            (Code::OneHot { levels, missing, other }, Values::Category { levels: here, codes }) => {
                let place = |level: &String| levels.iter().position(|l| l == level);
                let other = other.then_some(levels.len() + usize::from(*missing));
                let places: Vec<Option<usize>> = here.iter().map(|level| place(level).or(other)).collect();
                let missing = missing.then_some(levels.len());
                for (code, cells) in codes.iter().zip(&mut cells) {
                    if let Some(place) = code.map_or(missing, |code| places[code as usize]) {
                        cells[place] = 1.0;
                    }
                }
                Ok(())
            }
            // A file of one level that happens to be a number.
            (Code::OneHot { .. }, Values::Numeric(_)) => {
                Err(EncodeError::Type { file, column: name, found: "numbers", expected: "categories" })
            }
            (Code::Numeric { .. }, Values::Category { .. }) => {
                Err(EncodeError::Type { file, column: name, found: "texts", expected: "numbers" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Missing, ReadOptions, read_csv_from};
    use super::*;

    fn table(text: &str) -> Table {
        let options = ReadOptions { missing: Missing::Impute, ..ReadOptions::default() };
        read_csv_from(text.as_bytes(), "f.csv", &options).expect("reads")
    }

    #[test]
    fn only_training_rows_count() {
        let table = table("a,c,y\n1,x,1\n3,z,2\n99,q,3\n");
        let encoder = Encoder::fit(&table, &[0, 1]);
        // Mean 2, deviation 1 of the rows 1 and 3; level q was not in training.
        assert_eq!(encoder.encode(&table).expect("fits").values, [-1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 97.0, 0.0, 0.0]);
        assert_eq!(encoder.unseen_levels(&table), 1);
    }

    #[test]
    fn values_far_from_those_of_training_are_clipped_and_counted() {
        let encoder = Encoder::fit(&table("a,y\n-1,1\n1,2\n"), &[0, 1]); // mean 0, deviation 1
        let far = table("a,y\n1e300,1\n-1e300,2\n9999,3\n1.7976931348623157e308,4\n10001,5\n");
        let values = encoder.encode(&far).expect("fits").values;
        assert_eq!(values, [1e4, -1e4, 9999.0, 1e4, 1e4]);
        assert_eq!((encoder.clipped(&far), encoder.clipped(&table("a,y\n3,1\n4,2\n"))), (4, 0));
        // A column whose sum of squares is beyond an f64: mean 0, deviation 1.5e308.
        let huge = table("a,y\n1.5e308,1\n-1.5e308,2\n");
        assert_eq!(Encoder::fit(&huge, &[0, 1]).encode(&huge).expect("fits").values, [1.0, -1.0]);
    }

    #[test]
    fn gaps_are_marked() {
        let table = table("a,c,y\n1,x,1\n,x,2\n3,,3\n");
        let encoder = Encoder::fit(&table, &[0, 1, 2]);
        let matrix = encoder.encode(&table).expect("fits");
        assert_eq!(matrix.width, 4); // a, a missing, c = x, c missing
        assert_eq!(encoder.categories(), [1..2, 2..4]);
        assert_eq!(matrix.values, [-1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn rare_levels_share_a_column() {
        let text: String = (0..300).map(|k| format!("level{},{k}\n", k % 100)).collect();
        let table = table(&format!("c,y\n{text}"));
        let encoder = Encoder::fit(&table, &(0..300).collect::<Vec<_>>());
        assert_eq!(encoder.width(), 65);
        let matrix = encoder.encode(&table).expect("fits");
        assert!(matrix.values.chunks(65).all(|row| row.iter().sum::<f32>() == 1.0));
    }

    #[test]
    fn a_table_to_predict_must_fit() {
        let train = table("a,c,y\n1,x,1\n3,z,2\n");
        let encoder = Encoder::fit(&train, &[0, 1]);
        let message = |text: &str| encoder.encode(&table(text)).expect_err("does not fit").to_string();
        assert!(message("a,y\n1,1\n2,2\n").contains("no column \"c\""));
        assert!(message("a,c,y\nu,x,1\nv,x,2\n").contains("column \"a\": found texts, expected numbers"));
        assert!(message("a,c,y\n,x,1\n2,x,2\n").contains("row 0, column \"a\": found a missing value"));
        let text = serde_json::to_string(&encoder).expect("serialises");
        assert_eq!(serde_json::from_str::<Encoder>(&text).expect("reads back"), encoder);
    }
}
