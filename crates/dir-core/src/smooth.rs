//! Smoothing a value per bin over its neighbours; what lies beyond the first and last bin is the padding's affair.
//!
//! # Source
//! LDS: SciPy's `convolve1d` with `constant` (ages, STS-B) or `reflect` (NYUD2) borders. FDS: PyTorch's `reflect` padding,
//! which repeats differently: SciPy's reflects between samples (`b a | a b`), PyTorch's about the sample (`c b | a b c`).

use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;

/// What a window sees beyond the ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Zeros.
    #[default]
    Zero,
    /// Reflection between samples, edge repeated: `b a | a b c | c b` (SciPy's `reflect`).
    Reflect,
    /// Reflection about the edge sample: `c b | a b c | b a` (PyTorch's `reflect`).
    Mirror,
}

impl Padding {
    /// Bin that stands in for position `at`, which may lie outside `0..bins`; `None` for a zero.
    #[must_use]
    pub fn source(self, at: isize, bins: usize) -> Option<usize> {
        let n = bins as isize;
        if (0..n).contains(&at) {
            return Some(at as usize);
        }
        let folded = match self {
            Self::Zero => return None,
            Self::Reflect => {
                let at = at.rem_euclid(2 * n);
                at.min(2 * n - 1 - at)
            }
            Self::Mirror if n == 1 => 0,
            Self::Mirror => {
                let at = at.rem_euclid(2 * n - 2);
                at.min(2 * n - 2 - at)
            }
        };
        Some(folded as usize)
    }
}

/// `out(b) = Σ_d k(d) · v(b + d)`.
///
/// Summed as SciPy does, middle first, then the pairs from the outermost inwards: where the official program cuts the
/// result down to whole numbers, the last bit decides.
///
/// # Shapes
/// `values` `[bins]` to `[bins]`.
#[must_use]
pub fn smooth(values: &[f64], kernel: &Kernel, padding: Padding) -> Vec<f64> {
    let half = kernel.half();
    let weights = kernel.weights();
    let at = |i: isize| padding.source(i, values.len()).map_or(0.0, |b| values[b]);
    (0..values.len() as isize)
        .map(|b| {
            (1..=half).rev().fold(at(b) * weights[half], |sum, d| {
                sum + (at(b - d as isize) + at(b + d as isize)) * weights[half - d]
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paddings_differ_at_the_ends_only() {
        let kernel = Kernel::custom(vec![1.0, 10.0, 100.0, 10.0, 1.0]).expect("symmetric");
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        // By hand: bin 0 sees (x, y, 1, 2, 3) with (x, y) = (0, 0), (2, 1), (3, 2).
        assert_eq!(smooth(&values, &kernel, Padding::Zero)[0], 123.0);
        assert_eq!(smooth(&values, &kernel, Padding::Reflect)[0], 135.0);
        assert_eq!(smooth(&values, &kernel, Padding::Mirror)[0], 146.0);
        for padding in [Padding::Zero, Padding::Reflect, Padding::Mirror] {
            assert_eq!(smooth(&values, &kernel, padding)[2], 366.0);
        }
    }

    #[test]
    fn windows_wider_than_the_range_keep_folding() {
        for n in 1..6_usize {
            for at in -30..30 {
                for padding in [Padding::Reflect, Padding::Mirror] {
                    let got = padding.source(at, n).expect("never a zero");
                    assert!(got < n, "{padding:?} {at} of {n} gave {got}");
                }
            }
        }
        assert_eq!(Padding::Mirror.source(-5, 3), Some(1)); // a b c b a b c: -5 is b
    }
}
