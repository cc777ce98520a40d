//! The scale of weights: mean 1 over the training rows, none above the cap.

/// `w = min(s · v, cap)` with `s` such that `Σ rows · w = Σ rows`, exactly; `v` is `None` or infinite where nothing is near.
///
/// Bins without rows have no part in the scale, and one whose weight is beyond all numbers gets the largest of the others. Capping lowers the mean, raising `s` again caps more bins; each round only adds bins to the capped ones, so it ends.
pub(super) fn mean_one(rows: &[f64], values: &[Option<f64>], cap: Option<f64>) -> Vec<f64> {
    let values: Vec<Option<f64>> = values.iter().map(|v| v.filter(|v| v.is_finite())).collect();
    let total: f64 = rows.iter().sum();
    let cap = cap.unwrap_or(f64::INFINITY);
    let mut capped = vec![false; rows.len()];
    let scale = loop {
        let (mut free, mut left) = (0.0, total);
        for (b, v) in values.iter().enumerate().filter(|(b, _)| rows[*b] > 0.0) {
            match v {
                Some(_) if capped[b] => left -= rows[b] * cap,
                Some(v) => free += rows[b] * v,
                None => left -= rows[b] * cap.min(1.0), // cut to 0 by truncation: it counts as an average row
            }
        }
        let scale = if free > 0.0 { left / free } else { 1.0 };
        let over = |b: usize| values[b].is_some_and(|v| scale * v > cap) && rows[b] > 0.0;
        let new: Vec<usize> = (0..rows.len()).filter(|&b| !capped[b] && over(b)).collect();
        if new.is_empty() {
            break scale;
        }
        new.into_iter().for_each(|b| capped[b] = true);
    };
    let weight = |v: f64| (scale * v).min(cap);
    let occupied = rows.iter().zip(&values).filter(|(n, _)| **n > 0.0);
    let largest = occupied.filter_map(|(_, v)| v.map(weight)).fold(0.0, f64::max);
    values
        .iter()
        .zip(rows)
        .map(|(v, &n)| match v {
            Some(v) if weight(*v).is_finite() => weight(*v),
            Some(_) => largest,
            None if n > 0.0 => 1.0,
            None => largest,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 4 rows of weight ∝ 1/4 and 1 of 1 have mean 1 at s = 5/2. Empty bins beyond all numbers weigh what the heaviest does.
    #[test]
    fn empty_bins_beyond_all_numbers_leave_the_scale_alone() {
        let rows = [4.0, 0.0, 1.0, 0.0, 0.0];
        let values = [Some(0.25), Some(f64::INFINITY), Some(1.0), Some(f64::MAX), None];
        assert_eq!(mean_one(&rows, &values, None), [0.625, 2.5, 2.5, 2.5, 2.5]);
        assert_eq!(mean_one(&rows, &values, Some(2.0)), [0.75, 2.0, 2.0, 2.0, 2.0]);
    }
}
