//! Which rows stay, and how each new one is made.

use super::bumps::{Bump, bumps, goals};
use super::neighbours::{Near, neighbours};
use super::{Features, Method, ResampleConfig};
use crate::random::Stream;

/// What becomes of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Rows that stay, in rising order.
    pub kept: Vec<usize>,
    /// New rows.
    pub made: Vec<Made>,
    /// Bumps in rising order of their targets.
    pub bumps: Vec<Bump>,
    /// Deviation of every column over the rows of each bump.
    pub deviations: Vec<Vec<f32>>,
}

impl Plan {
    /// The numbers of a made row.
    #[must_use]
    pub fn make(&self, features: &Features, made: &Made) -> Vec<f32> {
        features.make(made, &self.deviations[made.bump])
    }

    /// Targets of the rows that stay, then of the new ones.
    #[must_use]
    pub fn targets(&self, targets: &[f64]) -> Vec<f64> {
        self.kept.iter().map(|&row| targets[row]).chain(self.made.iter().map(|made| made.target)).collect()
    }
}

/// How a new row is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Made {
    /// The row that it starts from.
    pub seed: usize,
    /// The row that it is blended with, or has the categories of.
    pub partner: usize,
    /// Its bump.
    pub bump: usize,
    /// Its target.
    pub target: f64,
    /// What is done.
    pub how: How,
    /// Key of its random numbers.
    pub key: u64,
}

/// What makes a new row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How {
    /// Nothing: it is the same row again.
    Copied,
    /// `x + share (x' - x)`.
    Interpolated {
        /// Share of the partner.
        share: f32,
    },
    /// `x + ε`.
    Perturbed {
        /// Noise in deviations of the bump.
        scale: f32,
    },
}

pub(super) fn plan(config: &ResampleConfig, features: &Features, targets: &[f64], is_rare: &[bool], seed: u64) -> Plan {
    let bumps = bumps(targets, is_rare);
    let goals = goals(&bumps, config.amount);
    let under = config.under || config.method == Method::Under;
    let (mut kept, mut made) = (Vec::with_capacity(targets.len()), Vec::new());
    for (at, (bump, &goal)) in bumps.iter().zip(&goals).enumerate() {
        let mut draw = Stream::new(&[seed, at as u64]);
        if bump.rare {
            kept.extend(&bump.rows);
            let seeds = seeds(bump.rows.len(), goal.saturating_sub(bump.rows.len()), &mut draw);
            let deviation = deviation(bump, targets);
            let maker = Maker { config, features, targets, bump, deviation, at, seed };
            match config.method {
                Method::Under => {}
                Method::Over => made.extend(seeds.iter().zip(0..).map(|(&row, nth)| maker.copy(bump.rows[row], nth))),
                Method::Smoter | Method::Smogn => made.extend(maker.make(&seeds)),
            }
        } else if under && goal < bump.rows.len() {
            let mut rows = bump.rows.clone();
            draw.shuffle(&mut rows);
            kept.extend(&rows[..goal]);
        } else {
            kept.extend(&bump.rows);
        }
    }
    kept.sort_unstable();
    let deviations = bumps.iter().map(|bump| features.deviations(&bump.rows)).collect();
    Plan { kept, made, bumps, deviations }
}

/// Which of `rows` rows start `count` new ones: each as often as the others, what remains at random.
fn seeds(rows: usize, count: usize, draw: &mut Stream) -> Vec<usize> {
    let mut seeds: Vec<usize> = (0..count / rows).flat_map(|_| 0..rows).collect();
    let mut some: Vec<usize> = (0..rows).collect();
    draw.shuffle(&mut some);
    seeds.extend(&some[..count % rows]);
    seeds.sort_unstable();
    seeds
}

/// Makes the rows of one bump.
struct Maker<'a> {
    config: &'a ResampleConfig,
    features: &'a Features,
    targets: &'a [f64],
    bump: &'a Bump,
    /// Of its targets.
    deviation: f64,
    at: usize,
    seed: u64,
}

