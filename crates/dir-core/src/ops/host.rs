//! The operations on plain slices: what Flex runs.

use std::ops::{Add, Mul, Sub};

use rayon::prelude::*;

use crate::fds::welford;
use crate::simd::wide;

/// Numbers that one worker takes at a time.
const CHUNK: usize = 1 << 14;

/// So few numbers are done before another thread has woken up.
const ALONE: usize = 1 << 18;

/// Columns of the moments that one worker takes.
const COLUMNS: usize = 256;

/// A float that the operations calculate in.
pub(super) trait Real:
    Copy + Send + Sync + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    const ZERO: Self;
    fn wide(self) -> f64;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn wide(self) -> f64 {
        self.into()
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
}

/// Where features lie: `[outer, dim, inner]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) dim: usize,
    pub(super) inner: usize,
}

/// A row, its bin, and 1 over the bin's count with this row.
type Share = (usize, usize, f64);

/// A row's bin, if it is one.
#[inline(always)]
fn bin(row: i64, bins: usize) -> Option<usize> {
    usize::try_from(row).ok().filter(|&bin| bin < bins)
}

pub(super) fn index<E: Real>(targets: &[E], edges: &[E], strict: bool) -> Vec<i32> {
    let bins = edges.len() - 1;
    let of = |&y: &E| {
        let (low, high) = (edges[0], edges[bins]);
        let known = y.partial_cmp(&y).is_some() && (!strict || (y >= low && y <= high));
        if known { edges.partition_point(|&edge| edge <= y).saturating_sub(1).min(bins - 1) as i32 } else { -1 }
    };
    targets.par_iter().with_min_len(CHUNK).map(of).collect()
}

pub(super) fn counts(rows: &[i64], bins: usize) -> Vec<i64> {
    let mut counts = vec![0; bins];
    rows.iter().filter_map(|&row| bin(row, bins)).for_each(|bin| counts[bin] += 1);
    counts
}

/// Welford, row by row, columns in parallel: the same order of sums with any number of workers.
pub(super) fn moments<E: Real>(state: &mut [f64], features: &[E], rows: &[i64], layout: Layout) {
    let Layout { dim, inner } = layout;
    let width = 1 + 2 * dim;
    let bins = state.len() / width;
    // Rows of one bin together, in their order.
    let mut shares: Vec<Share> = Vec::with_capacity(rows.len());
    for (row, bin) in rows.iter().enumerate().filter_map(|(k, &row)| Some((k, bin(row, bins)?))) {
        state[bin * width] += 1.0;
        shares.push((row, bin, 1.0 / state[bin * width]));
    }
    shares.sort_by_key(|&(_, bin, _)| bin);
    let groups: Vec<&[Share]> = shares.chunk_by(|a, b| a.1 == b.1).collect();
    let parts: Vec<(usize, &[Share])> =
        (0..dim).step_by(COLUMNS).flat_map(|first| groups.iter().map(move |group| (first, *group))).collect();
    let moved: Vec<(Vec<f64>, Vec<f64>)> = parts
        .par_iter()
        .map(|&(first, group)| {
            let columns = COLUMNS.min(dim - first);
            let at = group[0].1 * width + 1 + first;
            let (mut mean, mut m2) = (state[at..][..columns].to_vec(), state[at + dim..][..columns].to_vec());
            wide(|| {
                for &(row, _, share) in group {
                    let start = (row / inner * dim + first) * inner + row % inner;
                    if inner == 1 {
                        welford(features[start..][..columns].iter().map(|x| x.wide()), share, &mut mean, &mut m2);
                    } else {
                        let x = features[start..].iter().step_by(inner);
                        welford(x.map(|x| x.wide()), share, &mut mean, &mut m2);
                    }
                }
            });
            (mean, m2)
        })
        .collect();
    for ((first, group), (mean, m2)) in parts.into_iter().zip(moved) {
        let at = group[0].1 * width + 1 + first;
        state[at..][..mean.len()].copy_from_slice(&mean);
        state[at + dim..][..m2.len()].copy_from_slice(&m2);
    }
}

