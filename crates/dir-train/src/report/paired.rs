//! Differences between methods, run by run and row by row, with intervals and Holm's adjustment; and how long runs took.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dir_core::metric::{Covers, CrossedMean, Interval, LEVEL, holm};

use super::decimals::{decimals, signed};
use super::files::{self, PredictionRow};
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;
use crate::files::csv_field;
use crate::natural::weights_of_rows;
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
    /// All under the natural distribution: rows with their natural weights. `None` where the test rows are spread as the data are, and for
    /// SERA, whose relevance weights them already.
    pub natural: Option<Difference>,
}

/// A mean difference; below 0 the method errs less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean over runs and rows.
    pub mean: f64,
    /// 95 % interval, not adjusted for other comparisons; `None` with one row.
    pub interval: Option<Interval>,
    /// What the interval speaks of.
    pub covers: Covers,
    /// Two-sided p-value of no difference, from the same interval at other levels; `None` with one row.
    pub p: Option<f64>,
    /// The same after Holm's adjustment for all methods of the region.
    pub p_holm: Option<f64>,
}

impl Difference {
    /// Whether there is a difference at 5 % after Holm's adjustment.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.p_holm.is_some_and(|p| p <= 1.0 - LEVEL + 1e-12)
    }

    /// Mean and interval with about four digits: `-1.234 [-2.345, -0.123]`, `-79.5 [-117.0, -44.3]`; `-1.234 [-]` with one row.
    pub(super) fn unmarked(&self) -> String {
        let Some(Interval { low, high }) = self.interval else {
            return format!("{} [-]", signed(self.mean, decimals(self.mean.abs())));
        };
        let digits = decimals(low.abs().max(high.abs()));
        let signed = |value: f64| signed(value, digits);
        format!("{} [{}, {}]", signed(self.mean), signed(low), signed(high))
    }
}

/// Mark of a difference that holds after Holm's adjustment.
pub(super) const HOLDS: &str = "†";

impl std::fmt::Display for Difference {
    /// Mean and interval, marked where the difference holds: `-1.234 [-2.345, -0.123]†`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.unmarked(), if self.holds() { HOLDS } else { "" })
    }
}

/// What a 95 % interval is over, in words: `rows` are test rows or groups.
pub(super) fn over(covers: Covers, rows: &str) -> String {
    match covers {
        Covers::Rows => format!("over {rows} only: one seed, so differences between seeds are not in it"),
        Covers::FewRuns => format!(
            "over two seeds and {rows}: two seeds are too few to judge how seeds differ, at least three are needed"
        ),
        Covers::RunsAndRows => format!("over seeds and {rows}"),
    }
}

