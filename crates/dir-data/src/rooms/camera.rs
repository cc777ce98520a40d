//! A pinhole camera held at the height of a person's chest or eyes.

use super::dice::Dice;
use super::room::Room;
use super::solid::Ray;
use super::vector::{Point, plus, scaled};

/// Angle of view across the longer side of the picture, in degrees; a Kinect's colour camera has about as much.
const VIEW: f32 = 60.0;
/// Height above the floor.
const HEIGHT: [f32; 2] = [1.0, 1.7];
/// Distance from walls.
const FROM_WALL: f32 = 0.3;

/// Where the camera is and how it is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Camera {
    at: Point,
    forward: Point,
    right: Point,
    up: Point,
}

impl Camera {
    /// A camera at a place; heading, pitch (up is positive) and roll in radians.
    pub(super) fn new(at: Point, heading: f32, pitch: f32, roll: f32) -> Self {
        let ((sin, cos), (up, flat)) = (heading.sin_cos(), pitch.sin_cos());
        let (side, above) = ([cos, 0.0, -sin], [-sin * up, flat, -cos * up]);
        let (lean, hold) = roll.sin_cos();
        Self {
            at,
            forward: [sin * flat, up, cos * flat],
            right: plus(scaled(side, hold), scaled(above, lean)),
            up: plus(scaled(above, hold), scaled(side, -lean)),
        }
    }

    /// A camera anywhere in a room; it looks at furniture or into the room, seldom away from everything.
    pub(super) fn random(room: &Room, dice: &mut Dice) -> Self {
        let [width, _, long] = room.size;
        let at = [
            dice.between(FROM_WALL, width - FROM_WALL),
            dice.between(HEIGHT[0], HEIGHT[1]),
            dice.between(FROM_WALL, long - FROM_WALL),
        ];
        let goal = [dice.between(0.0, width), dice.between(0.0, long)];
        let heading = if dice.chance(0.8) {
            (goal[0] - at[0]).atan2(goal[1] - at[2])
        } else {
            dice.between(0.0, std::f32::consts::TAU)
        };
        let pitch = dice.between(-15.0, 10.0).min(dice.between(-15.0, 10.0));
        Self::new(at, heading, pitch.to_radians(), dice.between(-3.0, 3.0).to_radians())
    }

    /// A camera in the middle of a room.
    pub(super) fn central(room: &Room, dice: &mut Dice) -> Self {
        let [width, _, long] = room.size;
        Self::new([0.5 * width, 1.3, 0.5 * long], dice.between(0.0, std::f32::consts::TAU), 0.0, 0.0)
    }

    /// Where it is.
    pub(super) fn at(&self) -> Point {
        self.at
    }

    /// The ray through a point of a picture, in pixels from its upper left corner. Its `t` is the depth.
    pub(super) fn ray(&self, [x, y]: [f32; 2], width: usize, height: usize) -> Ray {
        let pixel = pixel(width, height);
        let (a, b) = ((x - 0.5 * width as f32) * pixel, (0.5 * height as f32 - y) * pixel);
        let along = std::array::from_fn(|i| self.forward[i] + a * self.right[i] + b * self.up[i]);
        Ray::new(self.at, along)
    }

    /// Depth of the middle of every pixel.
    pub(super) fn depth(&self, room: &Room, width: usize, height: usize) -> Vec<f32> {
        middles(width, height).map(|middle| room.depth(&self.ray(middle, width, height)).0).collect()
    }
}

/// Width of a pixel at a depth of one metre.
pub(super) fn pixel(width: usize, height: usize) -> f32 {
    2.0 * (0.5 * VIEW).to_radians().tan() / width.max(height) as f32
}

/// The middles of all pixels, row by row.
pub(super) fn middles(width: usize, height: usize) -> impl Iterator<Item = [f32; 2]> {
    (0..height).flat_map(move |y| (0..width).map(move |x| [x as f32 + 0.5, y as f32 + 0.5]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bare room of 4 m by 5 m, 2.5 m high, seen from (2, 1.5, 1).
    fn central_depth(heading: f32, pitch: f32) -> f32 {
        let room = Room::empty([4.0, 2.5, 5.0], false, &mut Dice::new(&[1]));
        let camera = Camera::new([2.0, 1.5, 1.0], heading.to_radians(), pitch.to_radians(), 0.05);
        let (width, height) = (41, 31);
        camera.depth(&room, width, height)[15 * width + 20]
    }

    #[test]
    fn the_central_ray_of_an_empty_room_is_as_long_as_by_hand() {
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-4, "{found}, {expected}");
        near(central_depth(0.0, 0.0), 4.0);
        near(central_depth(180.0, 0.0), 1.0);
        near(central_depth(90.0, 0.0), 2.0);
        // Down by 30 degrees it falls 1.5 m within 1.5 / sin 30.
        near(central_depth(0.0, -30.0), 3.0);
        // Up by 10 degrees it meets the wall, 0.7053 m higher: 4 / cos 10.
        near(central_depth(0.0, 10.0), 4.061_706);
    }

    #[test]
    fn depth_counts_along_the_axis_not_along_the_ray() {
        let room = Room::empty([40.0, 2.5, 5.0], false, &mut Dice::new(&[1]));
        let camera = Camera::new([20.0, 1.2, 1.0], 0.0, 0.0, 0.0);
        let depth = camera.depth(&room, 21, 1);
        assert!(depth.iter().all(|d| (d - 4.0).abs() < 1e-4), "{depth:?}");
    }
}
