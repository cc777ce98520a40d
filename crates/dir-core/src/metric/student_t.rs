//! Student's t: two-sided tail and critical value for whole degrees of freedom.
//!
//! Up to [`EXACT`] degrees of freedom the tail is the finite series of Abramowitz and Stegun, which bisection inverts. Beyond, the critical
//! value is the Cornish-Fisher expansion about the normal one; at 1,001 degrees of freedom they agree to 1e-9 for probabilities from 1e-6 on.
//!
//! # Source
//! Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 (odd), 26.7.4 (even), 26.7.5 (expansion).

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, SQRT_2};

/// Most degrees of freedom for which the series is summed: half as many terms.
const EXACT: usize = 1000;

/// Halvings until neighbouring `f64` are left.
const HALVINGS: usize = 200;

/// `t` with `P(|T| > t) = alpha`, for `df` degrees of freedom, at least 1, and `alpha` in `(0, 1]`. Probabilities below about 1e-10 lose
/// digits to rounding.
pub(super) fn critical(alpha: f64, df: usize) -> f64 {
    let z = normal_critical(alpha);
    match df {
        // Of the Cauchy distribution in closed form.
        0 | 1 => (FRAC_PI_2 * alpha).tan().recip().max(0.0),
        2..=EXACT => {
            // The tail of t is never lighter than that of a normal number.
            let (mut low, mut high) = (z, z.max(1.0));
            while tail(high, df) > alpha {
                (low, high) = (high, 2.0 * high);
            }
            root((low, high), |t| tail(t, df) > alpha)
        }
        _ => expansion(z, df as f64),
    }
}

/// `z` with `P(|Z| > z) = alpha` of a standard normal `Z`.
pub(super) fn normal_critical(alpha: f64) -> f64 {
    root((0.0, 40.0), |z| normal_tail(z) > alpha)
}

/// `P(|Z| > z)`.
pub(super) fn normal_tail(z: f64) -> f64 {
    libm::erfc(z / SQRT_2)
}

/// Where `is_below` turns from true to false between two ends.
pub(super) fn root((mut low, mut high): (f64, f64), is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// `P(|T| > t)` by the series, for `t >= 0`.
fn tail(t: f64, df: usize) -> f64 {
    let angle = (t / (df as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let square = cosine * cosine;
    // Terms 1, a/b cos², ac/bd cos⁴, ...: of odd degrees of freedom from 2/3, of even ones from 1/2.
    let terms = |first: usize, count: usize| {
        let next = |term: &mut f64, k: usize| {
            let this = *term;
            *term *= (first + 2 * k) as f64 / (first + 2 * k + 1) as f64 * square;
            Some(this)
        };
        (0..count).scan(1.0, next).sum::<f64>()
    };
    let inside = match df % 2 {
        1 => FRAC_2_PI * (angle + sine * cosine * terms(2, (df - 1) / 2)),
        _ => sine * terms(1, df / 2),
    };
    1.0 - inside
}

/// Critical value of t from that of the normal distribution.
fn expansion(z: f64, df: f64) -> f64 {
    let square = z * z;
    let by_power = [
        (square + 1.0) / 4.0,
        ((5.0 * square + 16.0) * square + 3.0) / 96.0,
        (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0,
        ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92_160.0,
    ];
    let sum = by_power.iter().rev().fold(0.0, |sum, term| (sum + term) / df);
    z * (1.0 + sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables (95 %: 12.706, 4.303, ...), here with the digits of R's `qt(0.975, df)`.
    #[test]
    fn critical_values_are_those_of_tables() {
        for (df, expected) in [
            (1, 12.706_204_736),
            (2, 4.302_652_730),
            (3, 3.182_446_305),
            (4, 2.776_445_105),
            (9, 2.262_157_163),
            (30, 2.042_272_456),
            (1000, 1.962_339_081),
        ] {
            let found = critical(0.05, df);
            assert!((found - expected).abs() < 1e-8, "df {df}: {found}, expected {expected}");
        }
        // Without end: the normal distribution.
        assert!((critical(0.05, 1_000_000_000) - 1.959_963_985).abs() < 1e-8);
        assert!((normal_critical(0.01) - 2.575_829_304).abs() < 1e-8);
    }

    /// Closed forms: of one degree of freedom `1 - 2 atan(t) / π`, of two `1 - t / sqrt(2 + t²)`.
    #[test]
    fn tails_of_one_and_two_degrees_have_a_closed_form() {
        for t in [0.0, 0.3, 1.0, 4.5, 60.0] {
            assert!((tail(t, 1) - (1.0 - FRAC_2_PI * t.atan())).abs() < 1e-15);
            assert!((tail(t, 2) - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-14);
        }
    }

    #[test]
    fn a_critical_value_inverts_the_tail() {
        for df in [1, 2, 3, 4, 7, 10, 99, 100, 999, 1000] {
            for alpha in [1.0, 0.9, 0.5, 0.05, 0.01, 1e-4, 1e-8] {
                let found = tail(critical(alpha, df), df);
                assert!((found - alpha).abs() < 1e-6 * alpha + 1e-13, "df {df}: {found}, expected {alpha}");
            }
        }
    }

    #[test]
    fn the_expansion_takes_over_where_the_series_ends() {
        for alpha in [1.0, 0.5, 0.05, 0.01, 1e-4, 1e-6] {
            let exact = root((0.0, 20.0), |t| tail(t, EXACT + 1) > alpha);
            let found = critical(alpha, EXACT + 1);
            assert!((found - exact).abs() < 1e-9, "{alpha}: {found}, expected {exact}");
        }
    }

    #[test]
    fn more_degrees_of_freedom_or_a_larger_alpha_need_less() {
        for alpha in [0.5, 0.05, 1e-3] {
            let values: Vec<f64> = [1, 2, 3, 8, 50, 1000, 1001, 20_000].map(|df| critical(alpha, df)).into();
            assert!(values.windows(2).all(|pair| pair[0] > pair[1]), "{values:?}");
        }
        for df in [1, 2, 5, 400, 5000] {
            let values: Vec<f64> = [1e-6, 0.01, 0.05, 0.5, 1.0].map(|alpha| critical(alpha, df)).into();
            assert!(values.windows(2).all(|pair| pair[0] > pair[1]), "{values:?}");
            assert!(values[4].abs() < 1e-9, "{values:?}");
        }
    }
}
