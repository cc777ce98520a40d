//! `d patches = Wᵀ · dY`, added back to where the patches came from.

use rayon::prelude::*;

use super::patches::{Sizes, add_back};
use crate::product::{Before, Float, Matrix, product};

/// `[N, in, H, W]`, row-major.
pub(super) fn input_gradient<E: Float>(gradient: &[E], weight: &[E], sizes: &Sizes) -> Vec<E> {
    let mut out = vec![E::default(); sizes.pictures * sizes.input()];
    let together = sizes.together(sizes.depth());
    if out.is_empty() || gradient.is_empty() {
        return out;
    }
    let groups = out.par_chunks_mut(together * sizes.input()).zip(gradient.par_chunks(together * sizes.result()));
    groups.for_each(|(out, gradient)| {
        if together > 1 {
            group(out, gradient, weight, sizes);
        } else {
            picture(out, gradient, weight, sizes);
        }
    });
    out
}

/// One picture, band by band.
fn picture<E: Float>(out: &mut [E], gradient: &[E], weight: &[E], sizes: &Sizes) {
    let (depth, places) = (sizes.depth(), sizes.places());
    let weight = Matrix::new(weight, sizes.outputs, depth, depth).transposed();
    if sizes.is_pointwise() {
        let gradient = Matrix::new(gradient, sizes.outputs, places, places);
        return product(out, places, weight, gradient, Before::Overwritten);
    }
    let mut patches = Vec::new();
    for band in sizes.bands(depth) {
        let columns = band.len() * sizes.output[1];
        patches.resize(depth * columns, E::default());
        let of_band = &gradient[band.start * sizes.output[1]..];
        let of_band = Matrix::new(of_band, sizes.outputs, columns, places);
        product(&mut patches, columns, weight, of_band, Before::Overwritten);
        add_back(out, &patches, columns, &band, sizes);
    }
}

/// A group of small pictures, side by side.
fn group<E: Float>(out: &mut [E], gradient: &[E], weight: &[E], sizes: &Sizes) {
    let (depth, places) = (sizes.depth(), sizes.places());
    let columns = out.len() / sizes.input() * places;
    let wide = side_by_side(gradient, sizes.outputs, places);
    let weight = Matrix::new(weight, sizes.outputs, depth, depth).transposed();
    let mut patches = vec![E::default(); depth * columns];
    let wide = Matrix::new(&wide, sizes.outputs, columns, columns);
    product(&mut patches, columns, weight, wide, Before::Overwritten);
    for (picture, out) in out.chunks_exact_mut(sizes.input()).enumerate() {
        add_back(out, &patches[picture * places..], columns, &(0..sizes.output[0]), sizes);
    }
}

/// `[pictures, channels, places]` to `[channels, pictures · places]`.
pub(super) fn side_by_side<E: Copy>(pictures: &[E], channels: usize, places: usize) -> Vec<E> {
    let mut wide = Vec::with_capacity(pictures.len());
    for channel in 0..channels {
        for picture in pictures.chunks_exact(channels * places) {
            wide.extend_from_slice(&picture[channel * places..][..places]);
        }
    }
    wide
}
