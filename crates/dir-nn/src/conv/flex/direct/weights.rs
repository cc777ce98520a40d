//! The gradient in the weight: `dW[o, i, ky, kx] = Σ_n Σ_place dY[n, o, place] · X[n, i, place + (ky, kx)]`.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::WIDEST;
use super::padded::Padded;
use crate::conv::flex::patches::Sizes;
use crate::flex::Recycled;
use crate::sums::totals;

/// Places whose gradients are worked on at a time: adding up the registers at the end costs little, and some channels stay in the
/// second cache.
const BAND: usize = 4096;
/// Zeros behind a channel's gradients, so that vectors end at them.
const LONGEST: usize = 16;

/// `[out, in, kh, kw]`, row-major.
pub(in crate::conv::flex) fn weight_gradient(x: &[f32], gradient: &[f32], sizes: &Sizes) -> Recycled<f32> {
    let padded = Padded::of_all_inputs(sizes);
    let (planes, gradients) = (planes(x, &padded, sizes), gradients(gradient, &padded, sizes));
    let (mut out, arch) = (Recycled::zeros(sizes.outputs * sizes.depth()), Arch::new());
    let channels = channels(most_taps(sizes));
    out.par_chunks_mut(channels * sizes.depth()).enumerate().for_each(|(block, out)| {
        let first = block * channels;
        let outputs = first..(first + channels).min(sizes.outputs);
        arch.dispatch(Block { out, outputs, planes: &planes, gradients: &gradients, padded, sizes });
    });
    out
}

/// The padded planes of every channel, those of all pictures side by side.
fn planes(x: &[f32], padded: &Padded, sizes: &Sizes) -> Recycled<f32> {
    let mut planes = Recycled::zeros(padded.len());
    let channels = planes.par_chunks_mut(padded.channel()).take(sizes.inputs);
    channels.enumerate().for_each(|(channel, out)| {
        for (picture, x) in x.chunks_exact(sizes.input()).enumerate() {
            let plane = &x[channel * sizes.plane()..][..sizes.plane()];
            padded.write_channel(plane, &mut out[picture * padded.plane..]);
        }
    });
    planes
}

/// The gradients of every output channel where the padded planes have what the first tap sees, zero where there is no output.
fn gradients(gradient: &[f32], padded: &Padded, sizes: &Sizes) -> Recycled<f32> {
    let mut gradients = Recycled::zeros(sizes.outputs * length(padded, sizes));
    gradients.par_chunks_mut(length(padded, sizes)).enumerate().for_each(|(channel, out)| {
        for (gradient, out) in gradient.chunks_exact(sizes.result()).zip(out.chunks_mut(padded.plane)) {
            let plane = &gradient[channel * sizes.places()..][..sizes.places()];
            for (from, to) in plane.chunks_exact(sizes.output[1]).zip(out.chunks_mut(padded.row)) {
                to[..from.len()].copy_from_slice(from);
            }
        }
    });
    gradients
}

/// Numbers of an output channel, up to the last output and the zeros behind it.
const fn length(padded: &Padded, sizes: &Sizes) -> usize {
    (padded.apart - padded.plane + sizes.output[0] * padded.row).next_multiple_of(LONGEST)
}

/// Taps of a row of the kernel that are worked on together.
fn most_taps(sizes: &Sizes) -> usize {
    let width = sizes.kernel[1];
    width.div_ceil(width.div_ceil(WIDEST))
}

/// Output channels that are worked on at a time: with the taps of a row of the kernel they fill the 32 registers of AVX-512.
const fn channels(taps: usize) -> usize {
    match taps {
        0..=3 => 8,
        4 => 6,
        _ => 5,
    }
}

/// The gradient of some output channels' weights.
struct Block<'a> {
    out: &'a mut [f32],
    outputs: Range<usize>,
    planes: &'a [f32],
    gradients: &'a [f32],
    padded: Padded,
    sizes: &'a Sizes,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (width, many) = (self.sizes.kernel[1], most_taps(self.sizes));
        for first in (0..width).step_by(many) {
            match many.min(width - first) {
                1 => self.over::<S, 1>(simd, first),
                2 => self.over::<S, 2>(simd, first),
                3 => self.over::<S, 3>(simd, first),
                4 => self.over::<S, 4>(simd, first),
                _ => self.over::<S, 5>(simd, first),
            }
        }
    }
}

