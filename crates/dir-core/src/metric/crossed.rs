//! Confidence interval of the mean of a crossed table, `[runs][rows]`: over test rows, and over runs where there are enough of them.
//!
//! Every run (a seed) is tested on the same rows. With `k` runs and `n` rows the mean varies by three variances, each told by the table:
//! - `Va`, the variance of the means of runs, over `k`;
//! - `Vb`, the variance of the means of rows, over `n`;
//! - `Ve`, the mean square of what is left of a value without the means of its run and row, over `k n`. It is in `Va` and `Vb` both.
//!
//! The interval at level `1 - α` is the mean plus and minus `h`. With `t(f)`, Student's critical value of `α` for `f` degrees of freedom,
//!
//! `h² = t(n - 1)² Vb + max(t(k - 1) (t(k - 1) Va - t(n - 1) Ve), 0)`;
//!
//! with one run, which does not tell how runs differ, `h² = t(n - 1)² Vb`: the interval is of that run's mean over other rows.
//!
//! A bootstrap that draws runs anew cannot leave the range of their means, and so covers 50 % of two runs, 75 % of three, where runs
//! decide. This interval covers 94 to 98 % with three runs, 94 to 97 % with five, whatever runs, rows and their interaction contribute;
//! with two 93 to 99 %, at the price of great width (`tests/coverage.rs` simulates all). It is wider than 95 % needs where three runs
//! and the rows contribute alike: each component has its own critical value. `Ve` is taken off with both critical values, not with
//! `t(k - 1)²`: `Va - Ve` is below 0 by chance too often, and intervals at 99 % and more would miss three times as often as they say.
//!
//! # Source
//! The variances are those of a two-way layout with random effects: Searle, Casella, McCulloch, "Variance Components" (1992), chapter 4.
//! A critical value of its own for every component: Howe, Journal of the American Statistical Association 69 (1974). How `Ve` is taken
//! off is ours.

use serde::{Deserialize, Serialize};

use super::student_t::{critical, normal_tail, root};
use super::{Interval, MetricError, check_length, check_number, sum::Sum};

/// Share of intervals that hold the true mean, where nothing else is asked for.
pub const LEVEL: f64 = 0.95;

/// Normal deviate of the smallest p-value that is told, 1e-10: tails beyond it are not accurate.
const FARTHEST: f64 = 6.466_951;

/// What an interval speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// Other test rows alone: there is one run, and nothing tells how runs differ.
    Rows,
    /// Other test rows, and other runs as far as two can tell.
    FewRuns,
    /// Other runs and other test rows.
    RunsAndRows,
}

impl Covers {
    /// What an interval of so many runs speaks of.
    #[must_use]
    pub const fn of_runs(runs: usize) -> Self {
        match runs {
            0 | 1 => Self::Rows,
            2 => Self::FewRuns,
            _ => Self::RunsAndRows,
        }
    }
}

/// Mean of a crossed table with what it varies by. For differences between two methods with the same seeds and test rows its interval is a
/// paired one.
///
/// # Example
/// ```
/// use dir_core::metric::{Covers, CrossedMean, LEVEL};
/// let differences = [[-1.0, -1.2, -0.8, -1.1], [-0.9, -1.0, -1.3, -0.7], [-1.2, -1.0, -1.1, -0.9]];
/// let mean = CrossedMean::of(&differences)?.unwrap();
/// let interval = mean.interval(LEVEL)?.unwrap();
/// assert!(-1.2 < interval.low && interval.high < -0.8);
/// assert_eq!(mean.covers(), Covers::RunsAndRows);
/// assert!(mean.p_value().unwrap() < 0.01); // of a difference that is 0
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossedMean {
    mean: f64,
    runs: usize,
    rows: usize,
    /// `Va`; 0 of one run.
    by_run: f64,
    /// `Vb`.
    by_row: f64,
    /// `Ve`; 0 of one run.
    rest: f64,
}

impl CrossedMean {
    /// The plain mean; `None` without runs or rows.
    ///
    /// # Errors
    /// [`MetricError::Length`] for runs of different lengths; [`MetricError::NotFinite`] for a value that is NaN, infinite or beyond 1e140.
    pub fn of<R: AsRef<[f64]>>(table: &[R]) -> Result<Option<Self>, MetricError> {
        let rows = check(table)?;
        Ok((rows > 0).then(|| Self::new(table.len(), rows, |run, row| table[run].as_ref()[row])))
    }

