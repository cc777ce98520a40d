//! NumPy's array with the words beside it: `NAME.npy` and `NAME.words.txt`.
//!
//! # Source
//! The format's own description, NEP 1: magic, version, length of the header, a Python dictionary, then the numbers.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::{Collector, VectorsError};

/// Reads both files into a collector; numbers per word.
pub(super) fn read(path: &Path, collector: &mut Collector) -> Result<usize, VectorsError> {
    let io = |source| VectorsError::Io { path: path.into(), source };
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(io)?);
    let wrong = |found: String| VectorsError::Npy { path: path.into(), found };
    let Header { double, rows, width } = header(&mut file).map_err(io)?.map_err(wrong)?;
    let words = words(path, rows)?;
    let mut bytes = vec![0; width * if double { 8 } else { 4 }];
    for (row, word) in words.lines().enumerate() {
        file.read_exact(&mut bytes).map_err(|_| wrong(format!("an end within row {row} of {rows}")))?;
        if !collector.wants(word) {
            continue;
        }
        let vector = numbers(&bytes, double);
        if vector.iter().any(|x| !x.is_finite()) {
            return Err(wrong(format!("a number that is not finite in row {row}")));
        }
        collector.take(word, vector);
    }
    match file.read(&mut [0]).map_err(io)? {
        0 => Ok(width),
        _ => Err(wrong(format!("more numbers than those of {rows} rows"))),
    }
}

fn words(path: &Path, rows: usize) -> Result<String, VectorsError> {
    let path = path.with_extension("words.txt");
    let words = std::fs::read_to_string(&path).map_err(|source| VectorsError::Io { path: path.clone(), source })?;
    let found = words.lines().count();
    if found == rows { Ok(words) } else { Err(VectorsError::Words { path, words: found, rows }) }
}

fn numbers(bytes: &[u8], double: bool) -> Vec<f32> {
    match double {
        false => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        true => bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect(),
    }
}

struct Header {
    double: bool,
    rows: usize,
    width: usize,
}

/// Longest header that is read: others are no header.
const LONGEST: usize = 1 << 16;

fn header(file: &mut impl Read) -> io::Result<Result<Header, String>> {
    let mut start = [0; 8];
    file.read_exact(&mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Ok(Err("another beginning than an .npy file's".into()));
    }
    if !(1..=3).contains(&start[6]) {
        return Ok(Err(format!("version {} of the format", start[6])));
    }
    let length = if start[6] == 1 {
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        usize::from(u16::from_le_bytes(length))
    } else {
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        u32::from_le_bytes(length) as usize
    };
    if length > LONGEST {
        return Ok(Err(format!("a header of {length} bytes")));
    }
    let mut text = vec![0; length];
    file.read_exact(&mut text)?;
    Ok(parse(&String::from_utf8_lossy(&text)))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`
fn parse(text: &str) -> Result<Header, String> {
    let value = |key: &str| text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let double = match value("descr").and_then(|v| v.split('\'').nth(1)) {
        Some("<f4") => false,
        Some("<f8") => true,
        other => return Err(format!("numbers of type {}", other.unwrap_or("unknown"))),
    };
    if !value("fortran_order").is_some_and(|v| v.starts_with("False")) {
        return Err("columns before rows".into());
    }
    let shape = value("shape").and_then(|v| v.strip_prefix('(')?.split_once(')')).map_or("", |(inner, _)| inner);
    let sizes: Option<Vec<usize>> =
        shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect();
    match sizes.as_deref() {
        Some(&[rows, width]) if width > 0 && width < LONGEST => Ok(Header { double, rows, width }),
        _ => Err(format!("shape ({shape})")),
    }
}
