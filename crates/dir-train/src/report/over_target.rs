//! What pages of runs and comparisons say over the target: how dense it is, and how error follows density.

use dir_core::shot::ShotRule;

use super::charts::{self, Density, Measure};
use super::files::{BinError, BinRow};
use super::page::Page;

pub(super) fn density(page: &mut Page, target: &str, bins: &[BinRow], rule: Option<&ShotRule>) {
    page.figure(
        "density",
        &charts::density(target, bins, rule),
        "Training rows per bin, coloured by shot; the dashed lines part the shots. The line is what label distribution smoothing \
         (LDS) makes of them: a bin counts as dense when its neighbours are.",
    );
}

/// `whose` errors they are, for the captions: nothing on the page of a run.
pub(super) fn errors(page: &mut Page, target: &str, bins: &[BinRow], errors: &[Option<BinError>], whose: &str) {
    page.figure(
        "error-by-bin",
        &charts::error_over_density(target, bins, errors),
        &format!(
            "Every dot is the test error{whose} in a bin; the grey area behind is the training rows, the strip below the shot of \
             every bin."
        ),
    );
    page.figures(
        against_density("error", (target, Measure::Mae), bins, errors),
        "The same errors against the density of their bin: as counted, and after LDS (scaled to as many rows). r is over the bins \
         with training and test rows, the same in both; other bins are drawn but do not count. The paper finds r weak on the left \
         and strongly negative on the right: then LDS sees the imbalance that the network sees. Where both are alike, neighbouring \
         bins tell it nothing new.",
    );
}

/// `curves` are a line per method.
pub(super) fn relevance(page: &mut Page, target: &str, curves: &[(String, Vec<(f64, f64)>)], in_front: &[usize]) {
    page.figure(
        "squared-error-by-relevance",
        &charts::squared_error_by_relevance(target, curves, in_front),
        "Squared errors summed over the test rows whose target has at least a relevance: all rows on the left, only those that matter \
         most on the right. SERA is the area under the line.",
    );
}

/// Where a prediction is right or wrong: how often it is wrong.
pub(super) fn wrong_shares(page: &mut Page, target: &str, bins: &[BinRow], shares: &[Option<BinError>]) {
    page.figures(
        against_density("wrong-share", (target, Measure::WrongShare), bins, shares),
        "How often a row is taken for another bin, against the density of its own: a classifier says a bin, so this is its error. The \
         paper finds r strongly negative on the left where labels are categories, which have no neighbours to learn from; smoothing \
         then tells nothing.",
    );
}

/// Against the density as counted and smoothed, side by side.
fn against_density(
    name: &str,
    measured: (&str, Measure),
    bins: &[BinRow],
    errors: &[Option<BinError>],
) -> Vec<(String, String)> {
    [("density", Density::Counted), ("smoothed-density", Density::Smoothed)]
        .map(|(of, density)| (format!("{name}-against-{of}"), charts::error_against(measured, density, bins, errors)))
        .to_vec()
}
