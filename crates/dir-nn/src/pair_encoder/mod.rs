//! Two sentences to one number: a bidirectional LSTM over word vectors, the largest value over time, and a comparison.
//!
//! `u = max_t lstm(words of the first)_t`, `v` of the second, `z = [u, v, |u - v|, u ⊙ v]`, prediction `w · z + b`. The word
//! vectors stay as they are.
//!
//! # Source
//! Official `sts-b-dir/models.py` at a6fdc45 (the BiLSTM baseline of GLUE, Wang et al. 2018). There the sentences go through
//! the LSTM one batch after the other; here both go at once, which changes nothing but the time.

mod names;
mod sentence;

use burn::module::{Module, Param, ParamGroup};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;
use dir_core::Regressor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bilstm::BiLstm;
use crate::init;
use crate::sequence::{Packing, groups, max_over_time};
use crate::size::{self, SizeError};

pub use names::PairEncoderNames;
pub use sentence::{Blend, Sentence};

/// What no network can be made from. Worded to follow "failed to build the network: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PairEncoderError {
    /// A size outside its limits.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A dropout that is no probability.
    #[error("found dropout = {found}, expected at least 0 and below 1")]
    Dropout {
        /// The dropout.
        found: f64,
    },
}

/// Size of a [`PairEncoder`].
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `hidden` | 1500 | hidden units per direction | `--d_hid` |
/// | `layers` | 2 | layers of the LSTM | `--n_layers_enc` |
/// | `dropout` | 0.2 | share of numbers dropped in training, of the word vectors and of the LSTM's output | `--dropout` |
/// | `dropout_between` | 0 | the same between layers | none |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairEncoderConfig {
    /// Hidden units per direction.
    pub hidden: usize,
    /// Layers of the LSTM.
    pub layers: usize,
    /// Dropout of word vectors and of the LSTM's output.
    pub dropout: f64,
    /// Dropout between layers.
    pub dropout_between: f64,
}

impl Default for PairEncoderConfig {
    fn default() -> Self {
        Self { hidden: 1500, layers: 2, dropout: 0.2, dropout_between: 0.0 }
    }
}

impl PairEncoderConfig {
    /// Width of the features: what FDS sees.
    #[must_use]
    pub const fn features(&self) -> usize {
        8 * self.hidden
    }

    /// A network whose parameters are drawn from `seed` as PyTorch draws them. `vectors` has one row per word, row 0 being
    /// what an empty sentence holds.
    ///
    /// # Errors
    /// [`PairEncoderError`].
    pub fn init(&self, vectors: Tensor<2>, seed: u64) -> Result<PairEncoder, PairEncoderError> {
        let [words, width] = vectors.dims();
        size::check([
            ("hidden", self.hidden, size::WIDTHS),
            ("layers", self.layers, size::LAYERS),
            ("words", words, size::COUNTS),
            ("width of vectors", width, size::COUNTS),
        ])?;
        let wrong = |p: &f64| !(0.0..1.0).contains(p);
        if let Some(found) = [self.dropout, self.dropout_between].into_iter().find(wrong) {
            return Err(PairEncoderError::Dropout { found });
        }
        let device = vectors.device();
        Ok(PairEncoder {
            words: Param::from_tensor(vectors).set_require_grad(false),
            lstm: BiLstm::new([width, self.hidden], self.layers, self.dropout_between, &[seed, 0], &device),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: init::head(self.features(), seed, &device),
        })
    }
}

/// A batch of pairs of sentences, as word numbers. Word 0 stands for padding: an empty sentence is one such word.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SentencePairs {
    /// First sentence of every pair.
    pub first: Vec<Vec<u32>>,
    /// Second sentence of every pair.
    pub second: Vec<Vec<u32>>,
    /// What both sentences of a pair are blended with, where re-sampling made it; empty where it made none.
    pub blends: Vec<Option<[Blend; 2]>>,
}

impl SentencePairs {
    /// All first sentences, then all second ones.
    fn sentences(&self) -> Vec<Sentence<'_>> {
        let blend = |pair: usize, side: usize| self.blends.get(pair)?.as_ref().map(|both| &both[side]);
        let sides = [&self.first, &self.second].into_iter().enumerate();
        let words = sides.flat_map(|(side, all)| all.iter().enumerate().map(move |(pair, words)| (pair, side, words)));
        words.map(|(pair, side, words)| Sentence { words, blend: blend(pair, side) }).collect()
    }
}

/// A network for one number per pair of sentences.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::Regressor;
/// use dir_nn::{PairEncoderConfig, SentencePairs};
/// let vectors = Tensor::ones([10, 3], &Device::default()); // ten words
/// let net = PairEncoderConfig { hidden: 4, ..PairEncoderConfig::default() }.init(vectors, 0)?;
/// let pairs = SentencePairs { first: vec![vec![2, 5, 7]], second: vec![vec![2, 6]], ..SentencePairs::default() };
/// assert_eq!(net.forward(pairs).dims(), [1, 1]);
/// # Ok::<(), dir_nn::pair_encoder::PairEncoderError>(())
/// ```
#[derive(Module, Debug)]
pub struct PairEncoder {
    words: Param<Tensor<2>>,
    lstm: BiLstm,
    dropout: Dropout,
    head: Linear,
}

impl PairEncoder {
    /// One vector per sentence, `[sentences, 2 · hidden]`.
    #[must_use]
    pub fn sentences(&self, sentences: &[Sentence<'_>]) -> Tensor<2> {
        let table = self.words.val().detach();
        let lengths: Vec<usize> = sentences.iter().map(Sentence::len).collect();
        let packing = Packing::new(&lengths, groups(&table.device()));
        let vectors = sentence::vectors(sentences, &packing, &table);
        let states = self.lstm.forward(self.dropout.forward(vectors), &packing);
        max_over_time(self.dropout.forward(states), &packing)
    }
}

impl Regressor for PairEncoder {
    type Input = SentencePairs;
    type Features = Tensor<2>;

    /// Pairs to `[pairs, 8 · hidden]`.
    fn encode(&self, input: SentencePairs) -> Tensor<2> {
        let encoded = self.sentences(&input.sentences());
        let (pairs, width) = (input.first.len(), encoded.dims()[1]);
        let u = encoded.clone().slice([0..pairs, 0..width]);
        let v = encoded.slice([pairs..2 * pairs, 0..width]);
        Tensor::cat(vec![u.clone(), v.clone(), (u.clone() - v.clone()).abs(), u * v], 1)
    }

    /// `[pairs, 8 · hidden]` to `[pairs, outputs]`.
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
