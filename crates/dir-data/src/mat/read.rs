//! Reading a whole MAT-file: its header, and its variables one by one.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::budget::Budget;
use super::element::{Element, Elements, Order, kind};
use super::matrix::Matrices;
use super::{MatError, Value};

/// The bytes of the header: text, the place of the subsystem data, the version and the byte order.
const HEADER: usize = 128;

/// What an HDF5 file starts with, or has after a user block of 512 bytes.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Bytes that [`read_mat`] may allocate for each byte of the file. Metadata as regular as a list of paths packs about
/// 10 to 20 to 1, and its values take about as much room as its unpacked bytes.
const LIMIT_FACTOR: usize = 64;

/// Bytes that [`read_mat`] may allocate on top, so that a small file of very regular data is not refused.
const LIMIT_FLOOR: usize = 16 << 20;

/// Reads the variables of a MATLAB 5 MAT-file, in the file's order.
///
/// What it allocates, unpacked data included, stays within 64 times the length of `bytes` plus 16 MiB (twice that for
/// a moment, while the buffer of unpacked data grows). A file that needs more, as long runs of one value pack up to
/// 1000 to 1, can be read with [`read_mat_limited`].
///
/// # Errors
///
/// When the bytes are no MATLAB 5 MAT-file, are cut or damaged, or need more than that memory.
///
/// # Source
///
/// MathWorks, "MAT-File Format", the chapter on level 5 MAT-files.
pub fn read_mat(bytes: &[u8]) -> Result<Vec<(String, Value)>, MatError> {
    read_mat_limited(bytes, bytes.len().saturating_mul(LIMIT_FACTOR).saturating_add(LIMIT_FLOOR))
}

/// Reads the variables of a MATLAB 5 MAT-file, allocating `limit` bytes in all at most.
///
/// While the buffer of unpacked data grows, the old and the new one can take twice the limit for a moment.
///
/// # Errors
///
/// When the bytes are no MATLAB 5 MAT-file, are cut or damaged, or need more than `limit` bytes of memory.
pub fn read_mat_limited(bytes: &[u8], limit: usize) -> Result<Vec<(String, Value)>, MatError> {
    let header = Header::read(bytes)?;
    let mut budget = Budget::new(limit);
    let mut elements = Elements::new(bytes, HEADER, header.order);
    let mut variables = Vec::new();
    while elements.left() > 0 {
        // MATLAB keeps the insides of objects in an unnamed array at the end, which is no variable.
        let subsystem = header.subsystem == Some(elements.offset() as u64);
        let element = elements.next("a variable")?;
        if !subsystem {
            // Taken twice, for the room that a growing vector leaves unused.
            budget.take(2, size_of::<(String, Value)>())?;
            variables.push(variable(element, header.order, &mut budget)?);
        }
    }
    Ok(variables)
}

/// Reads the variable in a top-level element, unpacking it first where it is compressed.
fn variable(element: Element<'_>, order: Order, budget: &mut Budget) -> Result<(String, Value), MatError> {
    if element.kind != kind::COMPRESSED {
        return Matrices { order, budget }.variable(element);
    }
    let unpacked = inflate(element, budget)?;
    let inner = Elements::new(&unpacked, 0, order).next("a compressed variable")?;
    Matrices { order, budget }.variable(inner)
}

fn inflate(element: Element<'_>, budget: &mut Budget) -> Result<Vec<u8>, MatError> {
    let failed = |reason: String| MatError::Inflate { offset: element.offset, reason };
    if element.data.is_empty() {
        return Err(failed("it is empty".to_owned()));
    }
    match decompress_to_vec_zlib_with_limit(element.data, budget.left()) {
        Ok(unpacked) => {
            budget.take(unpacked.len(), 1)?;
            Ok(unpacked)
        }
        Err(error) if error.status == TINFLStatus::HasMoreOutput => Err(budget.exceeded()),
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
