//! The numbers of a comparison, one a line: for R, pandas and the like.

use dir_core::metric::NaturalErrors;
use dir_core::shot::Region;

use crate::compare::{Area, Column, Comparison, Run};
use crate::files::csv_field;
use crate::select::Metric;

/// `method,seed,metric,region,value`, of all metrics of all runs that worked, with all their digits. Methods by name, as their
/// folders; regions are the shots, and `with_data`, `interpolation` and `extrapolation` where some targets have no training rows.
/// Metrics that begin with `natural_` are those of the natural distribution, where it differs from that of the test rows. Baselines come
/// last, named `baseline:median` and so on, without a seed.
#[must_use]
pub(in super::super) fn to_csv(comparison: &Comparison) -> String {
    let mut text = String::from("method,seed,metric,region,value\n");
    for (method, run) in comparison.methods.iter().flat_map(|method| method.runs.iter().map(move |run| (method, run))) {
        add(&mut text, &csv_field(&method.method), &run.seed.to_string(), run);
    }
    for baseline in &comparison.baselines {
        add(&mut text, &format!("baseline:{}", baseline.kind.name()), "", &baseline.as_run());
    }
    text
}

fn add(text: &mut String, method: &str, seed: &str, run: &Run) {
    let mut line =
        |metric: &str, region: &str, value: f64| *text += &format!("{method},{seed},{metric},{region},{value}\n");
    let areas = |metric| Area::each().into_iter().map(move |area| Column { metric, area });
    for column in Metric::EACH.into_iter().flat_map(areas) {
        if let Some(value) = column.of(run) {
            line(column.metric.name(), column.area.name(), value);
        }
    }
    let Some(natural) = run.natural.and_then(|natural| natural.regions) else { return };
    for region in Region::EACH {
        let Some(NaturalErrors { effective_rows, mae, mse, rmse, bias, .. }) = natural.get(region) else { continue };
        let named = [("mae", mae), ("mse", mse), ("rmse", rmse), ("bias", bias), ("effective_rows", effective_rows)];
        named.into_iter().for_each(|(name, value)| line(&format!("natural_{name}"), region.name(), *value));
    }
}
