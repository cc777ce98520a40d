//! Fitting of baselines: median, ridge and log-ridge, from the training rows as plain numbers.
//!
//! Log-ridge is fitted to logarithms of the targets and transformed back by plain `exp`, without a smearing factor. Where errors of
//! logarithms are symmetric that predicts the conditional median, which minimises the mean absolute error that tables tell; Duan's
//! smearing (1983) would predict the conditional mean, which lies above it. Predictions are kept within the range of the training
//! targets, since an exponential of an extrapolated line has no bound.

use dir_core::linear::{LinearError, LinearSums};
use dir_core::metric::DenseErrors;
use dir_core::tally::Tally;

use super::{Baseline, BaselineKind, Baselines};
use crate::error::TrainError;
use crate::evaluate::Regions;
use crate::natural::BinCounts;
use crate::recipe::Recipe;
use crate::scores::Scores;

/// Multiplications that a linear model may cost: some seconds.
const AFFORDABLE: f64 = 2e11;
/// Rows that are taken in at a time.
const BATCH: usize = 1024;
/// Pixels that are scored at a time.
const PIXELS: u64 = 1 << 16;

/// Predictions of the test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselinePredictions {
    /// Of which baseline.
    pub kind: BaselineKind,
    /// One per row.
    pub predictions: Vec<f64>,
}

/// Rows as plain numbers, row-major, and their targets: of training, validation and test.
#[derive(Debug, Clone, Copy)]
pub struct PlainRows<'a> {
    /// Numbers per row; 0 where rows are no plain numbers.
    pub width: usize,
    /// Training, validation and test rows.
    pub rows: [&'a [f32]; 3],
    /// Their targets.
    pub targets: [&'a [f64]; 3],
}

impl PlainRows<'_> {
    /// Whether a linear model of so many rows and columns takes seconds.
    #[must_use]
    pub fn is_affordable(train_rows: usize, width: usize) -> bool {
        width > 0 && train_rows as f64 * (width * width) as f64 <= AFFORDABLE
    }
}

/// Predictions of all baselines that the rows allow: the median always, linear models where rows are plain numbers, log-ridge where all
/// training targets are positive.
///
/// # Errors
/// Rows that are not finite, or too few of them.
pub fn fit(rows: PlainRows<'_>) -> Result<Vec<BaselinePredictions>, LinearError> {
    let PlainRows { width, rows: [train, val, test], targets: [y_train, y_val, y_test] } = rows;
    let tally = Tally::of(y_train);
    let median = tally.quantile(0.5).unwrap_or_default();
    let mut found = vec![BaselinePredictions { kind: BaselineKind::Median, predictions: vec![median; y_test.len()] }];
    if !PlainRows::is_affordable(y_train.len(), width) {
        return Ok(found);
    }
    let sums = sums(width, train, y_train)?;
    found.push(BaselinePredictions { kind: BaselineKind::Ridge, predictions: sums.fit(val, y_val)?.predict(test)? });
    if let Some((low, high)) = tally.range().filter(|(low, _)| *low > 0.0) {
        let logs: Vec<f64> = y_train.iter().map(|y| y.ln()).collect();
        let back = |log: f64| log.exp().clamp(low, high);
        let model = self::sums(width, train, &logs)?.fit_transformed(val, y_val, back)?;
        let predictions = model.predict(test)?.into_iter().map(back).collect();
        found.push(BaselinePredictions { kind: BaselineKind::LogRidge, predictions });
    }
    Ok(found)
}

fn sums(width: usize, rows: &[f32], targets: &[f64]) -> Result<LinearSums, LinearError> {
    let mut sums = LinearSums::new(width);
    for (rows, targets) in rows.chunks(BATCH * width).zip(targets.chunks(BATCH)) {
        sums.push(rows, targets)?;
    }
    Ok(sums)
}

/// The median of the training targets where there is a target per pixel: the only baseline that needs no image.
///
/// # Errors
/// A target without a bin.
pub fn median_of_pixels(
    [train, test]: [&Tally; 2],
    (regions, counts, recipe): (&Regions, &BinCounts, &Recipe),
) -> Result<Baselines, TrainError> {
    let median = train.quantile(0.5).unwrap_or_default();
    let mut errors = DenseErrors::new(regions.shots.clone());
    for &(target, count) in test.values() {
        let mut left = count;
        while left > 0 {
            let pixels = left.min(PIXELS) as usize;
            let bin_of = |y| regions.bins.bin_of(y).map_err(dir_core::Error::from);
            errors.push(&vec![target; pixels], &vec![median; pixels], bin_of)?;
            left -= pixels as u64;
        }
    }
    let scores = Scores { report: errors.report(), unseen: None, by_bin: Some(errors.by_bin()), rows: Vec::new() };
    let median = Baseline::of(BaselineKind::Median, &scores, (regions, counts, recipe))?;
    Ok(Baselines { made_for: None, baselines: vec![median] })
}

