//! A picture's planes with zeros around them.
//!
//! A kernel of stride 2 sees every second row and column, so a plane is written as four: what lies at even and odd rows and
//! columns, zeros included. In each the kernel moves by one, and its taps are shared out among them.

use crate::conv::flex::patches::Sizes;

/// Numbers behind the last plane that a kernel may read, though what it makes of them is thrown away.
const BEHIND: usize = 64;

/// Where the numbers of a padded picture are. At stride 1 the zeros to the right of a row are those to the left of the next,
/// and those below a plane those above the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Padded {
    /// Rows and columns of a plane, without padding.
    size: [usize; 2],
    padding: [usize; 2],
    stride: [usize; 2],
    /// Planes that are written.
    planes: usize,
    /// Numbers from one row to the next.
    pub(super) row: usize,
    /// Numbers of a plane.
    pub(super) plane: usize,
    /// Numbers from one plane to the next.
    pub(super) apart: usize,
}

impl Padded {
    /// Of the pictures that a convolution reads.
    pub(super) fn of_input(sizes: &Sizes) -> Self {
        let (size, padding, stride) = (sizes.picture, sizes.geometry.padding, sizes.geometry.stride);
        let [rows, row] = [0, 1].map(|axis| match stride[axis] {
            1 => size[axis] + padding[axis],
            step => sizes.output[axis] + (sizes.kernel[axis] - 1) / step,
        });
        let planes = sizes.inputs * stride[0] * stride[1];
        Self { size, padding, stride, planes, row, plane: rows * row, apart: rows * row }
    }

    /// The same with the planes that a channel has in all pictures side by side.
    pub(super) fn of_all_inputs(sizes: &Sizes) -> Self {
        let one = Self::of_input(sizes);
        Self { apart: sizes.pictures * one.plane, ..one }
    }

    /// Numbers of all planes, and of what may be read behind them.
    pub(super) fn len(&self) -> usize {
        let below = self.padding[0] * self.row + self.padding[1];
        self.planes * self.apart + below + BEHIND
    }

    /// Numbers from one channel to the next.
    pub(super) fn channel(&self) -> usize {
        self.stride[0] * self.stride[1] * self.apart
    }

    /// Where a tap is read in a channel for the first output.
    pub(super) fn offset(&self, channel: usize, [down, across]: [usize; 2]) -> usize {
        let [rows, columns] = self.stride;
        let plane = (channel * rows + down % rows) * columns + across % columns;
        plane * self.apart + down / rows * self.row + across / columns
    }

    /// Writes a picture, `[planes, rows, columns]`.
    pub(super) fn write(&self, picture: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        for (picture, out) in picture.chunks_exact(self.size[0] * self.size[1]).zip(out.chunks_mut(self.channel())) {
            self.write_channel(picture, out);
        }
    }

    /// Writes a channel of a picture into zeros.
    pub(super) fn write_channel(&self, picture: &[f32], out: &mut [f32]) {
        let [down, across] = self.stride;
        for remainders in (0..down).flat_map(|down| (0..across).map(move |across| [down, across])) {
            let first = (remainders[0] * across + remainders[1]) * self.apart;
            self.write_plane(picture, remainders, &mut out[first..first + self.plane]);
        }
    }

    /// Writes the rows and columns of a plane whose places in the padded one leave these remainders.
    fn write_plane(&self, picture: &[f32], remainders: [usize; 2], plane: &mut [f32]) {
        // The first row and column that are no padding: here, and in the picture.
        let [down, across] =
            [0, 1].map(|axis| self.padding[axis].saturating_sub(remainders[axis]).div_ceil(self.stride[axis]));
        let from = |axis: usize, first: usize| first * self.stride[axis] + remainders[axis] - self.padding[axis];
        let (top, left) = (from(0, down), from(1, across));
        if left >= self.size[1] {
            return;
        }
        let rows = picture.chunks_exact(self.size[1]).skip(top).step_by(self.stride[0]);
        for (from, to) in rows.zip(plane.chunks_mut(self.row).skip(down)) {
            match self.stride[1] {
                1 => to[across..][..self.size[1]].copy_from_slice(from),
                step => {
                    to[across..].iter_mut().zip(from[left..].iter().step_by(step)).for_each(|(to, &from)| *to = from)
                }
            }
        }
    }
}
