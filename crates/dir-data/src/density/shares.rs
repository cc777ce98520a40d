//! What share of the rows every bin should have.

use dir_core::bins::Bins;

use super::{DensityConfig, DensityError, DensityKind, Peak, Step};

/// Places within a bin at which a mixture is looked at.
const PLACES: usize = 16;
/// Share of the rows at either end that does not stretch the peaks' range.
const TAIL: f64 = 0.01;

impl DensityConfig {
    /// Shares of all bins, with a sum of 1; none where there are no rows.
    pub(super) fn shares(&self, bins: &Bins, counts: &[usize], train: &[u64]) -> Result<Vec<f64>, DensityError> {
        let density: Vec<f64> = match self.kind {
            DensityKind::Balanced => vec![1.0; bins.len()],
            DensityKind::Train => train.iter().map(|&rows| rows as f64).collect(),
            DensityKind::Peaks => self.mixture(bins, span(bins, counts))?,
            DensityKind::Steps => self.stairs(bins)?,
        };
        let kept: Vec<f64> = density.iter().zip(counts).map(|(q, &rows)| if rows > 0 { *q } else { 0.0 }).collect();
        let sum: f64 = kept.iter().sum();
        if sum > 0.0 { Ok(kept.iter().map(|q| q / sum).collect()) } else { Err(DensityError::Apart) }
    }

    /// `Σ_k share_k · f_k` over every bin, cut off below a share of its highest.
    fn mixture(&self, bins: &Bins, (low, high): (f64, f64)) -> Result<Vec<f64>, DensityError> {
        if self.peaks.is_empty() {
            return Err(DensityError::Nothing { what: "peaks" });
        }
        self.peaks.iter().try_for_each(Peak::check)?;
        if !(0.0..1.0).contains(&self.cut) {
            return Err(DensityError::Number {
                name: "cut",
                value: self.cut,
                expected: "a share of at least 0, below 1",
            });
        }
        let at = |y: f64| self.peaks.iter().map(|peak| peak.density((y - low) / (high - low))).sum::<f64>();
        let height = |b: usize| {
            let (low, width) = finite(bins, b);
            let places = (0..PLACES).map(|k| low + width * (k as f64 + 0.5) / PLACES as f64);
            places.map(at).sum::<f64>() / PLACES as f64
        };
        let heights: Vec<f64> = (0..bins.len()).map(height).collect();
        let least = self.cut * heights.iter().copied().fold(0.0, f64::max);
        let mass = |(b, &height): (usize, &f64)| if height < least { 0.0 } else { height * finite(bins, b).1 };
        Ok(heights.iter().enumerate().map(mass).collect())
    }

    /// The share of a range is spread evenly over it.
    fn stairs(&self, bins: &Bins) -> Result<Vec<f64>, DensityError> {
        if self.steps.is_empty() {
            return Err(DensityError::Nothing { what: "steps" });
        }
        self.steps.iter().try_for_each(Step::check)?;
        let mass = |b: usize| {
            let (low, width) = finite(bins, b);
            self.steps.iter().map(|step| step.share_within(low, low + width)).sum()
        };
        Ok((0..bins.len()).map(mass).collect())
    }
}

impl Peak {
    fn check(&self) -> Result<(), DensityError> {
        let Self { at, left, right, share } = *self;
        if !at.is_finite() {
            return Err(DensityError::Number { name: "at", value: at, expected: "a place, usually between 0 and 1" });
        }
        let positive = |name, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(DensityError::Number { name, value, expected: "a finite number above 0" }),
        };
        [("left", left), ("right", right), ("share", share)]
            .into_iter()
            .try_for_each(|(name, value)| positive(name, value))
    }

    /// Its integral is its share, but for the constant `√(2/π)` of all peaks.
    fn density(&self, x: f64) -> f64 {
        let deviation = if x < self.at { self.left } else { self.right };
        self.share / (self.left + self.right) * (-((x - self.at) / deviation).powi(2) / 2.0).exp()
    }
}

impl Step {
    pub(super) fn check(&self) -> Result<(), DensityError> {
        let Self { low, high, share } = *self;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(DensityError::Number { name: "high", value: high, expected: "a finite number above low" });
        }
        if !(share >= 0.0 && share.is_finite()) {
            return Err(DensityError::Number {
                name: "share",
                value: share,
                expected: "a finite number of at least 0",
            });
        }
        Ok(())
    }

    fn share_within(&self, low: f64, high: f64) -> f64 {
        let common = (high.min(self.high) - low.max(self.low)).max(0.0);
        self.share * common / (self.high - self.low)
    }
}

/// Where a bin begins and how wide it is; an overflow bin, whose outer edge is infinite, has no width.
fn finite(bins: &Bins, b: usize) -> (f64, f64) {
    match bins.range(b) {
        (low, high) if low.is_finite() && high.is_finite() => (low, high - low),
        (low, high) => (if low.is_finite() { low } else { high }, 0.0),
    }
}

