//! The list of recordings: a CSV with the columns `path` and a target, and maybe `split`, `group`, `from` and `to`.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::SignalError;
use crate::lines::line_in;
use crate::records::Records;
use crate::split::Part;

/// The stretch of a recording that a row is about, in seconds from its start.
pub type Span = [f64; 2];

/// Rows in the order of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordingList {
    /// Path of every recording, from the folder.
    pub paths: Vec<String>,
    /// Target of every row; NaN where a list for predictions has none.
    pub targets: Vec<f64>,
    /// Stretch of every row, if the list says so; else rows are about whole recordings.
    pub spans: Option<Vec<Span>>,
    /// Part of every row, if the list says so.
    pub parts: Option<Vec<Part>>,
    /// What rows have in common that must not be torn apart, a subject say; if the list says so.
    pub groups: Option<Vec<String>>,
}

const PATHS: [&str; 4] = ["path", "file", "recording", "edf"];

/// Which columns hold what.
struct Columns {
    path: usize,
    target: Option<usize>,
    span: Option<[usize; 2]>,
    split: Option<usize>,
    group: Option<usize>,
}

impl RecordingList {
    /// Reads a list whose targets are in the column `target`; without one (`with_target` false) it may be missing.
    ///
    /// # Errors
    /// [`SignalError::List`] with the line.
    pub fn read(path: &Path, target: &str, with_target: bool) -> Result<Self, SignalError> {
        let file = path.display().to_string();
        let wrong = |found: String, expected: String| SignalError::List { file: file.clone(), found, expected };
        let unreadable = |error: csv::Error| wrong(format!("'{error}'"), "a CSV of recordings".into());
        let builder = &mut ReaderBuilder::new();
        let mut reader = Records::open(builder.flexible(true).trim(Trim::All), path).map_err(unreadable)?;
        let head = reader.headers().map_err(unreadable)?;
        let columns =
            Columns::of(&head, target).map_err(|expected| wrong(format!("columns {}", names(&head)), expected))?;
        if with_target && columns.target.is_none() {
            return Err(wrong(
                format!("columns {}", names(&head)),
                format!("one called {target}; --target names another"),
            ));
        }
        let mut list = Self::empty(&columns);
        let mut record = StringRecord::new();
        while reader.read(&mut record).map_err(unreadable)? {
            list.push(&record, &columns, with_target).map_err(|(found, expected)| {
                wrong(format!("{found} on line {}", line_in(path, record.position())), expected.to_owned())
            })?;
        }
        if list.paths.is_empty() { Err(wrong("no rows".into(), "one per recording".into())) } else { Ok(list) }
    }

    /// Only the rows at some positions.
    #[must_use]
    pub fn only(&self, positions: &[usize]) -> Self {
        fn of<T: Clone>(all: &[T], positions: &[usize]) -> Vec<T> {
            positions.iter().map(|&k| all[k].clone()).collect()
        }
        Self {
            paths: of(&self.paths, positions),
            targets: of(&self.targets, positions),
            spans: self.spans.as_ref().map(|spans| of(spans, positions)),
            parts: self.parts.as_ref().map(|parts| of(parts, positions)),
            groups: self.groups.as_ref().map(|groups| of(groups, positions)),
        }
    }

    fn empty(columns: &Columns) -> Self {
        Self {
            spans: columns.span.map(|_| Vec::new()),
            parts: columns.split.map(|_| Vec::new()),
            groups: columns.group.map(|_| Vec::new()),
            ..Self::default()
        }
    }

    fn push(
        &mut self,
        record: &StringRecord,
        columns: &Columns,
        with_target: bool,
    ) -> Result<(), (String, &'static str)> {
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let path = cell(columns.path);
        if path.is_empty() {
            return Err(("no path".into(), "the path of a recording in every row"));
        }
        let target = match columns.target {
            Some(column) if with_target || !cell(column).is_empty() => number(cell(column), "target")?,
            _ => f64::NAN,
        };
        if let (Some(columns), Some(spans)) = (columns.span, &mut self.spans) {
            let [from, to] = columns.map(cell);
            let span = [number(from, "from")?, number(to, "to")?];
            if !(span[0] >= 0.0 && span[0] < span[1]) {
                return Err((format!("from {from} to {to}"), "seconds from 0 on, the first below the second"));
            }
            spans.push(span);
        }
        if let (Some(column), Some(parts)) = (columns.split, &mut self.parts) {
            let part = Part::of_name(cell(column));
            parts.push(part.ok_or_else(|| (format!("split {:?}", cell(column)), "train, val or test"))?);
        }
        if let (Some(column), Some(groups)) = (columns.group, &mut self.groups) {
            groups.push(cell(column).to_owned());
        }
        self.paths.push(path.to_owned());
        self.targets.push(target);
        Ok(())
    }
}

fn number(text: &str, what: &str) -> Result<f64, (String, &'static str)> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| (format!("{what} {text:?}"), "a number"))
}

impl Columns {
    fn of(head: &StringRecord, target: &str) -> Result<Self, String> {
        let find = |wanted: &str| head.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let path = PATHS.into_iter().find_map(find).ok_or_else(|| format!("one called {}", PATHS.join(" or ")))?;
        let span = match [find("from"), find("to")] {
            [Some(from), Some(to)] => Some([from, to]),
            [None, None] => None,
            _ => return Err("both from and to, or neither".into()),
        };
        Ok(Self { path, target: find(target), span, split: find("split"), group: find("group") })
    }
}

fn names(head: &StringRecord) -> String {
    head.iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, with_target: bool) -> Result<RecordingList, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("writes");
        RecordingList::read(file.path(), "score", with_target).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_read() {
        let list = read("Path,score,from,to,split,group\na.edf,1.5,0,30,train,x\nb.npy,2,30,60,test,y\n", true);
        let list = list.expect("reads");
        assert_eq!((list.paths[1].as_str(), list.targets[0]), ("b.npy", 1.5));
        assert_eq!(list.spans, Some(vec![[0.0, 30.0], [30.0, 60.0]]));
        assert_eq!(list.parts, Some(vec![Part::Train, Part::Test]));
        let second = list.only(&[1]);
        assert_eq!((second.paths, second.spans), (vec!["b.npy".to_owned()], Some(vec![[30.0, 60.0]])));
        assert_eq!(list.groups.map(|groups| groups.concat()), Some("xy".into()));
        let plain = read("file\na.edf\n", false).expect("reads");
        assert!(plain.targets[0].is_nan() && plain.spans.is_none() && plain.parts.is_none());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, expected) in [
            ("score\n1\n", "expected one called path or file"),
            ("path\na\n", "expected one called score; --target names another"),
            ("path,score\n", "found no rows"),
            ("path,score\na,1\nb,x\n", "found target \"x\" on line 3, expected a number"),
            ("path,score\n,1\n", "found no path on line 2"),
            ("path,score,from\na,1,0\n", "expected both from and to"),
            ("path,score,from,to\na,1,9,3\n", "found from 9 to 3 on line 2"),
            ("path,score,split\na,1,tset\n", "found split \"tset\" on line 2"),
        ] {
            let error = read(text, true).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