impl Block<'_> {
    /// Some taps of every row, from one on, band by band, so that what is read again stays near.
    #[inline(always)]
    fn over<S: Simd, const TAPS: usize>(&mut self, simd: S, first: usize) {
        let length = length(&self.padded, self.sizes);
        for band in (0..length).step_by(BAND).map(|first| first..(first + BAND).min(length)) {
            self.band::<S, TAPS>(simd, first, &band);
        }
    }

    #[inline(always)]
    fn band<S: Simd, const TAPS: usize>(&mut self, simd: S, first: usize, band: &Range<usize>) {
        let apart = length(&self.padded, self.sizes);
        let [height, width] = self.sizes.kernel;
        for input in 0..self.sizes.inputs {
            for down in 0..height {
                let mut seen: [&[f32]; TAPS] = [&[]; TAPS];
                for (tap, seen) in seen.iter_mut().enumerate() {
                    let from = self.padded.offset(input, [down, first + tap]) + band.start;
                    *seen = &self.planes[from..][..band.len()];
                }
                let mut output = self.outputs.start;
                while output < self.outputs.end {
                    let many = fitting::<S, TAPS>(self.outputs.end - output);
                    let rows = &self.gradients[output * apart..];
                    let at = ((output - self.outputs.start) * self.sizes.inputs + input) * height + down;
                    let work = Sums { seen, rows, band, apart };
                    let into = Into { out: &mut self.out[at * width + first..], apart: self.sizes.depth() };
                    match many {
                        8 => work.add::<S, 8>(simd, into),
                        6 => work.add::<S, 6>(simd, into),
                        5 => work.add::<S, 5>(simd, into),
                        4 => work.add::<S, 4>(simd, into),
                        2 => work.add::<S, 2>(simd, into),
                        _ => work.add::<S, 1>(simd, into),
                    }
                    output += many;
                }
            }
        }
    }
}

/// How many of some channels the registers hold sums for.
#[inline(always)]
fn fitting<S: Simd, const TAPS: usize>(channels: usize) -> usize {
    let most = if S::F32_LANES >= 16 {
        self::channels(TAPS)
    } else if TAPS <= 3 {
        4
    } else {
        2
    };
    [8, 6, 5, 4, 2, 1].into_iter().find(|&many| many <= channels.min(most)).unwrap_or(1)
}

/// What is read for one input channel, one row of the kernel and some output channels.
struct Sums<'a, const TAPS: usize> {
    /// What every tap sees.
    seen: [&'a [f32]; TAPS],
    /// The gradients of the first channel and those behind it.
    rows: &'a [f32],
    band: &'a Range<usize>,
    apart: usize,
}

/// Where sums are added.
struct Into<'a> {
    out: &'a mut [f32],
    /// Numbers from one output channel to the next.
    apart: usize,
}

impl<const TAPS: usize> Sums<'_, TAPS> {
    #[inline(always)]
    fn add<S: Simd, const CHANNELS: usize>(&self, simd: S, into: Into<'_>) {
        let vectors = self.band.len() / S::F32_LANES;
        let mut rows: [&[S::f32s]; CHANNELS] = [&[]; CHANNELS];
        for (channel, vector) in rows.iter_mut().enumerate() {
            let row = &self.rows[channel * self.apart..][self.band.clone()];
            *vector = &S::as_simd_f32s(row).0[..vectors];
        }
        let mut seen: [&[S::f32s]; TAPS] = [&[]; TAPS];
        for (vector, row) in seen.iter_mut().zip(self.seen) {
            *vector = &S::as_simd_f32s(row).0[..vectors];
        }
        let mut sums = [[simd.splat_f32s(0.0); TAPS]; CHANNELS];
        for k in 0..vectors {
            // Loops, not closures: a call would cost more than what it does.
            for channel in 0..CHANNELS {
                let gradient = rows[channel][k];
                for tap in 0..TAPS {
                    sums[channel][tap] = simd.mul_add_f32s(gradient, seen[tap][k], sums[channel][tap]);
                }
            }
        }
        for (channel, totals) in totals::<S, CHANNELS, TAPS>(simd, sums).iter().enumerate() {
            let out = &mut into.out[channel * into.apart..];
            out.iter_mut().zip(totals).for_each(|(out, total)| *out += total);
        }
    }
}
