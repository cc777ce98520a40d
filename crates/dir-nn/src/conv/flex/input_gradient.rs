//! `d patches = Wᵀ · dY`, added back to where the patches came from.

use rayon::prelude::*;

use super::patches::{Sizes, add_back};
use super::small::Sources;
use super::wide::{self, rows_of_a_piece};
use crate::flex::Recycled;
use crate::product::{Before, Float, Matrix, product};

/// `[N, in, H, W]`, row-major.
pub(super) fn input_gradient<E: Float>(gradient: &[E], weight: &[E], sizes: &Sizes) -> Recycled<E> {
    let together = sizes.together(sizes.depth());
    if sizes.pictures * sizes.input() == 0 || gradient.is_empty() {
        return Recycled::zeros(sizes.pictures * sizes.input());
    }
    let mut out = Recycled::any(sizes.pictures * sizes.input());
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
    out.fill(E::default());
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
    let (depth, plane, taps) = (sizes.depth(), sizes.plane(), sizes.taps());
    let pictures = out.len() / sizes.input();
    let columns = pictures * sizes.places();
    let mut gradients = Recycled::any(gradient.len());
    wide::side_by_side(&mut gradients, columns, gradient, sizes.outputs, sizes.places());
    let gradients = Matrix::new(&gradients, sizes.outputs, columns, columns);
    let mut wide = Recycled::any(out.len());
    let sources = Sources::new(sizes);
    let many = rows_of_a_piece(sizes.inputs, taps * sizes.outputs * columns);
    wide.par_chunks_mut(many * pictures * plane).enumerate().for_each(|(piece, wide)| {
        let channels = wide.len() / (pictures * plane);
        let weight = &weight[piece * many * taps..];
        let weight = Matrix::new(weight, sizes.outputs, channels * taps, depth).transposed();
        if sizes.is_pointwise() {
            return product(wide, columns, weight, gradients, Before::Overwritten);
        }
        let mut patches = Recycled::any(channels * taps * columns);
        product(&mut patches, columns, weight, gradients, Before::Overwritten);
        for (wide, patches) in wide.chunks_exact_mut(pictures * plane).zip(patches.chunks_exact(taps * columns)) {
            sources.add_back(wide, patches, sizes);
        }
    });
    wide::apart(out, &wide, sizes.inputs, plane, |_, _| {});
}
