//! Calibration is differentiable: its gradients are those of finite differences, alone and inside a dense network, and the
//! tensor version is the host version in `f32` and `f64`.
//!
//! Central differences in `f64` on Flex of a random projection of the output, for every input element. The calibration is
//! affine, so a step of 1e-3 has no truncation error.
#![cfg(feature = "flex")]

use burn::module::{Module, Param, ParamGroup};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{DType, Device, Tensor, TensorData};
use dir_core::bins::Bins;
use dir_core::fds::{Calibrator, Covariance, EmptyBins, Fds, FdsConfig, Order};
use dir_core::loss::{Loss, LossConfig, LossKind};
use dir_core::random::Stream;
use dir_core::{FeatureMap, Regressor};

const BINS: usize = 7;

/// Rows of a batch, by bin: 3 and 6 are never seen in training, 4 has one row only, 1 has a dead feature.
const TARGETS: [f64; 7] = [0.5, 6.5, 1.5, 3.5, 2.5, 1.25, 4.5];

fn normal(key: u64, count: usize) -> Vec<f64> {
    let mut stream = Stream::new(&[key]);
    (0..count).map(|_| stream.normal()).collect()
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], device: &Device, dtype: DType) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (device, dtype))
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

/// Features of width `dim` whose mean and spread differ from bin to bin, and their targets.
fn training_rows(dim: usize, epoch: usize) -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(&[9, dim as u64, epoch as u64]);
    let (mut features, mut targets) = (Vec::new(), Vec::new());
    for (bin, count) in [(0, 9), (1, 12), (2, 5), (4, 1), (5, 8)] {
        for _ in 0..count {
            let common = stream.normal(); // correlates the features
            let feature = |j: usize, noise: f64| {
                let spread = 0.2 + 0.5 * ((bin + j) % 3) as f64;
                if bin == 1 && j == 2 { 4.0 } else { bin as f64 - j as f64 + spread * (noise + common) }
            };
            features.extend((0..dim).map(|j| feature(j, stream.normal())));
            targets.push(bin as f64 + 0.5);
        }
    }
    (features, targets)
}

/// FDS after two epochs, so that it calibrates.
fn trained(config: &FdsConfig, dim: usize) -> Fds {
    let mut fds = config.init(&Bins::uniform(0.0, 1.0, BINS).expect("valid"), dim).expect("valid");
    for epoch in 0..2 {
        let (features, targets) = training_rows(dim, epoch);
        let mut pass = fds.statistics();
        pass.push_rows(&features, &targets).expect("fits");
        fds.end_of_epoch(epoch, pass).expect("fits");
    }
    assert!(!fds.calibration(2).is_identity(), "{config:?} would leave the test nothing to check");
    fds
}

fn configs() -> Vec<FdsConfig> {
    let mut configs = Vec::new();
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(1), Covariance::LowRank(3)] {
        for empty_bins in [EmptyBins::Masked, EmptyBins::Nearest, EmptyBins::Identity, EmptyBins::Fill] {
            // Narrow bounds clip on both sides; wide ones never.
            for clip in [None, Some([0.9, 1.1])] {
                configs.push(FdsConfig {
                    covariance,
                    empty_bins,
                    clip,
                    order: Order::Immediate,
                    ..FdsConfig::default()
                });
            }
        }
    }
    configs
}

fn close(got: f64, expected: f64, relative: f64, what: &dyn std::fmt::Debug) {
    let scale = got.abs().max(expected.abs());
    assert!((got - expected).abs() <= relative * scale + 1e-11, "{got} for {expected}: {what:?}");
}

/// `Σ projection · calibrated`.
fn projected(calibrator: &Calibrator, z: Tensor<2>, targets: &[f64], projection: &Tensor<2>) -> Tensor<1> {
    (calibrator.apply(z, targets).expect("fits") * projection.clone()).sum()
}

fn check_gradient(fds: &Fds, targets: &[f64], context: &FdsConfig) {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let shape = [targets.len(), fds.dim()];
    let (z, r) = (normal(1, shape[0] * shape[1]), normal(2, shape[0] * shape[1]));
    let leaf = tensor(&z, shape, &tracked, DType::F64).require_grad();
    let projection = tensor(&r, shape, &tracked, DType::F64);
    let loss = projected(&fds.calibrator(2, &tracked), leaf.clone(), targets, &projection);
    let gradient = host(leaf.grad(&loss.backward()).expect("tracked"));

    let (calibrator, projection) = (fds.calibrator(2, &plain), tensor(&r, shape, &plain, DType::F64));
    for k in 0..z.len() {
        let at = |step: f64| {
            let mut z = z.clone();
            z[k] += step;
            let z = tensor(&z, shape, &plain, DType::F64);
            projected(&calibrator, z, targets, &projection).into_scalar::<f64>()
        };
        close(gradient[k], (at(1e-3) - at(-1e-3)) / 2e-3, 1e-6, &(k, context));
    }
}

