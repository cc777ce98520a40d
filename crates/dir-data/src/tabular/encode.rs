//! Encoder: columns to numbers, standardised with the training rows alone, categories one column per level.
//!
//! A network extrapolates without bound: a fill value of 9999 in a column of hours would move a prediction by thousands. So numbers are
//! clipped at the range of the training rows and a margin beyond; within the range they are standardised as they are.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::encode_error::EncodeError;
use super::far_values::FarValues;
use super::{Column, Table, Values};
use crate::budget::Budget;

/// Deviations that a value may lie beyond those of the training rows, unless told otherwise.
pub const DEFAULT_CLIP: f64 = 3.0;

/// Deviations from the mean that a value may be away where nothing else bounds it, so that it fits an `f32`. Of `n` training rows none is
/// further away than `sqrt(n - 1)`.
const FURTHEST: f64 = 1e4;

/// Levels that get a column of their own; the rest share one.
const MAX_LEVELS: usize = 64;

/// How every column becomes numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<ColumnCode>,
    /// Deviations that a value may lie beyond the range of the training rows; absent: any number.
    clip: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ColumnCode {
    name: String,
    code: Code,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    /// `(x - mean) / deviation`; with `indicator` a column more that is 1 where the number is missing. Training rows lie from `low` to
    /// `high`.
    Numeric { mean: f64, deviation: f64, low: f64, high: f64, indicator: bool },
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
    /// Takes means, deviations (of the population, as NumPy's `std`), ranges and levels from the training rows alone. Numbers are clipped
    /// [`DEFAULT_CLIP`] deviations beyond the range.
    #[must_use]
    pub fn fit(table: &Table, train: &[usize]) -> Self {
        let code = |values: &Values| match values {
            Values::Numeric(values) => numeric(train.iter().map(|&r| values[r])),
            Values::Category { levels, codes } => one_hot(levels, train.iter().map(|&r| codes[r])),
        };
        let columns = table.columns.iter().map(|c| ColumnCode { name: c.name.clone(), code: code(&c.values) });
        Self { columns: columns.collect(), clip: Some(DEFAULT_CLIP) }
    }

    /// The same with numbers clipped so many deviations beyond the range of the training rows; infinity: nowhere.
    #[must_use]
    pub fn with_clip(self, clip: f64) -> Self {
        Self { clip: Some(clip).filter(|clip| clip.is_finite()), ..self }
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
            let margin = self.clip.unwrap_or(f64::INFINITY);
            column.encode(
                table,
                by_name.get(column.name.as_str()).copied(),
                margin,
                values.get_mut(first..).unwrap_or_default(),
                width,
            )?;
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

    /// Columns with values far outside those of the training rows: beyond where numbers are clipped, or would be by default.
    #[must_use]
    pub fn far_values(&self, table: &Table) -> Vec<FarValues> {
        let margin = self.clip.unwrap_or(DEFAULT_CLIP);
        let by_name = by_name(table);
        let far = |column: &ColumnCode| {
            let values = &by_name.get(column.name.as_str())?.values;
            let (Code::Numeric { low, high, .. }, Values::Numeric(values)) = (&column.code, values) else {
                return None;
            };
            let beyond =
                |value: f64| column.code.standardised(value, f64::INFINITY) != column.code.standardised(value, margin);
            let mut far = values.iter().enumerate().filter(|(_, value)| !value.is_nan() && beyond(**value));
            let (row, &first) = far.next()?;
            Some(FarValues {
                column: column.name.clone(),
                count: 1 + far.count(),
                first,
                row: table.row_ids[row],
                range: (*low, *high),
                clipped: self.clip.is_some(),
            })
        };
        self.columns.iter().filter_map(far).collect()
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
    // Of a column without any number the mean is 0: so is its range.
    let low = present().reduce(f64::min).unwrap_or(mean);
    let high = present().reduce(f64::max).unwrap_or(mean);
    Code::Numeric { mean, deviation: if deviation > 0.0 { deviation } else { 1.0 }, low, high, indicator }
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
    /// A number in deviations from the mean, at most `margin` beyond those of the training rows. Within their range it does not depend on
    /// the margin.
    fn standardised(&self, value: f64, margin: f64) -> f64 {
        let Self::Numeric { mean, deviation, low, high, .. } = self else { return 0.0 };
        let of = |value: f64| (value - mean) / deviation;
        of(value).max(of(*low) - margin).min(of(*high) + margin).clamp(-FURTHEST, FURTHEST)
    }

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
        margin: f64,
        out: &mut [f32],
        width: usize,
    ) -> Result<(), EncodeError> {
        let (file, name) = (table.source.clone(), self.name.clone());
        let Some(column) = column else { return Err(EncodeError::MissingColumn { file, column: name }) };
        let mut cells = out.chunks_mut(width.max(1)); // of every row from the first column on
        match (&self.code, &column.values) {
            (code @ Code::Numeric { indicator, .. }, Values::Numeric(values)) => {
                for (row, (value, cells)) in values.iter().zip(&mut cells).enumerate() {
                    match (value.is_nan(), indicator) {
                        (true, true) => cells[1] = 1.0,
                        (true, false) => {
                            return Err(EncodeError::Missing { file, row: table.row_ids[row], column: name });
                        }
                        (false, _) => cells[0] = code.standardised(*value, margin) as f32,
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
    use proptest::prelude::*;

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
        // Mean 2, deviation 1 of the rows 1 and 3, whose range ends at 1 deviation; level q was not in training.
        assert_eq!(encoder.encode(&table).expect("fits").values, [-1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 4.0, 0.0, 0.0]);
        let unbounded = encoder.clone().with_clip(f64::INFINITY).encode(&table).expect("fits").values;
        assert_eq!(unbounded, [-1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 97.0, 0.0, 0.0]);
        assert_eq!(encoder.unseen_levels(&table), 1);
    }

    /// Training values -1 and 1: mean 0, deviation 1. The margin is 3, so that 4 is within it and 4.5 is not.
    #[test]
    fn values_far_from_those_of_training_are_clipped_and_counted() {
        let encoder = Encoder::fit(&table("a,y\n-1,1\n1,2\n"), &[0, 1]);
        let far = table("a,y\n1e300,1\n-1e300,2\n9999,3\n1.7976931348623157e308,4\n4,5\n4.5,6\n-0.3,7\n");
        let values = |encoder: &Encoder| encoder.encode(&far).expect("fits").values;
        assert_eq!(values(&encoder), [4.0, -4.0, 4.0, 4.0, 4.0, 4.0, -0.3]);
        let unbounded = encoder.clone().with_clip(f64::INFINITY);
        assert_eq!(values(&unbounded), [1e4, -1e4, 9999.0, 1e4, 4.0, 4.5, -0.3]);
        let expected =
            FarValues { column: "a".into(), count: 5, first: 1e300, row: 0, range: (-1.0, 1.0), clipped: true };
        assert_eq!(encoder.far_values(&far), std::slice::from_ref(&expected));
        assert_eq!(unbounded.far_values(&far), [FarValues { clipped: false, ..expected }]);
        assert_eq!(encoder.far_values(&table("a,y\n3,1\n4,2\n")), []);
        // A margin of one's own: 1.5 deviations beyond 1.
        let close = encoder.with_clip(1.5);
        assert_eq!(values(&close)[4..], [2.5, 2.5, -0.3]);
        assert_eq!(close.far_values(&far).first().map(|far| far.count), Some(6));
        // A column whose sum of squares is beyond an f64: mean 0, deviation 1.5e308.
        let huge = table("a,y\n1.5e308,1\n-1.5e308,2\n");
        assert_eq!(Encoder::fit(&huge, &[0, 1]).encode(&huge).expect("fits").values, [1.0, -1.0]);
    }

    /// Columns of no, of one and of nearly one value: what lies elsewhere is 3 units away, not thousands of millions.
    #[test]
    fn columns_that_hardly_vary_are_bounded_too() {
        let train = table("a,b,c,y\n0.1,5,,1\n0.1,5,,2\n0.1,5,,3\n");
        let encoder = Encoder::fit(&train, &[0, 1, 2]);
        let far = encoder.encode(&table("a,b,c,y\n0.2,9,1e6,1\n0.1,5,,2\n")).expect("fits");
        assert!(far.values.iter().all(|value| value.abs() <= 5.0), "{:?}", far.values);
    }

    proptest! {
        /// Within the range of the training rows no clip changes a bit.
        #[test]
        fn values_within_the_range_are_as_without_a_clip(
            train in proptest::collection::vec(-1e6..1e6_f64, 2..50),
            shares in proptest::collection::vec(0.0..=1.0_f64, 1..50),
            clip in 0.0..10.0_f64,
        ) {
            let column = |values: Vec<f64>| Table {
                source: "f.csv".into(),
                targets: vec![0.0; values.len()],
                row_ids: (0..values.len()).collect(),
                columns: vec![Column { name: "a".into(), values: Values::Numeric(values) }],
                target_name: "y".into(),
                dropped: 0,
                notes: Vec::new(),
            };
            let rows: Vec<usize> = (0..train.len()).collect();
            let (low, high) = (train.iter().copied().fold(f64::MAX, f64::min), train.iter().copied().fold(f64::MIN, f64::max));
            let within = shares.iter().map(|share| (low + share * (high - low)).clamp(low, high)).chain(train.clone());
            let within = column(within.collect());
            let encoder = Encoder::fit(&column(train), &rows);
            let plain = encoder.clone().with_clip(f64::INFINITY).encode(&within).expect("fits").values;
            let clipped = encoder.with_clip(clip).encode(&within).expect("fits").values;
            prop_assert!(plain.iter().zip(&clipped).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
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
