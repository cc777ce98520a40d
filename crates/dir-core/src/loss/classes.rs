//! Losses of a classifier over bins: the imbalanced-classification baselines that regression is compared with.
//!
//! Each takes the logarithm of the probability `p` that the softmax gives to the target's bin `b`:
//!
//! * cross-entropy, `-ln p`;
//! * focal, `-(1 - p)^γ ln p`: what is classified well counts less;
//! * LDAM, cross-entropy with the logit of the target's bin lowered by a margin `Δ_b = C · (n_min / n_b)^¼`, `n_b` training rows of the bin,
//!   `n_min` the fewest that a bin with rows has: the rarer a bin, the further its rows must be from the others'.
//!
//! With the margin the probability is `p' = p e^-Δ / (1 - p (1 - e^-Δ))`, so all three are functions of `ln p`.
//!
//! # Source
//! Lin et al., "Focal loss for dense object detection", ICCV 2017; Cao et al., "Learning imbalanced datasets with label-distribution-aware
//! margin loss", NeurIPS 2019. Bins as classes are ours, after the sentence of Yang et al., ICML 2021, that compares with classification;
//! so is LDAM on plain logits: there, features and weights are normalised and the logits scaled by 30.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{LossError, same_shape};

/// Which loss of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassLossKind {
    /// `-ln p`.
    #[default]
    CrossEntropy,
    /// `-(1 - p)^γ ln p`.
    Focal,
    /// Cross-entropy with a margin for rare bins.
    Ldam,
}

/// A loss of a classifier as a user writes it.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `kind` | cross_entropy | cross_entropy, focal, ldam |
/// | `gamma` | 2 | exponent of `focal` |
/// | `margin` | 0.5 | margin of the rarest bin under `ldam` |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassLossConfig {
    /// Which loss.
    pub kind: ClassLossKind,
    /// Exponent of the focal factor.
    pub gamma: f64,
    /// Margin of the rarest bin.
    pub margin: f64,
}

impl Default for ClassLossConfig {
    fn default() -> Self {
        Self { kind: ClassLossKind::default(), gamma: 2.0, margin: 0.5 }
    }
}

/// A loss whose parameters have been checked, with the margin of every bin.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_core::loss::ClassLossConfig;
/// let loss = ClassLossConfig::default().init(&[90, 9, 1])?; // training rows per bin
/// let logits = Tensor::<2>::from_data([[0.0, 0.0, 0.0]], &Device::default());
/// let value: f32 = loss.forward(logits, &[2], None)?.into_scalar();
/// assert!((value - 3.0_f32.ln()).abs() < 1e-6); // undecided among three
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassLoss {
    kind: ClassLossKind,
    gamma: f64,
    margins: Vec<f64>,
}

/// A base of 0 under an exponent below 1 has an infinite slope: certain predictions are held just below.
const SMALLEST_BASE: f64 = 1e-7;

impl ClassLossConfig {
    /// The checked loss for so many training rows per bin.
    ///
    /// # Errors
    /// No bins; an exponent or a margin that is negative or not finite.
    pub fn init(&self, counts: &[u64]) -> Result<ClassLoss, LossError> {
        for (name, value) in [("gamma", self.gamma), ("margin", self.margin)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(LossError::Parameter { name, value, expected: "a finite number of at least 0" });
            }
        }
        if counts.is_empty() {
            return Err(LossError::Empty);
        }
        let fewest = counts.iter().copied().filter(|&n| n > 0).min().unwrap_or(1) as f64;
        // A bin without rows is never the target's while training.
        let margins = counts.iter().map(|&n| self.margin * (fewest / (n as f64).max(fewest)).powf(0.25)).collect();
        Ok(ClassLoss { kind: self.kind, gamma: self.gamma, margins })
    }
}