/// Lower triangle of every bin's scatter about its centre, its rows in the order of the list; bins in parallel.
pub(super) fn products<E: Real>(
    state: &mut [f64],
    features: &[E],
    [order, offsets]: [&[i64]; 2],
    centre: &[f64],
    layout: Layout,
) {
    let Layout { dim, inner } = layout;
    let packed = dim * (dim + 1) / 2;
    let of_bin = state.par_chunks_mut(packed).zip(offsets.par_windows(2)).zip(centre.par_chunks(dim));
    of_bin.for_each(|((state, ends), centre)| {
        let mut x = vec![0.0; dim];
        for &row in &order[ends[0] as usize..ends[1] as usize] {
            let start = row as usize / inner * dim * inner + row as usize % inner;
            let numbers = features[start..].iter().step_by(inner).zip(centre);
            x.iter_mut().zip(numbers).for_each(|(x, (number, centre))| *x = number.wide() - centre);
            wide(|| {
                let mut rest = &mut *state;
                for (i, &lead) in x.iter().enumerate() {
                    let (line, below) = rest.split_at_mut(i + 1);
                    line.iter_mut().zip(&x).for_each(|(sum, x)| *sum += lead * x);
                    rest = below;
                }
            });
        }
    });
}

pub(super) fn combine<E: Real>(table: &[E], dim: usize, index: &[i64], weight: &[E], terms: usize) -> Vec<E> {
    if dim == 0 || terms == 0 {
        return vec![E::ZERO; index.len().checked_div(terms).unwrap_or(0) * dim];
    }
    let rows = table.len() / dim;
    let mut out = vec![E::ZERO; index.len() / terms * dim];
    out.par_chunks_mut(dim).zip(index.par_chunks(terms).zip(weight.par_chunks(terms))).for_each(
        |(out, (index, weight))| {
            for (&row, &weight) in index.iter().zip(weight) {
                let Some(row) = bin(row, rows) else { continue };
                out.iter_mut().zip(&table[row * dim..][..dim]).for_each(|(out, &x)| *out = *out + weight * x);
            }
        },
    );
    out
}

/// A copy of the features in which `of` has moved the numbers of every row that has a bin, a stretch of columns at a time; it is
/// told where in the tables their parameters begin.
fn moved<E: Real>(
    features: &[E],
    rows: &[i64],
    layout: Layout,
    bins: usize,
    of: impl Fn(&mut [E], usize) + Sync,
) -> Vec<E> {
    let Layout { dim, inner } = layout;
    let mut out = features.to_vec();
    // One block of `inner` rows at a time; several blocks to a worker where they are small.
    let block = dim * inner;
    let blocks = CHUNK.div_ceil(block);
    let move_blocks = |(out, rows): (&mut [E], &[i64])| {
        wide(|| {
            for (out, rows) in out.chunks_exact_mut(block).zip(rows.chunks_exact(inner)) {
                if inner == 1 {
                    bin(rows[0], bins).into_iter().for_each(|bin| of(out, bin * dim));
                    continue;
                }
                for (d, plane) in out.chunks_exact_mut(inner).enumerate() {
                    for (x, &row) in plane.iter_mut().zip(rows) {
                        bin(row, bins).into_iter().for_each(|bin| of(std::slice::from_mut(x), bin * dim + d));
                    }
                }
            }
        });
    };
    if out.len() <= ALONE {
        move_blocks((&mut out, rows));
    } else {
        out.par_chunks_mut(blocks * block).zip(rows.par_chunks(blocks * inner)).for_each(move_blocks);
    }
    out
}

pub(super) fn calibrate<E: Real>(features: &[E], rows: &[i64], tables: [&[E]; 3], layout: Layout) -> Vec<E> {
    let [from, scale, to] = tables;
    moved(features, rows, layout, scale.len() / layout.dim, |x, at| {
        let n = x.len();
        let tables = from[at..][..n].iter().zip(&scale[at..][..n]).zip(&to[at..][..n]);
        x.iter_mut().zip(tables).for_each(|(x, ((from, scale), to))| *x = (*x - *from) * *scale + *to);
    })
}

pub(super) fn calibrate_backward<E: Real>(gradient: &[E], rows: &[i64], scale: &[E], layout: Layout) -> Vec<E> {
    moved(gradient, rows, layout, scale.len() / layout.dim, |g, at| {
        let n = g.len();
        g.iter_mut().zip(&scale[at..][..n]).for_each(|(g, scale)| *g = *g * *scale);
    })
}
