//! The gradient in the weight: `dW[o, i, ky, kx] = Σ_n Σ_place dY[n, o, place] · X[n, i, place + (ky, kx)]`.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::padded::Padded;
use crate::conv::flex::patches::Sizes;

/// Places whose gradients are worked on at a time: some channels of them stay in the first cache.
const BAND: usize = 1024;
/// Zeros behind a channel's gradients, so that vectors end at them.
const LONGEST: usize = 16;

/// `[out, in, kh, kw]`, row-major.
pub(in crate::conv::flex) fn weight_gradient(x: &[f32], gradient: &[f32], sizes: &Sizes) -> Vec<f32> {
    let (padded, rows) = (Padded::of_input(sizes), Rows::new(sizes));
    let mut planes = vec![0.0; sizes.pictures * padded.len()];
    let mut gradients = vec![0.0; sizes.pictures * rows.len()];
    let pictures = planes.par_chunks_mut(padded.len()).zip(x.par_chunks(sizes.input()));
    let pictures = pictures.zip(gradients.par_chunks_mut(rows.len()).zip(gradient.par_chunks(sizes.result())));
    pictures.for_each(|((planes, x), (gradients, gradient))| {
        padded.write(x, planes);
        rows.write(gradient, gradients);
    });
    let (mut out, arch) = (vec![0.0; sizes.outputs * sizes.depth()], Arch::new());
    let channels = channels(sizes.kernel[1]);
    out.par_chunks_mut(channels * sizes.depth()).enumerate().for_each(|(block, out)| {
        let first = block * channels;
        let outputs = first..(first + channels).min(sizes.outputs);
        arch.dispatch(Block { out, outputs, planes: &planes, gradients: &gradients, padded, rows, sizes });
    });
    out
}

/// Output channels that are worked on at a time: with the taps of a row of the kernel they fill the 32 registers of AVX-512.
const fn channels(taps: usize) -> usize {
    match taps {
        2 | 3 => 8,
        4 => 6,
        _ => 5,
    }
}

/// Gradients of outputs in rows as long as those of the padded pictures, zero where there is no output.
#[derive(Clone, Copy)]
struct Rows {
    output: [usize; 2],
    channels: usize,
    row: usize,
    /// Numbers from one channel to the next.
    channel: usize,
}

impl Rows {
    fn new(sizes: &Sizes) -> Self {
        let row = Padded::of_input(sizes).row;
        let channel = (sizes.output[0] * row).next_multiple_of(LONGEST);
        Self { output: sizes.output, channels: sizes.outputs, row, channel }
    }

    /// Numbers of a picture.
    fn len(&self) -> usize {
        self.channels * self.channel
    }

    /// Writes a picture into zeros.
    fn write(&self, gradient: &[f32], out: &mut [f32]) {
        let [rows, columns] = self.output;
        for (gradient, out) in gradient.chunks_exact(rows * columns).zip(out.chunks_exact_mut(self.channel)) {
            for (from, to) in gradient.chunks_exact(columns).zip(out.chunks_mut(self.row)) {
                to[..columns].copy_from_slice(from);
            }
        }
    }
}

/// The gradient of some output channels' weights.
struct Block<'a> {
    out: &'a mut [f32],
    outputs: Range<usize>,
    planes: &'a [f32],
    gradients: &'a [f32],
    padded: Padded,
    rows: Rows,
    sizes: &'a Sizes,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match self.sizes.kernel[1] {
            2 => self.over::<S, 2>(simd),
            3 => self.over::<S, 3>(simd),
            4 => self.over::<S, 4>(simd),
            _ => self.over::<S, 5>(simd),
        }
    }
}

impl Block<'_> {
    /// Picture by picture and band by band, so that what is read again stays near.
    #[inline(always)]
    fn over<S: Simd, const TAPS: usize>(&mut self, simd: S) {
        let channel = self.rows.channel;
        for picture in 0..self.sizes.pictures {
            let planes = &self.planes[picture * self.padded.len()..][..self.padded.len()];
            let gradients = &self.gradients[picture * self.rows.len()..][..self.rows.len()];
            for band in (0..channel).step_by(BAND).map(|first| first..(first + BAND).min(channel)) {
                self.band::<S, TAPS>(simd, planes, gradients, &band);
            }
        }
    }

    #[inline(always)]
    fn band<S: Simd, const TAPS: usize>(&mut self, simd: S, planes: &[f32], gradients: &[f32], band: &Range<usize>) {
        let [height, _] = self.sizes.kernel;
        for input in 0..self.sizes.inputs {
            for down in 0..height {
                let from = input * self.padded.plane + down * self.padded.row + band.start;
                let x = &planes[from..][..band.len() + TAPS - 1];
                let mut output = self.outputs.start;
                while output < self.outputs.end {
                    let many = fitting::<S, TAPS>(self.outputs.end - output);
                    let rows = &gradients[output * self.rows.channel..];
                    let at = ((output - self.outputs.start) * self.sizes.inputs + input) * height + down;
                    let work = Sums { x, rows, band, apart: self.rows.channel };
                    let into = Into { out: &mut self.out[at * TAPS..], apart: self.sizes.depth() };
                    match many {
                        8 => work.add::<S, TAPS, 8>(simd, into),
                        6 => work.add::<S, TAPS, 6>(simd, into),
                        5 => work.add::<S, TAPS, 5>(simd, into),
                        4 => work.add::<S, TAPS, 4>(simd, into),
                        2 => work.add::<S, TAPS, 2>(simd, into),
                        _ => work.add::<S, TAPS, 1>(simd, into),
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
struct Sums<'a> {
    x: &'a [f32],
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

impl Sums<'_> {
    #[inline(always)]
    fn add<S: Simd, const TAPS: usize, const CHANNELS: usize>(&self, simd: S, into: Into<'_>) {
        let lanes = S::F32_LANES;
        let of_channel = |channel: usize| {
            let row = &self.rows[channel * self.apart..][self.band.clone()];
            S::as_simd_f32s(row).0
        };
        let rows: [&[S::f32s]; CHANNELS] = std::array::from_fn(of_channel);
        let mut sums = [[simd.splat_f32s(0.0); TAPS]; CHANNELS];
        for k in 0..self.band.len() / lanes {
            let x = &self.x[k * lanes..][..lanes + TAPS - 1];
            let x: [S::f32s; TAPS] = std::array::from_fn(|tap| S::as_simd_f32s(&x[tap..][..lanes]).0[0]);
            for (sums, row) in sums.iter_mut().zip(&rows) {
                let gradient = row[k];
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = simd.mul_add_f32s(gradient, x, *sum);
                }
            }
        }
        for (channel, sums) in sums.iter().enumerate() {
            for (out, &sum) in into.out[channel * into.apart..][..TAPS].iter_mut().zip(sums) {
                *out += simd.reduce_sum_f32s(sum);
            }
        }
    }
}
