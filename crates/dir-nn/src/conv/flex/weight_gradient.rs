//! `dW [out, in · kh · kw] = Σ_n dY_n · patches_nᵀ`.
//!
//! The work is cut by input channels, in pieces whose size does not depend on the number of threads: every element is
//! summed in the same order whoever computes it, so runs are reproducible.

use std::ops::Range;

use rayon::prelude::*;

use super::patches::{Sizes, fill};
use super::small::Sources;
use super::wide;
use crate::flex::Recycled;
use crate::product::{Before, Float, Matrix, product};

/// Rows of the matrix of patches per piece, at most and at least: enough to go over the gradients seldom.
const PIECE: [usize; 2] = [32, 144];
/// Pieces that there should be, so that all threads have some.
const PIECES: usize = 8;

/// `[out, in, kh, kw]`, row-major.
pub(super) fn weight_gradient<E: Float>(x: &[E], gradient: &[E], sizes: &Sizes) -> Recycled<E> {
    let (taps, depth) = (sizes.taps(), sizes.depth());
    let rows = depth.div_ceil(PIECES).clamp(PIECE[0], PIECE[1]);
    let channels = rows.div_ceil(taps).clamp(1, sizes.inputs.max(1));
    let gradient = Wide::new(gradient, sizes.together(channels * taps), sizes);
    let of_piece = |first: usize| piece_gradient(x, &gradient, first..(first + channels).min(sizes.inputs), sizes);
    let firsts: Vec<usize> = (0..sizes.inputs).step_by(channels).collect();
    let pieces: Vec<Recycled<E>> = firsts.into_par_iter().map(of_piece).collect();
    let mut weight = Recycled::any(sizes.outputs * depth);
    weight.par_chunks_mut(depth.max(1)).enumerate().for_each(|(output, weight)| {
        for (weight, piece) in weight.chunks_mut(channels * taps).zip(&pieces) {
            weight.copy_from_slice(&piece[output * weight.len()..][..weight.len()]);
        }
    });
    weight
}

/// The gradient of some input channels' weights, `[out, channels · taps]`.
fn piece_gradient<E: Float>(x: &[E], gradient: &Wide<'_, E>, channels: Range<usize>, sizes: &Sizes) -> Recycled<E> {
    let (plane, places, rows) = (sizes.plane(), sizes.places(), channels.len() * sizes.taps());
    let of_picture = |picture: usize| &x[picture * sizes.input() + channels.start * plane..][..channels.len() * plane];
    let mut out = Recycled::zeros(sizes.outputs * rows);
    let mut patches = Vec::new();
    for first in (0..sizes.pictures).step_by(gradient.together) {
        let pictures = gradient.together.min(sizes.pictures - first);
        if sizes.is_pointwise() && gradient.together == 1 {
            let right = Matrix::new(of_picture(first), rows, places, places);
            add(&mut out, rows, gradient.of(first, pictures, &(0..sizes.output[0]), sizes), right);
            continue;
        }
        let whole = (gradient.together > 1).then_some(0..sizes.output[0]);
        let bands = sizes.bands(rows).filter(|_| whole.is_none()).chain(whole.clone());
        for band in bands {
            let of_one = band.len() * sizes.output[1];
            let columns = pictures * of_one;
            let stride = wide::stride(columns);
            patches.resize(rows * stride, E::default());
            for picture in 0..pictures {
                let (patches, channels) = (&mut patches[picture * of_one..], of_picture(first + picture));
                match whole {
                    Some(_) => gradient.sources.fill(patches, stride, channels, sizes),
                    None => fill(patches, stride, channels, &band, sizes),
                }
            }
            let right = Matrix::new(&patches, rows, columns, stride);
            add(&mut out, rows, gradient.of(first, pictures, &band, sizes), right);
        }
    }
    out
}

/// `out += left · rightᵀ`.
fn add<E: Float>(out: &mut [E], stride: usize, left: Matrix<'_, E>, right: Matrix<'_, E>) {
    product(out, stride, left, right.transposed(), Before::Kept);
}

/// The gradient of the output, some pictures side by side: `[out, pictures · places]` for every group of them.
struct Wide<'a, E: Float> {
    gradient: &'a [E],
    /// Pictures side by side, if there is more than one.
    values: Option<Recycled<E>>,
    together: usize,
    /// Where the patches that they are multiplied with come from.
    sources: Sources,
}

impl<'a, E: Float> Wide<'a, E> {
    fn new(gradient: &'a [E], together: usize, sizes: &Sizes) -> Self {
        let sources = Sources::new(sizes);
        if together == 1 {
            return Self { gradient, values: None, together, sources };
        }
        let stride = wide::stride(together * sizes.places());
        let mut values = Recycled::any(sizes.pictures.div_ceil(together) * sizes.outputs * stride);
        let groups = gradient.chunks((together * sizes.result()).max(1));
        for (out, group) in values.chunks_mut((sizes.outputs * stride).max(1)).zip(groups) {
            wide::side_by_side(out, stride, group, sizes.outputs, sizes.places());
        }
        Self { gradient, values: Some(values), together, sources }
    }

    /// A band of the group that begins with a picture.
    fn of(&self, first: usize, pictures: usize, band: &Range<usize>, sizes: &Sizes) -> Matrix<'_, E> {
        let Some(values) = &self.values else {
            let values = &self.gradient[first * sizes.result() + band.start * sizes.output[1]..];
            return Matrix::new(values, sizes.outputs, band.len() * sizes.output[1], sizes.places());
        };
        let stride = wide::stride(self.together * sizes.places());
        let values = &values[first / self.together * sizes.outputs * stride..];
        Matrix::new(values, sizes.outputs, pictures * sizes.places(), stride)
    }
}
