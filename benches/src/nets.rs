//! Networks as benches are told of them, `50x64x8x224`, and the training steps that they time.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::Regressor;
use dir_core::adam::Adam;
use dir_core::loss::{Loss, LossConfig, LossKind};
use dir_core::random::Stream;
use dir_nn::resnet::Depth;
use dir_nn::{ResNet, ResNetConfig};

/// What the numbers of a ResNet are.
pub const RESNET: &str = "depth x width x batch x pixels";

/// Numbers that stand between crosses, as many as are expected; says so where there are others.
pub fn sizes<const N: usize>(text: &str, expected: &str) -> Option<[usize; N]> {
    let numbers: Vec<usize> = text.split('x').filter_map(|n| n.trim().parse().ok()).collect();
    let sizes = numbers.try_into().ok();
    if sizes.is_none() {
        println!("skipped: {text:?}, expected {expected}");
    }
    sizes
}

/// The depth of so many layers; the deepest where there is none.
pub fn depth_of(layers: usize) -> Depth {
    match layers {
        18 => Depth::D18,
        34 => Depth::D34,
        50 => Depth::D50,
        _ => Depth::D101,
    }
}

/// Numbers between -1/2 and 1/2.
pub fn drawn<const D: usize>(shape: [usize; D], key: u64) -> TensorData {
    let mut stream = Stream::new(&[key]);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.unit() as f32 - 0.5).collect();
    TensorData::new(values, shape)
}

/// A ResNet in training, on one batch.
pub struct ResNetTraining {
    net: ResNet,
    adam: ModuleOptimizer,
    loss: Loss,
    x: Tensor<4>,
    targets: Tensor<2>,
}

impl ResNetTraining {
    /// Of depth, width, batch and pixels.
    ///
    /// # Panics
    /// If there is no such network.
    pub fn new([depth, width, batch, pixels]: [usize; 4], device: &Device) -> Self {
        let device = device.clone().autodiff();
        let config = ResNetConfig::of_depth(depth_of(depth)).with_width(width);
        Self {
            net: config.init(0, &device).expect("a valid size"),
            adam: Adam::new(None).into_optimizer(),
            loss: LossConfig { kind: LossKind::L1, ..LossConfig::default() }.init().expect("valid"),
            x: Tensor::from_data(drawn([batch, 3, pixels, pixels], 1), &device),
            targets: Tensor::ones([batch, 1], &device) * 50.0,
        }
    }

    /// The network as it predicts, and the batch.
    pub fn inference(&self) -> (ResNet, Tensor<4>) {
        (self.net.valid(), self.x.clone().inner())
    }

    /// Forward, L1, backward, Adam.
    ///
    /// # Panics
    /// Never: shapes agree.
    pub fn step(&mut self, rate: f64) {
        let loss = self.loss.forward(self.net.forward(self.x.clone()), self.targets.clone(), None).expect("fits");
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self.adam.step(rate, self.net.clone(), gradients);
        drop(loss.into_data());
    }
}
