//! Convolutions without patches: the kernel slides over padded planes.
//!
//! Patches hold every number once per tap, 25 times for a kernel of 5 x 5; in a narrow network writing them takes longer than
//! the products. With zeros around a picture's planes ([`padded`]) what a tap sees from many outputs in a row is one piece of
//! memory, so vectors are read where they lie and the sums stay in registers:
//!
//! - output ([`outputs`]): some output channels by some places at a time, over all input channels and taps;
//! - gradient in the input: the same with the kernel turned around and its two channel axes swapped;
//! - gradient in the weight ([`weights`]): some output channels by the taps of a kernel's row, over all places.
//!
//! Places between the end of a row and the beginning of the next are computed too and thrown away, so maps must not be tiny
//! ([`pays`]). Vectors are of the widest kind that the processor has. Every number is summed in an order that depends on the
//! sizes alone.

mod outputs;
mod padded;
mod weights;

use super::patches::Sizes;
use crate::conv::Geometry;

pub(super) use outputs::{forward, input_gradient};
pub(super) use weights::weight_gradient;

/// Columns of a kernel that are worked on together: what the registers of [`weights`] hold.
const WIDEST: usize = 5;
/// Places computed per place that counts, at most.
const MOST_WASTE: f64 = 1.5;

/// Whether this way is the faster one for the output and the gradient in the weight.
pub(super) fn pays(sizes: &Sizes) -> bool {
    let Geometry { stride, padding } = sizes.geometry;
    let fits = [0, 1].into_iter().all(|axis| padding[axis] < sizes.kernel[axis] && stride[axis] <= sizes.kernel[axis])
        && sizes.kernel[1] > 1;
    fits && sizes.pictures * sizes.inputs * sizes.outputs > 0 && waste(sizes) <= MOST_WASTE
}

/// Whether it is for the gradient in the input too, which at another stride would be a convolution for every remainder.
pub(super) fn pays_back(sizes: &Sizes) -> bool {
    sizes.geometry.stride == [1, 1] && pays(sizes)
}

/// Places computed per place that counts, as if whole blocks of vectors were: maps of a block or less have weights that are read
/// once per picture for too little.
fn waste(sizes: &Sizes) -> f64 {
    let places = sizes.output[0] * padded::Padded::of_input(sizes).row;
    places.next_multiple_of(outputs::PLACES) as f64 / sizes.places() as f64
}
