//! `dW [out, in · kh · kw] = Σ_n dY_n · patches_nᵀ`.
//!
//! The work is cut by input channels, in pieces whose size does not depend on the number of threads: every element is
//! summed in the same order whoever computes it, so runs are reproducible.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::input_gradient::side_by_side;
use super::patches::{Sizes, fill};
use crate::product::{Before, Float, Matrix, product};

/// Rows of the matrix of patches per piece: enough for the product to be fast, few enough for all threads to have some.
const PIECE: usize = 144;

/// `[out, in, kh, kw]`, row-major.
pub(super) fn weight_gradient<E: Float>(x: &[E], gradient: &[E], sizes: &Sizes) -> Vec<E> {
    let taps = sizes.taps();
    let channels = (PIECE / taps).clamp(1, sizes.inputs.max(1));
    let together = sizes.together(channels * taps);
    let gradient = Wide::new(gradient, together, sizes);
    let pieces: Vec<Vec<E>> = (0..sizes.inputs.div_ceil(channels))
        .into_par_iter()
        .map(|piece| {
            let first = piece * channels;
            piece_gradient(x, &gradient, first..(first + channels).min(sizes.inputs), sizes)
        })
        .collect();
    let depth = sizes.depth();
    let mut weight = vec![E::default(); sizes.outputs * depth];
    for (piece, values) in pieces.iter().enumerate() {
        let width = (values.len() / sizes.outputs.max(1)).max(1);
        for (output, values) in values.chunks_exact(width).enumerate() {
            weight[output * depth + piece * channels * taps..][..width].copy_from_slice(values);
        }
    }
    weight
}

/// The gradient of some input channels' weights, `[out, channels · taps]`.
fn piece_gradient<E: Float>(x: &[E], gradient: &Wide<'_, E>, channels: Range<usize>, sizes: &Sizes) -> Vec<E> {
    let (plane, places, rows) = (sizes.plane(), sizes.places(), channels.len() * sizes.taps());
    let of_picture = |picture: usize| &x[picture * sizes.input() + channels.start * plane..][..channels.len() * plane];
    let mut out = vec![E::default(); sizes.outputs * rows];
    let mut patches = Vec::new();
    for first in (0..sizes.pictures).step_by(gradient.together) {
        let pictures = gradient.together.min(sizes.pictures - first);
        if sizes.is_pointwise() && gradient.together == 1 {
            let right = Matrix::new(of_picture(first), rows, places, places).transposed();
            product(&mut out, rows, gradient.of(first, pictures, &(0..sizes.output[0]), sizes), right, Before::Kept);
            continue;
        }
        let whole = (gradient.together > 1).then_some(0..sizes.output[0]);
        let bands = sizes.bands(rows).filter(|_| whole.is_none()).chain(whole.clone());
        for band in bands {
            let of_one = band.len() * sizes.output[1];
            let columns = pictures * of_one;
            patches.resize(rows * columns, E::default());
            for picture in 0..pictures {
                fill(&mut patches[picture * of_one..], columns, of_picture(first + picture), &band, sizes);
            }
            let right = Matrix::new(&patches, rows, columns, columns).transposed();
            product(&mut out, rows, gradient.of(first, pictures, &band, sizes), right, Before::Kept);
        }
    }
    out
}

/// The gradient of the output, some pictures side by side: `[out, pictures · places]` for every group of them.
struct Wide<'a, E: Clone> {
    values: Cow<'a, [E]>,
    together: usize,
}

impl<'a, E: Float> Wide<'a, E> {
    fn new(gradient: &'a [E], together: usize, sizes: &Sizes) -> Self {
        if together == 1 {
            return Self { values: gradient.into(), together };
        }
        let groups = gradient.chunks((together * sizes.result()).max(1));
        let values = groups.flat_map(|group| side_by_side(group, sizes.outputs, sizes.places())).collect();
        Self { values: Cow::Owned(values), together }
    }

    /// A band of the group that begins with a picture.
    fn of(&self, first: usize, pictures: usize, band: &Range<usize>, sizes: &Sizes) -> Matrix<'_, E> {
        let stride = pictures * sizes.places();
        let values = &self.values[first * sizes.result() + band.start * sizes.output[1]..];
        let columns = if self.together == 1 { band.len() * sizes.output[1] } else { stride };
        Matrix::new(values, sizes.outputs, columns, stride)
    }
}
