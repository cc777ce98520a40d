//! Squared error of the rows that matter (`SER_t`): SERA is the area under it.

use super::super::axis::{Axis, short};
use super::super::svg::{Chart, Ink, Shape};
use super::lines;

/// `(t, SER_t)`, a line per method.
pub(in super::super) fn squared_error_by_relevance(
    target: &str,
    curves: &[(String, Vec<(f64, f64)>)],
    in_front: &[usize],
) -> String {
    let values = curves.iter().flat_map(|(_, curve)| curve.iter().map(|(_, ser)| *ser));
    let y = Axis::linear(&format!("sum of squared errors ({target}²)"), values).with_zero().with_headroom(0.04);
    let x = Axis::linear("t, the least relevance of a target that counts", [0.0, 1.0]);
    let mut chart = Chart::new("Squared error of the rows that matter (SER_t)", 240.0, x, y);
    lines(&mut chart, curves, in_front);
    let told = |k: usize| {
        let of = |(name, curve): &(String, Vec<(f64, f64)>)| {
            let (_, ser) = curve.get(k)?;
            Some(if name.is_empty() { short(*ser) } else { format!("{name}: {}", short(*ser)) })
        };
        let all: Vec<String> = curves.iter().filter_map(of).collect();
        let (t, half) = (curves[0].1[k].0, 0.5 / curves[0].1.len() as f64);
        (t - half, t + half, format!("relevance {t:.2} and above\n{}", all.join("\n")))
    };
    let steps = curves.first().map_or(0, |(_, curve)| curve.len());
    chart.add(Shape::Hover((0..steps).map(told).collect()), Ink::Grey, "");
    chart.finish()
}
