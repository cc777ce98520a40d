//! Random changes of a training pair.
//!
//! # Source
//! Official `nyud2-dir/nyu_transform.py` at a6fdc45. We differ in what a rotation does to the map: there its corners become depths
//! of 0 that are trained on, and edges between near and far are smoothed into depths that nothing has; here the corners have no
//! depth and every pixel keeps that of its nearest. [`DepthAugmentation::official_rotation`] is theirs.

use dir_core::random::Stream;
use serde::{Deserialize, Serialize};

use super::colour::Jitter;

/// Random changes of a training pair.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `flip` | true | mirror left and right, half of the time |
/// | `rotation` | 5 | most degrees, either way |
/// | `lighting` | 0.1 | deviation of the shifts along ImageNet's principal colours |
/// | `jitter` | 0.4 | largest change of brightness, contrast and saturation |
/// | `official_rotation` | false | splines for maps as well, their corners depth 0 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DepthAugmentation {
    /// Whether to mirror.
    pub flip: bool,
    /// Most degrees of a rotation.
    pub rotation: f64,
    /// Deviation of the shifts of colour.
    pub lighting: f64,
    /// Largest change of brightness, contrast and saturation.
    pub jitter: f64,
    /// Splines for maps as well, their corners depth 0.
    pub official_rotation: bool,
}

impl Default for DepthAugmentation {
    fn default() -> Self {
        Self { flip: true, rotation: 5.0, lighting: 0.1, jitter: 0.4, official_rotation: false }
    }
}

/// What was drawn for one pair.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DepthDrawn {
    /// Whether it is mirrored.
    pub mirrored: bool,
    /// Degrees that it is rotated by.
    pub degrees: f64,
    /// Whether the map is rotated as officially.
    pub official_rotation: bool,
    /// Shifts along the principal colours.
    pub lighting: [f32; 3],
    /// Changes of colour, in order.
    pub(super) jitter: Vec<(Jitter, f32)>,
}

impl DepthAugmentation {
    /// Draws for a pair.
    #[must_use]
    pub fn draw(&self, random: &mut Stream) -> DepthDrawn {
        let mirrored = self.flip && random.unit() < 0.5;
        let degrees = self.rotation * (2.0 * random.unit() - 1.0);
        let lighting = [0; 3].map(|_| (self.lighting * random.normal()) as f32);
        let mut order = Jitter::EACH;
        random.shuffle(&mut order);
        let jitter = order.map(|kind| (kind, (self.jitter * (2.0 * random.unit() - 1.0)) as f32)).to_vec();
        DepthDrawn { mirrored, degrees, official_rotation: self.official_rotation, lighting, jitter }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_their_bounds() {
        let drawn: Vec<DepthDrawn> =
            (0..500).map(|k| DepthAugmentation::default().draw(&mut Stream::new(&[k]))).collect();
        assert!(drawn.iter().all(|d| d.degrees.abs() <= 5.0 && d.jitter.iter().all(|(_, a)| a.abs() <= 0.4)));
        let mirrored = drawn.iter().filter(|d| d.mirrored).count();
        assert!((200..300).contains(&mirrored), "{mirrored}");
        let firsts = |kind| drawn.iter().filter(|d| d.jitter[0].0 == kind).count();
        assert!(Jitter::EACH.into_iter().all(|kind| firsts(kind) > 120));
        assert_eq!(drawn[7], DepthAugmentation::default().draw(&mut Stream::new(&[7])));
    }
}
