//! A Burn model and training loop of one's own, with LDS and FDS added in the lines marked `DIR`.
//!
//! `cargo run --release -p dir-core --example own_loop` trains a small network on made-up rows whose target has a long tail,
//! once without and once with the marked lines at work, and prints the errors by shot.

#![allow(clippy::print_stdout)]

use std::error::Error;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::bins::Bins;
use dir_core::fds::FdsConfig;
use dir_core::kernel::KernelConfig;
use dir_core::metric::{EvaluateOptions, Report, evaluate};
use dir_core::random::Stream;
use dir_core::shot::{Region, ShotRule};
use dir_core::weight::{Reweight, WeightConfig};

const INPUTS: usize = 8;
const FEATURES: usize = 16;
const BATCH: usize = 64;
const EPOCHS: usize = 30;

/// Somebody's network. Its features are what the last layer sees.
#[derive(Module, Debug)]
struct Net {
    first: Linear,
    second: Linear,
    last: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        Self {
            first: LinearConfig::new(INPUTS, 64).init(device),
            second: LinearConfig::new(64, FEATURES).init(device),
            last: LinearConfig::new(FEATURES, 1).init(device),
        }
    }

    fn features(&self, x: Tensor<2>) -> Tensor<2> {
        relu(self.second.forward(relu(self.first.forward(x))))
    }
}

/// Somebody's rows.
struct Rows {
    x: Vec<f32>,
    y: Vec<f64>,
}

impl Rows {
    /// Noisy waves of the target.
    fn new(seed: u64, targets: impl Iterator<Item = f64>) -> Self {
        let mut noise = Stream::new(&[seed, 1]);
        let y: Vec<f64> = targets.collect();
        let wave = |y: f64, k: usize| (y * (0.15 + 0.1 * k as f64) + k as f64).sin();
        let x = y.iter().flat_map(|&y| (0..INPUTS).map(move |k| wave(y, k))).map(|v| (v + 0.4 * noise.normal()) as f32);
        Self { x: x.collect(), y }
    }

    fn inputs(&self, rows: &[usize], device: &Device) -> Tensor<2> {
        let x = rows.iter().flat_map(|&r| &self.x[r * INPUTS..][..INPUTS]).copied().collect();
        Tensor::from_data(TensorData::new::<f32, _>(x, [rows.len(), INPUTS]), device)
    }
}

/// One number per row, as a column.
fn column(values: &[f64], rows: &[usize], device: &Device) -> Tensor<2> {
    let values: Vec<f32> = rows.iter().map(|&r| values[r] as f32).collect();
    Tensor::from_data(TensorData::new(values, [rows.len(), 1]), device)
}

/// Somebody's training loop. The marked lines do nothing unless `smooth`.
fn train(rows: &Rows, bins: &Bins, smooth: bool) -> Result<Net, Box<dyn Error>> {
    let device = Device::default().autodiff();
    device.seed(0);
    let mut net = Net::new(&device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let lds = WeightConfig { reweight: Reweight::SqrtInv, lds: Some(KernelConfig::default()), ..Default::default() }; // DIR
    let weights = if smooth { lds.sample_weights(bins, &rows.y)? } else { vec![1.0; rows.y.len()] }; // DIR
    let start_smooth = if smooth { 1 } else { EPOCHS }; // DIR
    let mut fds = FdsConfig { start_smooth, ..FdsConfig::default() }.init(bins, FEATURES)?; // DIR

    for epoch in 0..EPOCHS {
        let mut order: Vec<usize> = (0..rows.y.len()).collect();
        Stream::new(&[2, epoch as u64]).shuffle(&mut order);
        let calibrator = fds.calibrator(epoch, &device); // DIR
        for batch in order.chunks(BATCH) {
            let targets: Vec<f64> = batch.iter().map(|&r| rows.y[r]).collect();
            let features = net.features(rows.inputs(batch, &device));
            let features = calibrator.apply(features, &targets)?; // DIR
            let error = (net.last.forward(features) - column(&rows.y, batch, &device)).abs();
            let error = error * column(&weights, batch, &device); // DIR
            let gradients = GradientsParams::from_grads(error.mean().backward(), &net);
            net = optimizer.step(1e-3, net, gradients);
        }
        let mut pass = fds.statistics(); // DIR
        for batch in order.chunks(BATCH) {
            let targets: Vec<f64> = batch.iter().map(|&r| rows.y[r]).collect(); // DIR
            pass.push(net.valid().features(rows.inputs(batch, &Device::default())), &targets)?; // DIR
        }
        fds.end_of_epoch(epoch, pass)?; // DIR
    }
    Ok(net.valid())
}

/// Errors on rows that are spread evenly over the range, by how many training rows their bin had.
fn test(net: &Net, train: &Rows, rows: &Rows, bins: &Bins) -> Result<Report, Box<dyn Error>> {
    let device = Device::default();
    let all: Vec<usize> = (0..rows.y.len()).collect();
    let predictions: Vec<f64> = net.last.forward(net.features(rows.inputs(&all, &device))).into_data().iter().collect();
    let shots = ShotRule::default().shots(&bins.counts(&train.y)?)?;
    Ok(evaluate(&rows.y, &predictions, &bins.assign(&rows.y)?, &shots, &EvaluateOptions::default())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut stream = Stream::new(&[3]);
    // Most targets are small: an exponential tail up to 10.
    let train_rows = Rows::new(4, (0..3000).map(|_| (-1.5 * (1.0 - stream.unit()).ln()).min(9.99)));
    let test_rows = Rows::new(5, (0..1000).map(|k| f64::from(k) / 100.0));
    let bins = Bins::uniform(0.0, 0.25, 40)?;
    println!("{:<18}{:>8}{:>8}{:>8}{:>8}", "MAE", "all", "many", "medium", "few");
    let mut few = Vec::new();
    for (name, smooth) in [("plain", false), ("with LDS and FDS", true)] {
        let report = test(&train(&train_rows, &bins, smooth)?, &train_rows, &test_rows, &bins)?;
        let mae = |region| report.get(region).map_or(f64::NAN, |metrics| metrics.mae);
        let [all, many, medium] = [Region::All, Region::Many, Region::Medium].map(mae);
        println!("{name:<18}{all:>8.3}{many:>8.3}{medium:>8.3}{:>8.3}", mae(Region::Few));
        few.push(mae(Region::Few));
    }
    println!("few-shot MAE: {:.3} without, {:.3} with LDS and FDS", few[0], few[1]);
    Ok(())
}
