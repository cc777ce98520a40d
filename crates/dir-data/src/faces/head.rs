//! The outline of the head, from a round child's to a long grown-up's with hanging jowls.

use super::looks::Looks;
use super::shape::{Ellipse, Point, point};

/// The outline of a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Half its width at the cheeks.
    pub(super) half_width: f32,
    /// Half its height.
    pub(super) half_height: f32,
    taper: f32,
    sag: f32,
}

impl Head {
    /// The head of somebody with these looks.
    pub(super) fn new(looks: &Looks) -> Self {
        Self { half_width: looks.half_width, half_height: looks.half_height, taper: looks.taper, sag: looks.sag }
    }

    /// Signed distance to the outline: an ellipse whose width depends on the height.
    pub(super) fn distance(&self, p: Point) -> f32 {
        let down = (p.y / self.half_height).max(0.0);
        let from_jowl = (down - 0.66) / 0.22;
        let jowl = 0.16 * self.sag / (1.0 + from_jowl * from_jowl * from_jowl * from_jowl);
        let width = self.half_width * (1.0 - self.taper * down * down + jowl * down);
        Ellipse::new(point(0.0, 0.0), width.max(0.1), self.half_height).distance(p)
    }

    /// Moves a point of the picture to where it is on a head that looks straight ahead.
    pub(super) fn unturn(&self, p: Point, turn: f32) -> Point {
        let aside = (p.x / self.half_width).clamp(-1.0, 1.0);
        point(p.x - 0.16 * turn * (1.0 - aside * aside), p.y)
    }
}
