//! Plots over the bins of the target: density, error, weights.

use super::super::axis::{Axis, short};
use super::super::files::{BinError, BinRow};
use super::super::svg::{Chart, Ink, Shape};
use super::{SHOTS, middle, rows_axis, shot_form, shot_ink, shot_ribbon, spans, target_axis};

/// Rows per bin, and the same smoothed. The smoothed density is scaled to as many rows in all.
pub(in super::super) fn density(target: &str, bins: &[BinRow]) -> String {
    let spans = spans(bins);
    let sum = |of: fn(&BinRow) -> f64| bins.iter().map(of).sum::<f64>();
    let scale = sum(|b| b.train) / sum(|b| b.effective_density);
    let y = rows_axis("training rows per bin", bins.iter().map(|b| b.train));
    let mut chart = Chart::new("Label density", 260.0, target_axis(target, &spans), y);
    for shot in SHOTS {
        let of_shot = bins.iter().zip(&spans).filter(|(b, _)| b.shot == shot && b.train > 0.0);
        let bars: Vec<_> = of_shot.map(|(b, s)| (s.0, s.1, b.train)).collect();
        if !bars.is_empty() {
            chart.add(Shape::Bars(bars), shot_ink(shot), &format!("{shot} shot"));
        }
    }
    let line = bins.iter().zip(&spans).map(|(b, s)| (middle(*s), b.effective_density * scale)).collect();
    chart.add(Shape::Line(line), Ink::Text, "after label distribution smoothing");
    let hover = bins.iter().zip(&spans).map(|(b, s)| {
        let smoothed = short(b.effective_density * scale);
        let range = format!("{} to {}", short(b.low), short(b.high));
        (s.0, s.1, format!("{target} {range}: {} training rows, {smoothed} smoothed, {} shot", short(b.train), b.shot))
    });
    chart.add(Shape::Hover(hover.collect()), Ink::Grey, "");
    chart.finish()
}

/// Test error of every bin over the density of the training rows, with the correlation of the two.
pub(in super::super) fn error_over_density(target: &str, bins: &[BinRow], errors: &[Option<BinError>]) -> String {
    let spans = spans(bins);
    let known =
        || bins.iter().zip(&spans).zip(errors).filter_map(|((bin, span), error)| Some((bin, *span, (*error)?.mae)));
    let y = Axis::linear(&format!("test MAE ({target})"), known().map(|k| k.2)).with_zero().with_headroom(0.05);
    let right = rows_axis("training rows per bin", bins.iter().map(|b| b.train));
    let mut chart =
        Chart::new("Test error by bin over label density", 280.0, target_axis(target, &spans), y).with_right(right);
    let correlation = |of: fn(&BinRow) -> f64| {
        let (x, y): (Vec<f64>, Vec<f64>) = known().map(|(bin, _, error)| (of(bin), error)).unzip();
        dir_core::metric::pearson(&x, &y).ok().flatten().map_or("not defined".into(), |r| format!("{r:.2}"))
    };
    chart.note(format!(
        "Pearson's r of a bin's error with its training rows: {}; with its smoothed density: {}.",
        correlation(|b| b.train),
        correlation(|b| b.effective_density)
    ));
    let area = bins.iter().zip(&spans).flat_map(|(b, s)| [(s.0, 0.0, b.train), (s.1, 0.0, b.train)]).collect();
    chart.add_right(Shape::Area(area), Ink::Grey, "training rows (right)");
    shot_ribbon(&mut chart, bins, &spans);
    for shot in SHOTS {
        let of_shot = known().filter(|(bin, ..)| bin.shot == shot);
        let dots: Vec<_> = of_shot
            .map(|(bin, span, error)| {
                let range = format!("{} to {}", short(bin.low), short(bin.high));
                (
                    middle(span),
                    error,
                    format!("{target} {range}: test MAE {}, {} training rows", short(error), short(bin.train)),
                )
            })
            .collect();
        if !dots.is_empty() {
            chart.add(Shape::Dots(dots, shot_form(shot), 3.2), shot_ink(shot), &format!("test MAE, {shot} shot"));
        }
    }
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
    for shot in SHOTS {
        let of_shot = known().filter(|(bin, ..)| bin.shot == shot);
        let told = |(bin, span, bias): (&BinRow, (f64, f64), f64)| {
            let range = format!("{} to {}", short(bin.low), short(bin.high));
            (middle(span), bias, format!("{target} {range}: mean of predicted - true {}", short(bias)))
        };
        let dots: Vec<_> = of_shot.map(told).collect();
        if !dots.is_empty() {
            chart.add(Shape::Dots(dots, shot_form(shot), 3.2), shot_ink(shot), &format!("{shot} shot"));
        }
    }
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
