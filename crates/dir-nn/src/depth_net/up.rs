//! Up-projection: a map at another size, through two branches that are added.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::batch_norm::{BatchNorm, add_relu};
use crate::conv::Conv;
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
        let [first, second] = self.conv1.forward_beside(&self.conv2, x);
        let branch = self.bn1_2.forward(self.conv1_2.forward(self.bn1.forward_relu(first)));
        add_relu(branch, self.bn2.forward(second))
    }
}
