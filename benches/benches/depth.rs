//! `cargo bench --workspace --bench depth`: what FDS adds to training steps of depth networks (forward, MSE over pixels, backward,
//! Adam): calibration of every pixel in a step, and the statistics pass by its share of an epoch.
//! `DIR_BENCH_DEPTH=18x16x8x112x152` chooses depth x width x batch x rows x columns.

#![allow(clippy::print_stdout)]

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use dir_bench::nets::{DEPTH, depth_config, drawn, sizes};
use dir_bench::{in_pool, line, time};
use dir_core::adam::Adam;
use dir_core::bins::Bins;
use dir_core::fds::{Fds, FdsConfig};
use dir_core::loss::{LossConfig, LossKind};
use dir_core::ops::DeviceInfo;
use dir_core::random::Stream;
use dir_core::{Compat, Regressor};

const DEFAULT: &str = "18x16x8x56x76,18x16x8x112x152,50x64x2x228x304";

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let nets = std::env::var("DIR_BENCH_DEPTH").unwrap_or_else(|_| DEFAULT.into());
    for [depth, width, batch, rows, columns] in nets.split(',').filter_map(|net| sizes(net, DEPTH)) {
        in_pool(|| network([depth, width, batch], [rows, columns], &device));
    }
}

fn network([depth, width, batch]: [usize; 3], [rows, columns]: [usize; 2], device: &Device) {
    let training = device.clone().autodiff();
    let config = depth_config(depth, width);
    let mut net = config.init(0, &training).expect("a valid size");
    let mut adam = Adam::new(None).into_optimizer();
    let loss = LossConfig { kind: LossKind::Mse, ..LossConfig::default() }.init().expect("valid");
    let data = drawn([batch, 3, rows, columns], 1);
    let input = |device: &Device| Tensor::<4>::from_data(data.clone(), device);
    let x = input(&training);
    let features = net.valid().encode(input(device).into());
    let pixels = features.dims()[0] * features.dims()[2] * features.dims()[3];
    let mut stream = Stream::new(&[2]);
    let depths: Vec<f64> = (0..pixels).map(|_| 0.7 + 9.0 * stream.unit().powi(3)).collect();
    let column: Vec<f32> = depths.iter().map(|&d| d as f32).collect();
    let targets = Tensor::<2>::from_data(TensorData::new(column, [pixels, 1]), &training);

    let name = format!("depth network {depth}, width {width}, batch {batch} of {rows} x {columns}");
    let mut fds = fds(config.features());
    for epoch in 0..2 {
        let mut pass = fds.statistics();
        pass.push(features.clone(), &depths).expect("fits");
        fds.end_of_epoch(epoch, pass).expect("in order");
    }
    let calibrator = fds.calibrator(2, &training);
    let mut step = |calibrated: bool| {
        time(5, || {
            let mut features = net.encode(x.clone().into());
            if calibrated {
                features = calibrator.apply(features, &depths).expect("fits");
            }
            let loss = loss.forward(net.head(features), targets.clone(), None).expect("fits");
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = adam.step(1e-4, net.clone(), gradients);
            drop(loss.into_data());
        })
    };
    let (plain, calibrated) = (step(false), step(true));
    line(&format!("{name}: training step"), plain, &format!("{:.1} pictures/s", batch as f64 / plain.0));
    line(&format!("{name}: the same, calibrated"), calibrated, &share(calibrated.0 - plain.0, plain.0));
    let mut pass = fds.statistics();
    let summed = time(5, || pass.push(features.clone(), &depths).expect("fits"));
    line(&format!("{name}: statistics of a batch"), summed, &share(summed.0, plain.0));
    let valid = net.valid();
    let encoded = time(5, || drop(valid.encode(input(device).into()).into_data()));
    line(&format!("{name}: its forward pass for them"), encoded, &share(encoded.0, plain.0));
}

fn share(part: f64, whole: f64) -> String {
    format!("{:.1} % of a step", 100.0 * part / whole)
}

fn fds(features: usize) -> Fds {
    let bins = Bins::uniform(0.0, 0.1, 100).expect("valid");
    FdsConfig::nyud2(Compat::Corrected).init(&bins, features).expect("valid")
}
