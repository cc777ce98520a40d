//! IDX, the form of MNIST and Fashion-MNIST: `0 0 type dimensions`, the dimensions as big-endian numbers of four bytes, then the values.
//!
//! # Source
//! LeCun, "The MNIST database of handwritten digits"; Xiao, Rasul, Vollgraf, "Fashion-MNIST", 2017.

use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::Classed;
use super::error::EqualDensitiesError;
use super::picture::Square;
use crate::budget::Budget;

/// Classes of Fashion-MNIST.
const CLASSES: u8 = 10;
/// Type of the values: unsigned bytes.
const BYTES: u8 = 8;
/// Bytes that an image takes besides its pixels.
const OF_A_SQUARE: u64 = 64;
const EXPECTED: &str = "Fashion-MNIST's IDX files, with or without .gz";

/// Pictures and labels of a part: `train` or `t10k`.
pub(super) fn read(folder: &Path, part: &str) -> Result<Classed, EqualDensitiesError> {
    let (pictures, path, [n, height, width]) = values::<3>(folder, &format!("{part}-images-idx3-ubyte"))?;
    let form = |path: PathBuf, found: String, expected: String| EqualDensitiesError::Form { path, found, expected };
    if height != width || height == 0 {
        return Err(form(path, format!("pictures of {height} by {width}"), "square ones".into()));
    }
    let needed = (n as u64).saturating_mul(3 * (height * width) as u64 + OF_A_SQUARE);
    let fits = Budget::current().check(needed, || format!("{n} images of {height} x {width} pixels"));
    fits.map_err(|over| form(path, over.to_string(), "a smaller set".into()))?;
    let (labels, path, [count]) = values::<1>(folder, &format!("{part}-labels-idx1-ubyte"))?;
    if count != n {
        return Err(form(path, format!("{count} labels"), format!("{n}, one per picture")));
    }
    if let Some(label) = labels.iter().find(|label| **label >= CLASSES) {
        return Err(form(path, format!("label {label}"), format!("labels below {CLASSES}")));
    }
    let square = |grey: &[u8]| Square { side: width, pixels: grey.iter().flat_map(|&g| [g; 3]).collect() };
    let pictures = pictures.chunks_exact(height * width).map(square).collect();
    Ok(Classed { pictures, classes: labels.into_iter().map(usize::from).collect() })
}

/// The values of a file, its path and its dimensions.
fn values<const D: usize>(folder: &Path, name: &str) -> Result<(Vec<u8>, PathBuf, [usize; D]), EqualDensitiesError> {
    let (packed, plain) = (folder.join(format!("{name}.gz")), folder.join(name));
    let path = if packed.is_file() { packed } else { plain };
    let unreadable = |error| EqualDensitiesError::Read { path: path.clone(), error, expected: EXPECTED };
    let budget = Budget::current();
    let mut bytes = budget.read_file(&path).map_err(unreadable)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        bytes = budget.read_to_end(MultiGzDecoder::new(bytes.as_slice()), 0).map_err(unreadable)?;
    }
    let form = |found: String| EqualDensitiesError::Form {
        path: path.clone(),
        found,
        expected: format!("{EXPECTED}: {D} dimensions of bytes"),
    };
    let start = 4 + 4 * D;
    let head = bytes.get(..start).filter(|head| head[..4] == [0, 0, BYTES, D as u8]);
    let head = head.ok_or_else(|| form("another head".into()))?;
    let sizes = std::array::from_fn(|k| {
        let at = 4 + 4 * k;
        u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize
    });
    let values = bytes.split_off(start);
    let expected = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    match expected {
        Some(expected) if expected == values.len() => Ok((values, path, sizes)),
        _ => Err(form(format!("{} values for {sizes:?}", values.len()))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn file(sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, BYTES, sizes.len() as u8];
        sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
        bytes.extend(values);
        bytes
    }

    #[test]
    fn packed_and_plain_files_are_read_and_others_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("writes");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&file(&[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8])).expect("packs");
        write("train-images-idx3-ubyte.gz", &packed.finish().expect("packs"));
        write("train-labels-idx1-ubyte", &file(&[2], &[9, 0]));
        let found = read(folder.path(), "train").expect("both");
        assert_eq!((found.classes, &found.pictures[1].pixels[..6]), (vec![9, 0], [5, 5, 5, 6, 6, 6].as_slice()));

        let message = || read(folder.path(), "train").map(drop).expect_err("broken").to_string();
        for (labels, words) in [
            (file(&[3], &[1, 1, 1]), "found 3 labels, expected 2"),
            (file(&[2], &[1, 10]), "found label 10"),
            (file(&[2], &[1]), "found 1 values for [2]"),
            (vec![0, 0, 9, 1], "found another head"),
            (file(&[u32::MAX], &[]), "found 0 values"),
        ] {
            write("train-labels-idx1-ubyte", &labels);
            assert!(message().contains(words), "{}", message());
        }
        // Ten million images of one pixel each.
        write("train-images-idx3-ubyte.gz", &file(&[10_000_000, 1, 1], &vec![0; 10_000_000]));
        let expected = "found 10000000 images of 1 x 1 pixels, which needs 639 MiB of memory where 512 MiB is allowed";
        assert!(message().contains(expected), "{}", message());
        let missing = read(folder.path(), "t10k").map(drop).expect_err("missing").to_string();
        assert!(missing.contains("t10k-images-idx3-ubyte") && missing.contains("with or without .gz"), "{missing}");
    }
}
