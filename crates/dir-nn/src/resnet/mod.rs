//! ResNet-18, 34, 50 and 101 (v1.5) at any width, ending as the official age network does: pooled features, one linear
//! layer, one number.
//!
//! `picture - 7x7 conv, batch norm, ReLU, 3x3 max pool - 4 stages of residual blocks - mean over the map = features -
//! linear = prediction`.
//!
//! # Source
//! He et al., CVPR 2016; official `agedb-dir/resnet.py` at a6fdc45 (ResNet-50, names of parameters, initialisation). There
//! the pool is a fixed 7x7, which is the mean over the map for the 224x224 pictures that it takes; here any size goes.

mod backbone;
mod block;
mod names;

use burn::module::{Module, ParamGroup};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use serde::{Deserialize, Serialize};

use crate::init;
use crate::size::{self, SizeError};

pub(crate) use backbone::Backbone;
pub use block::BlockKind;
pub use names::ResNetNames;
pub(crate) use names::{name_within, path_within};

/// Published depths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// ResNet-18: basic blocks 2-2-2-2.
    D18,
    /// ResNet-34: basic blocks 3-4-6-3.
    D34,
    /// ResNet-50: bottlenecks 3-4-6-3.
    D50,
    /// ResNet-101: bottlenecks 3-4-23-3.
    D101,
}

/// Size of a [`ResNet`].
///
/// | name | default | purpose |
/// |---|---|---|
/// | `block` | bottleneck | basic or bottleneck |
/// | `blocks` | 3, 4, 6, 3 | blocks per stage |
/// | `width` | 64 | channels of the stem; stages are 1, 2, 4 and 8 times as wide (bottlenecks give 4 times that) |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResNetConfig {
    /// Kind of block.
    pub block: BlockKind,
    /// Blocks per stage.
    pub blocks: [usize; 4],
    /// Channels of the stem.
    pub width: usize,
}

impl Default for ResNetConfig {
    /// ResNet-50.
    fn default() -> Self {
        Self::of_depth(Depth::D50)
    }
}

impl ResNetConfig {
    /// A published network.
    #[must_use]
    pub const fn of_depth(depth: Depth) -> Self {
        let (block, blocks) = match depth {
            Depth::D18 => (BlockKind::Basic, [2, 2, 2, 2]),
            Depth::D34 => (BlockKind::Basic, [3, 4, 6, 3]),
            Depth::D50 => (BlockKind::Bottleneck, [3, 4, 6, 3]),
            Depth::D101 => (BlockKind::Bottleneck, [3, 4, 23, 3]),
        };
        Self { block, blocks, width: 64 }
    }

    /// The same with another width.
    #[must_use]
    pub const fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Width of the features: what FDS sees.
    #[must_use]
    pub const fn features(&self) -> usize {
        8 * self.width * self.block.expansion()
    }

    /// A network whose parameters are drawn from `seed` as the official program draws them: convolutions by He's rule
    /// (fan-out), batch norms 1 and 0, the last layer PyTorch's default.
    ///
    /// # Errors
    /// [`SizeError`].
    pub fn init(&self, seed: u64, device: &Device) -> Result<ResNet, SizeError> {
        self.check()?;
        Ok(ResNet { backbone: Backbone::new(self, seed, device), linear: init::head(self.features(), seed, device) })
    }

    pub(crate) fn check(&self) -> Result<(), SizeError> {
        size::check([("width", self.width, size::STEM_WIDTHS)])?;
        size::check(self.blocks.map(|blocks| ("blocks", blocks, size::LAYERS)))
    }
}

/// A residual network for one number per picture. Parameters have the official program's names.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::Regressor;
/// use dir_nn::resnet::{Depth, ResNetConfig};
/// let device = Device::default();
/// let net = ResNetConfig::of_depth(Depth::D18).with_width(4).init(0, &device)?;
/// assert_eq!(net.forward(Tensor::zeros([2, 3, 40, 40], &device)).dims(), [2, 1]);
/// # Ok::<(), dir_nn::SizeError>(())
/// ```
#[derive(Module, Debug)]
pub struct ResNet {
    backbone: Backbone,
    linear: Linear,
}

impl ResNet {
    /// The last feature map, `[N, 3, H, W]` to `[N, features, H / 32, W / 32]`.
    #[must_use]
    pub fn feature_map(&self, pictures: Tensor<4>) -> Tensor<4> {
        let [.., last] = self.backbone.forward(pictures);
        last
    }
}

impl Regressor for ResNet {
    /// RGB pictures `[N, 3, H, W]`, normalised.
    type Input = Tensor<4>;
    type Features = Tensor<2>;

    /// `[N, 3, H, W]` to `[N, features]`.
    fn encode(&self, input: Tensor<4>) -> Tensor<2> {
        let map = self.feature_map(input);
        let [n, c, h, w] = map.dims();
        map.reshape([n, c, h * w]).mean_dim(2).reshape([n, c])
    }

    /// `[N, features]` to `[N, outputs]`.
    fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.linear.forward(features)
    }

    fn retrained(&self) -> ParamGroup {
        ParamGroup::from_predicate("linear.")
    }

    fn with_new_head(mut self, outputs: usize, seed: u64) -> Self {
        self.linear = init::new_head(&self.linear, outputs, seed);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_as_many_as_published() {
        // torchvision's 11,689,512 21,797,672 25,557,032 44,549,160 less its classifier, plus ours; running statistics count
        // here, twice the channels of all batch norms.
        let device = Device::default();
        let published = [
            (Depth::D18, 11_177_025, 9_600),
            (Depth::D34, 21_285_185, 17_024),
            (Depth::D50, 23_510_081, 53_120),
            (Depth::D101, 42_502_209, 105_344),
        ];
        for (depth, expected, statistics) in published {
            let net = ResNetConfig::of_depth(depth).init(0, &device).expect("valid");
            assert_eq!(net.num_params(), expected + statistics, "{depth:?}");
        }
    }

    #[test]
    fn a_seed_fixes_the_network_and_a_new_head_leaves_the_encoder() {
        let device = Device::default();
        let config = ResNetConfig::of_depth(Depth::D18).with_width(2);
        let net = |seed| config.init(seed, &device).expect("valid");
        let x = || Tensor::<4>::ones([1, 3, 33, 33], &device);
        assert_eq!(net(1).forward(x()).into_data(), net(1).forward(x()).into_data());
        assert_ne!(net(1).forward(x()).into_data(), net(2).forward(x()).into_data());
        let other = net(1).with_new_head(1, 9);
        assert_eq!(net(1).encode(x()).into_data(), other.encode(x()).into_data());
        assert_ne!(net(1).forward(x()).into_data(), other.forward(x()).into_data());
    }

    #[test]
    fn mistakes_are_named() {
        let device = Device::default();
        let message = |config: ResNetConfig| config.init(0, &device).err().map(|error| error.to_string());
        let empty = ResNetConfig { blocks: [1, 0, 1, 1], ..ResNetConfig::default() };
        assert_eq!(message(empty).as_deref(), Some("found blocks = 0, expected 1 to 1000"));
        let found = message(ResNetConfig::default().with_width(5000));
        assert_eq!(found.as_deref(), Some("found width = 5000, expected 1 to 1024"));
    }
}
