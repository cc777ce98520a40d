//! From the decoder's and the fusion's maps to the prediction: what two-stage training trains anew.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::batch_norm::BatchNorm;
use crate::conv::Conv;
use crate::conv_norm::conv_norm_relu;
use crate::init;

/// Two 5x5 convolutions, whose output are the features, and a third to the outputs. Parameters have the official names.
#[derive(Module, Debug)]
pub(super) struct Refine {
    conv0: Conv,
    bn0: BatchNorm,
    conv1: Conv,
    bn1: BatchNorm,
    conv2: Conv,
}

impl Refine {
    pub(super) fn new(channels: usize, outputs: usize, key: &[u64], device: &Device) -> Self {
        let conv = |number: u64, outputs: usize, bias: bool| {
            init::plain_conv([channels, outputs, 5], bias, &[key, &[number]].concat(), device)
        };
        Self {
            conv0: conv(0, channels, false),
            bn0: BatchNorm::new(channels, device),
            conv1: conv(1, channels, false),
            bn1: BatchNorm::new(channels, device),
            conv2: conv(2, outputs, true),
        }
    }

    /// The same with other parameters, for so many outputs.
    pub(super) fn drawn_anew(&self, outputs: usize, key: &[u64]) -> Self {
        let [_, channels, _, _] = self.conv2.weight.val().dims();
        Self::new(channels, outputs, key, &self.conv2.device())
    }

    /// `[N, channels, H, W]` to the same.
    pub(super) fn features(&self, x: Tensor<4>) -> Tensor<4> {
        let x = conv_norm_relu(&self.conv0, &self.bn0, x);
        conv_norm_relu(&self.conv1, &self.bn1, x)
    }

    /// `[N, channels, H, W]` to `[N, outputs, H, W]`.
    pub(super) fn predict(&self, features: Tensor<4>) -> Tensor<4> {
        self.conv2.forward(features)
    }
}
