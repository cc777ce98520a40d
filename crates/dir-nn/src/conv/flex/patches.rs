//! Pictures as matrices of patches (im2col): column `(n, y, x)` holds what the kernel sees at output `(y, x)` of picture `n`,
//! row `(channel, ky, kx)`.

use std::ops::Range;

use crate::conv::Geometry;
use crate::product::Float;

/// Sizes of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(super) pictures: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Rows and columns of the input.
    pub(super) picture: [usize; 2],
    /// Rows and columns of the kernel.
    pub(super) kernel: [usize; 2],
    /// Rows and columns of the output.
    pub(super) output: [usize; 2],
    pub(super) geometry: Geometry,
}

/// Numbers of a matrix of patches that is worked on at a time: half the second cache of a core.
const BLOCK: usize = 128 * 1024;
/// Columns that make a product worth its set-up.
const FEWEST: usize = 64;

impl Sizes {
    pub(super) fn new(x: &[usize], weight: &[usize], geometry: Geometry) -> Self {
        let (picture, kernel) = ([x[2], x[3]], [weight[2], weight[3]]);
        let output = [0, 1].map(|axis| geometry.output(axis, picture[axis], kernel[axis]));
        Self { pictures: x[0], inputs: x[1], outputs: weight[0], picture, kernel, output, geometry }
    }

    /// Numbers of one channel of the input.
    pub(super) fn plane(&self) -> usize {
        self.picture[0] * self.picture[1]
    }

    /// Numbers of one picture.
    pub(super) fn input(&self) -> usize {
        self.inputs * self.plane()
    }

    /// Numbers of one channel of the output.
    pub(super) fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Numbers of one picture's output.
    pub(super) fn result(&self) -> usize {
        self.outputs * self.places()
    }

    /// Taps of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows of the matrix of patches.
    pub(super) fn depth(&self) -> usize {
        self.inputs * self.taps()
    }

    /// Whether a picture is its own matrix of patches.
    pub(super) fn is_pointwise(&self) -> bool {
        self.taps() == 1 && self.geometry == Geometry::square(1, 0)
    }

    /// Columns that are worked on at a time when the matrix of patches has so many rows.
    fn columns(&self, rows: usize) -> usize {
        (BLOCK / rows.max(1)).clamp(FEWEST, 4096)
    }

    /// Pictures that are put side by side to fill these columns: small ones alone would make products without substance.
    pub(super) fn together(&self, rows: usize) -> usize {
        (self.columns(rows) / self.places().max(1)).clamp(1, self.pictures.max(1))
    }

    /// Bands of output rows of one picture that fill the columns.
    pub(super) fn bands(&self, rows: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let height = self.output[0];
        let step = (self.columns(rows) / self.output[1].max(1)).max(1);
        (0..height).step_by(step).map(move |first| first..(first + step).min(height))
    }
}

/// Writes the patches of some channels for a band of output rows: one row per `(channel, ky, kx)`, `stride` apart.
pub(super) fn fill<E: Float>(out: &mut [E], stride: usize, channels: &[E], band: &Range<usize>, sizes: &Sizes) {
    let columns = band.len() * sizes.output[1];
    for (row, (plane, tap)) in taps(channels, sizes).enumerate() {
        fill_tap(&mut out[row * stride..][..columns], plane, tap, band, sizes);
    }
}

/// Channels with each tap of the kernel.
fn taps<'a, E>(channels: &'a [E], sizes: &Sizes) -> impl Iterator<Item = (&'a [E], [usize; 2])> + use<'a, E> {
    let [height, width] = sizes.kernel;
    let of_kernel = move || (0..height).flat_map(move |ky| (0..width).map(move |kx| [ky, kx]));
    channels.chunks_exact(sizes.plane()).flat_map(move |plane| of_kernel().map(move |tap| (plane, tap)))
}

/// What one tap of the kernel sees from a band of output rows.
fn fill_tap<E: Float>(out: &mut [E], plane: &[E], tap: [usize; 2], band: &Range<usize>, sizes: &Sizes) {
    let inside = Inside::new(tap, sizes);
    for (y, out) in band.clone().zip(out.chunks_exact_mut(sizes.output[1])) {
        let Some(from) = inside.row(y) else {
            out.fill(E::default());
            continue;
        };
        let Inside { first, end, step, .. } = inside;
        out[..first].fill(E::default());
        out[end..].fill(E::default());
        match step {
            1 => out[first..end].copy_from_slice(&plane[from..][..end - first]),
            _ => out[first..end].iter_mut().zip(plane[from..].iter().step_by(step)).for_each(|(o, &v)| *o = v),
        }
    }
}

/// Adds patches back to where they came from (col2im): the transpose of [`fill`].
pub(super) fn add_back<E: Float>(channels: &mut [E], patches: &[E], stride: usize, band: &Range<usize>, sizes: &Sizes) {
    let (columns, [height, width]) = (band.len() * sizes.output[1], sizes.kernel);
    for (channel, plane) in channels.chunks_exact_mut(sizes.plane()).enumerate() {
        for (k, tap) in (0..height).flat_map(|ky| (0..width).map(move |kx| [ky, kx])).enumerate() {
            let row = channel * height * width + k;
            add_tap_back(plane, &patches[row * stride..][..columns], tap, band, sizes);
        }
    }
}

fn add_tap_back<E: Float>(plane: &mut [E], patches: &[E], tap: [usize; 2], band: &Range<usize>, sizes: &Sizes) {
    let inside = Inside::new(tap, sizes);
    let Inside { first, end, step, .. } = inside;
    for (y, patches) in band.clone().zip(patches.chunks_exact(sizes.output[1])) {
        let Some(to) = inside.row(y) else { continue };
        match step {
            1 => plane[to..][..end - first].iter_mut().zip(&patches[first..end]).for_each(|(o, &v)| *o += v),
            _ => plane[to..].iter_mut().step_by(step).zip(&patches[first..end]).for_each(|(o, &v)| *o += v),
        }
    }
}

/// The outputs whose tap lies inside the picture.
#[derive(Clone, Copy)]
struct Inside {
    tap: [usize; 2],
    /// Columns of the output.
    first: usize,
    end: usize,
    /// Columns of the input between columns of the output.
    step: usize,
    down: usize,
    padding: [usize; 2],
    picture: [usize; 2],
}

impl Inside {
    fn new(tap: [usize; 2], sizes: &Sizes) -> Self {
        let Geometry { stride: [down, step], padding } = sizes.geometry;
        let (columns, width) = (sizes.output[1], sizes.picture[1]);
        let first = padding[1].saturating_sub(tap[1]).div_ceil(step);
        // One past the last output `o` with `o · step + tap < width + padding`.
        let end = (width + padding[1]).saturating_sub(tap[1]).div_ceil(step);
        let (first, end) = (first.min(columns), end.min(columns));
        Self { tap, first, end: end.max(first), step, down, padding, picture: sizes.picture }
    }

    /// Where the first of them is read in a channel for an output row; `None` if that row sees zeros alone.
    fn row(&self, y: usize) -> Option<usize> {
        let row = (y * self.down + self.tap[0]).checked_sub(self.padding[0]).filter(|&row| row < self.picture[0])?;
        let column = (self.first * self.step + self.tap[1]).checked_sub(self.padding[1])?;
        (self.first < self.end).then_some(row * self.picture[1] + column)
    }
}
