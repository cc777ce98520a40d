//! Remarks on a run or comparison: training that learned nothing, networks that no baseline is worse than, verdicts that depend on the
//! spread of the test rows.

use std::path::Path;

use dir_core::metric::Interval;
use dir_core::shot::Region;

use super::axis::four_digits;
use super::files::{self, run_or_folds};
use super::paired::Differences;
use super::reversals;
use crate::baselines::Baselines;
use crate::compare::{Comparison, MethodRuns, Run};
use crate::error::TrainError;
use crate::evaluate::{Metrics, read_metrics};
use crate::natural::Natural;

/// What to try where training did not improve.
const ADVICE: &str =
    "Try a lower train.lr, another target transform (target = \"log\" where targets are skewed), or weaker weights";

/// Remarks on a run, from its files; none while it is not finished.
///
/// # Errors
/// A malformed file.
pub fn run_remarks(folder: &Path) -> Result<Vec<String>, TrainError> {
    let Some(metrics) = files::optional(folder, "metrics.json", |_| read_metrics(folder))? else {
        return Ok(Vec::new());
    };
    let mut remarks: Vec<String> = first_epoch(folder)?.into_iter().collect();
    if let Some(baselines) = Baselines::read(folder)? {
        remarks.extend(not_better(&metrics, &baselines));
        remarks.extend(baselines.baselines.iter().filter_map(|baseline| {
            let of_run = (metrics.regions.all?, metrics.natural?.regions?.all?);
            let mae = [baseline.regions.all?.mae, baseline.natural?.regions?.all?.mae];
            let intervals = [of_run.0.intervals.map(|intervals| intervals.mae), of_run.1.mae_interval];
            let title = Natural::rows_title(metrics.natural?.spread);
            disagreement(title, &baseline.kind.to_string(), [of_run.0.mae, of_run.1.mae], intervals, mae)
        }));
    }
    Ok(remarks)
}

/// Whether a finished run kept the first epoch that it validated, though others followed.
fn kept_first(run: &Path) -> Result<bool, TrainError> {
    let Some(metrics) = files::optional(run, "metrics.json", |_| read_metrics(run))? else { return Ok(false) };
    let best = metrics.best;
    let epochs = files::optional(run, "log.jsonl", files::epochs)?.unwrap_or_default();
    let of_stage = epochs.iter().filter(|epoch| epoch.stage == best.at.stage);
    let validated: Vec<usize> =
        of_stage.filter(|epoch| !epoch.validation(&best.metric).is_nan()).map(|epoch| epoch.epoch).collect();
    let first = validated.iter().min() == Some(&best.at.epoch);
    Ok(first && validated.iter().any(|&epoch| epoch > best.at.epoch))
}

fn first_epoch(run: &Path) -> Result<Option<String>, TrainError> {
    let parts = run_or_folds(run);
    let kept = parts.iter().map(|part| kept_first(part)).collect::<Result<Vec<bool>, _>>()?;
    let found = kept.iter().filter(|kept| **kept).count();
    Ok(match (found, parts.len()) {
        (0, _) => None,
        (_, 1) => Some(format!(
            "Training did not improve on its first epoch: no later one has a better validation metric. {ADVICE}."
        )),
        (found, folds) => {
            Some(format!("Training did not improve on its first epoch in {found} of {folds} folds. {ADVICE}."))
        }
    })
}

fn not_better(metrics: &Metrics, baselines: &Baselines) -> Option<String> {
    let of_run = |region| metrics.regions.get(region).map(|m| m.mae);
    let natural = metrics.natural.and_then(|natural| natural.regions);
    let cases = [
        ("of all rows", of_run(Region::All), baselines.best(Region::All)),
        ("of few-shot rows", of_run(Region::Few), baselines.best(Region::Few)),
        (
            "under the natural distribution",
            natural.and_then(|regions| regions.all).map(|errors| errors.mae),
            baselines.best_natural(Region::All),
        ),
    ];
    let behind = |(what, mae, best): (&str, Option<f64>, Option<(_, f64)>)| {
        let (mae, (kind, least)) = (mae?, best?);
        (mae >= least).then(|| format!("MAE {what} {}, {kind} {}", four_digits(mae), four_digits(least)))
    };
    let behind: Vec<String> = cases.into_iter().filter_map(behind).collect();
    (!behind.is_empty()).then(|| format!("The network does not beat the best baseline: {}.", behind.join("; ")))
}