const REGIONS: [&str; 4] = ["all", "many", "medium", "few"];
const COLUMNS: [&str; 5] = ["all", "many", "medium", "few", "all, natural"];

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
    /// Natural weight.
    weight: f64,
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
                let natural = natural_difference(&pairs).filter(|_| error != Metric::Sera);
                methods.push(MethodDifference { title: other.title.clone(), regions, natural });
            }
        }
        adjust(&mut methods);
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

    /// What the intervals are over. Where methods have other numbers of seeds, those with fewer are named.
    #[must_use]
    pub fn coverage(&self) -> String {
        let covers = |method: &MethodDifference| method.regions.iter().flatten().map(|cell| cell.covers).next();
        let most = self.methods.iter().filter_map(covers).max().unwrap_or(Covers::RunsAndRows);
        let fewer = |of: Covers| {
            let of: Vec<&str> =
                self.methods.iter().filter(|m| covers(m) == Some(of)).map(|m| m.title.as_str()).collect();
            (!of.is_empty()).then(|| of.join(", "))
        };
        let mut text = over(most, "test rows");
        for less in [Covers::FewRuns, Covers::Rows].into_iter().filter(|less| *less < most) {
            fewer(less).iter().for_each(|titles| text += &format!("; of {titles} {}", over(less, "test rows")));
        }
        text
    }

    /// What the mark says; `None` with a single comparison, whose interval says it already.
    #[must_use]
    pub fn adjustment(&self) -> Option<String> {
        let m = self.methods.len();
        (m > 1).then(|| {
            format!(
                "Intervals are not adjusted for the {m} comparisons of a column; {HOLDS} marks a difference that holds at 5 % after \
                 Holm's adjustment for them."
            )
        })
    }

    /// A table for the terminal. Columns are as wide as what they hold.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut rows =
            vec![[&["method"], self.columns(), &["min a run"]].concat().into_iter().map(str::to_owned).collect()];
        for (title, minutes) in &self.minutes {
            let minutes = if *minutes > 0.0 { format!("{minutes:.1}") } else { "-".into() };
            let row: Vec<String> = [vec![title.clone()], self.cells_of(title), vec![minutes]].concat();
            rows.push(row);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        let mut text = format!(
            "\n{} minus that of {} (below 0: better), 95 % interval {}\n",
            self.title(),
            self.base,
            self.coverage()
        );
        for row in &rows {
            let cell = |(k, cell): (usize, &String)| match k {
                0 => format!("{cell:<0$}", widths[0]),
                _ => format!("  {cell:>0$}", widths[k]),
            };
            text += &format!("{}\n", row.iter().enumerate().map(cell).collect::<String>());
        }
        self.adjustment().iter().for_each(|note| text += &format!("{note}\n"));
        text
    }

    /// The table as GitHub's Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "{} minus that of {} (below 0: better), 95 % interval {}:\n\n| method | {} |\n|---|{}\n",
            self.title(),
            self.base,
            self.coverage(),
            self.columns().join(" | "),
            "---:|".repeat(self.columns().len())
        );
        for MethodDifference { title, .. } in &self.methods {
            text += &format!("| {} | {} |\n", title.replace('|', "\\|"), self.cells_of(title).join(" | "));
        }
        self.adjustment().iter().for_each(|note| text += &format!("\n{note}\n"));
        text
    }

    /// `method,error,region,mean,low,high,p,p_holm,covers`, with all digits: for R, pandas and the like. Methods by title.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::from("method,error,region,mean,low,high,p,p_holm,covers\n");
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for MethodDifference { title, regions, natural } in &self.methods {
            let cells = REGIONS.iter().zip(regions).chain([(&"natural", natural)]);
            for (region, found) in cells {
                let Some(found) = found else { continue };
                let ends = [found.interval.map(|i| i.low), found.interval.map(|i| i.high), found.p, found.p_holm];
                let covers = match found.covers {
                    Covers::Rows => "rows",
                    Covers::FewRuns => "few_runs",
                    Covers::RunsAndRows => "runs_and_rows",
                };
                let (method, error) = (csv_field(title), self.error.name());
                text += &format!("{method},{error},{region},{},{},{covers}\n", found.mean, ends.map(number).join(","));
            }
        }
        text
    }

    /// Columns that there are: the last where any method has a difference under the natural distribution.
    #[must_use]
    pub fn columns(&self) -> &'static [&'static str] {
        let natural = self.methods.iter().any(|method| method.natural.is_some());
        &COLUMNS[..if natural { COLUMNS.len() } else { REGIONS.len() }]
    }

    /// A method's cells, one a column.
    #[must_use]
    pub fn cells_of(&self, title: &str) -> Vec<String> {
        let found = self.methods.iter().find(|method| method.title == *title);
        let cells =
            found.map_or([None; 5], |MethodDifference { regions: [all, many, medium, few], natural, .. }| {
                [*all, *many, *medium, *few, *natural]
            });
        let text = |cell: Option<Difference>| cell.map_or_else(|| "-".to_owned(), |difference| difference.to_string());
        cells.into_iter().take(self.columns().len()).map(text).collect()
    }
}

/// Holm's adjustment, region by region over the methods.
fn adjust(methods: &mut [MethodDifference]) {
    for region in 0..REGIONS.len() {
        adjust_column(methods.iter_mut().filter_map(|method| method.regions[region].as_mut()).collect());
    }
    adjust_column(methods.iter_mut().filter_map(|method| method.natural.as_mut()).collect());
}

