//! Plots over the bins of the target: density, error, weights.

use dir_core::shot::ShotRule;

use super::super::axis::{Axis, short};
use super::super::files::{BinError, BinRow};
use super::super::svg::{Chart, Ink, Shape};
use super::{
    SHOTS, dots_by_shot, middle, place, rows_axis, rows_behind, shot_form, shot_ink, shot_ribbon, smoothed_scale,
    spans, target_axis,
};

/// Rows per bin, coloured by shot, with the limits between shots where they are known, and the same smoothed. The smoothed
/// density is scaled to as many rows in all (the paper's figure 6, and 3).
pub(in super::super) fn density(target: &str, bins: &[BinRow], rule: Option<&ShotRule>) -> String {
    let (spans, scale) = (spans(bins), smoothed_scale(bins));
    let y = rows_axis("training rows per bin", bins);
    let mut chart = Chart::new("Label density", 260.0, target_axis(target, &spans), y);
    for (k, shot) in SHOTS.into_iter().enumerate() {
        let of_shot = || bins.iter().zip(&spans).filter(|(b, _)| b.shot == shot);
        let words = rule.map_or(String::new(), |rule| format!(", {}", rule.words()[k]));
        let count = of_shot().count();
        let name = format!("{shot} shot: {count} bin{}{words}", if count == 1 { "" } else { "s" });
        if count > 0 {
            chart.add(Shape::Bars(of_shot().map(|(b, s)| (s.0, s.1, b.train)).collect()), shot_ink(shot), &name);
        }
    }
    let line = bins.iter().zip(&spans).map(|(b, s)| (middle(*s), b.effective_density * scale)).collect();
    chart.add(Shape::Line(line), Ink::Text, "after label distribution smoothing");
    limits(&mut chart, bins, rule);
    let hover = bins.iter().zip(&spans).map(|(b, s)| {
        let (rows, smoothed) = (short(b.train), short(b.effective_density * scale));
        (s.0, s.1, format!("{}: {rows} training rows, {smoothed} smoothed, {} shot", place(target, b), b.shot))
    });
    chart.add(Shape::Hover(hover.collect()), Ink::Grey, "");
    chart.finish()
}

/// Where many and few begin.
fn limits(chart: &mut Chart, bins: &[BinRow], rule: Option<&ShotRule>) {
    let counts: Vec<u64> = bins.iter().map(|b| b.train as u64).collect();
    let Some([many_above, few_below]) = rule.and_then(|rule| rule.limits(&counts).ok().flatten()) else { return };
    chart.add(Shape::Level(many_above, format!("many above {}", short(many_above))), Ink::Text, "");
    chart.add(Shape::Level(few_below, format!("few below {}", short(few_below))), Ink::Text, "");
}

/// Test error of every bin over the density of the training rows (the paper's figure 2).
pub(in super::super) fn error_over_density(target: &str, bins: &[BinRow], errors: &[Option<BinError>]) -> String {
    let spans = spans(bins);
    let known =
        || bins.iter().zip(&spans).zip(errors).filter_map(|((bin, span), error)| Some((bin, *span, (*error)?.mae)));
    let y = Axis::linear(&format!("test MAE ({target})"), known().map(|k| k.2)).with_zero().with_headroom(0.05);
    let right = rows_axis("training rows per bin", bins);
    let mut chart =
        Chart::new("Test error by bin over label density", 280.0, target_axis(target, &spans), y).with_right(right);
    rows_behind(&mut chart, bins, &spans);
    shot_ribbon(&mut chart, bins, &spans);
    let told = known().map(|(bin, span, error)| {
        let words = format!("{}: test MAE {}, {} training rows", place(target, bin), short(error), short(bin.train));
        (bin, (middle(span), error, words))
    });
    dots_by_shot(&mut chart, told, |shot| format!("test MAE, {shot} shot"));
    chart.finish()
}

/// Mean of prediction - true in every bin: where predictions are drawn towards the common targets.
pub(in super::super) fn bias(target: &str, bins: &[BinRow], errors: &[Option<BinError>]) -> String {
    let spans = spans(bins);
    let known = || bins.iter().zip(&spans).zip(errors).filter_map(|((bin, span), e)| Some((bin, *span, (*e)?.bias)));
    let y = Axis::linear(&format!("mean of predicted - true ({target})"), known().map(|k| k.2)).with_zero();
    let mut chart = Chart::new("Bias by bin", 420.0, target_axis(target, &spans), y.with_room(0.03)).half();
    let ends = spans.iter().flat_map(|s| [s.0, s.1]).map(|x| (x, 0.0)).collect();
    chart.add(Shape::Dashed(ends), Ink::Text, "none");
    let told = known().map(|(bin, span, bias)| {
        (bin, (middle(span), bias, format!("{}: mean of predicted - true {}", place(target, bin), short(bias))))
    });
    dots_by_shot(&mut chart, told, str::to_owned);
    chart.finish()
}

/// Share of all weight over share of rows, heaviest rows first.
pub(in super::super) fn concentration(schemes: &[(String, Vec<(f64, u64)>)]) -> String {
    let share = |label: &str| Axis::linear(label, [0.0, 100.0]);
    let mut chart =
        Chart::new("Weight concentration", 280.0, share("% of the rows, heaviest first"), share("% of all weight"));
    let mut hover = Vec::new();
    for (k, (name, bins)) in schemes.iter().enumerate() {
        let mut bins: Vec<(f64, u64)> = bins.iter().copied().filter(|(w, n)| w.is_finite() && *n > 0).collect();
        bins.sort_by(|a, b| b.0.total_cmp(&a.0));
        let rows: f64 = bins.iter().map(|(_, n)| *n as f64).sum();
        let total: f64 = bins.iter().map(|(w, n)| w * *n as f64).sum();
        let mut at = (0.0, 0.0);
        let mut points = vec![at];
        for (w, n) in bins {
            at = (at.0 + 100.0 * n as f64 / rows, at.1 + 100.0 * w * n as f64 / total);
            points.push(at);
        }
        let told = |&(x, y): &(f64, f64)| (x, y, format!("{name}: {x:.1} % of the rows have {y:.1} % of the weight"));
        hover.push((Shape::Dots(points.iter().map(told).collect(), shot_form(""), 1.5), Ink::series(k)));
        chart.add(Shape::Line(points), Ink::series(k), name);
    }
    chart.add(Shape::Dashed(vec![(0.0, 0.0), (100.0, 100.0)]), Ink::Grey, "all rows alike");
    hover.into_iter().for_each(|(dots, ink)| chart.add(dots, ink, ""));
    chart.finish()
}
