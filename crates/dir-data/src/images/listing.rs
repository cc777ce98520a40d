//! The list of pictures: a CSV with the columns `path`, a target and maybe `split`.

use std::fs::File;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use thiserror::Error;

use crate::files::csv_field;
use crate::lines::line_in;
use crate::printable::printable;
use crate::records::Records;
use crate::split::Part;

/// What is wrong with a list: where, what was found, what was expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ListingError {
    /// The file can't be read.
    #[error("{file}: found '{error}', expected a CSV with the columns path, {target} and maybe split", file = printable(.file), error = printable(.error), target = printable(.target))]
    Csv {
        /// The file.
        file: String,
        /// Name of the target's column.
        target: String,
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
    /// No rows.
    #[error("{file}: found no rows, expected one per picture", file = printable(.file))]
    Empty {
        /// The file.
        file: String,
    },
}

/// Rows of a list, in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Path of every picture, as the list has it.
    pub paths: Vec<String>,
    /// Target of every picture.
    pub targets: Vec<f64>,
    /// Part of every picture, if the list says so.
    pub parts: Option<Vec<Part>>,
}

/// Names of the columns of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The picture's path; `file`, `image` and `filename` go too.
    pub path: String,
    /// The target.
    pub target: String,
}

impl Order {
    /// `path` and a target by name.
    #[must_use]
    pub fn of_target(target: &str) -> Self {
        Self { path: "path".into(), target: target.into() }
    }
}

const PATHS: [&str; 4] = ["path", "file", "image", "filename"];

struct Columns {
    path: usize,
    target: usize,
    split: Option<usize>,
}

impl Listing {
    /// Reads a list. A missing part is train, as in the official files.
    ///
    /// # Errors
    /// [`ListingError`] with the line.
    pub fn read(path: &Path, order: &Order) -> Result<Self, ListingError> {
        let file = path.display().to_string();
        let wrong = unreadable(&file, order);
        let (mut reader, header) = open(path, &wrong)?;
        let columns = columns(&header, order, &file)?;
        let mut listing = Self { parts: columns.split.map(|_| Vec::new()), ..Self::default() };
        let mut record = StringRecord::new();
        while reader.read(&mut record).map_err(&wrong)? {
            listing.push(&record, &columns, order).map_err(|(found, expected)| ListingError::Line {
                file: file.clone(),
                line: line_in(path, record.position()),
                found,
                expected,
            })?;
        }
        if listing.paths.is_empty() { Err(ListingError::Empty { file }) } else { Ok(listing) }
    }

    /// Reads the paths alone, of a list that need not have targets; those are NaN.
    ///
    /// # Errors
    /// [`ListingError`].
    pub fn read_paths(path: &Path, order: &Order) -> Result<Self, ListingError> {
        let file = path.display().to_string();
        let wrong = unreadable(&file, order);
        let (mut reader, header) = open(path, &wrong)?;
        let column = path_column(&header, order).ok_or_else(|| no_columns(&header, &file, order.path.clone()))?;
        let (mut paths, mut record) = (Vec::new(), StringRecord::new());
        while reader.read(&mut record).map_err(&wrong)? {
            paths.push(record.get(column).unwrap_or_default().to_owned());
        }
        Ok(Self::of_paths(paths))
    }

    /// Pictures without targets; those are NaN.
    #[must_use]
    pub fn of_paths(paths: Vec<String>) -> Self {
        Self { targets: vec![f64::NAN; paths.len()], paths, parts: None }
    }

    /// Only the rows at some positions.
    #[must_use]
    pub fn only(&self, positions: &[usize]) -> Self {
        Self {
            paths: positions.iter().map(|&k| self.paths[k].clone()).collect(),
            targets: positions.iter().map(|&k| self.targets[k]).collect(),
            parts: self.parts.as_ref().map(|parts| positions.iter().map(|&k| parts[k]).collect()),
        }
    }

    /// The list as a CSV, in the form of the official programs: `age,path,split`.
    #[must_use]
    pub fn to_csv(&self, order: &Order) -> String {
        let split = if self.parts.is_some() { ",split" } else { "" };
        let mut text = format!("{},{}{split}\n", csv_field(&order.target), csv_field(&order.path));
        for (k, path) in self.paths.iter().enumerate() {
            text += &format!("{},{}", self.targets[k], csv_field(path));
            text += &self.parts.as_ref().map_or(String::new(), |parts| format!(",{}", parts[k].name()));
            text.push('\n');
        }
        text
    }

