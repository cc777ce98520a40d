//! MATLAB 5 MAT-files: the values they hold, reading them and writing them.
//!
//! The reader takes both byte orders, compressed elements and every numeric class, and turns each variable into a
//! [`Value`]. It trusts no length in the file: whatever the bytes, it returns a value or a [`MatError`], and what it
//! allocates is counted against [`crate::budget::Budget`] first.
//!
//! # Source
//!
//! MathWorks, "MAT-File Format", the chapter on level 5 MAT-files.

mod element;
mod error;
mod matrix;
mod number;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use error::MatError;
pub use read::{read_mat, read_mat_within};
pub use write::write_mat;

/// One MATLAB array, as far as this reader understands it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A real numeric or logical array of any class, as `f64`; 64-bit integers beyond 2^53 are rounded.
    Numbers {
        /// The size along each dimension, at least two as MATLAB writes them.
        shape: Vec<usize>,
        /// The numbers in MATLAB's order: the first dimension varies fastest.
        values: Vec<f64>,
    },
    /// A character array; the rows of one with several rows are joined by `\n`, their padding kept.
    Text(String),
    /// A cell array.
    Cells {
        /// The size along each dimension.
        shape: Vec<usize>,
        /// The cells in MATLAB's order: the first dimension varies fastest.
        values: Vec<Value>,
    },
    /// A 1x1 struct: its fields by name, in the file's order.
    Struct(Vec<(String, Value)>),
    /// Anything else, skipped unread: complex and sparse arrays, struct arrays that are not 1x1, objects, function
    /// handles, opaque values, and text whose bytes are not valid in the encoding that the file names.
    Other,
}
