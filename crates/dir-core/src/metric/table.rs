//! The table of a test set: every metric by All, Many, Medium, Few and Zero.
//!
//! # Source
//! The layout of Tables 1 to 4 in Yang et al., ICML 2021; official `shot_metrics` in `agedb-dir/train.py` and `STSShotAverage`
//! in `sts-b-dir/util.py:101-166` at a6fdc45. Balanced columns as in Ren et al., CVPR 2022.

use serde::{Deserialize, Serialize};

use super::pointwise::RowError;
use super::sum::Sum;
use super::{
    BinErrors, Bootstrap, DepthMetrics, Interval, MetricError, Sera, Utility, UtilityConfig, UtilityErrors,
    UtilityMetrics, ZeroErrors, pearson, spearman,
};
use crate::relevance::Relevance;
use crate::shot::{Region, Shot};

/// Something for every region; `None` where a region has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regions<T> {
    /// All rows.
    pub all: Option<T>,
    /// Rows in many-shot bins.
    pub many: Option<T>,
    /// Rows in medium-shot bins.
    pub medium: Option<T>,
    /// Rows in few-shot bins, with those of `zero`.
    pub few: Option<T>,
    /// Rows in bins without training rows.
    pub zero: Option<T>,
}

impl<T> Regions<T> {
    /// What a region holds.
    #[must_use]
    pub fn get(&self, region: Region) -> Option<&T> {
        let held = match region {
            Region::All => &self.all,
            Region::Many => &self.many,
            Region::Medium => &self.medium,
            Region::Few => &self.few,
            Region::Zero => &self.zero,
        };
        held.as_ref()
    }

    pub(super) fn try_of<E>(mut of: impl FnMut(Region) -> Result<Option<T>, E>) -> Result<Self, E> {
        Ok(Self {
            all: of(Region::All)?,
            many: of(Region::Many)?,
            medium: of(Region::Medium)?,
            few: of(Region::Few)?,
            zero: of(Region::Zero)?,
        })
    }
}

/// The metrics of one region. All numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionMetrics {
    /// Test rows.
    pub rows: usize,
    /// Bins with test rows.
    pub bins: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Mean squared error.
    pub mse: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Geometric mean of the absolute errors.
    pub gm: f64,
    /// Pearson correlation; `None` with one row or a constant side.
    pub pearson: Option<f64>,
    /// Spearman rank correlation; `None` with one row or a constant side.
    pub spearman: Option<f64>,
    /// Mean over bins of the bin's MAE.
    pub bmae: f64,
    /// Mean over bins of the bin's MSE.
    pub bmse: f64,
    /// Metrics of depth, where there is a target per pixel and all are positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<DepthMetrics>,
    /// Squared errors by relevance, where a relevance is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sera: Option<f64>,
    /// Utility-based precision, recall and F1 of rare targets, where a relevance is given and some target or prediction is rare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utility: Option<UtilityMetrics>,
    /// Bootstrap confidence intervals, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Intervals>,
}

/// Confidence intervals of one region, from rows drawn anew within the region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// Of the mean absolute error.
    pub mae: Interval,
    /// Of the geometric mean.
    pub gm: Interval,
    /// Of the balanced MAE, over the bins that a draw hits.
    pub bmae: Interval,
    /// Of SERA, over as many rows; where a relevance is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sera: Option<Interval>,
    /// Of the utility-based F1, over the draws that hit an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utility_f: Option<Interval>,
}

/// The metrics of a test set, by region.
pub type Report = Regions<RegionMetrics>;

impl Report {
    /// Test rows of a region: 0 where it is `None`.
    #[must_use]
    pub fn rows(&self, region: Region) -> usize {
        self.get(region).map_or(0, |metrics| metrics.rows)
    }
}

/// How [`evaluate`] works.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateOptions<'a> {
    /// What the geometric mean makes of a prediction that is exactly right. Default: it makes the mean 0.
    pub zero_errors: ZeroErrors,
    /// Confidence intervals. Default: none.
    pub bootstrap: Option<Bootstrap>,
    /// How much every target matters, of the training targets; for SERA and utility. Default: none, and neither are these.
    #[serde(skip)]
    pub relevance: Option<&'a Relevance>,
}

