//! CSV to [`Table`]: header, delimiter, types, missing values.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::options::{ColumnKind, Header, Missing, ReadOptions};
use super::{Column, Table, TableError, Values, cell};
use crate::budget::Budget;
use crate::lines::{Lines, is_unclosed};
use crate::records::Records;

/// Reads a CSV with a target.
///
/// # Errors
/// [`TableError`] names file, line, row and column of whatever is wrong.
/// # Example
/// ```
/// use dir_data::tabular::{ReadOptions, Values, read_csv_from};
/// let text = "size;colour;price\n1.5;red;10\n2;blue;20\n";
/// let table = read_csv_from(text.as_bytes(), "shop.csv", &ReadOptions::default())?;
/// assert_eq!((table.target_name.as_str(), table.targets), ("price", vec![10.0, 20.0]));
/// assert_eq!(table.columns[0].values, Values::Numeric(vec![1.5, 2.0]));
/// # Ok::<(), dir_data::tabular::TableError>(())
/// ```
pub fn read_csv(path: &Path, options: &ReadOptions) -> Result<Table, TableError> {
    parsed(&content(path)?, &path.display().to_string(), options)
}

/// Reads a CSV to predict for: a column with the target's name is left out if there is one.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_without_target(path: &Path, target: &str, options: &ReadOptions) -> Result<Table, TableError> {
    let raw = Raw::read(&content(path)?, &path.display().to_string(), options)?;
    let has_target = raw.names.iter().position(|name| name == target);
    raw.into_table(None, has_target, target, options)
}

/// Reads a CSV with a target from anywhere; `name` stands for it in messages.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_from(reader: impl Read, name: &str, options: &ReadOptions) -> Result<Table, TableError> {
    let bytes = Budget::current().read_to_end(reader, 0);
    parsed(&bytes.map_err(|error| TableError::Io { file: name.into(), error })?, name, options)
}

fn parsed(bytes: &[u8], name: &str, options: &ReadOptions) -> Result<Table, TableError> {
    let raw = Raw::read(bytes, name, options)?;
    let target = raw.target(options.target.as_deref())?;
    let target_name = raw.names[target].clone();
    raw.into_table(Some(target), None, &target_name, options)
}

fn content(path: &Path) -> Result<Vec<u8>, TableError> {
    let read = Budget::current().read_file(path);
    read.map_err(|error| TableError::Io { file: path.display().to_string(), error })
}

/// The fields of a file, column by column, and the line of every row.
struct Raw {
    file: String,
    names: Vec<String>,
    columns: Vec<Texts>,
    lines: Vec<u64>,
}

/// Texts one after the other in one buffer.
#[derive(Default)]
struct Texts {
    buffer: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.buffer.push_str(text);
        self.ends.push(self.buffer.len());
    }

    fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.buffer[start..self.ends[row]]
    }
}

