//! Losses with a weight per row: `L = 1/N Σ w · ℓ(|ŷ - y|)`, the mean over all elements, not over the weights.
//!
//! Predictions, targets and weights are `[rows, columns]` and must agree in shape: `[N]` against `[N, 1]` would broadcast to
//! `[N, N]` and train on nonsense, a mistake that has cost real projects.
//!
//! # Source
//! Yang et al., ICML 2021, section 4.1 and appendix; official `agedb-dir/loss.py`, `sts-b-dir/loss.py` at a6fdc45.

mod classes;
mod focal;
mod pointwise;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use classes::{ClassLoss, ClassLossConfig, ClassLossKind};
pub use focal::{Activation, FocalForm};

/// What keeps a loss from being taken. Worded to follow "failed to take the loss: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LossError {
    /// Shapes that differ would broadcast.
    #[error("found {name} of shape {found:?}, expected {expected:?} as the prediction; reshape to [rows, 1]")]
    Shape {
        /// Which tensor.
        name: &'static str,
        /// Its shape.
        found: [usize; 2],
        /// Shape of the prediction.
        expected: [usize; 2],
    },
    /// Not one output per bin, or not one target per row.
    #[error("found outputs of shape {found:?}, expected {expected:?}: rows, bins")]
    Logits {
        /// Their shape.
        found: [usize; 2],
        /// What it should be.
        expected: [usize; 2],
    },
    /// The bin of a target that does not exist.
    #[error("found bin {found}, expected one below {bins}")]
    Bin {
        /// The bin.
        found: usize,
        /// Number of bins.
        bins: usize,
    },
    /// The mean of nothing.
    #[error("found no rows, expected at least 1")]
    Empty,
    /// A parameter that makes no sense.
    #[error("found {name} = {value}, expected {expected}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
}

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// `e`.
    #[default]
    L1,
    /// `e²`.
    Mse,
    /// `e² / 2β` below `β`, `e - β/2` above.
    Huber,
    /// Focal-R: `f(e) · e`.
    FocalL1,
    /// Focal-R: `f(e) · e²`.
    FocalMse,
}

/// A loss as a user writes it.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `kind` | l1 | l1, mse, huber, focal_l1, focal_mse | `--loss` |
/// | `beta` | 1 (huber), 0.2 (focal) | where Huber turns linear; how fast the focal factor rises | `--huber_beta` |
/// | `gamma` | 1 | exponent of the focal factor; 0 is no factor | none |
/// | `activation` | sigmoid | sigmoid or tanh in the focal factor | none |
/// | `form` | official | focal factor of the program or as printed | none |
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::loss::{LossConfig, LossKind};
/// let column = |v: [f64; 4]| Tensor::<1>::from_data(v, &Device::default()).reshape([4, 1]);
/// let (prediction, target) = (column([1.0, 2.0, 3.5, -1.0]), column([1.5, 0.0, 3.4, 4.0]));
/// let loss = LossConfig { kind: LossKind::FocalL1, ..Default::default() }.init()?;
/// let value: f32 = loss.forward(prediction, target, Some(column([1.0, 0.5, 2.0, 1.5])))?.into_scalar();
/// assert!((value - 0.922_558_3).abs() < 1e-6); // official module
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// Which loss.
    pub kind: LossKind,
    /// Scale of the error; see the table.
    pub beta: Option<f64>,
    /// Exponent of the focal factor.
    pub gamma: f64,
    /// Squashing function of the focal factor.
    pub activation: Activation,
    /// Focal factor of the program, or as printed.
    pub form: FocalForm,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            kind: LossKind::default(),
            beta: None,
            gamma: 1.0,
            activation: Activation::default(),
            form: FocalForm::default(),
        }
    }
}

/// A loss whose parameters have been checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    kind: LossKind,
    beta: f64,
    gamma: f64,
    activation: Activation,
    form: FocalForm,
}

impl LossConfig {
    /// The checked loss.
    ///
    /// # Errors
    /// A beta that is not positive, a negative gamma.
    pub fn init(&self) -> Result<Loss, LossError> {
        let beta = self.beta.unwrap_or(if self.kind == LossKind::Huber { 1.0 } else { 0.2 });
        if !(beta > 0.0 && beta.is_finite()) {
            return Err(LossError::Parameter { name: "beta", value: beta, expected: "a finite number above 0" });
        }
        if !(self.gamma >= 0.0 && self.gamma.is_finite()) {
            let expected = "a finite number of at least 0";
            return Err(LossError::Parameter { name: "gamma", value: self.gamma, expected });
        }
        Ok(Loss { kind: self.kind, beta, gamma: self.gamma, activation: self.activation, form: self.form })
    }
}

