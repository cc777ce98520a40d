//! Figures of a comparison that need the files of its runs: those of the first seed and fold stand for training and features, all
//! for the errors.

use std::path::{Path, PathBuf};

use super::charts::{self, Density};
use super::features::{self, Featured};
use super::files::{self, BinError, BinRow, EpochRow, PredictionRow};
use super::over_target;
use super::page::Page;
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;
use crate::evaluate::read_metrics;
use crate::feature_statistics::FeatureStatistics;

/// What the files of a method's finished runs say.
struct Found {
    /// Its name, words joined by +.
    method: String,
    title: String,
    /// Mean over runs.
    errors: Vec<Option<BinError>>,
    /// Squared error by relevance, mean over runs.
    relevance: Option<Vec<(f64, f64)>>,
    epochs: Vec<EpochRow>,
    features: Option<FeatureStatistics>,
}

/// A run with its predictions.
type Predicted = (PathBuf, Vec<PredictionRow>);

/// Methods that are compared among themselves have figures of their own, for their training rows are others.
pub(super) fn add(page: &mut Page, folder: &Path, comparison: &Comparison) -> Result<(), TrainError> {
    let mut drawn = false;
    for (k, methods) in comparison.groups().enumerate() {
        let name = methods.first().and_then(|method| method.group.as_deref());
        page.end_names_in(&name.map_or(String::new(), |_| format!("-{}", k + 1)));
        let of = name.map_or(String::new(), |name| format!(": {name}"));
        drawn |= of_group(page, folder, (&comparison.target, &of), methods)?;
    }
    page.end_names_in("");
    if !drawn {
        page.missing("No plots by bin", "predictions.csv of a finished run");
    }
    let left_out = super::without_predictions(super::finished_runs(folder, comparison));
    if drawn && !left_out.is_empty() {
        let names: Vec<String> =
            left_out.iter().map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string()).collect();
        page.paragraph(&format!(
            "Plots and differences leave out {} finished runs, whose files of predictions are not there: {}.",
            names.len(),
            names.join(", ")
        ));
    }
    Ok(())
}

/// Figures of some methods, `of` behind their headings; whether any run was finished.
fn of_group(
    page: &mut Page,
    folder: &Path,
    (target, of): (&str, &str),
    methods: &[MethodRuns],
) -> Result<bool, TrainError> {
    let Some(first) = methods.iter().flat_map(|method| finished(folder, method)).next() else { return Ok(false) };
    let bins = files::bins(&first)?;
    let found = |method| Found::read(method, &finished(folder, method), bins.len());
    let methods: Vec<Found> = methods.iter().map(found).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let smoothed: Vec<(String, Vec<f64>)> =
        methods.iter().map(|m| (m.title.clone(), charts::smoothed(&m.errors))).collect();
    let in_front = charts::in_front(&bins, &smoothed);

    page.heading(&format!("Over the target{of}"));
    over_target::density(page, target, &bins, files::shot_rule(&first)?.as_ref());
    if let Some(base) = methods.first() {
        over_target::errors(page, target, &bins, &base.errors, &format!(" of {}, a mean over seeds,", base.title));
    }
    correlations(page, &bins, &methods);
    errors_by_method(page, target, &bins, &smoothed, &in_front);
    let curve = |m: &Found| Some((m.title.clone(), m.relevance.clone()?));
    if let Some(curves) = methods.iter().map(curve).collect::<Option<Vec<_>>>() {
        over_target::relevance(page, target, &curves, &in_front);
    }
    gains(page, target, &bins, &smoothed);
    features_of(page, (target, of), &bins, &methods);
    let metric =
        files::optional(&first, "metrics.json", |_| read_metrics(&first))?.map_or("mae".into(), |m| m.best.metric);
    let curves: Vec<(String, Vec<EpochRow>)> = methods.into_iter().map(|m| (m.title, m.epochs)).collect();
    page.heading(&format!("Training{of}"));
    training(page, (&metric, target), &curves, &in_front);
    Ok(true)
}

