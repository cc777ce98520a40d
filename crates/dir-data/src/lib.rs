//! Data sets, readers, splits and loaders. Items are plain Rust values; tensors are made by whoever trains.

pub mod diamonds;
pub mod loader;
pub mod split;
pub mod tabular;

pub use split::Part;
