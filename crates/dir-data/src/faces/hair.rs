//! Hair behind and in front of the head, its hairline and its colour.

use super::head::Head;
use super::looks::Looks;
use super::scene::Scene;
use super::shape::{Colour, Ellipse, Point, Stroke, cover, dim, mix, point, ramp};

/// The hair of one face.
#[derive(Clone, Debug)]
pub(super) struct Hair {
    back: Ellipse,
    locks: Option<[Stroke; 2]>,
    colour: Colour,
    covering: f32,
    line: f32,
    temple: f32,
    recede: f32,
    half_width: f32,
    streak: f32,
}

impl Hair {
    /// The hair of somebody with these looks.
    pub(super) fn new(looks: &Looks, scene: &Scene, head: &Head) -> Self {
        let volume = scene.hair_volume * looks.hair_cover * (1.0 - 0.7 * looks.recede);
        let bald = 0.07 * looks.recede;
        let (w, h) = (head.half_width, head.half_height);
        let line = -0.64 * h + 0.18 * scene.fringe * (1.0 - looks.recede) - 0.42 * h * looks.recede;
        Self {
            back: Ellipse::new(point(0.0, -0.05 + bald), w + 0.04 + 0.10 * volume, h + 0.02 + 0.09 * volume),
            locks: locks(looks, scene, w, volume),
            colour: hair_colour(looks, scene),
            covering: looks.hair_cover,
            line,
            temple: looks.eye_line + 0.02,
            recede: looks.recede,
            half_width: w,
            streak: 30.0 + 20.0 * scene.hair_volume,
        }
    }

    /// Colour at a point, with streaks.
    pub(super) fn colour(&self, p: Point) -> Colour {
        dim(self.colour, 1.0 + 0.06 * (self.streak * p.x + 7.0 * p.y).sin())
    }

    /// How much of the pixel the hair behind the head covers.
    pub(super) fn behind(&self, p: Point, pixel: f32) -> f32 {
        let mut distance = self.back.distance(p);
        // Below the ears only long hair goes on.
        distance = distance.max(p.y - self.temple - 0.25);
        if let Some(locks) = &self.locks {
            distance = locks.iter().map(|lock| lock.distance(p)).fold(distance, f32::min);
        }
        cover(distance, pixel) * self.covering
    }

    /// How much of the pixel the hair on the head covers; `outline` is the distance to the head's outline.
    pub(super) fn before(&self, p: Point, outline: f32, pixel: f32) -> f32 {
        let aside = (p.x / self.half_width).abs().min(1.2);
        let corner = 1.0 - ((aside - 0.6) / 0.35).abs().min(1.0);
        let side = aside * aside * aside * aside;
        let line = self.line + (self.temple - self.line) * side - 0.14 * self.recede * corner;
        cover(outline - 0.02, pixel) * cover(p.y - line, pixel * 1.5) * self.covering
    }
}

/// Long hair down both sides.
fn locks(looks: &Looks, scene: &Scene, half_width: f32, volume: f32) -> Option<[Stroke; 2]> {
    (scene.hair_length > 0.0).then(|| {
        let length = (0.2 + 0.9 * scene.hair_length) * ramp(0.2, 0.7, looks.hair_cover);
        [-1.0, 1.0].map(|side| {
            let (top, low) = (point(side * half_width * 0.92, -0.1), point(side * half_width * 0.98, -0.1 + length));
            Stroke::new(top, low, -0.04 * side, 0.10 + 0.08 * volume)
        })
    })
}

/// The hair's own colour on its way to grey and white.
pub(super) fn hair_colour(looks: &Looks, scene: &Scene) -> Colour {
    let grey = mix([0.50, 0.50, 0.52], [0.94, 0.94, 0.92], looks.white);
    mix(scene.hair, grey, looks.grey)
}
