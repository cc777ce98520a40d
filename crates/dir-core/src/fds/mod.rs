//! Feature distribution smoothing (FDS): nearby targets should have nearby features.
//!
//! Per bin, mean and spread of the features of all training rows are estimated at the end of an epoch, averaged over epochs
//! (eq. 2 and 3), and smoothed over neighbouring bins with a kernel (eq. 4 and 5). During training each feature vector is
//! moved from its bin's own statistics to the smoothed ones (eq. 6). At evaluation, where the target is unknown, FDS is off.
//!
//! ```text
//! once an epoch   calibrator = fds.calibrator(epoch, &device)
//! in the step     features = calibrator.apply(features, &targets)?
//! at its end      pass = fds.statistics(); pass.push(features, targets)? for every batch; fds.end_of_epoch(epoch, pass)?
//! ```
//!
//! Epochs need not follow one another: statistics may be taken every fifth epoch, or from epoch 10 of a resumed model on.
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), section 3.2; official `agedb-dir/fds.py` at a6fdc45, which has variances where
//! the paper has covariances, as has our default. What that program does by accident is in [`Quirks`].

mod calibrate;
mod config;
mod distance;
mod groups;
mod low_rank;
mod moments;
mod on_device;
mod pass;
mod spread;
mod whiten;

pub use calibrate::{Calibration, Calibrator};
pub use config::{Covariance, EmptyBins, FdsConfig, FdsError, Order, Quirks};
pub use distance::SmoothingDistance;
pub use low_rank::Factor;
pub use moments::Moments;
#[cfg(feature = "flex")]
pub(crate) use moments::welford;
pub use pass::StatisticsPass;
pub use spread::{BinStats, Spread};

use serde::{Deserialize, Serialize};

use crate::bins::Bins;
use crate::kernel::Kernel;
use crate::smooth::Padding;
use groups::Groups;

/// Feature distribution smoothing of one layer's features.
///
/// # Example
/// ```
/// use dir_core::{bins::Bins, fds::FdsConfig};
/// let mut fds = FdsConfig::default().init(&Bins::uniform(0.0, 1.0, 4)?, 1)?;
/// for epoch in 0..2 {
///     let mut pass = fds.statistics();
///     pass.push_rows(&[0.0_f64, 2.0, 4.0, 10.0], &[0.5, 0.5, 1.5, 1.5])?; // features, targets
///     fds.end_of_epoch(epoch, pass)?;
/// }
/// // Bins 0 and 1 (means 1 and 7) are pulled together; bins 2 and 3 were never seen and stay as they are.
/// let moved = fds.calibration(2).apply(&[1.0, 7.0, 5.0], &[0.5, 1.5, 2.5])?;
/// assert!(moved[0] > 1.0 && moved[1] < 7.0 && moved[2] == 5.0);
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fds {
    config: FdsConfig,
    groups: Groups,
    kernel: Kernel,
    dim: usize,
    state: FdsState,
}

/// Everything that training changes: save it to resume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FdsState {
    /// Last epoch whose statistics were taken in (official buffer `epoch`).
    pub epoch: usize,
    /// Of the bins that the statistics belong to; `None` in states from elsewhere, which are not compared then.
    #[serde(default)]
    pub fingerprint: Option<u64>,
    /// Rows seen so far, per bin.
    pub tracked: Vec<u64>,
    /// Running averages over epochs.
    pub running: Vec<BinStats>,
    /// The statistics that calibration centres and whitens with.
    pub last: Vec<BinStats>,
    /// The smoothed statistics that calibration moves to.
    pub smoothed: Vec<BinStats>,
    /// Whether `last` is another name of `running` ([`Quirks::aliased`]).
    pub aliased: bool,
}

