//! The plots of a report.

use super::files::{BinRow, EpochRow, PredictionRow};
use super::svg::{Axis, COLOURS, Chart, number};

/// Most points that a scatter plot shows; more only cost time to draw.
const MOST_POINTS: usize = 3000;

fn shot_colour(shot: &str) -> &'static str {
    match shot {
        "many" => COLOURS[0],
        "medium" => COLOURS[1],
        "few" => COLOURS[3],
        _ => COLOURS[4],
    }
}

fn name_shots<'a>(chart: &mut Chart, shots: impl Iterator<Item = &'a String> + Clone) {
    for shot in ["many", "medium", "few", "zero"] {
        if shots.clone().any(|s| s == shot) {
            chart.name(shot_colour(shot), &format!("{shot} shot"));
        }
    }
}

fn target_axis(bins: &[BinRow]) -> Axis {
    Axis::linear("target", bins.iter().flat_map(|b| [b.low, b.high]), false)
}

fn middle(bin: &BinRow) -> f64 {
    match (bin.low.is_finite(), bin.high.is_finite()) {
        (true, true) => (bin.low + bin.high) / 2.0,
        (true, false) => bin.low,
        _ => bin.high,
    }
}

/// Rows per bin, and the same smoothed.
pub(super) fn density(bins: &[BinRow]) -> String {
    let rows = || bins.iter().map(|b| b.train);
    let most = rows().fold(0.0, f64::max);
    let least = rows().filter(|n| *n > 0.0).fold(f64::INFINITY, f64::min);
    let y = if most > 50.0 * least {
        Axis::log("training rows", rows())
    } else {
        Axis::linear("training rows", rows(), true)
    };
    let mut chart = Chart::new(target_axis(bins), y);
    for bin in bins.iter().filter(|b| b.low.is_finite() && b.high.is_finite()) {
        let hover = format!("{} to {}: {} rows, {} shot", number(bin.low), number(bin.high), bin.train, bin.shot);
        chart.bar((bin.low, bin.high), bin.train, shot_colour(&bin.shot), &hover);
    }
    name_shots(&mut chart, bins.iter().map(|b| &b.shot));
    let line: Vec<(f64, f64)> = bins.iter().map(|b| (middle(b), b.effective_density)).collect();
    chart.line(&line, COLOURS[2], "after LDS", false);
    chart.finish(&[])
}

/// Test error of every bin over the density of the training rows, and the correlation of the two.
pub(super) fn error_over_density(bins: &[BinRow], errors: &[Option<f64>]) -> (String, Option<f64>) {
    let known = || bins.iter().zip(errors).filter_map(|(bin, error)| Some((bin, (*error)?)));
    let top = known().map(|(_, e)| e).fold(0.0, f64::max);
    let most = bins.iter().map(|b| b.train).fold(0.0, f64::max).max(1.0);
    let mut chart = Chart::new(target_axis(bins), Axis::linear("test MAE", known().map(|(_, e)| e), true));
    for bin in bins.iter().filter(|b| b.low.is_finite() && b.high.is_finite()) {
        chart.bar((bin.low, bin.high), bin.train / most * top, "#88888855", &format!("{} training rows", bin.train));
    }
    chart.name("#88888888", "training rows (scaled)");
    for (bin, error) in known() {
        let hover = format!("{} to {}: MAE {}", number(bin.low), number(bin.high), number(error));
        chart.dot(middle(bin), error, 3.5, shot_colour(&bin.shot), &hover);
    }
    name_shots(&mut chart, bins.iter().map(|b| &b.shot));
    let (x, y): (Vec<f64>, Vec<f64>) = known().map(|(bin, error)| (bin.train, error)).unzip();
    (chart.finish(&[]), dir_core::metric::pearson(&x, &y).ok().flatten())
}

/// Prediction against target.
pub(super) fn predicted(rows: &[PredictionRow]) -> String {
    let all = || rows.iter().flat_map(|r| [r.target, r.prediction]);
    let mut chart = Chart::new(
        Axis::linear("target", rows.iter().map(|r| r.target), false),
        Axis::linear("prediction", all(), false),
    );
    let stride = rows.len().div_ceil(MOST_POINTS).max(1);
    for row in rows.iter().step_by(stride) {
        let hover = format!("row {}: target {}, predicted {}", row.row, number(row.target), number(row.prediction));
        chart.dot(row.target, row.prediction, 2.0, shot_colour(&row.shot), &hover);
    }
    let low = rows.iter().map(|r| r.target).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(|r| r.target).fold(f64::NEG_INFINITY, f64::max);
    name_shots(&mut chart, rows.iter().map(|r| &r.shot));
    chart.line(&[(low, low), (high, high)], COLOURS[7], "exact", true);
    chart.finish(&[])
}

/// Validation MAE by epoch, one line per run; stages follow each other.
pub(super) fn training(runs: &[(String, Vec<EpochRow>)]) -> String {
    let of = |row: &EpochRow| row.val.as_ref().map_or(f64::NAN, |v| v.mae);
    let longest = runs.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
    let values = || runs.iter().flat_map(|(_, rows)| rows.iter().map(of));
    let mut chart = Chart::new(
        Axis::linear("epoch", [0.0, longest.saturating_sub(1) as f64].into_iter(), true),
        Axis::linear("validation MAE", values(), false),
    );
    for (k, (name, rows)) in runs.iter().enumerate() {
        let points: Vec<(f64, f64)> = rows.iter().enumerate().map(|(at, row)| (at as f64, of(row))).collect();
        chart.line(&points, COLOURS[k % COLOURS.len()], name, false);
        for (at, pair) in rows.windows(2).enumerate().filter(|(_, pair)| pair[0].stage != pair[1].stage) {
            let heights = chart.heights();
            chart.upright(at as f64 + 0.5, heights, COLOURS[7], true);
            chart.dot(at as f64 + 1.0, of(&pair[1]), 3.0, COLOURS[7], &format!("stage {} starts", pair[1].stage));
        }
    }
    chart.finish(&[])
}

