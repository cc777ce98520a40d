//! Plots that set methods side by side.

use super::super::axis::{Axis, short};
use super::super::files::{BinError, BinRow};
use super::super::svg::{Chart, Form, Ink, Shape, with_deviation};
use super::{lines, middle, place, shot_ribbon, spans, target_axis};

/// Mean and deviation over seeds; `None` where a region is empty.
pub(in super::super) type MeanAndDeviation = Option<(f64, f64)>;

/// A metric of one region: a line per method, a dot for the mean, whiskers for the deviation over seeds.
pub(in super::super) fn by_shot(
    (metric, target): (&str, &str),
    region: &str,
    rows: &str,
    methods: &[(String, MeanAndDeviation)],
) -> String {
    let known = || methods.iter().enumerate().filter_map(|(k, (name, cell))| Some((k, name, (*cell)?)));
    let ends = known().flat_map(|(_, _, (mean, deviation))| [mean - deviation, mean + deviation]);
    let x = Axis::linear(&format!("test {metric} ({target})"), ends).with_room(0.06);
    let y = Axis::words("", methods.iter().map(|(name, _)| shortened(name)));
    let mut chart =
        Chart::new(&format!("{metric}, {region} ({rows} test rows)"), 24.0 * methods.len() as f64, x, y).half();
    if let Some((0, name, (mean, _))) = known().next() {
        chart.add(Shape::Moment(mean, String::new()), Ink::Grey, &format!("mean of {name}"));
    }
    for (k, name, (mean, deviation)) in known() {
        let (ink, at) = (Ink::series(k), -(k as f64));
        chart.add(Shape::Spread(vec![(at, mean - deviation, mean + deviation)]), ink, "");
        let told = format!("{name}, {region}: {}", with_deviation(mean, deviation));
        chart.add(Shape::Dots(vec![(mean, at, told)], Form::Circle, 5.0), ink, "");
    }
    chart.finish()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= 24 { name.to_owned() } else { name.chars().take(23).chain(['…']).collect() }
}

/// Each bin's error as a mean with its neighbours, by test rows: for reading, not for measuring.
pub(in super::super) fn smoothed(errors: &[Option<BinError>]) -> Vec<f64> {
    let reach = (errors.len() / 50).clamp(1, 5);
    (0..errors.len())
        .map(|b| {
            let near = errors[b.saturating_sub(reach)..(b + reach + 1).min(errors.len())].iter().flatten();
            let (sum, rows) = near.fold((0.0, 0.0), |(s, n), e| (s + e.mae * e.rows, n + e.rows));
            sum / rows // NaN, which breaks the line, where no bin around has test rows
        })
        .collect()
}

/// The first method, and the three that err least where training rows are few: what to draw in front of many.
pub(in super::super) fn in_front(bins: &[BinRow], methods: &[(String, Vec<f64>)]) -> Vec<usize> {
    let rare = |errors: &[f64]| {
        let pairs = bins.iter().zip(errors).filter(|(bin, e)| (bin.shot == "few" || bin.shot == "zero") && !e.is_nan());
        let (sum, n) = pairs.fold((0.0, 0.0), |(sum, n), (_, e)| (sum + e, n + 1.0));
        sum / n
    };
    let mut others: Vec<usize> = (1..methods.len()).collect();
    others.sort_by(|&a, &b| rare(&methods[a].1).total_cmp(&rare(&methods[b].1)));
    (0..methods.len().min(1)).chain(others.into_iter().take(3)).collect()
}

/// Error over the target, a line per method.
pub(in super::super) fn errors_by_bin(
    target: &str,
    bins: &[BinRow],
    methods: &[(String, Vec<f64>)],
    in_front: &[usize],
) -> String {
    let spans = spans(bins);
    let values = methods.iter().flat_map(|(_, errors)| errors.iter().copied());
    let y = Axis::linear(&format!("test MAE ({target})"), values).with_zero().with_headroom(0.04);
    let mut chart = Chart::new("Test error by bin", 300.0, target_axis(target, &spans), y);
    shot_ribbon(&mut chart, bins, &spans);
    let line = |errors: &[f64]| spans.iter().zip(errors).map(|(s, e)| (middle(*s), *e)).collect();
    let series: Vec<_> = methods.iter().map(|(name, errors)| (name.clone(), line(errors))).collect();
    lines(&mut chart, &series, in_front);
    let hover = bins.iter().zip(&spans).enumerate().map(|(b, (bin, span))| {
        let errors: Vec<String> = methods.iter().map(|(name, e)| format!("{name} {}", short(e[b]))).collect();
        (span.0, span.1, format!("{}, {} shot\n{}", place(target, bin), bin.shot, errors.join("\n")))
    });
    chart.add(Shape::Hover(hover.collect()), Ink::Grey, "");
    chart.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_weighs_by_rows() {
        let error = |mae, rows| Some(BinError { mae, bias: 0.0, rows });
        let smooth = smoothed(&[error(1.0, 1.0), error(4.0, 3.0), None, None, None]);
        assert_eq!(smooth[..3], [13.0 / 4.0, 13.0 / 4.0, 4.0]);
        assert!(smooth[3].is_nan() && smooth[4].is_nan());
        assert!(smoothed(&[]).is_empty());
    }

    #[test]
    fn the_first_and_those_good_at_rare_targets_stand_in_front() {
        let bins = super::super::super::testing::bins(&[500, 3, 0]);
        let method = |common: f64, rare: f64| (String::new(), vec![common, rare, f64::NAN]);
        let methods = [method(1.0, 9.0), method(0.1, 5.0), method(3.0, 4.0), method(3.0, 2.0), method(3.0, 3.0)];
        assert_eq!(in_front(&bins, &methods), [0, 3, 4, 2]);
        assert_eq!(in_front(&bins, &methods[..2]), [0, 1]);
        assert!(in_front(&bins, &[]).is_empty());
    }
}
