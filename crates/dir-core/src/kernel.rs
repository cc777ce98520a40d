//! Kernels: the symmetric windows that smooth over neighbouring bins.
//!
//! # Source
//! Yang et al., ICML 2021, section 3.1 and appendix; official `agedb-dir/utils.py:110-122` (LDS, scaled to peak 1) and
//! `agedb-dir/fds.py:37-47` (FDS, scaled to sum 1) at a6fdc45.
//! The official Gaussian is SciPy's filter applied to an impulse of the window's own length: with its default reflecting
//! border the tails fold back, so that `ks = 5, sigma = 2` is nearly flat (0.858 to 1) where a sampled Gaussian falls to
//! 0.607. All published runs used the folded one.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is wrong with a kernel. Worded to follow "failed to make the kernel: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A window must have a middle.
    #[error("found {found} taps, expected an odd number")]
    EvenTaps {
        /// Taps asked for.
        found: usize,
    },
    /// Larger than any smoothing over bins can mean.
    #[error("found {found} taps, expected at most {MAX_TAPS}")]
    TooManyTaps {
        /// Taps asked for.
        found: usize,
    },
    /// A sigma that is not a positive number.
    #[error("found sigma = {found}, expected a finite number above 0")]
    Sigma {
        /// The sigma.
        found: f64,
    },
    /// A tap that is negative, NaN or infinite.
    #[error("found tap {index} = {value}, expected a finite number of at least 0")]
    Tap {
        /// Position in the window.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Smoothing must not shift the target, so the window reads the same from both sides.
    #[error("found taps {left} and {right} at distance {distance} from the middle, expected equal ones")]
    Asymmetric {
        /// Distance from the middle.
        distance: usize,
        /// Tap on the left.
        left: f64,
        /// Tap on the right.
        right: f64,
    },
    /// Only zeros.
    #[error("found only taps that are 0, expected a positive one")]
    AllZero,
}

/// Larger windows are refused.
pub const MAX_TAPS: usize = 100_001;

/// Shape of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `exp(-d² / 2σ²)`.
    #[default]
    Gaussian,
    /// `1 - |d| / (h + 1)`; sigma plays no part.
    #[serde(alias = "triangular")]
    Triang,
    /// `exp(-|d| / σ)`.
    #[serde(alias = "laplacian")]
    Laplace,
}

/// How a Gaussian is turned into taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The official one: tails folded back into the window.
    #[default]
    Official,
    /// The density at the offsets, tails cut off.
    Sampled,
}

/// A kernel as a user writes it.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `shape` | gaussian | gaussian, triang, laplace | `--lds_kernel`, `--fds_kernel` |
/// | `size` | 5 | taps, odd | `--lds_ks`, `--fds_ks` |
/// | `sigma` | 2 | width in bins; no meaning for triang | `--lds_sigma`, `--fds_sigma` |
/// | `window` | official | official (folded) or sampled Gaussian | none |
///
/// The defaults are those of all published runs, not of the official command lines (9/1 and 5/1 for ages).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KernelConfig {
    /// Shape.
    pub shape: Shape,
    /// Number of taps, odd.
    pub size: usize,
    /// Width in bins.
    pub sigma: f64,
    /// Folded or sampled.
    pub window: Window,
}

impl Default for KernelConfig {
    fn default() -> Self {
        Self { shape: Shape::Gaussian, size: 5, sigma: 2.0, window: Window::Official }
    }
}

impl KernelConfig {
    /// The kernel, scaled to sum 1.
    ///
    /// # Errors
    /// An even or oversized window, a sigma that is not positive.
    pub fn init(&self) -> Result<Kernel, KernelError> {
        match (self.shape, self.window) {
            (Shape::Gaussian, Window::Official) => Kernel::gaussian(self.size, self.sigma),
            (Shape::Gaussian, Window::Sampled) => Kernel::sampled_gaussian(self.size, self.sigma),
            (Shape::Triang, _) => Kernel::triangular(self.size),
            (Shape::Laplace, _) => Kernel::laplacian(self.size, self.sigma),
        }
    }
}

