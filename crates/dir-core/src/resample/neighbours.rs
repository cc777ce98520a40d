//! Exact nearest neighbours within a bump: every row with every other, so that time grows with the square of its rows.
//!
//! Rows lie in blocks that fit into a fast cache, within a block column after column: distances of a few seeds to all rows of a block are
//! taken together, with vectors.

use std::ops::Range;

use rayon::prelude::*;

use super::Features;
use crate::simd::wide;

/// What is near a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    /// The nearest rows with their distances, nearest first; of equals the one that comes first.
    pub(super) nearest: Vec<(usize, f32)>,
    /// Median distance of the others; 0 of none, or where it was not asked for.
    pub(super) median: f32,
}

/// Rows whose numbers are read together.
const BLOCK: usize = 512;

/// Seeds that share a reading.
const SEEDS: usize = 8;

/// The `k` nearest of `rows` to each of `seeds`, positions in `rows`, and the median distance if asked for.
pub(super) fn neighbours(features: &Features, rows: &[usize], seeds: &[usize], k: usize, median: bool) -> Vec<Near> {
    let blocks = Blocks::new(features, rows);
    let some = |squares: &mut Vec<f32>, seeds: &[usize]| -> Vec<Near> {
        wide(|| blocks.squared_distances(seeds, squares));
        let of_seeds = seeds.iter().zip(squares.chunks_exact_mut(rows.len()));
        of_seeds.map(|(&seed, squares)| near(rows, seed, squares, k, median)).collect()
    };
    let each = || vec![0.0; SEEDS.min(seeds.len()) * rows.len()];
    seeds.par_chunks(SEEDS).map_init(each, some).flatten_iter().collect()
}

/// Takes from the squared distances of all rows to a seed.
fn near(rows: &[usize], seed: usize, squares: &mut [f32], k: usize, with_median: bool) -> Near {
    squares[seed] = f32::INFINITY; // behind all others
    let others = squares.len() - 1;
    let nearest = first(squares, k.min(others)).into_iter().map(|(square, at)| (rows[at], square.sqrt())).collect();
    Near { nearest, median: if with_median { median(squares, others) } else { 0.0 } }
}

/// Numbers of rows, block after block, column after column.
struct Blocks {
    values: Vec<f32>,
    rows: usize,
    width: usize,
}

impl Blocks {
    fn new(features: &Features, rows: &[usize]) -> Self {
        let width = features.width();
        let mut values = vec![0.0; rows.len() * width];
        for (block, rows) in values.chunks_mut(BLOCK * width).zip(rows.chunks(BLOCK)) {
            for (at, &row) in rows.iter().enumerate() {
                let column = |c: usize| c * rows.len() + at;
                features.scaled(row).enumerate().for_each(|(c, x)| block[column(c)] = x);
            }
        }
        Self { values, rows: rows.len(), width }
    }

    /// Where a block has its rows.
    fn block(&self, number: usize) -> Range<usize> {
        number * BLOCK..self.rows.min((number + 1) * BLOCK)
    }

    fn column(&self, block: &Range<usize>, column: usize) -> &[f32] {
        &self.values[block.start * self.width + column * block.len()..][..block.len()]
    }

    /// # Shapes
    /// `seeds` `[n]` into the first `n · rows` of `out`, seed after seed.
    #[inline(always)]
    fn squared_distances(&self, seeds: &[usize], out: &mut [f32]) {
        let blocks = 0..self.rows.div_ceil(BLOCK);
        for block in blocks.map(|number| self.block(number)) {
            for (&seed, out) in seeds.iter().zip(out.chunks_exact_mut(self.rows)) {
                let (home, out) = (self.block(seed / BLOCK), &mut out[block.clone()]);
                out.fill(0.0);
                for c in 0..self.width {
                    let own = self.column(&home, c)[seed - home.start];
                    let column = self.column(&block, c);
                    out.iter_mut().zip(column).for_each(|(square, x)| *square += (x - own) * (x - own));
                }
            }
        }
    }
}

/// The `k` least with their places, in order; of equals the one that comes first.
fn first(squares: &[f32], k: usize) -> Vec<(f32, usize)> {
    let mut least: Vec<(f32, usize)> = Vec::with_capacity(k + 1);
    let mut bound = if k > 0 { f32::INFINITY } else { f32::NEG_INFINITY };
    for (at, &square) in squares.iter().enumerate() {
        if square < bound {
            least.insert(least.partition_point(|(other, _)| *other <= square), (square, at));
            least.truncate(k);
            bound = if least.len() < k { bound } else { least[k - 1].0 };
        }
    }
    least
}

