//! Which row of the statistics a target belongs to.

use crate::bins::{Bins, BinsError};

/// Bins `first..`, those below counting as the first; or the official program's grouping by exact label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Groups {
    pub(super) bins: Bins,
    pub(super) first: usize,
    pub(super) exact_edges: bool,
}

impl Groups {
    pub(super) fn len(&self) -> usize {
        self.bins.len() - self.first
    }

    /// Equal for equal groups (FNV-1a over limits, first bin and grouping).
    pub(super) fn fingerprint(&self) -> u64 {
        let limits = self.bins.limits().iter().map(|limit| limit.to_bits());
        let words = limits.chain([self.first as u64, u64::from(self.exact_edges)]);
        words
            .flat_map(u64::to_le_bytes)
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// Row of the statistics for every target; `None` where the official grouping drops one.
    pub(super) fn of(&self, targets: &[f64]) -> Result<Vec<Option<usize>>, BinsError> {
        if self.exact_edges { self.exact(targets) } else { self.by_bin(targets) }
    }

    fn by_bin(&self, targets: &[f64]) -> Result<Vec<Option<usize>>, BinsError> {
        let row = |bin: usize| Some(bin.max(self.first) - self.first);
        Ok(self.bins.assign(targets)?.into_iter().map(row).collect())
    }

    /// The same where a target stands for one of `inner` pixels: NaN is a pixel without target. Where each row has one target of its own,
    /// NaN is a mistake.
    pub(super) fn of_pixels(&self, targets: &[f64], inner: usize) -> Result<Vec<Option<usize>>, BinsError> {
        if inner < 2 || !targets.iter().any(|y| y.is_nan()) {
            return self.of(targets);
        }
        // Any bin will do until they are taken out.
        let stand_in = self.bins.centre(self.first);
        let known: Vec<f64> = targets.iter().map(|&y| if y.is_nan() { stand_in } else { y }).collect();
        let rows = self.of(&known)?;
        Ok(targets.iter().zip(rows).map(|(y, row)| row.filter(|_| !y.is_nan())).collect())
    }

    /// The lowest and the highest label that have a row of their own, as the official program compares them.
    fn ends(&self) -> (f64, f64) {
        (self.bins.range(self.first).0, self.bins.range(self.bins.len() - 1).0)
    }

    fn exact(&self, targets: &[f64]) -> Result<Vec<Option<usize>>, BinsError> {
        let (low, high) = self.ends();
        let (has_low, has_high) = (targets.contains(&low), targets.contains(&high));
        let bins = self.by_bin(targets)?;
        let keep = |y: f64| (y >= low || has_low) && (y <= high || has_high);
        Ok(targets.iter().zip(bins).map(|(&y, row)| row.filter(|_| keep(y))).collect())
    }

    /// The official statistics update: one group per distinct label, in rising order, the ends pooled with what lies beyond
    /// them. Row of the statistics and positions of the members.
    pub(super) fn exact_labels(&self, targets: &[f64]) -> Result<Vec<(usize, Vec<usize>)>, BinsError> {
        let (low, high) = self.ends();
        let mut labels = targets.to_vec();
        labels.sort_by(f64::total_cmp);
        labels.dedup();
        labels.retain(|y| (low..=high).contains(y));
        let member = |label: f64, y: f64| match label {
            _ if label == low => y <= low,
            _ if label == high => y >= high,
            _ => y == label,
        };
        let group = |&label: &f64| {
            let row = self.bins.bin_of(label)? - self.first;
            Ok((row, targets.iter().enumerate().filter(|(_, y)| member(label, **y)).map(|(i, _)| i).collect()))
        };
        labels.iter().map(group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(exact_edges: bool) -> Groups {
        Groups { bins: Bins::uniform(0.0, 1.0, 6).expect("valid"), first: 1, exact_edges }
    }

    #[test]
    fn outliers_join_the_ends() {
        let of = groups(false).of(&[0.0, 1.0, 2.5, 5.0, 99.0]);
        assert_eq!(of, Ok(vec![Some(0), Some(0), Some(1), Some(4), Some(4)]));
    }

    #[test]
    fn pixels_without_target_have_no_group() {
        assert_eq!(groups(false).of_pixels(&[f64::NAN, 2.0], 2), Ok(vec![None, Some(1)]));
        assert!(groups(false).of_pixels(&[f64::INFINITY, f64::NAN], 2).is_err());
        assert!(groups(false).of_pixels(&[f64::NAN, 2.0], 1).is_err(), "rows have targets");
    }

    #[test]
    fn official_outliers_need_company() {
        let groups = groups(true);
        assert_eq!(groups.of(&[0.0, 2.0, 99.0]), Ok(vec![None, Some(1), None]));
        assert_eq!(groups.of(&[0.0, 1.0, 99.0, 5.0]), Ok(vec![Some(0), Some(0), Some(4), Some(4)]));
        let labels = groups.exact_labels(&[2.5, 0.0, 2.0, 1.0, 9.0]);
        assert_eq!(labels, Ok(vec![(0, vec![1, 3]), (1, vec![2]), (1, vec![0])]));
    }
}