#[cfg(test)]
mod tests {
    use dir_core::bins::Bins;

    use super::*;

    fn mae(predictions: &[f64], targets: &[f64]) -> f64 {
        predictions.iter().zip(targets).map(|(p, y)| (p - y).abs()).sum::<f64>() / targets.len() as f64
    }

    fn of(found: &[BaselinePredictions], kind: BaselineKind) -> Option<&[f64]> {
        found.iter().find(|one| one.kind == kind).map(|one| &one.predictions[..])
    }

    /// `y = exp(x)` at 60 places: the logarithm is linear, the target is not. Median of the 40 training targets by hand: the one of
    /// place 20 in rising order.
    #[test]
    fn each_baseline_predicts_what_it_should() {
        let x: Vec<f32> = (0..60).map(|k| k as f32 / 10.0).collect();
        let y: Vec<f64> = x.iter().map(|&x| f64::from(x).exp()).collect();
        let every = |start: usize, step: usize| (start..60).step_by(step).collect::<Vec<usize>>();
        let train: Vec<usize> = (0..60).filter(|k| k % 3 != 1).collect();
        let [val, test] = [every(1, 6), every(4, 6)];
        let xs = |rows: &[usize]| rows.iter().map(|&k| x[k]).collect::<Vec<f32>>();
        let ys = |rows: &[usize]| rows.iter().map(|&k| y[k]).collect::<Vec<f64>>();
        let (x_train, x_val, x_test) = (xs(&train), xs(&val), xs(&test));
        let (y_train, y_val, y_test) = (ys(&train), ys(&val), ys(&test));
        let rows = PlainRows { width: 1, rows: [&x_train, &x_val, &x_test], targets: [&y_train, &y_val, &y_test] };
        let found = fit(rows).expect("finite");
        assert_eq!(of(&found, BaselineKind::Median), Some(&vec![y[train[20]]; test.len()][..]));
        let [ridge, log_ridge] =
            [BaselineKind::Ridge, BaselineKind::LogRidge].map(|kind| mae(of(&found, kind).expect("fitted"), &y_test));
        let median = mae(of(&found, BaselineKind::Median).expect("always"), &y_test);
        assert!(log_ridge < 0.1 * ridge && ridge < median, "{log_ridge}, {ridge}, {median}");
        // A target of 0 has no logarithm.
        let mut with_zero = y_train.clone();
        with_zero[0] = 0.0;
        let found = fit(PlainRows { targets: [&with_zero, &y_val, &y_test], ..rows }).expect("finite");
        assert_eq!((found.len(), of(&found, BaselineKind::LogRidge)), (2, None));
        // No plain numbers: the median alone.
        let found = fit(PlainRows { width: 0, rows: [&[], &[], &[]], ..rows }).expect("finite");
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [BaselineKind::Median]);
    }

    #[test]
    fn log_ridge_stays_within_the_training_targets() {
        let (x, y) = ([0.0, 1.0, 2.0, 3.0_f32], [1.0, 10.0, 100.0, 1000.0]);
        let rows = PlainRows { width: 1, rows: [&x, &x, &[50.0, -50.0]], targets: [&y, &y, &[1.0, 1.0]] };
        let found = fit(rows).expect("finite");
        assert_eq!(of(&found, BaselineKind::LogRidge), Some(&[1000.0, 1.0][..]));
    }

    #[test]
    fn what_is_not_finite_has_no_linear_model() {
        let rows =
            PlainRows { width: 1, rows: [&[f32::NAN, 1.0], &[1.0], &[1.0]], targets: [&[1.0, 2.0], &[1.0], &[1.0]] };
        assert_eq!(fit(rows), Err(LinearError::NotFinite));
        assert!(PlainRows::is_affordable(1000, 10) && !PlainRows::is_affordable(1000, 0));
        assert!(!PlainRows::is_affordable(1_000_000, 1000));
    }

    /// By hand: the median of 1, 1, 3 is 1; pixels of 1 (twice) and 4 are off by 0, 0 and 3.
    #[test]
    fn pixels_have_the_median() {
        let recipe = Recipe::default();
        let (train, test) = (Tally::of(&[1.0, 1.0, 3.0]), Tally::of(&[1.0, 4.0, 1.0]));
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 5).expect("valid"), &recipe, &train).expect("within");
        let counts = BinCounts::new(&regions, &Tally::of(&[]), &test).expect("within");
        let found = median_of_pixels([&train, &test], (&regions, &counts, &recipe)).expect("finite");
        let all = found.baselines[0].regions.all.expect("pixels");
        assert_eq!((all.rows, all.mae, all.mse), (3, 1.0, 3.0));
    }
}
