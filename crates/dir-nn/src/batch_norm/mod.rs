//! Batch normalisation with PyTorch's running statistics.
//!
//! `y = γ · (x - mean) / √(var + ε) + β` per channel. In training mean and variance are the batch's and the running ones
//! move by a tenth towards them; in evaluation the running ones are used. The running variance takes the unbiased one
//! (divided by `n - 1`), as PyTorch does; Burn's own layer takes the biased one, which is too small by `(n - 1) / n`.
//!
//! What follows a normalisation in a network, a ReLU or a sum with a ReLU, is computed with it: on the CPU each would be
//! another pass over memory. See [`NormOps`]; other backends take Burn's operations.
//!
//! # Source
//! Ioffe and Szegedy, ICML 2015; PyTorch 2.11, `BatchNorm2d` with its defaults.

mod autodiff;
mod extension;
#[cfg(feature = "flex")]
mod flex;
mod generic;

use burn::backend::Dispatch;
use burn::backend::tensor::FloatTensor;
use burn::module::{Flag, Module, Param, RunningState};
use burn::tensor::{Device, Tensor};

pub use extension::{After, NormOps};
#[cfg(feature = "flex")]
pub(crate) use flex::Line;

/// Keeps the variance of a constant channel from being 0.
pub const EPSILON: f64 = 1e-5;
/// Share of the new statistics at each update.
const MOMENTUM: f64 = 0.1;

/// Batch normalisation over all dimensions but the second.
///
/// It trains (batch statistics, running ones updated) on an autodiff device, unless it is frozen.
#[derive(Module, Debug)]
pub struct BatchNorm {
    pub(crate) weight: Param<Tensor<1>>,
    pub(crate) bias: Param<Tensor<1>>,
    pub(crate) running_mean: RunningState<Tensor<1>>,
    pub(crate) running_var: RunningState<Tensor<1>>,
    training: Param<Flag>,
}

impl BatchNorm {
    /// Scale 1, shift 0, running mean 0 and variance 1.
    #[must_use]
    pub fn new(channels: usize, device: &Device) -> Self {
        let (zeros, ones) = (|| Tensor::zeros([channels], device), || Tensor::ones([channels], device));
        Self {
            weight: Param::from_tensor(ones()),
            bias: Param::from_tensor(zeros()),
            running_mean: RunningState::new(zeros()),
            running_var: RunningState::new(ones()),
            training: Param::from_bool(true),
        }
    }

    /// `[N, C, H, W]` to the same.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.then(After::Nothing, x)
    }

    /// `ReLU` of [`BatchNorm::forward`].
    #[must_use]
    pub fn forward_relu(&self, x: Tensor<4>) -> Tensor<4> {
        self.then(After::Relu, x)
    }

    pub(crate) fn then(&self, after: After, x: Tensor<4>) -> Tensor<4> {
        let (device, [n, channels, h, w]) = (x.device(), x.dims());
        if !(device.is_autodiff() && self.training.is_enabled()) {
            let [weight, bias, mean, var] = self.table(channels);
            return Tensor::from_dispatch(<Dispatch as NormOps>::normalize(
                x.into_dispatch(),
                weight,
                bias,
                mean,
                var,
                after,
            ));
        }
        let (x, [weight, bias]) = (x.into_dispatch(), self.line(channels));
        let (y, mean, var) = <Dispatch as NormOps>::normalize_batch(x, weight, bias, after);
        let rows = (n * h * w) as f64;
        update(&self.running_mean, Tensor::from_dispatch(mean), 1.0);
        update(&self.running_var, Tensor::from_dispatch(var), rows / (rows - 1.0).max(1.0));
        Tensor::from_dispatch(y)
    }

    /// Scale and shift.
    fn line(&self, channels: usize) -> [FloatTensor<Dispatch>; 2] {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        assert_eq!(weight.dims(), [channels], "batch norm: found {channels} channels, expected {:?}", weight.dims());
        [weight, bias].map(Tensor::into_dispatch)
    }

    /// Scale, shift, running mean and running variance, where the parameters are.
    pub(crate) fn table(&self, channels: usize) -> [FloatTensor<Dispatch>; 4] {
        let device = self.weight.val().device();
        let statistics = [&self.running_mean, &self.running_var];
        let [mean, variance] = statistics.map(|s| s.value_sync().to_device(&device).into_dispatch());
        let [weight, bias] = self.line(channels);
        [weight, bias, mean, variance]
    }
}