/// Every metric for every region. Row `i` lies in bin `bins_of_rows[i]`, bin `b` has shot `shots[b]`.
///
/// # Errors
/// Slices of different lengths; the first row whose target or prediction is not finite or whose bin has no shot; a bootstrap
/// option out of range.
/// # Example
/// ```
/// use dir_core::metric::{EvaluateOptions, evaluate};
/// use dir_core::{bins::Bins, shot::{Region, ShotRule}};
/// let bins = Bins::uniform(0.0, 10.0, 4)?;
/// let shots = ShotRule::default().shots(&[300, 50, 0, 4])?; // training rows
/// let (targets, predictions) = ([3.0, 5.0, 22.0, 35.0], [4.0, 6.0, 18.0, 26.0]);
/// let report = evaluate(&targets, &predictions, &bins.assign(&targets)?, &shots, &EvaluateOptions::default())?;
/// assert_eq!(report.many.map(|m| m.mae), Some(1.0));
/// assert_eq!(report.medium, None); // no test row there
/// assert_eq!(report.few.map(|m| (m.rows, m.gm)), Some((2, 6.0))); // sqrt(4 * 9): few holds zero
/// assert_eq!(report.rows(Region::Zero), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate(
    targets: &[f64],
    predictions: &[f64],
    bins_of_rows: &[usize],
    shots: &[Shot],
    options: &EvaluateOptions<'_>,
) -> Result<Report, MetricError> {
    // Checked even if no region has rows to draw.
    options.bootstrap.iter().try_for_each(Bootstrap::check)?;
    let errors = BinErrors::of(targets, predictions, bins_of_rows, shots.len())?;
    let utility = options.relevance.map(|relevance| UtilityConfig::default().init(relevance)).transpose()?;
    Regions::try_of(|region| {
        let inside = (0..targets.len()).filter(|&row| region.contains(shots[bins_of_rows[row]]));
        let mut rows = Rows::default();
        for row in inside {
            rows.targets.push(targets[row]);
            rows.predictions.push(predictions[row]);
            rows.bins.push(bins_of_rows[row]);
        }
        let metrics = rows.metrics(&errors.region(region, shots)?, options)?;
        match (metrics, &utility) {
            (Some(metrics), Some(utility)) => rows.by_relevance(metrics, utility, options.bootstrap.as_ref()).map(Some),
            (metrics, _) => Ok(metrics),
        }
    })
}

/// The rows of one region.
#[derive(Default)]
struct Rows {
    targets: Vec<f64>,
    predictions: Vec<f64>,
    bins: Vec<usize>,
}

impl Rows {
    fn metrics(&self, errors: &BinErrors, options: &EvaluateOptions<'_>) -> Result<Option<RegionMetrics>, MetricError> {
        let total = errors.total();
        let plain = (total.mae(), total.mse(), total.rmse(), total.gm(options.zero_errors), errors.balanced());
        let (Some(mae), Some(mse), Some(rmse), Some(gm), Some(balanced)) = plain else {
            return Ok(None);
        };
        let intervals = match &options.bootstrap {
            Some(bootstrap) => self.intervals(bootstrap, options.zero_errors)?,
            None => None,
        };
        Ok(Some(RegionMetrics {
            rows: total.rows(),
            bins: balanced.bins,
            mae,
            mse,
            rmse,
            gm,
            pearson: pearson(&self.targets, &self.predictions)?,
            spearman: spearman(&self.targets, &self.predictions)?,
            bmae: balanced.mae,
            bmse: balanced.mse,
            depth: None,
            sera: None,
            utility: None,
            intervals,
        }))
    }

    /// The same metrics, with those that ask how much a target matters.
    fn by_relevance(
        &self,
        metrics: RegionMetrics,
        utility: &Utility<'_>,
        bootstrap: Option<&Bootstrap>,
    ) -> Result<RegionMetrics, MetricError> {
        let relevance: Vec<f64> = self.targets.iter().map(|&y| utility.relevance().of(y)).collect();
        let sera = Sera::of(&self.targets, &self.predictions, &relevance)?.value();
        let of_utility = UtilityErrors::of(&self.targets, &self.predictions, utility)?.metrics(utility);
        let intervals = match metrics.intervals.zip(bootstrap) {
            Some((intervals, bootstrap)) => Some(self.relevance_intervals(intervals, &relevance, utility, bootstrap)?),
            None => metrics.intervals,
        };
        Ok(RegionMetrics { sera, utility: of_utility, intervals, ..metrics })
    }

