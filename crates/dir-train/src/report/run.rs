//! The report of one run.

use std::path::{Path, PathBuf};

use dir_core::metric::RegionMetrics;
use dir_core::shot::Region;

use super::page::Page;
use super::svg::number;
use super::{charts, files};
use crate::error::TrainError;
use crate::evaluate::read_metrics;

pub(super) fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    let metrics = read_metrics(folder)?;
    let bins = files::csv(&folder.join("bins.csv"))?;
    let predictions = files::csv(&folder.join("predictions.csv"))?;
    let epochs = files::epochs(&folder.join("log.jsonl"))?;

    let mut page = Page::new(&format!("{} on {}: {}", metrics.method, metrics.dataset, metrics.target));
    let best = &metrics.best;
    page.paragraph(&format!(
        "Seed {}. Metrics of the test rows, by how many training rows the target's bin has. The model is that of stage {}, epoch \
         {}, picked by validation {} ({}).",
        metrics.seed,
        best.at.stage,
        best.at.epoch,
        best.metric,
        number(best.at.value)
    ));
    let head = ["region", "rows", "bins", "MAE", "RMSE", "GM", "bMAE", "Pearson", "Spearman"];
    let rows: Vec<Vec<String>> = Region::EACH.iter().map(|r| row(*r, metrics.regions.get(*r))).collect();
    page.table(&head, &rows);

    page.figure(
        "density",
        &charts::density(&bins),
        "Training rows per bin, coloured by shot; the line is the same density after label distribution smoothing.",
    );
    let (chart, correlation) = charts::error_over_density(&bins, &files::error_by_bin(bins.len(), &predictions));
    let correlation = correlation.map_or("not defined".into(), |r| format!("{r:.2}"));
    page.figure(
        "error-by-bin",
        &chart,
        &format!(
            "Test error of every bin over the density of the training rows. Pearson's r of the two: {correlation}."
        ),
    );
    page.figure("predicted", &charts::predicted(&predictions), "Predictions of the test rows against their targets.");
    page.figure(
        "training",
        &charts::training(&[("validation MAE".into(), epochs.clone())]),
        "Validation MAE by epoch.",
    );
    page.figure("loss", &charts::loss(&epochs), "Training loss by epoch, weighted as the recipe says.");
    if let Ok(config) = std::fs::read_to_string(folder.join("config.toml")) {
        page.details("Configuration", &config);
    }
    page.write(folder)
}

fn row(region: Region, metrics: Option<&RegionMetrics>) -> Vec<String> {
    let name = region.name().to_owned();
    let Some(m) = metrics else {
        return [vec![name, "0".into(), "0".into()], vec!["-".into(); 6]].concat();
    };
    let correlation = |r: Option<f64>| r.map_or("-".into(), |r| format!("{r:.3}"));
    let with = |value: f64, pick: fn(&dir_core::metric::Intervals) -> dir_core::metric::Interval| {
        let interval = m.intervals.as_ref().map(pick);
        interval.map_or_else(|| number(value), |i| format!("{} [{}, {}]", number(value), number(i.low), number(i.high)))
    };
    vec![
        name,
        m.rows.to_string(),
        m.bins.to_string(),
        with(m.mae, |i| i.mae),
        number(m.rmse),
        with(m.gm, |i| i.gm),
        with(m.bmae, |i| i.bmae),
        correlation(m.pearson),
        correlation(m.spearman),
    ]
}
