//! Test error of a bin against its density, with their correlation (the paper's figures 2 and 3).
//!
//! The paper's point: with a continuous target the error hardly follows the density as counted, but follows the smoothed one.

use super::super::axis::{Axis, short};
use super::super::files::{BinError, BinRow};
use super::super::svg::{Chart, Ink, Shape};
use super::{dots_by_shot, place, smoothed_scale, spread_wide};

/// Which density a bin has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Density {
    /// Training rows.
    Counted,
    /// The same after label distribution smoothing, scaled to as many rows in all.
    Smoothed,
}

/// What the error of a bin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Measure {
    /// Mean absolute error.
    Mae,
    /// Share of rows that were taken for another bin.
    WrongShare,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Mae => "test MAE",
            Self::WrongShare => "share in another bin",
        }
    }

    fn axis(self, target: &str) -> String {
        match self {
            Self::Mae => format!("test MAE ({target})"),
            Self::WrongShare => "share of test rows in another bin".into(),
        }
    }
}

/// Points that the least-squares line is drawn through: only some may lie on the picture.
const STEPS: u32 = 64;

/// A dot for each bin with test rows; r and the line are over those with training rows, the same bins for both densities.
pub(in super::super) fn error_against(
    (target, measure): (&str, Measure),
    density: Density,
    bins: &[BinRow],
    errors: &[Option<BinError>],
) -> String {
    let rows = rows(density, bins);
    let known = || bins.iter().zip(errors).filter_map(|(bin, error)| Some((bin, (*error)?.mae)));
    let log = spread_wide(bins);
    let (title, label) = match density {
        Density::Counted => ("Error against density as counted", "training rows per bin"),
        Density::Smoothed => ("Error against density after LDS", "training rows per bin, smoothed"),
    };
    let x = axis(label, log, known().map(|(bin, _)| rows(bin)));
    let y = Axis::linear(&measure.axis(target), known().map(|k| k.1)).with_zero().with_headroom(0.05);
    let mut chart = Chart::new(title, 230.0, x, y.clone()).half();
    let points = points(density, bins, errors);
    chart.note(in_words(&points, log));
    let told = known().map(|(bin, error)| {
        let place = place(target, bin);
        (bin, (rows(bin), error, format!("{place}: {} rows, {} {}", short(rows(bin)), measure.name(), short(error))))
    });
    dots_by_shot(&mut chart, told, str::to_owned);
    let unflat = |v: f64| if log { 10_f64.powf(v) } else { v };
    let visible = |(u, v): (f64, f64)| (unflat(u), if y.contains(v) { v } else { f64::NAN });
    let line: Vec<_> = least_squares(&points).into_iter().map(visible).collect();
    if !line.is_empty() {
        chart.add(Shape::Dashed(line), Ink::Text, "least squares");
    }
    chart.finish()
}

/// Pearson's r of error and density, or its logarithm where the plot has that; `None` where it is not defined.
pub(in super::super) fn correlation_of(density: Density, bins: &[BinRow], errors: &[Option<BinError>]) -> Option<f64> {
    pearson(&points(density, bins, errors))
}

/// Density and error of the bins with training and test rows.
fn points(density: Density, bins: &[BinRow], errors: &[Option<BinError>]) -> Vec<(f64, f64)> {
    let (rows, log) = (rows(density, bins), spread_wide(bins));
    let flat = |v: f64| if log { v.log10() } else { v };
    let trained = bins.iter().zip(errors).filter(|(bin, _)| bin.train > 0.0);
    trained.filter_map(|(bin, error)| Some((flat(rows(bin)), (*error)?.mae))).collect()
}

/// The density of a bin.
fn rows(density: Density, bins: &[BinRow]) -> impl Fn(&BinRow) -> f64 + use<> {
    let scale = smoothed_scale(bins);
    move |bin| match density {
        Density::Counted => bin.train,
        Density::Smoothed => bin.effective_density * scale,
    }
}

fn pearson(points: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    dir_core::metric::pearson(&x, &y).ok().flatten()
}

