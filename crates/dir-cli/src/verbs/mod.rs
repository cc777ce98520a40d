//! One file per verb, and what they share.

pub(crate) mod audit;
pub(crate) mod baselines;
pub(crate) mod compare;
pub(crate) mod devices;
pub(crate) mod eval;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod train;

use dir_core::metric::{Report, Unseen, UnseenErrors};
use dir_core::shot::Region;
use dir_train::natural::Natural;
use dir_train::progress::Verbosity;
use dir_train::report::natural_table;
use dir_train::select::Metric;

use crate::args::Compute;

/// How much to say.
#[must_use]
pub fn verbosity(compute: &Compute) -> Verbosity {
    if compute.quiet { Verbosity::Quiet } else { Verbosity::Normal }
}

/// Which test rows the metrics are of, the metrics by region, and where they differ those under the natural distribution.
pub(crate) fn metrics_tables(report: &Report, natural: Option<&Natural>) -> String {
    let Some(natural) = natural else { return metrics_table(report) };
    let mut text = format!("{}\n{}", Natural::rows_title(natural.spread), metrics_table(report));
    text += &format!("\n{}.\n", natural.describe());
    text + &natural_table(natural).map_or(String::new(), |table| table.to_text())
}

/// Metrics by region, as a table for the terminal.
pub(crate) fn metrics_table(report: &Report) -> String {
    use Metric::{Bmae, Gm, Mae, Mse, Pearson, Rmse, Spearman};
    let of_depth = report.all.is_some_and(|m| m.depth.is_some());
    let columns = if of_depth { Metric::OF_DEPTH } else { [Mae, Mse, Rmse, Gm, Bmae, Pearson, Spearman] };
    let mut text = format!("{:<8}{:>9}{:>7}", "region", if of_depth { "pixels" } else { "rows" }, "bins");
    columns.iter().for_each(|metric| text += &format!("{:>11}", metric.title()));
    for region in Region::EACH {
        let found = report.get(region);
        let (rows, bins) = found.map_or((0, 0), |m| (m.rows, m.bins));
        text += &format!("\n{:<8}{rows:>9}{bins:>7}", region.name());
        for metric in columns {
            let value = found.and_then(|m| metric.of(m));
            let plain = metric.is_share_or_correlation();
            let cell = value.map(|v| if plain { format!("{v:.3}") } else { short(v) });
            text += &format!("{:>11}", cell.unwrap_or_else(|| "-".into()));
        }
    }
    text + "\n"
}

/// Errors on targets with and without training rows, as lines for the terminal; nothing where all have some.
pub(crate) fn unseen_table(unseen: Option<&Unseen>) -> String {
    let Some(unseen) = unseen else { return String::new() };
    let kinds = [
        ("targets with training rows", unseen.with_data),
        ("without, between others (interpolation)", unseen.interpolation),
        ("without, beyond the others (extrapolation)", unseen.extrapolation),
    ];
    let line = |(name, errors): (&str, Option<UnseenErrors>)| match errors {
        Some(UnseenErrors { rows, mae, gm }) => {
            format!("{name:<44}{rows:>6} rows  MAE {:>8}  GM {:>8}\n", short(mae), short(gm))
        }
        None => format!("{name:<44}     0 rows\n"),
    };
    kinds.into_iter().map(line).collect()
}

/// Four significant digits.
pub(crate) fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    format!("{value:.*}", (3 - digits).clamp(0, 12) as usize)
}
