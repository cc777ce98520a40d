//! Up-projection: a map at another size, through two branches that are added.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::batch_norm::BatchNorm;
use crate::conv::Conv;
use crate::conv_norm::{conv_norm, conv_norm_add_relu, conv_norm_relu, is_one};
use crate::init;
use crate::resize::{Corners, bilinear};

/// `ReLU(bn(conv3(ReLU(bn(conv5 x')))) + bn(conv5 x'))`, `x'` the map resized. Parameters have the official names.
#[derive(Module, Debug)]
pub(super) struct Up {
    conv1: Conv,
    bn1: BatchNorm,
    conv1_2: Conv,
    bn1_2: BatchNorm,
    conv2: Conv,
    bn2: BatchNorm,
}

impl Up {
    pub(super) fn new(inputs: usize, outputs: usize, key: &[u64], device: &Device) -> Self {
        let conv = |number: u64, sizes| init::plain_conv(sizes, false, &[key, &[number]].concat(), device);
        let norm = || BatchNorm::new(outputs, device);
        Self {
            conv1: conv(1, [inputs, outputs, 5]),
            bn1: norm(),
            conv1_2: conv(2, [outputs, outputs, 3]),
            bn1_2: norm(),
            conv2: conv(3, [inputs, outputs, 5]),
            bn2: norm(),
        }
    }

    /// `[N, inputs, H, W]` to `[N, outputs, size[0], size[1]]`.
    pub(super) fn forward(&self, x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let x = bilinear(x, size, Corners::OfPixels);
        let [first, second] = if is_one(&self.conv1, &x) {
            // Norms that go with the convolutions save more than patches that are cut once.
            [conv_norm_relu(&self.conv1, &self.bn1, x.clone()), conv_norm(&self.conv2, &self.bn2, x)]
        } else {
            let [first, second] = self.conv1.forward_beside(&self.conv2, x);
            [self.bn1.forward_relu(first), self.bn2.forward(second)]
        };
        conv_norm_add_relu(&self.conv1_2, &self.bn1_2, first, second)
    }
}