    fn push(&mut self, record: &StringRecord, columns: &Columns, order: &Order) -> Result<(), (String, String)> {
        let field = |k: usize| record.get(k).unwrap_or_default();
        let target = field(columns.target).parse::<f64>().ok().filter(|y| y.is_finite());
        let name = &order.target;
        let target = target.ok_or_else(|| (format!("{name} {:?}", field(columns.target)), "a number".into()))?;
        if field(columns.path).is_empty() {
            return Err(("no path".into(), "the path of a picture".into()));
        }
        if let (Some(split), Some(parts)) = (columns.split, &mut self.parts) {
            let part = field(split);
            let part = if part.is_empty() { Some(Part::Train) } else { Part::of_name(part) };
            parts.push(part.ok_or_else(|| (format!("split {:?}", field(split)), "train, val or test".into()))?);
        }
        self.paths.push(field(columns.path).to_owned());
        self.targets.push(target);
        Ok(())
    }
}

/// What the reader said, with the file and what was expected of it.
fn unreadable(file: &str, order: &Order) -> impl Fn(csv::Error) -> ListingError + use<> {
    let (file, target) = (file.to_owned(), order.target.clone());
    move |error| ListingError::Csv { file: file.clone(), target: target.clone(), error }
}

/// A list's reader and header.
fn open(
    path: &Path,
    wrong: impl Fn(csv::Error) -> ListingError,
) -> Result<(Records<File>, StringRecord), ListingError> {
    let mut reader = Records::open(ReaderBuilder::new().trim(csv::Trim::All), path).map_err(&wrong)?;
    let header = reader.headers().map_err(&wrong)?;
    Ok((reader, header))
}

fn columns(header: &StringRecord, order: &Order, file: &str) -> Result<Columns, ListingError> {
    let place = |name: &str| header.iter().position(|column| column == name);
    match (path_column(header, order), place(&order.target)) {
        (Some(path), Some(target)) => Ok(Columns { path, target, split: place("split") }),
        _ => Err(no_columns(header, file, format!("{} and {}", order.path, order.target))),
    }
}

fn path_column(header: &StringRecord, order: &Order) -> Option<usize> {
    let place = |name: &str| header.iter().position(|column| column == name);
    place(&order.path).or_else(|| PATHS.iter().find_map(|name| place(name)))
}

fn no_columns(header: &StringRecord, file: &str, columns: String) -> ListingError {
    let found = format!("header {:?}", header.iter().collect::<Vec<_>>().join(","));
    ListingError::Line { file: file.into(), line: 1, found, expected: format!("the columns {columns}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Listing, ListingError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).expect("writes");
        Listing::read(&path, &Order::of_target("age"))
    }

    #[test]
    fn lists_in_any_order() {
        let list = read("age,path,split\n31,a/1.jpg,train\n59,\"b,2.jpg\",val\n7.5,c.png,\n").expect("valid");
        assert_eq!(list.paths, ["a/1.jpg", "b,2.jpg", "c.png"]);
        assert_eq!(list.targets, [31.0, 59.0, 7.5]);
        assert_eq!(list.parts, Some(vec![Part::Train, Part::Val, Part::Train]));
        assert_eq!(read("file,sex,age\nx.jpg,f,3\n").expect("valid").parts, None);
        assert_eq!(read(&list.to_csv(&Order::of_target("age"))).expect("its own"), list);
        assert_eq!(list.only(&[2, 0]).paths, ["c.png", "a/1.jpg"]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, words) in [
            ("path,age\na.jpg,31\nb.jpg,unknown\n", "line 3: found age \"unknown\", expected a number"),
            ("path,age\na.jpg,NaN\n", "line 2: found age \"NaN\""),
            ("path,age,split\na.jpg,3,tset\n", "line 2: found split \"tset\""),
            ("picture,years\na.jpg,3\n", "line 1: found header \"picture,years\", expected the columns path and age"),
            ("path,age\n,3\n", "line 2: found no path"),
            ("path,age\n", "no rows"),
        ] {
            let message = read(text).expect_err("a mistake").to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
