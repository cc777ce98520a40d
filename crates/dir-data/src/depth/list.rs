//! The list of pairs: a CSV with the columns `image`, `depth` and maybe `split`; or without a head, as NYUD2-DIR has it.
//!
//! # Source
//! Official `nyud2-dir/data/nyu2_train.csv` at a6fdc45: no head, and every path begins with `data/`, which stands for the folder.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::DepthError;
use crate::lines::line_in;
use crate::records::Records;
use crate::split::Part;

/// Pairs in the order of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairList {
    /// Path of every picture, from the folder.
    pub images: Vec<String>,
    /// Path of every map, from the folder; none where a list for predictions has pictures alone.
    pub depths: Vec<String>,
    /// Part of every pair, if the list says so.
    pub parts: Option<Vec<Part>>,
}

const IMAGES: [&str; 4] = ["image", "path", "file", "rgb"];
const DEPTHS: [&str; 3] = ["depth", "map", "target"];
const ENDINGS: [&str; 4] = [".jpg", ".jpeg", ".png", ".npy"];

/// Which columns hold what.
struct Columns {
    image: usize,
    depth: Option<usize>,
    split: Option<usize>,
    /// Whether paths begin with a component that stands for the folder.
    rooted: bool,
}

impl PairList {
    /// Reads a list of pairs. A list without a head is one of NYUD2-DIR.
    ///
    /// # Errors
    /// [`DepthError::List`] with the line.
    pub fn read(path: &Path) -> Result<Self, DepthError> {
        Self::read_columns(path, true)
    }

    /// Reads a list of pictures whose maps may be missing.
    ///
    /// # Errors
    /// [`DepthError::List`] with the line.
    pub fn read_images(path: &Path) -> Result<Self, DepthError> {
        Self::read_columns(path, false)
    }

    /// Pictures alone.
    #[must_use]
    pub fn of_images(images: Vec<String>) -> Self {
        Self { images, ..Self::default() }
    }

    fn read_columns(path: &Path, with_depth: bool) -> Result<Self, DepthError> {
        let file = path.display().to_string();
        let wrong = |found: String, expected: &str| DepthError::List {
            file: file.clone(),
            found,
            expected: expected.to_owned(),
        };
        let unreadable = |error: csv::Error| wrong(format!("'{error}'"), "a CSV with the columns image and depth");
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).trim(Trim::All);
        let mut reader = Records::open(&builder, path).map_err(unreadable)?;
        let mut record = StringRecord::new();
        if !reader.read(&mut record).map_err(unreadable)? {
            return Err(wrong("no rows".into(), "one per picture"));
        }
        let columns = Columns::of(&record)
            .filter(|columns| columns.depth.is_some() || !with_depth)
            .ok_or_else(|| wrong(format!("columns {}", names(&record)), "image and depth, and maybe split"))?;
        let mut list = Self { parts: columns.split.map(|_| Vec::new()), ..Self::default() };
        let mut more = columns.rooted || reader.read(&mut record).map_err(unreadable)?;
        while more {
            let line = || line_in(path, record.position());
            list.push(&record, &columns)
                .map_err(|(found, expected)| wrong(format!("{found} on line {}", line()), expected))?;
            more = reader.read(&mut record).map_err(unreadable)?;
        }
        if list.images.is_empty() { Err(wrong("no rows".into(), "one per picture")) } else { Ok(list) }
    }

    fn push(&mut self, record: &StringRecord, columns: &Columns) -> Result<(), (String, &'static str)> {
        let text = |column: usize, what: &str| {
            let text = record.get(column).filter(|text| !text.is_empty());
            let text = text.ok_or_else(|| (format!("no {what}"), "a path in every row"))?;
            let inside = if columns.rooted { text.split_once('/').map_or(text, |(_, rest)| rest) } else { text };
            Ok::<_, (String, &'static str)>(inside.to_owned())
        };
        self.images.push(text(columns.image, "picture")?);
        if let Some(depth) = columns.depth {
            self.depths.push(text(depth, "depth map")?);
        }
        if let (Some(column), Some(parts)) = (columns.split, &mut self.parts) {
            let name = record.get(column).unwrap_or_default();
            let part = Part::EACH.into_iter().find(|part| part.name() == name);
            parts.push(part.ok_or_else(|| (format!("split {name:?}"), "train, val or test"))?);
        }
        Ok(())
    }

    /// Only the pairs at some positions.
    #[must_use]
    pub fn only(&self, positions: &[usize]) -> Self {
        let of = |all: &[String]| positions.iter().filter_map(|&k| all.get(k).cloned()).collect();
        let parts = self.parts.as_ref().map(|parts| positions.iter().map(|&k| parts[k]).collect());
        Self { images: of(&self.images), depths: of(&self.depths), parts }
    }
}

impl Columns {
    /// From the first record: names, or the first pair of a list without names.
    fn of(first: &StringRecord) -> Option<Self> {
        let is_file = |text: &str| ENDINGS.iter().any(|end| text.to_lowercase().ends_with(end));
        if first.len() >= 2 && first.iter().take(2).all(is_file) {
            return Some(Self { image: 0, depth: Some(1), split: None, rooted: true });
        }
        let column = |wanted: &[&str]| first.iter().position(|name| wanted.contains(&name.to_lowercase().as_str()));
        Some(Self { image: column(&IMAGES)?, depth: column(&DEPTHS), split: column(&["split"]), rooted: false })
    }
}

fn names(record: &StringRecord) -> String {
    record.iter().take(6).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PairList, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).expect("writes");
        PairList::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn both_layouts_are_read() {
        let nyud2 =
            read("data/nyu2_train/a_out/1.jpg,data/nyu2_train/a_out/1.png\ndata/nyu2_train/b_out/9.jpg,data/x.png\n");
        let nyud2 = nyud2.expect("as NYUD2-DIR");
        assert_eq!(nyud2.images, ["nyu2_train/a_out/1.jpg", "nyu2_train/b_out/9.jpg"]);
        assert_eq!((nyud2.depths[1].as_str(), nyud2.parts), ("x.png", None));
        let own = read("depth,split,image\nd/1.npy,test,c/1.png\n\nd/2.npy,train,c/2.png\n").expect("named columns");
        assert_eq!((own.images[1].as_str(), own.depths[0].as_str()), ("c/2.png", "d/1.npy"));
        assert_eq!(own.parts, Some(vec![Part::Test, Part::Train]));
    }

    #[test]
    fn mistakes_name_the_line() {
        for (text, words) in [
            ("", "found no rows"),
            ("image,depth\n", "found no rows"),
            ("a,b\n1,2\n", "columns \"a\", \"b\", expected image and depth"),
            ("image,depth\na.png,\n", "found no depth map on line 2"),
            ("image,depth\n\na.png\n", "found no depth map on line 3"),
            ("image,depth,split\na.png,b.png,training\n", "split \"training\" on line 2, expected train, val or test"),
        ] {
            let found = read(text).expect_err("is wrong");
            assert!(found.contains(words), "{found}");
        }
    }
}
