//! Networks for deep imbalanced regression on Burn. Each implements [`dir_core::Regressor`]; nothing here knows of imbalance.

pub mod batch_norm;
pub mod bilstm;
pub mod cnn_rnn;
pub mod conv;
pub mod conv_norm;
pub mod depth_net;
#[cfg(feature = "flex")]
mod flex;
mod init;
pub mod max_pool;
pub mod mlp;
pub mod pair_encoder;
#[cfg(feature = "flex")]
mod product;
pub mod resize;
pub mod resnet;
#[cfg(feature = "flex")]
mod rows;
pub mod sequence;
mod size;
#[cfg(feature = "flex")]
mod sums;
pub mod weights;

pub use bilstm::BiLstm;
pub use cnn_rnn::{CnnRnn, CnnRnnConfig, Recordings};
pub use depth_net::{DepthInput, DepthNet, DepthNetConfig};
pub use mlp::{Mlp, MlpConfig};
pub use pair_encoder::{PairEncoder, PairEncoderConfig, SentencePairs};
pub use resnet::{ResNet, ResNetConfig};
pub use size::SizeError;
