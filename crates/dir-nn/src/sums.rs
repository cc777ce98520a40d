//! Sums that have stayed in registers, added up.

use pulp::Simd;

/// Vectors that there may be, of the longest kind.
const MOST: usize = 32;

/// The numbers of every vector, added up. They leave the registers here and nowhere else: an array that is indexed by a number
/// known only at run time would live in memory all along.
#[inline(always)]
pub(crate) fn totals<S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    sums: [[S::f32s; COLUMNS]; ROWS],
) -> [[f32; COLUMNS]; ROWS] {
    let mut memory = [0.0; MOST * 16];
    let (vectors, _) = S::as_mut_simd_f32s(&mut memory);
    let vectors = &mut vectors[..ROWS * COLUMNS];
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            vectors[row * COLUMNS + column] = sums[row][column];
        }
    }
    let mut totals = [[0.0; COLUMNS]; ROWS];
    for (total, &vector) in totals.as_flattened_mut().iter_mut().zip(&*vectors) {
        *total = simd.reduce_sum_f32s(vector);
    }
    totals
}
