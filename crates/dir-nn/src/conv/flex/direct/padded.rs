//! A picture's planes with zeros around them.

use crate::conv::flex::patches::Sizes;

/// Numbers behind the last plane that a kernel may read, though what it makes of them is thrown away.
const BEHIND: usize = 64;

/// Where the numbers of a padded picture are: the zeros to the right of a row are those to the left of the next, and those
/// below a plane those above the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Padded {
    /// Rows and columns of a plane, without padding.
    size: [usize; 2],
    padding: [usize; 2],
    planes: usize,
    /// Numbers from one row to the next.
    pub(super) row: usize,
    /// Numbers from one plane to the next.
    pub(super) plane: usize,
}

impl Padded {
    /// Of the pictures that a convolution reads.
    pub(super) fn of_input(sizes: &Sizes) -> Self {
        Self::new(sizes.inputs, sizes.picture, sizes.geometry.padding)
    }

    pub(super) fn new(planes: usize, size: [usize; 2], padding: [usize; 2]) -> Self {
        let row = size[1] + padding[1];
        Self { size, padding, planes, row, plane: (size[0] + padding[0]) * row }
    }

    /// Numbers of a picture.
    pub(super) fn len(&self) -> usize {
        let below = self.padding[0] * self.row + self.padding[1];
        self.planes * self.plane + below + BEHIND
    }

    /// Writes a picture, `[planes, rows, columns]`.
    pub(super) fn write(&self, picture: &[f32], out: &mut [f32]) {
        let [rows, columns] = self.size;
        out.fill(0.0);
        for (picture, plane) in picture.chunks_exact(rows * columns).zip(out.chunks_mut(self.plane)) {
            let inside = &mut plane[self.padding[0] * self.row + self.padding[1]..];
            for (from, to) in picture.chunks_exact(columns).zip(inside.chunks_mut(self.row)) {
                to[..columns].copy_from_slice(from);
            }
        }
    }
}