    /// The mean with a weight for each row, the same in all runs: test rows that are drawn evenly over the target count as the rows do
    /// that they stand for. `None` without runs or rows. Equal weights give the plain mean.
    ///
    /// The weighted mean is a ratio, and so its variances are those of its linear part: values `m + w / w̄ (value - m)` about the mean `m`.
    /// A few rows with nearly all of the weight are as few rows: the interval is then wider, and less exact.
    ///
    /// # Errors
    /// As [`CrossedMean::of`]; [`MetricError::Length`] for another number of weights than of rows; [`MetricError::Weight`] for one that is
    /// negative or not finite, or if all are 0.
    pub fn weighted<R: AsRef<[f64]>>(table: &[R], weights: &[f64]) -> Result<Option<Self>, MetricError> {
        let rows = check(table)?;
        if rows == 0 {
            return Ok(None);
        }
        check_length("weights", weights.len(), rows)?;
        if let Some(row) = weights.iter().position(|weight| !(0.0..f64::INFINITY).contains(weight)) {
            return Err(MetricError::Weight { row, value: weights[row] });
        }
        // Of size 1 at most, so that no sum is infinite.
        let largest = weights.iter().fold(0.0_f64, |largest, weight| largest.max(*weight));
        if largest == 0.0 {
            return Err(MetricError::Weight { row: 0, value: 0.0 });
        }
        let scaled: Vec<f64> = weights.iter().map(|weight| weight / largest).collect();
        let total: f64 = scaled.iter().copied().collect::<Sum>().value();
        let product = |run: &R| scaled.iter().zip(run.as_ref()).map(|(w, v)| w * v).collect::<Sum>().value() / total;
        let mean = table.iter().map(product).collect::<Sum>().value() / table.len() as f64;
        let linear =
            |run: usize, row: usize| mean + scaled[row] * rows as f64 / total * (table[run].as_ref()[row] - mean);
        Ok(Some(Self { mean, ..Self::new(table.len(), rows, linear) }))
    }

    fn new(runs: usize, rows: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let (k, n) = (runs as f64, rows as f64);
        let of_run = |run: usize| (0..rows).map(|row| value(run, row)).collect::<Sum>().value() / n;
        let of_row = |row: usize| (0..runs).map(|run| value(run, row)).sum::<f64>() / k;
        let run_means: Vec<f64> = (0..runs).map(of_run).collect();
        let row_means: Vec<f64> = (0..rows).map(of_row).collect();
        let mean = run_means.iter().copied().collect::<Sum>().value() / k;
        let variance = |means: &[f64]| {
            let squares = means.iter().map(|value| (value - mean).powi(2)).collect::<Sum>().value();
            // Of one there is none.
            if means.len() > 1 { squares / (means.len() - 1) as f64 / means.len() as f64 } else { 0.0 }
        };
        let squares = |run: usize| {
            let left = |row: usize| value(run, row) - run_means[run] - row_means[row] + mean;
            (0..rows).map(|row| left(row).powi(2)).collect::<Sum>().value()
        };
        let freedom = (runs.saturating_sub(1) * rows.saturating_sub(1)) as f64;
        let rest = if freedom > 0.0 { (0..runs).map(squares).sum::<f64>() / freedom / (k * n) } else { 0.0 };
        Self { mean, runs, rows, by_run: variance(&run_means), by_row: variance(&row_means), rest }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Number of runs.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// What the interval speaks of.
    #[must_use]
    pub fn covers(&self) -> Covers {
        Covers::of_runs(self.runs)
    }

    /// The interval that holds the true mean with a probability of `level`; `None` with one row, which does not tell how rows differ. A
    /// table of equal values has an interval without width.
    ///
    /// # Errors
    /// [`MetricError::Level`] for a level that is not between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<Option<Interval>, MetricError> {
        if !(level > 0.0 && level < 1.0) {
            return Err(MetricError::Level { value: level });
        }
        let half = self.half_width(1.0 - level);
        Ok((self.rows > 1).then_some(Interval { low: self.mean - half, high: self.mean + half }))
    }

    /// Two-sided p-value of a true mean of 0: `α` of the interval that ends at 0. `None` with one row. Never below 1e-10.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        // Half-widths fall with α, and so grow with the normal deviate that stands for it.
        let misses_0 = |deviate: f64| self.half_width(normal_tail(deviate)) < self.mean.abs();
        (self.rows > 1).then(|| if misses_0(0.0) { normal_tail(root((0.0, FARTHEST), misses_0)) } else { 1.0 })
    }

    fn half_width(&self, alpha: f64) -> f64 {
        let Self { runs, rows, by_run, by_row, rest, .. } = *self;
        let of_rows = critical(alpha, rows.saturating_sub(1).max(1));
        let from_runs = if runs > 1 {
            let of_runs = critical(alpha, runs - 1);
            (of_runs * (of_runs * by_run - of_rows * rest)).max(0.0)
        } else {
            0.0
        };
        (of_rows.powi(2) * by_row + from_runs).sqrt()
    }
}

