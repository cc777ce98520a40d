//! DenseWeight: the denser the targets, the less a row weighs, and `α` says by how much.
//!
//! `p' = (p - min p) / (max p - min p)` over the bins with training rows, `w = max(1 - α p', ε)`, ε = 1e-6, divided by its mean. At
//! `α = 0` all rows weigh alike; at 1 the weights fall to about 0 where rows are densest; above, over a wider part of the range.
//!
//! # Source
//! Steininger, Kobs, Davidson, Krause, Hotho, "Density-based weighting for imbalanced regression", Machine Learning 110, 2021.
//! There, `p` is a kernel density estimate over the targets and every row has a weight of its own; here it is that of rows that lie evenly
//! in their bins ([`crate::kde`]), taken at the bins' middles, and the rows of a bin share its weight. Beside LDS, whose kernel takes the
//! place of the estimate's, `p` is the effective density: both at once would smooth twice.

/// The least that a row may weigh, before scaling.
const LEAST: f64 = 1e-6;

/// Weight of every bin, before scaling. A bin without rows weighs no more than the rarest that has some.
///
/// # Shapes
/// `density` and `rows` `[bins]` to `[bins]`.
pub(super) fn weights(density: &[f64], rows: &[f64], alpha: f64) -> Vec<f64> {
    let occupied = || density.iter().zip(rows).filter(|(_, n)| **n > 0.0).map(|(p, _)| *p);
    let (least, most) = (occupied().fold(f64::INFINITY, f64::min), occupied().fold(0.0, f64::max));
    let scaled = |p: f64| if most > least { ((p - least) / (most - least)).clamp(0.0, 1.0) } else { 0.0 };
    density.iter().map(|&p| (1.0 - alpha * scaled(p)).max(LEAST)).collect()
}
