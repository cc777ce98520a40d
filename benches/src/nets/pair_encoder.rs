//! Bidirectional LSTMs over pairs of sentences as long as STS-B's.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::Regressor;
use dir_core::loss::LossKind;
use dir_core::random::Stream;
use dir_nn::{PairEncoder, PairEncoderConfig, SentencePairs};
use dir_train::engine::gradient;

use super::{Trainer, Training};

const WORDS: usize = 5_000;

/// A pair encoder in training, on one batch.
pub(super) struct PairTraining {
    net: PairEncoder,
    trainer: Trainer,
    input: SentencePairs,
    targets: Tensor<2>,
    hidden: usize,
    operations: f64,
}

impl PairTraining {
    pub(super) fn new([pairs, width, hidden]: [usize; 3], device: &Device) -> Self {
        let device = device.clone().autodiff();
        let mut stream = Stream::new(&[1]);
        let numbers: Vec<f32> = (0..WORDS * width).map(|_| stream.normal() as f32).collect();
        let vectors = Tensor::from_data(TensorData::new(numbers, [WORDS, width]), &device);
        let config = PairEncoderConfig { hidden, dropout: 0.0, ..PairEncoderConfig::default() };
        let input =
            SentencePairs { first: sentences(pairs, 0), second: sentences(pairs, pairs), ..SentencePairs::default() };
        let words: usize = input.first.iter().chain(&input.second).map(Vec::len).sum();
        // Two directions of two layers: four gates of the input and of the hidden state.
        let of_word = 2 * 2 * 4 * hidden * ((width + hidden) + (2 * hidden + hidden));
        Self {
            net: config.init(vectors, 0).expect("a valid size"),
            trainer: Trainer::new(LossKind::Mse, Some(1e-5), 1e-4),
            input,
            targets: Tensor::ones([pairs, 1], &device) * 0.5,
            hidden,
            operations: (of_word * words) as f64,
        }
    }
}

/// Sentences of 3 to 29 words, 12 in the mean; the Python script has the same lengths.
fn sentences(many: usize, first: usize) -> Vec<Vec<u32>> {
    let word = |sentence: usize, place: usize| 2 + ((sentence * 131 + place * 17) % (WORDS - 2)) as u32;
    let length = |sentence: usize| {
        let share = (sentence * 89 % 256) as f64 / 256.0;
        3 + (share.powf(1.9) * 27.0) as usize
    };
    let sentence = |k: usize| (0..length(k)).map(|place| word(k, place)).collect();
    (first..first + many).map(sentence).collect()
}

impl Training for PairTraining {
    fn predict(&mut self) {
        drop(self.net.valid().forward(self.input.clone()).into_data());
    }

    fn step(&mut self) {
        let predicted = self.net.forward(self.input.clone());
        self.trainer.step(&mut self.net, predicted, &self.targets, |net, all| gradient::clip(net, all, 5.0));
    }

    fn operations(&self) -> f64 {
        self.operations
    }

    fn repeats(&self) -> usize {
        if self.hidden >= 1000 { 3 } else { 7 }
    }
}