/// A symmetric window with an odd number of taps, none negative.
///
/// # Example
/// ```
/// use dir_core::kernel::Kernel;
/// let kernel = Kernel::gaussian(5, 2.0)?.with_peak_one();
/// assert!((kernel.weights()[0] - 0.858_285_237_773_095).abs() < 1e-12); // SciPy
/// assert_eq!(kernel.half(), 2);
/// # Ok::<(), dir_core::kernel::KernelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    weights: Vec<f64>,
}

impl Kernel {
    /// The official, folded Gaussian of `size` taps: `K(d) = Σ_j g(j)` over all `j ≡ d (mod size)`, `|j| <= 4σ`.
    ///
    /// # Errors
    /// An even or oversized window, a sigma that is not positive.
    pub fn gaussian(size: usize, sigma: f64) -> Result<Self, KernelError> {
        check_size(size)?;
        check_sigma(sigma)?;
        let half = (size / 2) as i64;
        let radius = (4.0 * sigma + 0.5).floor().min(1e7) as i64; // SciPy: truncate = 4
        let mut weights = vec![0.0; size];
        for j in -radius..=radius {
            weights[(j + half).rem_euclid(size as i64) as usize] += gauss(j as f64, sigma);
        }
        Self::symmetric(weights)
    }

    /// A Gaussian read off at the offsets, tails cut off.
    ///
    /// # Errors
    /// As [`Kernel::gaussian`].
    pub fn sampled_gaussian(size: usize, sigma: f64) -> Result<Self, KernelError> {
        check_sigma(sigma)?;
        Self::from_distance(size, |d| gauss(d, sigma))
    }

    /// `exp(-|d| / σ)`.
    ///
    /// # Errors
    /// As [`Kernel::gaussian`].
    pub fn laplacian(size: usize, sigma: f64) -> Result<Self, KernelError> {
        check_sigma(sigma)?;
        Self::from_distance(size, |d| (-d / sigma).exp())
    }

    /// `1 - |d| / (h + 1)`, written `2n / (size + 1)` as SciPy does: whole sums must come out alike to the last bit.
    ///
    /// # Errors
    /// An even or oversized window.
    pub fn triangular(size: usize) -> Result<Self, KernelError> {
        check_size(size)?;
        let n = |k: usize| (k + 1).min(size - k) as f64;
        Self::custom((0..size).map(|k| 2.0 * n(k) / (size as f64 + 1.0)).collect())
    }

    /// Any taps that are symmetric and not negative. They keep their scale until [`Kernel::with_sum_one`] or
    /// [`Kernel::with_peak_one`].
    ///
    /// # Errors
    /// An even number of taps, a negative or non-finite tap, different taps at the same distance, only zeros.
    pub fn custom(taps: Vec<f64>) -> Result<Self, KernelError> {
        check_size(taps.len())?;
        if let Some((index, &value)) = taps.iter().enumerate().find(|(_, t)| !t.is_finite() || **t < 0.0) {
            return Err(KernelError::Tap { index, value });
        }
        if taps.iter().all(|&t| t == 0.0) {
            return Err(KernelError::AllZero);
        }
        let half = taps.len() / 2;
        match (1..=half).find(|d| taps[half - d] != taps[half + d]) {
            Some(d) => Err(KernelError::Asymmetric { distance: d, left: taps[half - d], right: taps[half + d] }),
            None => Ok(Self { weights: taps }),
        }
    }

    fn from_distance(size: usize, f: impl Fn(f64) -> f64) -> Result<Self, KernelError> {
        check_size(size)?;
        let half = size / 2;
        Ok(Self::custom((0..size).map(|k| f(k.abs_diff(half) as f64)).collect())?.with_sum_one())
    }

    /// Folded sums are symmetric up to rounding: make them so exactly.
    fn symmetric(mut weights: Vec<f64>) -> Result<Self, KernelError> {
        let n = weights.len();
        for k in 0..n / 2 {
            let mean = (weights[k] + weights[n - 1 - k]) / 2.0;
            (weights[k], weights[n - 1 - k]) = (mean, mean);
        }
        Ok(Self::custom(weights)?.with_sum_one())
    }

