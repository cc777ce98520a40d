//! Networks for deep imbalanced regression on Burn. Each implements [`dir_core::Regressor`]; nothing here knows of imbalance.

pub mod batch_norm;
pub mod conv;
mod init;
pub mod mlp;
pub mod resnet;
pub mod weights;

pub use mlp::{Mlp, MlpConfig};
pub use resnet::{ResNet, ResNetConfig};
