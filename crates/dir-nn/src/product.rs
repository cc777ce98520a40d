//! Products of matrices, checked once here so that the rest of the crate stays safe.

// The product takes raw pointers; the lengths that it will touch are asserted just before.
#![allow(unsafe_code)]

use std::ops::{Add, AddAssign, Mul, Sub};

use dir_core::flex::Recycle;
use gemm::{Parallelism, gemm};

/// Numbers that there is a product for.
pub(crate) trait Float:
    Recycle + PartialOrd + Into<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + AddAssign
{
    const ONE: Self;

    /// The nearest number to one that was summed in double precision.
    fn of(sum: f64) -> Self;
}

impl Float for f32 {
    const ONE: Self = 1.0;

    fn of(sum: f64) -> Self {
        sum as Self
    }
}

impl Float for f64 {
    const ONE: Self = 1.0;

    fn of(sum: f64) -> Self {
        sum
    }
}

/// What is not a number must not hide behind a comparison.
#[inline(always)]
#[allow(clippy::eq_op)]
pub(crate) fn is_nan<E: Float>(value: E) -> bool {
    value != value
}

/// `max(y, 0)`, and what is not a number stays so.
#[inline(always)]
pub(crate) fn relu<E: Float>(y: E) -> E {
    if y < E::default() { E::default() } else { y }
}

/// A matrix in a slice: rows, columns, and the distances between rows and between columns.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, E> {
    values: &'a [E],
    size: [usize; 2],
    step: [usize; 2],
}

impl<'a, E> Matrix<'a, E> {
    /// Rows that lie `stride` apart.
    pub(crate) fn new(values: &'a [E], rows: usize, columns: usize, stride: usize) -> Self {
        Self { values, size: [rows, columns], step: [stride, 1] }
    }

    /// The same numbers with rows for columns.
    pub(crate) fn transposed(self) -> Self {
        let ([rows, columns], [down, across]) = (self.size, self.step);
        Self { size: [columns, rows], step: [across, down], ..self }
    }

    pub(crate) fn rows(&self) -> usize {
        self.size[0]
    }

    pub(crate) fn columns(&self) -> usize {
        self.size[1]
    }

    /// A row, of a matrix whose columns lie side by side.
    pub(crate) fn row(&self, row: usize) -> &'a [E] {
        debug_assert!(self.step[1] == 1, "rows that are apart");
        &self.values[row * self.step[0]..][..self.size[1]]
    }

    fn is_whole(&self) -> bool {
        let last = |axis: usize| self.size[axis].saturating_sub(1) * self.step[axis];
        self.size.contains(&0) || last(0) + last(1) < self.values.len()
    }
}

/// What becomes of the numbers that are there before a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Overwritten,
    Kept,
}

/// `out (+)= left · right` by one thread, `out` with rows `stride` apart.
///
/// # Panics
/// If the sizes do not fit.
pub(crate) fn product<E: Float>(
    out: &mut [E],
    stride: usize,
    left: Matrix<'_, E>,
    right: Matrix<'_, E>,
    before: Before,
) {
    let ([m, k], [depth, n]) = (left.size, right.size);
    let room = m == 0 || n == 0 || (n <= stride && (m - 1) * stride + n <= out.len());
    assert!(left.is_whole() && right.is_whole() && depth == k && room, "product: sizes do not fit");
    if m == 0 || n == 0 {
        return;
    }
    let step = |matrix: &Matrix<'_, E>| matrix.step.map(|s| s as isize);
    let ([a_down, a_across], [b_down, b_across]) = (step(&left), step(&right));
    // SAFETY: the assertion above keeps every index that the product forms inside its slice; `out` is borrowed mutably and
    // can't overlap the others.
    unsafe {
        let (one, to, keep) = (E::ONE, out.as_mut_ptr(), before == Before::Kept);
        let (a, b) = (left.values.as_ptr(), right.values.as_ptr());
        let (down, serial) = (stride as isize, Parallelism::None);
        gemm(
            m, n, k, to, 1, down, keep, a, a_across, a_down, b, b_across, b_down, one, one, false, false, false, serial,
        );
    }
}
