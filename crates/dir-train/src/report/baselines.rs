//! Table of a run beside the baselines, on its test rows and under the natural distribution.

use dir_core::metric::Report;
use dir_core::shot::Region;

use super::axis::four_digits;
use super::text_table::TextTable;
use crate::baselines::Baselines;
use crate::compare::{Area, Column, Run};
use crate::natural::Natural;
use crate::select::Metric;

/// Title of the run itself.
const RUN: &str = "this run";

/// One metric of the run and of every baseline, by region.
#[must_use]
pub fn baselines_table(report: &Report, natural: Option<&Natural>, baselines: &Baselines, metric: Metric) -> TextTable {
    let run = Run { regions: Some(*report), natural: natural.copied(), ..Run::default() };
    let with_natural = natural.is_some_and(|natural| natural.regions.is_some());
    let columns: Vec<Column> = [Region::All, Region::Many, Region::Medium, Region::Few]
        .map(|region| Column { metric, area: Area::Shot(region) })
        .to_vec();
    let mut head = vec![metric.title().to_owned()];
    head.extend(columns.iter().map(|column| column.area.short().to_owned()));
    if with_natural {
        head.extend(columns.iter().map(|column| format!("natural {}", column.area.short())));
    }
    let row = |title: &str, run: &Run| {
        let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), four_digits);
        let mut row = vec![title.to_owned()];
        row.extend(columns.iter().map(|column| cell(column.of(run))));
        if with_natural {
            row.extend(columns.iter().map(|column| cell(column.of_natural(run))));
        }
        row
    };
    let others = baselines.baselines.iter().map(|baseline| row(baseline.kind.title(), &baseline.as_run()));
    TextTable { head, rows: [row(RUN, &run)].into_iter().chain(others).collect() }
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{EvaluateOptions, NaturalWeights, evaluate, natural_errors};
    use dir_core::shot::Shot;

    use super::*;
    use crate::baselines::{Baseline, BaselineKind};

    /// Two rows, one per bin, which hold 90 and 10 % of the data: a mean of 1 and 5 is 3, weighted 0.9 · 1 + 0.1 · 5.
    #[test]
    fn run_and_baselines_stand_in_one_table() {
        let (shots, y) = ([Shot::Many, Shot::Few], [0.5, 1.5]);
        let weights = NaturalWeights::new(&[900, 100], &[50, 50]).expect("valid").expect("has rows");
        let of = |errors: [f64; 2]| {
            let p = [y[0] + errors[0], y[1] + errors[1]];
            let report = evaluate(&y, &p, &[0, 1], &shots, &EvaluateOptions::default()).expect("valid");
            let regions = natural_errors((&y, &p), &[0, 1], &shots, &weights, None).expect("valid");
            let natural =
                Natural { spread: weights.spread(), data_rows: 1000, without_test_rows: 0.0, regions: Some(regions) };
            (report, natural)
        };
        let (regions, natural) = of([2.0, 2.0]);
        let median = Baseline { kind: BaselineKind::Median, regions, unseen: None, natural: Some(natural) };
        let baselines = Baselines { made_for: None, baselines: vec![median] };
        let (report, natural) = of([1.0, 5.0]);
        let table = baselines_table(&report, Some(&natural), &baselines, Metric::Mae);
        let natural_columns = ["natural all", "natural many", "natural med", "natural few"];
        assert_eq!(table.head, [&["MAE", "all", "many", "med", "few"][..], &natural_columns].concat());
        assert_eq!(table.rows[0], ["this run", "3.000", "1.000", "-", "5.000", "1.400", "1.000", "-", "5.000"]);
        let two = "2.000";
        assert_eq!(table.rows[1], ["Median (baseline)", two, two, "-", two, two, two, "-", two]);
        assert_eq!(baselines_table(&report, None, &baselines, Metric::Rmse).rows[1].len(), 5);
    }
}