impl Loss {
    /// Mean loss, each element times its weight.
    ///
    /// # Shapes
    /// `prediction`, `target` and `weight` `[rows, columns]` alike, to `[1]`.
    /// # Errors
    /// Shapes that differ, no rows.
    pub fn forward(
        &self,
        prediction: Tensor<2>,
        target: Tensor<2>,
        weight: Option<Tensor<2>>,
    ) -> Result<Tensor<1>, LossError> {
        let shape = prediction.dims();
        if shape.contains(&0) {
            return Err(LossError::Empty);
        }
        let elements = self.forward_no_reduction(prediction, target)?;
        Ok(match weight {
            Some(weight) => (elements * same_shape("weights", weight, shape)?).mean(),
            None => elements.mean(),
        })
    }

    /// Loss of every element, unweighted.
    ///
    /// # Shapes
    /// `prediction` and `target` `[rows, columns]` to the same.
    /// # Errors
    /// Shapes that differ.
    pub fn forward_no_reduction(&self, prediction: Tensor<2>, target: Tensor<2>) -> Result<Tensor<2>, LossError> {
        let target = same_shape("targets", target, prediction.dims())?;
        let error = (prediction - target).abs();
        Ok(match self.kind {
            LossKind::L1 => error,
            LossKind::Mse => error.clone() * error,
            LossKind::Huber => pointwise::huber(error, self.beta),
            LossKind::FocalL1 => self.focal(error.clone()) * error,
            LossKind::FocalMse => self.focal(error.clone()) * error.clone() * error,
        })
    }

    /// Loss of one element on the host, from the absolute error: the oracle of the tensor version.
    #[must_use]
    pub fn element(&self, error: f64) -> f64 {
        match self.kind {
            LossKind::L1 => error,
            LossKind::Mse => error * error,
            LossKind::Huber => pointwise::huber_element(error, self.beta),
            LossKind::FocalL1 => self.focal_element(error) * error,
            LossKind::FocalMse => self.focal_element(error) * error * error,
        }
    }
}

