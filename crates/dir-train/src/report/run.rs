//! The report of one run.

use std::path::{Path, PathBuf};

use dir_core::metric::{Interval, Intervals, RegionMetrics};
use dir_core::shot::{Region, Shot};

use super::axis::{four_digits, grouped, short};
use super::charts;
use super::files::{self, BinError, BinRow, EpochRow, PredictionRow};
use super::page::Page;
use crate::error::TrainError;
use crate::evaluate::{Metrics, read_metrics};

pub(super) fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    let metrics = files::optional(folder, "metrics.json", |_| read_metrics(folder))?;
    let bins: Option<Vec<BinRow>> = files::optional(folder, "bins.csv", files::csv)?;
    let predictions: Option<Vec<PredictionRow>> = files::optional(folder, "predictions.csv", files::csv)?;
    let epochs = files::optional(folder, "log.jsonl", files::epochs)?;
    let target = metrics.as_ref().map_or("target", |m| m.target.as_str());

    let mut page = match &metrics {
        Some(m) => finished(m),
        None => {
            let mut page = Page::new(&format!("Run {}", folder.display()));
            page.missing("Not evaluated on the test rows", "metrics.json");
            page
        }
    };
    let errors = match (&bins, &predictions) {
        (Some(bins), Some(rows)) => Some(files::error_by_bin(&folder.join("predictions.csv"), bins.len(), rows)?),
        _ => None,
    };
    page.heading("Over the target");
    match &bins {
        Some(bins) => over_the_target(&mut page, target, bins, errors.as_deref()),
        None => page.missing("No density and no error by bin", "bins.csv"),
    }
    page.heading("Predictions");
    match &predictions {
        Some(rows) => predictions_of(&mut page, target, rows, bins.as_deref().zip(errors.as_deref())),
        None => page.missing("No predictions and no error by bin", "predictions.csv"),
    }
    page.heading("Training");
    match epochs.as_deref() {
        None => page.missing("No training curves", "log.jsonl"),
        Some([]) => page.paragraph("No epoch is finished yet."),
        Some(epochs) => training(&mut page, target, epochs, metrics.as_ref()),
    }
    if let Some(config) = files::optional(folder, "config.toml", crate::files::read)? {
        page.heading("Configuration");
        page.details("config.toml, with all defaults", &String::from_utf8_lossy(&config));
    }
    page.write(folder)
}

/// Title and metrics.
fn finished(metrics: &Metrics) -> Page {
    let mut page = Page::new(&format!("{} on {}: {}", metrics.method, metrics.dataset, metrics.target));
    let best = &metrics.best;
    page.paragraph(&format!(
        "Seed {}. Metrics of the {} rows, by how many training rows the target's bin has. The model is that of stage \
         {}, epoch {}, picked by validation {} ({}).",
        metrics.seed,
        metrics.split,
        best.at.stage,
        best.at.epoch,
        best.metric,
        short(best.at.value)
    ));
    let rows: Vec<Vec<String>> = Region::EACH.iter().map(|r| row(*r, metrics.regions.get(*r))).collect();
    page.table(&["Region", "Rows", "Bins", "MAE", "bMAE", "RMSE", "GM", "Pearson", "Spearman"], &rows);
    let brackets = match metrics.regions.all.and_then(|m| m.intervals) {
        Some(_) => " Below a value: its bootstrap interval.",
        None => "",
    };
    page.note(&format!(
        "MAE, RMSE and GM (geometric mean of the absolute errors) are in units of {}; bMAE is the mean over bins of \
         the bin's MAE. Few holds zero, the bins without training rows. A dash: no rows, or not defined.{brackets}",
        metrics.target
    ));
    page
}

fn row(region: Region, metrics: Option<&RegionMetrics>) -> Vec<String> {
    let name = region.name().to_owned();
    let Some(m) = metrics else {
        return [vec![name, "0".into(), "0".into()], vec!["-".into(); 6]].concat();
    };
    let correlation = |r: Option<f64>| r.map_or("-".into(), |r| format!("{r:.3}"));
    let with = |value: f64, pick: fn(&Intervals) -> Interval| {
        let interval = m.intervals.as_ref().map(pick);
        interval.map_or_else(
            || four_digits(value),
            |i| format!("{}\n{} to {}", four_digits(value), four_digits(i.low), four_digits(i.high)),
        )
    };
    vec![
        name,
        grouped(m.rows as f64, 0),
        grouped(m.bins as f64, 0),
        with(m.mae, |i| i.mae),
        with(m.bmae, |i| i.bmae),
        four_digits(m.rmse),
        with(m.gm, |i| i.gm),
        correlation(m.pearson),
        correlation(m.spearman),
    ]
}

fn over_the_target(page: &mut Page, target: &str, bins: &[BinRow], errors: Option<&[Option<BinError>]>) {
    page.figure(
        "density",
        &charts::density(target, bins),
        "Training rows per bin, coloured by shot. The line is what label distribution smoothing makes of them: a bin \
         counts as dense when its neighbours are.",
    );
    if let Some(errors) = errors {
        page.figure(
            "error-by-bin",
            &charts::error_over_density(target, bins, errors),
            "Every dot is a bin with test rows; the strip below shows the shot of every bin. A strongly negative r \
             means that error is high where training rows are rare.",
        );
    }
}

fn predictions_of(
    page: &mut Page,
    target: &str,
    rows: &[PredictionRow],
    by_bin: Option<(&[BinRow], &[Option<BinError>])>,
) {
    let (chart, drawn) = charts::predicted(target, rows);
    let mut figures = vec![("predicted".to_owned(), chart)];
    figures.extend(by_bin.map(|(bins, errors)| ("bias".to_owned(), charts::bias(target, bins, errors))));
    let bias = |shot: Shot| {
        let errors = rows.iter().filter(|r| r.shot == shot.name()).map(|r| r.prediction - r.target);
        let (sum, n) = errors.fold((0.0, 0.0), |(s, n), e| (s + e, n + 1.0));
        (n > 0.0).then(|| format!("{} {}{}", shot.name(), if sum > 0.0 { "+" } else { "" }, short(sum / n)))
    };
    let bias: Vec<String> = Shot::EACH.into_iter().filter_map(bias).collect();
    let caption = format!(
        "On the dashed line of the first plot a prediction is exact; drawn are {drawn} rows. Rare targets are usually \
         predicted too near to the common ones: the mean of predicted - true by shot is {}.",
        bias.join(", ")
    );
    page.figures(figures, &caption);
}

fn training(page: &mut Page, target: &str, epochs: &[EpochRow], metrics: Option<&Metrics>) {
    let best = metrics.map(|m| &m.best);
    let metric = best.map_or("mae", |b| b.metric.as_str());
    let figures = vec![
        ("loss".to_owned(), charts::loss(epochs, best)),
        ("training".to_owned(), charts::validation(target, metric, epochs, best)),
    ];
    let caption = match best {
        Some(best) => format!("The green line is the epoch whose model was kept: lowest validation {}.", best.metric),
        None => "The run is not finished.".into(),
    };
    page.figures(figures, &caption);
}
