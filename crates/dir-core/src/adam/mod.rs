//! Adam with the whole update of a parameter in one pass over memory.
//!
//! `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `θ ← θ - α · m √(1 - β₂ᵗ) / (1 - β₁ᵗ) / (√v + ε √(1 - β₂ᵗ))`, with
//! `g + λ θ` for `g` under weight decay. Burn's own does this out of a dozen operations, each of which reads and writes the
//! whole parameter. The state is Burn's, and so is every number, bit for bit: checkpoints of either are the other's.
//!
//! # Source
//! Kingma and Ba, ICLR 2015, in the order of `burn-optim` 0.22.1.

mod extension;
#[cfg(feature = "flex")]
mod flex;

use burn::backend::Dispatch;
use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};

pub use extension::{AdamOps, Update};

/// Adam with the usual decay rates, 0.9 and 0.999, and `ε = 1e-8`.
///
/// # Example
/// ```
/// use dir_core::adam::Adam;
/// let mut optimizer = Adam::new(Some(1e-4)).into_optimizer(); // weight decay
/// # let _ = &mut optimizer;
/// ```
#[derive(Debug, Clone)]
pub struct Adam {
    decay: Option<f32>,
}

impl Adam {
    /// With so much weight decay, added to the gradient.
    #[must_use]
    pub const fn new(decay: Option<f32>) -> Self {
        Self { decay }
    }

    /// For all parameters of a module.
    #[must_use]
    pub fn into_optimizer(self) -> ModuleOptimizer {
        self.into()
    }
}

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let mut momentum = state.map_or_else(
            || AdaptiveMomentumState::new(0, grad.zeros_like(), grad.zeros_like()),
            |state| state.momentum,
        );
        momentum.time += 1;
        let update = Update::new(lr, momentum.time, self.decay);
        let [tensor, grad] = [tensor.into_dispatch(), grad.into_dispatch()];
        let (first, second) = (momentum.moment_1.into_dispatch(), momentum.moment_2.into_dispatch());
        let (tensor, first, second) = Dispatch::adam(tensor, grad, first, second, update);
        let [first, second] = [first, second].map(Tensor::from_dispatch);
        let momentum = AdaptiveMomentumState::new(momentum.time, first, second);
        (Tensor::from_dispatch(tensor), Some(AdamState::new(momentum)))
    }

    fn to_device<const D: usize>(mut state: AdamState<D>, device: &Device) -> AdamState<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use burn::module::{Module, Param};
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::{AdamConfig, GradientsParams};
    use burn::tensor::{DType, TensorData};

    use super::*;
    use crate::random::Stream;

    #[derive(Module, Debug)]
    struct Two {
        large: Param<Tensor<2>>,
        small: Param<Tensor<1>>,
    }

    impl Two {
        /// One of more numbers than a thread takes at a time, and one of a few.
        fn new(dtype: DType, device: &Device) -> Self {
            let mut stream = Stream::new(&[3]);
            let mut draw = |n: usize| (0..n).map(|_| stream.normal()).collect::<Vec<f64>>();
            let large = Tensor::from_data(TensorData::new(draw(173 * 211), [173, 211]), (device, dtype));
            let small = Tensor::from_data(TensorData::new(draw(3), [3]), (device, dtype));
            Self { large: Param::from_tensor(large), small: Param::from_tensor(small) }
        }

        /// Gradients that change from step to step.
        fn gradients(&self, step: usize) -> GradientsParams {
            let loss =
                (self.large.val().powi_scalar(2).sum() * (step as f64 - 1.7)) + (self.small.val().sin().sum() * 3.0);
            GradientsParams::from_grads(loss.backward(), self)
        }

        fn numbers(&self) -> Vec<f64> {
            self.large.val().into_data().iter().chain(self.small.val().into_data().iter()).collect()
        }
    }

    /// Some steps; the module after each, and the optimizer.
    fn steps(mut optimizer: ModuleOptimizer, mut module: Two, steps: std::ops::Range<usize>) -> (Two, ModuleOptimizer) {
        for step in steps {
            let gradients = module.gradients(step);
            module = optimizer.step(1e-3, module, gradients);
        }
        (module, optimizer)
    }

    #[test]
    fn bit_for_bit_burns_own_and_each_goes_on_from_the_other() {
        let device = Device::flex().autodiff();
        for (dtype, decay) in [(DType::F32, None), (DType::F32, Some(0.01)), (DType::F64, Some(0.3))] {
            let ours = || Adam::new(decay).into_optimizer();
            let burns = || {
                let decay = decay.map(WeightDecayConfig::new);
                AdamConfig::new().with_epsilon(1e-8).with_weight_decay(decay).init()
            };
            let module = Two::new(dtype, &device);
            let (a, saved_by_us) = steps(ours(), module.clone(), 0..4);
            let (b, saved_by_burn) = steps(burns(), module, 0..4);
            assert_eq!(a.numbers(), b.numbers(), "{dtype:?} {decay:?}");
            if dtype == DType::F64 {
                continue; // Burn reads a saved state in single precision
            }
            let [theirs, own] = [saved_by_burn, saved_by_us].map(|saved| saved.into_bytes().expect("bytes"));
            let (a, _) = steps(ours().from_bytes(theirs).expect("its state"), a, 4..7);
            let (b, _) = steps(burns().from_bytes(own).expect("our state"), b, 4..7);
            assert_eq!(a.numbers(), b.numbers(), "{dtype:?} {decay:?}, from the other's state");
        }
    }
}
