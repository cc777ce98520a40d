//! One file per verb, and what they share.

pub(crate) mod audit;
pub(crate) mod compare;
pub(crate) mod devices;
pub(crate) mod eval;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod train;

use dir_core::metric::Report;
use dir_core::shot::Region;
use dir_train::TrainError;
use dir_train::progress::Verbosity;

use crate::args::Compute;

/// Threads are set once, before the first tensor; then the device is opened.
///
/// # Errors
/// [`TrainError::Device`].
pub fn set_up(compute: &Compute) -> Result<burn::tensor::Device, TrainError> {
    if let Some(threads) = compute.threads {
        // Fails only if the pool exists already, and nothing has used it yet.
        rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global().ok();
    }
    dir_train::device::open(&compute.device)
}

/// How much to say.
#[must_use]
pub fn verbosity(compute: &Compute) -> Verbosity {
    if compute.quiet { Verbosity::Quiet } else { Verbosity::Normal }
}

/// Metrics by region, as a table for the terminal.
pub(crate) fn metrics_table(report: &Report) -> String {
    let mut text = format!(
        "{:<8}{:>8}{:>7}{:>12}{:>12}{:>12}{:>12}{:>10}\n",
        "region", "rows", "bins", "MAE", "RMSE", "GM", "bMAE", "Pearson"
    );
    for region in Region::EACH {
        text += &match report.get(region) {
            None => {
                format!("{:<8}{:>8}{:>7}{:>12}{:>12}{:>12}{:>12}{:>10}\n", region.name(), 0, 0, "-", "-", "-", "-", "-")
            }
            Some(m) => {
                let pearson = m.pearson.map_or("-".into(), |r| format!("{r:.3}"));
                let [mae, rmse, gm, bmae] = [m.mae, m.rmse, m.gm, m.bmae].map(short);
                let (rows, bins) = (m.rows, m.bins);
                format!("{:<8}{rows:>8}{bins:>7}{mae:>12}{rmse:>12}{gm:>12}{bmae:>12}{pearson:>10}\n", region.name())
            }
        };
    }
    text
}

/// Four significant digits.
pub(crate) fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    format!("{value:.*}", (3 - digits).clamp(0, 8) as usize)
}
