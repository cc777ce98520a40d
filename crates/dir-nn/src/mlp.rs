//! A multi-layer perceptron for tables of numbers.
//!
//! `input - [linear - ReLU - dropout] × hidden - linear - ReLU = features - linear = prediction`.

use burn::module::{Module, ParamGroup};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::init;
use crate::size::{self, SizeError};

/// What no network can be made from. Worded to follow "failed to build the network: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MlpError {
    /// A layer without units, or too wide.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A dropout that is no probability.
    #[error("found dropout = {found}, expected at least 0 and below 1")]
    Dropout {
        /// The dropout.
        found: f64,
    },
}

/// Size of an [`Mlp`].
///
/// | name | default | purpose |
/// |---|---|---|
/// | `hidden` | 128, 128 | widths of the hidden layers |
/// | `features` | 64 | width of the layer that FDS sees |
/// | `dropout` | 0 | share of hidden units dropped in training |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MlpConfig {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Width of the layer that FDS sees.
    pub features: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self { hidden: vec![128, 128], features: 64, dropout: 0.0 }
    }
}

/// A multi-layer perceptron.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::Regressor;
/// use dir_nn::MlpConfig;
/// let device = Device::default();
/// let mlp = MlpConfig::default().init(26, 0, &device)?;
/// assert_eq!(mlp.forward(Tensor::zeros([5, 26], &device)).dims(), [5, 1]);
/// # Ok::<(), dir_nn::mlp::MlpError>(())
/// ```
#[derive(Module, Debug)]
pub struct Mlp {
    encoder: Vec<Linear>,
    dropout: Dropout,
    head: Linear,
}

impl MlpConfig {
    /// A network for `inputs` columns, its parameters drawn from `seed`.
    ///
    /// # Errors
    /// A size outside its limits, a dropout that is no probability.
    pub fn init(&self, inputs: usize, seed: u64, device: &Device) -> Result<Mlp, MlpError> {
        let widths: Vec<usize> = [&[inputs], self.hidden.as_slice(), &[self.features]].concat();
        size::check([("columns", inputs, size::COUNTS), ("features", self.features, size::WIDTHS)])?;
        size::check([("hidden layers", self.hidden.len().max(1), size::LAYERS)])?;
        size::check(self.hidden.iter().map(|&width| ("hidden", width, size::WIDTHS)))?;
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(MlpError::Dropout { found: self.dropout });
        }
        let layer = |(k, pair): (usize, &[usize])| init::linear(pair[0], pair[1], &[seed, k as u64], device);
        Ok(Mlp {
            encoder: widths.windows(2).enumerate().map(layer).collect(),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: init::head(self.features, seed, device),
        })
    }
}

impl Regressor for Mlp {
    type Input = Tensor<2>;
    type Features = Tensor<2>;

    /// `[N, inputs]` to `[N, features]`.
    fn encode(&self, input: Tensor<2>) -> Tensor<2> {
        let last = self.encoder.len() - 1;
        self.encoder.iter().enumerate().fold(input, |x, (k, layer)| {
            let x = relu(layer.forward(x));
            if k < last { self.dropout.forward(x) } else { x }
        })
    }

    /// `[N, features]` to `[N, outputs]`.
    fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(features)
    }

    fn retrained(&self) -> ParamGroup {
        ParamGroup::from_predicate("head.")
    }

    fn with_new_head(mut self, outputs: usize, seed: u64) -> Self {
        self.head = init::new_head(&self.head, outputs, seed);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mlp(seed: u64) -> Mlp {
        MlpConfig { hidden: vec![7, 5], features: 3, dropout: 0.0 }.init(4, seed, &Device::default()).expect("valid")
    }

    fn output(mlp: &Mlp) -> Vec<f32> {
        let x = Tensor::<2>::from_data([[1.0, -2.0, 0.5, 3.0], [0.0, 0.0, 0.0, 0.0]], &Device::default());
        mlp.forward(x).into_data().iter().collect()
    }

    #[test]
    fn a_seed_fixes_the_parameters() {
        assert_eq!(output(&mlp(3)), output(&mlp(3)));
        assert_ne!(output(&mlp(3)), output(&mlp(4)));
        assert_eq!(mlp(0).num_params(), 4 * 7 + 7 + 7 * 5 + 5 + 5 * 3 + 3 + 3 + 1);
    }

    #[test]
    fn a_new_head_leaves_the_encoder() {
        let (old, new) = (mlp(3), mlp(3).with_new_head(1, 9));
        let x = Tensor::<2>::ones([1, 4], &Device::default());
        assert_eq!(old.encode(x.clone()).into_data(), new.encode(x).into_data());
        assert_ne!(output(&old), output(&new));
    }

    #[test]
    fn mistakes_are_named() {
        let of = |config: MlpConfig| config.init(4, 0, &Device::default()).err();
        let message = |hidden: &[usize]| {
            of(MlpConfig { hidden: hidden.to_vec(), ..MlpConfig::default() }).map(|error| error.to_string())
        };
        assert_eq!(message(&[3, 0]).as_deref(), Some("found hidden = 0, expected 1 to 16384"));
        assert_eq!(message(&[1_000_000, 3]).as_deref(), Some("found hidden = 1000000, expected 1 to 16384"));
        let dropout = MlpConfig { dropout: 1.0, ..MlpConfig::default() };
        assert_eq!(of(dropout), Some(MlpError::Dropout { found: 1.0 }));
    }
}
