//! A list of pairs: two sentences and a number per row, as TSV the way GLUE writes it or as CSV.

use std::io;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::budget::Budget;
use crate::lines::{Lines, is_unclosed};
use crate::printable::printable;
use crate::records::Records;
use crate::split::Part;

/// What is wrong with a list of pairs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PairsError {
    /// The file can't be read.
    #[error("{file}: found '{error}', expected a CSV or TSV with two sentences per row; check the path", file = printable(.file), error = printable(.error))]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        error: io::Error,
    },
    /// A column that is not there.
    #[error("{file}: found no column {column:?} among {found}, expected one; {help}", file = printable(.file), found = printable(.found), help = printable(.help))]
    Column {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Columns that are there.
        found: String,
        /// What to do.
        help: String,
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
    /// No rows.
    #[error("{file}: found no row with two sentences, expected at least one", file = printable(.file))]
    Empty {
        /// The file.
        file: String,
    },
}

/// Names of the columns of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairColumns {
    /// The first sentence.
    pub first: String,
    /// The second sentence.
    pub second: String,
    /// The number.
    pub target: String,
    /// Train, val or test; need not be there.
    pub split: String,
}

impl Default for PairColumns {
    /// Those of GLUE's STS-B.
    fn default() -> Self {
        let [first, second, target, split] = ["sentence1", "sentence2", "score", "split"].map(str::to_owned);
        Self { first, second, target, split }
    }
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its line, from 1.
    pub line: u64,
    /// Why.
    pub reason: &'static str,
}

/// Rows of a list, in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    /// First sentences.
    pub first: Vec<String>,
    /// Second sentences.
    pub second: Vec<String>,
    /// Targets; NaN where none were asked for.
    pub targets: Vec<f64>,
    /// Parts, if the list says so; a missing one is train.
    pub parts: Option<Vec<Part>>,
    /// Number of every row among the data rows of its file, from 0.
    pub row_ids: Vec<usize>,
    /// Rows without a sentence or a score.
    pub left_out: Vec<LeftOut>,
}

/// Where the columns are.
struct Places {
    first: usize,
    second: usize,
    target: Option<usize>,
    split: Option<usize>,
    fields: usize,
}

/// Bytes of a sentence at most: a longer one is another file's content.
const LONGEST: usize = 1 << 20;

/// What is wrong with a row: found, expected.
type Wrong = (String, String);

impl Pairs {
    /// Reads a list. A file that ends in `.tsv` has tabs and no quoting, as GLUE's: quotes are letters there. Any other is a
    /// CSV with quotes. Rows with an empty sentence or score are left out and listed, as the official reader leaves them out.
    ///
    /// # Errors
    /// [`PairsError`], with the line.
    ///
    /// # Example
    /// ```no_run
    /// use dir_data::text::{PairColumns, Pairs};
    /// let pairs = Pairs::read("train_new.tsv".as_ref(), &PairColumns::default())?;
    /// println!("{} / {}: {}", pairs.first[0], pairs.second[0], pairs.targets[0]);
    /// # Ok::<(), dir_data::text::PairsError>(())
    /// ```
    pub fn read(path: &Path, columns: &PairColumns) -> Result<Self, PairsError> {
        read(path, columns, true)
    }

    /// The same without targets, whose column need not be there.
    ///
    /// # Errors
    /// [`PairsError`], with the line.
    pub fn read_without_target(path: &Path, columns: &PairColumns) -> Result<Self, PairsError> {
        read(path, columns, false)
    }

    /// One pair, without a target.
    #[must_use]
    pub fn of_two(first: &str, second: &str) -> Self {
        Self {
            first: vec![first.into()],
            second: vec![second.into()],
            targets: vec![f64::NAN],
            row_ids: vec![0],
            ..Self::default()
        }
    }

    /// The rows of another list below these.
    pub fn append(&mut self, other: Self) {
        self.first.extend(other.first);
        self.second.extend(other.second);
        self.targets.extend(other.targets);
        self.row_ids.extend(other.row_ids);
        self.left_out.extend(other.left_out);
        self.parts = match (self.parts.take(), other.parts) {
            (Some(mut parts), Some(others)) => {
                parts.extend(others);
                Some(parts)
            }
            _ => None,
        };
    }

