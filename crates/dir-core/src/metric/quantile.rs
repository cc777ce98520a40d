//! Quantiles of sorted numbers, shared by the shot rule and the bootstrap.

/// Quantile `q` in `[0, 1]`, linear between order statistics (NumPy's default); `None` without numbers.
pub(crate) fn of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = last as f64 * q;
    let below = at.floor() as usize;
    let (low, high) = (*sorted.get(below)?, sorted[last.min(below + 1)]);
    Some(low + (high - low) * (at - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_between_order_statistics() {
        // numpy.quantile([1, 2, 4, 8], [0, .25, .5, .9, 1]) = 1 1.75 3 6.8 8
        let of = |q| of_sorted(&[1.0, 2.0, 4.0, 8.0], q).expect("not empty");
        for (q, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            assert!((of(q) - expected).abs() < 1e-12, "{q}");
        }
        assert_eq!(of_sorted(&[], 0.5), None);
        assert_eq!(of_sorted(&[7.0], 0.3), Some(7.0));
    }
}