impl ClassLoss {
    /// Number of bins.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.margins.len()
    }

    /// Mean loss, each row times its weight.
    ///
    /// # Shapes
    /// `logits` `[rows, bins]`, the targets' `bins` `[rows]`, `weight` `[rows, 1]`, to `[1]`.
    /// # Errors
    /// Shapes that differ, no rows, a bin that does not exist.
    pub fn forward(
        &self,
        logits: Tensor<2>,
        bins: &[usize],
        weight: Option<Tensor<2>>,
    ) -> Result<Tensor<1>, LossError> {
        if bins.is_empty() {
            return Err(LossError::Empty);
        }
        let elements = self.forward_no_reduction(logits, bins)?;
        let shape = elements.dims();
        Ok(match weight {
            Some(weight) => (elements * same_shape("weights", weight, shape)?).mean(),
            None => elements.mean(),
        })
    }

    /// Loss of every row, unweighted.
    ///
    /// # Shapes
    /// `logits` `[rows, bins]`, the targets' `bins` `[rows]`, to `[rows, 1]`.
    /// # Errors
    /// Shapes that differ, a bin that does not exist.
    pub fn forward_no_reduction(&self, logits: Tensor<2>, bins: &[usize]) -> Result<Tensor<2>, LossError> {
        let (found, expected) = (logits.dims(), [bins.len(), self.bins()]);
        if found != expected {
            return Err(LossError::Logits { found, expected });
        }
        if let Some(&bin) = bins.iter().find(|&&bin| bin >= self.bins()) {
            return Err(LossError::Bin { found: bin, bins: self.bins() });
        }
        let device = logits.device();
        let indices: Vec<i32> = bins.iter().map(|&bin| bin as i32).collect();
        let indices = Tensor::<2, Int>::from_data(TensorData::new(indices, [bins.len(), 1]), &device);
        let log_p = log_softmax(logits, 1).gather(1, indices);
        Ok(match self.kind {
            ClassLossKind::CrossEntropy => -log_p,
            ClassLossKind::Focal => {
                let missing = (-log_p.clone().exp() + 1.0).clamp_min(SMALLEST_BASE);
                -log_p * missing.powf_scalar(self.gamma)
            }
            ClassLossKind::Ldam => {
                let margins: Vec<f64> = bins.iter().map(|&bin| self.margins[bin]).collect();
                let margin =
                    Tensor::<2>::from_data(TensorData::new(margins, [bins.len(), 1]), (&device, log_p.dtype()));
                let rest = -(-margin.clone()).exp() + 1.0;
                (-log_p.clone().exp() * rest).log1p() - log_p + margin
            }
        })
    }

    /// Loss of one row on the host, from the logarithm of its bin's probability: the oracle of the tensor version.
    #[must_use]
    pub fn element(&self, log_p: f64, bin: usize) -> f64 {
        match self.kind {
            ClassLossKind::CrossEntropy => -log_p,
            ClassLossKind::Focal => -log_p * (-log_p.exp_m1()).max(SMALLEST_BASE).powf(self.gamma),
            ClassLossKind::Ldam => {
                let margin = self.margins[bin];
                (log_p.exp() * (-margin).exp_m1()).ln_1p() - log_p + margin
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;

    /// GPUs are tested in `f32`, whatever they say of `f64`.
    const DTYPE: DType = if cfg!(feature = "cube") { DType::F32 } else { DType::F64 };
    const LOGITS: [[f64; 4]; 3] = [[0.5, -1.0, 2.0, 0.0], [3.0, 3.0, -2.0, 1.0], [-4.0, 9.0, 0.0, 0.1]];
    const BINS: [usize; 3] = [2, 3, 1];
    const WEIGHT: [f64; 3] = [1.0, 0.5, 1.5];
    const COUNTS: [u64; 4] = [0, 81, 16, 1];

    fn logits(device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(LOGITS.concat(), [3, 4]), (device, DTYPE))
    }

    fn weight(device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(WEIGHT.to_vec(), [3, 1]), (device, DTYPE))
    }

    fn all() -> Vec<ClassLoss> {
        use ClassLossKind::{CrossEntropy, Focal, Ldam};
        [(CrossEntropy, 2.0), (Focal, 2.0), (Focal, 0.5), (Focal, 0.0), (Ldam, 2.0)]
            .map(|(kind, gamma)| ClassLossConfig { kind, gamma, ..Default::default() }.init(&COUNTS).expect("valid"))
            .to_vec()
    }

    /// `ln p` of the bin with the margin taken off its logit, straight from the definition.
    fn log_p(logits: &[f64], bin: usize, margin: f64) -> f64 {
        let lowered = |b: usize| if b == bin { logits[b] - margin } else { logits[b] };
        lowered(bin) - (0..logits.len()).map(|b| lowered(b).exp()).sum::<f64>().ln()
    }

    fn close(got: f64, expected: f64) -> bool {
        let allowed = if DTYPE == DType::F32 { 5e-6 } else { 1e-10 };
        (got - expected).abs() < allowed * expected.abs().max(1.0)
    }

    #[test]
    fn losses_are_their_definitions() {
        let margins = [0.5, 0.5 / 3.0, 0.25, 0.5]; // 0.5 · (1 / n)^¼
        for loss in all() {
            for (found, expected) in loss.margins.iter().zip(margins) {
                assert!((found - expected).abs() < 1e-12);
            }
            let rows = loss.forward_no_reduction(logits(&Device::default()), &BINS).expect("fits").into_data();
            for ((got, logits), bin) in rows.iter::<f64>().zip(LOGITS).zip(BINS) {
                let plain = log_p(&logits, bin, 0.0);
                let expected = match loss.kind {
                    ClassLossKind::CrossEntropy => -plain,
                    ClassLossKind::Focal => -plain * (1.0 - plain.exp()).powf(loss.gamma),
                    ClassLossKind::Ldam => -log_p(&logits, bin, margins[bin]),
                };
                assert!(close(got, expected), "{loss:?}: {got} for {expected}");
                assert!(close(loss.element(plain, bin), expected), "{loss:?} on the host");
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        let device = Device::default().autodiff();
        for loss in all() {
            let value = |logits: &[Vec<f64>]| -> f64 {
                let rows = logits.iter().zip(BINS).zip(WEIGHT);
                rows.map(|((row, bin), w)| w * loss.element(log_p(row, bin, 0.0), bin)).sum::<f64>() / 3.0
            };
            let x = logits(&device).require_grad();
            let total = loss.forward(x.clone(), &BINS, Some(weight(&device))).expect("fits");
            let gradient: Vec<f64> = x.grad(&total.backward()).expect("tracked").into_data().iter().collect();
            for (k, got) in gradient.into_iter().enumerate() {
                let moved = |h: f64| {
                    let mut rows: Vec<Vec<f64>> = LOGITS.iter().map(|row| row.to_vec()).collect();
                    rows[k / 4][k % 4] += h;
                    value(&rows)
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let allowed = if DTYPE == DType::F32 { 1e-5 } else { 1e-8 };
                assert!((got - expected).abs() < allowed, "{loss:?}: {got} for {expected}");
            }
        }
    }

    /// Logits of a certain network overflow `exp` and leave no doubt: the loss and its slope stay finite.
    #[test]
    fn certainty_is_finite() {
        let device = Device::default().autodiff();
        for loss in all() {
            for bin in [0, 1] {
                let x = Tensor::<2>::from_data([[500.0, -500.0, 0.0, 0.0]], &device).require_grad();
                let total = loss.forward(x.clone(), &[bin], None).expect("fits");
                let gradient = x.grad(&total.backward()).expect("tracked").into_data();
                assert!(total.into_scalar::<f64>().is_finite(), "{loss:?}");
                assert!(gradient.iter::<f64>().all(f64::is_finite), "{loss:?}: {gradient}");
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        let device = Device::default();
        let loss = ClassLossConfig::default().init(&COUNTS).expect("valid");
        let wrong = loss.forward(logits(&device), &[1, 2], None);
        assert!(matches!(wrong, Err(LossError::Logits { found: [3, 4], expected: [2, 4] })));
        assert!(matches!(loss.forward(logits(&device), &[1, 2, 4], None), Err(LossError::Bin { found: 4, bins: 4 })));
        let wrong = loss.forward(logits(&device), &BINS, Some(weight(&device).reshape([1, 3])));
        assert!(matches!(wrong, Err(LossError::Shape { name: "weights", .. })));
        assert!(matches!(loss.forward(logits(&device), &[], None), Err(LossError::Empty)));
        let config = ClassLossConfig { margin: -1.0, ..Default::default() };
        assert!(matches!(config.init(&COUNTS), Err(LossError::Parameter { name: "margin", .. })));
        assert!(matches!(ClassLossConfig::default().init(&[]), Err(LossError::Empty)));
    }
}