/// Training loss by epoch.
pub(super) fn loss(rows: &[EpochRow]) -> String {
    let mut chart = Chart::new(
        Axis::linear("epoch", [0.0, rows.len().saturating_sub(1) as f64].into_iter(), true),
        Axis::linear("training loss", rows.iter().map(|r| r.train_loss), false),
    );
    let points: Vec<(f64, f64)> = rows.iter().enumerate().map(|(at, row)| (at as f64, row.train_loss)).collect();
    chart.line(&points, COLOURS[3], "training loss", false);
    for (at, row) in rows.iter().enumerate() {
        let hover = format!("stage {}, epoch {}: {}", row.stage, row.epoch, number(row.train_loss));
        chart.dot(at as f64, row.train_loss, 3.0, COLOURS[3], &hover);
    }
    chart.finish(&[])
}

/// Mean and deviation over seeds; `None` where a region is empty.
pub(super) type MeanAndDeviation = Option<(f64, f64)>;

/// A metric by shot: a dot per method, a bar for the deviation over seeds.
pub(super) fn by_shot(methods: &[(String, Vec<MeanAndDeviation>)], regions: &[&str]) -> String {
    let values =
        || methods.iter().flat_map(|(_, cells)| cells.iter().flatten().map(|(mean, deviation)| mean + deviation));
    let mut chart = Chart::new(
        Axis::linear("", [0.0, regions.len() as f64].into_iter(), true),
        Axis::linear("test MAE", values(), true),
    );
    for (k, (name, cells)) in methods.iter().enumerate() {
        let colour = COLOURS[k % COLOURS.len()];
        chart.name(colour, name);
        for (region, cell) in cells.iter().enumerate() {
            let Some((mean, deviation)) = cell else { continue };
            let x = region as f64 + 0.14 + 0.72 * (k as f64 + 0.5) / methods.len() as f64;
            chart.upright(x, (mean - deviation, mean + deviation), colour, false);
            let hover = format!("{name}, {}: {} ± {}", regions[region], number(*mean), number(*deviation));
            chart.dot(x, *mean, 4.5, colour, &hover);
        }
    }
    let labels: Vec<(f64, String)> =
        regions.iter().enumerate().map(|(k, r)| (k as f64 + 0.5, (*r).to_owned())).collect();
    chart.finish(&labels)
}

/// Error by bin of several methods, each a mean over neighbouring bins for reading.
pub(super) fn error_by_method(bins: &[BinRow], methods: &[(String, Vec<Option<f64>>)]) -> String {
    let window = (bins.len() / 40).max(1);
    let smooth = |errors: &[Option<f64>]| -> Vec<(f64, f64)> {
        (0..errors.len())
            .filter_map(|b| {
                let near: Vec<f64> = errors[b.saturating_sub(window)..(b + window + 1).min(errors.len())]
                    .iter()
                    .flatten()
                    .copied()
                    .collect();
                let mean = near.iter().sum::<f64>() / near.len() as f64;
                (!near.is_empty()).then(|| (middle(&bins[b]), mean))
            })
            .collect()
    };
    let lines: Vec<(&String, Vec<(f64, f64)>)> = methods.iter().map(|(name, errors)| (name, smooth(errors))).collect();
    let values = || lines.iter().flat_map(|(_, line)| line.iter().map(|(_, e)| *e));
    let mut chart = Chart::new(target_axis(bins), Axis::linear("test MAE", values(), true));
    for (k, (name, line)) in lines.iter().enumerate() {
        chart.line(line, COLOURS[k % COLOURS.len()], name, false);
    }
    chart.finish(&[])
}

/// Share of all weight over share of rows, heaviest rows first.
pub(super) fn concentration(schemes: &[(String, Vec<(f64, u64)>)]) -> String {
    let mut chart = Chart::new(
        Axis::linear("share of rows, heaviest first", [0.0, 1.0].into_iter(), true),
        Axis::linear("share of weight", [0.0, 1.0].into_iter(), true),
    );
    for (k, (name, bins)) in schemes.iter().enumerate() {
        let mut bins = bins.clone();
        bins.sort_by(|a, b| b.0.total_cmp(&a.0));
        let rows: f64 = bins.iter().map(|(_, n)| *n as f64).sum();
        let total: f64 = bins.iter().map(|(w, n)| w * *n as f64).sum();
        let mut at = (0.0, 0.0);
        let steps = bins.iter().map(|(w, n)| {
            at = (at.0 + *n as f64 / rows, at.1 + w * *n as f64 / total);
            at
        });
        let points: Vec<(f64, f64)> = [(0.0, 0.0)].into_iter().chain(steps).collect();
        chart.line(&points, COLOURS[k % COLOURS.len()], name, false);
    }
    chart.line(&[(0.0, 0.0), (1.0, 1.0)], COLOURS[7], "no weighting", true);
    chart.finish(&[])
}
