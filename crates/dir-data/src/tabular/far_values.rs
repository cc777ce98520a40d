//! Far values: numbers of a column that lie far outside those of the training rows, for a warning.

use std::fmt::{self, Display, Formatter};

use crate::printable::{printable, printable_number};

/// Numbers of one column that lie far outside those of the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct FarValues {
    /// Name of the column.
    pub column: String,
    /// How many.
    pub count: usize,
    /// The first.
    pub first: f64,
    /// Its row, from 0, the header not counted.
    pub row: usize,
    /// Lowest and highest number of the training rows.
    pub range: (f64, f64),
    /// Whether the encoder clips them.
    pub clipped: bool,
}

impl Display for FarValues {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { column, count, first, row, range: (low, high), clipped } = self;
        let values = if *count == 1 { "value is" } else { "values are" };
        let what = if *clipped { "clipped near the range" } else { "not clipped, so that predictions extrapolate" };
        let column = format!("{column:?}");
        let [low, high, first] = [low, high, first].map(|value| printable_number(*value));
        write!(
            f,
            "column {}: {count} {values} far outside the training range {low} to {high} (the first: {first} in row {row}); {what}",
            printable(&column)
        )
    }
}

/// Columns that are named; of more only the number is told.
const NAMED: usize = 5;

/// One line for each column, of the first five.
#[must_use]
pub fn far_lines(columns: &[FarValues]) -> Vec<String> {
    let named = columns.iter().take(NAMED).map(ToString::to_string);
    let more = columns.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more columns have values far outside the training range"));
    named.chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_column_count_row_and_range() {
        let far = |column: &str, count, clipped| FarValues {
            column: column.into(),
            count,
            first: 9999.0,
            row: 17,
            range: (0.5, 300.0),
            clipped,
        };
        assert_eq!(
            far("hours", 1, true).to_string(),
            "column \"hours\": 1 value is far outside the training range 0.5 to 300 (the first: 9999 in row 17); clipped near the range"
        );
        assert_eq!(
            far("a\u{1b}b", 12, false).to_string(),
            "column \"a\\u{1b}b\": 12 values are far outside the training range 0.5 to 300 (the first: 9999 in row 17); not clipped, so that \
             predictions extrapolate"
        );
        let columns: Vec<FarValues> = (0..7).map(|k| far(&format!("c{k}"), 1, true)).collect();
        let lines = far_lines(&columns);
        assert_eq!((lines.len(), lines[5].as_str()), (6, "2 more columns have values far outside the training range"));
        assert_eq!(far_lines(&columns[..5]).len(), 5);
    }
}
