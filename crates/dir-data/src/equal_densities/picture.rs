//! Square pictures, put side by side or turned.

use crate::depth::rotate_spline;

/// RGB bytes, `side · side · 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Square {
    pub(super) side: usize,
    pub(super) pixels: Vec<u8>,
}

impl Square {
    /// Two of one side next to each other, on black of twice the side.
    pub(super) fn pair(left: &Self, right: &Self) -> Self {
        let (own, side) = (left.side, 2 * left.side);
        let mut pixels = vec![0; side * side * 3];
        for (picture, column) in [(left, 0), (right, own)] {
            for (row, line) in picture.pixels.chunks_exact(own * 3).enumerate() {
                let start = ((own / 2 + row) * side + column) * 3;
                pixels[start..start + line.len()].copy_from_slice(line);
            }
        }
        Self { side, pixels }
    }

    /// Turned about its middle by an angle in degrees. What lies outside the circle that fits in is black, at any angle: corners would
    /// tell it.
    pub(super) fn turned(&self, degrees: f64) -> Self {
        let mut pixels = self.pixels.clone();
        for channel in 0..3 {
            let plane: Vec<f64> = self.pixels.iter().skip(channel).step_by(3).map(|&value| f64::from(value)).collect();
            let turned = rotate_spline(&plane, [self.side; 2], degrees);
            for (k, value) in turned.into_iter().enumerate() {
                pixels[3 * k + channel] = if self.is_inside(k) { value.round().clamp(0.0, 255.0) as u8 } else { 0 };
            }
        }
        Self { side: self.side, pixels }
    }

    fn is_inside(&self, pixel: usize) -> bool {
        let middle = (self.side as f64 - 1.0) / 2.0;
        let [row, column] = [pixel / self.side, pixel % self.side].map(|at| at as f64 - middle);
        row.hypot(column) <= self.side as f64 / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_lies_side_by_side() {
        let grey = |level: u8| Square { side: 2, pixels: vec![level; 12] };
        let pair = Square::pair(&grey(1), &grey(2));
        let levels: Vec<u8> = pair.pixels.iter().copied().step_by(3).collect();
        assert_eq!((pair.side, levels), (4, vec![0, 0, 0, 0, 1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0]));
    }

    #[test]
    fn a_quarter_turn_moves_what_is_inside_the_circle() {
        // Bright on the left, in the middle row: a quarter turn takes it to the bottom, or the top.
        let mut pixels = vec![0; 5 * 5 * 3];
        pixels[2 * 5 * 3..2 * 5 * 3 + 3].copy_from_slice(&[200, 100, 50]);
        let turned = Square { side: 5, pixels }.turned(90.0);
        let bright: Vec<usize> = (0..25).filter(|k| turned.pixels[3 * k] > 150).collect();
        assert!(bright == [22] || bright == [2], "{bright:?}");
        assert_eq!(turned.pixels[3 * bright[0]..3 * bright[0] + 3], [200, 100, 50]);
        let white = Square { side: 6, pixels: vec![255; 108] }.turned(0.0);
        assert!(white.pixels[0] == 0 && white.pixels[3 * 21] == 255, "corners are black at no angle too");
    }
}
