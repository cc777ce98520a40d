//! How far a prediction may be off until it is worth nothing, and until it costs all it can: by the bumps of the relevance.
//!
//! A *bump* is a run of targets about a peak of `φ`; its feet are where `φ` is least on either side. A valley, where `φ` is least over a
//! range, lies between the feet of two bumps. Towards the prediction
//! - a target's benefit ends at the foot of its bump, or at the end of its valley;
//! - a target's cost is full at the next bump's peak;
//! - either at the latest `Δ` away, twice the distance from the bump's peak to its nearer foot (of a valley: the larger one of its
//!   neighbours).
//!
//! Differences of relevance that rounding may have left are none: a density that is level but for its last digits has no bumps there, and
//! the utility of shifted targets is that of the targets.

use crate::relevance::Relevance;

/// The bumps of a relevance, by rising target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surface {
    bumps: Vec<Bump>,
    /// Distance within which a target lies on a foot.
    on_foot: f64,
}

/// Differences of relevance up to this size are none.
const LEVEL: f64 = 1e-6;

/// A target is on a foot within this share of the range of the points.
const ON_FOOT: f64 = 1e-9;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bump {
    /// Infinite on a side on which the relevance never falls.
    feet: [f64; 2],
    /// Ends of the range over which relevance is highest; infinite likewise.
    peak: [f64; 2],
    /// Distance at which benefit is nothing and cost is full.
    most: f64,
}

/// A range over which relevance stays the same.
#[derive(Debug, Clone, Copy)]
struct Level {
    ends: [f64; 2],
    relevance: f64,
}

/// How far off a prediction may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    /// Until it brings no benefit.
    pub(super) benefit: f64,
    /// Until it costs all it can.
    pub(super) cost: f64,
}

impl Surface {
    /// `None` where relevance is the same everywhere: nothing then says how far is far.
    pub(super) fn new(relevance: &Relevance) -> Option<Self> {
        let levels = levels(relevance.points());
        let is_peak = |k: usize, level: &Level| {
            let below = |other: Option<&Level>| other.is_none_or(|other| other.relevance < level.relevance);
            levels.len() > 1 && below(k.checked_sub(1).and_then(|k| levels.get(k))) && below(levels.get(k + 1))
        };
        let peaks: Vec<usize> =
            levels.iter().enumerate().filter(|(k, level)| is_peak(*k, level)).map(|(k, _)| k).collect();
        let valley = |from: usize, to: usize| {
            let least = levels[from..to].iter().map(|level| level.relevance).fold(f64::INFINITY, f64::min);
            levels[from..to].iter().find(|level| level.relevance <= least + LEVEL)
        };
        let bump = |(nth, &peak): (usize, &usize)| {
            let before = nth.checked_sub(1).map_or(0, |nth| peaks[nth] + 1);
            let after = peaks.get(nth + 1).copied().unwrap_or(levels.len());
            let low = valley(before, peak).map_or(f64::NEG_INFINITY, |valley| valley.ends[1]);
            let high = valley(peak + 1, after).map_or(f64::INFINITY, |valley| valley.ends[0]);
            Bump::new([low, high], levels[peak].ends)
        };
        let bumps: Vec<Bump> = peaks.iter().enumerate().map(bump).collect();
        let points = relevance.points();
        let range = points.last().map_or(0.0, |last| last.0 - points[0].0);
        (!bumps.is_empty()).then_some(Self { bumps, on_foot: ON_FOOT * range })
    }

    /// How far off a prediction on one side of the target may be.
    pub(super) fn reach(&self, target: f64, above: bool) -> Reach {
        let nth = self.bumps.partition_point(|bump| bump.feet[1] + self.on_foot < target);
        let before = nth.checked_sub(1).and_then(|nth| self.bumps.get(nth));
        let (own, after) = (self.bumps.get(nth), self.bumps.get(nth + 1));
        let (foot, peak, most) = match (own.filter(|own| own.feet[0] - self.on_foot <= target), above) {
            (Some(own), true) => (Some(own.feet[1]), after.map(|next| next.peak[0]), own.most),
            (Some(own), false) => (Some(own.feet[0]), before.map(|last| last.peak[1]), own.most),
            (None, true) => (own.map(|next| next.feet[0]), own.map(|next| next.peak[0]), larger(before, own)),
            (None, false) => (before.map(|last| last.feet[1]), before.map(|last| last.peak[1]), larger(before, own)),
        };
        let within = |end: Option<f64>| end.map_or(most, |end| (end - target).abs().min(most));
        Reach { benefit: within(foot), cost: within(peak) }
    }
}

