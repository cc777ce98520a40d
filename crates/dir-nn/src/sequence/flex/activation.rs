//! `σ` and `tanh` in a form that compilers turn into vector instructions.

use crate::rows::Rows;

/// Numbers with the functions of an LSTM's gates.
pub(super) trait Gate: Rows {
    /// `1 / (1 + exp(-x))`.
    fn sigmoid(self) -> Self;

    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
}

impl Gate for f64 {
    fn sigmoid(self) -> Self {
        (1.0 + (-self).exp()).recip()
    }

    fn tanh(self) -> Self {
        self.tanh()
    }
}

impl Gate for f32 {
    #[inline(always)]
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + exp(-self))
    }

    /// Absolute error below 2e-7; the library's function would take most of the time of a small network.
    #[inline(always)]
    fn tanh(self) -> Self {
        1.0 - 2.0 / (1.0 + exp(2.0 * self))
    }
}

/// `exp`, relative error below 2e-7, without branches or calls: `2ⁿ · p(r)`, `x = n ln 2 + r`.
///
/// # Source
/// The reduction and coefficients of Moshier's Cephes library (`expf`).
#[inline(always)]
#[allow(clippy::excessive_precision)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0); // NaN stays
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4;
    let p = [1.398_199_950_7e-3, 8.333_451_907_3e-3, 4.166_579_589_4e-2, 1.666_666_545_9e-1, 5.000_000_120_1e-1];
    let p = p.iter().fold(1.987_569_150_0e-4, |sum, c| sum * r + c);
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (p * r * r + r + 1.0) * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_library() {
        for k in -20_000..=20_000 {
            let x = k as f32 * 0.005;
            let exact = f64::from(x);
            assert!((f64::from(Gate::tanh(x)) - exact.tanh()).abs() < 2e-7, "tanh({x}) = {}", Gate::tanh(x));
            assert!((f64::from(x.sigmoid()) - exact.sigmoid()).abs() < 2e-7, "sigmoid({x}) = {}", x.sigmoid());
            let relative = f64::from(exp(x)) / exact.clamp(-87.0, 88.0).exp() - 1.0;
            assert!(relative.abs() < 2e-7, "exp({x}) is off by {relative}");
        }
        assert!(Gate::tanh(f32::NAN).is_nan() && f32::NAN.sigmoid().is_nan());
        assert_eq!((f32::INFINITY.sigmoid(), Gate::tanh(f32::NEG_INFINITY)), (1.0, -1.0));
    }
}
