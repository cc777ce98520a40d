//! Data sets, readers, splits and loaders. Items are plain Rust values; tensors are made by whoever trains.

pub mod loader;
pub mod split;

pub use split::Part;
