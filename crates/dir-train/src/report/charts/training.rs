//! Training curves. Epochs of later stages follow those of the first.

use super::super::axis::{Axis, short};
use super::super::files::EpochRow;
use super::super::svg::{Chart, Form, Ink, Shape};
use super::lines;
use crate::evaluate::Best;

pub(super) fn epoch_axis(epochs: usize) -> Axis {
    Axis::linear("epoch", [0.0, epochs.saturating_sub(1) as f64]).whole().with_room(0.02)
}

/// Loss of the training rows.
pub(in super::super) fn loss(epochs: &[EpochRow], best: Option<&Best>) -> String {
    let y = Axis::linear("training loss, as weighted", epochs.iter().map(EpochRow::loss)).with_room(0.05);
    curve("Training loss", y, epochs, best, Ink::Vermillion, EpochRow::loss)
}

/// A metric of the validation rows.
pub(in super::super) fn validation(target: &str, metric: &str, epochs: &[EpochRow], best: Option<&Best>) -> String {
    let of = |row: &EpochRow| row.validation(metric);
    let name = name_of(metric);
    let y = Axis::linear(&format!("validation {name} ({target})"), epochs.iter().map(of)).with_room(0.05);
    curve(&format!("Validation {name}"), y, epochs, best, Ink::Blue, of)
}

/// How a metric is written.
fn name_of(metric: &str) -> String {
    metric.to_uppercase().replace("BM", "bM")
}

fn curve(
    title: &str,
    y: Axis,
    epochs: &[EpochRow],
    best: Option<&Best>,
    ink: Ink,
    of: impl Fn(&EpochRow) -> f64,
) -> String {
    let mut chart = Chart::new(title, 240.0, epoch_axis(epochs.len()), y).half();
    chart.add(Shape::Line(epochs.iter().enumerate().map(|(k, e)| (k as f64, of(e))).collect()), ink, "");
    let told = |(k, e): (usize, &EpochRow)| {
        let lr = e.lr.map_or(String::new(), |lr| format!(", learning rate {}", short(lr)));
        (k as f64, of(e), format!("{}: {}{lr}", e.place(), short(of(e))))
    };
    chart.add(Shape::Dots(epochs.iter().enumerate().map(told).collect(), Form::Circle, 2.6), ink, "");
    for (k, pair) in epochs.windows(2).enumerate().filter(|(_, pair)| pair[0].stage != pair[1].stage) {
        chart.add(Shape::Moment(k as f64 + 0.5, format!("stage {}", pair[1].stage)), Ink::Grey, "");
    }
    let is_best = |e: &EpochRow| best.is_some_and(|b| (b.at.stage, b.at.epoch) == (e.stage, e.epoch));
    if let Some((k, e)) = epochs.iter().enumerate().find(|(_, e)| is_best(e)) {
        chart.add(Shape::Moment(k as f64, "kept".into()), Ink::Green, "");
        chart.add(
            Shape::Dots(vec![(k as f64, of(e), format!("kept: {}", e.place()))], Form::Diamond, 5.0),
            Ink::Green,
            "",
        );
    }
    chart.finish()
}

/// A metric of the validation rows for several methods.
pub(in super::super) fn validation_of_methods(
    target: &str,
    metric: &str,
    runs: &[(String, Vec<EpochRow>)],
    in_front: &[usize],
) -> String {
    let longest = runs.iter().map(|(_, epochs)| epochs.len()).max().unwrap_or(0);
    let name = name_of(metric);
    let values = || runs.iter().flat_map(|(_, epochs)| epochs.iter().map(|e| e.validation(metric)));
    let y = Axis::log(&format!("validation {name} ({target}, logarithmic)"), values());
    let mut chart = Chart::new(&format!("Validation {name} while training"), 300.0, epoch_axis(longest), y);
    let points =
        |epochs: &[EpochRow]| epochs.iter().enumerate().map(|(k, e)| (k as f64, e.validation(metric))).collect();
    let series: Vec<(String, Vec<_>)> = runs.iter().map(|(title, epochs)| (title.clone(), points(epochs))).collect();
    lines(&mut chart, &series, in_front);
    let told = |k: usize| {
        let at = |(title, epochs): &(String, Vec<EpochRow>)| {
            let epoch = epochs.get(k)?;
            Some(format!("{title}, {}: {}", epoch.place(), short(epoch.validation(metric))))
        };
        let all: Vec<String> = runs.iter().filter_map(at).collect();
        (k as f64 - 0.5, k as f64 + 0.5, all.join("\n"))
    };
    chart.add(Shape::Hover((0..longest).map(told).collect()), Ink::Grey, "");
    chart.finish()
}
