//! Deep imbalanced regression for Burn.
#![doc = include_str!("../README.md")]

pub mod adam;
pub mod audit;
pub mod bins;
pub mod compat;
pub mod error;
pub mod fds;
#[cfg(feature = "flex")]
pub mod flex;
mod kde;
pub mod kernel;
pub mod lds;
pub mod linear;
pub mod loss;
pub mod metric;
pub mod ops;
pub mod random;
pub mod regressor;
pub mod relevance;
pub mod resample;
pub mod schedule;
pub mod shot;
pub mod simd;
pub mod smooth;
pub mod tally;
pub mod weight;

pub use compat::Compat;
pub use error::Error;
pub use regressor::{FeatureMap, Regressor};