/// The range that is left without a hundredth of the rows at either end, in whole bins.
fn span(bins: &Bins, counts: &[usize]) -> (f64, f64) {
    let spared = TAIL * counts.iter().sum::<usize>() as f64;
    let reached = |seen: &mut usize, rows: &usize| {
        *seen += rows;
        (*seen as f64 <= spared).then_some(())
    };
    let tail = |end: &mut dyn Iterator<Item = &usize>| end.scan(0, reached).count();
    let (first, behind) = (tail(&mut counts.iter()), tail(&mut counts.iter().rev()));
    let (low, width) = finite(bins, bins.len().saturating_sub(behind + 1));
    (finite(bins, first.min(bins.len() - 1)).0, low + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(config: &DensityConfig, counts: &[usize]) -> Vec<f64> {
        let bins = Bins::uniform(0.0, 1.0, counts.len()).expect("bins");
        config.shares(&bins, counts, &[]).expect("a density")
    }

    fn peaks(peaks: &[[f64; 4]]) -> DensityConfig {
        let peak = |&[at, left, right, share]: &[f64; 4]| Peak { at, left, right, share };
        DensityConfig { kind: DensityKind::Peaks, peaks: peaks.iter().map(peak).collect(), ..Default::default() }
    }

    fn rows() -> Vec<usize> {
        (0..100).map(|bin| if bin == 0 || bin == 99 { 30 } else { 10 }).collect()
    }

    #[test]
    fn a_peak_has_the_shares_of_the_normal_distribution() {
        // 100 equal bins, the range is all of them, since the outer ones hold more than a hundredth of the rows. Within a deviation lie 68.27 % of a Gaussian (tables).
        let even = shares(&peaks(&[[0.5, 0.1, 0.1, 1.0]]), &rows());
        assert!((even[40..60].iter().sum::<f64>() - 0.6827).abs() < 1e-4);
        // Below the mode of a two-piece normal lie left / (left + right) of it (Wallis 2014).
        let skewed = shares(&peaks(&[[0.4, 0.05, 0.15, 1.0]]), &rows());
        assert!((skewed[..40].iter().sum::<f64>() - 0.25).abs() < 1e-4);
        // Two peaks far apart have their shares of the rows.
        let two = shares(&peaks(&[[0.2, 0.05, 0.05, 1.0], [0.8, 0.02, 0.02, 3.0]]), &rows());
        assert!((two[..50].iter().sum::<f64>() - 0.25).abs() < 1e-4);
        assert!((two.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_cut_off_is_empty() {
        let config = DensityConfig { cut: 0.5, ..peaks(&[[0.5, 0.1, 0.1, 1.0]]) };
        let cut = shares(&config, &rows());
        // A Gaussian is half as high 1.1774 deviations away (tables), at 0.382: the middle of bin 38, 0.385, is nearer than that.
        assert_eq!((cut.iter().position(|q| *q > 0.0), cut.iter().rposition(|q| *q > 0.0)), (Some(38), Some(61)));
    }

    #[test]
    fn outliers_do_not_stretch_the_range() {
        let mut counts = vec![100; 10];
        counts.extend([0; 89]);
        counts.push(1);
        let bins = Bins::uniform(0.0, 1.0, 100).expect("bins");
        assert_eq!(span(&bins, &counts), (0.0, 10.0));
    }

    #[test]
    fn ranges_share_their_bins() {
        let steps = vec![Step { low: 0.0, high: 1.5, share: 3.0 }, Step { low: 1.5, high: 2.0, share: 1.0 }];
        let config = DensityConfig { kind: DensityKind::Steps, steps, ..Default::default() };
        assert_eq!(shares(&config, &[5, 5, 5]), [0.5, 0.5, 0.0]); // 2, 1 + 1 and 0 of 4
        assert_eq!(shares(&config, &[5, 0, 5]), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn numbers_without_sense_are_named() {
        let bins = Bins::uniform(0.0, 1.0, 2).expect("bins");
        let refused = |config: DensityConfig| config.shares(&bins, &[1, 1], &[]).expect_err("no density").to_string();
        assert!(refused(peaks(&[])).contains("no peaks"));
        assert!(refused(peaks(&[[0.5, 0.0, 0.1, 1.0]])).contains("left = 0"));
        assert!(refused(DensityConfig { cut: 1.0, ..peaks(&[[0.5, 0.1, 0.1, 1.0]]) }).contains("cut = 1"));
        let step = |low, high, share| {
            let steps = vec![Step { low, high, share }];
            refused(DensityConfig { kind: DensityKind::Steps, steps, ..Default::default() })
        };
        assert!(step(2.0, 1.0, 1.0).contains("high = 1") && step(0.0, 1.0, -1.0).contains("share = -1"));
        assert!(step(5.0, 6.0, 1.0).contains("no row where the density has some"));
    }
}
