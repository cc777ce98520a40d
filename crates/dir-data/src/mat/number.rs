//! Numbers of any storage type, as `f64`.

use super::MatError;
use super::element::{Element, Order, kind};
use crate::budget::Meter;

/// The numbers of an element.
///
/// # Errors
///
/// When the storage type is not numeric, the length is no multiple of its width, or the budget is spent.
pub(super) fn numbers(element: Element<'_>, order: Order, meter: &mut Meter) -> Result<Vec<f64>, MatError> {
    // One branch per storage type, so that each loop converts without asking again what it converts.
    macro_rules! convert {
        ($number:ty) => {
            match order {
                Order::Little => each(element.data, meter, |bytes| <$number>::from_le_bytes(bytes) as f64),
                Order::Big => each(element.data, meter, |bytes| <$number>::from_be_bytes(bytes) as f64),
            }
        };
    }
    match element.kind {
        kind::INT8 => convert!(i8),
        kind::UINT8 => convert!(u8),
        kind::INT16 => convert!(i16),
        kind::UINT16 => convert!(u16),
        kind::INT32 => convert!(i32),
        kind::UINT32 => convert!(u32),
        kind::SINGLE => convert!(f32),
        kind::DOUBLE => convert!(f64),
        kind::INT64 => convert!(i64),
        kind::UINT64 => convert!(u64),
        found => {
            Err(MatError::DataType { what: "the data of a numeric array", found, expected: "1 to 7, 9, 12 or 13" })
        }
    }
}

/// Converts every `N` bytes.
fn each<const N: usize>(
    data: &[u8],
    meter: &mut Meter,
    convert: impl Fn([u8; N]) -> f64,
) -> Result<Vec<f64>, MatError> {
    let (chunks, rest) = data.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(MatError::Malformed {
            what: "the length of a numeric array's data",
            found: data.len() as u64,
            expected: "a multiple of the width of its storage type",
        });
    }
    meter.take_items(chunks.len(), size_of::<f64>())?;
    Ok(chunks.iter().map(|&bytes| convert(bytes)).collect())
}
