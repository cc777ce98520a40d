//! A piece of furniture: solids that stand together, and the upright box around them.

use super::dice::Dice;
use super::material::Material;
use super::solid::{Form, Hit, Ray, Solid};
use super::vector::{Point, both_turns, plus, turn, turned};

/// Materials that the furniture of a room shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Wood of most things.
    pub(super) wood: Material,
    /// Wood or paint of the others.
    pub(super) second: Material,
    /// Seats.
    pub(super) cloth: Material,
    /// Blankets, curtains and rugs.
    pub(super) spread: Material,
    /// Legs and handles.
    pub(super) metal: Material,
    /// Porcelain.
    pub(super) white: Material,
}

impl Style {
    /// The style of a room.
    pub(super) fn random(dice: &mut Dice) -> Self {
        Self {
            wood: Material::wood(dice),
            second: Material::wood(dice),
            cloth: Material::cloth(dice),
            spread: Material::cloth(dice),
            metal: Material::metal(dice),
            white: Material::white(dice),
        }
    }
}

/// Makes a piece that stands at the origin and looks towards +z.
pub(super) type Maker = fn(&mut Dice, &Style) -> Piece;

/// Solids that stand together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The solids.
    pub(super) solids: Vec<Solid>,
    /// Lowest corner of the box around them.
    pub(super) low: Point,
    /// Highest corner.
    pub(super) high: Point,
}

impl Default for Piece {
    fn default() -> Self {
        Self { solids: Vec::new(), low: [f32::INFINITY; 3], high: [f32::NEG_INFINITY; 3] }
    }
}

impl Piece {
    fn push(&mut self, solid: Solid) {
        let reach = solid.reach();
        for (i, half) in reach.into_iter().enumerate() {
            self.low[i] = self.low[i].min(solid.centre[i] - half);
            self.high[i] = self.high[i].max(solid.centre[i] + half);
        }
        self.solids.push(solid);
    }

    /// Adds a box of a size: `x`, `y` and `z`. `at` is the middle of its bottom, here and below.
    pub(super) fn block(&mut self, size: Point, at: Point, material: Material) {
        self.turned_block(size, at, 0.0, material);
    }

    /// Adds a box turned about the vertical through its middle.
    pub(super) fn turned_block(&mut self, size: Point, at: Point, angle: f32, material: Material) {
        let half = size.map(|side| 0.5 * side);
        let centre = plus(at, [0.0, half[1], 0.0]);
        self.push(Solid { form: Form::Block(half), centre, turn: turn(angle), material });
    }

    /// Adds an upright cylinder.
    pub(super) fn drum(&mut self, radius: f32, height: f32, at: Point, material: Material) {
        let centre = plus(at, [0.0, 0.5 * height, 0.0]);
        self.push(Solid { form: Form::Drum(radius, 0.5 * height), centre, turn: [1.0, 0.0], material });
    }

    /// Adds a ball.
    pub(super) fn ball(&mut self, radius: f32, at: Point, material: Material) {
        let centre = plus(at, [0.0, radius, 0.0]);
        self.push(Solid { form: Form::Ball(radius), centre, turn: [1.0, 0.0], material });
    }

    /// Adds four posts under the corners of a rectangle.
    pub(super) fn legs(&mut self, [width, depth]: [f32; 2], height: f32, thick: f32, material: Material) {
        for (x, z) in [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)] {
            let at = [x * (width - 2.0 * thick), 0.0, z * (depth - 2.0 * thick)];
            self.block([thick, height, thick], at, material);
        }
    }

    /// Adds another piece at a place, turned.
    pub(super) fn join(&mut self, other: &Self, at: Point, angle: f32) {
        let by = turn(angle);
        for solid in &other.solids {
            let centre = plus(turned(solid.centre, by), at);
            self.push(Solid { centre, turn: both_turns(solid.turn, by), ..*solid });
        }
    }

    /// The piece at a place, turned.
    pub(super) fn moved(&self, at: Point, angle: f32) -> Self {
        let mut piece = Self::default();
        piece.join(self, at, angle);
        piece
    }

    /// The nearest hit before `limit`.
    pub(super) fn hit(&self, ray: &Ray, limit: f32) -> Option<Hit<'_>> {
        let mut nearest: Option<Hit> = None;
        if ray.crosses(self.low, self.high, limit) {
            for solid in &self.solids {
                nearest = solid.hit(ray, nearest.map_or(limit, |hit| hit.t)).or(nearest);
            }
        }
        nearest
    }

    /// Whether anything but a lamp is in the way before `limit`.
    pub(super) fn blocks(&self, ray: &Ray, limit: f32) -> bool {
        let in_way = |solid: &Solid| solid.material.glow == 0.0 && solid.distance(ray).is_some_and(|t| t < limit);
        ray.crosses(self.low, self.high, limit) && self.solids.iter().any(in_way)
    }

    /// Whether a point is in the box around the piece, or closer to it than `margin`.
    pub(super) fn around(&self, point: Point, margin: f32) -> bool {
        (0..3).all(|i| point[i] > self.low[i] - margin && point[i] < self.high[i] + margin)
    }
}
