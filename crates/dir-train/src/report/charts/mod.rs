//! The plots of the reports.

mod bins;
mod correlation;
mod distance;
mod gain;
mod methods;
mod relevance;
mod rows;
mod similarity;
mod training;

pub(super) use bins::{bias, concentration, density, error_over_density};
pub(super) use correlation::{Density, Measure, correlation_of, error_against};
pub(super) use distance::distances;
pub(super) use gain::gain;
pub(super) use methods::{MeanAndDeviation, by_shot, errors_by_bin, in_front, smoothed};
pub(super) use relevance::squared_error_by_relevance;
pub(super) use rows::predicted;
pub(super) use similarity::{anchors, lowest, similarities, similarity};
pub(super) use training::{loss, validation, validation_of_methods};

use super::axis::{Axis, short};
use super::files::BinRow;
use super::svg::{Chart, Form, Ink, Shape, Told};

/// More lines than this are not told apart: some stand in front of the others.
pub(super) const MOST_LINES: usize = Ink::SERIES;

/// Shots in the order in which they are drawn: the rare ones on top.
const SHOTS: [&str; 4] = ["many", "medium", "few", "zero"];

fn shot_ink(shot: &str) -> Ink {
    match shot {
        "many" => Ink::Blue,
        "medium" => Ink::Orange,
        "few" => Ink::Vermillion,
        _ => Ink::Purple,
    }
}

fn shot_form(shot: &str) -> Form {
    match shot {
        "many" => Form::Circle,
        "medium" => Form::Square,
        "few" => Form::Triangle,
        _ => Form::Diamond,
    }
}

/// A dot for each bin, in the colour and form of its shot; `name` puts shots into the legend.
fn dots_by_shot<'a>(chart: &mut Chart, dots: impl Iterator<Item = (&'a BinRow, Told)>, name: impl Fn(&str) -> String) {
    let mut groups = SHOTS.map(|_| Vec::new());
    for (bin, dot) in dots {
        groups[SHOTS.iter().position(|shot| *shot == bin.shot).unwrap_or(SHOTS.len() - 1)].push(dot);
    }
    for (shot, dots) in SHOTS.into_iter().zip(groups).filter(|(_, dots)| !dots.is_empty()) {
        chart.add(Shape::Dots(dots, shot_form(shot), 3.2), shot_ink(shot), &name(shot));
    }
}

/// Where a bin is, in words.
fn place(target: &str, bin: &BinRow) -> String {
    format!("{target} {} to {}", short(bin.low), short(bin.high))
}

/// Left and right of every bin as drawn: an overflow bin, which has no end, is as wide as its neighbour.
fn spans(bins: &[BinRow]) -> Vec<(f64, f64)> {
    let width = |bin: Option<&BinRow>| bin.map_or(1.0, |b| b.high - b.low);
    let span = |k: usize| {
        let bin = &bins[k];
        let end = |w: f64| if w.is_finite() { w } else { 1.0 };
        match (bin.low.is_finite(), bin.high.is_finite()) {
            (false, true) => (bin.high - end(width(bins.get(k + 1))), bin.high),
            (true, false) => (bin.low, bin.low + end(width(k.checked_sub(1).and_then(|k| bins.get(k))))),
            _ => (bin.low, bin.high),
        }
    };
    (0..bins.len()).map(span).collect()
}

fn middle((low, high): (f64, f64)) -> f64 {
    low + (high - low) / 2.0
}

/// Axis of the target; logarithmic where the bins are much wider at one end than at the other.
fn target_axis(target: &str, spans: &[(f64, f64)]) -> Axis {
    let ends = || spans.iter().flat_map(|&(low, high)| [low, high]);
    let widths = || spans.iter().map(|(low, high)| high - low).filter(|w| *w > 0.0);
    let (narrow, wide) = (widths().fold(f64::INFINITY, f64::min), widths().fold(0.0, f64::max));
    if wide > 50.0 * narrow && ends().all(|v| v > 0.0) {
        return Axis::log(&format!("{target} (logarithmic)"), ends());
    }
    Axis::linear(target, ends())
}

