//! NumPy's file of one array.
//!
//! # Source
//! The format's own description, NEP 1: magic, version, length of the header, a Python dictionary, then the numbers.

use std::io::{self, Read};

/// Type of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 32-bit floats.
    F4,
    /// 64-bit floats.
    F8,
    /// Bytes.
    U1,
    /// 16-bit whole numbers.
    U2,
}

impl Kind {
    fn of(descr: &str) -> Option<Self> {
        match descr {
            "<f4" => Some(Self::F4),
            "<f8" => Some(Self::F8),
            "|u1" | "|b1" => Some(Self::U1),
            "<u2" => Some(Self::U2),
            _ => None,
        }
    }

    /// Bytes of a number.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::U1 => 1,
            Self::U2 => 2,
            Self::F4 => 4,
            Self::F8 => 8,
        }
    }

    /// What a function makes of the values that bytes hold; an incomplete one at the end is left.
    pub(crate) fn map<T>(self, bytes: &[u8], of: impl Fn(f64) -> T) -> Vec<T> {
        match self {
            Self::F4 => bytes.as_chunks().0.iter().map(|&b| of(f64::from(f32::from_le_bytes(b)))).collect(),
            Self::F8 => bytes.as_chunks().0.iter().map(|&b| of(f64::from_le_bytes(b))).collect(),
            Self::U1 => bytes.iter().map(|&b| of(f64::from(b))).collect(),
            Self::U2 => bytes.as_chunks().0.iter().map(|&b| of(f64::from(u16::from_le_bytes(b)))).collect(),
        }
    }
}

/// What stands before the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) shape: Vec<usize>,
}

/// Longest header that is read: others are no header.
const LONGEST: usize = 1 << 16;

/// Reads a header; the inner error says what was found instead of one of these kinds.
pub(crate) fn header(file: &mut impl Read, kinds: &[Kind]) -> io::Result<Result<Header, String>> {
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
    Ok(dictionary(&String::from_utf8_lossy(&text), kinds))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`
fn dictionary(text: &str, kinds: &[Kind]) -> Result<Header, String> {
    let value = |key: &str| text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let descr = value("descr").and_then(|v| v.split('\'').nth(1)).unwrap_or("unknown");
    let kind = Kind::of(descr).filter(|kind| kinds.contains(kind));
    let kind = kind.ok_or_else(|| format!("numbers of type {descr}"))?;
    if !value("fortran_order").is_some_and(|v| v.starts_with("False")) {
        return Err("columns before rows".into());
    }
    let inner = value("shape").and_then(|v| v.strip_prefix('(')?.split_once(')')).map_or("", |(inner, _)| inner);
    let sizes: Option<Vec<usize>> =
        inner.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect();
    let shape = sizes.ok_or_else(|| format!("shape ({inner})"))?;
    Ok(Header { kind, shape })
}

/// A whole array.
#[derive(Debug)]
pub(crate) struct Array<'a> {
    kind: Kind,
    pub(crate) shape: Vec<usize>,
    bytes: &'a [u8],
}

/// The array of a file's bytes.
///
/// # Errors
/// What was found instead of an array of one of these kinds.
pub(crate) fn parse<'a>(file: &'a [u8], kinds: &[Kind]) -> Result<Array<'a>, String> {
    let mut bytes = file;
    let Header { kind, shape } = header(&mut bytes, kinds).map_err(|_| "an end within the header".to_owned())??;
    let count = shape.iter().try_fold(kind.bytes(), |product, &size| product.checked_mul(size));
    match count {
        Some(count) if count == bytes.len() => Ok(Array { kind, shape, bytes }),
        _ => Err(format!("{} bytes of numbers for shape {}", bytes.len(), written(&shape))),
    }
}

impl Array<'_> {
    /// How many values it has.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.kind.bytes()
    }

    /// Its values in order.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        self.map(|value| value)
    }

    /// What a function makes of its values, in order.
    pub(crate) fn map<T>(&self, of: impl Fn(f64) -> T) -> Vec<T> {
        self.kind.map(self.bytes, of)
    }
}

/// A shape as Python writes it.
pub(crate) fn written(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        more => format!("({})", more.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A file of one array, as NumPy writes it.
///
/// # Example
/// ```
/// let file = dir_data::npy::file("|u1", &[2, 3], &[1, 2, 3, 4, 5, 6]);
/// assert_eq!((&file[1..6], file.len() % 64), (b"NUMPY".as_slice(), 6));
/// ```
#[must_use]
pub fn file(kind: &str, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
    [start(kind, &written(shape)), numbers.to_vec()].concat()
}

/// What stands before the numbers of a file; they begin at a multiple of 64.
pub(crate) fn start(kind: &str, shape: &str) -> Vec<u8> {
    let mut text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    text += &" ".repeat(64 - (11 + text.len()) % 64);
    text.push('\n');
    [b"\x93NUMPY\x01\x00".as_slice(), &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_read_back() {
        let written = file("|u1", &[2, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!((written.len() - 6) % 64, 0);
        let array = parse(&written, &[Kind::U1]).expect("as written");
        assert_eq!((array.shape.as_slice(), array.numbers()), (&[2, 3][..], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(parse(&written, &[Kind::F4]).expect_err("bytes"), "numbers of type |u1");
        assert!(parse(&written[..20], &[Kind::U1]).expect_err("cut").contains("an end within the header"));
        assert!(parse(&written[..written.len() - 1], &[Kind::U1]).expect_err("cut").contains("5 bytes of numbers"));
        let huge = start("|u1", "(99999999999, 99999999999)");
        assert!(parse(&huge, &[Kind::U1]).expect_err("too large").contains("0 bytes of numbers"));
    }
}
