//! A picture to a map of numbers, one per pixel: the encoder-decoder of the depth benchmark.
//!
//! `E`: a ResNet, whose four stages are kept. `D`: from the last stage up to half the picture, by steps of up-projection.
//! `MFF`: every stage at that size, 16 channels of each. `R`: both together through two 5x5 convolutions = features, and a last
//! one to the prediction. FDS stands before the last convolution; two-stage training trains all of `R` anew, as the official
//! program does.
//!
//! # Source
//! Hu et al., WACV 2019; official `nyud2-dir/models/{net,modules}.py` at a6fdc45.

mod names;
mod refine;
mod up;

use burn::module::{Module, ParamGroup};
use burn::tensor::{Device, Tensor};
use dir_core::{FeatureMap, Regressor};
use serde::{Deserialize, Serialize};

use crate::batch_norm::BatchNorm;
use crate::conv::Conv;
use crate::conv_norm::conv_norm_relu;
use crate::init;
use crate::resize::{Corners, bilinear};
use crate::resnet::{Backbone, ResNetConfig};
use crate::size::{self, SizeError};
use refine::Refine;
use up::Up;

pub use names::DepthNetNames;

/// What the decoder's last step has of the encoder's channels.
const DECODED: usize = 32;

/// Size of a [`DepthNet`].
///
/// | name | default | purpose |
/// |---|---|---|
/// | `encoder` | ResNet-50 | the residual network whose stages are decoded |
/// | `fused` | 16 | channels of every stage in the fusion |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DepthNetConfig {
    /// The encoder.
    pub encoder: ResNetConfig,
    /// Channels of every stage in the fusion.
    pub fused: usize,
}

impl Default for DepthNetConfig {
    fn default() -> Self {
        Self { encoder: ResNetConfig::default(), fused: 16 }
    }
}

impl DepthNetConfig {
    /// Channels of the features: what FDS sees, per pixel. 128 for ResNet-50.
    #[must_use]
    pub const fn features(&self) -> usize {
        4 * self.fused + self.encoder.features() / DECODED
    }

    /// A network whose parameters are drawn from `seed`: the encoder's as [`crate::ResNet`]'s, the others as PyTorch draws
    /// them.
    ///
    /// # Errors
    /// [`SizeError`].
    pub fn init(&self, seed: u64, device: &Device) -> Result<DepthNet, SizeError> {
        self.encoder.check()?;
        size::check([
            ("features of the encoder", self.encoder.features(), DECODED..=usize::MAX),
            ("fused", self.fused, size::WIDTHS),
        ])?;
        let last = self.encoder.features();
        let stages = [last / 8, last / 4, last / 2, last];
        Ok(DepthNet {
            encoder: Backbone::new(&self.encoder, seed, device),
            decoder: Decoder::new(last, &[seed, 11], device),
            fusion: Fusion::new(stages, self.fused, &[seed, 12], device),
            refine: Refine::new(self.features(), 1, &[seed, 13], device),
        })
    }
}

/// From the encoder's last stage up.
#[derive(Module, Debug)]
struct Decoder {
    conv: Conv,
    bn: BatchNorm,
    up1: Up,
    up2: Up,
    up3: Up,
    up4: Up,
}

impl Decoder {
    fn new(channels: usize, key: &[u64], device: &Device) -> Self {
        let up =
            |step: usize| Up::new(channels >> step, channels >> (step + 1), &[key, &[step as u64]].concat(), device);
        Self {
            conv: init::plain_conv([channels, channels / 2, 1], false, &[key, &[0]].concat(), device),
            bn: BatchNorm::new(channels / 2, device),
            up1: up(1),
            up2: up(2),
            up3: up(3),
            up4: up(4),
        }
    }

    /// The stages of the encoder to a map twice as large as the first of them.
    fn forward(&self, [first, second, third, last]: &[Tensor<4>; 4]) -> Tensor<4> {
        let x = conv_norm_relu(&self.conv, &self.bn, last.clone());
        let x = self.up1.forward(x, size(third));
        let x = self.up2.forward(x, size(second));
        let x = self.up3.forward(x, size(first));
        self.up4.forward(x, size(first).map(|side| 2 * side))
    }
}

/// Every stage at one size.
#[derive(Module, Debug)]
struct Fusion {
    up1: Up,
    up2: Up,
    up3: Up,
    up4: Up,
    conv: Conv,
    bn: BatchNorm,
}

impl Fusion {
    fn new(stages: [usize; 4], fused: usize, key: &[u64], device: &Device) -> Self {
        let up = |k: usize| Up::new(stages[k], fused, &[key, &[k as u64]].concat(), device);
        let all = 4 * fused;
        Self {
            up1: up(0),
            up2: up(1),
            up3: up(2),
            up4: up(3),
            conv: init::plain_conv([all, all, 5], false, &[key, &[4]].concat(), device),
            bn: BatchNorm::new(all, device),
        }
    }

    fn forward(&self, stages: &[Tensor<4>; 4], size: [usize; 2]) -> Tensor<4> {
        let ups = [&self.up1, &self.up2, &self.up3, &self.up4];
        let maps = ups.into_iter().zip(stages).map(|(up, stage)| up.forward(stage.clone(), size)).collect();
        conv_norm_relu(&self.conv, &self.bn, Tensor::cat(maps, 1))
    }
}

/// Rows and columns of a map.
fn size(map: &Tensor<4>) -> [usize; 2] {
    let [_, _, height, width] = map.dims();
    [height, width]
}

