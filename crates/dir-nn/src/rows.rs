//! Products of rows with rows, `out[a, b] += Σ_k left[a, k] · right[b, k]`: the shape that the steps of a recurrence
//! have.
//!
//! Both sides lie in memory in the direction of the sum, so vectors are read where they are and a block of sums stays in
//! registers; a product of matrices would turn both sides around first.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::product::{Before, Float, Matrix, product};
use crate::sums::totals;

/// Terms of a sum that are worked on at a time: the rows of two blocks stay in the first cache.
const BAND: usize = 1024;

/// Terms below which adding up the vectors would take longer than filling them: products of matrices then.
const SHORTEST: usize = 128;

/// Numbers whose rows can be multiplied.
pub(crate) trait Rows: Float {
    /// Adds the products of all rows of one matrix with all of the other, `out` with rows `stride` apart.
    fn add_products(out: &mut [Self], stride: usize, left: Matrix<'_, Self>, right: Matrix<'_, Self>);
}

impl Rows for f64 {
    fn add_products(out: &mut [Self], stride: usize, left: Matrix<'_, Self>, right: Matrix<'_, Self>) {
        product(out, stride, left, right.transposed(), Before::Kept);
    }
}

impl Rows for f32 {
    fn add_products(out: &mut [Self], stride: usize, left: Matrix<'_, Self>, right: Matrix<'_, Self>) {
        assert_eq!(left.columns(), right.columns(), "products of rows: lengths differ");
        if left.columns() < SHORTEST {
            return product(out, stride, left, right.transposed(), Before::Kept);
        }
        Arch::new().dispatch(Products { out, stride, left, right });
    }
}

struct Products<'a> {
    out: &'a mut [f32],
    stride: usize,
    left: Matrix<'a, f32>,
    right: Matrix<'a, f32>,
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::F32_LANES >= 16 { self.blocks::<S, 4, 4>(simd) } else { self.blocks::<S, 4, 2>(simd) }
    }
}

impl Products<'_> {
    /// Blocks of `LEFT` by `RIGHT` sums; the last ones read their last row more than once.
    #[inline(always)]
    fn blocks<S: Simd, const LEFT: usize, const RIGHT: usize>(self, simd: S) {
        let (lefts, rights, length) = (self.left.rows(), self.right.rows(), self.left.columns());
        for band in (0..length).step_by(BAND).map(|first| first..(first + BAND).min(length)) {
            for b in (0..rights).step_by(RIGHT) {
                let right: [&[f32]; RIGHT] = rows(&self.right, b, &band);
                for a in (0..lefts).step_by(LEFT) {
                    let sums = sums::<S, LEFT, RIGHT>(simd, rows(&self.left, a, &band), right);
                    for (a, sums) in (a..lefts).zip(sums) {
                        let out = &mut self.out[a * self.stride + b..];
                        out.iter_mut().zip(sums).take(rights - b).for_each(|(out, sum)| *out += sum);
                    }
                }
            }
        }
    }
}

/// A band of some rows from one on.
#[inline(always)]
fn rows<'a, const MANY: usize>(matrix: &Matrix<'a, f32>, first: usize, band: &Range<usize>) -> [&'a [f32]; MANY] {
    std::array::from_fn(|k| &matrix.row((first + k).min(matrix.rows() - 1))[band.clone()])
}

#[inline(always)]
fn sums<S: Simd, const LEFT: usize, const RIGHT: usize>(
    simd: S,
    left: [&[f32]; LEFT],
    right: [&[f32]; RIGHT],
) -> [[f32; RIGHT]; LEFT] {
    // Loops, not closures: what is called in the middle of a loop is only fast where it is compiled into it.
    let mut sums = [[simd.splat_f32s(0.0); RIGHT]; LEFT];
    let (mut left_vectors, mut right_vectors) = ([&[][..]; LEFT], [&[][..]; RIGHT]);
    let (mut left_rest, mut right_rest) = ([&[][..]; LEFT], [&[][..]; RIGHT]);
    for a in 0..LEFT {
        (left_vectors[a], left_rest[a]) = S::as_simd_f32s(left[a]);
    }
    for b in 0..RIGHT {
        (right_vectors[b], right_rest[b]) = S::as_simd_f32s(right[b]);
    }
    let vectors = left_vectors[0].len();
    let (left_vectors, right_vectors) =
        (left_vectors.map(|row| &row[..vectors]), right_vectors.map(|row| &row[..vectors]));
    for k in 0..vectors {
        for a in 0..LEFT {
            let left = left_vectors[a][k];
            for b in 0..RIGHT {
                sums[a][b] = simd.mul_add_f32s(left, right_vectors[b][k], sums[a][b]);
            }
        }
    }
    if !left_rest[0].is_empty() {
        for a in 0..LEFT {
            let left = simd.partial_load_f32s(left_rest[a]);
            for b in 0..RIGHT {
                sums[a][b] = simd.mul_add_f32s(left, simd.partial_load_f32s(right_rest[b]), sums[a][b]);
            }
        }
    }
    totals::<S, LEFT, RIGHT>(simd, sums)
}
