//! Writing values as a MATLAB 5 MAT-file, for tests and made-up data sets.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::Value;
use super::element::kind;

/// The array classes that are written, as the format numbers them.
mod class {
    pub(super) const CELL: u32 = 1;
    pub(super) const STRUCT: u32 = 2;
    pub(super) const CHAR: u32 = 4;
    pub(super) const DOUBLE: u32 = 6;
}

/// The bytes of a field name in MATLAB's own files: 31 characters and a zero. Longer names take more here too.
const FIELD_NAME: usize = 32;

/// How hard to compress: quick, as MATLAB is.
const LEVEL: u8 = 3;

/// Writes variables as a little-endian MATLAB 5 MAT-file, each one `compressed` on its own if asked.
///
/// Numbers are written as doubles and text as UTF-8. A shape with fewer than two sizes gets ones behind. A
/// [`Value::Other`] becomes a struct array without elements, which reads back as `Other`. Shapes are written as they
/// are: one that does not fit its values, or more than 4 GiB in one variable, gives a file that no reader accepts.
#[must_use]
pub fn write_mat(variables: &[(String, Value)], compressed: bool) -> Vec<u8> {
    let mut out = header();
    for (name, value) in variables {
        if compressed {
            let mut variable = Vec::new();
            write_array(&mut variable, name, value);
            let packed = compress_to_vec_zlib(&variable, LEVEL);
            write_tag(&mut out, kind::COMPRESSED, packed.len());
            out.extend_from_slice(&packed);
        } else {
            write_array(&mut out, name, value);
        }
    }
    out
}

/// The 128 bytes before the first variable.
fn header() -> Vec<u8> {
    let mut header = b"MATLAB 5.0 MAT-file, little-endian".to_vec();
    header.resize(116, b' ');
    // No subsystem data.
    header.resize(124, 0);
    header.extend_from_slice(&0x0100_u16.to_le_bytes());
    header.extend_from_slice(b"IM");
    header
}

/// Writes one array as a matrix element.
fn write_array(out: &mut Vec<u8>, name: &str, value: &Value) {
    let start = open(out, kind::MATRIX);
    match value {
        Value::Numbers { shape, values } => {
            write_head(out, class::DOUBLE, shape, name);
            let data = open(out, kind::DOUBLE);
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            close(out, data);
        }
        Value::Text(text) => {
            let count = text.chars().count();
            write_head(out, class::CHAR, &[count.min(1), count], name);
            write_element(out, kind::UTF8, text.as_bytes());
        }
        Value::Cells { shape, values } => {
            write_head(out, class::CELL, shape, name);
            values.iter().for_each(|value| write_array(out, "", value));
        }
        Value::Struct(fields) => {
            write_head(out, class::STRUCT, &[1, 1], name);
            write_fields(out, fields);
        }
        Value::Other => {
            write_head(out, class::STRUCT, &[0, 0], name);
            write_fields(out, &[]);
        }
    }
    close(out, start);
}

/// Writes an array's flags, shape and name.
fn write_head(out: &mut Vec<u8>, class: u32, shape: &[usize], name: &str) {
    write_tag(out, kind::UINT32, 8);
    out.extend_from_slice(&class.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    let sizes = shape.iter().copied().chain(std::iter::repeat_n(1, 2_usize.saturating_sub(shape.len())));
    let sizes: Vec<u8> = sizes.flat_map(|size| word(size).to_le_bytes()).collect();
    write_element(out, kind::INT32, &sizes);
    write_element(out, kind::INT8, name.as_bytes());
}

/// Writes a struct's field names, each filled up with zeros to one length, and then its fields.
fn write_fields(out: &mut Vec<u8>, fields: &[(String, Value)]) {
    let longest = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let length = FIELD_NAME.max(longest + 1);
    write_element(out, kind::INT32, &word(length).to_le_bytes());
    let names = open(out, kind::INT8);
    for (name, _) in fields {
        out.extend_from_slice(name.as_bytes());
        out.resize(out.len() + length - name.len(), 0);
    }
    close(out, names);
    for (_, value) in fields {
        write_array(out, "", value);
    }
}

/// Writes an element, in the small form where it fits.
fn write_element(out: &mut Vec<u8>, kind: u32, data: &[u8]) {
    if (1..=4).contains(&data.len()) {
        out.extend_from_slice(&(kind | word(data.len()) << 16).to_le_bytes());
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(4), 0);
    } else {
        let start = open(out, kind);
        out.extend_from_slice(data);
        close(out, start);
    }
}

fn write_tag(out: &mut Vec<u8>, kind: u32, length: usize) {
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&word(length).to_le_bytes());
}

/// Starts an element whose length is not known yet; gives where its data starts.
fn open(out: &mut Vec<u8>, kind: u32) -> usize {
    write_tag(out, kind, 0);
    out.len()
}

/// Ends the element whose data starts at `start`: fills in its length and pads it.
fn close(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    if let Some(slot) = out.get_mut(start - 4..start) {
        slot.copy_from_slice(&word(length).to_le_bytes());
    }
    out.resize(start + length.next_multiple_of(8), 0);
}

/// A length as the format stores it. One that is too large becomes the largest, which readers refuse.
fn word(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