impl FdsConfig {
    /// FDS for features of width `dim`.
    ///
    /// # Errors
    /// Numbers that make no sense; full covariance of features wider than `max_full_dim`.
    pub fn init(&self, bins: &Bins, dim: usize) -> Result<Fds, FdsError> {
        self.check(bins.len(), dim)?;
        let groups = Groups { bins: bins.clone(), first: self.first_bin, exact_edges: self.quirks.exact_edges };
        let unseen = vec![BinStats::unseen(self.covariance, dim); groups.len()];
        let state = FdsState {
            epoch: self.start_update,
            fingerprint: Some(groups.fingerprint()),
            tracked: vec![0; groups.len()],
            running: unseen.clone(),
            last: unseen.clone(),
            smoothed: unseen,
            aliased: false,
        };
        Ok(Fds { config: self.clone(), kernel: self.kernel.init()?.with_sum_one(), groups, dim, state })
    }
}

impl Fds {
    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &FdsConfig {
        &self.config
    }

    /// Width of the features.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// What to save.
    #[must_use]
    pub fn state(&self) -> &FdsState {
        &self.state
    }

    /// Goes on from saved statistics.
    ///
    /// # Errors
    /// Statistics of other bins, or of another width or covariance in any bin; numbers that are not finite.
    pub fn load_state(&mut self, state: FdsState) -> Result<(), FdsError> {
        let expected = || {
            let edges = self.groups.bins.edges();
            let (low, high) = (edges[0], edges[edges.len() - 1]);
            let (bins, dim, kind) = (self.groups.len(), self.dim, self.config.covariance);
            format!(
                "{bins} bins of targets from {low} to {high}, {dim} finite features and {kind:?} covariance in each"
            )
        };
        let wrong = |found: String| Err(FdsError::State { found, expected: expected() });
        let tables = [("running", &state.running), ("last", &state.last), ("smoothed", &state.smoothed)];
        let counts = tables.iter().map(|(_, table)| table.len()).chain([state.tracked.len()]);
        if let Some(bins) = counts.into_iter().find(|&bins| bins != self.groups.len()) {
            return wrong(format!("{bins} bins"));
        }
        if state.fingerprint.is_some_and(|fingerprint| fingerprint != self.groups.fingerprint()) {
            return wrong("bins with other edges".into());
        }
        for (name, table) in tables {
            let misfit = table.iter().position(|bin| !bin.fits(self.config.covariance, self.dim));
            if let Some(bin) = misfit {
                return wrong(format!("{name} statistics of another form in bin {bin}"));
            }
        }
        self.state = FdsState { fingerprint: Some(self.groups.fingerprint()), ..state };
        Ok(())
    }

    /// Whether any statistics have been taken in.
    fn has_statistics(&self) -> bool {
        self.state.running.iter().any(|bin| bin.seen)
    }

    /// Starts the statistics pass of an epoch.
    #[must_use]
    pub fn statistics(&self) -> StatisticsPass {
        StatisticsPass::new(self.groups.clone(), self.dim, self.config.covariance)
    }

    /// Whether the end of this epoch takes in statistics; if not, the pass can be skipped.
    #[must_use]
    pub fn wants_statistics(&self, epoch: usize) -> bool {
        epoch >= self.config.start_update && (!self.has_statistics() || epoch > self.state.epoch)
    }

    /// Takes in the statistics of an epoch (counted from 0) and publishes smoothed ones for the epochs after it. Epochs before
    /// `start_update` leave everything as it is.
    ///
    /// # Errors
    /// A pass of another FDS; an epoch at or before the last one.
    pub fn end_of_epoch(&mut self, epoch: usize, pass: StatisticsPass) -> Result<(), FdsError> {
        pass.check(&self.groups, self.dim, self.config.covariance)?;
        if epoch < self.config.start_update {
            return Ok(());
        }
        let started = self.has_statistics();
        if started && epoch <= self.state.epoch {
            return Err(FdsError::Epoch { found: epoch, last: self.state.epoch });
        }
        let groups = pass.finish()?;
        match self.config.order {
            Order::Lagged => {
                if started {
                    self.publish();
                }
                self.update(started, groups);
            }
            Order::Immediate => {
                self.update(started, groups);
                self.publish();
            }
        }
        self.state.epoch = epoch;
        Ok(())
    }