/// Median of the `count` least, of distances whose squares these are; 0 of none.
fn median(squares: &mut [f32], count: usize) -> f32 {
    let Some(last) = count.checked_sub(1) else { return 0.0 };
    let upper = count / 2;
    let (below, &mut middle, _) = squares.select_nth_unstable_by(upper, f32::total_cmp);
    let lower = if last / 2 < upper { below.iter().copied().fold(0.0, f32::max) } else { middle };
    f32::midpoint(lower.sqrt(), middle.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn the_nearest_and_the_median_of_a_line() {
        // 0, 1, 3, 7, 10 over a range of 10; row 9 takes no part.
        let features = Features::new(vec![0.0, 1.0, 3.0, 7.0, 10.0, 2.0], 1, vec![]).expect("valid");
        let near = neighbours(&features, &[0, 1, 2, 3, 4], &[2, 0], 2, true);
        let of = |k: usize| near[k].nearest.iter().map(|n| n.0).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![1, 0], vec![1, 2]));
        // From 3: 0.2 0.3 0.4 0.7, from 0: 0.1 0.3 0.7 1.
        assert!((near[0].median - 0.35).abs() < 1e-6 && (near[1].median - 0.5).abs() < 1e-6);
        assert!((near[0].nearest[0].1 - 0.2).abs() < 1e-6);
    }

    #[test]
    fn medians_of_odd_and_few() {
        let median = |squares: &[f32]| median(&mut squares.to_vec(), squares.len());
        assert_eq!([median(&[]), median(&[4.0]), median(&[4.0, 1.0]), median(&[9.0, 1.0, 4.0])], [0.0, 2.0, 1.5, 2.0]);
        assert_eq!(first(&[3.0, 1.0, 3.0, 1.0, f32::INFINITY], 3), [(1.0, 1), (1.0, 3), (3.0, 0)]);
        assert_eq!(first(&[3.0, 1.0], 0), []);
    }

    #[test]
    fn a_lone_row_has_no_neighbour() {
        let features = Features::new(vec![1.0; 9], 9, vec![]).expect("valid");
        assert_eq!(neighbours(&features, &[0], &[0], 5, true), [Near { nearest: vec![], median: 0.0 }]);
    }

    /// More rows than a block holds and more seeds than go together, in `f64`, one pair at a time.
    #[test]
    fn as_one_pair_at_a_time() {
        let (rows, width) = (2 * BLOCK + 37, 11);
        let mut draw = Stream::new(&[3]);
        // Few values, so that there are ties; one column that is the same everywhere.
        let values: Vec<f32> =
            (0..rows * width).map(|k| if k % width == 4 { 7.0 } else { draw.below(9) as f32 }).collect();
        let features = Features::new(values, width, vec![]).expect("valid");
        let of_bump: Vec<usize> = (0..rows).filter(|row| row % 50 != 3).collect();
        let seeds: Vec<usize> = (0..of_bump.len()).filter(|at| at % 13 == 1).collect();
        let found = neighbours(&features, &of_bump, &seeds, 6, true);
        assert_eq!(found.len(), seeds.len());
        for (near, &seed) in found.iter().zip(&seeds) {
            let own = features.row(of_bump[seed]);
            let square = |row: usize| -> i64 {
                features.row(row).iter().zip(own).map(|(a, b)| (f64::from(a - b) as i64).pow(2)).sum()
            };
            let mut others: Vec<(i64, usize)> =
                of_bump.iter().filter(|row| **row != of_bump[seed]).map(|&row| (square(row), row)).collect();
            others.sort_unstable();
            let distance = |square: i64| (square as f64).sqrt() / 8.0;
            for ((row, found), (square, expected)) in near.nearest.iter().zip(&others[..6]) {
                // Rounding may swap what is as far away.
                assert!((f64::from(*found) - distance(*square)).abs() < 1e-6, "{row}: {found}, expected {expected}");
            }
            let m = others.len();
            let median = f64::midpoint(distance(others[(m - 1) / 2].0), distance(others[m / 2].0));
            assert!((f64::from(near.median) - median).abs() < 1e-6, "{} for {median}", near.median);
        }
    }
}
