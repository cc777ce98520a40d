//! Reversals: methods that err less than the first on the test rows as they are and more under the natural distribution, or conversely.

use super::paired::{Difference, Differences};
use crate::compare::Comparison;
use crate::natural::Natural;

/// A sentence for every method whose difference to the first of its group has another sign under the natural distribution, if the interval
/// of at least one of the two does not hold 0.
pub(super) fn of(comparison: &Comparison, differences: &Differences) -> Vec<String> {
    let mut runs = comparison.methods.iter().flat_map(|method| &method.runs);
    let Some(spread) = runs.find_map(|run| run.natural).map(|natural| natural.spread) else { return Vec::new() };
    let (title, base) = (differences.title(), &differences.base);
    let sentence = |method: &super::MethodDifference| {
        let (given, natural) = (method.regions[0]?, method.natural?);
        let reverses = given.mean * natural.mean < 0.0 && (excludes_zero(&given) || excludes_zero(&natural));
        reverses.then(|| {
            format!(
                "The two distributions disagree on {}: its {title} minus that of {base} is {} on {}, and {} under the natural distribution.",
                method.title,
                given.unmarked(),
                Natural::rows_title(spread),
                natural.unmarked()
            )
        })
    };
    differences.methods.iter().filter_map(sentence).collect()
}

fn excludes_zero(difference: &Difference) -> bool {
    difference.interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::path::Path;

    use dir_core::metric::{EvaluateOptions, NaturalWeights, evaluate, natural_errors};
    use dir_core::shot::Shot;

    use super::*;
    use crate::compare::{MethodRuns, Run};

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
        let differences = Differences::of(folder.path(), &comparison).expect("reads").expect("has methods");
        let found = of(&comparison, &differences);
        assert_eq!(found.len(), 1, "{found:?}");
        let start = "The two distributions disagree on INV: its MAE minus that of Vanilla is -1.000 [-1.";
        assert!(found[0].starts_with(start), "{found:?}");
        assert!(found[0].contains("] on balanced test rows, and +0.600 [+0."), "{found:?}");
    }

    #[test]
    fn a_sign_that_chance_may_have_made_is_not_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let methods = [("Vanilla", [1.0, 5.0]), ("INV", [2.0, 2.0])].map(|(t, e)| method(folder.path(), t, e));
        let comparison = Comparison { methods: methods.to_vec(), ..Comparison::default() };
        let mut differences = Differences::of(folder.path(), &comparison).expect("reads").expect("has methods");
        let wide = |cell: Option<Difference>| cell.map(|cell| Difference { interval: None, ..cell });
        let method = &mut differences.methods[0];
        (method.regions, method.natural) = (method.regions.map(wide), wide(method.natural));
        assert_eq!(of(&comparison, &differences), Vec::<String>::new());
    }
}
