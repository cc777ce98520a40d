//! What pages say about features: how alike those of different targets are, and how far FDS moves them.

use super::charts;
use super::files::{BinRow, EpochRow};
use super::page::Page;
use crate::feature_statistics::FeatureStatistics;

/// A run whose features are shown: its name in titles, empty where there is only one, and its statistics.
pub(super) type Featured<'a> = (&'a str, &'a FeatureStatistics);

const CAPTION: &str = "Cosine similarity of the mean features (and of their variances) of a bin's training rows with those of the anchor: \
    the densest bin, then a few-shot bin far from it. Features that follow the target are most alike near the anchor and ever less so \
    farther away: a rank correlation near -1. Few-shot bins that look like far, dense ones have borrowed their features. Features are \
    those of the kept model in evaluation mode, not calibrated.";

/// Similarity of the features of a run; of two side by side, without FDS and with.
pub(super) fn similarity(page: &mut Page, target: &str, bins: &[BinRow], runs: &[Featured<'_>]) {
    let Some((_, first)) = runs.first() else { return };
    let anchors = charts::anchors(bins, &first.count).into_iter().enumerate();
    let rows = anchors.flat_map(|anchor| [Moment::Mean, Moment::Variance].map(|m| row(target, bins, anchor, m, runs)));
    let plots: Vec<(String, String)> = rows.flatten().collect();
    let sides = match runs {
        [(without, _), (with, _)] => {
            format!(" Left {without}, right {with}, each the run of the first seed, on one scale.")
        }
        _ => String::new(),
    };
    if !plots.is_empty() {
        page.figures(plots, &format!("{CAPTION}{sides}"));
    }
}

#[derive(Debug, Clone, Copy)]
enum Moment {
    Mean,
    Variance,
}

impl Moment {
    fn word(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Variance => "variance",
        }
    }

    fn of(self, run: &FeatureStatistics) -> &[Vec<f32>] {
        match self {
            Self::Mean => &run.mean,
            Self::Variance => &run.variance,
        }
    }
}

/// One plot per run, on one scale.
fn row(
    target: &str,
    bins: &[BinRow],
    (k, anchor): (usize, usize),
    moment: Moment,
    runs: &[Featured<'_>],
) -> Vec<(String, String)> {
    let word = moment.word();
    let of = |(_, run): &Featured<'_>| charts::similarities(moment.of(run), &run.count, anchor);
    let values: Vec<Vec<f64>> = runs.iter().map(of).collect();
    let low = charts::lowest(values.iter().map(Vec::as_slice));
    let plot = |(nth, ((whose, _), values)): (usize, (&Featured<'_>, &Vec<f64>))| {
        let title = if whose.is_empty() { format!("Feature {word}") } else { format!("{whose}: feature {word}") };
        let chart = charts::similarity(&title, target, bins, (anchor, values), low);
        (format!("features-{word}-anchor-{}-{}", k + 1, nth + 1), chart)
    };
    runs.iter().zip(&values).enumerate().map(plot).collect()
}

/// How far FDS moves its statistics over epochs; nothing where no run has FDS.
pub(super) fn distances(page: &mut Page, runs: &[(String, Vec<EpochRow>)]) {
    let plots = charts::distances(runs);
    if !plots.is_empty() {
        page.figures(
            plots,
            "How far feature distribution smoothing (FDS) moves the statistics of a bin, a mean over bins and features. It falls where \
             features of neighbouring targets come to look alike, so that there is less to smooth; it also grows and shrinks with the \
             features themselves.",
        );
    }
}