#[test]
fn calibration_gradients_are_finite_differences() {
    for config in configs() {
        for dim in [5, 3] {
            check_gradient(&trained(&config, dim), &TARGETS, &config);
        }
    }
}

#[test]
fn one_row_one_feature_and_one_bin_have_gradients_too() {
    for config in configs() {
        check_gradient(&trained(&config, 1), &TARGETS, &config);
        check_gradient(&trained(&config, 4), &TARGETS[4..5], &config);
        check_gradient(&trained(&config, 4), &[2.5; 11], &config);
    }
}

#[test]
fn tensors_are_the_host_calibration() {
    for config in configs() {
        let fds = trained(&config, 5);
        let z = normal(3, TARGETS.len() * 5);
        let expected = fds.calibration(2).apply(&z, &TARGETS).expect("fits");
        for device in [Device::flex(), Device::flex().autodiff()] {
            let calibrator = fds.calibrator(2, &device);
            for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F64, 1e-12)] {
                let got = calibrator.apply(tensor(&z, [7, 5], &device, dtype), &TARGETS).expect("fits");
                assert_eq!(got.dtype(), dtype);
                for (got, expected) in host(got).into_iter().zip(&expected) {
                    assert!(
                        (got - expected).abs() <= tolerance * expected.abs().max(1.0),
                        "{got} {expected} {config:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn batches_of_no_row_and_of_one() {
    let device = Device::flex();
    for config in configs() {
        let fds = trained(&config, 3);
        let calibrator = fds.calibrator(2, &device);
        let none = calibrator.apply(Tensor::<2>::zeros([0, 3], &device), &[]).expect("fits");
        assert_eq!(none.dims(), [0, 3]);
        assert_eq!(fds.calibration(2).apply(&[], &[]), Ok(Vec::new()));
        let z = normal(4, TARGETS.len() * 3);
        let all = host(calibrator.apply(tensor(&z, [7, 3], &device, DType::F64), &TARGETS).expect("fits"));
        for (row, (z, target)) in z.chunks_exact(3).zip(TARGETS).enumerate() {
            let alone = host(calibrator.apply(tensor(z, [1, 3], &device, DType::F64), &[target]).expect("fits"));
            for (alone, among) in alone.into_iter().zip(&all[row * 3..]) {
                close(alone, *among, 1e-13, &config);
            }
        }
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (device, dim) = (Device::flex(), 5);
    let order = [4, 0, 6, 2, 5, 1, 3];
    for config in configs() {
        let calibrator = trained(&config, dim).calibrator(2, &device);
        let z = normal(5, TARGETS.len() * dim);
        let row = |i: usize| &z[i * dim..][..dim];
        let of =
            |z: &[f64], y: &[f64]| host(calibrator.apply(tensor(z, [7, dim], &device, DType::F64), y).expect("fits"));
        let straight = of(&z, &TARGETS);
        let shuffled = of(&order.map(row).concat(), &order.map(|i| TARGETS[i]));
        for (place, i) in order.into_iter().enumerate() {
            for (a, b) in shuffled[place * dim..][..dim].iter().zip(&straight[i * dim..]) {
                close(*a, *b, 1e-13, &config);
            }
        }
    }
}

#[test]
fn rows_that_do_not_fit_are_errors() {
    let device = Device::flex();
    let calibrator = trained(&configs()[0], 3).calibrator(2, &device);
    assert!(calibrator.apply(Tensor::<2>::zeros([2, 3], &device), &[0.5]).is_err());
    assert!(calibrator.apply(Tensor::<2>::zeros([1, 4], &device), &[0.5]).is_err());
    assert!(calibrator.apply(Tensor::<2>::zeros([1, 3], &device), &[f64::NAN]).is_err());
}

/// A network with one prediction per pixel; FDS stands inside its decoder.
#[derive(Module, Debug)]
struct Toy {
    encoder: Conv2d,
    decoder: Conv2d,
    head: Conv2d,
}

const CHANNELS: usize = 4;
const IMAGE: [usize; 4] = [2, 3, 5, 4];

impl Toy {
    fn new(device: &Device) -> Self {
        let conv = |channels, size: usize, key| {
            let padding = PaddingConfig2d::Explicit(size / 2, size / 2, size / 2, size / 2);
            let mut conv = Conv2dConfig::new(channels, [size, size]).with_padding(padding).init(device);
            let shape = conv.weight.val().dims();
            let weights: Vec<f64> = normal(key, shape.iter().product()).iter().map(|w| 0.3 * w).collect();
            conv.weight = Param::from_tensor(tensor(&weights, shape, device, DType::F64));
            conv.bias =
                Some(Param::from_tensor(tensor(&normal(key + 1, channels[1]), [channels[1]], device, DType::F64)));
            conv
        };
        Self {
            encoder: conv([IMAGE[1], 6], 3, 20),
            decoder: conv([6, CHANNELS], 3, 22),
            head: conv([CHANNELS, 1], 1, 24),
        }
    }

    /// Encoder, FDS on every pixel, head, loss: what a training step does.
    fn loss(&self, calibrator: &Calibrator, loss: &Loss, image: Tensor<4>, targets: &[f64]) -> Tensor<1> {
        let features = self.encode(image);
        let shape = FeatureMap::shape(&features);
        let rows = calibrator.apply(features.into_rows(), targets).expect("fits");
        let predictions = self.head(FeatureMap::from_rows(rows, shape));
        let targets = tensor(targets, [targets.len(), 1], &predictions.device(), DType::F64);
        loss.forward(predictions, targets, None).expect("fits")
    }
}

impl Regressor for Toy {
    type Input = Tensor<4>;
    type Features = Tensor<4>;

    fn encode(&self, input: Tensor<4>) -> Tensor<4> {
        self.decoder.forward(self.encoder.forward(input).tanh()).tanh()
    }

    fn head(&self, features: Tensor<4>) -> Tensor<2> {
        self.head.forward(features).into_rows()
    }

    fn retrained(&self) -> ParamGroup {
        ParamGroup::from_predicate("head.")
    }

    fn with_new_head(mut self, _: usize, seed: u64) -> Self {
        let old = self.head.weight.val();
        let weights = normal(seed, old.dims().iter().product());
        self.head.weight = Param::from_tensor(tensor(&weights, old.dims(), &old.device(), DType::F64));
        self
    }
}

/// The network, one depth per pixel, and FDS with the statistics of the network's own features.
fn dense(device: &Device, covariance: Covariance) -> (Toy, Vec<f64>, Vec<f64>, Fds) {
    let toy = Toy::new(device);
    let image = normal(30, IMAGE.iter().product());
    let pixels = IMAGE[0] * IMAGE[2] * IMAGE[3];
    let mut stream = Stream::new(&[31]);
    let targets: Vec<f64> = (0..pixels).map(|_| BINS as f64 * stream.unit().powi(2)).collect();
    let config = FdsConfig { covariance, order: Order::Immediate, ..FdsConfig::default() };
    let mut fds = config.init(&Bins::uniform(0.0, 1.0, BINS).expect("valid"), CHANNELS).expect("valid");
    let mut pass = fds.statistics();
    let features = toy.encode(tensor(&image, IMAGE, device, DType::F64)).into_rows().without_autodiff();
    pass.push(features, &targets).expect("fits");
    fds.end_of_epoch(0, pass).expect("fits");
    (toy, image, targets, fds)
}

fn mse() -> Loss {
    LossConfig { kind: LossKind::Mse, ..LossConfig::default() }.init().expect("valid")
}

#[test]
fn gradients_pass_through_a_decoder() {
    let (device, loss) = (Device::flex().autodiff(), mse());
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(2)] {
        let (toy, image, targets, fds) = dense(&device, covariance);
        let calibrator = fds.calibrator(1, &device);
        assert!(!calibrator.is_identity());
        let leaf = tensor(&image, IMAGE, &device, DType::F64).require_grad();
        let total = toy.loss(&calibrator, &loss, leaf.clone(), &targets);
        let gradient = host(leaf.grad(&total.backward()).expect("tracked"));
        for k in 0..image.len() {
            let at = |step: f64| {
                let mut image = image.clone();
                image[k] += step;
                let image = tensor(&image, IMAGE, &device, DType::F64);
                toy.loss(&calibrator, &loss, image, &targets).into_scalar::<f64>()
            };
            // tanh bends: a smaller step, and rounding shows from 1e-9 on.
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            let error = (gradient[k] - expected).abs();
            assert!(error < 1e-6 * expected.abs().max(1e-3), "{} for {expected} at {k}, {covariance:?}", gradient[k]);
        }
    }
}

#[test]
fn a_dense_network_trains_under_fds() {
    let (device, loss) = (Device::flex().autodiff(), mse());
    let (mut toy, image, targets, fds) = dense(&device, Covariance::Diagonal);
    let calibrator = fds.calibrator(1, &device);
    let mut optimizer = SgdConfig::new().init();
    let mut losses = Vec::new();
    for _ in 0..3 {
        let total = toy.loss(&calibrator, &loss, tensor(&image, IMAGE, &device, DType::F64), &targets);
        losses.push(total.clone().into_scalar::<f64>());
        let gradients = GradientsParams::from_grads(total.backward(), &toy);
        toy = optimizer.step(0.02, toy, gradients);
    }
    let last = toy.loss(&calibrator, &loss, tensor(&image, IMAGE, &device, DType::F64), &targets);
    losses.push(last.into_scalar::<f64>());
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
    let plain = toy.forward(tensor(&image, IMAGE, &device, DType::F64));
    assert_eq!(plain.dims(), [targets.len(), 1]); // without FDS, as in evaluation
}
