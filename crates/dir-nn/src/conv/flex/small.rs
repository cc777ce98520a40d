//! Patches of whole pictures, which may be small: where rows are so short that what is copied is less than a copy costs, every number
//! is fetched by itself, from a place that is looked up.

use super::patches::{Sizes, add_back, fill};
use crate::product::Float;

/// Longest row of the output that is short.
const SHORT: usize = 16;

/// Where the patches of one channel come from: for each tap and output the place in the channel, from 1; 0 outside of it. Nothing if
/// rows are long.
pub(super) struct Sources(Option<Vec<u32>>);

impl Sources {
    pub(super) fn new(sizes: &Sizes) -> Self {
        if sizes.output[1] > SHORT {
            return Self(None);
        }
        // The patches of a channel that holds its own places.
        let places: Vec<f64> = (1..=sizes.plane()).map(|place| place as f64).collect();
        let mut patches = vec![0.0; sizes.taps() * sizes.places()];
        fill(&mut patches, sizes.places(), &places, &(0..sizes.output[0]), sizes);
        Self(Some(patches.into_iter().map(|place: f64| place as u32).collect()))
    }

    /// The patches of some channels of a picture, as [`fill`] writes them.
    pub(super) fn fill<E: Float>(&self, out: &mut [E], stride: usize, channels: &[E], sizes: &Sizes) {
        let Some(sources) = &self.0 else { return fill(out, stride, channels, &(0..sizes.output[0]), sizes) };
        let mut numbers = vec![E::default(); sizes.plane() + 1];
        let mut rows = out.chunks_mut(stride);
        for plane in channels.chunks_exact(sizes.plane()) {
            numbers[1..].copy_from_slice(plane);
            for (sources, out) in sources.chunks_exact(sizes.places()).zip(&mut rows) {
                out.iter_mut().zip(sources).for_each(|(out, &source)| *out = numbers[source as usize]);
            }
        }
    }

    /// Writes the sums of a channel's patches where they came from, as [`add_back`] adds them to zeros, for pictures side by side:
    /// `[taps, pictures · places]` to `[pictures, plane]`.
    pub(super) fn add_back<E: Float>(&self, out: &mut [E], patches: &[E], sizes: &Sizes) {
        let (plane, places) = (sizes.plane(), sizes.places());
        let columns = out.len() / plane * places;
        let mut numbers = vec![E::default(); plane + 1];
        for (picture, out) in out.chunks_exact_mut(plane).enumerate() {
            let patches = &patches[picture * places..];
            let Some(sources) = &self.0 else {
                out.fill(E::default());
                add_back(out, patches, columns, &(0..sizes.output[0]), sizes);
                continue;
            };
            numbers.fill(E::default());
            for (sources, patches) in sources.chunks_exact(places).zip(patches.chunks(columns)) {
                sources.iter().zip(patches).for_each(|(&source, &patch)| numbers[source as usize] += patch);
            }
            out.copy_from_slice(&numbers[1..]);
        }
    }
}
