//! Synthetic rooms: drawings of furnished rooms with the depth of every pixel, in the layout of NYUD2-DIR.
//!
//! A twin of NYU Depth v2, so that every command can be tried at once. Depth can be learned from perspective, textures
//! of known size, light that falls off and things in front of others; hardly from colour, and only in part from the
//! place in the picture. Depths are as unevenly spread as in NYU Depth v2: most between 1 and 3.5 m, few beyond 7 m.
//!
//! A key gives a room (`furnish.rs`), another a camera in it (`aim.rs`); rays (`solid.rs`, `room.rs`) find the depth,
//! and more of them the light (`light.rs`).

mod aim;
mod camera;
mod dice;
mod finish;
mod furnish;
mod hung;
mod kinds;
mod light;
mod material;
mod noise;
mod pattern;
mod piece;
mod plan;
mod room;
mod seats;
mod set;
mod small;
mod solid;
mod storage;
mod tables;
mod vector;

use self::camera::{Camera, middles, pixel};
use self::dice::Dice;
use self::finish::Finish;
use self::kinds::Kind;
use self::vector::{Colour, plus, scaled};

pub use self::set::write_set;

/// A view into a room.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// RGB bytes `[height, width, 3]`.
    pub colour: Vec<u8>,
    /// Depth of every pixel in metres, `[height, width]`: distance along the optical axis, as a depth camera gives, not
    /// the length of the ray.
    pub depth: Vec<f32>,
}

/// The dice of a room start from a key with this second number, those of a view with the other.
const ROOM: u64 = 3;
const VIEW: u64 = 4;

/// Draws view number `view` of room `room` for a seed. Same key, same view.
///
/// # Panics
/// If `width` or `height` is 0.
///
/// # Example
/// ```
/// let view = dir_data::rooms::draw(40, 30, 0, 7, 0);
/// assert_eq!((view.colour.len(), view.depth.len()), (40 * 30 * 3, 40 * 30));
/// assert!(view.depth.iter().all(|metres| (0.7..10.0).contains(metres)));
/// ```
#[must_use]
pub fn draw(width: usize, height: usize, seed: u64, room: u64, view: u64) -> View {
    assert!(width > 0 && height > 0, "draw: found {width} x {height} pixels, expected at least one");
    let mut dice = Dice::new(&[seed, ROOM, room]);
    let kind = Kind::random(&mut dice);
    let mut scene = furnish::furnished(kind, &mut dice);
    let mut dice = Dice::new(&[seed, VIEW, room, view]);
    let (camera, depth) = aim::aim(&scene, width, height, &mut dice).unwrap_or_else(|| {
        // Too full to stand in: the same room, cleared. From its middle everything is in range.
        scene.pieces.clear();
        let camera = Camera::central(&scene, &mut dice);
        let depth = camera.depth(&scene, width, height);
        (camera, depth)
    });
    let finish = Finish::random(&mut dice);
    let light: Vec<Colour> =
        middles(width, height).map(|middle| light_of_pixel(&scene, &camera, middle, width, height)).collect();
    let places = middles(width, height).map(|[x, y]| [2.0 * x / width as f32 - 1.0, 2.0 * y / height as f32 - 1.0]);
    View { colour: finish.bytes(&light, places, &mut dice), depth }
}

/// The mean of two rays through a pixel, so that edges are less jagged.
fn light_of_pixel(scene: &room::Room, camera: &Camera, [x, y]: [f32; 2], width: usize, height: usize) -> Colour {
    let through = |a: f32, b: f32| camera.ray([x + a, y + b], width, height);
    let pixel = pixel(width, height);
    let seen = |a, b| light::seen(scene, &through(a, b), pixel);
    scaled(plus(seen(-0.25, -0.25), seen(0.25, 0.25)), 0.5)
}

/// Name of the kind of a room.
fn kind_name(seed: u64, room: u64) -> &'static str {
    Kind::random(&mut Dice::new(&[seed, ROOM, room])).name
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn a_key_gives_the_same_view_and_others_other_views() {
        let view = draw(24, 18, 1, 2, 3);
        assert_eq!(view, draw(24, 18, 1, 2, 3));
        for (seed, room, number) in [(0, 2, 3), (1, 3, 3), (1, 2, 4)] {
            assert_ne!(view.depth, draw(24, 18, seed, room, number).depth);
        }
    }

    #[test]
    fn every_depth_is_in_the_camera_s_range() {
        for room in 0..20 {
            for number in 0..3 {
                let view = draw(40, 30, 5, room, number);
                assert!(view.depth.iter().all(|metres| (0.7..=9.95).contains(metres)), "room {room}, view {number}");
            }
        }
    }

    #[test]
    fn pictures_are_neither_black_nor_burnt_out() {
        for room in 0..20 {
            let view = draw(40, 30, 6, room, 0);
            let mean = view.colour.iter().map(|&byte| f64::from(byte)).sum::<f64>() / view.colour.len() as f64;
            assert!((60.0..200.0).contains(&mean), "room {room}: {mean}");
        }
    }

    #[test]
    fn depths_are_long_tailed() {
        let shots: Vec<Vec<f32>> = (0..200).into_par_iter().map(|k| draw(40, 30, 0, k / 2, k % 2).depth).collect();
        let total = (200 * 40 * 30) as f64;
        let share = |low: f32, high: f32| {
            let inside = |depth: &Vec<f32>| depth.iter().filter(|metres| (low..high).contains(*metres)).count();
            shots.iter().map(inside).sum::<usize>() as f64 / total
        };
        let bins: Vec<String> = (0..10).map(|k| format!("{:.2} %", 100.0 * share(k as f32, k as f32 + 1.0))).collect();
        println!("shares of depths by metre: {}", bins.join(", "));
        assert!(share(1.0, 3.5) > 0.6, "{}", share(1.0, 3.5));
        assert!((0.005..0.03).contains(&share(7.0, 10.0)), "{}", share(7.0, 10.0));
        assert!((1e-5..0.004).contains(&share(9.0, 10.0)), "{}", share(9.0, 10.0));
    }

    #[test]
    fn the_place_in_the_picture_does_not_give_the_depth() {
        let shots: Vec<Vec<f32>> = (0..150).into_par_iter().map(|k| draw(24, 18, 2, k, 0).depth).collect();
        let pixels = 24 * 18;
        let mean: Vec<f32> = (0..pixels).map(|i| shots.iter().map(|d| d[i]).sum::<f32>() / 150.0).collect();
        let square = |d: &Vec<f32>| d.iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let error = (shots.iter().map(square).sum::<f32>() / (150 * pixels) as f32).sqrt();
        println!("RMSE of the mean depth of a pixel: {error:.3} m");
        assert!(error > 0.9, "{error}");
    }
}