/// A sentence where a run is better than a baseline on the test rows and worse under the natural distribution, or the other way round, and
/// at least one of the intervals of the run's error does not hold the baseline's.
fn disagreement(
    rows_title: &str,
    baseline: &str,
    run: [f64; 2],
    intervals: [Option<Interval>; 2],
    of_baseline: [f64; 2],
) -> Option<String> {
    let [given, natural] = [0, 1].map(|k| run[k] - of_baseline[k]);
    let excludes =
        |k: usize| intervals[k].is_some_and(|interval| of_baseline[k] < interval.low || interval.high < of_baseline[k]);
    let reverses = given * natural < 0.0 && (excludes(0) || excludes(1));
    let word = |difference: f64| if difference < 0.0 { "less" } else { "more" };
    reverses.then(|| {
        format!(
            "The two distributions disagree: on {rows_title} the network errs {} than {baseline} (MAE {} against {}), under the \
             natural distribution {} ({} against {}).",
            word(given),
            four_digits(run[0]),
            four_digits(of_baseline[0]),
            word(natural),
            four_digits(run[1]),
            four_digits(of_baseline[1])
        )
    })
}

/// Remarks on a comparison, from its results, the folders of its runs and the differences of its methods, if they are known.
///
/// # Errors
/// A malformed file.
pub fn comparison_remarks(
    folder: &Path,
    comparison: &Comparison,
    differences: Option<&Differences>,
) -> Result<Vec<String>, TrainError> {
    let mut remarks = Vec::new();
    let mut kept = Vec::new();
    for method in &comparison.methods {
        let (mut found, mut all) = (0, 0);
        for run in method.runs.iter().filter(|run| run.regions.is_some()) {
            for part in run_or_folds(&folder.join(&run.folder)) {
                found += usize::from(kept_first(&part)?);
                all += 1;
            }
        }
        kept.extend((found > 0).then(|| format!("{} ({found} of {all} runs)", method.title)));
    }
    if !kept.is_empty() {
        remarks.push(format!("Training did not improve on its first epoch: {}. {ADVICE}.", kept.join(", ")));
    }
    remarks.extend(methods_not_better(comparison));
    remarks.extend(differences.map(|differences| reversals::of(comparison, differences)).unwrap_or_default());
    Ok(remarks)
}

/// Mean absolute error of a run over some rows.
type MaeOf = fn(&Run) -> Option<f64>;

