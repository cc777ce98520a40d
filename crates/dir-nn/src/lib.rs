//! Networks for deep imbalanced regression on Burn. Each implements [`dir_core::Regressor`]; nothing here knows of imbalance.

mod init;
pub mod mlp;

pub use mlp::{Mlp, MlpConfig};
