//! Pictures as matrices of patches (im2col): column `(n, y, x)` holds what the kernel sees at output `(y, x)` of picture `n`.

use super::extension::Geometry;

/// Sizes of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
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

    /// Numbers of one channel of the output.
    pub(super) fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Taps of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether a picture is its own matrix of patches.
    pub(super) fn is_pointwise(&self) -> bool {
        self.taps() == 1 && self.geometry == Geometry::square(1, 0)
    }
}

/// Writes the patches of some channels of one picture: row `(channel, ky, kx)`, `places` numbers each, `stride` apart.
pub(super) fn fill<E: Copy + Default>(out: &mut [E], stride: usize, channels: &[E], sizes: &Sizes) {
    let mut row = 0;
    for plane in channels.chunks_exact(sizes.plane()) {
        for ky in 0..sizes.kernel[0] {
            for kx in 0..sizes.kernel[1] {
                fill_tap(&mut out[row * stride..][..sizes.places()], plane, [ky, kx], sizes);
                row += 1;
            }
        }
    }
}

/// What one tap of the kernel sees over the whole output.
fn fill_tap<E: Copy + Default>(out: &mut [E], plane: &[E], [ky, kx]: [usize; 2], sizes: &Sizes) {
    let ([height, width], Geometry { stride, padding }) = (sizes.picture, sizes.geometry);
    let (first, end) = inside(width, kx, stride[1], padding[1], sizes.output[1]);
    for (y, out) in out.chunks_exact_mut(sizes.output[1]).enumerate() {
        let row = (y * stride[0] + ky).checked_sub(padding[0]).filter(|&row| row < height);
        let Some(row) = row.filter(|_| first < end) else {
            out.fill(E::default());
            continue;
        };
        out[..first].fill(E::default());
        out[end..].fill(E::default());
        let from = &plane[row * width + first * stride[1] + kx - padding[1]..(row + 1) * width];
        match stride[1] {
            1 => out[first..end].copy_from_slice(&from[..end - first]),
            step => out[first..end].iter_mut().zip(from.iter().step_by(step)).for_each(|(o, &v)| *o = v),
        }
    }
}

/// The outputs along an axis whose tap lies inside the picture.
fn inside(size: usize, tap: usize, stride: usize, padding: usize, outputs: usize) -> (usize, usize) {
    let first = padding.saturating_sub(tap).div_ceil(stride);
    // The last output `o` with `o · stride + tap < size + padding`.
    let end = (size + padding).saturating_sub(tap).div_ceil(stride);
    (first.min(outputs), end.min(outputs))
}
