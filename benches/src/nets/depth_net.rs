//! Depth networks: a number per pixel.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use dir_core::loss::LossKind;
use dir_nn::{DepthNet, DepthNetConfig, ResNetConfig};

use super::{Trainer, Training, convolution, depth_of, drawn, layers};

/// What the numbers of a depth network are.
pub const DEPTH: &str = "depth x width x batch x rows x columns";

/// A depth network in training, on one batch.
pub(super) struct DepthTraining {
    net: DepthNet,
    trainer: Trainer,
    x: Tensor<4>,
    targets: Tensor<2>,
    operations: f64,
}

impl DepthTraining {
    pub(super) fn new([depth, width, batch, rows, columns]: [usize; 5], device: &Device) -> Self {
        let device = device.clone().autodiff();
        let config = depth_config(depth, width);
        let net = config.init(0, &device).expect("a valid size");
        let x = Tensor::from_data(drawn([batch, 3, rows, columns], 1), &device);
        let [pixels, _] = net.valid().forward(x.clone().inner().into()).dims();
        let targets = Tensor::from_data(drawn([pixels, 1], 2), &device) * 9.0 + 5.0;
        let operations = operations(&config, [rows, columns]) * batch as f64;
        Self { net, trainer: Trainer::new(LossKind::Mse, None, 1e-4), x, targets, operations }
    }
}

/// The network of a depth and width, with a quarter of the width of every stage in the fusion.
#[must_use]
pub fn depth_config(depth: usize, width: usize) -> DepthNetConfig {
    DepthNetConfig { encoder: ResNetConfig::of_depth(depth_of(depth)).with_width(width), fused: (width / 4).max(1) }
}

impl Training for DepthTraining {
    fn predict(&mut self) {
        drop(self.net.valid().forward(self.x.clone().inner().into()).into_data());
    }

    fn step(&mut self) {
        let predicted = self.net.forward(self.x.clone().into());
        self.trainer.step(&mut self.net, predicted, &self.targets, |_, gradients| gradients);
    }

    fn operations(&self) -> f64 {
        self.operations
    }
}

/// Operations of one picture, forward: the encoder's, the decoder's, the fusion's, the refinement's.
fn operations(config: &DepthNetConfig, pixels: [usize; 2]) -> f64 {
    let encoder = &config.encoder;
    let encoded: f64 =
        layers(encoder, pixels).into_iter().map(|(layer, count)| layer.operations() * count as f64).sum();
    // Rows and columns of the four stages' maps: a quarter first.
    let half = |size: [usize; 2]| size.map(|side| side.div_ceil(2));
    let first = half(half(pixels));
    let sizes = [first, half(first), half(half(first)), half(half(half(first)))];
    let whole = first.map(|side| 2 * side);
    let places = |size: [usize; 2]| size.iter().product::<usize>();
    let last = (encoder.width << 3) * encoder.block.expansion();
    let up = |inputs: usize, outputs: usize, size: [usize; 2]| {
        2.0 * convolution(inputs, outputs, 5, places(size)) + convolution(outputs, outputs, 3, places(size))
    };
    let start = convolution(last, last / 2, 1, places(sizes[3]));
    let ups = [sizes[2], sizes[1], sizes[0], whole];
    let decoded: f64 = ups.iter().enumerate().map(|(k, &size)| up(last >> (k + 1), last >> (k + 2), size)).sum();
    let fused: f64 = (0..4).map(|k| up(last >> k, config.fused, whole)).sum();
    let (of_fusion, all) = (4 * config.fused, 4 * config.fused + last / 32);
    let fusion = convolution(of_fusion, of_fusion, 5, places(whole));
    let refined = 2.0 * convolution(all, all, 5, places(whole)) + convolution(all, 1, 5, places(whole));
    encoded + start + decoded + fused + fusion + refined
}
