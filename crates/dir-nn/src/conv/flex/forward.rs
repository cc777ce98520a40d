//! `Y [out, places] = W [out, in · kh · kw] · patches`, picture by picture or some small ones side by side.

use rayon::prelude::*;

use super::patches::{Sizes, fill};
use crate::product::{Before, Float, Matrix, product};

/// `[N, out, H', W']`, row-major.
pub(super) fn forward<E: Float>(x: &[E], weight: &[E], sizes: &Sizes) -> Vec<E> {
    let mut out = vec![E::default(); sizes.pictures * sizes.result()];
    let together = sizes.together(sizes.depth());
    if out.is_empty() {
        return out;
    }
    let groups = out.par_chunks_mut(together * sizes.result()).zip(x.par_chunks(together * sizes.input()));
    groups.for_each(|(out, x)| {
        if together > 1 {
            side_by_side(out, x, weight, sizes);
        } else {
            picture(out, x, weight, sizes);
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
fn side_by_side<E: Float>(out: &mut [E], x: &[E], weight: &[E], sizes: &Sizes) {
    let (depth, places) = (sizes.depth(), sizes.places());
    let pictures = out.len() / sizes.result();
    let columns = pictures * places;
    let mut patches = vec![E::default(); depth * columns];
    for (picture, x) in x.chunks_exact(sizes.input()).enumerate() {
        fill(&mut patches[picture * places..], columns, x, &(0..sizes.output[0]), sizes);
    }
    let mut wide = vec![E::default(); sizes.outputs * columns];
    let weight = Matrix::new(weight, sizes.outputs, depth, depth);
    product(&mut wide, columns, weight, Matrix::new(&patches, depth, columns, columns), Before::Overwritten);
    for (picture, out) in out.chunks_exact_mut(sizes.result()).enumerate() {
        for (out, row) in out.chunks_exact_mut(places).zip(wide.chunks_exact(columns)) {
            out.copy_from_slice(&row[picture * places..][..places]);
        }
    }
}
