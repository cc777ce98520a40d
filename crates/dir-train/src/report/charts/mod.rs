//! The plots of the reports.

mod bins;
mod methods;
mod rows;
mod training;

pub(super) use bins::{bias, concentration, density, error_over_density};
pub(super) use methods::{MeanAndDeviation, by_shot, errors_by_bin, gain, smoothed};
pub(super) use rows::predicted;
pub(super) use training::{loss, validation, validation_of_methods};

use super::axis::Axis;
use super::files::BinRow;
use super::svg::{Chart, Form, Ink, Shape};

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
fn rows_axis(label: &str, rows: impl Iterator<Item = f64> + Clone) -> Axis {
    let most = rows.clone().fold(0.0, f64::max);
    let least = rows.clone().filter(|n| *n > 0.0).fold(f64::INFINITY, f64::min);
    if most > 50.0 * least {
        return Axis::log(&format!("{label} (logarithmic)"), rows.filter(|n| *n >= 1.0));
    }
    Axis::linear(label, rows).with_zero().with_headroom(0.05)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflow_bins_are_as_wide_as_their_neighbours() {
        let bin = |low, high| BinRow { low, high, train: 1.0, effective_density: 1.0, shot: "few".into() };
        let bins = [bin(f64::NEG_INFINITY, 2.0), bin(2.0, 5.0), bin(5.0, f64::INFINITY)];
        assert_eq!(spans(&bins), [(-1.0, 2.0), (2.0, 5.0), (5.0, 8.0)]);
        assert_eq!(spans(&bins[..1]), [(1.0, 2.0)]);
    }
}