/// Axis of training rows; logarithmic where the fullest bin holds more than 50 times the rows of the emptiest.
fn rows_axis(label: &str, bins: &[BinRow]) -> Axis {
    let rows = || bins.iter().map(|b| b.train);
    if spread_wide(bins) {
        return Axis::log(&format!("{label} (logarithmic)"), rows().filter(|n| *n >= 1.0));
    }
    Axis::linear(label, rows()).with_zero().with_headroom(0.05)
}

fn spread_wide(bins: &[BinRow]) -> bool {
    let rows = || bins.iter().map(|b| b.train).filter(|n| *n > 0.0);
    rows().fold(0.0, f64::max) > 50.0 * rows().fold(f64::INFINITY, f64::min)
}

/// Training rows as an area behind everything else, counted on the right.
fn rows_behind(chart: &mut Chart, bins: &[BinRow], spans: &[(f64, f64)]) {
    let area = bins.iter().zip(spans).flat_map(|(b, s)| [(s.0, 0.0, b.train), (s.1, 0.0, b.train)]).collect();
    chart.add_right(Shape::Backdrop(area), Ink::Grey, "training rows (right)");
}

/// What makes the smoothed density have as many rows in all as the counted one.
fn smoothed_scale(bins: &[BinRow]) -> f64 {
    let sum = |of: fn(&BinRow) -> f64| bins.iter().map(of).sum::<f64>();
    sum(|b| b.train) / sum(|b| b.effective_density)
}

/// A strip below the floor that shows the shot of every bin.
fn shot_ribbon(chart: &mut Chart, bins: &[BinRow], spans: &[(f64, f64)]) {
    for shot in SHOTS {
        let parts: Vec<_> = bins.iter().zip(spans).filter(|(b, _)| b.shot == shot).map(|(_, s)| *s).collect();
        if !parts.is_empty() {
            chart.add(Shape::Ribbon(parts), shot_ink(shot), "");
        }
    }
}

/// Lines by name. Where there are more than colours, all but some stay in the background.
fn lines(chart: &mut Chart, series: &[(String, Vec<(f64, f64)>)], in_front: &[usize]) {
    let all: Vec<usize> = (0..series.len()).collect();
    let in_front = if series.len() <= MOST_LINES { &all } else { in_front };
    let behind: Vec<&usize> = all.iter().filter(|k| !in_front.contains(k)).collect();
    for (nth, &&k) in behind.iter().enumerate() {
        let name = if nth == 0 { format!("{} others", behind.len()) } else { String::new() };
        chart.add(Shape::Faint(series[k].1.clone()), Ink::Grey, &name);
    }
    for (nth, &k) in in_front.iter().enumerate() {
        let (name, points) = &series[k];
        chart.add(Shape::Line(points.clone()), Ink::series(nth), name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(low: f64, high: f64) -> BinRow {
        BinRow { low, high, train: 1.0, effective_density: 1.0, shot: "few".into() }
    }

    #[test]
    fn overflow_bins_are_as_wide_as_their_neighbours() {
        let bins = [bin(f64::NEG_INFINITY, 2.0), bin(2.0, 5.0), bin(5.0, f64::INFINITY)];
        assert_eq!(spans(&bins), [(-1.0, 2.0), (2.0, 5.0), (5.0, 8.0)]);
        assert_eq!(spans(&bins[..1]), [(1.0, 2.0)]);
    }

    #[test]
    fn many_lines_stay_in_the_background() {
        let chart_of = |count: usize| {
            let axis = || Axis::linear("x", [0.0, 1.0]);
            let mut chart = Chart::new("t", 100.0, axis(), axis());
            let series: Vec<_> = (0..count).map(|k| (format!("method {k};"), vec![(0.0, 0.0), (1.0, 1.0)])).collect();
            lines(&mut chart, &series, &[0, 9]);
            chart.finish()
        };
        assert_eq!(chart_of(7).matches(" method ").count() + chart_of(7).matches(">method ").count(), 7);
        let many = chart_of(18);
        assert!(many.contains(">method 9;<") && many.contains(">16 others<") && !many.contains("method 5;"));
    }
}
