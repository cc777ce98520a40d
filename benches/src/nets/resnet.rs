//! ResNets: ages from pictures.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use dir_core::loss::LossKind;
use dir_nn::conv::Geometry;
use dir_nn::resnet::BlockKind;
use dir_nn::{ResNet, ResNetConfig};

use super::{Trainer, Training, convolution, depth_of, drawn};

/// What the numbers of a ResNet are.
pub const RESNET: &str = "depth x width x batch x pixels";

/// A ResNet in training, on one batch.
pub struct ResNetTraining {
    net: ResNet,
    trainer: Trainer,
    x: Tensor<4>,
    targets: Tensor<2>,
    operations: f64,
}

impl ResNetTraining {
    /// Of depth, width, batch and pixels.
    ///
    /// # Panics
    /// If there is no such network.
    #[must_use]
    pub fn new([depth, width, batch, pixels]: [usize; 4], device: &Device) -> Self {
        let device = device.clone().autodiff();
        let config = ResNetConfig::of_depth(depth_of(depth)).with_width(width);
        let of_layer = |(layer, count): (Layer, usize)| layer.operations() * (count * batch) as f64;
        Self {
            net: config.init(0, &device).expect("a valid size"),
            trainer: Trainer::new(LossKind::L1, None, 1e-4),
            x: Tensor::from_data(drawn([batch, 3, pixels, pixels], 1), &device),
            targets: Tensor::ones([batch, 1], &device) * 50.0,
            operations: layers(&config, [pixels; 2]).into_iter().map(of_layer).sum(),
        }
    }
}

impl Training for ResNetTraining {
    fn predict(&mut self) {
        drop(self.net.valid().forward(self.x.clone().inner()).into_data());
    }

    fn step(&mut self) {
        let predicted = self.net.forward(self.x.clone());
        self.trainer.step(&mut self.net, predicted, &self.targets, |_, gradients| gradients);
    }

    fn operations(&self) -> f64 {
        self.operations
    }
}

/// A convolution and the pictures that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    /// Rows and columns.
    pub pixels: [usize; 2],
    /// Channels that it reads.
    pub inputs: usize,
    /// Channels that it gives.
    pub outputs: usize,
    /// Rows and columns of the kernel.
    pub kernel: usize,
    /// Steps of the kernel.
    pub stride: usize,
}

impl Layer {
    /// How the kernel moves.
    #[must_use]
    pub const fn geometry(&self) -> Geometry {
        Geometry::square(self.stride, self.kernel / 2)
    }

    /// Rows and columns of the output.
    #[must_use]
    pub fn result(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.geometry().output(axis, self.pixels[axis], self.kernel))
    }

    /// Operations of one picture, forward.
    #[must_use]
    pub fn operations(&self) -> f64 {
        convolution(self.inputs, self.outputs, self.kernel, self.result().iter().product())
    }
}

/// The convolutions of a ResNet, and how often there is one of each shape.
#[must_use]
pub fn layers(config: &ResNetConfig, pixels: [usize; 2]) -> BTreeMap<Layer, usize> {
    let mut counts = BTreeMap::new();
    let mut add = |pixels, inputs, outputs, kernel, stride| {
        let layer = Layer { pixels, inputs, outputs, kernel, stride };
        *counts.entry(layer).or_default() += 1;
        layer.result()
    };
    let stem = add(pixels, 3, config.width, 7, 2);
    let (mut pixels, mut inputs) = (stem.map(|side| side.div_ceil(2)), config.width);
    for (number, &blocks) in config.blocks.iter().enumerate() {
        let width = config.width << number;
        let outputs = width * config.block.expansion();
        for block in 0..blocks {
            let stride = if number > 0 && block == 0 { 2 } else { 1 };
            if stride > 1 || inputs != outputs {
                add(pixels, inputs, outputs, 1, stride);
            }
            pixels = match config.block {
                BlockKind::Basic => {
                    let half = add(pixels, inputs, width, 3, stride);
                    add(half, width, width, 3, 1)
                }
                BlockKind::Bottleneck => {
                    add(pixels, inputs, width, 1, 1);
                    let half = add(pixels, width, width, 3, stride);
                    add(half, width, outputs, 1, 1)
                }
            };
            inputs = outputs;
        }
    }
    counts
}
