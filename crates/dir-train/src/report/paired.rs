//! Differences between methods, run by run and row by row, with intervals over both; and how long runs took.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dir_core::metric::{Bootstrap, Interval};

use super::decimals::{decimals, signed};
use super::files::{self, PredictionRow};
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;
use crate::select::Metric;

/// Mean difference of the absolute, squared or relevant squared error to the first method, or to the first of the method's group, by region.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// Which error: MSE where the comparison's first metric is that or its root, SERA where it is that, else MAE.
    pub error: Metric,
    /// The first method, in words.
    pub base: String,
    /// The others.
    pub methods: Vec<MethodDifference>,
    /// Minutes that a run took, a mean by method.
    pub minutes: Vec<(String, f64)>,
}

/// One method against the first of its group.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodDifference {
    /// Name in tables.
    pub title: String,
    /// All, many, medium, few.
    pub regions: [Option<Difference>; 4],
}

/// A mean difference; below 0 the method errs less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean over runs and rows.
    pub mean: f64,
    /// 95 % interval over runs and rows, drawn anew together.
    pub interval: Interval,
}

impl std::fmt::Display for Difference {
    /// About four digits: `-1.234 [-2.345, -0.123]`, `-79.5 [-117.0, -44.3]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Interval { low, high } = self.interval;
        let digits = decimals(low.abs().max(high.abs()));
        let signed = |value: f64| signed(value, digits);
        write!(f, "{} [{}, {}]", signed(self.mean), signed(low), signed(high))
    }
}

const REGIONS: [&str; 4] = ["all", "many", "medium", "few"];
/// Intervals of a comparison.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 2000, level: 0.95, seed: 0 };

/// Errors of the test rows of a finished run.
#[derive(Debug, Clone)]
struct RunErrors {
    seed: u64,
    /// File that they were read from.
    path: PathBuf,
    rows: Vec<RowError>,
}

/// Error of a test row, or of a target of it where it has many.
#[derive(Debug, Clone, PartialEq)]
struct RowError {
    /// Number of the row, and of the target within it.
    id: (usize, usize),
    target: f64,
    /// Rows with the same name err together.
    group: String,
    shot: String,
    error: f64,
}

impl Differences {
    /// Reads the predictions of all runs of a comparison.
    ///
    /// # Errors
    /// A file of a run that is malformed.
    pub fn of(folder: &Path, comparison: &Comparison) -> Result<Option<Self>, TrainError> {
        let Some(first) = comparison.methods.first() else { return Ok(None) };
        let error = match comparison.first_metric() {
            Metric::Mse | Metric::Rmse => Metric::Mse,
            Metric::Sera => Metric::Sera,
            _ => Metric::Mae,
        };
        let mut methods = Vec::new();
        for group in comparison.groups() {
            let Some((first, others)) = group.split_first() else { continue };
            let base = errors(folder, first, error)?;
            for other in others {
                let errors = errors(folder, other, error)?;
                let pairs = pairs(&base, &errors)?;
                let regions = REGIONS.map(|region| difference(&pairs, region));
                methods.push(MethodDifference { title: other.title.clone(), regions });
            }
        }
        let base = if first.group.is_some() { "the first of its group".into() } else { first.title.clone() };
        let mut minutes = Vec::new();
        for m in &comparison.methods {
            let times = m.runs.iter().map(|run| seconds(&folder.join(&run.folder))).collect::<Result<Vec<_>, _>>()?;
            let times: Vec<f64> = times.into_iter().flatten().collect();
            // Not `sum`, which is -0 of nothing.
            let sum = times.iter().fold(0.0, |sum, seconds| sum + seconds);
            minutes.push((m.title.clone(), sum / (60.0 * times.len().max(1) as f64)));
        }
        Ok(Some(Self { error, base, methods, minutes }))
    }

    /// The error in words; SERA is a sum, and this a mean.
    #[must_use]
    pub fn title(&self) -> String {
        let of_a_row = if self.error == Metric::Sera { " of a row" } else { "" };
        format!("{}{of_a_row}", self.error.title())
    }

