//! What pages of runs and comparisons say over the target: how dense it is, and how error follows density.

use dir_core::shot::ShotRule;

use super::charts::{self, Density};
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
    let against = |density| charts::error_against(target, density, bins, errors);
    page.figures(
        vec![
            ("error-against-density".into(), against(Density::Counted)),
            ("error-against-smoothed-density".into(), against(Density::Smoothed)),
        ],
        "The same errors against the density of their bin: as counted, and after LDS (scaled to as many rows). r is over the bins \
         with training and test rows, the same in both; other bins are drawn but do not count. The paper finds r weak on the left \
         and strongly negative on the right: then LDS sees the imbalance that the network sees. Where both are alike, neighbouring \
         bins tell it nothing new.",
    );
}