fn same_shape(name: &'static str, tensor: Tensor<2>, expected: [usize; 2]) -> Result<Tensor<2>, LossError> {
    let found = tensor.dims();
    if found == expected { Ok(tensor) } else { Err(LossError::Shape { name, found, expected }) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;

    const P: [f64; 4] = [1.0, 2.0, 3.5, -1.0];
    const Y: [f64; 4] = [1.5, 0.0, 3.4, 4.0];
    const W: [f64; 4] = [1.0, 0.5, 2.0, 1.5];

    /// GPUs are tested in `f32`, whatever they say of `f64`; some calculate its exponentials in `f32`.
    const DTYPE: DType = if cfg!(feature = "cube") { DType::F32 } else { DType::F64 };

    /// What that costs.
    fn close(got: f64, expected: f64, exact: f64) -> bool {
        let allowed = if DTYPE == DType::F32 { 2e-6 } else { exact };
        (got - expected).abs() < allowed * expected.abs().max(1.0)
    }

    fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), (&Device::default(), DTYPE))
    }

    fn config(kind: LossKind, beta: Option<f64>, gamma: f64, activation: Activation, form: FocalForm) -> LossConfig {
        LossConfig { kind, beta, gamma, activation, form }
    }

    fn all() -> Vec<LossConfig> {
        use Activation::{Sigmoid, Tanh};
        use FocalForm::{Official, Paper};
        use LossKind::{FocalL1, FocalMse, Huber, L1, Mse};
        let mut all = vec![config(L1, None, 1.0, Sigmoid, Official), config(Mse, None, 1.0, Sigmoid, Official)];
        all.extend([0.3, 0.45, 1.0].map(|beta| config(Huber, Some(beta), 1.0, Sigmoid, Official)));
        for kind in [FocalL1, FocalMse] {
            for (activation, form) in [(Sigmoid, Official), (Tanh, Official), (Sigmoid, Paper)] {
                all.extend([0.0, 0.5, 1.0, 2.0].map(|gamma| config(kind, Some(0.7), gamma, activation, form)));
            }
        }
        all
    }

    /// Values of the official modules, unweighted and weighted.
    #[test]
    fn golden_values() {
        use Activation::{Sigmoid, Tanh};
        use FocalForm::{Official, Paper};
        use LossKind::{FocalL1, FocalMse, Huber, L1, Mse};
        for (config, plain, weighted) in [
            (config(Mse, None, 1.0, Sigmoid, Official), 7.315, 9.9425),
            (config(L1, None, 1.0, Sigmoid, Official), 1.9, 2.3),
            (config(FocalMse, None, 1.0, Sigmoid, Official), 3.088_754_95, 4.434_208_41),
            (config(FocalL1, Some(20.0), 1.0, Sigmoid, Official), 1.894_028_5, 2.288_068_36),
            (config(FocalL1, None, 2.0, Sigmoid, Official), 0.286_733_32, 0.410_466_73),
            (config(FocalL1, None, 1.0, Tanh, Official), 1.154_925_61, 1.536_434_65),
            (config(Huber, None, 1.0, Sigmoid, Official), 1.5325, 1.90875),
            (config(Huber, Some(0.3), 1.0, Sigmoid, Official), 1.766_666_67, 2.145_833_33),
            (config(FocalL1, None, 1.0, Sigmoid, Paper), 1.291_414_45, f64::NAN),
        ] {
            let loss = config.init().expect("valid");
            let of = |w| loss.forward(tensor(&P, [4, 1]), tensor(&Y, [4, 1]), w).expect("fits").into_scalar::<f64>();
            assert!(close(of(None), plain, 1e-8), "{config:?}");
            assert!(weighted.is_nan() || close(of(Some(tensor(&W, [4, 1]))), weighted, 1e-8), "{config:?}");
        }
    }

    #[test]
    fn tensors_agree_with_the_host() {
        for config in all() {
            let loss = config.init().expect("valid");
            let elements = loss.forward_no_reduction(tensor(&P, [2, 2]), tensor(&Y, [2, 2])).expect("fits").into_data();
            for (got, (p, y)) in elements.iter::<f64>().zip(P.iter().zip(Y)) {
                assert!(close(got, loss.element((p - y).abs()), 1e-12), "{config:?}");
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        let device = Device::default().autodiff();
        for config in all() {
            let loss = config.init().expect("valid");
            let value = |p: &[f64]| {
                let rows = p.iter().zip(Y).zip(W);
                rows.map(|((p, y), w)| w * loss.element((p - y).abs())).sum::<f64>() / p.len() as f64
            };
            let data = TensorData::new(P[..3].to_vec(), [3, 1]);
            let p = Tensor::<2>::from_data(data, (&device, DTYPE)).require_grad();
            let total = loss.forward(p.clone(), tensor(&Y[..3], [3, 1]), Some(tensor(&W[..3], [3, 1]))).expect("fits");
            let gradient = p.grad(&total.backward()).expect("tracked").into_data();
            for (k, got) in gradient.iter::<f64>().enumerate() {
                let step = |h: f64| {
                    let mut p = P[..3].to_vec();
                    p[k] += h;
                    value(&p)
                };
                let expected = (step(1e-6) - step(-1e-6)) / 2e-6;
                assert!(close(got, expected, 1e-7), "{config:?}: {got} for {expected}");
            }
        }
    }

    /// The official gradient is NaN here for gamma below 1; one perfect prediction must not end a run.
    #[test]
    fn a_perfect_prediction_has_a_finite_gradient() {
        let device = Device::default().autodiff();
        for config in all() {
            let p = Tensor::<2>::from_data([[1.0], [2.0]], &device).require_grad();
            let y = Tensor::<2>::from_data([[1.0], [2.5]], &device);
            let total = config.init().expect("valid").forward(p.clone(), y, None).expect("fits");
            let gradient = p.grad(&total.backward()).expect("tracked").into_data();
            assert!(gradient.iter::<f64>().all(f64::is_finite), "{config:?}: {gradient}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let loss = LossConfig::default().init().expect("valid");
        let wrong = loss.forward(tensor(&P, [4, 1]), tensor(&Y, [1, 4]), None);
        assert!(matches!(wrong, Err(LossError::Shape { name: "targets", found: [1, 4], expected: [4, 1] })));
        let wrong = loss.forward(tensor(&P, [4, 1]), tensor(&Y, [4, 1]), Some(tensor(&[1.0], [1, 1])));
        assert!(matches!(wrong, Err(LossError::Shape { name: "weights", .. })));
        assert!(matches!(loss.forward(tensor(&[], [0, 1]), tensor(&[], [0, 1]), None), Err(LossError::Empty)));
        let config = LossConfig { gamma: -0.5, ..LossConfig::default() };
        assert!(matches!(config.init(), Err(LossError::Parameter { name: "gamma", .. })));
    }
}