impl Bump {
    fn new(feet: [f64; 2], peak: [f64; 2]) -> Self {
        let sides = [peak[0] - feet[0], feet[1] - peak[1]];
        // A side without a foot has infinities that cancel out; one side has a foot.
        let nearer = sides.into_iter().filter(|side| side.is_finite()).fold(f64::INFINITY, f64::min);
        Self { feet, peak, most: 2.0 * nearer }
    }
}

fn larger(before: Option<&Bump>, after: Option<&Bump>) -> f64 {
    [before, after].into_iter().flatten().fold(0.0, |most, bump| bump.most.max(most))
}

/// Points that follow one another within [`LEVEL`] of the first. Beyond the outer points relevance stays as it is there.
fn levels(points: &[(f64, f64)]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for &(target, relevance) in points {
        match levels.last_mut() {
            Some(level) if (level.relevance - relevance).abs() <= LEVEL => level.ends[1] = target,
            _ => levels.push(Level { ends: [target; 2], relevance }),
        }
    }
    if let Some(first) = levels.first_mut() {
        first.ends[0] = f64::NEG_INFINITY;
    }
    if let Some(last) = levels.last_mut() {
        last.ends[1] = f64::INFINITY;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(points: &[(f64, f64)]) -> Option<Surface> {
        Surface::new(&Relevance::by_points(points).expect("valid"))
    }

    fn reach(surface: &Surface, target: f64, above: bool) -> [f64; 2] {
        let Reach { benefit, cost } = surface.reach(target, above);
        [benefit, cost]
    }

    /// Relevant from 20 on: one bump with a foot at 10, `Δ` = 20, and the valley below.
    #[test]
    fn one_side_by_hand() {
        let surface = surface(&[(0.0, 0.0), (10.0, 0.0), (20.0, 1.0)]).expect("a bump");
        assert_eq!(reach(&surface, 20.0, false), [10.0, 20.0]); // to the foot; no other bump
        assert_eq!(reach(&surface, 45.0, false), [20.0, 20.0]);
        assert_eq!(reach(&surface, 20.0, true), [20.0, 20.0]); // neither foot nor bump
        assert_eq!(reach(&surface, 5.0, true), [5.0, 15.0]); // to the end of the valley, to the peak
        assert_eq!(reach(&surface, 5.0, false), [20.0, 20.0]);
    }

    /// Bumps up to 4 and from 20 on meet at 10: `Δ` 12 and 20.
    #[test]
    fn two_sides_by_hand() {
        let surface = surface(&[(4.0, 1.0), (10.0, 0.0), (20.0, 1.0)]).expect("two bumps");
        assert_eq!(reach(&surface, 3.0, true), [7.0, 12.0]); // the other peak is 17 away
        assert_eq!(reach(&surface, 8.0, true), [2.0, 12.0]);
        assert_eq!(reach(&surface, 18.0, false), [8.0, 14.0]);
        assert_eq!(reach(&surface, 18.0, true), [20.0, 20.0]);
    }

    /// A bump from 2 to 12 with its peak at 4 to 6, on ground of 0.2: `Δ` is twice the nearer foot's distance, 4.
    #[test]
    fn a_bump_with_both_feet() {
        let points = [(0.0, 0.2), (2.0, 0.2), (4.0, 0.9), (6.0, 0.9), (8.0, 0.5), (12.0, 0.1)];
        let surface = surface(&points).expect("a bump");
        assert_eq!(reach(&surface, 5.0, true), [4.0, 4.0]);
        assert_eq!(reach(&surface, 3.0, false), [1.0, 4.0]);
        assert_eq!(reach(&surface, 1.0, true), [1.0, 3.0]);
        assert_eq!(reach(&surface, 14.0, false), [2.0, 4.0]); // the peak is 8 away
    }

    #[test]
    fn what_rounding_leaves_is_no_bump() {
        let exact = [(0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (3.0, 1.0), (4.0, 0.25), (5.0, 0.25), (6.0, 1.0), (7.0, 1.0)];
        let noise = [1e-15, 0.0, -1e-12, -2e-14, 0.0, 1e-11, -1e-9, 0.0];
        let rounded: Vec<(f64, f64)> =
            exact.iter().zip(noise).map(|((y, phi), off)| (*y, f64::clamp(phi + off, 0.0, 1.0))).collect();
        let (exact, rounded) = (surface(&exact).expect("bumps"), surface(&rounded).expect("bumps"));
        assert_eq!(exact, rounded);
        for target in [0.5, 2.5, 4.0, 4.0 - 1e-15, 5.0, 5.0 + 2e-15, 6.5] {
            for above in [false, true] {
                let (a, b) = (reach(&exact, target, above), reach(&rounded, target + 1e-15, above));
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{target} {above}: {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn the_same_everywhere_has_no_bumps() {
        assert_eq!(surface(&[(1.0, 0.7)]), None);
        assert_eq!(surface(&[(1.0, 0.0), (2.0, 0.0)]), None);
    }
}
