//! A floor plan: where furniture may stand so that no piece cuts another, a wall or the ceiling.

use super::dice::Dice;
use super::piece::Piece;
use super::vector::{Point, plus, turn, turned};

/// Gap to walls and to other pieces.
const GAP: f32 = 0.02;
/// Places tried for a piece.
const TRIES: usize = 12;

/// The upright box that a piece takes up, turned with it.
#[derive(Clone, Copy, Debug)]
struct Claim {
    /// Middle on the floor, `x` and `z`.
    middle: [f32; 2],
    /// Half sides.
    half: [f32; 2],
    /// Directions of the sides.
    sides: [[f32; 2]; 2],
    /// From this height to that.
    heights: [f32; 2],
}

impl Claim {
    /// What a piece takes up at a place, with free space in front of it.
    fn new(piece: &Piece, at: Point, angle: f32, front: f32) -> Self {
        let ([x0, y0, z0], [x1, y1, z1]) = (piece.low, piece.high);
        let by = turn(angle);
        let [x, _, z] = plus(turned([0.5 * (x0 + x1), 0.0, 0.5 * (z0 + z1 + front)], by), at);
        Self {
            middle: [x, z],
            half: [0.5 * (x1 - x0), 0.5 * (z1 - z0 + front)],
            sides: [[by[0], -by[1]], [by[1], by[0]]],
            heights: [at[1] + y0, at[1] + y1],
        }
    }

    /// Half its width, seen along a direction.
    fn reach(&self, direction: [f32; 2]) -> f32 {
        (0..2).map(|i| self.half[i] * dot(self.sides[i], direction).abs()).sum()
    }

    /// Whether two claims cut each other: no side of either separates them.
    fn cuts(&self, other: &Self) -> bool {
        let level = self.heights[0] < other.heights[1] && other.heights[0] < self.heights[1];
        let between = [other.middle[0] - self.middle[0], other.middle[1] - self.middle[1]];
        let close = |&side: &[f32; 2]| dot(between, side).abs() < self.reach(side) + other.reach(side) + GAP;
        level && self.sides.iter().chain(&other.sides).all(close)
    }

    /// Whether it is inside a room.
    fn inside(&self, [width, height, long]: Point) -> bool {
        let (x, z) = (self.reach([1.0, 0.0]), self.reach([0.0, 1.0]));
        let fits = |middle: f32, reach: f32, side: f32| middle > reach && middle < side - reach;
        fits(self.middle[0], x, width) && fits(self.middle[1], z, long) && self.heights[1] < height
    }
}

fn dot(a: [f32; 2], b: [f32; 2]) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

/// What stands where.
pub(super) struct Plan {
    size: Point,
    claims: Vec<Claim>,
    /// The pieces at their places.
    pub(super) pieces: Vec<Piece>,
}

impl Plan {
    /// Width, height and length of the room.
    pub(super) fn size(&self) -> Point {
        self.size
    }

    /// A plan of an empty room.
    pub(super) fn new(size: Point) -> Self {
        Self { size, claims: Vec::new(), pieces: Vec::new() }
    }

    /// Puts a piece at a place if it is free, and keeps `front` metres before it free.
    pub(super) fn put(&mut self, piece: &Piece, at: Point, angle: f32, front: f32) -> bool {
        let (body, claim) = (Claim::new(piece, at, angle, 0.0), Claim::new(piece, at, angle, front));
        let free = body.inside(self.size) && !self.claims.iter().any(|other| other.cuts(&claim));
        if free {
            self.claims.push(claim);
            self.pieces.push(piece.moved(at, angle));
        }
        free
    }

    /// Puts a piece with its back to any wall; where it is.
    pub(super) fn at_wall(&mut self, piece: &Piece, front: f32, dice: &mut Dice) -> Option<Point> {
        for _ in 0..TRIES {
            let wall = dice.count(0, 3);
            let angle = wall as f32 * std::f32::consts::FRAC_PI_2;
            let [width, _, long] = self.size;
            let (side, away) = if wall.is_multiple_of(2) { (width, long) } else { (long, width) };
            let along = dice.between(-0.5, 0.5) * (side - (piece.high[0] - piece.low[0]) - 4.0 * GAP).max(0.0);
            let centre = 0.5 * (piece.low[0] + piece.high[0]);
            let back = [along - centre, 0.0, 0.3 * GAP - piece.low[2] - 0.5 * away];
            let at = plus(turned(back, turn(angle)), [0.5 * width, 0.0, 0.5 * long]);
            if self.put(piece, at, angle, front) {
                return Some(at);
            }
        }
        None
    }

    /// Puts a piece anywhere on the floor, mostly square to the walls.
    pub(super) fn anywhere(&mut self, piece: &Piece, dice: &mut Dice) -> bool {
        (0..TRIES).any(|_| {
            let at = [dice.between(0.0, self.size[0]), 0.0, dice.between(0.0, self.size[2])];
            let square = dice.count(0, 3) as f32 * std::f32::consts::FRAC_PI_2;
            let angle = square + if dice.chance(0.5) { dice.between(-0.08, 0.08) } else { dice.between(-0.8, 0.8) };
            self.put(piece, at, angle, 0.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::material::Material;

    #[test]
    fn pieces_keep_out_of_each_other_and_of_walls() {
        let mut piece = Piece::default();
        piece.block([2.0, 1.0, 0.5], [0.0; 3], Material::white(&mut Dice::new(&[0])));
        let mut plan = Plan::new([4.0, 2.5, 4.0]);
        assert!(plan.put(&piece, [2.0, 0.0, 2.0], 0.0, 0.0));
        // Its own end reaches 2.25; the other's near side is 0.25 m before its middle.
        assert!(!plan.put(&piece, [2.0, 0.0, 2.45], 0.0, 0.0));
        assert!(!plan.put(&piece, [2.0, 0.0, 3.2], 90f32.to_radians(), 0.0), "its end cuts");
        assert!(plan.put(&piece, [2.0, 1.2, 2.45], 0.0, 0.0), "above the first");
        assert!(plan.put(&piece, [2.0, 0.0, 2.55], 0.0, 0.0), "beside the first");
        assert!(!plan.put(&piece, [0.9, 0.0, 0.5], 0.0, 0.0), "through the wall");
        assert!(!plan.put(&piece, [2.0, 1.6, 0.5], 0.0, 0.0), "through the ceiling");
    }
}