    /// Scaled so that the largest tap is 1 (LDS).
    #[must_use]
    pub fn with_peak_one(self) -> Self {
        let peak = self.weights.iter().copied().fold(0.0, f64::max);
        self.divided_by(peak)
    }

    /// Scaled so that the taps sum to 1 (FDS).
    #[must_use]
    pub fn with_sum_one(self) -> Self {
        let sum = self.weights.iter().sum();
        self.divided_by(sum)
    }

    fn divided_by(mut self, scale: f64) -> Self {
        self.weights.iter_mut().for_each(|w| *w /= scale);
        self
    }

    /// The taps, from the most negative offset to the most positive one.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Largest offset, `(taps - 1) / 2`.
    #[must_use]
    pub fn half(&self) -> usize {
        self.weights.len() / 2
    }

    /// Offset and weight of every tap.
    pub fn taps(&self) -> impl Iterator<Item = (isize, f64)> + '_ {
        let half = self.half() as isize;
        self.weights.iter().enumerate().map(move |(k, &w)| (k as isize - half, w))
    }
}

fn gauss(d: f64, sigma: f64) -> f64 {
    (-0.5 * (d / sigma).powi(2)).exp()
}

fn check_size(found: usize) -> Result<(), KernelError> {
    match found {
        _ if found.is_multiple_of(2) => Err(KernelError::EvenTaps { found }),
        _ if found > MAX_TAPS => Err(KernelError::TooManyTaps { found }),
        _ => Ok(()),
    }
}

fn check_sigma(found: f64) -> Result<(), KernelError> {
    if found.is_finite() && found > 0.0 { Ok(()) } else { Err(KernelError::Sigma { found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outer half of peak-one windows, from SciPy 1.17.
    #[test]
    fn windows_are_scipys() {
        let cases: [(Kernel, &[f64]); 5] = [
            (Kernel::gaussian(5, 1.0).expect("valid"), &[0.146_444_279_8, 0.606_866_122_3, 1.0]),
            (Kernel::gaussian(9, 2.0).expect("valid"), &[0.179_272_216_9, 0.335_761_463_9, 0.608_718_150_8]),
            (Kernel::laplacian(5, 2.0).expect("valid"), &[0.367_879_441_2, 0.606_530_659_7, 1.0]),
            (Kernel::triangular(9).expect("valid"), &[0.2, 0.4, 0.6, 0.8, 1.0]),
            (Kernel::sampled_gaussian(5, 2.0).expect("valid"), &[0.606_530_659_7, 0.882_496_902_6, 1.0]),
        ];
        for (kernel, outer) in cases {
            let kernel = kernel.with_peak_one();
            for (got, expected) in kernel.weights().iter().zip(outer) {
                assert!((got - expected).abs() < 1e-9, "{got} {expected}");
            }
            let sum: f64 = kernel.with_sum_one().weights().iter().sum();
            assert!((sum - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(Kernel::gaussian(4, 1.0), Err(KernelError::EvenTaps { found: 4 }));
        assert_eq!(Kernel::triangular(0), Err(KernelError::EvenTaps { found: 0 }));
        assert_eq!(Kernel::laplacian(3, -1.0), Err(KernelError::Sigma { found: -1.0 }));
        assert_eq!(
            Kernel::custom(vec![1.0, 2.0, 3.0]),
            Err(KernelError::Asymmetric { distance: 1, left: 1.0, right: 3.0 })
        );
        assert_eq!(Kernel::custom(vec![0.0, -1.0, 0.0]), Err(KernelError::Tap { index: 1, value: -1.0 }));
        assert_eq!(Kernel::custom(vec![0.0; 3]), Err(KernelError::AllZero));
        let narrow = Kernel::sampled_gaussian(3, 1e-3).expect("a window of one tap in effect");
        assert_eq!(narrow.weights(), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_config_refuses_unknown_keys() {
        let read = |text: &str| serde_json::from_str::<KernelConfig>(text);
        assert_eq!(read("{}").expect("all defaults"), KernelConfig::default());
        assert_eq!(read(r#"{"shape":"laplacian"}"#).expect("alias").shape, Shape::Laplace);
        assert!(read(r#"{"ks":5}"#).is_err());
    }
}
