//! Kernel density of binned targets: how many rows lie about the middle of a bin, per unit of the target?
//!
//! `p(y) = Σ_b n_b (Φ((high_b - y) / h) - Φ((low_b - y) / h)) / (high_b - low_b)`: a Gaussian kernel over rows that lie evenly in
//! their bins, with the bandwidth `h = 1.06 σ N^(-1/5)`, σ the deviation of those rows. Where bins are far narrower than `h` it is the
//! kernel density of the rows themselves, where they are far wider that of the histogram.
//!
//! # Source
//! Silverman, "Density Estimation for Statistics and Data Analysis", 1986, section 3.4.2 (the bandwidth). That rows lie evenly in
//! their bins is ours: rows at the middles would make a wide bin as dense as a narrow one with as many rows.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use rayon::prelude::*;

/// Bandwidths beyond which a row counts for nothing: Φ(-9) is 1e-19.
const REACH: f64 = 9.0;

/// A bin with rows; of an overflow bin, whose rows may lie anywhere, the finite edge.
struct Bar {
    low: f64,
    high: f64,
    rows: f64,
}

/// Density at the middle of every bin, in rows per unit of the target.
///
/// # Shapes
/// `edges` `[bins + 1]`, `rows` `[bins]` to `[bins]`.
pub(crate) fn density(edges: &[f64], rows: &[f64]) -> Vec<f64> {
    let bins: Vec<Bar> = edges.windows(2).zip(rows).map(|(edges, &rows)| Bar::new(edges[0], edges[1], rows)).collect();
    let bars: Vec<&Bar> = bins.iter().filter(|bar| bar.rows > 0.0).collect();
    let width = bandwidth(&bars);
    bins.par_iter().map(|bin| at(bin.middle(), &bars, width)).collect()
}

impl Bar {
    fn new(low: f64, high: f64, rows: f64) -> Self {
        match (low.is_finite(), high.is_finite()) {
            (true, false) => Self { low, high: low, rows },
            (false, _) => Self { low: high, high, rows },
            _ => Self { low, high, rows },
        }
    }

    fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// What each of its rows adds at `y`.
    fn share(&self, y: f64, width: f64) -> f64 {
        let [low, high] = [self.low, self.high].map(|edge| (edge - y) / width);
        match self.high > self.low {
            true => 0.5 * (libm::erf(high * FRAC_1_SQRT_2) - libm::erf(low * FRAC_1_SQRT_2)) / (self.high - self.low),
            false => (-0.5 * low * low).exp() / (width * (2.0 * PI).sqrt()),
        }
    }
}

fn bandwidth(bars: &[&Bar]) -> f64 {
    let total: f64 = bars.iter().map(|bar| bar.rows).sum();
    let mean = |of: &dyn Fn(&Bar) -> f64| bars.iter().map(|bar| bar.rows * of(bar)).sum::<f64>() / total;
    let middle = mean(&Bar::middle);
    let variance = mean(&|bar| (bar.middle() - middle).powi(2) + (bar.high - bar.low).powi(2) / 12.0);
    // All rows in one point: any width will do.
    if variance > 0.0 { 1.06 * variance.sqrt() * total.powf(-0.2) } else { 1.0 }
}

fn at(y: f64, bars: &[&Bar], width: f64) -> f64 {
    let first = bars.partition_point(|bar| bar.high < y - REACH * width);
    let near = bars[first..].iter().take_while(|bar| bar.low <= y + REACH * width);
    near.map(|bar| bar.rows * bar.share(y, width)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the formula in NumPy with `scipy.stats.norm`.
    #[test]
    fn densities_are_scipys() {
        let even = density(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[6.0, 0.0, 3.0, 1.0, 0.0, 2.0]);
        let uneven = density(&[f64::NEG_INFINITY, 0.0, 0.5, 4.0, 5.0, f64::INFINITY], &[1.0, 4.0, 4.0, 2.0, 3.0]);
        let expected = [
            (even, vec![2.210_740_926, 2.183_419_950, 1.757_817_185, 1.297_531_741, 0.970_777_926, 0.783_228_496]),
            (uneven, vec![1.936_302_796, 2.040_718_619, 1.611_361_999, 1.885_491_247, 1.758_722_856]),
        ];
        for (found, expected) in expected {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn wide_bins_are_the_histogram_and_far_rows_do_not_count() {
        // So many rows that the bins are hundreds of bandwidths wide: a row's kernel stays within its bin.
        let found = density(&[0.0, 1.0, 3.0, 4.0], &[1e12, 1e12, 0.0]);
        assert!((found[0] / 1e12 - 1.0).abs() < 1e-9 && (found[1] / 5e11 - 1.0).abs() < 1e-9, "{found:?}");
        assert!(found[2] < 1e-6 * found[1], "{found:?}");
    }
}
