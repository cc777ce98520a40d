//! Small pictures side by side, `[pictures, channels, places]` as `[channels, pictures · places]`: one product of substance
//! instead of many without. Threads take some channels at a time.

use rayon::prelude::*;

use crate::product::Float;

/// Numbers that make a piece of work.
pub(super) const PIECE: usize = 1 << 14;
/// Numbers behind a row, so that columns do not fall on the same few lines of the cache.
const BEHIND: usize = 16;
/// Operations that make a product worth its set-up.
const PRODUCT: usize = 1 << 21;

/// Rows that a thread makes at a time when all have a product in common and each takes so many operations.
pub(super) fn rows_of_a_piece(rows: usize, operations: usize) -> usize {
    (rows / 8).max(PRODUCT / operations.max(1)).next_multiple_of(16)
}

/// How far apart rows lie whose columns are read as well.
pub(super) fn stride(columns: usize) -> usize {
    columns.next_multiple_of(BEHIND) + BEHIND
}

/// Puts pictures side by side, in rows that lie `stride` apart.
pub(super) fn side_by_side<E: Float>(wide: &mut [E], stride: usize, pictures: &[E], channels: usize, places: usize) {
    let columns = pictures.len() / channels.max(1);
    if columns == 0 {
        return;
    }
    let many = PIECE.div_ceil(columns);
    wide.par_chunks_mut(many * stride).enumerate().for_each(|(piece, wide)| {
        for (channel, row) in (piece * many..).zip(wide.chunks_mut(stride)) {
            for (row, picture) in row.chunks_exact_mut(places).zip(pictures.chunks_exact(channels * places)) {
                copy(row, &picture[channel * places..][..places]);
            }
        }
    });
}

/// Takes them apart again; `done` is told of every picture that is there.
pub(super) fn apart<E: Float>(
    pictures: &mut [E],
    wide: &[E],
    channels: usize,
    places: usize,
    done: impl Fn(usize, &mut [E]) + Sync,
) {
    let columns = wide.len() / channels.max(1);
    let many = PIECE.div_ceil(channels * places.max(1));
    pictures.par_chunks_mut((many * channels * places).max(1)).enumerate().for_each(|(piece, pictures)| {
        for (picture, out) in (piece * many..).zip(pictures.chunks_exact_mut(channels * places)) {
            for (out, row) in out.chunks_exact_mut(places).zip(wide.chunks_exact(columns)) {
                copy(out, &row[picture * places..][..places]);
            }
            done(picture, out);
        }
    });
}

/// Copies some numbers, often too few for a call.
fn copy<E: Float>(out: &mut [E], from: &[E]) {
    match out.len() {
        0..=16 => out.iter_mut().zip(from).for_each(|(out, &from)| *out = from),
        _ => out.copy_from_slice(from),
    }
}