/// Logarithmic for both densities or for none. What has no place on it, bins without rows, sticks to its left edge.
fn axis(label: &str, log: bool, rows: impl Iterator<Item = f64>) -> Axis {
    if log {
        return Axis::log(&format!("{label} (logarithmic)"), rows.filter(|n| *n > 0.0));
    }
    Axis::linear(label, rows).with_zero().with_headroom(0.03)
}

/// Pearson's r in words, with what it is between.
fn in_words(points: &[(f64, f64)], log: bool) -> String {
    let r = pearson(points).map_or("not defined".into(), |r| format!("{r:.2}"));
    let density = if log { "log density" } else { "density" };
    format!("Pearson's r of error and {density}: {r} ({} bins)", points.len())
}

/// Points along the least-squares line; none where it is not defined.
fn least_squares(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let slope = sum(&|p| (p.0 - x) * (p.1 - y)) / sum(&|p| (p.0 - x).powi(2));
    let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p.0), h.max(p.0)));
    if !slope.is_finite() {
        return Vec::new();
    }
    let at = |k: u32| low + (high - low) * f64::from(k) / f64::from(STEPS);
    (0..=STEPS).map(|k| (at(k), y + slope * (at(k) - x))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(train: f64, effective_density: f64) -> BinRow {
        BinRow { low: 0.0, high: 1.0, train, effective_density, shot: "few".into() }
    }

    fn note(density: Density, bins: &[BinRow], errors: &[f64]) -> String {
        let errors: Vec<_> = errors.iter().map(|&mae| Some(BinError { mae, bias: 0.0, rows: 1.0 })).collect();
        let svg = error_against(("y", Measure::Mae), density, bins, &errors);
        let note = svg.split("Pearson&#39;s r of ").nth(1).and_then(|rest| rest.split('<').next());
        note.expect("a note").to_owned()
    }

    #[test]
    fn r_is_of_the_density_as_drawn() {
        // By hand: errors 3, 2, 1 fall with log 1, 2, 3 exactly; the bin without rows plays no part.
        let long = [bin(10.0, 5.0), bin(100.0, 5.0), bin(1000.0, 9.0), bin(0.0, 1.0)];
        assert_eq!(note(Density::Counted, &long, &[3.0, 2.0, 1.0, 9.0]), "error and log density: -1.00 (3 bins)");
        // numpy.corrcoef([3, 2, 1], log10([5, 5, 9])) = -0.8660
        assert_eq!(note(Density::Smoothed, &long, &[3.0, 2.0, 1.0, 9.0]), "error and log density: -0.87 (3 bins)");
        let short = [bin(1.0, 1.0), bin(2.0, 1.0), bin(4.0, 1.0)];
        // numpy.corrcoef([1, 2, 4], [1, 3, 2]) = 0.3273; a constant has no correlation.
        assert_eq!(note(Density::Counted, &short, &[1.0, 3.0, 2.0]), "error and density: 0.33 (3 bins)");
        assert_eq!(note(Density::Smoothed, &short, &[1.0, 3.0, 2.0]), "error and density: not defined (3 bins)");
        let errors = [3.0, 2.0, 1.0].map(|mae| Some(BinError { mae, bias: 0.0, rows: 1.0 }));
        assert!(correlation_of(Density::Counted, &long[..3], &errors).is_some_and(|r| (r + 1.0).abs() < 1e-12));
        assert_eq!(correlation_of(Density::Counted, &long[..3], &[None; 3]), None);
    }

    #[test]
    fn the_line_is_that_of_least_squares() {
        // numpy.polyfit([0, 1, 2], [1, 3, 2], 1) = 0.5, 1.5
        let line = least_squares(&[(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)]);
        assert_eq!((line[0], line[STEPS as usize]), ((0.0, 1.5), (2.0, 2.5)));
        assert!(least_squares(&[(1.0, 1.0), (1.0, 2.0)]).is_empty() && least_squares(&[]).is_empty());
    }
}
