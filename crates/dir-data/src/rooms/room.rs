//! A room: a box seen from inside, with furniture and lamps, and where rays end in it.

use super::dice::Dice;
use super::material::Material;
use super::piece::Piece;
use super::solid::{Hit, Ray};
use super::vector::{Colour, Point, length, minus, scaled};

/// A light without size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lamp {
    /// Where it hangs.
    pub(super) at: Point,
    /// Its strength in each channel.
    pub(super) light: Colour,
}

/// A room with everything in it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// Width, height and length; a corner of the floor is the origin.
    pub(super) size: Point,
    /// Materials of the walls at x = 0, x = width, z = 0 and z = length.
    pub(super) walls: [Material; 4],
    /// Material of the floor.
    pub(super) floor: Material,
    /// Material of the ceiling.
    pub(super) ceiling: Material,
    /// The board along the foot of the walls, and its height.
    pub(super) skirting: (Material, f32),
    /// Furniture.
    pub(super) pieces: Vec<Piece>,
    /// Lamps.
    pub(super) lamps: Vec<Lamp>,
    /// Light from everywhere.
    pub(super) ambient: Colour,
}

impl Room {
    /// A room without furniture and lamps; `wet` asks for tiles.
    pub(super) fn empty(size: Point, wet: bool, dice: &mut Dice) -> Self {
        let wall = Material::wall(wet, dice);
        let accent = if dice.chance(0.2) { Material::wall(false, dice) } else { wall };
        let skirt = if dice.chance(0.5) { Material::wood(dice) } else { Material::white(dice) };
        let height = if dice.chance(0.75) { dice.between(0.06, 0.14) } else { 0.0 };
        Self {
            size,
            walls: [wall, wall, accent, wall],
            floor: Material::floor(wet, dice),
            ceiling: Material::white(dice),
            skirting: (skirt, height),
            pieces: Vec::new(),
            lamps: Vec::new(),
            ambient: scaled(tint(dice), dice.between(0.12, 0.4)),
        }
    }

    /// Adds a lamp with a tinted light.
    pub(super) fn light(&mut self, at: Point, strength: f32, dice: &mut Dice) {
        self.lamps.push(Lamp { at, light: scaled(tint(dice), strength) });
    }

    /// What a ray from inside the room meets first.
    pub(super) fn hit(&self, ray: &Ray) -> Hit<'_> {
        let mut nearest = self.shell(ray);
        for piece in &self.pieces {
            nearest = piece.hit(ray, nearest.t).unwrap_or(nearest);
        }
        nearest
    }

    /// How far a ray gets, and whether furniture ends it.
    pub(super) fn depth(&self, ray: &Ray) -> (f32, bool) {
        let wall = self.shell(ray).t;
        let depth = self.hit(ray).t;
        (depth, depth < wall)
    }

    /// Whether furniture is between two points, lamps left out.
    pub(super) fn blocked(&self, from: Point, to: Point) -> bool {
        let ray = Ray::new(from, minus(to, from));
        self.pieces.iter().any(|piece| piece.blocks(&ray, 1.0))
    }

    /// Where a ray meets walls, floor or ceiling.
    fn shell(&self, ray: &Ray) -> Hit<'_> {
        let exit = |i: usize| {
            let wall = if ray.along[i] > 0.0 { self.size[i] } else { 0.0 };
            let t = (wall - ray.origin[i]) / ray.along[i];
            // Along a wall there is no exit, and 0 / 0 is none either.
            if t.is_finite() { t.max(0.0) } else { f32::INFINITY }
        };
        let axis = (1..3).fold(0, |best, i| if exit(i) < exit(best) { i } else { best });
        let t = exit(axis);
        let far = ray.along[axis] > 0.0;
        let mut normal = [0.0; 3];
        normal[axis] = -ray.along[axis].signum();
        let [x, y, z] = ray.at(t);
        let wall = |k: usize| if y < self.skirting.1 { &self.skirting.0 } else { &self.walls[k + usize::from(far)] };
        let (on, material) = match axis {
            0 => ([z, y], wall(0)),
            1 => ([x, z], if far { &self.ceiling } else { &self.floor }),
            _ => ([x, y], wall(2)),
        };
        Hit { t, normal, on, material }
    }

    /// Whether a point is inside a piece or closer to it than `margin`.
    pub(super) fn occupied(&self, point: Point, margin: f32) -> bool {
        self.pieces.iter().any(|piece| piece.around(point, margin))
    }
}

/// White light, from warm to cold.
fn tint(dice: &mut Dice) -> Colour {
    let warm = dice.between(-1.0, 1.0);
    let light = [1.0 + 0.14 * warm, 1.0 + 0.03 * dice.between(-1.0, 1.0), 1.0 - 0.2 * warm];
    scaled(light, 1.732 / length(light))
}
