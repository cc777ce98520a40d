//! The numbers of a comparison, one a line: for R, pandas and the like.

use crate::compare::{Area, Column, Comparison};
use crate::files::csv_field;
use crate::select::Metric;

/// `method,seed,metric,region,value`, of all metrics of all runs that worked, with all their digits. Methods by name, as their
/// folders; regions are the shots, and `with_data`, `interpolation` and `extrapolation` where some targets have no training rows.
#[must_use]
pub(in super::super) fn to_csv(comparison: &Comparison) -> String {
    let mut text = String::from("method,seed,metric,region,value\n");
    for (method, run) in comparison.methods.iter().flat_map(|method| method.runs.iter().map(move |run| (method, run))) {
        for (metric, area) in
            Metric::EACH.into_iter().flat_map(|metric| Area::each().into_iter().map(move |a| (metric, a)))
        {
            if let Some(value) = (Column { metric, area }).of(run) {
                let (method, seed, metric, area) = (csv_field(&method.method), run.seed, metric.name(), area.name());
                text += &format!("{method},{seed},{metric},{area},{value}\n");
            }
        }
    }
    text
}