    /// The same intervals, with those of the metrics that ask how much a target matters, over the same draws.
    fn relevance_intervals(
        &self,
        intervals: Intervals,
        relevance: &[f64],
        utility: &Utility<'_>,
        bootstrap: &Bootstrap,
    ) -> Result<Intervals, MetricError> {
        let rows = || self.targets.iter().zip(&self.predictions);
        let squares: Vec<f64> = rows().zip(relevance).map(|((y, p), phi)| phi * (p - y).powi(2)).collect();
        let events: Vec<UtilityErrors> =
            rows().map(|(&y, &p)| UtilityErrors::of(&[y], &[p], utility)).collect::<Result<_, _>>()?;
        let [sera, utility_f] = bootstrap.intervals(squares.len(), |drawn| {
            let sera = drawn.iter().map(|&row| squares[row]).collect::<Sum>().value();
            let mut sample = UtilityErrors::default();
            drawn.iter().for_each(|&row| sample.merge(&events[row]));
            [Some(sera), sample.metrics(utility).map(|metrics| metrics.f)]
        })?;
        Ok(Intervals { sera, utility_f, ..intervals })
    }

    fn intervals(&self, bootstrap: &Bootstrap, zero_errors: ZeroErrors) -> Result<Option<Intervals>, MetricError> {
        let errors: Vec<RowError> =
            self.targets.iter().zip(&self.predictions).map(|(&y, &p)| RowError::new(y, p)).collect();
        let (bins, count) = without_gaps(&self.bins);
        let found = bootstrap.intervals(errors.len(), |drawn| {
            let mut sample = BinErrors::new(count);
            drawn.iter().for_each(|&row| sample.add(bins[row], &errors[row]));
            let total = sample.total();
            [total.mae(), total.gm(zero_errors), sample.balanced().map(|b| b.mae)]
        })?;
        let [Some(mae), Some(gm), Some(bmae)] = found else { return Ok(None) };
        Ok(Some(Intervals { mae, gm, bmae, sera: None, utility_f: None }))
    }
}

