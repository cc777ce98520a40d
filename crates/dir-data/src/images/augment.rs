//! From pixels to numbers: zero padding and a random crop, a random flip, normalisation.
//!
//! # Source
//! Official `agedb-dir/datasets.py:34-52` at a6fdc45: resize to 224, pad 16 and crop 224, flip with probability ½,
//! `(x / 255 - ½) / ½`. Other sizes are padded by the same fourteenth.

use dir_core::random::Stream;
use serde::{Deserialize, Serialize};

/// Random changes of a training picture.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `padding` | a 14th of the side (16 of 224) | zeros on every side before a crop of the old size |
/// | `flip` | true | mirror left and right, half of the time |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Zeros on every side; absent: a 14th of the side.
    pub padding: Option<usize>,
    /// Whether to mirror.
    pub flip: bool,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self { padding: None, flip: true }
    }
}

/// What was drawn for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// How far the picture moves down and right, in pixels.
    pub shift: [isize; 2],
    /// Whether it is mirrored.
    pub mirrored: bool,
}

impl Drawn {
    /// The picture as it is.
    pub const NONE: Self = Self { shift: [0, 0], mirrored: false };
}

impl Augmentation {
    /// Draws for a picture of some side.
    #[must_use]
    pub fn draw(&self, side: usize, random: &mut Stream) -> Drawn {
        let padding = self.padding.unwrap_or((side as f64 / 14.0).round() as usize);
        let mut shift = || padding as isize - random.below(2 * padding + 1) as isize;
        Drawn { shift: [shift(), shift()], mirrored: self.flip && random.unit() < 0.5 }
    }
}

/// Writes a square picture as `[3, side, side]` between -1 and 1; what moves in from outside is black.
///
/// # Panics
/// If the lengths do not fit the side.
pub(super) fn write(out: &mut [f32], pixels: &[u8], side: usize, drawn: Drawn) {
    assert!(pixels.len() == 3 * side * side && out.len() == pixels.len(), "write: found a picture of another size");
    let Drawn { shift: [down, right], mirrored } = drawn;
    let (plane, black) = (side * side, normalised(0));
    // Columns of the output that the picture reaches, before mirroring.
    let first = right.clamp(0, side as isize) as usize;
    let end = (side as isize + right).clamp(0, side as isize) as usize;
    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
        for (y, out) in out.chunks_exact_mut(side).enumerate() {
            let Some(row) = (y as isize - down).try_into().ok().filter(|&row: &usize| row < side) else {
                out.fill(black);
                continue;
            };
            let from = &pixels[3 * (row * side)..][..3 * side];
            let source = |x: usize| normalised(from[3 * (x as isize - right) as usize + channel]);
            out[..first].fill(black);
            out[end..].fill(black);
            out[first..end].iter_mut().zip(first..).for_each(|(o, x)| *o = source(x));
            if mirrored {
                out.reverse();
            }
        }
    }
}

fn normalised(byte: u8) -> f32 {
    f32::from(byte) * (2.0 / 255.0) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 x 3, channels 0, 100 and 200 more than `10 · row + column`.
    fn picture() -> Vec<u8> {
        (0..3).flat_map(|y| (0..3).flat_map(move |x| [0, 100, 200].map(|c| c + 10 * y + x))).collect()
    }

    fn bytes(drawn: Drawn) -> Vec<u8> {
        let mut out = vec![9.0; 27];
        write(&mut out, &picture(), 3, drawn);
        out.iter().map(|v| ((v + 1.0) * 127.5).round() as u8).collect()
    }

    #[test]
    fn shifts_and_mirrors() {
        assert_eq!(bytes(Drawn::NONE)[..9], [0, 1, 2, 10, 11, 12, 20, 21, 22]);
        assert_eq!(
            bytes(Drawn { mirrored: true, ..Drawn::NONE })[9..18],
            [102, 101, 100, 112, 111, 110, 122, 121, 120]
        );
        let moved = bytes(Drawn { shift: [1, -1], mirrored: false });
        assert_eq!(moved[9..18], [0, 0, 0, 101, 102, 0, 111, 112, 0]);
        assert_eq!(bytes(Drawn { shift: [5, -7], mirrored: true }), [0; 27]);
    }

    #[test]
    fn draws_reach_all_shifts() {
        let (mut random, of) = (Stream::new(&[1]), Augmentation::default());
        let drawn: Vec<Drawn> = (0..2000).map(|_| of.draw(224, &mut random)).collect();
        let span = |axis: usize| {
            let all = drawn.iter().map(|d| d.shift[axis]);
            (all.clone().min(), all.max())
        };
        assert_eq!((span(0), span(1)), ((Some(-16), Some(16)), (Some(-16), Some(16))));
        let mirrored = drawn.iter().filter(|d| d.mirrored).count();
        assert!((900..1100).contains(&mirrored), "{mirrored}");
        let still = Augmentation { padding: Some(0), flip: false };
        assert_eq!(still.draw(64, &mut random), Drawn::NONE);
    }
}
