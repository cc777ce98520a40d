//! Reversals: methods that err less than the first on the test rows as they are and more under the natural distribution, or conversely.

use std::collections::BTreeMap;
use std::path::Path;

use dir_core::metric::{Bootstrap, Interval};

use super::decimals::decimals;
use super::files;
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;
use crate::natural::{Natural, row_weights};
use crate::select::Metric;

/// Draws of test rows.
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 2000, level: 0.95, seed: 0 };

/// Sums over rows that err together: differences of both distributions, their weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cluster {
    rows: f64,
    difference: f64,
    weight: f64,
    weighted: f64,
}

/// A sentence for every method whose difference to the first of its group has another sign under the natural distribution, if the interval
/// over test rows of at least one of the two does not hold 0. Differences are means over the seeds that both have.
pub(super) fn of(folder: &Path, comparison: &Comparison) -> Result<Vec<String>, TrainError> {
    let error = if matches!(comparison.first_metric(), Metric::Mse | Metric::Rmse) { Metric::Mse } else { Metric::Mae };
    let mut sentences = Vec::new();
    for group in comparison.groups() {
        let Some((first, others)) = group.split_first() else { continue };
        let spread = first.runs.iter().find_map(|run| run.natural).filter(|natural| natural.regions.is_some());
        let Some(spread) = spread.map(|natural| natural.spread) else { continue };
        for other in others {
            let clusters = clusters(folder, first, other, error)?;
            sentences.extend(sentence(&clusters, [&first.title, &other.title], error, Natural::rows_title(spread)));
        }
    }
    Ok(sentences)
}

/// Differences of a method's errors to the base's. Runs whose test rows are not those of the base are left out: the table of paired
/// differences refuses them.
fn clusters(folder: &Path, base: &MethodRuns, method: &MethodRuns, error: Metric) -> Result<Vec<Cluster>, TrainError> {
    let mut found: BTreeMap<String, Cluster> = BTreeMap::new();
    let finished = |method: &'_ MethodRuns| {
        method
            .runs
            .iter()
            .filter(|run| run.regions.is_some())
            .map(|run| (run.seed, folder.join(&run.folder)))
            .collect::<Vec<_>>()
    };
    let bases = finished(base);
    for (seed, run) in finished(method) {
        let Some((_, base)) = bases.iter().find(|(other, _)| *other == seed) else { continue };
        let rows = (files::predictions(base)?, files::predictions(&run)?, row_weights(base)?);
        let (Some(base), Some(rows), Some(weights)) = rows else { continue };
        let same =
            base.len() == rows.len() && base.iter().zip(&rows).all(|(a, b)| (a.row, a.target) == (b.row, b.target));
        if !same {
            continue;
        }
        for ((base, row), weight) in base.iter().zip(&rows).zip(weights) {
            let of = |prediction: f64| {
                let difference = prediction - row.target;
                if error == Metric::Mse { difference.powi(2) } else { difference.abs() }
            };
            let difference = of(row.prediction) - of(base.prediction);
            let name = row.group.clone().unwrap_or_else(|| row.row.to_string());
            let cluster = found.entry(name).or_default();
            cluster.rows += 1.0;
            cluster.difference += difference;
            cluster.weight += weight;
            cluster.weighted += weight * difference;
        }
    }
    Ok(found.into_values().collect())
}