impl Raw {
    fn read(bytes: &[u8], file: &str, options: &ReadOptions) -> Result<Self, TableError> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes); // a byte-order mark
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter(file, text, options.delimiter)?);
        let mut records = Records::new(&builder, text, Budget::current());
        let mut raw = Self { file: file.into(), names: Vec::new(), columns: Vec::new(), lines: Vec::new() };
        let (mut record, mut lines, mut last) = (ByteRecord::new(), Lines::new(text), None);
        while records
            .read_bytes(&mut record)
            .map_err(|e| raw.whole(e.to_string(), "a smaller CSV, or one with line breaks"))?
        {
            raw.take(&record, lines.of(record.position()), options.header)?;
            last = record.position().cloned();
        }
        if is_unclosed(text, last.as_ref()) {
            let line = lines.of(last.as_ref());
            return Err(raw.line(line, "a quote that never closes".into(), "another one, where the field ends"));
        }
        raw.check()?;
        Ok(raw)
    }

    /// Takes the first record as header or data, all others as data.
    fn take(&mut self, record: &ByteRecord, line: u64, header: Header) -> Result<(), TableError> {
        let fields: Vec<&str> =
            record.iter().map(std::str::from_utf8).collect::<Result<_, _>>().map_err(|_| {
                self.line(line, "bytes that are not UTF-8".into(), "UTF-8; save the file in that encoding")
            })?;
        if self.names.is_empty() {
            let is_header = match header {
                Header::Yes => true,
                Header::No => false,
                Header::Auto => looks_like_header(&fields),
            };
            self.names = match is_header {
                true => fields.iter().map(|f| f.trim().to_owned()).collect(),
                false => (0..fields.len()).map(|k| format!("column_{k}")).collect(),
            };
            self.columns = self.names.iter().map(|_| Texts::default()).collect();
            if is_header {
                return self.check_names(line);
            }
        }
        if fields.len() != self.names.len() {
            let found = format!("{} fields", fields.len());
            let expected = format!("{} as in the first row; quote fields that hold the delimiter", self.names.len());
            return Err(self.line(line, found, &expected));
        }
        self.columns.iter_mut().zip(fields).for_each(|(column, field)| column.push(field));
        self.lines.push(line);
        Ok(())
    }

    fn check_names(&self, line: u64) -> Result<(), TableError> {
        let mut seen = BTreeSet::new();
        match self.names.iter().find(|name| !seen.insert(*name)) {
            Some(name) => Err(self.line(line, format!("two columns called {name:?}"), "names that differ; rename one")),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<(), TableError> {
        match (self.names.len(), self.lines.len()) {
            (0, _) => Err(self.whole("an empty file", "a CSV with a column per feature and one for the target")),
            (_, 0) => Err(self.whole("a header and no rows", "rows below it")),
            _ => Ok(()),
        }
    }

    fn whole(&self, found: impl Into<String>, expected: impl Into<String>) -> TableError {
        TableError::File { file: self.file.clone(), found: found.into(), expected: expected.into() }
    }

    fn line(&self, line: u64, found: String, expected: &str) -> TableError {
        TableError::Line { file: self.file.clone(), line, found, expected: expected.into() }
    }

    fn cell(&self, row: usize, column: usize, found: impl Into<String>, expected: impl Into<String>) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row,
            line: self.lines[row],
            column: self.names[column].clone(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// The target's column, by name or index.
    fn target(&self, wanted: Option<&str>) -> Result<usize, TableError> {
        let Some(wanted) = wanted else { return Ok(self.names.len() - 1) };
        let by_name = self.names.iter().position(|name| name == wanted);
        let by_index = || wanted.parse().ok().filter(|&k: &usize| k < self.names.len());
        by_name.or_else(by_index).ok_or_else(|| {
            let nearest = self.names.iter().min_by_key(|name| strsim::levenshtein(name, wanted));
            let names = self.names.iter().take(30).map(String::as_str).collect::<Vec<_>>().join(", ");
            let hint = nearest.map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            self.whole(format!("no column {wanted:?}"), format!("one of {names}, or an index from 0{hint}"))
        })
    }

    /// Types the columns and takes care of missing values.
    fn into_table(
        self,
        target: Option<usize>,
        skip: Option<usize>,
        target_name: &str,
        options: &ReadOptions,
    ) -> Result<Table, TableError> {
        self.check_types(options)?;
        let mut notes = Vec::new();
        let mut kinds = Vec::new();
        for k in (0..self.names.len()).filter(|&k| Some(k) != target && Some(k) != skip) {
            let kind = self.kind(k, options, &mut notes)?;
            if kind != ColumnKind::Ignore {
                kinds.push((k, kind));
            }
        }
        if kinds.is_empty() {
            return Err(self.whole("no column to predict from", "at least one besides the target"));
        }
        let mut keep = Vec::new();
        for row in 0..self.lines.len() {
            if self.keeps(row, target, &kinds, options.missing)? {
                keep.push(row);
            }
        }
        let targets = self.targets(target, &keep)?;
        let columns = kinds.iter().map(|&(k, kind)| self.column(k, kind, &keep)).collect::<Result<_, _>>()?;
        Ok(Table {
            source: self.file.clone(),
            columns,
            target_name: target_name.into(),
            targets,
            dropped: self.lines.len() - keep.len(),
            row_ids: keep,
            notes,
        })
    }

    fn check_types(&self, options: &ReadOptions) -> Result<(), TableError> {
        match options.types.keys().find(|name| !self.names.contains(name)) {
            Some(name) => {
                let names = self.names.join(", ");
                Err(self.whole(format!("a type for column {name:?}, which is not there"), format!("one of {names}")))
            }
            None => Ok(()),
        }
    }

    /// Numbers, if all are; category, if few are; a mistake in between.
    fn kind(&self, k: usize, options: &ReadOptions, notes: &mut Vec<String>) -> Result<ColumnKind, TableError> {
        if let Some(kind) = options.types.get(&self.names[k]) {
            return Ok(*kind);
        }
        let present: Vec<usize> =
            (0..self.lines.len()).filter(|&r| !cell::is_missing(self.columns[k].get(r))).collect();
        let text = |row: usize| self.columns[k].get(row);
        let not_numbers: Vec<usize> = present.iter().copied().filter(|&r| cell::number(text(r)).is_none()).collect();
        let Some(&first) = not_numbers.first() else { return Ok(ColumnKind::Numeric) };
        if present.iter().all(|&r| cell::is_date(text(r))) {
            let advice = "a number or a category; turn dates into numbers (days since the first, say), or leave the column out \
                          with types";
            return Err(self.cell(first, k, format!("a date, {:?}", text(first)), advice));
        }
        if not_numbers.len() * 10 <= present.len() {
            let advice = format!(
                "a number as in {} of {} rows; correct it, or declare the column a category with types",
                present.len() - not_numbers.len(),
                present.len()
            );
            return Err(self.cell(first, k, format!("{:?}", text(first)), advice));
        }
        let levels: BTreeSet<&str> = present.iter().map(|&r| text(r)).collect();
        if levels.len() > 64 && levels.len() * 2 > present.len() {
            let name = &self.names[k];
            notes.push(format!(
                "column {name:?} has {} levels in {} rows: left out as an identifier",
                levels.len(),
                present.len()
            ));
            return Ok(ColumnKind::Ignore);
        }
        Ok(ColumnKind::Category)
    }

    /// Whether a row stays; under [`Missing::Error`] a missing value is an error.
    fn keeps(
        &self,
        row: usize,
        target: Option<usize>,
        kinds: &[(usize, ColumnKind)],
        missing: Missing,
    ) -> Result<bool, TableError> {
        let gap = |k: usize| cell::is_missing(self.columns[k].get(row));
        let target_gap = target.filter(|&k| gap(k));
        let feature_gap = kinds.iter().map(|(k, _)| *k).find(|&k| gap(k));
        match missing {
            Missing::Impute => Ok(target_gap.is_none()),
            Missing::DropRow => Ok(target_gap.or(feature_gap).is_none()),
            Missing::Error => match target_gap.or(feature_gap) {
                None => Ok(true),
                Some(k) => {
                    let found = format!("a missing value ({:?})", self.columns[k].get(row));
                    Err(self.cell(row, k, found, "a value; fill it in, or choose missing = \"drop_row\" or \"impute\""))
                }
            },
        }
    }

    fn targets(&self, target: Option<usize>, keep: &[usize]) -> Result<Vec<f64>, TableError> {
        let Some(k) = target else { return Ok(Vec::new()) };
        let targets = keep.iter().map(|&row| self.number(row, k, "target")).collect::<Result<Vec<f64>, _>>()?;
        let Some(&first) = targets.first() else {
            return Err(self.whole("no row without missing values", "some; choose missing = \"impute\""));
        };
        if targets.len() == 1 {
            return Err(self.whole("one row", "enough rows to train, validate and test on"));
        }
        if targets.iter().all(|&y| y == first) {
            let name = &self.names[k];
            return Err(self.whole(format!("target {name:?} with the one value {first}"), "a target that varies"));
        }
        Ok(targets)
    }

    fn number(&self, row: usize, k: usize, what: &str) -> Result<f64, TableError> {
        let text = self.columns[k].get(row);
        match cell::number(text) {
            Some(value) if value.is_finite() => Ok(value),
            _ => Err(self.cell(row, k, format!("{text:?}"), format!("a finite number as {what}; correct it"))),
        }
    }

    fn column(&self, k: usize, kind: ColumnKind, keep: &[usize]) -> Result<Column, TableError> {
        let text = |row: usize| Some(self.columns[k].get(row)).filter(|t| !cell::is_missing(t));
        let values = if kind == ColumnKind::Numeric {
            let number = |&row: &usize| text(row).map_or(Ok(f64::NAN), |_| self.number(row, k, "value"));
            Values::Numeric(keep.iter().map(number).collect::<Result<_, _>>()?)
        } else {
            let levels: BTreeSet<&str> = keep.iter().filter_map(|&row| text(row)).collect();
            let code: BTreeMap<&str, u32> = levels.iter().zip(0..).map(|(level, code)| (*level, code)).collect();
            let codes = keep.iter().map(|&row| text(row).and_then(|t| code.get(t).copied())).collect();
            Values::Category { levels: levels.into_iter().map(str::to_owned).collect(), codes }
        };
        Ok(Column { name: self.names[k].clone(), values })
    }
}

fn looks_like_header(fields: &[&str]) -> bool {
    fields.iter().all(|f| !cell::is_missing(f) && cell::number(f).is_none())
}

/// The one given, or the candidate that the first line holds most often outside quotes.
fn delimiter(file: &str, text: &[u8], given: Option<char>) -> Result<u8, TableError> {
    if let Some(character) = given {
        return u8::try_from(character).ok().filter(u8::is_ascii).ok_or_else(|| TableError::File {
            file: file.into(),
            found: format!("delimiter {character:?}"),
            expected: "one ASCII character".into(),
        });
    }
    let first = text.split(|&b| b == b'\n').next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for &byte in first {
        quoted ^= byte == b'"';
        counts.iter_mut().filter(|(candidate, _)| !quoted && *candidate == byte).for_each(|(_, n)| *n += 1);
    }
    // Of equal counts the earlier candidate: max_by_key would take the last.
    Ok(counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(candidate, _)| *candidate))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, options: &ReadOptions) -> Result<Table, TableError> {
        read_csv_from(text.as_bytes(), "f.csv", options)
    }

    fn error(text: &str) -> String {
        read(text, &ReadOptions::default()).expect_err("a mistake").to_string()
    }

    fn with(change: impl FnOnce(&mut ReadOptions)) -> ReadOptions {
        let mut options = ReadOptions::default();
        change(&mut options);
        options
    }

    #[test]
    fn headers_delimiters_and_quotes() {
        let table = read("M,0.5,15\nF,0.25,7\n", &ReadOptions::default()).expect("no header");
        assert_eq!((table.target_name.as_str(), table.targets.as_slice()), ("column_2", [15.0, 7.0].as_slice()));
        let table = read("a\tb,c\ty\n1\t\"x\ty\"\t3\n2\tz\t4\n", &ReadOptions::default()).expect("tabs");
        assert_eq!(table.columns[1].name, "b,c");
        let table = read("\u{feff}a;y\r\n1,5;2\r\n", &with(|o| o.header = Header::Yes));
        assert!(table.expect_err("one row").to_string().contains("one row"));
        let table = read("x,y\n1,2\n3,4\n", &with(|o| o.target = Some("0".into()))).expect("an index");
        assert_eq!((table.target_name.as_str(), table.targets.as_slice()), ("x", [1.0, 3.0].as_slice()));
    }

    #[test]
    fn mistakes_are_one_line_with_file_place_found_expected() {
        for (text, parts) in [
            ("", ["empty file", "CSV with"]),
            ("a,y\n", ["a header and no rows", "rows below"]),
            ("a,y\n1,2\n1,2,3\n", ["line 3: found 3 fields", "expected 2"]),
            ("a,a\n1,2\n", ["two columns called \"a\"", "rename"]),
            ("a,y\n1,2\n3,x\n", ["row 1 (line 3), column \"y\": found \"x\"", "finite number as target"]),
            ("a,y\n1,2\n3,inf\n", ["found \"inf\"", "finite number as target"]),
            ("a,y\n1,2\n3,NaN\n", ["missing value (\"NaN\")", "drop_row"]),
            ("a,y\n1,2\n3,2\n", ["the one value 2", "varies"]),
            ("a,y\n1,2\n", ["one row", "enough rows"]),
            ("d,y\n2020-01-31,2\n2020-02-01,3\n", ["a date, \"2020-01-31\"", "days since"]),
            ("y\n1\n2\n", ["no column to predict from", "at least one"]),
        ] {
            let message = error(text);
            assert!(parts.iter().all(|p| message.contains(p)), "{message}");
            assert!(message.starts_with("f.csv") && !message.contains('\n'), "{message}");
        }
        let mostly = (0..30).map(|k| format!("{k},{k}\n")).collect::<String>() + "oops,4\n";
        assert!(error(&format!("a,y\n{mostly}")).contains("row 30 (line 32), column \"a\": found \"oops\""));
        let name = read("ab,price\n1,2\n3,4\n", &with(|o| o.target = Some("prise".into())));
        let message = name.expect_err("no such column").to_string();
        assert!(message.contains("one of ab, price") && message.contains("did you mean \"price\""), "{message}");
        assert!(read_csv_from(b"a,y\n\xff,2\n".as_slice(), "f.csv", &ReadOptions::default()).is_err());
    }

    #[test]
    fn missing_values_follow_the_policy() {
        let text = "a,c,y\n1,red,2\n,blue,3\n4,?,5\n6,red,NA\n";
        let dropped = read(&format!("{text}7,blue,9\n"), &with(|o| o.missing = Missing::DropRow)).expect("reads");
        assert_eq!((dropped.row_ids.as_slice(), dropped.dropped), ([0, 4].as_slice(), 3));
        let table = read(text, &with(|o| o.missing = Missing::Impute)).expect("reads");
        assert_eq!((table.row_ids.as_slice(), table.dropped), ([0, 1, 2].as_slice(), 1));
        assert!(matches!(&table.columns[0].values, Values::Numeric(v) if v[1].is_nan()));
        assert!(matches!(&table.columns[1].values, Values::Category { codes, .. } if codes[2].is_none()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for missing in [Missing::Error, Missing::DropRow, Missing::Impute] {
                let _ = read_csv_from(bytes.as_slice(), "f.csv", &with(|o| o.missing = missing));
            }
        }

        #[test]
        fn numbers_read_back(values in proptest::collection::vec((-1e9..1e9_f64, -1e9..1e9_f64), 2..40)) {
            prop_assume!(values.iter().any(|v| v.1 != values[0].1));
            let text: String = values.iter().map(|(a, y)| format!("{a},{y}\n")).collect();
            let table = read(&format!("a,y\n{text}"), &ReadOptions::default()).expect("numbers");
            prop_assert_eq!(table.targets, values.iter().map(|v| v.1).collect::<Vec<_>>());
        }
    }
}