fn training(page: &mut Page, (metric, target): (&str, &str), curves: &[(String, Vec<EpochRow>)], in_front: &[usize]) {
    page.figure(
        "training",
        &charts::validation_of_methods(target, metric, curves, in_front),
        "One run per method, that of the first seed and fold. Epochs of a second stage follow those of the first.",
    );
    features::distances(page, curves);
}

fn finished(folder: &Path, method: &MethodRuns) -> Vec<PathBuf> {
    let runs = method.runs.iter().filter(|r| r.regions.is_some()).map(|r| folder.join(&r.folder));
    runs.filter(|run| run.join("predictions.csv").is_file()).collect()
}

impl Found {
    /// `None` where no run is finished.
    fn read(method: &MethodRuns, runs: &[PathBuf], bins: usize) -> Result<Option<Self>, TrainError> {
        let Some(run) = runs.first() else { return Ok(None) };
        let first = files::run_or_folds(run).into_iter().next().unwrap_or_else(|| run.clone());
        let read = |run: &PathBuf| Ok((run.clone(), files::csv(&run.join("predictions.csv"))?));
        let predicted = runs.iter().map(read).collect::<Result<Vec<Predicted>, TrainError>>()?;
        Ok(Some(Self {
            method: method.method.clone(),
            title: method.title.clone(),
            errors: mean_errors(&predicted, bins)?,
            relevance: mean_by_relevance(&predicted)?,
            epochs: files::optional(&first, "log.jsonl", files::epochs)?.unwrap_or_default(),
            features: files::feature_statistics(run, bins)?,
        }))
    }

    fn featured(&self) -> Option<Featured<'_>> {
        self.features.as_ref().map(|features| (self.title.as_str(), features))
    }

    /// What the same may be called without FDS, the likeliest first: a grid's change of settings is a word as well, and vanilla may
    /// have that word too, or none.
    fn without_fds(&self) -> Vec<String> {
        let words: Vec<&str> = self.method.split('+').collect();
        let others: Vec<&str> = words.iter().copied().filter(|word| *word != "fds").collect();
        match (others.len() < words.len(), others.as_slice()) {
            (false, _) => Vec::new(),
            (true, []) => vec!["vanilla".into()],
            (true, [one]) => vec![(*one).into(), format!("vanilla+{one}"), "vanilla".into()],
            (true, more) => vec![more.join("+")],
        }
    }
}

/// Errors of every bin, a mean over the test rows of all runs.
fn mean_errors(runs: &[Predicted], bins: usize) -> Result<Vec<Option<BinError>>, TrainError> {
    let mut sums = vec![BinError { mae: 0.0, bias: 0.0, rows: 0.0 }; bins];
    for (run, rows) in runs {
        for (sum, error) in sums.iter_mut().zip(files::error_by_bin(run, bins, rows)?) {
            let Some(BinError { mae, bias, rows }) = error else { continue };
            (sum.mae, sum.bias, sum.rows) = (sum.mae + mae * rows, sum.bias + bias * rows, sum.rows + rows);
        }
    }
    let mean = |s: BinError| (s.rows > 0.0).then(|| BinError { mae: s.mae / s.rows, bias: s.bias / s.rows, ..s });
    Ok(sums.into_iter().map(mean).collect())
}

/// `SER_t`, a mean over runs; `None` where one does not tell.
fn mean_by_relevance(runs: &[Predicted]) -> Result<Option<Vec<(f64, f64)>>, TrainError> {
    let mut mean: Vec<(f64, f64)> = Vec::new();
    for (run, rows) in runs {
        let Some(curve) = files::squared_error_by_relevance(run, rows)? else { return Ok(None) };
        mean.resize(curve.len(), (0.0, 0.0));
        mean.iter_mut().zip(curve).for_each(|(mean, (t, ser))| *mean = (t, mean.1 + ser / runs.len() as f64));
    }
    Ok(Some(mean))
}

