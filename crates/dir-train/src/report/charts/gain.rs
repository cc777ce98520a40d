//! What a method gains over another, bin by bin (the paper's figure 7).

use dir_core::metric::{Coverage, coverage};

use super::super::axis::{Axis, short};
use super::super::files::BinRow;
use super::super::svg::{Chart, Ink, Shape};
use super::{middle, place, rows_axis, rows_behind, shot_ribbon, spans, target_axis};

/// How much lower the error of a method is than that of the first, over the density of the training rows. Targets without
/// any are shaded: between others, and beyond them all. `range` is that of the gains of all methods.
pub(in super::super) fn gain(
    target: &str,
    bins: &[BinRow],
    (first, base): (&str, &[f64]),
    (name, errors): (&str, &[f64]),
    range: [f64; 2],
) -> String {
    let spans = spans(bins);
    let y = Axis::linear(&format!("gain in MAE ({target})"), range).with_zero().with_room(0.04);
    let right = rows_axis("training rows", bins);
    let mut chart =
        Chart::new(&format!("{name} against {first}"), 140.0, target_axis(target, &spans), y).half().with_right(right);
    rows_behind(&mut chart, bins, &spans);
    let gains: Vec<f64> = base.iter().zip(errors).map(|(b, e)| b - e).collect();
    let area = |of: fn(f64) -> (f64, f64)| {
        let edge = |(s, g): (&(f64, f64), &f64)| (middle(*s), of(*g).0, of(*g).1);
        spans.iter().zip(&gains).map(edge).collect()
    };
    // NaN stays: it parts the areas.
    chart.add(Shape::Area(area(|g| (0.0, if g < 0.0 { 0.0 } else { g }))), Ink::Blue, "better");
    chart.add(Shape::Area(area(|g| (if g > 0.0 { 0.0 } else { g }, 0.0))), Ink::Vermillion, "worse");
    unseen(&mut chart, bins, &spans);
    shot_ribbon(&mut chart, bins, &spans);
    chart.add(Shape::Line(spans.iter().zip(&gains).map(|(s, g)| (middle(*s), *g)).collect()), Ink::Text, "");
    let hover = bins.iter().zip(&spans).zip(base.iter().zip(errors)).map(|((bin, span), (b, e))| {
        let (place, own, rows) = (place(target, bin), short(*e), short(bin.train));
        let words =
            format!("{place}, {rows} training rows: {name} {own}, {first} {}, gain {}", short(*b), short(b - e));
        (span.0, span.1, words)
    });
    chart.add(Shape::Hover(hover.collect()), Ink::Grey, "");
    chart.finish()
}

fn unseen(chart: &mut Chart, bins: &[BinRow], spans: &[(f64, f64)]) {
    let parts = |kind: Coverage| stretches(bins, spans, kind);
    let (between, beyond) = (parts(Coverage::Interpolation), parts(Coverage::Extrapolation));
    if !between.is_empty() {
        chart.add(Shape::Band(between), Ink::Purple, "interpolation");
    }
    if !beyond.is_empty() {
        chart.add(Shape::Hatch(beyond), Ink::Purple, "extrapolation");
    }
}

/// Stretches of neighbouring bins that the training rows cover alike.
fn stretches(bins: &[BinRow], spans: &[(f64, f64)], kind: Coverage) -> Vec<(f64, f64)> {
    let counts: Vec<u64> = bins.iter().map(|b| b.train.ceil() as u64).collect();
    let covered: Vec<(Coverage, (f64, f64))> = coverage(&counts).into_iter().zip(spans.iter().copied()).collect();
    let alike = covered.chunk_by(|a, b| a.0 == b.0).filter(|part| part[0].0 == kind);
    alike.map(|part| (part[0].1.0, part[part.len() - 1].1.1)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{assert_well_formed, bins};
    use super::*;

    #[test]
    fn zero_shot_bins_are_shaded_by_kind() {
        // Bins of 90 from 300.
        let bins = bins(&[0, 0, 5, 0, 0, 3, 0]);
        let spans = spans(&bins);
        assert_eq!(stretches(&bins, &spans, Coverage::Interpolation), [(570.0, 750.0)]);
        assert_eq!(stretches(&bins, &spans, Coverage::Extrapolation), [(300.0, 480.0), (840.0, 930.0)]);
        let svg =
            gain("y", &bins, ("Vanilla", &[2.0; 7]), ("FDS", &[1.0, 3.0, f64::NAN, 1.0, 2.0, 4.0, 1.0]), [-2.0, 1.0]);
        assert_well_formed(&svg);
        assert!(svg.contains(">interpolation<") && svg.contains(">extrapolation<"), "{svg}");
        let seen =
            gain("y", &super::super::super::testing::bins(&[3, 4]), ("a", &[1.0; 2]), ("b", &[1.0; 2]), [0.0, 0.0]);
        assert!(!seen.contains("polation"), "{seen}");
    }
}
