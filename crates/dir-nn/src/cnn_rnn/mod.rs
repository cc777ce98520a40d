//! A recording of hours to one number: a convolutional network over each window, a recurrent one over the recording.
//!
//! `window features v_t = cnn(window t)`, `h = lstm(v)` in both directions, `z = mean_t h_t` over the windows that there are,
//! prediction `w · z + b`. Recordings may be of any length: there is no padding.
//!
//! # Source
//! The paper says of SHHS-DIR's network only: a CNN-RNN whose CNN has ResNet blocks, after Wang et al., "Bidirectional Inference
//! Networks" (AAAI 2019). Everything else (a bidirectional LSTM, widths, kernels, the mean over windows) is ours.

mod windows;

use burn::module::{Module, ParamGroup};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::Device;
use burn::tensor::{Int, Tensor, TensorData};
use dir_core::Regressor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::windows::WindowEncoder;
use crate::bilstm::BiLstm;
use crate::init;
use crate::sequence::{Packing, groups};
use crate::size::{self, SizeError};
use crate::weights::Names;

/// What no network can be made from. Worded to follow "failed to build the network: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CnnRnnError {
    /// A size outside its limits.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A kernel without a middle.
    #[error("found kernel = {found}, expected an odd number")]
    Kernel {
        /// The kernel.
        found: usize,
    },
    /// A dropout that is no probability.
    #[error("found dropout = {found}, expected at least 0 and below 1")]
    Dropout {
        /// The dropout.
        found: f64,
    },
}

/// Size of a [`CnnRnn`].
///
/// | name | default | purpose |
/// |---|---|---|
/// | `channels` | 5 | signals of a recording |
/// | `width` | 64 | channels of the stem; stages are 1, 2, 4 and 8 times as wide |
/// | `blocks` | 2, 2, 2, 2 | residual blocks per stage, as in ResNet-18 |
/// | `kernel` | 5 | samples that a block's convolution looks at |
/// | `hidden` | 256 | units of the LSTM per direction |
/// | `layers` | 1 | layers of the LSTM |
/// | `dropout` | 0.2 | share of numbers dropped in training: of the windows' features and of the recording's |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CnnRnnConfig {
    /// Signals of a recording.
    pub channels: usize,
    /// Channels of the stem.
    pub width: usize,
    /// Residual blocks per stage.
    pub blocks: [usize; 4],
    /// Samples that a block's convolution looks at.
    pub kernel: usize,
    /// Units of the LSTM per direction.
    pub hidden: usize,
    /// Layers of the LSTM.
    pub layers: usize,
    /// Dropout of features.
    pub dropout: f64,
}

impl Default for CnnRnnConfig {
    fn default() -> Self {
        Self { channels: 5, width: 64, blocks: [2; 4], kernel: 5, hidden: 256, layers: 1, dropout: 0.2 }
    }
}

impl CnnRnnConfig {
    /// Width of the features: what FDS sees.
    #[must_use]
    pub const fn features(&self) -> usize {
        2 * self.hidden
    }

    /// A network whose parameters are drawn from `seed`: convolutions by He's rule, the rest as PyTorch does.
    ///
    /// # Errors
    /// [`CnnRnnError`].
    pub fn init(&self, seed: u64, device: &Device) -> Result<CnnRnn, CnnRnnError> {
        self.check()?;
        Ok(CnnRnn {
            windows: WindowEncoder::new(self, &[seed, 0], device),
            lstm: BiLstm::new([8 * self.width, self.hidden], self.layers, 0.0, &[seed, 1], device),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: init::head(self.features(), seed, device),
        })
    }

    fn check(&self) -> Result<(), CnnRnnError> {
        let &Self { channels, width, kernel, hidden, layers, dropout, .. } = self;
        size::check([
            ("channels", channels, size::WIDTHS),
            ("width", width, size::STEM_WIDTHS),
            ("kernel", kernel, size::WIDTHS),
            ("hidden", hidden, size::WIDTHS),
            ("layers", layers, size::LAYERS),
        ])?;
        size::check(self.blocks.map(|blocks| ("blocks", blocks, size::LAYERS)))?;
        if kernel.is_multiple_of(2) {
            return Err(CnnRnnError::Kernel { found: kernel });
        }
        if (0.0..1.0).contains(&dropout) { Ok(()) } else { Err(CnnRnnError::Dropout { found: dropout }) }
    }
}

/// A batch of recordings: the windows of the first, then those of the second, and so on.
#[derive(Debug, Clone)]
pub struct Recordings {
    /// `[windows of all, channels, samples]`.
    pub windows: Tensor<3>,
    /// Windows of every recording.
    pub lengths: Vec<usize>,
}

/// A network for one number per recording.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::Regressor;
/// use dir_nn::{CnnRnnConfig, Recordings};
/// let device = Device::default();
/// let net = CnnRnnConfig { channels: 2, width: 4, hidden: 3, ..CnnRnnConfig::default() }.init(0, &device)?;
/// // Two recordings, of three windows and of one, 64 samples each.
/// let recordings = Recordings { windows: Tensor::zeros([4, 2, 64], &device), lengths: vec![3, 1] };
/// assert_eq!(net.forward(recordings).dims(), [2, 1]);
/// # Ok::<(), dir_nn::cnn_rnn::CnnRnnError>(())
/// ```
#[derive(Module, Debug)]
pub struct CnnRnn {
    windows: WindowEncoder,
    lstm: BiLstm,
    dropout: Dropout,
    head: Linear,
}

/// Windows that are encoded at once where no gradient is wanted: a night of a thousand needs no memory for all at once.
const CHUNK: usize = 32;