impl Maker<'_> {
    /// `seeds` are positions in the bump, in rising order.
    fn make(&self, seeds: &[usize]) -> Vec<Made> {
        let mut distinct = seeds.to_vec();
        distinct.dedup();
        let smogn = self.config.method == Method::Smogn;
        let near = neighbours(self.features, &self.bump.rows, &distinct, self.config.neighbours, smogn);
        let of_seed = |seed: &usize| distinct.binary_search(seed).ok().and_then(|k| near.get(k));
        let one = |(nth, seed): (usize, &usize)| of_seed(seed).map(|near| self.one(self.bump.rows[*seed], near, nth));
        seeds.iter().enumerate().filter_map(one).collect()
    }

    fn one(&self, seed: usize, near: &Near, nth: usize) -> Made {
        let copy = self.copy(seed, nth);
        let mut draw = Stream::new(&[copy.key, DECIDE]);
        let half = near.median / 2.0;
        let neighbour = (!near.nearest.is_empty()).then(|| near.nearest[draw.below(near.nearest.len())]);
        match (self.config.method, neighbour) {
            (Method::Smoter, Some((partner, _))) => self.interpolated(copy, partner, &mut draw),
            (Method::Smogn, Some((partner, distance))) if distance < half => {
                self.interpolated(copy, partner, &mut draw)
            }
            (Method::Smogn, neighbour) => {
                // A lone row has no distances to bound the noise.
                let most = self.config.perturbation as f32;
                self.perturbed(copy, neighbour.map_or(most, |_| most.min(half)), &mut draw)
            }
            _ => copy,
        }
    }

    fn copy(&self, seed: usize, nth: usize) -> Made {
        let key = Stream::new(&[self.seed, self.at as u64, seed as u64, nth as u64]).bits();
        Made { seed, partner: seed, bump: self.at, target: self.targets[seed], how: How::Copied, key }
    }

    fn interpolated(&self, copy: Made, partner: usize, draw: &mut Stream) -> Made {
        let made = Made { partner, how: How::Interpolated { share: draw.unit() as f32 }, ..copy };
        let [own, other] = self.features.distances_to_parents(&made);
        let (first, second) = (self.targets[copy.seed], self.targets[partner]);
        let target = match own + other {
            0.0 => f64::midpoint(first, second), // twins
            apart => (other * first + own * second) / apart,
        };
        // Rounding must not carry it over the edge of its bump.
        Made { target: target.clamp(first.min(second), first.max(second)), ..made }
    }

    fn perturbed(&self, copy: Made, scale: f32, draw: &mut Stream) -> Made {
        let rows = &self.bump.rows;
        let partner = rows[draw.below(rows.len())];
        let [least, most] = [rows[0], rows[rows.len() - 1]].map(|row| self.targets[row]);
        let target = copy.target + f64::from(scale) * self.deviation * draw.normal();
        Made { partner, target: target.clamp(least, most), how: How::Perturbed { scale }, ..copy }
    }
}

fn deviation(bump: &Bump, targets: &[f64]) -> f64 {
    let mean =
        |of: &dyn Fn(f64) -> f64| bump.rows.iter().map(|&row| of(targets[row])).sum::<f64>() / bump.rows.len() as f64;
    let middle = mean(&|y| y);
    mean(&|y| (y - middle).powi(2)).sqrt()
}