fn sentence(clusters: &[Cluster], [base, method]: [&str; 2], error: Metric, rows_title: &str) -> Option<String> {
    let all: Vec<usize> = (0..clusters.len()).collect();
    let means = |drawn: &[usize]| {
        let sum = |of: fn(&Cluster) -> f64| drawn.iter().map(|&k| of(&clusters[k])).sum::<f64>();
        [sum(|c| c.difference) / sum(|c| c.rows), sum(|c| c.weighted) / sum(|c| c.weight)]
    };
    let [given, natural] = means(&all);
    // Also false for NaN, where there is nothing to compare.
    if given * natural >= 0.0 || clusters.is_empty() {
        return None;
    }
    let intervals = BOOTSTRAP.intervals(clusters.len(), |drawn| means(drawn).map(Some)).ok()?;
    let excludes_zero = |interval: &Interval| interval.low > 0.0 || interval.high < 0.0;
    if !intervals.iter().flatten().any(excludes_zero) {
        return None;
    }
    let part = |difference: f64, interval: Option<Interval>| {
        let Interval { low, high } = interval.unwrap_or(Interval { low: difference, high: difference });
        let digits = decimals(low.abs().max(high.abs()));
        let word = if difference < 0.0 { "lower" } else { "higher" };
        format!("{:.digits$} {word} [{low:+.digits$}, {high:+.digits$}]", difference.abs())
    };
    Some(format!(
        "The two distributions disagree on {method} against {base}: its {} is {} on {rows_title}, and {} under the natural \
         distribution (95 % intervals over test rows).",
        error.title(),
        part(given, intervals[0]),
        part(natural, intervals[1])
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dir_core::metric::{EvaluateOptions, NaturalWeights, evaluate, natural_errors};
    use dir_core::shot::Shot;

    use super::*;
    use crate::compare::Run;

    /// A run of 100 test rows, 50 in each of two bins that hold 90 and 10 % of 1,000 rows, off by these errors.
    fn method(folder: &Path, title: &str, errors: [f64; 2]) -> MethodRuns {
        let run = folder.join(title);
        fs::create_dir_all(&run).expect("a folder");
        fs::write(run.join("bins.csv"), "bin,train,val,test\n0,800,50,50\n1,25,25,50\n").expect("writes");
        let mut text = String::from("row,target,prediction,bin,shot\n");
        for row in 0..100 {
            let (bin, target) = (row / 50, row as f64);
            // A little scatter, so that intervals have a width.
            let error = errors[bin] + 0.01 * (row % 5) as f64;
            text += &format!("{row},{target},{},{bin},many\n", target + error);
        }
        fs::write(run.join("predictions.csv"), text).expect("writes");
        let (shots, y) = ([Shot::Many, Shot::Few], [0.0, 1.0]);
        let weights = NaturalWeights::new(&[900, 100], &[50, 50]).expect("valid").expect("has rows");
        let regions = natural_errors((&y, &y), &[0, 1], &shots, &weights, None).expect("valid");
        let natural =
            Natural { spread: weights.spread(), data_rows: 1000, without_test_rows: 0.0, regions: Some(regions) };
        let regions = evaluate(&y, &y, &[0, 1], &shots, &EvaluateOptions::default()).ok();
        let run = Run { folder: title.into(), regions, natural: Some(natural), ..Run::default() };
        MethodRuns { method: title.into(), title: title.into(), group: None, runs: vec![run] }
    }

    /// By hand: INV errs 1 more where 90 % of the data lie and 3 less elsewhere: (1 - 3) / 2 = -1, and 0.9 - 0.3 = +0.6.
    #[test]
    fn a_difference_that_changes_its_sign_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let methods = [("Vanilla", [1.0, 5.0]), ("INV", [2.0, 2.0]), ("LDS", [0.5, 4.0])]
            .map(|(t, e)| method(folder.path(), t, e));
        let comparison = Comparison { methods: methods.to_vec(), ..Comparison::default() };
        let found = of(folder.path(), &comparison).expect("reads");
        assert_eq!(found.len(), 1, "{found:?}");
        let start = "The two distributions disagree on INV against Vanilla: its MAE is 1.000 lower [-1.";
        assert!(found[0].starts_with(start), "{found:?}");
        assert!(found[0].contains("] on balanced test rows, and 0.600 higher [+0."), "{found:?}");
        // Test rows of another order are not compared.
        let path = folder.path().join("INV/predictions.csv");
        let text = fs::read_to_string(&path).expect("reads").replace("\n0,0,", "\n7,0,");
        fs::write(&path, text).expect("writes");
        assert_eq!(of(folder.path(), &comparison).expect("reads"), Vec::<String>::new());
    }

    #[test]
    fn a_sign_that_chance_may_have_made_is_not_told() {
        let cluster =
            |difference: f64, weight: f64| Cluster { rows: 1.0, difference, weight, weighted: weight * difference };
        let clusters = [cluster(1.0, 0.1), cluster(-0.8, 2.0), cluster(0.5, 0.1), cluster(-0.5, 1.8)];
        assert_eq!(sentence(&clusters, ["A", "B"], Metric::Mae, "balanced test rows"), None);
        assert_eq!(sentence(&[], ["A", "B"], Metric::Mae, "balanced test rows"), None);
    }
}
