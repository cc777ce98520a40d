//! Holm's adjustment: p-values of several comparisons, such that one wrong finding among all is as rare as each p-value says.
//!
//! With the p-values in rising order, `p̃_i = max_{j ≤ i} min(1, (m - j + 1) p_j)`, `m` being their number. To call those up to 0.05
//! different is wrong anywhere with a probability of at most 0.05, however the comparisons depend on each other.
//!
//! # Source
//! Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

/// Adjusted p-values in the order of the given ones.
///
/// # Example
/// ```
/// // R: p.adjust(c(0.01, 0.04, 0.03), "holm")
/// let adjusted = dir_core::metric::holm(&[0.01, 0.04, 0.03]);
/// assert!(adjusted.iter().zip([0.03, 0.06, 0.06]).all(|(a, b)| (a - b).abs() < 1e-12));
/// ```
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let (mut adjusted, mut largest) = (vec![0.0; p_values.len()], 0.0_f64);
    for (place, &index) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - place) as f64 * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn adjusted_values_are_by_hand() {
        let found = holm(&[0.02, 0.005, 0.5, 0.011, 0.9]);
        // In order 5 · 0.005, 4 · 0.011, 3 · 0.02, 2 · 0.5, then 1 · 0.9, which cannot fall below the one before.
        for (found, expected) in found.into_iter().zip([0.06, 0.025, 1.0, 0.044, 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
        }
        assert_eq!(holm(&[0.3]), [0.3]);
        assert!(holm(&[]).is_empty());
    }
}
