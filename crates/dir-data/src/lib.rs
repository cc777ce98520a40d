//! Data sets, readers, splits and loaders. Items are plain Rust values; tensors are made by whoever trains.

pub mod agedb;
pub mod apnea_ecg;
pub mod budget;
pub mod catch_panic;
pub mod content_digest;
pub mod density;
pub mod depth;
pub mod diamonds;
pub mod drawn;
pub mod edf;
pub mod equal_densities;
pub mod faces;
pub mod files;
pub mod images;
pub mod imdb_wiki;
mod lines;
pub mod loader;
pub mod mat;
pub mod mt19937;
pub mod nights;
pub mod npy;
pub mod prefetch;
pub mod printable;
mod read_limit;
mod records;
pub mod rooms;
pub mod sf36;
pub mod shhs;
pub mod signals;
pub mod split;
pub mod table_split;
pub mod tabular;
pub mod text;
pub mod zero_shot;

pub use split::Part;