    /// A table for the terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let first = self.minutes.iter().map(|(title, _)| title.chars().count() + 1).max().unwrap_or(0).max(22);
        let mut text = format!(
            "\n{} minus that of {}, 95 % interval over seeds and test rows (below 0: better)\n{:<first$}{:>26}{:>26}{:>26}{:>26}{:>12}\n",
            self.title(),
            self.base,
            "method",
            "all",
            "many",
            "medium",
            "few",
            "min a run"
        );
        for (title, minutes) in &self.minutes {
            let found = self.methods.iter().find(|m| m.title == *title);
            let cells = found
                .map_or([None; 4], |m| m.regions)
                .map(|cell| cell.map_or_else(|| "-".to_owned(), |difference| difference.to_string()));
            let [all, many, medium, few] = cells;
            let minutes = if *minutes > 0.0 { format!("{minutes:.1}") } else { "-".into() };
            text += &format!("{title:<first$}{all:>26}{many:>26}{medium:>26}{few:>26}{minutes:>12}\n");
        }
        text
    }
}

/// Time that the epochs of a run took, of all folds where it has some.
fn seconds(run: &Path) -> Result<Option<f64>, TrainError> {
    let mut sum = None;
    for part in files::run_or_folds(run) {
        let epochs = files::optional(&part, "log.jsonl", files::epochs)?;
        epochs.iter().flatten().for_each(|epoch| *sum.get_or_insert(0.0) += epoch.seconds);
    }
    Ok(sum)
}

fn errors(folder: &Path, method: &MethodRuns, error: Metric) -> Result<Vec<RunErrors>, TrainError> {
    let of = |row: &PredictionRow| {
        let difference = row.prediction - row.target;
        match error {
            Metric::Mse => difference.powi(2),
            // A run that does not tell relevances has no difference.
            Metric::Sera => row.relevance.unwrap_or(f64::NAN) * difference.powi(2),
            _ => difference.abs(),
        }
    };
    let mut errors = Vec::new();
    for run in method.runs.iter().filter(|run| run.regions.is_some()) {
        let folder = folder.join(&run.folder);
        let Some(rows) = files::predictions(&folder)? else { continue };
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let of_row = |row: PredictionRow| {
            let before = seen.entry(row.row).or_default();
            let id = (row.row, *before);
            *before += 1;
            let error = of(&row);
            let group = row.group.unwrap_or_else(|| row.row.to_string());
            RowError { id, target: row.target, group, shot: row.shot, error }
        };
        let rows = rows.into_iter().map(of_row).collect();
        errors.push(RunErrors { seed: run.seed, path: folder.join("predictions.csv"), rows });
    }
    Ok(errors)
}

/// Difference of a method's error to the base's on one test row.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    group: String,
    shot: String,
    difference: f64,
}

/// Rows of both methods, joined by number, for every seed that both have.
///
/// # Errors
/// [`TrainError::File`]: test rows or targets that are not the same in both runs.
fn pairs(base: &[RunErrors], method: &[RunErrors]) -> Result<Vec<Vec<Pair>>, TrainError> {
    let mut pairs = Vec::new();
    for run in method {
        let Some(base) = base.iter().find(|base| base.seed == run.seed) else { continue };
        let by_id: HashMap<(usize, usize), &RowError> = base.rows.iter().map(|row| (row.id, row)).collect();
        let differs = |found: String| TrainError::File {
            path: run.path.clone(),
            found,
            expected: format!("the test rows and targets of {}; train both on the same data", base.path.display()),
        };
        if by_id.len() != run.rows.len() {
            return Err(differs(format!("{} test rows instead of {}", run.rows.len(), by_id.len())));
        }
        let pair = |row: &RowError| {
            let other =
                by_id.get(&row.id).ok_or_else(|| differs(format!("test row {}, which is not there", row.id.0)))?;
            if other.target.to_bits() != row.target.to_bits() {
                return Err(differs(format!("target {} of row {} instead of {}", row.target, row.id.0, other.target)));
            }
            let (group, shot) = (row.group.clone(), row.shot.clone());
            Ok(Pair { group, shot, difference: row.error - other.error })
        };
        pairs.push(run.rows.iter().map(pair).collect::<Result<Vec<Pair>, TrainError>>()?);
    }
    Ok(pairs)
}