/// Methods whose mean error is not below that of the best baseline, region by region.
fn methods_not_better(comparison: &Comparison) -> Vec<String> {
    let baselines = Baselines { made_for: None, baselines: comparison.baselines.clone() };
    let given: [(&str, MaeOf, Option<_>); 2] = [
        ("all rows", |run| Some(run.regions?.all?.mae), baselines.best(Region::All)),
        ("few-shot rows", |run| Some(run.regions?.few?.mae), baselines.best(Region::Few)),
    ];
    let natural: (&str, MaeOf, Option<_>) = (
        "all rows under the natural distribution",
        |run| Some(run.natural?.regions?.all?.mae),
        baselines.best_natural(Region::All),
    );
    let mut remarks = Vec::new();
    for (what, of, best) in given.into_iter().chain([natural]) {
        let Some((kind, least)) = best else { continue };
        let behind = |method: &&MethodRuns| {
            let values: Vec<f64> = method.runs.iter().filter_map(of).collect();
            !values.is_empty() && values.iter().sum::<f64>() / values.len() as f64 >= least
        };
        let behind: Vec<&str> = comparison.methods.iter().filter(behind).map(|m| m.title.as_str()).collect();
        if !behind.is_empty() {
            let behind =
                if behind.len() == comparison.methods.len() { "all methods".into() } else { behind.join(", ") };
            remarks.push(format!("Not better than {kind} in MAE of {what} ({}): {behind}.", four_digits(least)));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dir_core::metric::{EvaluateOptions, evaluate};
    use dir_core::shot::Shot;

    use super::*;
    use crate::baselines::{Baseline, BaselineKind};
    use crate::evaluate::{Best, BestEpoch, write_metrics};
    use crate::run_folder::RunFolder;

    fn report(errors: [f64; 2]) -> dir_core::metric::Report {
        let shots = [Shot::Many, Shot::Few];
        evaluate(&[0.0; 2], &errors, &[0, 1], &shots, &EvaluateOptions::default()).expect("valid")
    }

    fn write_run(folder: &Path, best_epoch: usize, epochs: usize, errors: [f64; 2]) {
        let best = Best { metric: "mae".into(), at: BestEpoch { stage: 1, epoch: best_epoch, value: 1.0 } };
        let metrics = Metrics {
            dataset: "d".into(),
            method: "vanilla".into(),
            seed: 0,
            target: "y".into(),
            split: "test".into(),
            best,
            regions: report(errors),
            unseen: None,
            natural: None,
        };
        write_metrics(&RunFolder::open(folder).expect("opens"), &metrics).expect("writes");
        let mut log = String::from("{\"event\":\"start\",\"format\":1}\n");
        for epoch in 0..epochs {
            log += &format!(
                "{{\"event\":\"epoch\",\"stage\":1,\"epoch\":{epoch},\"lr\":0.1,\"train_loss\":1,\"val\":{{\"mae\":2.5}}}}\n"
            );
        }
        fs::write(folder.join("log.jsonl"), log).expect("writes");
    }

    fn ridge(errors: [f64; 2]) -> Baselines {
        let ridge = Baseline { kind: BaselineKind::Ridge, regions: report(errors), unseen: None, natural: None };
        Baselines { made_for: None, baselines: vec![ridge] }
    }

    #[test]
    fn a_run_that_keeps_its_first_epoch_is_remarked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(run_remarks(folder.path()).expect("nothing there"), Vec::<String>::new());
        let remarks = |best, epochs| {
            write_run(folder.path(), best, epochs, [1.0, 1.0]);
            run_remarks(folder.path()).expect("reads")
        };
        assert_eq!(
            remarks(0, 3),
            [
                "Training did not improve on its first epoch: no later one has a better validation metric. Try a lower train.lr, \
              another target transform (target = \"log\" where targets are skewed), or weaker weights."
            ]
        );
        assert_eq!((remarks(1, 3).len(), remarks(0, 1).len()), (0, 0), "learned, and had no other epoch");
    }

    #[test]
    fn a_network_that_a_baseline_beats_is_remarked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_run(folder.path(), 1, 3, [1.0, 4.0]);
        let remarks = |errors| {
            ridge(errors).write(folder.path()).expect("writes");
            run_remarks(folder.path()).expect("reads")
        };
        assert_eq!(remarks([2.0, 4.5]), Vec::<String>::new());
        assert_eq!(
            remarks([3.0, 3.0]),
            ["The network does not beat the best baseline: MAE of few-shot rows 4.000, ridge 3.000."]
        );
        assert_eq!(
            remarks([0.5, 3.0]),
            [
                "The network does not beat the best baseline: MAE of all rows 2.500, ridge 1.750; MAE of few-shot rows 4.000, \
              ridge 3.000."
            ]
        );
    }

    #[test]
    fn a_verdict_that_reverses_is_told_where_an_interval_says_so() {
        let interval = |low, high| Some(Interval { low, high });
        let of = |run, intervals| disagreement("balanced test rows", "ridge", run, intervals, [3.0, 2.0]);
        assert_eq!(
            of([2.0, 2.5], [None, interval(2.25, 2.75)]).as_deref(),
            Some(
                "The two distributions disagree: on balanced test rows the network errs less than ridge (MAE 2.000 against 3.000), \
                 under the natural distribution more (2.500 against 2.000)."
            )
        );
        assert_eq!(of([2.0, 2.5], [None, interval(1.5, 2.75)]), None, "not told apart");
        assert_eq!(of([2.0, 1.5], [interval(1.5, 2.5), interval(1.25, 1.75)]), None, "no reversal");
    }

    #[test]
    fn methods_behind_a_baseline_and_first_epochs_are_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let method = |name: &str, title: &str, best, errors| {
            let place = format!("{name}/seed-0");
            write_run(&folder.path().join(&place), best, 3, errors);
            let run = Run { folder: place.into(), regions: Some(report(errors)), ..Run::default() };
            MethodRuns { method: name.into(), title: title.into(), group: None, runs: vec![run] }
        };
        let methods = vec![method("vanilla", "Vanilla", 0, [2.0, 6.0]), method("inv", "INV", 2, [2.5, 1.0])];
        let baselines = ridge([2.0, 5.0]).baselines;
        let comparison = Comparison { methods, baselines, ..Comparison::default() };
        let remarks = comparison_remarks(folder.path(), &comparison, None).expect("reads");
        assert_eq!(
            remarks,
            [
                format!("Training did not improve on its first epoch: Vanilla (1 of 1 runs). {ADVICE}."),
                "Not better than ridge in MAE of all rows (3.500): Vanilla.".into(),
                "Not better than ridge in MAE of few-shot rows (5.000): Vanilla.".into(),
            ]
        );
    }
}