/// The bins renumbered so that each has rows, and their number: resamples need not carry thousands of empty bins.
fn without_gaps(bins: &[usize]) -> (Vec<usize>, usize) {
    let mut filled = bins.to_vec();
    filled.sort_unstable();
    filled.dedup();
    (bins.iter().map(|bin| filled.partition_point(|f| f < bin)).collect(), filled.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;
    use crate::shot::ShotRule;

    /// Training rows of AgeDB-DIR for ages 0 to 101 (counted in the shipped `agedb.csv`).
    const AGEDB_TRAIN: [u64; 102] = [
        0, 1, 0, 4, 2, 2, 4, 5, 4, 2, 5, 8, 6, 8, 9, 15, 18, 28, 60, 50, 101, 103, 123, 152, 199, 224, 215, 244, 287,
        253, 325, 256, 318, 278, 302, 353, 287, 310, 322, 261, 326, 260, 296, 265, 221, 282, 227, 229, 251, 207, 257,
        227, 250, 190, 198, 234, 167, 183, 186, 153, 185, 147, 178, 158, 133, 171, 117, 117, 155, 90, 156, 85, 115, 96,
        78, 98, 49, 44, 46, 26, 31, 26, 24, 19, 15, 20, 13, 10, 7, 7, 7, 7, 5, 5, 3, 3, 2, 1, 2, 1, 2, 1,
    ];

    /// Ages of the 2,140 test rows of AgeDB-DIR, which are also their bins.
    fn agedb_test() -> Vec<usize> {
        let young = [0, 0, 0, 2, 0, 1, 2, 3, 2, 2, 4, 6, 4, 7, 7, 14, 17, 27];
        let old = [25, 30, 25, 22, 19, 14, 19, 11, 10, 7, 6, 6, 5, 3, 5, 2, 3];
        let counts = young.into_iter().chain([30; 61]).chain(old);
        counts.enumerate().flat_map(|(age, n)| std::iter::repeat_n(age, n)).collect()
    }

    fn agedb(predict: impl Fn(f64) -> f64) -> Report {
        let bins = agedb_test();
        let targets: Vec<f64> = bins.iter().map(|&age| age as f64).collect();
        let predictions: Vec<f64> = targets.iter().map(|&y| predict(y)).collect();
        let shots = ShotRule::default().shots(&AGEDB_TRAIN).expect("valid");
        evaluate(&targets, &predictions, &bins, &shots, &EvaluateOptions::default()).expect("valid")
    }

    #[test]
    fn golden_numbers_on_agedb_labels() {
        // Source: the official shot_metrics() and numpy on the shipped labels (six decimals).
        let constant = agedb(|_| 45.5);
        let linear = agedb(|y| 0.8 * y + 9.1);
        let golden = [
            (&constant, Region::All, 2140, [462.993925, 18.361215, 13.441096]),
            (&constant, Region::Many, 1530, [219.857843, 12.813725, 9.532943]),
            (&constant, Region::Medium, 448, [934.174107, 30.296875, 30.032873]),
            (&constant, Region::Few, 162, [1456.262346, 37.746914, 37.327947]),
            (&linear, Region::All, 2140, [18.519757, 3.672243, 2.688219]),
            (&linear, Region::Many, 1530, [8.794314, 2.562745, 1.906589]),
            (&linear, Region::Medium, 448, [37.366964, 6.059375, 6.006575]),
            (&linear, Region::Few, 162, [58.250494, 7.549383, 7.465589]),
        ];
        for (report, region, rows, expected) in golden {
            let m = report.get(region).expect("has rows");
            assert_eq!(m.rows, rows);
            for (found, expected) in [m.mse, m.mae, m.gm].into_iter().zip(expected) {
                assert!((found - expected).abs() <= 5.1e-7, "{}: {found}, expected {expected}", region.name());
            }
        }
        let hits = agedb(|_| 45.0).all.expect("has rows");
        assert!((hits.mse - 467.720093).abs() <= 5.1e-7 && hits.gm == 0.0);
        assert_eq!(constant.all.map(|m| (m.pearson, m.spearman)), Some((None, None)));
    }

    #[test]
    fn issue_19_empty_few_shot() {
        let report = evaluate(&[1.0], &[3.0], &[0], &[Shot::Many, Shot::Zero], &EvaluateOptions::default());
        let report = report.expect("an empty region is no error");
        assert_eq!(Region::EACH.map(|r| report.rows(r)), [1, 1, 0, 0, 0]);
        assert_eq!((report.few, report.all.map(|m| m.pearson)), (None, Some(None)));
        let none = evaluate(&[], &[], &[], &[], &EvaluateOptions::default()).expect("no rows are no error");
        assert_eq!(Region::EACH.map(|r| none.get(r)), [None; 5]);
    }

    #[test]
    fn relevance_is_judged_where_it_is_given() {
        let relevance = Relevance::by_points(&[(10.0, 0.0), (20.0, 1.0)]).expect("valid");
        let (y, p, bins) = ([2.0, 6.0, 20.0, 25.0], [3.0, 6.0, 20.0, 15.0], [0, 0, 1, 1]);
        let with = EvaluateOptions { relevance: Some(&relevance), ..EvaluateOptions::default() };
        let of =
            |options: &EvaluateOptions<'_>| evaluate(&y, &p, &bins, &[Shot::Many, Shot::Few], options).expect("valid");
        let (report, without) = (of(&with), of(&EvaluateOptions::default()));
        // Of relevance 1 are two, off by 0 and 10; φ(15) is 1/2, and so an event. None of the many-shot rows matters.
        let [all, many, few] = [report.all, report.many, report.few].map(|m| m.expect("has rows"));
        assert_eq!([all.sera, many.sera, few.sera], [Some(100.0), Some(0.0), Some(100.0)]);
        assert_eq!((all.utility.map(|u| (u.events, u.foreseen)), many.utility), (Some((2, 2)), None));
        // The second: foot 15 away, Δ 20: 1/3 - 3/4 · 1/2.
        let recall = few.utility.and_then(|u| u.recall).expect("has events");
        assert!((recall - (3.0 + 1.0 / 3.0 - 0.375) / 4.0).abs() < 1e-12, "{recall}");
        let plain = RegionMetrics { sera: None, utility: None, ..all };
        assert_eq!(without.all, Some(plain));
        // Of the rows off by 0 and 10, drawn twice, SERA is 0, 100 or 200; each by far often enough.
        let drawn = EvaluateOptions { bootstrap: Some(Bootstrap::default()), ..with };
        let intervals = of(&drawn).few.and_then(|few| few.intervals).expect("has rows");
        assert_eq!(intervals.sera, Some(Interval { low: 0.0, high: 200.0 }));
        // Both rows foreseen at best; of the second alone, recall is (4/3 - 3/8) / 2, precision (4/3 - 3/8) / (3/2).
        let (recall, precision) = ((4.0 / 3.0 - 0.375) / 2.0, (4.0 / 3.0 - 0.375) / 1.5);
        let utility_f = intervals.utility_f.expect("has events");
        let least = 2.0 * precision * recall / (precision + recall);
        assert!((utility_f.low - least).abs() < 1e-12 && utility_f.high == 1.0, "{utility_f:?} for {least}");
        let text = serde_json::to_string(&report).expect("serialises");
        assert_eq!(serde_json::from_str::<Report>(&text).expect("reads back"), report);
    }

    #[test]
    fn a_report_survives_json() {
        let report = {
            let bootstrap = Some(Bootstrap::default());
            let options = EvaluateOptions { bootstrap, zero_errors: ZeroErrors::Tiny, relevance: None };
            let (y, p) = ([1.0, 2.0, 3.0, 3.1], [0.1 + 0.2, 2.0, 3.0 / 7.0, 1e-300]);
            evaluate(&y, &p, &[0, 1, 2, 2], &[Shot::Many, Shot::Zero, Shot::Few], &options).expect("valid")
        };
        assert!(report.all.is_some_and(|m| m.intervals.is_some()) && report.medium.is_none());
        let text = serde_json::to_string(&report).expect("serialises");
        assert_eq!(serde_json::from_str::<Report>(&text).expect("reads back"), report);
        let options = serde_json::from_str::<EvaluateOptions>(r#"{"zero_errors":"tiny","bootstrap":{"level":0.9}}"#);
        let bootstrap = Bootstrap { level: 0.9, ..Bootstrap::default() };
        assert_eq!(
            options.expect("valid"),
            EvaluateOptions { zero_errors: ZeroErrors::Tiny, bootstrap: Some(bootstrap), relevance: None }
        );
        assert!(serde_json::from_str::<EvaluateOptions>(r#"{"zeros":"tiny"}"#).is_err());
    }

    #[test]
    fn intervals_hold_their_metric() {
        let bins = agedb_test();
        let targets: Vec<f64> = bins.iter().map(|&age| age as f64).collect();
        let mut stream = Stream::new(&[11]);
        let predictions: Vec<f64> = targets.iter().map(|&y| 0.8 * y + 9.1 + 3.0 * stream.normal()).collect();
        let shots = ShotRule::default().shots(&AGEDB_TRAIN).expect("valid");
        let bootstrap = Some(Bootstrap { resamples: 200, ..Bootstrap::default() });
        let options = EvaluateOptions { bootstrap, ..EvaluateOptions::default() };
        let report = evaluate(&targets, &predictions, &bins, &shots, &options).expect("valid");
        let width = |region| {
            let m = report.get(region).expect("has rows");
            let i = m.intervals.expect("asked for");
            for (interval, value) in [(i.mae, m.mae), (i.gm, m.gm), (i.bmae, m.bmae)] {
                assert!(interval.low < value && value < interval.high, "{}: {interval:?}, {value}", region.name());
            }
            i.mae.high - i.mae.low
        };
        assert!(width(Region::Few) > 2.0 * width(Region::All)); // 162 rows against 2,140
    }

    #[test]
    fn errors_name_the_row() {
        let wrong = |y: &[f64], p: &[f64], bins: &[usize]| {
            evaluate(y, p, bins, &[Shot::Many], &EvaluateOptions::default()).expect_err("is wrong")
        };
        assert!(matches!(wrong(&[1.0], &[], &[0]), MetricError::Length { name: "predictions", .. }));
        assert!(matches!(wrong(&[1.0], &[1.0], &[]), MetricError::Length { name: "bins of rows", .. }));
        assert_eq!(wrong(&[1.0; 2], &[1.0; 2], &[0, 1]), MetricError::Bin { row: 1, bin: 1, bins: 1 });
        let nan = wrong(&[1.0; 2], &[1.0, f64::NAN], &[0, 0]);
        assert!(matches!(nan, MetricError::NotFinite { name: "prediction", row: 1, .. }));
        let options = EvaluateOptions {
            bootstrap: Some(Bootstrap { resamples: 0, ..Bootstrap::default() }),
            ..Default::default()
        };
        assert!(matches!(evaluate(&[], &[], &[], &[], &options), Err(MetricError::Bootstrap { .. })));
    }

    proptest! {
        #[test]
        fn regions_part_the_rows(rows in prop::collection::vec((0..8_usize, -9.0..9.0_f64, -9.0..9.0_f64), 0..100)) {
            let shots: Vec<Shot> = (0..8).map(|b| Shot::EACH[b % 4]).collect();
            let bins: Vec<usize> = rows.iter().map(|r| r.0).collect();
            let (y, p): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.1, r.2)).unzip();
            let report = evaluate(&y, &p, &bins, &shots, &EvaluateOptions::default()).expect("valid");
            let of = |r| report.rows(r);
            prop_assert_eq!(of(Region::All), rows.len());
            prop_assert_eq!(of(Region::All), of(Region::Many) + of(Region::Medium) + of(Region::Few));
            prop_assert!(of(Region::Zero) <= of(Region::Few));
            // The size-weighted MAE of the parts is that of the whole.
            let weighted = |r| report.get(r).map_or(0.0, |m: &RegionMetrics| m.mae * m.rows as f64);
            let parts = weighted(Region::Many) + weighted(Region::Medium) + weighted(Region::Few);
            prop_assert!((parts - weighted(Region::All)).abs() <= 1e-12 * parts.max(1.0));
        }
    }
}
