//! `dW [out, in · kh · kw] = Σ_n dY_n · patches_nᵀ`.
//!
//! The work is cut by input channels, in pieces whose size does not depend on the number of threads: every element is
//! summed in the same order whoever computes it, so runs are reproducible.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::patches::{Sizes, fill};
use super::small::Sources;
use super::wide::side_by_side;
use crate::product::Matrix;
use crate::rows::Rows;

/// Rows of the matrix of patches per piece, at most and at least: enough to go over the gradients seldom.
const PIECE: [usize; 2] = [16, 144];
/// Pieces that there should be, so that all threads have some.
const PIECES: usize = 16;

/// `[out, in, kh, kw]`, row-major.
pub(super) fn weight_gradient<E: Rows>(x: &[E], gradient: &[E], sizes: &Sizes) -> Vec<E> {
    let (taps, depth) = (sizes.taps(), sizes.depth());
    let rows = depth.div_ceil(PIECES).clamp(PIECE[0], PIECE[1]);
    let channels = rows.div_ceil(taps).clamp(1, sizes.inputs.max(1));
    let gradient = Wide::new(gradient, sizes.together(channels * taps), sizes);
    let of_piece = |first: usize| piece_gradient(x, &gradient, first..(first + channels).min(sizes.inputs), sizes);
    let firsts: Vec<usize> = (0..sizes.inputs).step_by(channels).collect();
    let pieces: Vec<Vec<E>> = firsts.into_par_iter().map(of_piece).collect();
    let mut weight = vec![E::default(); sizes.outputs * depth];
    weight.par_chunks_mut(depth.max(1)).enumerate().for_each(|(output, weight)| {
        for (weight, piece) in weight.chunks_mut(channels * taps).zip(&pieces) {
            weight.copy_from_slice(&piece[output * weight.len()..][..weight.len()]);
        }
    });
    weight
}

/// The gradient of some input channels' weights, `[out, channels · taps]`.
fn piece_gradient<E: Rows>(x: &[E], gradient: &Wide<'_, E>, channels: Range<usize>, sizes: &Sizes) -> Vec<E> {
    let (plane, places, rows) = (sizes.plane(), sizes.places(), channels.len() * sizes.taps());
    let of_picture = |picture: usize| &x[picture * sizes.input() + channels.start * plane..][..channels.len() * plane];
    let mut out = vec![E::default(); sizes.outputs * rows];
    let mut patches = Vec::new();
    for first in (0..sizes.pictures).step_by(gradient.together) {
        let pictures = gradient.together.min(sizes.pictures - first);
        if sizes.is_pointwise() && gradient.together == 1 {
            let right = Matrix::new(of_picture(first), rows, places, places);
            E::add_products(&mut out, rows, gradient.of(first, pictures, &(0..sizes.output[0]), sizes), right);
            continue;
        }
        let whole = (gradient.together > 1).then_some(0..sizes.output[0]);
        let bands = sizes.bands(rows).filter(|_| whole.is_none()).chain(whole.clone());
        for band in bands {
            let of_one = band.len() * sizes.output[1];
            let columns = pictures * of_one;
            patches.resize(rows * columns, E::default());
            for picture in 0..pictures {
                let (patches, channels) = (&mut patches[picture * of_one..], of_picture(first + picture));
                match whole {
                    Some(_) => gradient.sources.fill(patches, columns, channels, sizes),
                    None => fill(patches, columns, channels, &band, sizes),
                }
            }
            let right = Matrix::new(&patches, rows, columns, columns);
            E::add_products(&mut out, rows, gradient.of(first, pictures, &band, sizes), right);
        }
    }
    out
}

/// The gradient of the output, some pictures side by side: `[out, pictures · places]` for every group of them.
struct Wide<'a, E: Clone> {
    values: Cow<'a, [E]>,
    together: usize,
    /// Where the patches that they are multiplied with come from.
    sources: Sources,
}

impl<'a, E: Rows> Wide<'a, E> {
    fn new(gradient: &'a [E], together: usize, sizes: &Sizes) -> Self {
        let sources = Sources::new(sizes);
        if together == 1 {
            return Self { values: gradient.into(), together, sources };
        }
        let mut values = vec![E::default(); gradient.len()];
        let group = (together * sizes.result()).max(1);
        for (out, group) in values.chunks_mut(group).zip(gradient.chunks(group)) {
            side_by_side(out, group, sizes.outputs, sizes.places());
        }
        Self { values: Cow::Owned(values), together, sources }
    }

    /// A band of the group that begins with a picture.
    fn of(&self, first: usize, pictures: usize, band: &Range<usize>, sizes: &Sizes) -> Matrix<'_, E> {
        let stride = pictures * sizes.places();
        let values = &self.values[first * sizes.result() + band.start * sizes.output[1]..];
        let columns = if self.together == 1 { band.len() * sizes.output[1] } else { stride };
        Matrix::new(values, sizes.outputs, columns, stride)
    }
}
