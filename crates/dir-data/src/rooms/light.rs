//! Light that a surface sends to the camera: Lambert's law, shadows, and corners that get less light from everywhere.

use super::room::Room;
use super::solid::{Hit, Ray};
use super::vector::{Colour, Point, dot, length, minus, plus, scaled, times};

/// Offset of rays that start on a surface, in metres.
const LIFT: f32 = 2e-3;
/// How far off the nearest thing above a surface still takes light from it.
const SHELTER: f32 = 1.0;
/// Depth of the shade along the edges of a room, in metres.
const CORNER: f32 = 0.3;

/// Light that comes back along a ray. `pixel` is the width of a pixel at a depth of one metre.
pub(super) fn seen(room: &Room, ray: &Ray, pixel: f32) -> Colour {
    let hit = room.hit(ray);
    let slant = (-dot(ray.along, hit.normal) / length(ray.along)).max(0.05);
    let albedo = hit.material.at(hit.on, hit.t * pixel / slant.sqrt()).map(|c| c * c);
    if hit.material.glow > 0.0 {
        return scaled(albedo, hit.material.glow);
    }
    let place = plus(ray.at(hit.t), scaled(hit.normal, LIFT));
    times(albedo, plus(from_lamps(room, place, hit.normal), from_everywhere(room, place, &hit)))
}

/// `Σ light · cos / (1 + d²)` over the lamps that the place sees.
fn from_lamps(room: &Room, place: Point, normal: Point) -> Colour {
    let mut sum = [0.0; 3];
    for lamp in &room.lamps {
        let way = minus(lamp.at, place);
        let (square, facing) = (dot(way, way), dot(way, normal));
        if facing > 0.0 && !room.blocked(place, lamp.at) {
            sum = plus(sum, scaled(lamp.light, facing / (square.sqrt() * (1.0 + square))));
        }
    }
    sum
}

/// Light from everywhere, less of it downwards, in corners and under furniture.
fn from_everywhere(room: &Room, place: Point, hit: &Hit) -> Colour {
    let direction = 0.85 + 0.12 * hit.normal[1] + 0.05 * hit.normal[0];
    let above = Ray::new(place, hit.normal);
    let free = room.pieces.iter().fold(SHELTER, |free, piece| piece.hit(&above, free).map_or(free, |hit| hit.t));
    let sheltered = 0.4 + 0.6 * free / SHELTER;
    scaled(room.ambient, direction * sheltered * corners(room, place, hit.normal))
}

/// Share of light left near walls, floor and ceiling; the surface itself does not count.
fn corners(room: &Room, place: Point, normal: Point) -> f32 {
    let shade = |i: usize| {
        let near = place[i].min(room.size[i] - place[i]);
        if normal[i].abs() > 0.9 && near < 0.01 { 1.0 } else { 1.0 - 0.35 * (-near / CORNER).exp() }
    };
    shade(0) * shade(1) * shade(2)
}
