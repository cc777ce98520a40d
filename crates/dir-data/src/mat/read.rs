//! Reading a whole MAT-file: its header, and its variables one by one.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::element::{Element, Elements, Order, kind};
use super::matrix::Matrices;
use super::{MatError, Value};
use crate::budget::{Budget, Meter};

/// The bytes of the header: text, the place of the subsystem data, the version and the byte order.
const HEADER: usize = 128;

/// What an HDF5 file starts with, or has after a user block of 512 bytes.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Reads the variables of a MATLAB 5 MAT-file, in the file's order.
///
/// What it allocates, unpacked data included, stays within [`Budget::current`] (twice that for a moment, while the buffer of
/// unpacked data grows): long runs of one value pack up to 1000 to 1.
///
/// # Errors
///
/// When the bytes are no MATLAB 5 MAT-file, are cut or damaged, or need more than that memory.
///
/// # Source
///
/// MathWorks, "MAT-File Format", the chapter on level 5 MAT-files.
pub fn read_mat(bytes: &[u8]) -> Result<Vec<(String, Value)>, MatError> {
    read_mat_within(bytes, Budget::current())
}

/// The same within another budget.
///
/// # Errors
///
/// As [`read_mat`].
pub fn read_mat_within(bytes: &[u8], budget: Budget) -> Result<Vec<(String, Value)>, MatError> {
    let header = Header::read(bytes)?;
    let mut meter = budget.meter();
    let mut elements = Elements::new(bytes, HEADER, header.order);
    let mut variables = Vec::new();
    while elements.left() > 0 {
        // MATLAB keeps the insides of objects in an unnamed array at the end, which is no variable.
        let subsystem = header.subsystem == Some(elements.offset() as u64);
        let element = elements.next("a variable")?;
        if !subsystem {
            // Taken twice, for the room that a growing vector leaves unused.
            meter.take_items(2, size_of::<(String, Value)>())?;
            variables.push(variable(element, header.order, &mut meter)?);
        }
    }
    Ok(variables)
}

/// Reads the variable in a top-level element, unpacking it first where it is compressed.
fn variable(element: Element<'_>, order: Order, meter: &mut Meter) -> Result<(String, Value), MatError> {
    if element.kind != kind::COMPRESSED {
        return Matrices { order, meter }.variable(element);
    }
    let unpacked = inflate(element, meter)?;
    let inner = Elements::new(&unpacked, 0, order).next("a compressed variable")?;
    Matrices { order, meter }.variable(inner)
}

fn inflate(element: Element<'_>, meter: &mut Meter) -> Result<Vec<u8>, MatError> {
    let failed = |reason: String| MatError::Inflate { offset: element.offset, reason };
    if element.data.is_empty() {
        return Err(failed("it is empty".to_owned()));
    }
    let left = usize::try_from(meter.left()).unwrap_or(usize::MAX);
    match decompress_to_vec_zlib_with_limit(element.data, left) {
        Ok(unpacked) => {
            meter.take_items(unpacked.len(), 1)?;
            Ok(unpacked)
        }
        Err(error) if error.status == TINFLStatus::HasMoreOutput => {
            meter.take(meter.left().saturating_add(1), || "a compressed variable".into())?;
            Err(failed("it does not end".to_owned()))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// What the reader needs of the header.
struct Header {
    order: Order,
    /// Where the subsystem data starts, if there is any.
    subsystem: Option<u64>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, MatError> {
        if is_hdf5(bytes) {
            return Err(MatError::Hdf5);
        }
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            return Err(MatError::ShortHeader { found: bytes.len() });
        };
        let [.., v0, v1, o0, o1] = *header;
        let (order, version) = match [o0, o1] {
            [b'I', b'M'] => (Order::Little, u16::from_le_bytes([v0, v1])),
            [b'M', b'I'] => (Order::Big, u16::from_be_bytes([v0, v1])),
            // A level 4 file starts with a small number, so that one of these bytes is zero; level 5 has text there.
            _ if header[..4].contains(&0) => return Err(MatError::Level4),
            found => return Err(MatError::ByteOrder { found }),
        };
        match version {
            0x0100 => Ok(Header { order, subsystem: subsystem(header, order) }),
            0x0200 => Err(MatError::Hdf5),
            found => Err(MatError::Version { found }),
        }
    }
}

fn is_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(HDF5)
        || bytes.get(512..).is_some_and(|rest| rest.starts_with(HDF5))
        || bytes.starts_with(b"MATLAB 7.3 MAT-file")
}

/// The offset that the header gives for the subsystem data; zeros or spaces say that there is none.
fn subsystem(header: &[u8; HEADER], order: Order) -> Option<u64> {
    let mut offset = [0; 8];
    offset.copy_from_slice(&header[116..124]);
    if offset == [0; 8] || offset == [b' '; 8] {
        return None;
    }
    Some(match order {
        Order::Little => u64::from_le_bytes(offset),
        Order::Big => u64::from_be_bytes(offset),
    })
}