    /// `running ← (1 - m) · new + m · running`, with `m = 0` at the first update.
    fn update(&mut self, started: bool, groups: Vec<(usize, u64, BinStats)>) {
        let mut present = vec![false; self.groups.len()];
        for (row, count, stats) in groups.into_iter().filter(|(_, count, _)| *count > 0) {
            present[row] = true;
            self.state.tracked[row] += count;
            let cumulative = || 1.0 - count as f64 / self.state.tracked[row] as f64;
            let first = !started || (!self.state.running[row].seen && self.starts_afresh());
            let keep = if first { 0.0 } else { self.config.momentum.unwrap_or_else(cumulative) };
            let running = &mut self.state.running[row];
            *running = BinStats::sum(&[(1.0 - keep, &stats), (keep, running)], self.config.covariance);
        }
        if self.config.empty_bins == EmptyBins::Fill {
            self.fill(&present);
        }
    }

    /// Whether a bin seen for the first time starts from its own statistics, rather than mixing with mean 0 and variance 1.
    fn starts_afresh(&self) -> bool {
        matches!(self.config.empty_bins, EmptyBins::Masked | EmptyBins::Nearest)
    }

    fn masks_empty(&self) -> bool {
        self.config.empty_bins == EmptyBins::Masked
    }

    /// The official STS-B rule, from left to right: a bin without rows in this pass takes the mean of its neighbours (the
    /// left one possibly just filled), the first bin a copy of the second, the last of the one before.
    fn fill(&mut self, present: &[bool]) {
        let last = present.len() - 1;
        for row in (0..=last).filter(|&row| !present[row] && last > 0) {
            let running = &self.state.running;
            let terms = match row {
                0 => vec![(1.0, &running[1])],
                _ if row == last => vec![(1.0, &running[last - 1])],
                _ => vec![(0.5, &running[row - 1]), (0.5, &running[row + 1])],
            };
            self.state.running[row] = BinStats::sum(&terms, self.config.covariance);
        }
    }

    fn publish(&mut self) {
        let source = match self.config.empty_bins {
            EmptyBins::Nearest => nearest(&self.state.running),
            _ => self.state.running.clone(),
        };
        self.state.smoothed = (0..source.len()).map(|row| self.smooth(&source, row)).collect();
        self.state.last = source;
        self.state.aliased = self.config.quirks.aliased;
    }

    /// Kernel-weighted statistics around a bin: over the bins seen if the others are masked, the kernel renormalised where it misses some.
    fn smooth(&self, source: &[BinStats], row: usize) -> BinStats {
        let usual = if self.masks_empty() { Padding::Zero } else { Padding::Mirror };
        let padding = self.config.padding.unwrap_or(usual);
        let neighbour = |d: isize| padding.source(row as isize + d, source.len()).map(|b| &source[b]);
        let terms: Vec<(f64, &BinStats)> = self
            .kernel
            .taps()
            .filter_map(|(d, k)| Some((k, neighbour(d)?)))
            .filter(|(_, stats)| stats.seen || !self.masks_empty())
            .collect();
        let partial = self.masks_empty() || padding == Padding::Zero;
        let total: f64 = if partial { terms.iter().map(|(k, _)| k).sum() } else { 1.0 };
        if terms.is_empty() || total <= 0.0 {
            return BinStats::unseen(self.config.covariance, self.dim);
        }
        let terms: Vec<(f64, &BinStats)> = terms.into_iter().map(|(k, stats)| (k / total, stats)).collect();
        BinStats::sum(&terms, self.config.covariance)
    }
}

/// Every bin not seen takes the statistics of the nearest one seen.
fn nearest(running: &[BinStats]) -> Vec<BinStats> {
    let seen: Vec<usize> = (0..running.len()).filter(|&b| running[b].seen).collect();
    let of = |bin: usize| seen.iter().min_by_key(|&&s| s.abs_diff(bin)).map_or(bin, |&s| s);
    (0..running.len()).map(|bin| running[of(bin)].clone()).collect()
}

#[cfg(test)]
mod tests;