fn adjust_column(cells: Vec<&mut Difference>) {
    let mut adjusted = holm(&cells.iter().filter_map(|cell| cell.p).collect::<Vec<f64>>()).into_iter();
    for cell in cells.into_iter().filter(|cell| cell.p.is_some()) {
        cell.p_holm = adjusted.next();
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
        let weights = weights_of_rows(&folder, &rows)?.unwrap_or_else(|| vec![1.0; rows.len()]);
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let of_row = |(row, weight): (PredictionRow, f64)| {
            let before = seen.entry(row.row).or_default();
            let id = (row.row, *before);
            *before += 1;
            let error = of(&row);
            let group = row.group.unwrap_or_else(|| row.row.to_string());
            RowError { id, target: row.target, group, shot: row.shot, error, weight }
        };
        let rows = rows.into_iter().zip(weights).map(of_row).collect();
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
    weight: f64,
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
            Ok(Pair { group, shot, difference: row.error - other.error, weight: other.weight })
        };
        pairs.push(run.rows.iter().map(pair).collect::<Result<Vec<Pair>, TrainError>>()?);
    }
    Ok(pairs)
}

/// The difference over all runs; few holds the bins without training rows too.
fn difference(runs: &[Vec<Pair>], region: &str) -> Option<Difference> {
    let within = |shot: &str| region == "all" || shot == region || (region == "few" && shot == "zero");
    let means = |rows: &Vec<Pair>| by_group(rows.iter().filter(|pair| within(&pair.shot)).collect(), |_| 1.0).0;
    let table: Vec<Vec<f64>> = runs.iter().map(means).collect();
    // A value that is not finite stands for a run that does not tell relevances: there is no difference then.
    Some(of_mean(CrossedMean::of(&table).ok().flatten()?))
}

/// The difference of all rows under the natural distribution; `None` where all have the same weight.
fn natural_difference(runs: &[Vec<Pair>]) -> Option<Difference> {
    let first = runs.first()?.first()?.weight;
    if runs.iter().flatten().all(|pair| pair.weight == first) {
        return None;
    }
    let of_groups = |rows: &Vec<Pair>| by_group(rows.iter().collect(), |pair| pair.weight);
    let (table, weights): (Vec<Vec<f64>>, Vec<Vec<f64>>) = runs.iter().map(of_groups).unzip();
    // The runs share their test rows and so the weights of these.
    Some(of_mean(CrossedMean::weighted(&table, weights.first()?).ok().flatten()?))
}

/// Weighted mean difference and total weight of every group: the pixels of a picture, and the rows of a group, are no samples of their
/// own, they err together.
fn by_group(mut pairs: Vec<&Pair>, weight: impl Fn(&Pair) -> f64) -> (Vec<f64>, Vec<f64>) {
    pairs.sort_by(|a, b| a.group.cmp(&b.group));
    let mean_and_weight = |group: &[&Pair]| {
        let total: f64 = group.iter().map(|pair| weight(pair)).sum();
        (group.iter().map(|pair| weight(pair) * pair.difference).sum::<f64>() / total, total)
    };
    pairs.chunk_by(|a, b| a.group == b.group).map(mean_and_weight).unzip()
}

