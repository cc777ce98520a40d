//! Limits: the smallest target of every bin, as an `f64`, under each [`Precision`].
//!
//! A comparison in `f32`, or of a product in `f32`, is one of `f64` with another number: rounding is monotone, so the targets that pass it
//! begin at one of them.

use super::{Edges, OutOfRange, Precision};

/// Steps of `f32` to a bin, at least, for targets to be compared in it.
const STEPS: f64 = 512.0;

/// How targets are compared with edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    /// In `f64`: an edge reaches down by the slack.
    Double { slack: f64 },
    /// Both rounded to `f32`, the edge less the slack.
    Single { slack: f64 },
    /// The whole part of a product in `f32`.
    Scaled { per_unit: f32 },
}

impl Comparison {
    /// `edges`: the finite ones.
    pub(super) fn new(given: &Edges, edges: &[f64], precision: Precision) -> Self {
        match (precision, given) {
            (Precision::F64, _) => Self::Double { slack: 0.0 },
            (Precision::F32Scaled, &Edges::Uniform { low: 0.0, width, .. }) => {
                Self::Scaled { per_unit: (1.0 / width) as f32 }
            }
            (Precision::F32 | Precision::F32Scaled, _) => Self::Single { slack: 0.0 },
            (Precision::Auto, _) => {
                let slack = slack(edges);
                if suits_single(edges) { Self::Single { slack } } else { Self::Double { slack } }
            }
        }
    }

    /// The smallest target of the bin that begins at an edge, the `k`-th.
    fn lowest(self, k: usize, edge: f64) -> f64 {
        match self {
            Self::Double { slack } => edge - slack,
            Self::Single { slack } => lowest_rounded_to((edge - slack) as f32),
            Self::Scaled { per_unit } => lowest_rounded_to(lowest_with_product(k as f32, per_unit)),
        }
    }

    /// The largest target that is not beyond an edge.
    fn highest(self, edge: f64) -> f64 {
        match self {
            Self::Double { slack } => edge + slack,
            Self::Single { slack } => highest_rounded_to((edge + slack) as f32),
            Self::Scaled { .. } => highest_rounded_to(edge as f32),
        }
    }
}

/// One limit per edge, infinite ones included; see [`super::Bins::limits`].
pub(super) fn limits(edges: &[f64], policy: OutOfRange, comparison: Comparison) -> Vec<f64> {
    let Some((&last, lower)) = edges.split_last() else { return Vec::new() };
    let lower = lower.iter().enumerate().map(|(k, &edge)| comparison.lowest(k, edge));
    let highest = comparison.highest(last);
    match policy {
        OutOfRange::Clamp | OutOfRange::Error => lower.chain([highest]).collect(),
        OutOfRange::Overflow => {
            [f64::NEG_INFINITY].into_iter().chain(lower).chain([highest.next_up(), f64::INFINITY]).collect()
        }
    }
}

fn largest(edges: &[f64]) -> f64 {
    edges.first().map_or(0.0, |e| e.abs()).max(edges.last().map_or(0.0, |e| e.abs()))
}

/// What edges computed in `f64` may be off by: some units of the last place of the largest; never much of a bin.
fn slack(edges: &[f64]) -> f64 {
    let narrowest = edges.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    (16.0 * f64::EPSILON * largest(edges)).min(narrowest / 1024.0)
}

/// Whether the steps of `f32` are small beside every bin.
fn suits_single(edges: &[f64]) -> bool {
    let fine = |pair: &[f64]| single_step(pair[0].abs().max(pair[1].abs())) * STEPS <= pair[1] - pair[0];
    largest(edges) < f64::from(f32::MAX) / 2.0 && edges.windows(2).all(fine)
}

/// Distance of the numbers of `f32` about one of this size.
pub(super) fn single_step(size: f64) -> f64 {
    let near = size as f32;
    f64::from(near.next_up()) - f64::from(near)
}

/// The smallest `f64` that `f32` rounds to `single` or above.
fn lowest_rounded_to(single: f32) -> f64 {
    let middle = f64::midpoint(single.next_down().into(), single.into());
    if middle as f32 >= single { middle } else { middle.next_up() }
}

/// The largest `f64` that `f32` rounds to `single` or below.
fn highest_rounded_to(single: f32) -> f64 {
    let middle = f64::midpoint(single.into(), single.next_up().into());
    if middle as f32 <= single { middle } else { middle.next_down() }
}

/// The smallest `f32` whose product with `factor`, in `f32`, is at least `product`.
fn lowest_with_product(product: f32, factor: f32) -> f32 {
    let mut number = product / factor;
    while number * factor < product {
        number = number.next_up();
    }
    while number > 0.0 && number.next_down() * factor >= product {
        number = number.next_down();
    }
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_ends_of_rounding_are_where_it_turns(single in -1e30_f32..1e30_f32) {
            let (low, high) = (lowest_rounded_to(single), highest_rounded_to(single));
            prop_assert!(low as f32 == single && high as f32 == single);
            prop_assert!((low.next_down() as f32) < single && (high.next_up() as f32) > single);
        }

        #[test]
        fn the_least_factor_is_where_the_product_turns(k in 0..1_000_000_u32, width in 1e-6_f64..1e3_f64) {
            let (product, factor) = (k as f32, (1.0 / width) as f32);
            let least = lowest_with_product(product, factor);
            prop_assert!(least * factor >= product && (least == 0.0 || least.next_down() * factor < product));
        }
    }
}
