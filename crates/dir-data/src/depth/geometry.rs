//! Which pixels of a picture a network sees: the shorter side is scaled, the middle cut out.
//!
//! # Source
//! Official `nyud2-dir/nyu_transform.py` at a6fdc45: the shorter side to 240, the middle 228 x 304, the map at half of that.

use serde::{Deserialize, Serialize};

/// Sizes, rows before columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The shorter side after scaling.
    pub short: usize,
    /// The middle that is cut out.
    pub crop: [usize; 2],
}

impl Frame {
    /// Rows and columns of a network's map for the crop: twice what two halvings, each rounded up, leave.
    #[must_use]
    pub fn output(&self) -> [usize; 2] {
        self.crop.map(|side| 2 * side.div_ceil(2).div_ceil(2))
    }
}

/// Rows and columns after the shorter side became `short`; the other is cut down to a whole number, as officially.
///
/// # Example
/// ```
/// assert_eq!(dir_data::depth::resized_size([480, 640], 240), [240, 320]);
/// ```
#[must_use]
pub fn resized_size([height, width]: [usize; 2], short: usize) -> [usize; 2] {
    if height <= width {
        [short, (short * width / height.max(1)).max(1)]
    } else {
        [(short * height / width).max(1), short]
    }
}

/// The nearest of `from` places for every one of `to`, as Pillow finds it: that which the new place's middle falls into.
pub(super) fn nearest(from: usize, to: usize) -> impl Fn(usize) -> usize {
    move |place| ((2 * place + 1) * from / (2 * to.max(1))).min(from.saturating_sub(1))
}

/// A map with other numbers of rows and columns, each place that of its nearest.
pub(super) fn resize_nearest<T: Copy>(
    values: &[T],
    [height, width]: [usize; 2],
    [rows, columns]: [usize; 2],
) -> Vec<T> {
    let (row, column) = (nearest(height, rows), nearest(width, columns));
    (0..rows * columns).map(|k| values[row(k / columns) * width + column(k % columns)]).collect()
}

/// The middle of a map.
pub(super) fn crop<T: Copy>(values: &[T], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<T> {
    let (top, left) = ((height - rows) / 2, (width - columns) / 2);
    (0..rows).flat_map(|y| values[(top + y) * width + left..][..columns].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_sizes() {
        let frame = Frame { short: 240, crop: [228, 304] };
        assert_eq!(frame.output(), [114, 152]);
        assert_eq!(resized_size([640, 480], 240), [320, 240]);
    }

    #[test]
    fn places_by_hand() {
        let map: Vec<u32> = (0..24).collect(); // 4 rows of 6
        assert_eq!(resize_nearest(&map, [4, 6], [2, 3]), [7, 9, 11, 19, 21, 23]);
        assert_eq!(resize_nearest(&[5, 6], [1, 2], [1, 4]), [5, 5, 6, 6]);
        assert_eq!(crop(&map, [4, 6], [2, 2]), [8, 9, 14, 15]);
        assert_eq!(crop(&map, [4, 6], [4, 6]), map);
    }
}