fn of_mean(found: CrossedMean) -> Difference {
    let (interval, covers, p) = (found.interval(LEVEL).ok().flatten(), found.covers(), found.p_value());
    Difference { mean: found.mean(), interval, covers, p, p_holm: p }
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
            weight: if k < 2 { 3.0 } else { 1.0 },
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
        assert_eq!(few.to_string(), format!("-1.000 [-1.000, -1.000]{HOLDS}"));
        assert_eq!(few.covers, Covers::FewRuns);
        assert_eq!(difference(&pairs, "many").map(|d| d.mean), Some(0.5));
        assert_eq!(difference(&pairs, "medium"), None);
        // By hand: 3 · 0, 3 · 1, -1, -1 over a weight of 8.
        assert!(natural_difference(&pairs).is_some_and(|d| (d.mean - 0.125).abs() < 1e-15));
        let even: Vec<Vec<Pair>> =
            pairs.iter().map(|rows| rows.iter().map(|pair| Pair { weight: 1.0, ..pair.clone() }).collect()).collect();
        assert_eq!(natural_difference(&even), None, "spread as the data are");
        // Seeds that one of them lacks are left out; the others still count.
        let one = pairs_of(&base[..1], &method);
        assert_eq!((one.len(), difference(&one, "many").map(|d| d.mean)), (1, Some(0.5)));
        assert_eq!(difference(&pairs_of(&base, &[run(9, &[1.0; 4])]), "all"), None, "no such seed");
    }

    fn found(mean: f64, half: f64, p: f64, covers: Covers) -> Option<Difference> {
        let interval = Some(Interval { low: mean - half, high: mean + half });
        Some(Difference { mean, interval, covers, p: Some(p), p_holm: Some(p) })
    }

    fn differences(methods: &[(&str, [Option<Difference>; 4])]) -> Differences {
        let methods: Vec<MethodDifference> = methods
            .iter()
            .map(|(title, regions)| MethodDifference { title: (*title).into(), regions: *regions, natural: None })
            .collect();
        let minutes = [("Vanilla".to_owned(), 1.0)].into_iter().chain(methods.iter().map(|m| (m.title.clone(), 0.5)));
        Differences { error: Metric::Mae, base: "Vanilla".into(), minutes: minutes.collect(), methods }
    }

    #[test]
    fn what_holds_is_adjusted_for_all_methods_of_a_region() {
        let of = |p: [f64; 2]| [p[0], p[1], 0.5, 0.5].map(|p| found(-1.0, 0.9, p, Covers::RunsAndRows));
        let mut differences =
            differences(&[("A", of([0.01, 0.04])), ("B", of([0.03, 0.04])), ("C", of([0.02, 0.001]))]);
        adjust(&mut differences.methods);
        // Of all 3 · 0.01, 2 · 0.02 and 1 · 0.03, which cannot fall below 0.04; of many 3 · 0.001, 2 · 0.04.
        let holds = |m: &MethodDifference| m.regions.map(|cell| cell.is_some_and(|cell| cell.holds()));
        let held: Vec<[bool; 4]> = differences.methods.iter().map(holds).collect();
        assert_eq!(held, [[true, false, false, false], [true, false, false, false], [true, true, false, false]]);
        assert!(differences.to_text().contains("not adjusted for the 3 comparisons of a column; † marks"));
        assert!(differences.to_markdown().contains("| C | -1.000 [-1.900, -0.100]† | -1.000 [-1.900, -0.100]† | -1"));
        let line = differences.to_csv().lines().nth(5).map(str::to_owned).expect("a line");
        assert_eq!(line, "B,mae,all,-1,-1.9,-0.09999999999999998,0.03,0.04,runs_and_rows");
    }

    #[test]
    fn a_title_says_what_the_interval_is_over() {
        let of = |covers| [found(-1.0, 0.5, 0.2, covers); 4];
        let coverage = |methods: &[(&str, [Option<Difference>; 4])]| differences(methods).coverage();
        assert_eq!(
            coverage(&[("A", of(Covers::Rows))]),
            "over test rows only: one seed, so differences between seeds are not in it"
        );
        assert_eq!(
            coverage(&[("A", of(Covers::FewRuns))]),
            "over two seeds and test rows: two seeds are too few to judge how seeds differ, at least three are needed"
        );
        assert_eq!(coverage(&[("A", of(Covers::RunsAndRows))]), "over seeds and test rows");
        assert_eq!(
            coverage(&[("A", of(Covers::RunsAndRows)), ("B", of(Covers::Rows))]),
            "over seeds and test rows; of B over test rows only: one seed, so differences between seeds are not in it"
        );
        assert_eq!(differences(&[("A", of(Covers::Rows))]).adjustment(), None);
    }

    #[test]
    fn columns_are_as_wide_as_their_intervals() {
        let wide = found(-123_456.7, 2_345_678.9, 0.2, Covers::RunsAndRows);
        let text = differences(&[("A", [wide; 4])]).to_text();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
        assert!(lines[2].starts_with("A        -123456.7 [-2469135.6, +2222222.2]  -123456.7 ["), "{text}");
        let one = Difference { mean: -1.5, interval: None, covers: Covers::RunsAndRows, p: None, p_holm: None };
        assert_eq!((one.to_string(), one.holds()), ("-1.500 [-]".to_owned(), false));
        let mut natural = differences(&[("A", [wide; 4])]);
        natural.methods[0].natural = found(0.25, 0.125, 0.2, Covers::RunsAndRows);
        let text = natural.to_text();
        assert!(text.contains("  all, natural  min a run\n") && text.contains("+0.250 [+0.125, +0.375]"), "{text}");
        assert!(natural.to_markdown().contains("| few | all, natural |\n|---|---:|---:|---:|---:|---:|\n"));
        assert!(natural.to_csv().contains("A,mae,natural,0.25,0.125,0.375,0.2,"));
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
