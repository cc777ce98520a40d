//! The report of one run.

use std::path::{Path, PathBuf};

use dir_core::metric::{Interval, Intervals, RegionMetrics};
use dir_core::shot::{Region, Shot};

use super::axis::{four_digits, grouped, short};
use super::files::{self, BinError, BinRow, EpochRow, PredictionRow};
use super::page::Page;
use super::{TextTable, baselines_table, charts, features, natural_table, over_target, remarks};
use crate::baselines::Baselines;
use crate::error::TrainError;
use crate::evaluate::{Metrics, read_metrics};
use crate::natural::Natural;
use crate::select::Metric;

pub(super) fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    let metrics = files::optional(folder, "metrics.json", |_| read_metrics(folder))?;
    let bins: Option<Vec<BinRow>> = files::optional(folder, "bins.csv", files::csv)?;
    let predictions: Option<Vec<PredictionRow>> = files::predictions(folder)?;
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
    if let Some(metrics) = &metrics {
        baselines_of(&mut page, metrics, Baselines::read(folder)?.as_ref());
    }
    remarks::run_remarks(folder)?.iter().for_each(|remark| page.note(remark));
    let errors = match (&bins, &predictions) {
        (Some(bins), Some(rows)) => Some(files::error_by_bin(folder, bins.len(), rows)?),
        _ => None,
    };
    let says_a_class = files::says_a_class(folder)?;
    page.heading("Over the target");
    match &bins {
        Some(bins) => {
            over_target::density(&mut page, target, bins, files::shot_rule(folder)?.as_ref());
            errors.iter().for_each(|errors| over_target::errors(&mut page, target, bins, errors, ""));
            if let Some(rows) = predictions.as_deref().filter(|_| says_a_class) {
                over_target::wrong_shares(&mut page, target, bins, &files::wrong_by_bin(bins, rows));
            }
        }
        None => page.missing("No density and no error by bin", "bins.csv"),
    }
    page.heading("Predictions");
    match &predictions {
        Some(rows) => {
            predictions_of(&mut page, target, rows, bins.as_deref().zip(errors.as_deref()));
            if let Some(curve) = files::squared_error_by_relevance(folder, rows)? {
                over_target::relevance(&mut page, target, &[(String::new(), curve)], &[0]);
            }
        }
        None if metrics.is_some() => page.paragraph(
            "No predictions and no error by bin: the run is finished, but there is no predictions.csv in its folder. Restore it, or delete \
             metrics.json and repeat the run's train, which evaluates it again.",
        ),
        None => page.missing("No predictions and no error by bin", "predictions.csv"),
    }
    if let Some(bins) = &bins
        && let Some(run) = files::feature_statistics(folder, bins.len())?
    {
        page.heading("Features");
        features::similarity(&mut page, target, bins, &[("", &run)]);
    }
    page.heading("Training");
    match epochs.as_deref() {
        None => page.missing("No training curves", "log.jsonl"),
        Some([]) => page.paragraph("No epoch is finished yet."),
        Some(rows) => {
            training(&mut page, target, rows, metrics.as_ref());
            features::distances(&mut page, &[(String::new(), rows.to_vec())]);
        }
    }
    if let Some(config) = files::optional(folder, "config.toml", |path| Ok(crate::files::read(path)?))? {
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
        "Seed {}. Metrics of the {}, by how many training rows the target's bin has. The model is that of stage \
         {}, epoch {}, picked by validation {} ({}).",
        metrics.seed,
        match metrics.natural {
            Some(natural) if metrics.split == "test" => Natural::rows_title(natural.spread).to_owned(),
            // Those of the folds of a cross-validation say so.
            _ if metrics.split == "test" => "test rows".into(),
            _ => metrics.split.clone(),
        },
        best.at.stage,
        best.at.epoch,
        best.metric,
        short(best.at.value)
    ));
    let of_depth = metrics.regions.all.is_some_and(|m| m.depth.is_some());
    let columns: &[Metric] = if of_depth { &Metric::OF_DEPTH } else { &COLUMNS };
    let rows: Vec<Vec<String>> = Region::EACH.iter().map(|r| row(*r, metrics.regions.get(*r), columns)).collect();
    let head: Vec<&str> = ["Region", if of_depth { "Pixels" } else { "Rows" }, "Bins"]
        .into_iter()
        .chain(columns.iter().map(|m| m.title()))
        .collect();
    page.table(&head, &rows);
    let brackets = match metrics.regions.all.and_then(|m| m.intervals) {
        Some(_) => " Below a value: its bootstrap interval.",
        None => "",
    };
    let meanings: Vec<String> = columns.iter().map(|m| format!("{}: {}", m.title(), m.meaning())).collect();
    page.note(&format!(
        "{}. Errors are in units of {}. Few holds zero, the bins without training rows. A dash: no rows, or not \
         defined.{brackets}",
        meanings.join("; "),
        metrics.target
    ));
    if let Some(natural) = &metrics.natural {
        page.note(&(natural.describe() + "."));
        if let Some(table) = natural_table(natural) {
            text_table(&mut page, &table);
            page.note(
                "Effective rows: how many rows of equal weight would tell as much. Bias: mean of predicted - true. Below a value: \
                 its bootstrap interval.",
            );
        }
    }
    page
}

/// The run beside what needs no network.
fn baselines_of(page: &mut Page, metrics: &Metrics, baselines: Option<&Baselines>) {
    let Some(baselines) = baselines else { return };
    page.heading("Baselines");
    for metric in [Metric::Mae, Metric::Rmse] {
        let table = baselines_table(&metrics.regions, metrics.natural.as_ref(), baselines, metric);
        text_table(page, &table);
    }
    let meanings: Vec<String> =
        baselines.baselines.iter().map(|b| format!("{}: {}", b.kind.title(), b.kind.meaning())).collect();
    page.note(&format!("{}.", meanings.join("; ")));
}

fn text_table(page: &mut Page, table: &TextTable) {
    page.table(&table.head.iter().map(String::as_str).collect::<Vec<_>>(), &table.rows);
}

/// Columns where a row has one target.
const COLUMNS: [Metric; 8] =
    [Metric::Mae, Metric::Bmae, Metric::Rmse, Metric::Gm, Metric::Pearson, Metric::Spearman, Metric::Sera, Metric::Uf1];

fn row(region: Region, metrics: Option<&RegionMetrics>, columns: &[Metric]) -> Vec<String> {
    let name = region.name().to_owned();
    let Some(m) = metrics else {
        return [vec![name, "0".into(), "0".into()], vec!["-".into(); columns.len()]].concat();
    };
    let cell = |metric: &Metric| {
        let Some(value) = metric.of(m) else { return "-".into() };
        let text = if metric.is_share_or_correlation() { format!("{value:.3}") } else { four_digits(value) };
        match m.intervals.as_ref().and_then(|intervals| interval(*metric, intervals)) {
            Some(i) => format!("{text}\n{} to {}", four_digits(i.low), four_digits(i.high)),
            None => text,
        }
    };
    let counts = [m.rows, m.bins].map(|count| grouped(count as f64, 0));
    [name].into_iter().chain(counts).chain(columns.iter().map(cell)).collect()
}

fn interval(metric: Metric, intervals: &Intervals) -> Option<Interval> {
    match metric {
        Metric::Mae => Some(intervals.mae),
        Metric::Bmae => Some(intervals.bmae),
        Metric::Gm => Some(intervals.gm),
        Metric::Sera => intervals.sera,
        Metric::Uf1 => intervals.utility_f,
        _ => None,
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