    fn push(&mut self, record: &ByteRecord, places: &Places, line: u64, row: usize) -> Result<(), Wrong> {
        if record.len() != places.fields {
            let expected = format!("{} as in the header; a stray separator or line break?", places.fields);
            return Err((format!("{} fields", record.len()), expected));
        }
        let field = |at: usize| {
            let text = std::str::from_utf8(record.get(at).unwrap_or_default());
            text.map(str::trim).map_err(|_| ("bytes that are not UTF-8".to_owned(), "a file in UTF-8".to_owned()))
        };
        let (first, second) = (field(places.first)?, field(places.second)?);
        if let Some(long) = [first, second].into_iter().find(|sentence| sentence.len() > LONGEST) {
            let found = format!("a sentence of {} bytes", long.len());
            return Err((found, format!("at most {LONGEST}; a quote or line break that is missing?")));
        }
        let target = places.target.map(field).transpose()?;
        let reason = match (first.is_empty() || second.is_empty(), target) {
            (true, _) => Some("an empty sentence"),
            (_, Some("")) => Some("no score"),
            _ => None,
        };
        if let Some(reason) = reason {
            self.left_out.push(LeftOut { line, reason });
            return Ok(());
        }
        let number = |text: &str| {
            let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
            value.ok_or_else(|| (format!("score {text:?}"), "a finite number".to_owned()))
        };
        let part = |text: &str| match text {
            "" => Ok(Part::Train),
            name => Part::of_name(name).ok_or_else(|| (format!("split {name:?}"), "train, val or test".to_owned())),
        };
        let target = target.map_or(Ok(f64::NAN), number)?;
        let part = places.split.map(field).transpose()?.map(part).transpose()?;
        self.first.push(first.to_owned());
        self.second.push(second.to_owned());
        self.targets.push(target);
        self.row_ids.push(row);
        if let (Some(parts), Some(part)) = (&mut self.parts, part) {
            parts.push(part);
        }
        Ok(())
    }
}

fn read(path: &Path, columns: &PairColumns, with_target: bool) -> Result<Pairs, PairsError> {
    let file = path.display().to_string();
    let wrong = |error| PairsError::Read { file: file.clone(), error };
    let text = Budget::current().read_file(path).map_err(wrong)?;
    let wrong = |error: csv::Error| wrong(error.into());
    let tabs = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
    let mut builder = ReaderBuilder::new();
    builder.flexible(true).quoting(!tabs).delimiter(if tabs { b'\t' } else { b',' });
    let mut reader = Records::new(&builder, text.as_slice(), Budget::current());
    let header = reader.byte_headers().map_err(wrong)?;
    let places = places(&header, columns, with_target, &file)?;
    let mut pairs = Pairs { parts: places.split.map(|_| Vec::new()), ..Pairs::default() };
    let (mut record, mut row, mut lines, mut last) = (ByteRecord::new(), 0, Lines::new(&text), None);
    while reader.read_bytes(&mut record).map_err(wrong)? {
        let line = lines.of(record.position());
        let outcome = pairs.push(&record, &places, line, row);
        outcome.map_err(|(found, expected)| PairsError::Line { file: file.clone(), line, found, expected })?;
        row += 1;
        last = record.position().cloned();
    }
    if !tabs && is_unclosed(&text, last.as_ref()) {
        let (found, expected) = ("a quote that never closes".into(), "another one, where the field ends".into());
        return Err(PairsError::Line { file, line: lines.of(last.as_ref()), found, expected });
    }
    if pairs.first.is_empty() { Err(PairsError::Empty { file }) } else { Ok(pairs) }
}

fn places(header: &ByteRecord, columns: &PairColumns, with_target: bool, file: &str) -> Result<Places, PairsError> {
    let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    let required = |wanted: &str| place(wanted).ok_or_else(|| missing(wanted, &names, file));
    Ok(Places {
        first: required(&columns.first)?,
        second: required(&columns.second)?,
        target: if with_target { Some(required(&columns.target)?) } else { None },
        split: if with_target { place(&columns.split) } else { None },
        fields: header.len(),
    })
}

