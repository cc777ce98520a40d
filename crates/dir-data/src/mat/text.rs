//! Character arrays and names, as strings.

use super::element::{Element, Order, kind};
use super::{MatError, Value};
use crate::budget::Meter;

/// The text of a character array, or [`Value::Other`] if its bytes are not valid in its encoding.
///
/// # Errors
///
/// When the storage type holds no characters, their number does not fit the shape, or the budget is spent.
pub(super) fn text(element: Element<'_>, shape: &[usize], order: Order, meter: &mut Meter) -> Result<Value, MatError> {
    let width = width(element.kind)?;
    // A Latin-1 byte grows to two bytes of UTF-8, a unit of UTF-16 to three, one of UTF-32 to four.
    meter.take_items(element.data.len().div_ceil(width), width + 1)?;
    if !element.data.len().is_multiple_of(width) {
        return Err(MatError::Malformed {
            what: "the length of a character array's data",
            found: element.data.len() as u64,
            expected: "a multiple of the width of its storage type",
        });
    }
    let Some(text) = decode(element, order) else {
        return Ok(Value::Other);
    };
    let units = element.data.len() / width;
    if !fits(&text, units, shape) {
        return Err(MatError::Count { shape: shape.to_vec(), found: units, what: "characters" });
    }
    match shape {
        [] | [0 | 1, ..] => Ok(Value::Text(text)),
        [rows, ..] => by_rows(&text, *rows, meter),
    }
}

/// The bytes of one stored unit of a character storage type.
fn width(found: u32) -> Result<usize, MatError> {
    match found {
        kind::INT8 | kind::UINT8 | kind::UTF8 => Ok(1),
        kind::INT16 | kind::UINT16 | kind::UTF16 => Ok(2),
        kind::INT32 | kind::UINT32 | kind::UTF32 => Ok(4),
        _ => Err(MatError::DataType { what: "the data of a character array", found, expected: "1 to 6 or 16 to 18" }),
    }
}

fn decode(element: Element<'_>, order: Order) -> Option<String> {
    match element.kind {
        kind::UTF8 => std::str::from_utf8(element.data).ok().map(str::to_owned),
        kind::INT8 | kind::UINT8 => Some(bytes_as_text(element.data)),
        kind::INT16 | kind::UINT16 | kind::UTF16 => {
            let (pairs, _) = element.data.as_chunks::<2>();
            let units = pairs.iter().map(|&pair| match order {
                Order::Little => u16::from_le_bytes(pair),
                Order::Big => u16::from_be_bytes(pair),
            });
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => element.data.as_chunks::<4>().0.iter().map(|&code| char::from_u32(order.u32(code))).collect(),
    }
}

/// Plain bytes as text: UTF-8 where they are valid UTF-8, else one character a byte (Latin-1).
///
/// MATLAB stores character codes below 256 as bytes, which is Latin-1; other writers store UTF-8 under the same type.
/// Latin-1 text is hardly ever valid UTF-8 by chance, and ASCII is the same in both.
pub(super) fn bytes_as_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Whether the shape counts the characters, the stored units, or the UTF-16 units: writers differ in which they count.
fn fits(text: &str, units: usize, shape: &[usize]) -> bool {
    let Some(count) = super::matrix::count(shape) else {
        return false;
    };
    count == units || count == text.chars().count() || count == text.encode_utf16().count()
}

/// The rows of a character array whose columns were stored one after the other.
fn by_rows(text: &str, rows: usize, meter: &mut Meter) -> Result<Value, MatError> {
    meter.take_items(text.len(), size_of::<char>())?;
    let chars: Vec<char> = text.chars().collect();
    if rows > chars.len() || !chars.len().is_multiple_of(rows) {
        // No characters at all, or the shape counts units that are not characters: which row has which is unknown.
        return Ok(if chars.is_empty() { Value::Text(String::new()) } else { Value::Other });
    }
    meter.take_items(text.len(), 2)?;
    let mut joined = String::with_capacity(text.len() + rows);
    for row in 0..rows {
        if row > 0 {
            joined.push('\n');
        }
        joined.extend(chars.iter().skip(row).step_by(rows));
    }
    Ok(Value::Text(joined))
}
