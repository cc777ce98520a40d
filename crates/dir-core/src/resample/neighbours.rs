//! Exact nearest neighbours within a bump, by comparing every row with every other.

use rayon::prelude::*;

use super::Features;

/// What is near a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    /// The nearest rows with their distances, nearest first; of equals the one that comes first.
    pub(super) nearest: Vec<(usize, f32)>,
    /// Median distance of the others.
    pub(super) median: f32,
}

/// The `k` nearest of `rows` to each of `seeds`, positions in `rows`.
pub(super) fn neighbours(features: &Features, rows: &[usize], seeds: &[usize], k: usize) -> Vec<Near> {
    let scaled = features.scaled(rows);
    let width = features.width();
    let near = |&seed: &usize| {
        let own = &scaled[seed * width..][..width];
        let squared = scaled.chunks_exact(width).map(|other| squared_distance(own, other));
        let mut others: Vec<(f32, usize)> = squared.zip(0..).filter(|&(_, at)| at != seed).collect();
        let nearest = first(&mut others, k).iter().map(|&(squared, at)| (rows[at], squared.sqrt())).collect();
        Near { nearest, median: median(&mut others) }
    };
    seeds.par_iter().map(near).collect()
}

/// In lanes, so that the compiler can use vector registers.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; 8];
    let (whole, rest) = (a.chunks_exact(8).zip(b.chunks_exact(8)), a.len() / 8 * 8);
    for (a, b) in whole {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += (a - b) * (a - b));
    }
    let tail: f32 = a[rest..].iter().zip(&b[rest..]).map(|(a, b)| (a - b) * (a - b)).sum();
    lanes.iter().sum::<f32>() + tail
}

/// The `k` least in order.
fn first(others: &mut [(f32, usize)], k: usize) -> &[(f32, usize)] {
    let k = k.min(others.len());
    if k < others.len() {
        others.select_nth_unstable_by(k, compare);
    }
    others[..k].sort_unstable_by(compare);
    &others[..k]
}

/// Of distances whose squares these are; 0 of none.
fn median(others: &mut [(f32, usize)]) -> f32 {
    let Some(upper) = others.len().checked_sub(1).map(|last| last.div_ceil(2)) else { return 0.0 };
    let (below, &mut (middle, _), _) = others.select_nth_unstable_by(upper, compare);
    let even = below.len() * 2 == others.len();
    let (below, _) = others.split_at(upper);
    let before = below.iter().copied().max_by(compare).filter(|_| even).map_or(middle, |(squared, _)| squared);
    f32::midpoint(before.sqrt(), middle.sqrt())
}

fn compare(a: &(f32, usize), b: &(f32, usize)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_and_the_median_of_a_line() {
        // 0, 1, 3, 7, 10 over a range of 10; row 9 takes no part.
        let features = Features::new(vec![0.0, 1.0, 3.0, 7.0, 10.0, 2.0], 1, vec![]).expect("valid");
        let near = neighbours(&features, &[0, 1, 2, 3, 4], &[2, 0], 2);
        let of = |k: usize| near[k].nearest.iter().map(|n| n.0).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![1, 0], vec![1, 2]));
        // From 3: 0.2 0.3 0.4 0.7, from 0: 0.1 0.3 0.7 1.
        assert!((near[0].median - 0.35).abs() < 1e-6 && (near[1].median - 0.5).abs() < 1e-6);
        assert!((near[0].nearest[0].1 - 0.2).abs() < 1e-6);
    }

    #[test]
    fn medians_of_odd_and_few() {
        let median = |squares: &[f32]| median(&mut squares.iter().copied().zip(0..).collect::<Vec<_>>());
        assert_eq!([median(&[]), median(&[4.0]), median(&[4.0, 1.0]), median(&[9.0, 1.0, 4.0])], [0.0, 2.0, 1.5, 2.0]);
    }

    #[test]
    fn a_lone_row_has_no_neighbour() {
        let features = Features::new(vec![1.0; 9], 9, vec![]).expect("valid");
        assert_eq!(neighbours(&features, &[0], &[0], 5), [Near { nearest: vec![], median: 0.0 }]);
    }
}