fn missing(wanted: &str, names: &[String], file: &str) -> PairsError {
    let near = names.iter().max_by(|a, b| {
        let likeness = |name: &str| strsim::jaro_winkler(wanted, name);
        likeness(a).total_cmp(&likeness(b))
    });
    let help = match near.filter(|name| strsim::jaro_winkler(wanted, name) > 0.7) {
        Some(name) => format!("is it {name:?}?"),
        None => "name the columns".to_owned(),
    };
    PairsError::Column { file: file.into(), column: wanted.into(), found: names.join(", "), help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, text: &[u8]) -> Result<Pairs, PairsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writes");
        Pairs::read(&path, &PairColumns::default())
    }

    fn refused(name: &str, text: &[u8]) -> String {
        list(name, text).expect_err("is wrong").to_string()
    }

    #[test]
    fn tabs_do_not_quote_and_commas_do() {
        let pairs =
            list("a.tsv", b"sentence1\tsentence2\tscore\nHe said \"no.\t\"Yes\", she said\t3.2\r\n").expect("right");
        assert_eq!((pairs.first[0].as_str(), pairs.second[0].as_str()), ("He said \"no.", "\"Yes\", she said"));
        let csv = "\u{feff}score,sentence2,sentence1,split\n1,\"a, \"\"b\"\"\nc\",\u{1F642} e\u{301},test\n2,x,y,\n";
        let pairs = list("a.csv", csv.as_bytes()).expect("right");
        assert_eq!((pairs.second[0].as_str(), pairs.first[0].as_str()), ("a, \"b\"\nc", "\u{1F642} e\u{301}"));
        assert_eq!((pairs.targets, pairs.parts), (vec![1.0, 2.0], Some(vec![Part::Test, Part::Train])));
    }

    #[test]
    fn incomplete_rows_are_left_out_and_told() {
        let pairs = list("a.tsv", b"sentence1\tsentence2\tscore\n\tb\t1\na\tb\t\na\tb\t2\n").expect("right");
        let left: Vec<(u64, &str)> = pairs.left_out.iter().map(|l| (l.line, l.reason)).collect();
        assert_eq!((left, pairs.row_ids), (vec![(2, "an empty sentence"), (3, "no score")], vec![2]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let text = refused("a.tsv", b"sentence1\tsentence_2\tscore\na\tb\t1\n");
        assert!(text.contains("no column \"sentence2\"") && text.contains("is it \"sentence_2\"?"), "{text}");
        for score in ["nan", "inf", "five"] {
            let text = refused("a.tsv", format!("sentence1\tsentence2\tscore\na\tb\t1\na\tb\t{score}\n").as_bytes());
            assert!(text.contains("line 3") && text.contains(score), "{text}");
        }
        let text = refused("a.tsv", b"sentence1\tsentence2\tscore\na\tb\tc\t1\n");
        assert!(text.contains("line 2") && text.contains("4 fields") && text.contains("expected 3"), "{text}");
        assert!(
            refused("a.csv", b"sentence1,sentence2,score\na,\xff,1\n")
                .contains("line 2: found bytes that are not UTF-8")
        );
        assert!(refused("a.csv", b"sentence1,sentence2,score\n").contains("no row"));
        let text = refused("a.csv", b"score,sentence1,sentence2\r\n1,a,b\r\n\r\n2,a,\"b\r\n3,a,c\r\n");
        assert!(text.contains("line 4: found a quote that never closes"), "{text}");
        assert!(refused("a.csv", b"").contains("no column"));
        let text = refused("a.csv", format!("sentence1,sentence2,score\na,{},1\n", "b".repeat(LONGEST + 1)).as_bytes());
        assert!(text.contains("line 2: found a sentence of 1048577 bytes, expected at most 1048576"), "{text}");
        assert!(refused("a.csv", b"sentence1,sentence2,score,split\na,b,1,tset\n").contains("split \"tset\""));
    }

    #[test]
    fn targets_may_be_missing_for_predictions() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "sentence1,sentence2\na,b\n").expect("writes");
        let pairs = Pairs::read_without_target(&path, &PairColumns::default()).expect("right");
        assert!(pairs.targets[0].is_nan());
        assert!(Pairs::read(&path, &PairColumns::default()).is_err());
    }
}