/// Rows of every run of a table.
fn check<R: AsRef<[f64]>>(table: &[R]) -> Result<usize, MetricError> {
    let rows = table.first().map_or(0, |run| run.as_ref().len());
    for run in table.iter().map(AsRef::as_ref) {
        check_length("rows", run.len(), rows)?;
        run.iter().enumerate().try_for_each(|(row, value)| check_number("value", row, *value))?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(table: &[Vec<f64>]) -> CrossedMean {
        CrossedMean::of(table).expect("finite").expect("has rows")
    }

    /// Runs with means 1, 2 and 6, rows with means 2 and 4, and no more: by hand `Va` = 7 / 3, `Vb` = 1, `Ve` = 0.
    #[test]
    fn variances_by_hand() {
        let table: Vec<Vec<f64>> = [1.0, 2.0, 6.0].map(|run| vec![run - 1.0, run + 1.0]).into();
        let mean = of(&table);
        assert_eq!((mean.mean(), mean.runs(), mean.rows(), mean.covers()), (3.0, 3, 2, Covers::RunsAndRows));
        let half = (12.706_204_736_f64.powi(2) + 4.302_652_730_f64.powi(2) * 7.0 / 3.0).sqrt();
        let interval = mean.interval(LEVEL).expect("a level").expect("rows");
        assert!((interval.high - 3.0 - half).abs() < 1e-7 && (3.0 - interval.low - half).abs() < 1e-7, "{interval:?}");
        // What is left beside runs and rows: 1 in each of 4 cells, over 1 degree of freedom and 4 values.
        let mixed = of(&[vec![1.0, -1.0], vec![-1.0, 1.0]]);
        assert_eq!((mixed.by_run, mixed.by_row, mixed.rest), (0.0, 0.0, 1.0));
    }

    /// One run: the t-interval of its rows, as R's `t.test(c(1, 2, 4, 7))` gives it.
    #[test]
    fn one_run_speaks_of_rows_alone() {
        let mean = of(&[vec![1.0, 2.0, 4.0, 7.0]]);
        let interval = mean.interval(LEVEL).expect("a level").expect("rows");
        let half = 3.182_446_305 * (21.0_f64 / 3.0 / 4.0).sqrt();
        assert!((interval.low - (3.5 - half)).abs() < 1e-8 && (interval.high - (3.5 + half)).abs() < 1e-8);
        assert_eq!(mean.covers(), Covers::Rows);
        assert_eq!(of(&[vec![1.0, 2.0], vec![1.0, 3.0]]).covers(), Covers::FewRuns);
    }

    /// A percentile bootstrap of two runs ends at their means; two runs say much less.
    #[test]
    fn few_runs_that_differ_make_a_wide_interval() {
        let row = |mean: f64| (0..200).map(|k| mean + 0.001 * f64::from(k % 7)).collect::<Vec<f64>>();
        let width = |runs: &[f64]| {
            let found = of(&runs.iter().map(|&mean| row(mean)).collect::<Vec<_>>());
            let interval = found.interval(LEVEL).expect("a level").expect("rows");
            interval.high - interval.low
        };
        assert!(width(&[-1.0]) < 0.01);
        assert!((width(&[-1.0, 1.0]) - 2.0 * 12.706_2).abs() < 0.01);
        assert!((width(&[-1.0, 1.0, 0.0]) - 2.0 * 4.302_65 / 3.0_f64.sqrt()).abs() < 0.01);
    }

    #[test]
    fn a_p_value_is_where_the_interval_ends_at_0() {
        let tables = [
            vec![vec![1.0, 2.0, -0.5, 3.0]],
            vec![vec![1.0, 2.0, -0.5, 3.0], vec![1.5, 2.0, 0.5, 1.0]],
            vec![vec![1.0, 2.0, -0.5, 3.0], vec![1.5, 2.0, 0.5, 1.0], vec![0.5, 1.0, 0.75, 2.0]],
        ];
        for table in &tables {
            let mean = of(table);
            let p = mean.p_value().expect("rows");
            let interval = mean.interval(1.0 - p).expect("a level").expect("rows");
            assert!(0.0 < p && p < 1.0 && interval.low.abs() < 1e-9, "{p} {interval:?}");
        }
        // R: t.test(c(1, 2, -0.5, 3))$p.value; by hand t = 1.375 / sqrt(2.2291667 / 4) = 1.84193.
        assert!((of(&tables[0]).p_value().expect("rows") - 0.162_7).abs() < 5e-4);
        assert_eq!(of(&[vec![-1.0, 1.0]]).p_value(), Some(1.0));
    }

    #[test]
    fn what_tells_nothing_has_no_interval() {
        assert_eq!(CrossedMean::of::<Vec<f64>>(&[]), Ok(None));
        assert_eq!(CrossedMean::of(&[Vec::new(), Vec::new()]), Ok(None));
        let one = of(&[vec![2.0], vec![3.0], vec![4.0]]);
        assert_eq!((one.mean(), one.interval(LEVEL), one.p_value()), (3.0, Ok(None), None));
        let same = of(&[vec![2.0; 3], vec![2.0; 3]]);
        assert_eq!(same.interval(LEVEL), Ok(Some(Interval { low: 2.0, high: 2.0 })));
        assert!(same.p_value().is_some_and(|p| p < 2e-10));
        assert_eq!(of(&[vec![0.0; 3], vec![0.0; 3]]).p_value(), Some(1.0));
    }

    #[test]
    fn mistakes_are_errors() {
        assert_eq!(
            CrossedMean::of(&[vec![1.0], vec![]]),
            Err(MetricError::Length { name: "rows", found: 0, expected: 1 })
        );
        let nan = CrossedMean::of(&[vec![1.0, 2.0], vec![1.0, f64::NAN]]);
        assert!(matches!(nan, Err(MetricError::NotFinite { name: "value", row: 1, .. })));
        let weighted = |weights: &[f64]| CrossedMean::weighted(&[vec![1.0, 2.0]], weights);
        assert!(matches!(weighted(&[1.0]), Err(MetricError::Length { name: "weights", found: 1, expected: 2 })));
        assert_eq!(weighted(&[1.0, -1.0]), Err(MetricError::Weight { row: 1, value: -1.0 }));
        assert!(matches!(weighted(&[f64::NAN, 1.0]), Err(MetricError::Weight { row: 0, .. })));
        assert_eq!(weighted(&[0.0, 0.0]), Err(MetricError::Weight { row: 0, value: 0.0 }));
        for level in [0.0, 1.0, f64::NAN] {
            let found = of(&[vec![1.0, 2.0]]).interval(level);
            assert!(matches!(found, Err(MetricError::Level { .. })), "{found:?}");
        }
    }

    /// A row of weight 0 does not count; the mean is by hand (1 + 3 · 2) / 4.
    #[test]
    fn weights_count_rows_as_much_as_they_say() {
        let found = CrossedMean::weighted(&[vec![1.0, 2.0, 900.0]], &[1.0, 3.0, 0.0]).expect("valid").expect("rows");
        assert!((found.mean() - 1.75).abs() < 1e-15);
        // Linear parts 1.75 + 3 / 4 · (-3 / 4), 1.75 + 9 / 4 · 1 / 4, 1.75: squares 81 / 256 twice, over 2 · 3.
        assert!((found.by_row - 2.0 * 81.0 / 256.0 / 6.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn equal_weights_are_none(
            table in prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, 7), 1..5), weight in 1e-3..1e3_f64
        ) {
            let (plain, weighted) = (of(&table), CrossedMean::weighted(&table, &[weight; 7]).expect("valid").expect("rows"));
            let pairs = [(plain.mean, weighted.mean), (plain.by_run, weighted.by_run), (plain.by_row, weighted.by_row), (plain.rest, weighted.rest)];
            prop_assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-12), "{plain:?} {weighted:?}");
        }

        #[test]
        fn shifts_and_scales_carry_over(
            table in prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, 6), 1..5), shift in -9.0..9.0_f64, scale in 0.1..9.0_f64
        ) {
            let moved: Vec<Vec<f64>> = table.iter().map(|run| run.iter().map(|v| scale * v + shift).collect()).collect();
            let [a, b] = [&table, &moved].map(|table| of(table).interval(0.9).expect("a level").expect("rows"));
            prop_assert!((scale * a.low + shift - b.low).abs() < 1e-9 && (scale * a.high + shift - b.high).abs() < 1e-9);
        }

        #[test]
        fn a_higher_level_is_wider(table in prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, 5), 1..5)) {
            let mean = of(&table);
            let widths: Vec<f64> = [0.1, 0.5, 0.9, 0.95, 0.999].map(|level| {
                let interval = mean.interval(level).expect("a level").expect("rows");
                interval.high - interval.low
            }).into();
            prop_assert!(widths.windows(2).all(|pair| pair[0] < pair[1]), "{widths:?}");
        }
    }
}
