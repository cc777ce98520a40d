//! Outputs: some channels by some places at a time, over all input channels and taps.

use std::cell::RefCell;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::padded::Padded;
use crate::conv::Geometry;
use crate::conv::flex::patches::Sizes;
use crate::flex::Recycled;

/// Vectors of places that are summed at a time; those that are left at the end in one or two.
const VECTORS: usize = 3;
/// Places of so many of the longest vectors.
pub(super) const PLACES: usize = VECTORS * 16;
/// Output channels that are summed at a time, at most: eight by three vectors fill the 32 registers of AVX-512.
const CHANNELS: usize = 8;
/// Places of a picture that are worked on for all channels before the next ones: what they read stays in the cache.
const BAND: usize = 2048;

/// `[N, out, H', W']`, row-major; `done` is told of every picture whose outputs are there.
pub(in crate::conv::flex) fn forward(
    x: &[f32],
    weight: &[f32],
    sizes: &Sizes,
    done: &(impl Fn(usize, &mut [f32]) + Sync),
) -> Recycled<f32> {
    let (depth, taps) = (sizes.depth(), sizes.taps());
    let kernel = Kernel::new(sizes, |output, input, tap| weight[output * depth + input * taps + tap]);
    convolve(x, &kernel, sizes, done)
}

/// `[N, in, H, W]`, row-major: a convolution of the gradient with the kernel turned around.
pub(in crate::conv::flex) fn input_gradient(gradient: &[f32], weight: &[f32], sizes: &Sizes) -> Recycled<f32> {
    let (depth, taps) = (sizes.depth(), sizes.taps());
    let turned = turned(sizes);
    let kernel = Kernel::new(&turned, |input, output, tap| weight[output * depth + input * taps + (taps - 1 - tap)]);
    convolve(gradient, &kernel, &turned, &|_, _: &mut [f32]| {})
}

/// Sizes of the convolution that takes a gradient back.
fn turned(sizes: &Sizes) -> Sizes {
    let padding = [0, 1].map(|axis| sizes.kernel[axis] - 1 - sizes.geometry.padding[axis]);
    Sizes {
        inputs: sizes.outputs,
        outputs: sizes.inputs,
        picture: sizes.output,
        output: sizes.picture,
        geometry: Geometry { stride: [1, 1], padding },
        ..*sizes
    }
}

/// Weights in the order in which they are read.
struct Kernel {
    /// Output channels that are summed together.
    blocks: Vec<Range<usize>>,
    /// For every block `[in · taps, channels of the block]`.
    weights: Vec<f32>,
    /// Where each `(input, tap)` is read, from the place of the output.
    offsets: Vec<usize>,
}

impl Kernel {
    fn new(sizes: &Sizes, weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        let blocks = blocks(sizes.outputs);
        let mut weights = Vec::with_capacity(sizes.outputs * sizes.depth());
        for block in &blocks {
            for (input, tap) in each_tap(sizes) {
                weights.extend(block.clone().map(|output| weight(output, input, tap)));
            }
        }
        let (padded, width) = (Padded::of_input(sizes), sizes.kernel[1]);
        let offset = |(input, tap): (usize, usize)| padded.offset(input, [tap / width, tap % width]);
        Self { blocks, weights, offsets: each_tap(sizes).map(offset).collect() }
    }

    /// The weights of a block.
    fn of(&self, block: &Range<usize>) -> &[f32] {
        let depth = self.offsets.len();
        &self.weights[block.start * depth..block.end * depth]
    }
}

fn each_tap(sizes: &Sizes) -> impl Iterator<Item = (usize, usize)> + use<> {
    let taps = sizes.taps();
    (0..sizes.inputs).flat_map(move |input| (0..taps).map(move |tap| (input, tap)))
}

/// Blocks of eight channels, and of four, two and one for what is left.
fn blocks(channels: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut first = 0;
    for size in [CHANNELS, 4, 2, 1] {
        while first + size <= channels {
            blocks.push(first..first + size);
            first += size;
        }
    }
    blocks
}

fn convolve(x: &[f32], kernel: &Kernel, sizes: &Sizes, done: &(impl Fn(usize, &mut [f32]) + Sync)) -> Recycled<f32> {
    let padded = Padded::of_input(sizes);
    let mut out = Recycled::any(sizes.pictures * sizes.result());
    let pictures = out.par_chunks_mut(sizes.result()).zip(x.par_chunks(sizes.input()));
    pictures.enumerate().for_each(|(number, (out, x))| {
        thread_local!(static PLANES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        PLANES.with_borrow_mut(|planes| {
            planes.resize(padded.len(), 0.0);
            padded.write(x, planes);
            Arch::new().dispatch(Picture { out, planes, kernel, padded, sizes });
        });
        done(number, out);
    });
    out
}

/// One picture.
struct Picture<'a> {
    out: &'a mut [f32],
    planes: &'a [f32],
    kernel: &'a Kernel,
    padded: Padded,
    sizes: &'a Sizes,
}

