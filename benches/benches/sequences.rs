//! `cargo bench -p dir-bench --bench sequences`: training steps of pair encoders (forward, MSE, backward, clipping, Adam) on
//! sentences as long as STS-B's, beside PyTorch's in the same run if `DIR_PEERS_PYTHON` names a Python that has it.
//! `DIR_BENCH_PAIRS=128x100x256,128x300x1500` chooses pairs x vector width x hidden units.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use dir_bench::nets::sizes;
use dir_bench::{in_pool, line, peers, time};
use dir_core::Regressor;
use dir_core::adam::Adam;
use dir_core::loss::{LossConfig, LossKind};
use dir_core::ops::DeviceInfo;
use dir_core::random::Stream;
use dir_nn::{PairEncoderConfig, SentencePairs};
use dir_train::engine::gradient;

const DEFAULT: &str = "128x50x128,128x100x256,128x300x1500";
const WORDS: u32 = 5_000;

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let nets = std::env::var("DIR_BENCH_PAIRS").unwrap_or_else(|_| DEFAULT.into());
    for [pairs, width, hidden] in nets.split(',').filter_map(|net| sizes(net, "pairs x width x hidden")) {
        in_pool(|| encoder(pairs, width, hidden, &device));
    }
    peers::run("sequences.py", &[&nets]);
}

/// Sentences of 3 to 30 words, 12 in the mean, as the Python script draws them.
fn sentences(pairs: usize, stream: &mut Stream) -> Vec<Vec<u32>> {
    let mut sentence = || {
        let length = 3 + (stream.unit().powf(1.9) * 27.0) as usize;
        (0..length).map(|_| 2 + stream.below(WORDS as usize - 2) as u32).collect()
    };
    (0..pairs).map(|_| sentence()).collect()
}

fn encoder(pairs: usize, width: usize, hidden: usize, device: &Device) {
    let training = device.clone().autodiff();
    let mut stream = Stream::new(&[1]);
    let numbers: Vec<f32> = (0..WORDS as usize * width).map(|_| stream.normal() as f32).collect();
    let vectors = Tensor::from_data(TensorData::new(numbers, [WORDS as usize, width]), &training);
    let config = PairEncoderConfig { hidden, dropout: 0.0, ..PairEncoderConfig::default() };
    let mut net = config.init(vectors, 0).expect("a valid size");
    let mut adam = Adam::new(Some(1e-5)).into_optimizer();
    let loss = LossConfig { kind: LossKind::Mse, ..LossConfig::default() }.init().expect("valid");
    let input = SentencePairs {
        first: sentences(pairs, &mut stream),
        second: sentences(pairs, &mut stream),
        ..SentencePairs::default()
    };
    let words: usize = input.first.iter().chain(&input.second).map(Vec::len).sum();
    let targets = Tensor::<2>::ones([pairs, 1], &training) * 0.5;
    let repeats = if hidden >= 1000 { 3 } else { 7 };

    let name = format!("BiLSTM 2 x {hidden}, {pairs} pairs of {words} words of {width}");
    let valid = net.valid();
    line(&format!("{name}: inference"), time(repeats, || drop(valid.forward(input.clone()).into_data())), "");
    let step = time(repeats, || {
        let loss = loss.forward(net.forward(input.clone()), targets.clone(), None).expect("fits");
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        let gradients = gradient::clip(&net, gradients, 5.0);
        net = adam.step(1e-4, net.clone(), gradients);
        drop(loss.into_data());
    });
    line(&format!("{name}: training step"), step, &format!("{:.0} words/s", words as f64 / step.0));
}
