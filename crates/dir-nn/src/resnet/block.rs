//! Residual blocks: `y = ReLU(x' + branch(x))`, the branch two 3x3 convolutions (basic) or 1x1, 3x3, 1x1 (bottleneck).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::batch_norm::BatchNorm;
use crate::conv::{Conv, Geometry};
use crate::conv_norm::{conv_norm, conv_norm_add_relu, conv_norm_relu};
use crate::init;

/// What a block's branch is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Two 3x3 convolutions (ResNet-18 and 34).
    Basic,
    /// 1x1, 3x3 and 1x1, the last four times as wide (ResNet-50 and 101).
    Bottleneck,
}

impl BlockKind {
    /// Channels that a block gives per channel of its width.
    #[must_use]
    pub const fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }
}

/// Sizes of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockShape {
    pub(super) kind: BlockKind,
    pub(super) inputs: usize,
    pub(super) width: usize,
    pub(super) stride: usize,
}

/// A residual block. A bottleneck has a third convolution; its stride is in the second (v1.5).
#[derive(Module, Debug)]
pub(super) struct Block {
    conv1: Conv,
    bn1: BatchNorm,
    conv2: Conv,
    bn2: BatchNorm,
    conv3: Option<Conv>,
    bn3: Option<BatchNorm>,
    downsample: Option<Downsample>,
}

/// The shortcut where size or width change.
#[derive(Module, Debug)]
struct Downsample {
    conv: Conv,
    bn: BatchNorm,
}

impl Block {
    pub(super) fn new(shape: BlockShape, key: &[u64], device: &Device) -> Self {
        let BlockShape { kind, inputs, width, stride } = shape;
        let outputs = width * kind.expansion();
        let conv = |number: u64, sizes: [usize; 3], stride: usize| {
            let geometry = Geometry::square(stride, sizes[2] / 2);
            init::conv(sizes, geometry, &[key, &[number]].concat(), device)
        };
        let norm = |channels| BatchNorm::new(channels, device);
        let downsample = (stride > 1 || inputs != outputs)
            .then(|| Downsample { conv: conv(4, [inputs, outputs, 1], stride), bn: norm(outputs) });
        let (conv1, conv2, conv3) = match kind {
            BlockKind::Basic => (conv(1, [inputs, width, 3], stride), conv(2, [width, width, 3], 1), None),
            BlockKind::Bottleneck => (
                conv(1, [inputs, width, 1], 1),
                conv(2, [width, width, 3], stride),
                Some(conv(3, [width, outputs, 1], 1)),
            ),
        };
        let bn3 = conv3.is_some().then(|| norm(outputs));
        Self { conv1, bn1: norm(width), conv2, bn2: norm(width), conv3, bn3, downsample }
    }

    /// `[N, inputs, H, W]` to `[N, outputs, H / stride, W / stride]`.
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shortcut = match &self.downsample {
            Some(Downsample { conv, bn }) => conv_norm(conv, bn, x.clone()),
            None => x.clone(),
        };
        let y = conv_norm_relu(&self.conv1, &self.bn1, x);
        match (&self.conv3, &self.bn3) {
            (Some(conv), Some(bn)) => conv_norm_add_relu(conv, bn, conv_norm_relu(&self.conv2, &self.bn2, y), shortcut),
            _ => conv_norm_add_relu(&self.conv2, &self.bn2, y, shortcut),
        }
    }
}