impl WithSimd for Picture<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [rows, columns] = self.sizes.output;
        let step = (BAND / self.padded.row).clamp(1, rows);
        let mut sums = vec![0.0; CHANNELS * (step * self.padded.row + PLACES)];
        for first in (0..rows).step_by(step) {
            let band = first..(first + step).min(rows);
            for block in &self.kernel.blocks {
                let stride = self.band(simd, &band, block, &mut sums);
                for (output, sums) in block.clone().zip(sums.chunks_exact(stride)) {
                    let out = &mut self.out[output * rows * columns..][band.start * columns..band.end * columns];
                    for (out, sums) in out.chunks_exact_mut(columns).zip(sums.chunks(self.padded.row)) {
                        out.copy_from_slice(&sums[..columns]);
                    }
                }
            }
        }
    }
}

impl Picture<'_> {
    /// The sums of a band of rows for a block of channels; how far apart the channels are.
    #[inline(always)]
    fn band<S: Simd>(&self, simd: S, band: &Range<usize>, block: &Range<usize>, sums: &mut [f32]) -> usize {
        let stride = (band.len() * self.padded.row).next_multiple_of(S::F32_LANES);
        let (planes, weights) = (&self.planes[band.start * self.padded.row..], self.kernel.of(block));
        let work = Sums { planes, weights, offsets: &self.kernel.offsets, stride };
        match block.len() {
            8 if S::F32_LANES < 16 => {
                // Sixteen registers hold four channels.
                work.over::<S, 8, 4>(simd, 0, sums);
                work.over::<S, 8, 4>(simd, 4, &mut sums[4 * stride..]);
            }
            8 => work.over::<S, 8, 8>(simd, 0, sums),
            4 => work.over::<S, 4, 4>(simd, 0, sums),
            2 => work.over::<S, 2, 2>(simd, 0, sums),
            _ => work.over::<S, 1, 1>(simd, 0, sums),
        }
        stride
    }
}

/// What is read for some places and a block of channels.
struct Sums<'a> {
    planes: &'a [f32],
    weights: &'a [f32],
    offsets: &'a [usize],
    /// Places, and how far apart channels are in the result.
    stride: usize,
}

impl Sums<'_> {
    /// `CHANNELS` of the `BLOCK` channels from the `from`th on, over all places.
    #[inline(always)]
    fn over<S: Simd, const BLOCK: usize, const CHANNELS: usize>(&self, simd: S, from: usize, out: &mut [f32]) {
        let length = VECTORS * S::F32_LANES;
        let whole = self.stride / length * length;
        for place in (0..whole).step_by(length) {
            self.at::<S, BLOCK, CHANNELS, VECTORS>(simd, from, place, out);
        }
        match (self.stride - whole) / S::F32_LANES {
            0 => {}
            1 => self.at::<S, BLOCK, CHANNELS, 1>(simd, from, whole, out),
            _ => self.at::<S, BLOCK, CHANNELS, 2>(simd, from, whole, out),
        }
    }

    /// The same for `MANY` vectors of places.
    #[inline(always)]
    fn at<S: Simd, const BLOCK: usize, const CHANNELS: usize, const MANY: usize>(
        &self,
        simd: S,
        from: usize,
        place: usize,
        out: &mut [f32],
    ) {
        let length = MANY * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); MANY]; CHANNELS];
        for (weights, &offset) in self.weights.as_chunks::<BLOCK>().0.iter().zip(self.offsets) {
            // Loops, not closures: a call would cost more than what it does.
            let x = &S::as_simd_f32s(&self.planes[offset + place..][..length]).0[..MANY];
            for channel in 0..CHANNELS {
                let weight = simd.splat_f32s(weights[from + channel]);
                for v in 0..MANY {
                    sums[channel][v] = simd.mul_add_f32s(weight, x[v], sums[channel][v]);
                }
            }
        }
        for (channel, sums) in sums.iter().enumerate() {
            let (out, _) = S::as_mut_simd_f32s(&mut out[channel * self.stride + place..][..length]);
            out.copy_from_slice(sums);
        }
    }
}