/// How closely each method's error follows the density.
fn correlations(page: &mut Page, bins: &[BinRow], methods: &[Found]) {
    let cell = |density, errors: &[Option<BinError>]| {
        charts::correlation_of(density, bins, errors).map_or("-".into(), |r| format!("{r:.2}"))
    };
    let row = |m: &Found| [Density::Counted, Density::Smoothed].map(|density| cell(density, &m.errors));
    let rows: Vec<Vec<String>> = methods.iter().map(|m| [vec![m.title.clone()], row(m).to_vec()].concat()).collect();
    page.table(&["Method", "r, density as counted", "r, density after LDS"], &rows);
    page.note(
        "Pearson's r of test error and density over bins, as in the two plots above. The nearer to 0, the less a method's error depends \
         on how many rows there were to learn from.",
    );
}

fn errors_by_method(page: &mut Page, target: &str, bins: &[BinRow], errors: &[(String, Vec<f64>)], in_front: &[usize]) {
    let behind = if errors.len() > charts::MOST_LINES {
        " The first method and the three that err least in few-shot bins stand in front; hovering tells all."
    } else {
        ""
    };
    page.figure(
        "error-by-method",
        &charts::errors_by_bin(target, bins, errors, in_front),
        &format!(
            "Mean over seeds, and over a few neighbouring bins for reading. The strip below is the shot of the bin: blue many, orange \
             medium, vermillion few, purple none.{behind}"
        ),
    );
}

/// A plot for every method but the first.
fn gains(page: &mut Page, target: &str, bins: &[BinRow], errors: &[(String, Vec<f64>)]) {
    let Some(((first, base), others)) = errors.split_first() else { return };
    let gains = others.iter().flat_map(|(_, errors)| base.iter().zip(errors).map(|(b, e)| b - e));
    let range = gains.fold([0.0_f64; 2], |[low, high], gain| [low.min(gain), high.max(gain)]);
    let figure = |(k, (name, errors)): (usize, &(String, Vec<f64>))| {
        (format!("gain-{}", k + 1), charts::gain(target, bins, (first, base), (name, errors), range))
    };
    let figures: Vec<(String, String)> = others.iter().enumerate().map(figure).collect();
    if !figures.is_empty() {
        let unseen = if bins.iter().any(|bin| bin.train == 0.0) {
            "; where there are none, targets are shaded: plain between others (interpolation), hatched beyond them all (extrapolation)"
        } else {
            ""
        };
        let caption = format!(
            "How much lower the error is than that of {first}, over a few neighbouring bins: blue above 0 is better, vermillion below 0 is \
             worse. The same scale in all. Behind it are the training rows{unseen}."
        );
        page.figures(figures, &caption);
    }
}

/// A method with FDS beside the same without; where there is no such pair, the first method alone.
fn features_of(page: &mut Page, (target, of): (&str, &str), bins: &[BinRow], methods: &[Found]) {
    let twin = |with: &Found, nth: usize| {
        let name = with.without_fds().into_iter().nth(nth)?;
        methods.iter().find(|method| method.method == name)?.featured()
    };
    let pair = |nth: usize| methods.iter().find_map(|with| Some(vec![twin(with, nth)?, with.featured()?]));
    let pair = (0..3).find_map(pair);
    let runs = pair.or_else(|| Some(vec![methods.iter().find_map(Found::featured)?]));
    if let Some(runs) = runs {
        page.heading(&format!("Features{of}"));
        features::similarity(page, target, bins, &runs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_knows_its_twin_without_fds() {
        let names = |method: &str| {
            let (errors, epochs) = (Vec::new(), Vec::new());
            Found { method: method.into(), title: String::new(), errors, relevance: None, epochs, features: None }
                .without_fds()
        };
        assert_eq!(names("fds"), ["vanilla"]);
        assert_eq!(names("sqinv+lds+fds"), ["sqinv+lds"]);
        assert_eq!(names("fds+2-peaks"), ["2-peaks", "vanilla+2-peaks", "vanilla"]);
        assert!(names("sqinv+lds").is_empty());
    }
}
