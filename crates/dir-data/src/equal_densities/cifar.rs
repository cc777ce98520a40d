//! CIFAR-100's binary form: for every picture its coarse label, its fine label, and 32 · 32 pixels, red, green and blue planes.
//!
//! # Source
//! Krizhevsky, "Learning multiple layers of features from tiny images", 2009; `cifar-100-binary.tar.gz` of its page.

use std::path::Path;

use super::error::EqualDensitiesError;
use super::picture::Square;
use super::{Classed, LABELS};
use crate::budget::Budget;

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
const RECORD: usize = 2 + 3 * PLANE;
const EXPECTED: &str = "CIFAR-100's binary file, unpacked from cifar-100-binary.tar.gz";

pub(super) fn read(path: &Path) -> Result<Classed, EqualDensitiesError> {
    let bytes = Budget::current().read_file(path).map_err(|error| EqualDensitiesError::Read {
        path: path.into(),
        error,
        expected: EXPECTED,
    })?;
    let form = |found: String| EqualDensitiesError::Form {
        path: path.into(),
        found,
        expected: format!("{EXPECTED}, {RECORD} bytes a picture"),
    };
    if bytes.is_empty() || !bytes.len().is_multiple_of(RECORD) {
        return Err(form(format!("{} bytes", bytes.len())));
    }
    let classes: Vec<usize> = bytes.chunks_exact(RECORD).map(|record| usize::from(record[1])).collect();
    if let Some(k) = classes.iter().position(|class| *class >= LABELS) {
        return Err(form(format!("fine label {} in picture {k}", classes[k])));
    }
    let pictures = bytes.chunks_exact(RECORD).map(|record| interleaved(&record[2..])).collect();
    Ok(Classed { pictures, classes })
}

fn interleaved(planes: &[u8]) -> Square {
    let pixels = (0..PLANE).flat_map(|k| [planes[k], planes[PLANE + k], planes[2 * PLANE + k]]).collect();
    Square { side: SIDE, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_pictures() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("train.bin");
        let mut record = vec![19, 7];
        record.extend((0..3 * PLANE).map(|k| (k / PLANE * 100 + k % PLANE % 5) as u8));
        std::fs::write(&path, [record.as_slice(), &record].concat()).expect("writes");
        let found = read(&path).expect("two records");
        assert_eq!((found.pictures.len(), found.classes), (2, vec![7, 7]));
        assert_eq!(found.pictures[1].pixels[9..12], [3, 103, 203]);

        let message = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("writes");
            read(&path).map(drop).expect_err("broken").to_string()
        };
        assert!(message(&record[1..]).contains("found 3073 bytes, expected CIFAR-100's"));
        record[1] = 100;
        assert!(message(&record).contains("fine label 100 in picture 0") && message(&[]).contains("found 0 bytes"));
        let missing = read(&folder.path().join("none.bin")).map(drop).expect_err("missing").to_string();
        assert!(missing.contains("none.bin") && missing.contains("cifar-100-binary.tar.gz"), "{missing}");
    }
}
