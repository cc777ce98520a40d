//! NumPy's array with the words beside it: `NAME.npy` and `NAME.words.txt`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{Collector, VectorsError};
use crate::budget::Budget;
use crate::npy::{self, Header, Kind};

/// More numbers per word than any vectors have.
const WIDEST: usize = 1 << 16;

/// Reads both files into a collector; numbers per word.
pub(super) fn read(path: &Path, collector: &mut Collector) -> Result<usize, VectorsError> {
    let io = |error| VectorsError::Io { path: path.into(), error };
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(io)?);
    let wrong = |found: String| VectorsError::Npy { path: path.into(), found };
    let Header { kind, shape } = npy::header(&mut file, &[Kind::F4, Kind::F8]).map_err(io)?.map_err(wrong)?;
    let &[rows, width] = &shape[..] else { return Err(wrong(format!("shape {}", npy::written(&shape)))) };
    if !(1..WIDEST).contains(&width) {
        return Err(wrong(format!("{width} numbers per word")));
    }
    let words = words(path, rows)?;
    let mut bytes = vec![0; width * kind.bytes()];
    for (row, word) in words.lines().enumerate() {
        file.read_exact(&mut bytes).map_err(|_| wrong(format!("an end within row {row} of {rows}")))?;
        if !collector.wants(word) {
            continue;
        }
        let vector = numbers(&bytes, kind);
        if vector.iter().any(|x| !x.is_finite()) {
            return Err(wrong(format!("a number that is not finite in row {row}")));
        }
        collector.take(word, vector).map_err(|over| VectorsError::Memory { path: path.into(), over })?;
    }
    match file.read(&mut [0]).map_err(io)? {
        0 => Ok(width),
        _ => Err(wrong(format!("more numbers than those of {rows} rows"))),
    }
}

fn words(path: &Path, rows: usize) -> Result<String, VectorsError> {
    let path = path.with_extension("words.txt");
    let words = Budget::current().read_text(&path).map_err(|error| VectorsError::Io { path: path.clone(), error })?;
    let found = words.lines().count();
    if found == rows { Ok(words) } else { Err(VectorsError::Words { path, words: found, rows }) }
}

fn numbers(bytes: &[u8], kind: Kind) -> Vec<f32> {
    match kind {
        Kind::F4 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        _ => bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect(),
    }
}