/// A network for one number per pixel of a picture at half its size.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::Regressor;
/// use dir_nn::{DepthNetConfig, ResNetConfig, resnet::Depth};
/// let device = Device::default();
/// let encoder = ResNetConfig::of_depth(Depth::D18).with_width(8);
/// let net = DepthNetConfig { encoder, ..Default::default() }.init(0, &device)?;
/// let pictures = Tensor::zeros([1, 3, 48, 64], &device);
/// assert_eq!(net.encode(pictures.clone().into()).dims(), [1, 66, 24, 32]);
/// assert_eq!(net.forward(pictures.into()).dims(), [24 * 32, 1]);
/// # Ok::<(), dir_nn::SizeError>(())
/// ```
#[derive(Module, Debug)]
pub struct DepthNet {
    encoder: Backbone,
    decoder: Decoder,
    fusion: Fusion,
    refine: Refine,
}

/// What the parts of a network make of a picture, for whoever wants to look inside.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The stages of the encoder.
    pub stages: [Tensor<4>; 4],
    /// The decoder's map.
    pub decoded: Tensor<4>,
    /// The fusion's map.
    pub fused: Tensor<4>,
}

impl DepthNet {
    /// The maps before they are refined.
    #[must_use]
    pub fn parts(&self, pictures: Tensor<4>) -> Parts {
        let stages = self.encoder.forward(pictures);
        let decoded = self.decoder.forward(&stages);
        let fused = self.fusion.forward(&stages, size(&decoded));
        Parts { stages, decoded, fused }
    }

    /// Predictions as a map, `[N, features, H, W]` to `[N, outputs, H, W]`.
    #[must_use]
    pub fn prediction_map(&self, features: Tensor<4>) -> Tensor<4> {
        self.refine.predict(features)
    }
}

/// Pictures for a [`DepthNet`].
#[derive(Debug, Clone)]
pub struct DepthInput {
    /// RGB pictures `[N, 3, H, W]`, normalised.
    pub pictures: Tensor<4>,
    /// Rows and columns that [`Regressor::forward`] stretches its map to, corner to corner; absent: the network's own.
    pub size: Option<[usize; 2]>,
}

impl From<Tensor<4>> for DepthInput {
    fn from(pictures: Tensor<4>) -> Self {
        Self { pictures, size: None }
    }
}

impl Regressor for DepthNet {
    type Input = DepthInput;
    type Features = Tensor<4>;

    /// `[N, 3, H, W]` to `[N, features, H / 2, W / 2]`, rounded up to what the encoder's strides leave.
    fn encode(&self, input: DepthInput) -> Tensor<4> {
        let Parts { decoded, fused, .. } = self.parts(input.pictures);
        self.refine.features(Tensor::cat(vec![decoded, fused], 1))
    }

    /// One prediction per pixel, `[N · H · W, outputs]`, by picture, row and column.
    fn head(&self, features: Tensor<4>) -> Tensor<2> {
        self.refine.predict(features).into_rows()
    }

    /// One prediction per pixel of the size that the input asks for.
    fn forward(&self, input: DepthInput) -> Tensor<2> {
        let size = input.size;
        let map = self.prediction_map(self.encode(input));
        match size {
            Some(size) => bilinear(map, size, Corners::OfCentres).into_rows(),
            None => map.into_rows(),
        }
    }

    fn retrained(&self) -> ParamGroup {
        ParamGroup::from_predicate("refine.")
    }

    fn with_new_head(mut self, outputs: usize, seed: u64) -> Self {
        self.refine = self.refine.drawn_anew(outputs, &[seed, 13]);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_as_many_as_published() {
        // 67,569,473 (reference, by module 23,508,032 + 40,054,400 + 3,184,128 + 822,913), and running statistics, which
        // count here: twice the channels of all batch norms.
        let net = DepthNetConfig::default().init(0, &Device::default()).expect("valid");
        let decoder = 1024 + 3 * (512 + 256 + 128 + 64);
        let statistics = 53_120 + 2 * (decoder + 4 * 3 * 16 + 64 + 2 * 128);
        assert_eq!(net.num_params(), 67_569_473 + statistics);
    }

    #[test]
    fn a_new_head_leaves_the_encoder() {
        let device = Device::default();
        let config =
            DepthNetConfig { encoder: ResNetConfig::of_depth(crate::resnet::Depth::D18).with_width(4), fused: 2 };
        let net = config.init(3, &device).expect("valid");
        let other = net.clone().with_new_head(1, 4);
        let x = Tensor::<4>::ones([1, 3, 40, 33], &device);
        let parts = |net: &DepthNet| net.parts(x.clone()).fused.into_data();
        assert_eq!(parts(&net), parts(&other));
        let forward = |net: &DepthNet| net.forward(x.clone().into()).into_data();
        assert_ne!(forward(&net), forward(&other));
        let tall = net.forward(DepthInput { pictures: x.clone(), size: Some([41, 50]) });
        assert_eq!(tall.dims(), [41 * 50, 1]);
    }

    #[test]
    fn mistakes_are_named() {
        let narrow = DepthNetConfig {
            encoder: ResNetConfig::of_depth(crate::resnet::Depth::D18).with_width(2),
            ..DepthNetConfig::default()
        };
        let message = narrow.init(0, &Device::default()).err().map(|error| error.to_string());
        assert_eq!(message.as_deref(), Some("found features of the encoder = 16, expected at least 32"));
    }
}
