//! `Y [out, places] = W [out, in · kh · kw] · patches`, picture by picture or some small ones side by side.

use rayon::prelude::*;

use super::patches::{Sizes, fill};
use super::small::Sources;
use super::wide::{self, rows_of_a_piece};
use crate::flex::Recycled;
use crate::product::{Before, Float, Matrix, product};

/// `[N, out, H', W']`, row-major; `done` is told of every picture whose outputs are there.
pub(super) fn forward<E: Float>(
    x: &[E],
    weight: &[E],
    sizes: &Sizes,
    done: &(impl Fn(usize, &mut [E]) + Sync),
) -> Recycled<E> {
    let mut out = Recycled::any(sizes.pictures * sizes.result());
    let together = sizes.together(sizes.depth());
    if out.is_empty() {
        return out;
    }
    let groups = out.par_chunks_mut(together * sizes.result()).zip(x.par_chunks(together * sizes.input()));
    groups.enumerate().for_each(|(group, (out, x))| {
        if together > 1 {
            side_by_side(out, x, weight, sizes, |picture, out| done(group * together + picture, out));
        } else {
            picture(out, x, weight, sizes);
            done(group, out);
        }
    });
    out
}

/// One picture, band by band.
fn picture<E: Float>(out: &mut [E], x: &[E], weight: &[E], sizes: &Sizes) {
    let (depth, places) = (sizes.depth(), sizes.places());
    let weight = Matrix::new(weight, sizes.outputs, depth, depth);
    if sizes.is_pointwise() {
        return product(out, places, weight, Matrix::new(x, depth, places, places), Before::Overwritten);
    }
    let mut patches = Vec::new();
    for band in sizes.bands(depth) {
        let columns = band.len() * sizes.output[1];
        patches.resize(depth * columns, E::default());
        fill(&mut patches, columns, x, &band, sizes);
        let patches = Matrix::new(&patches, depth, columns, columns);
        product(&mut out[band.start * sizes.output[1]..], places, weight, patches, Before::Overwritten);
    }
}

/// A group of small pictures.
fn side_by_side<E: Float>(out: &mut [E], x: &[E], weight: &[E], sizes: &Sizes, done: impl Fn(usize, &mut [E]) + Sync) {
    let (depth, places) = (sizes.depth(), sizes.places());
    let columns = out.len() / sizes.result() * places;
    let patches = wide_patches(x, columns, sizes);
    let patches = Matrix::new(&patches, depth, columns, columns);
    let mut wide = Recycled::any(sizes.outputs * columns);
    let rows = rows_of_a_piece(sizes.outputs, depth * columns);
    wide.par_chunks_mut(rows * columns).zip(weight.par_chunks(rows * depth)).for_each(|(wide, weight)| {
        let weight = Matrix::new(weight, wide.len() / columns, depth, depth);
        product(wide, columns, weight, patches, Before::Overwritten);
    });
    wide::apart(out, &wide, sizes.outputs, places, done);
}

/// The patches of some pictures side by side.
fn wide_patches<E: Float>(x: &[E], columns: usize, sizes: &Sizes) -> Recycled<E> {
    let (plane, taps) = (sizes.plane(), sizes.taps());
    let mut patches = Recycled::any(sizes.depth() * columns);
    if sizes.is_pointwise() {
        wide::side_by_side(&mut patches, columns, x, sizes.inputs, plane);
        return patches;
    }
    let sources = Sources::new(sizes);
    let many = (wide::PIECE / (taps * columns)).max(1);
    patches.par_chunks_mut(many * taps * columns).enumerate().for_each(|(piece, patches)| {
        let channels = piece * many * plane..(piece * many + patches.len() / (taps * columns)) * plane;
        for (picture, x) in x.chunks_exact(sizes.input()).enumerate() {
            let first = picture * sizes.places();
            sources.fill(&mut patches[first..], columns, &x[channels.clone()], sizes);
        }
    });
    patches
}