impl CnnRnn {
    /// Features of every window, `[windows, channels, samples]` to `[windows, 8 · width]`.
    #[must_use]
    pub fn window_features(&self, windows: Tensor<3>) -> Tensor<2> {
        let count = windows.dims()[0];
        if windows.device().is_autodiff() || count <= CHUNK {
            return self.windows.forward(windows); // batch norm in training sees all
        }
        let chunk = |start: usize| self.windows.forward(windows.clone().narrow(0, start, CHUNK.min(count - start)));
        Tensor::cat((0..count).step_by(CHUNK).map(chunk).collect(), 0)
    }
}

impl Regressor for CnnRnn {
    type Input = Recordings;
    type Features = Tensor<2>;

    /// Recordings to `[recordings, 2 · hidden]`.
    fn encode(&self, input: Recordings) -> Tensor<2> {
        let Recordings { windows, lengths } = input;
        let device = windows.device();
        let features = self.dropout.forward(self.window_features(windows));
        let packing = Packing::new(&lengths, groups(&device));
        let rows = in_packing(&packing, &lengths);
        let count = rows.len();
        let packed = features.select(0, Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &device));
        let states = self.lstm.forward(packed, &packing);
        self.dropout.forward(means(&packing, &lengths, &device).matmul(states))
    }

    /// `[recordings, 2 · hidden]` to `[recordings, outputs]`.
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

/// The window behind every row of a packing.
fn in_packing(packing: &Packing, lengths: &[usize]) -> Vec<i32> {
    let first: Vec<usize> = lengths
        .iter()
        .scan(0, |sum, length| {
            *sum += length;
            Some(*sum - length)
        })
        .collect();
    packing.origins().into_iter().map(|(recording, step)| (first[recording] + step) as i32).collect()
}

/// The matrix `[recordings, rows]` that takes the mean over the rows of each recording.
fn means(packing: &Packing, lengths: &[usize], device: &Device) -> Tensor<2> {
    let (recordings, rows) = (lengths.len(), packing.rows());
    let mut shares = vec![0.0_f32; recordings * rows];
    for (row, (recording, _)) in packing.origins().into_iter().enumerate() {
        shares[recording * rows + row] = 1.0 / lengths[recording] as f32;
    }
    Tensor::from_data(TensorData::new(shares, [recordings, rows]), device)
}

/// Names of a [`CnnRnn`]'s parameters in files: its own, as no program of the paper's was released.
#[derive(Debug, Clone, Copy)]
pub struct CnnRnnNames;

impl Names for CnnRnnNames {
    fn path(name: &str) -> String {
        name.into()
    }

    fn name(path: &str) -> String {
        path.into()
    }

    const HEAD: &'static str = "head.";
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use dir_core::random::Stream;

    use super::*;

    fn windows(count: usize, seed: u64) -> Tensor<3> {
        let mut stream = Stream::new(&[seed]);
        let numbers: Vec<f32> = (0..count * 2 * 40).map(|_| stream.normal() as f32).collect();
        Tensor::from_data(TensorData::new(numbers, [count, 2, 40]), &Device::flex())
    }

    fn net() -> CnnRnn {
        let config = CnnRnnConfig { channels: 2, width: 2, hidden: 3, kernel: 3, layers: 2, ..CnnRnnConfig::default() };
        config.init(3, &Device::flex()).expect("valid")
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
        tensor.into_data().iter().collect()
    }

    fn assert_near(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
    }

    #[test]
    fn a_recording_is_worth_the_same_alone_and_in_company() {
        let (net, long, short) = (net(), windows(5, 1), windows(2, 2));
        let alone = |windows: &Tensor<3>| {
            let lengths = vec![windows.dims()[0]];
            numbers(net.forward(Recordings { windows: windows.clone(), lengths }))
        };
        for order in [[&long, &short], [&short, &long]] {
            let lengths = order.iter().map(|windows| windows.dims()[0]).collect();
            let both = Recordings { windows: Tensor::cat(order.map(Clone::clone).into(), 0), lengths };
            assert_near(&numbers(net.forward(both)), &order.map(alone).concat());
        }
    }

    #[test]
    fn the_order_of_windows_counts_and_chunks_do_not() {
        let net = net();
        let night = windows(CHUNK + 7, 4);
        let of = |windows: Tensor<3>| {
            let lengths = vec![windows.dims()[0]];
            numbers(net.forward(Recordings { windows, lengths }))
        };
        assert_ne!(of(night.clone()), of(night.clone().flip([0])));
        let whole = numbers(net.windows.forward(night.clone()));
        assert_near(&numbers(net.window_features(night)), &whole);
    }

    #[test]
    fn mistakes_are_named() {
        let of = |config: CnnRnnConfig| config.init(0, &Device::flex()).err().map(|error| error.to_string());
        let usual = CnnRnnConfig { width: 1, hidden: 1, ..CnnRnnConfig::default() };
        assert_eq!(of(usual.clone()), None);
        for (config, expected) in [
            (CnnRnnConfig { channels: 0, ..usual.clone() }, "found channels = 0"),
            (CnnRnnConfig { blocks: [2, 0, 2, 2], ..usual.clone() }, "found blocks = 0"),
            (CnnRnnConfig { kernel: 4, ..usual.clone() }, "found kernel = 4, expected an odd number"),
            (CnnRnnConfig { dropout: 1.0, ..usual }, "found dropout = 1"),
        ] {
            assert!(of(config).is_some_and(|message| message.contains(expected)), "{expected}");
        }
    }
}