/// Key of what is decided about one made row.
const DECIDE: u64 = 0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Amount, ResampleError};
    use super::*;

    /// Ten frequent rows at targets 0 to 9, four rare ones at 20, 21, 22, 30; `x` is the target over 10.
    fn rows() -> (Features, Vec<f64>, Vec<f64>) {
        let targets: Vec<f64> = (0..10).map(f64::from).chain([20.0, 21.0, 22.0, 30.0]).collect();
        let relevance = targets.iter().map(|&y| if y < 15.0 { 0.0 } else { 1.0 }).collect();
        let features = Features::new(targets.iter().map(|&y| y as f32 / 10.0).collect(), 1, vec![]).expect("valid");
        (features, targets, relevance)
    }

    fn planned(config: ResampleConfig) -> Plan {
        let (features, targets, relevance) = rows();
        config.plan(&features, &targets, &relevance, 3).expect("fits")
    }

    #[test]
    fn smoter_by_hand() {
        let (features, targets, _) = rows();
        let plan = planned(ResampleConfig { method: Method::Smoter, neighbours: 2, ..ResampleConfig::default() });
        // 14 rows in 2 bumps, 7 each: three more rare ones, none lost.
        assert_eq!((plan.kept.len(), plan.made.len()), (14, 3));
        for made in &plan.made {
            let How::Interpolated { share } = made.how else { panic!("found {:?}", made.how) };
            let between = |a: f64, b: f64| a + f64::from(share) * (b - a);
            // On a line the target divides its parents' as the row does.
            assert!((made.target - between(targets[made.seed], targets[made.partner])).abs() < 1e-5);
            assert!((f64::from(plan.make(&features, made)[0]) - made.target / 10.0).abs() < 1e-5);
            // 30 is among the two nearest of no other.
            assert!(made.seed >= 10 && (10..13).contains(&made.partner) && made.seed != made.partner);
        }
    }

    #[test]
    fn smogn_blends_the_near_and_perturbs_the_far() {
        let plan = planned(ResampleConfig { amount: Amount::Extreme, ..ResampleConfig::default() });
        let (features, targets, _) = rows();
        // Of 30 the others are 8, 9 and 10 thirtieths away: none is nearer than half of 9.
        let far: Vec<&Made> = plan.made.iter().filter(|made| made.seed == 13).collect();
        assert!(!far.is_empty());
        for made in far {
            assert!(matches!(made.how, How::Perturbed { scale } if (scale - 0.02).abs() < 1e-9), "{made:?}");
            assert!((20.0..=30.0).contains(&made.target));
            // The bump's deviation is 3.96 in the target: six of its fiftieths are next to impossible.
            assert!((made.target - 30.0).abs() < 6.0 * 0.02 * 3.97);
            assert!((plan.make(&features, made)[0] - 3.0).abs() < 6.0 * 0.02 * 0.397);
        }
        // From 21 the others are 1, 1 and 9 away: half the median is 0.5, so even they are too far.
        assert!(plan.made.iter().filter(|made| made.seed == 11).all(|made| matches!(made.how, How::Perturbed { .. })));
        assert_eq!(plan.targets(&targets).len(), plan.kept.len() + plan.made.len());
    }

    #[test]
    fn under_sampling_drops_frequent_rows_alone() {
        let plan = planned(ResampleConfig { method: Method::Under, ..ResampleConfig::default() });
        assert_eq!((plan.kept.len(), plan.made.len()), (11, 0));
        assert!((10..14).all(|rare| plan.kept.contains(&rare)));
        let both = planned(ResampleConfig { method: Method::Over, under: true, ..ResampleConfig::default() });
        assert_eq!((both.kept.len(), both.made.len()), (11, 3));
        assert!(both.made.iter().all(|made| made.how == How::Copied && made.seed >= 10));
    }

    #[test]
    fn a_category_comes_from_either_parent() {
        // Two levels, side by side; all four rows are as near to each other as their level says.
        let values = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]].concat();
        let features = Features::new(values, 2, std::iter::once(0..2).collect()).expect("valid");
        let (targets, relevance) = ([0.0, 1.0, 2.0, 10.0, 11.0, 12.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        for seed in 0..20 {
            let config = ResampleConfig { amount: Amount::Extreme, ..ResampleConfig::default() };
            let plan = config.plan(&features, &targets, &relevance, seed).expect("fits");
            for made in &plan.made {
                let row = plan.make(&features, made);
                assert!(row == [1.0, 0.0] || row == [0.0, 1.0], "{row:?}");
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let config = ResampleConfig::default();
        let (features, targets, relevance) = rows();
        let of = |seed| config.plan(&features, &targets, &relevance, seed).expect("fits");
        assert_eq!(of(1), of(1));
        assert_ne!(of(1).made, of(2).made);
    }

    #[test]
    fn a_lone_rare_row() {
        let features = Features::new(vec![0.0, 1.0, 2.0, 9.0], 1, vec![]).expect("valid");
        let of = |method| {
            let config = ResampleConfig { method, ..ResampleConfig::default() };
            config.plan(&features, &[0.0, 1.0, 2.0, 9.0], &[0.0, 0.0, 0.0, 1.0], 0).expect("fits").made
        };
        for method in [Method::Smoter, Method::Smogn, Method::Over] {
            let made = of(method);
            assert_eq!((made.len(), made[0].target), (1, 9.0), "{method:?}");
        }
    }

    #[test]
    fn mistakes_are_errors() {
        let (features, targets, relevance) = rows();
        let config = ResampleConfig::default();
        let of = |relevance: &[f64]| config.plan(&features, &targets, relevance, 0).map(drop);
        assert!(matches!(of(&[0.0; 14]), Err(ResampleError::OneSided { found: "no rare row", .. })));
        assert!(matches!(of(&[1.0; 14]), Err(ResampleError::OneSided { .. })));
        assert!(matches!(of(&relevance[1..]), Err(ResampleError::Length { .. })));
        let mut undefined = relevance.clone();
        undefined[3] = f64::NAN;
        assert!(matches!(of(&undefined), Err(ResampleError::Relevance { row: 3, .. })));
        let mut broken = targets.clone();
        broken[4] = f64::NAN;
        assert!(matches!(config.plan(&features, &broken, &relevance, 0), Err(ResampleError::Target { row: 4, .. })));
        assert!(ResampleConfig { neighbours: 0, ..config.clone() }.check().is_err());
        assert!(ResampleConfig { threshold: 0.0, ..config.clone() }.check().is_err());
        assert!(ResampleConfig { perturbation: f64::NAN, ..config.clone() }.check().is_err());
        assert!(matches!(
            Features::new(vec![1.0, f32::NAN], 1, vec![]),
            Err(ResampleError::Value { row: 1, column: 0, .. })
        ));
        assert!(Features::new(vec![1.0; 3], 2, vec![]).is_err());
        let of_category = |columns| Features::new(vec![1.0; 4], 2, std::iter::once(columns).collect());
        assert!(of_category(1..3).is_err() && of_category(1..1).is_err() && of_category(0..2).is_ok());
    }

    proptest! {
        /// A number, a constant and a category of two levels, rare where targets are far from 0, on both sides.
        #[test]
        fn plans_keep_their_promises(
            targets in prop::collection::vec(-9.0..9.0_f64, 4..60), seed in any::<u64>(), method in 0..4_usize,
            extreme in any::<bool>(), under in any::<bool>()
        ) {
            let relevance: Vec<f64> = targets.iter().map(|y| y.abs() / 9.0).collect();
            let is_rare = |row: usize| relevance[row] >= 0.5;
            prop_assume!((0..targets.len()).any(is_rare) && !(0..targets.len()).all(is_rare));
            let level = |y: f64| if y.fract().abs() < 0.5 { [1.0, 0.0] } else { [0.0, 1.0] };
            let values = targets.iter().flat_map(|&y| [[y as f32, 3.0], level(y)].concat()).collect();
            let features = Features::new(values, 4, std::iter::once(2..4).collect()).expect("valid");
            let method = [Method::Smoter, Method::Smogn, Method::Over, Method::Under][method];
            let amount = if extreme { Amount::Extreme } else { Amount::Balance };
            let config = ResampleConfig { method, amount, under, ..ResampleConfig::default() };
            let plan = config.plan(&features, &targets, &relevance, seed).expect("fits");

            prop_assert!(plan.kept.is_sorted_by(|a, b| a < b));
            prop_assert!((0..targets.len()).filter(|&row| is_rare(row)).all(|row| plan.kept.contains(&row)));
            prop_assert!(under || method == Method::Under || plan.kept.len() == targets.len());
            for (at, (bump, goal)) in plan.bumps.iter().zip(goals(&plan.bumps, amount)).enumerate() {
                let made = plan.made.iter().filter(|made| made.bump == at).count();
                let due = if bump.rare && method != Method::Under { goal.saturating_sub(bump.rows.len()) } else { 0 };
                prop_assert_eq!(made, due);
            }
            for made in &plan.made {
                let of_bump = plan.bumps[made.bump].rows.iter().map(|&row| targets[row]);
                let (low, high) = of_bump.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
                prop_assert!((low..=high).contains(&made.target), "{made:?}");
                let row = plan.make(&features, made);
                prop_assert!(row[0].is_finite() && row[1] == 3.0, "{row:?}");
                prop_assert!(row[2..] == [1.0, 0.0] || row[2..] == [0.0, 1.0], "{row:?}");
            }
        }
    }
}
