//! The convolutional part of a ResNet: a stem and four stages.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::ResNetConfig;
use super::block::{Block, BlockShape};
use crate::batch_norm::BatchNorm;
use crate::conv::{Conv, Geometry};
use crate::conv_norm::conv_norm_relu;
use crate::init;
use crate::max_pool::{Window, max_pool};

/// Stem and stages; parameters have the official program's names.
#[derive(Module, Debug)]
pub(crate) struct Backbone {
    conv1: Conv,
    bn1: BatchNorm,
    layer1: Vec<Block>,
    layer2: Vec<Block>,
    layer3: Vec<Block>,
    layer4: Vec<Block>,
}

impl Backbone {
    /// Parameters drawn from a seed; the size has been checked.
    pub(crate) fn new(config: &ResNetConfig, seed: u64, device: &Device) -> Self {
        let stage = |number: usize| stage(config, number, seed, device);
        Self {
            conv1: init::conv([3, config.width, 7], Geometry::square(2, 3), &[seed, 0], device),
            bn1: BatchNorm::new(config.width, device),
            layer1: stage(0),
            layer2: stage(1),
            layer3: stage(2),
            layer4: stage(3),
        }
    }

    /// What the four stages give, each half as high and wide as the one before: `[N, 3, H, W]` to a quarter first.
    pub(crate) fn forward(&self, pictures: Tensor<4>) -> [Tensor<4>; 4] {
        let x = conv_norm_relu(&self.conv1, &self.bn1, pictures);
        let mut x = max_pool(x, Window { kernel: [3, 3], stride: [2, 2], padding: [1, 1] });
        [&self.layer1, &self.layer2, &self.layer3, &self.layer4].map(|stage| {
            x = stage.iter().fold(x.clone(), |x, block| block.forward(x));
            x.clone()
        })
    }
}

fn stage(config: &ResNetConfig, number: usize, seed: u64, device: &Device) -> Vec<Block> {
    let (kind, width) = (config.block, config.width << number);
    let outputs = width * kind.expansion();
    let before = if number == 0 { config.width } else { outputs / 2 };
    let block = |k: usize| {
        let (inputs, stride) = match k {
            0 => (before, if number == 0 { 1 } else { 2 }),
            _ => (outputs, 1),
        };
        Block::new(BlockShape { kind, inputs, width, stride }, &[seed, number as u64 + 1, k as u64], device)
    };
    (0..config.blocks[number]).map(block).collect()
}
