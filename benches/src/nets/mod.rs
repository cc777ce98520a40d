//! Networks as benches are told of them, and the training steps that they time.

mod depth_net;
mod mlp;
mod pair_encoder;
mod resnet;

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::adam::Adam;
use dir_core::loss::{Loss, LossConfig, LossKind};
use dir_core::random::Stream;
use dir_nn::resnet::Depth;

pub use depth_net::{DEPTH, depth_config};
pub use resnet::{Layer, RESNET, ResNetTraining, layers};

/// A network in training, on one batch.
pub trait Training {
    /// The batch through the network as it predicts.
    fn predict(&mut self);

    /// Forward, loss, backward, Adam.
    fn step(&mut self);

    /// Operations of the products of a batch, forward.
    fn operations(&self) -> f64;

    /// Steps that are timed.
    fn repeats(&self) -> usize {
        5
    }
}

/// A network, its sizes and its batch, as `resnet-50x64x8x224`.
#[derive(Debug, Clone, Copy)]
pub enum Net {
    /// Depth x width x batch x pixels.
    ResNet([usize; 4]),
    /// Depth x width x batch x rows x columns.
    Depth([usize; 5]),
    /// Pairs x vector width x hidden units.
    BiLstm([usize; 3]),
    /// The one for diamonds; its step is an epoch.
    Mlp,
}

impl Net {
    /// The network of a text; says so where there is none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.split_once('-').unwrap_or((text, "")) {
            ("resnet", rest) => sizes(rest, RESNET).map(Self::ResNet),
            ("depth", rest) => sizes(rest, DEPTH).map(Self::Depth),
            ("bilstm", rest) => sizes(rest, "pairs x vector width x hidden units").map(Self::BiLstm),
            ("mlp", "") => Some(Self::Mlp),
            _ => {
                println!("skipped: {text:?}, expected resnet-, depth-, bilstm- with sizes, or mlp");
                None
            }
        }
    }

    /// What the table says.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ResNet([depth, width, batch, pixels]) => {
                format!("ResNet-{depth}, width {width}, batch {batch} of {pixels} px")
            }
            Self::Depth([depth, width, batch, rows, columns]) => {
                format!("depth network {depth}, width {width}, batch {batch} of {rows} x {columns}")
            }
            Self::BiLstm([pairs, width, hidden]) => format!("BiLSTM 2 x {hidden}, {pairs} pairs, vectors of {width}"),
            Self::Mlp => format!("MLP of {:?}, epoch of {} x {}", mlp::HIDDEN, mlp::ROWS, mlp::WIDTH),
        }
    }

    /// The network, drawn, and its batch.
    #[must_use]
    pub fn init(&self, device: &Device) -> Box<dyn Training> {
        match *self {
            Self::ResNet(sizes) => Box::new(ResNetTraining::new(sizes, device)),
            Self::Depth(sizes) => Box::new(depth_net::DepthTraining::new(sizes, device)),
            Self::BiLstm(sizes) => Box::new(pair_encoder::PairTraining::new(sizes, device)),
            Self::Mlp => Box::new(mlp::MlpTraining::new(device)),
        }
    }
}

/// Numbers that stand between crosses, as many as are expected; says so where there are others.
#[must_use]
pub fn sizes<const N: usize>(text: &str, expected: &str) -> Option<[usize; N]> {
    let numbers: Vec<usize> = text.split('x').filter_map(|n| n.trim().parse().ok()).collect();
    let sizes = numbers.try_into().ok();
    if sizes.is_none() {
        println!("skipped: {text:?}, expected {expected}");
    }
    sizes
}

/// The depth of so many layers; the deepest where there is none.
#[must_use]
pub fn depth_of(layers: usize) -> Depth {
    match layers {
        18 => Depth::D18,
        34 => Depth::D34,
        50 => Depth::D50,
        _ => Depth::D101,
    }
}

/// Numbers between -1/2 and 1/2.
#[must_use]
pub fn drawn<const D: usize>(shape: [usize; D], key: u64) -> TensorData {
    let mut stream = Stream::new(&[key]);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.unit() as f32 - 0.5).collect();
    TensorData::new(values, shape)
}

/// Operations of a convolution's products.
const fn convolution(inputs: usize, outputs: usize, kernel: usize, places: usize) -> f64 {
    (2 * inputs * outputs * kernel * kernel * places) as f64
}

/// What trains a network.
struct Trainer {
    adam: ModuleOptimizer,
    loss: Loss,
    rate: f64,
}

impl Trainer {
    fn new(kind: LossKind, decay: Option<f32>, rate: f64) -> Self {
        let loss = LossConfig { kind, ..LossConfig::default() }.init().expect("valid");
        Self { adam: Adam::new(decay).into_optimizer(), loss, rate }
    }

    /// A step towards targets, with gradients that are looked at before they are followed.
    fn step<M: Module>(
        &mut self,
        net: &mut M,
        predicted: Tensor<2>,
        targets: &Tensor<2>,
        seen: impl FnOnce(&M, GradientsParams) -> GradientsParams,
    ) {
        let loss = self.loss.forward(predicted, targets.clone(), None).expect("fits");
        let gradients = seen(net, GradientsParams::from_grads(loss.backward(), net));
        *net = self.adam.step(self.rate, net.clone(), gradients);
        drop(loss.into_data());
    }
}
