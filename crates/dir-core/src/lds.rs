//! Label distribution smoothing (LDS): how dense is a bin once its neighbours count too?
//!
//! `p̃(b) = Σ_d k(d) · p(b + d)`, `d = -h ..= h`. The weight of a row is then `w ∝ 1 / p̃(bin(y))` ([`crate::weight`]).
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), eq. 1; official `agedb-dir/datasets.py:55-83` at a6fdc45.
//! We differ: densities stay `f64`; there, SciPy cuts integer densities down to whole numbers
//! ([`Compat::Official`](crate::Compat::Official) does too, see [`crate::weight`]).

use thiserror::Error;

use crate::kernel::Kernel;
use crate::smooth::{Padding, smooth};

/// What is wrong with a density. Worded to follow "failed to smooth the density: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DensityError {
    /// No bins at all.
    #[error("found no bins, expected at least 1")]
    Empty,
    /// A density that is negative, NaN or infinite.
    #[error("found density {value} in bin {bin}, expected a finite number of at least 0")]
    Invalid {
        /// The bin.
        bin: usize,
        /// Its density.
        value: f64,
    },
}

/// Effective density of every bin.
///
/// # Shapes
/// `density` `[bins]`, `kernel` `[taps]` (odd) to `[bins]`.
/// # Errors
/// [`DensityError::Empty`] without bins; [`DensityError::Invalid`] names the first negative or non-finite bin.
/// # Example
/// ```
/// use dir_core::{kernel::Kernel, lds::effective_density, smooth::Padding};
/// let kernel = Kernel::gaussian(5, 2.0)?.with_peak_one(); // 0.858285 0.945828 1 0.945828 0.858285 (SciPy)
/// let p = effective_density(&[8.0, 0.0, 2.0, 0.0, 0.0, 0.0], &kernel, Padding::Zero)?;
/// assert!((p[1] - 9.458_276).abs() < 1e-6); // an empty bin between full ones is not rare,
/// assert_eq!(p[5], 0.0); // one out of reach still is: weights must cope with 0
/// # Ok::<(), dir_core::Error>(())
/// ```
pub fn effective_density(density: &[f64], kernel: &Kernel, padding: Padding) -> Result<Vec<f64>, DensityError> {
    check(density)?;
    Ok(smooth(density, kernel, padding))
}

pub(crate) fn check(density: &[f64]) -> Result<(), DensityError> {
    if density.is_empty() {
        return Err(DensityError::Empty);
    }
    match density.iter().enumerate().find(|(_, p)| !p.is_finite() || **p < 0.0) {
        Some((bin, &value)) => Err(DensityError::Invalid { bin, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_density_is_named() {
        let kernel = Kernel::triangular(3).expect("valid");
        let of = |p: &[f64]| effective_density(p, &kernel, Padding::Zero);
        assert_eq!(of(&[]), Err(DensityError::Empty));
        assert_eq!(of(&[1.0, -2.0]), Err(DensityError::Invalid { bin: 1, value: -2.0 }));
        assert!(matches!(of(&[f64::NAN]), Err(DensityError::Invalid { bin: 0, .. })));
        assert_eq!(of(&[3.0]), Ok(vec![3.0]));
    }

    #[test]
    fn sum_one_kernels_keep_the_mass_away_from_the_ends() {
        let kernel = Kernel::laplacian(5, 1.5).expect("valid").with_sum_one();
        let p = effective_density(&[0.0, 0.0, 7.0, 0.0, 5.0, 0.0, 0.0], &kernel, Padding::Zero).expect("valid");
        assert!((p.iter().sum::<f64>() - 12.0).abs() < 1e-12);
    }
}