/// `ReLU(a + b)`, the end of a residual block.
///
/// # Panics
/// If the shapes differ.
#[must_use]
pub fn add_relu(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    assert_eq!(a.dims(), b.dims(), "add_relu: found shapes that differ");
    Tensor::from_dispatch(<Dispatch as NormOps>::add_relu(a.into_dispatch(), b.into_dispatch()))
}

/// Moves a running statistic towards `factor` times the batch's.
fn update(running: &RunningState<Tensor<1>>, batch: Tensor<1>, factor: f64) {
    let old = running.value_sync().to_device(&batch.device());
    running.update((old * (1.0 - MOMENTUM) + batch.detach() * (MOMENTUM * factor)).detach());
    // Burn takes an update in at the next one; a model that is saved now would be one behind.
    running.value_sync();
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use burn::tensor::activation::relu;
    use burn::tensor::{DType, TensorData};
    use dir_core::random::Stream;

    use super::*;

    fn values(tensor: Tensor<1>) -> Vec<f64> {
        tensor.into_data().iter().collect()
    }

    #[test]
    fn the_running_variance_is_unbiased_and_never_late() {
        let device = Device::default().autodiff();
        let norm = BatchNorm::new(1, &device);
        let x = Tensor::<4>::from_data([[[[1.0, 2.0]]], [[[3.0, 6.0]]]], &device);
        let y = norm.forward(x);
        // By hand: mean 3, squares 4 + 1 + 0 + 9 = 14, biased 3.5, unbiased 14 / 3.
        let first = y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f64>();
        assert!((first + 2.0 / 3.5_f64.sqrt()).abs() < 1e-5);
        assert!((values(norm.running_mean.value())[0] - 0.3).abs() < 1e-6);
        assert!((values(norm.running_var.value())[0] - (0.9 + 0.1 * 14.0 / 3.0)).abs() < 1e-6);
    }

    type Layer<'a> = &'a dyn Fn(Tensor<4>) -> Tensor<4>;

    /// A layer with parameters and statistics of every kind, and pictures.
    fn lopsided(shape: [usize; 4], device: &Device) -> (BatchNorm, Tensor<4>, Tensor<4>) {
        let dtype = DType::F64;
        let mut stream = Stream::new(&[7]);
        let mut draw = |n: usize| (0..n).map(|_| stream.normal()).collect::<Vec<f64>>();
        let channels = |values: Vec<f64>| Tensor::<1>::from_data(TensorData::new(values, [shape[1]]), (device, dtype));
        let pictures = |values| Tensor::<4>::from_data(TensorData::new(values, shape), (device, dtype));
        let n = shape.iter().product();
        let mut norm = BatchNorm::new(shape[1], device);
        norm.weight = Param::from_tensor(channels(draw(shape[1])));
        norm.bias = Param::from_tensor(channels(draw(shape[1])));
        norm.running_mean = RunningState::new(channels(draw(shape[1])));
        norm.running_var = RunningState::new(channels(draw(shape[1]).iter().map(|v| v * v + 0.1).collect()));
        (norm, pictures(draw(n)), pictures(draw(n)))
    }

    /// Output and gradients of `Σ y · r` in x, weight and bias.
    fn results(
        x: Tensor<4>,
        norm: &BatchNorm,
        upstream: Tensor<4>,
        of: impl Fn(Tensor<4>) -> Tensor<4>,
    ) -> [Vec<f64>; 4] {
        let x = x.detach().require_grad();
        let y = of(x.clone());
        let gradients = (y.clone() * upstream).sum().backward();
        let numbers = |data: TensorData| data.iter().collect();
        let of_parameter =
            |p: &Param<Tensor<1>>| p.val().grad(&gradients).map_or_else(Vec::new, |g| numbers(g.into_data()));
        let of_x = numbers(x.grad(&gradients).expect("tracked").into_data());
        [numbers(y.into_data()), of_x, of_parameter(&norm.weight), of_parameter(&norm.bias)]
    }

    fn assert_close(ours: &[Vec<f64>; 4], theirs: &[Vec<f64>; 4], what: &str) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_eq!(ours.len(), theirs.len(), "{what}");
            let largest = theirs.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
            assert!(ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() <= 1e-12 * largest), "{what}");
        }
    }

    #[test]
    fn as_burns_own_operations() {
        let device = Device::flex().autodiff();
        // Planes that are put side by side, longer than a vector, of one number; planes that are read where they are.
        for shape in [[3, 4, 5, 7], [1, 2, 16, 3], [4, 3, 1, 1], [2, 9, 9, 11]] {
            let (norm, x, upstream) = lopsided(shape, &device);
            let (weight, bias) = (|| norm.weight.val(), || norm.bias.val());
            let theirs = |x: Tensor<4>| burn::tensor::module::batch_norm_train(x, weight(), bias(), EPSILON).output;
            let pairs: [(&str, Layer<'_>, Layer<'_>); 3] = [
                ("alone", &|x| norm.forward(x), &theirs),
                ("with ReLU", &|x| norm.forward_relu(x), &|x| relu(theirs(x))),
                ("with a sum", &|x| add_relu(norm.forward(x.clone()), x), &|x| relu(theirs(x.clone()) + x)),
            ];
            for (what, ours, theirs) in pairs {
                let of = |f: Layer<'_>| results(x.clone(), &norm, upstream.clone(), f);
                assert_close(&of(ours), &of(theirs), what);
            }
            let plain = norm.valid();
            let (mean, var) = (plain.running_mean.value(), plain.running_var.value());
            let pixels = x.without_autodiff();
            let ours: Vec<f64> = plain.forward_relu(pixels.clone()).into_data().iter().collect();
            let (weight, bias) = (plain.weight.val(), plain.bias.val());
            let theirs = relu(burn::tensor::module::batch_norm(pixels, weight, bias, mean, var, EPSILON));
            let theirs: Vec<f64> = theirs.into_data().iter().collect();
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-12), "evaluation");
        }
    }

    #[test]
    fn gradients_are_slopes() {
        let device = Device::flex().autodiff();
        let (norm, x, upstream) = lopsided([2, 2, 3, 2], &device);
        let score = |x: Tensor<4>| (norm.forward_relu(x) * upstream.clone()).sum();
        let [_, found, ..] = results(x.clone(), &norm, upstream.clone(), |x| norm.forward_relu(x));
        let values: Vec<f64> = x.into_data().iter().collect();
        for (k, slope) in found.into_iter().enumerate() {
            let at = |step: f64| {
                let mut moved = values.clone();
                moved[k] += step;
                let data = TensorData::new(moved, [2, 2, 3, 2]);
                score(Tensor::from_data(data, (&device, DType::F64))).into_scalar::<f64>()
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - expected).abs() < 1e-7, "{slope}, expected {expected}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let device = Device::default().autodiff();
        let norm = BatchNorm::new(1, &device);
        let y = norm.forward_relu(Tensor::<4>::from_data([[[[1.0, f32::NAN]]]], &device));
        assert!(y.into_data().iter::<f32>().all(f32::is_nan));
    }

    #[test]
    fn evaluation_and_frozen_layers_leave_the_statistics() {
        let device = Device::default().autodiff();
        let norm = BatchNorm::new(1, &device);
        let x = || Tensor::<4>::from_data([[[[1.0, 2.0]]], [[[3.0, 6.0]]]], &device);
        let expected = 1.0 / (1.0 + EPSILON).sqrt();
        let plain = norm.valid().forward(x().without_autodiff());
        let frozen = norm.clone().freeze();
        for y in [plain, frozen.forward(x())] {
            assert!((y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f64>() - expected).abs() < 1e-6);
        }
        assert_eq!(values(frozen.running_mean.value_sync()), [0.0]);
    }
}
