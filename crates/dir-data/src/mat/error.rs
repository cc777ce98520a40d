//! What can be wrong with a MAT-file.

use thiserror::Error;

use crate::budget::OverBudget;

/// Why bytes could not be read as a MATLAB 5 MAT-file.
///
/// An offset counts bytes from the start of the file, or from the start of the unpacked data where the element was
/// compressed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MatError {
    /// The file is a MAT v7.3 file, which is HDF5 inside.
    #[error(
        "found a MATLAB 7.3 (HDF5) file, expected a MATLAB 5 MAT-file; load it in MATLAB or Octave and save it again \
         with save(file, '-v7')"
    )]
    Hdf5,
    /// The file is a MATLAB 4 file.
    #[error(
        "found what looks like a MATLAB 4 file (a zero among its first four bytes), expected a MATLAB 5 MAT-file; load \
         it in MATLAB or Octave and save it again with save(file, '-v7')"
    )]
    Level4,
    /// The file is shorter than its fixed header.
    #[error("found {found} bytes, expected the 128 bytes of a MAT-file header at least; fetch the file again")]
    ShortHeader {
        /// The file's length.
        found: usize,
    },
    /// The header does not name a byte order.
    #[error("found {found:02x?} where the header has 'IM' or 'MI'; this is no MATLAB 5 MAT-file: check the path")]
    ByteOrder {
        /// The two bytes at offset 126.
        found: [u8; 2],
    },
    /// The header names a version that is not level 5.
    #[error("found MAT-file version {found:#06x}, expected 0x0100; save the file again with save(file, '-v7')")]
    Version {
        /// The version in the header.
        found: u16,
    },
    /// A part ends before its length says.
    #[error(
        "{what} at offset {offset} needs {needed} bytes, found {found}; the file is cut or damaged: fetch it again"
    )]
    Truncated {
        /// The part that was being read.
        what: &'static str,
        /// Where it starts.
        offset: usize,
        /// The bytes it needs.
        needed: usize,
        /// The bytes that were left.
        found: usize,
    },
    /// An element has another data type than its place asks for.
    #[error("{what} has data type {found}, expected {expected}; the file is damaged: fetch it again")]
    DataType {
        /// The part that was being read.
        what: &'static str,
        /// The data type found.
        found: u32,
        /// The data types that can stand there.
        expected: &'static str,
    },
    /// A part has an impossible length or value.
    #[error("{what} is {found}, expected {expected}; the file is damaged: fetch it again")]
    Malformed {
        /// What the number is.
        what: &'static str,
        /// The number found.
        found: u64,
        /// What it can be.
        expected: &'static str,
    },
    /// An array's sizes and its data disagree.
    #[error(
        "found {found} {what} for an array of shape {shape:?}, expected as many as the shape makes; the file is \
         damaged: fetch it again"
    )]
    Count {
        /// The sizes along each dimension.
        shape: Vec<usize>,
        /// How many items the data holds.
        found: usize,
        /// What the items are.
        what: &'static str,
    },
    /// A compressed element does not unpack.
    #[error(
        "the compressed element at offset {offset} does not unpack ({reason}), expected zlib data; the file is \
         damaged: fetch it again"
    )]
    Inflate {
        /// Where the element's data starts.
        offset: usize,
        /// What the inflater said.
        reason: String,
    },
    /// Reading on would allocate more than the budget.
    #[error("found {0}")]
    Limit(OverBudget),
    /// Cells and structs are nested too deeply.
    #[error("cells and structs are nested more than {limit} deep; flatten the variable in MATLAB and save it again")]
    TooDeep {
        /// The depth allowed.
        limit: usize,
    },
}

impl From<OverBudget> for MatError {
    fn from(over: OverBudget) -> Self {
        Self::Limit(over)
    }
}
