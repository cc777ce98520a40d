//! Products of matrices, checked once here so that the rest of the crate stays safe.

// The product takes raw pointers; the lengths that it will touch are asserted just before.
#![allow(unsafe_code)]

use gemm::{Parallelism, gemm};

/// Numbers that there is a product for.
pub(super) trait Float: Copy + Default + Send + Sync + 'static {
    const ONE: Self;
}

impl Float for f32 {
    const ONE: Self = 1.0;
}

impl Float for f64 {
    const ONE: Self = 1.0;
}

/// A matrix in a slice: rows, columns, and the distance between rows.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, E> {
    pub(super) values: &'a [E],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stride: usize,
}

impl<E> Matrix<'_, E> {
    fn is_whole(&self) -> bool {
        self.columns <= self.stride && self.rows.saturating_sub(1) * self.stride + self.columns <= self.values.len()
    }
}

/// `out [m, n] += left [m, k] · right [n, k]ᵀ`, by one thread.
///
/// # Panics
/// If the sizes do not fit.
pub(super) fn add_product<E: Float>(out: &mut [E], left: Matrix<'_, E>, right: Matrix<'_, E>) {
    let (m, n, k) = (left.rows, right.rows, left.columns);
    assert!(left.is_whole() && right.is_whole() && right.columns == k && out.len() == m * n, "add_product: sizes");
    if out.is_empty() || k == 0 {
        return;
    }
    // SAFETY: the assertion above keeps every index that the product forms inside its slice; `out` is borrowed mutably and
    // can't overlap the others.
    unsafe {
        let (one, step) = (E::ONE, right.stride as isize);
        let (out, left_row) = (out.as_mut_ptr(), left.stride as isize);
        let (a, b) = (left.values.as_ptr(), right.values.as_ptr());
        let serial = Parallelism::None;
        gemm(m, n, k, out, 1, n as isize, true, a, 1, left_row, b, step, 1, one, one, false, false, false, serial);
    }
}
