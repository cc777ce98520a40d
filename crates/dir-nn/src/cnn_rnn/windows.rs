//! What a window of a recording says: one-dimensional residual blocks, then the mean over time.
//!
//! `window - conv, batch norm, ReLU, max pool - 4 stages of residual blocks - mean over time = features`. The stem and the pool
//! halve the length, as do the second to fourth stage; every stage is twice as wide as the one before.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::CnnRnnConfig;
use crate::batch_norm::BatchNorm;
use crate::conv::Conv;
use crate::conv_norm::{conv_norm, conv_norm_add_relu, conv_norm_relu};
use crate::init;
use crate::max_pool::{Window, max_pool};

/// `y = ReLU(x' + conv(ReLU(conv(x))))`, batch norms after both convolutions.
#[derive(Module, Debug)]
struct Block {
    conv1: Conv,
    bn1: BatchNorm,
    conv2: Conv,
    bn2: BatchNorm,
    shortcut: Option<Shortcut>,
}

/// The way around where length or width change.
#[derive(Module, Debug)]
struct Shortcut {
    conv: Conv,
    bn: BatchNorm,
}

impl Block {
    fn new([inputs, width, kernel]: [usize; 3], stride: usize, key: &[u64], device: &Device) -> Self {
        let conv = |number: u64, sizes, stride| init::conv_1d(sizes, stride, &[key, &[number]].concat(), device);
        let norm = || BatchNorm::new(width, device);
        let changes = stride > 1 || inputs != width;
        Self {
            conv1: conv(1, [inputs, width, kernel], stride),
            bn1: norm(),
            conv2: conv(2, [width, width, kernel], 1),
            bn2: norm(),
            shortcut: changes.then(|| Shortcut { conv: conv(3, [inputs, width, 1], stride), bn: norm() }),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let around = match &self.shortcut {
            Some(Shortcut { conv, bn }) => conv_norm(conv, bn, x.clone()),
            None => x.clone(),
        };
        let y = conv_norm_relu(&self.conv1, &self.bn1, x);
        conv_norm_add_relu(&self.conv2, &self.bn2, y, around)
    }
}

/// Stem and stages.
#[derive(Module, Debug)]
pub(super) struct WindowEncoder {
    stem: Conv,
    bn: BatchNorm,
    stages: Vec<Vec<Block>>,
}

impl WindowEncoder {
    /// Parameters drawn from a key; the size has been checked.
    pub(super) fn new(config: &CnnRnnConfig, key: &[u64], device: &Device) -> Self {
        let &CnnRnnConfig { channels, width, kernel, .. } = config;
        let stage = |number: usize| -> Vec<Block> {
            let block = |k: usize| {
                let outputs = width << number;
                let (inputs, stride) = match (number, k) {
                    (0, _) => (width, 1),
                    (_, 0) => (outputs / 2, 2),
                    _ => (outputs, 1),
                };
                let key = [key, &[number as u64 + 1, k as u64]].concat();
                Block::new([inputs, outputs, kernel], stride, &key, device)
            };
            (0..config.blocks[number]).map(block).collect()
        };
        Self {
            stem: init::conv_1d([channels, width, STEM], 2, &[key, &[0]].concat(), device),
            bn: BatchNorm::new(width, device),
            stages: (0..config.blocks.len()).map(stage).collect(),
        }
    }

    /// `[windows, channels, samples]` to `[windows, 8 · width]`.
    pub(super) fn forward(&self, windows: Tensor<3>) -> Tensor<2> {
        let [n, channels, samples] = windows.dims();
        // Windows as the rows of a few pictures: kernels are one row high, and long planes are quicker than many short ones.
        let pictures = (1..=MOST_PICTURES).rev().find(|&count| n.is_multiple_of(count)).unwrap_or(1);
        let x = windows.reshape([pictures, n / pictures, channels, samples]).swap_dims(1, 2);
        let x = conv_norm_relu(&self.stem, &self.bn, x);
        let window = Window { kernel: [1, 3], stride: [1, 2], padding: [0, 1] };
        let x = self.stages.iter().flatten().fold(max_pool(x, window), |x, block| block.forward(x));
        let [_, width, rows, _] = x.dims();
        x.mean_dim(3).reshape([pictures, width, rows]).swap_dims(1, 2).reshape([n, width])
    }
}

/// Pictures that windows are laid out in, at most: enough for threads to share. The number does not depend on the threads that
/// there are, and so neither do the sums.
const MOST_PICTURES: usize = 8;
/// Samples that the first convolution looks at.
const STEM: usize = 7;