/// The difference over all runs; few holds the bins without training rows too.
fn difference(runs: &[Vec<Pair>], region: &str) -> Option<Difference> {
    let within = |shot: &str| region == "all" || shot == region || (region == "few" && shot == "zero");
    let mut table = Vec::new();
    for rows in runs {
        let mut pairs: Vec<&Pair> = rows.iter().filter(|pair| within(&pair.shot)).collect();
        // The pixels of a picture, and the rows of a group, are no samples of their own: they err together.
        pairs.sort_by(|a, b| a.group.cmp(&b.group));
        let mean = |group: &[&Pair]| group.iter().map(|pair| pair.difference).sum::<f64>() / group.len() as f64;
        table.push(pairs.chunk_by(|a, b| a.group == b.group).map(mean).collect::<Vec<f64>>());
    }
    let numbers = table.concat();
    let interval = BOOTSTRAP.crossed(&table).ok().flatten()?;
    Some(Difference { mean: numbers.iter().sum::<f64>() / numbers.len() as f64, interval })
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{EvaluateOptions, evaluate};
    use dir_core::shot::Shot;

    use super::*;
    use crate::compare::Run;

    fn run(seed: u64, errors: &[f64]) -> RunErrors {
        let row = |(k, &error): (usize, &f64)| RowError {
            id: (k, 0),
            target: k as f64,
            group: k.to_string(),
            shot: if k < 2 { "many" } else { "few" }.into(),
            error,
        };
        let path = format!("seed-{seed}/predictions.csv").into();
        RunErrors { seed, path, rows: errors.iter().enumerate().map(row).collect() }
    }

    #[test]
    fn an_error_is_that_of_the_first_metric() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = "row,target,prediction,bin,shot,relevance\n4,1.0,3.0,0,many,0.25\n5,2.0,1.5,0,few,1\n";
        std::fs::write(folder.path().join("predictions.csv"), text).expect("writes");
        let regions = evaluate(&[1.0], &[2.0], &[0], &[Shot::Many], &EvaluateOptions::default()).expect("a row");
        let finished = Run { regions: Some(regions), ..Run::default() };
        let runs = MethodRuns { method: "a".into(), title: "A".into(), group: None, runs: vec![finished] };
        for (metric, expected) in [(Metric::Mae, [2.0, 0.5]), (Metric::Mse, [4.0, 0.25]), (Metric::Sera, [1.0, 0.25])] {
            let found = errors(folder.path(), &runs, metric).expect("reads");
            assert_eq!(found[0].rows.iter().map(|row| row.error).collect::<Vec<_>>(), expected, "{metric:?}");
        }
    }

    #[test]
    fn differences_pair_seeds_and_rows() {
        let base = [run(0, &[1.0, 2.0, 5.0, 7.0]), run(1, &[1.0, 2.0, 6.0, 8.0])];
        // Listed in another order: seeds and row numbers decide.
        let mut method = [run(1, &[1.0, 3.0, 5.0, 7.0]), run(0, &[1.0, 3.0, 4.0, 6.0])];
        method[0].rows.reverse();
        let pairs_of = |base: &[RunErrors], method: &[RunErrors]| pairs(base, method).expect("the same rows");
        let pairs = pairs_of(&base, &method);
        let few = difference(&pairs, "few").expect("both have few");
        assert_eq!(few.to_string(), "-1.000 [-1.000, -1.000]");
        assert_eq!(difference(&pairs, "many").map(|d| d.mean), Some(0.5));
        assert_eq!(difference(&pairs, "medium"), None);
        // Seeds that one of them lacks are left out; the others still count.
        let one = pairs_of(&base[..1], &method);
        assert_eq!((one.len(), difference(&one, "many").map(|d| d.mean)), (1, Some(0.5)));
        assert_eq!(difference(&pairs_of(&base, &[run(9, &[1.0; 4])]), "all"), None, "no such seed");
    }

    #[test]
    fn runs_of_other_rows_or_targets_are_refused() {
        let (base, mut other) = ([run(0, &[1.0; 4])], run(0, &[1.0; 4]));
        let refused = |other: &RunErrors| {
            let error = pairs(&base, std::slice::from_ref(other)).expect_err("other data");
            error.to_string().split("; train").next().map(str::to_owned).unwrap_or_default()
        };
        let expected = ", expected the test rows and targets of seed-0/predictions.csv";
        other.rows[2].target = 2.5;
        assert_eq!(
            refused(&other),
            format!("seed-0/predictions.csv: found target 2.5 of row 2 instead of 2{expected}")
        );
        other.rows[2].id = (7, 0);
        assert_eq!(refused(&other), format!("seed-0/predictions.csv: found test row 7, which is not there{expected}"));
        other.rows.pop();
        assert_eq!(refused(&other), format!("seed-0/predictions.csv: found 3 test rows instead of 4{expected}"));
    }
}
