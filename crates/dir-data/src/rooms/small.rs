//! Small things: on tables, on the floor and under the ceiling; and what a bathroom has.

use super::dice::Dice;
use super::material::Material;
use super::piece::{Piece, Style};

/// Puts up to `most` things on a top of a width and a depth, side by side.
pub(super) fn set_out(piece: &mut Piece, [width, depth]: [f32; 2], height: f32, most: usize, dice: &mut Dice) {
    let things = dice.count(0, most).min((width / 0.25) as usize);
    for k in 0..things {
        let slot = width / things as f32;
        let room = (slot.min(depth) - 0.06).clamp(0.06, 0.34);
        let x = (k as f32 + 0.5) * slot - 0.5 * width + dice.between(-0.2, 0.2) * (slot - room).max(0.0);
        let z = dice.between(-0.4, 0.4) * (depth - room).max(0.0);
        let thing = thing(room, dice);
        piece.join(&thing, [x, height, z], dice.between(-0.6, 0.6));
    }
}

/// A box, some books, a vase, a bowl or a ball, no wider than given.
fn thing(room: f32, dice: &mut Dice) -> Piece {
    let mut piece = Piece::default();
    let material = Material::object(dice);
    let size = room * dice.between(0.5, 1.0);
    match dice.count(0, 4) {
        0 => piece.block([0.8 * size, dice.between(0.05, 0.3), 0.55 * size], [0.0; 3], material),
        1 => {
            for k in 0..dice.count(1, 4) {
                let cover = Material::object(dice);
                let side = [0.6 * size, 0.03, 0.75 * size];
                piece.turned_block(side, [0.0, 0.03 * k as f32, 0.0], dice.between(-0.3, 0.3), cover);
            }
        }
        2 => {
            piece.drum(0.2 * size, dice.between(0.08, 0.24), [0.0; 3], material);
        }
        3 => {
            piece.drum(0.3 * size, 0.06, [0.0; 3], material);
            let fruit = Material::object(dice);
            for x in [-0.14, 0.13] {
                piece.ball(0.14 * size, [x * size, 0.04, 0.0], fruit);
            }
        }
        _ => piece.ball(0.25 * size, [0.0; 3], material),
    }
    piece
}

/// Boxes on the floor, one on another.
pub(super) fn crates(dice: &mut Dice, _: &Style) -> Piece {
    let mut piece = Piece::default();
    let card = Material::plain([0.68, 0.52, 0.36], dice);
    let (mut y, mut side) = (0.0, dice.between(0.35, 0.6));
    for _ in 0..dice.count(1, 3) {
        let material = if dice.chance(0.5) { card } else { Material::object(dice) };
        let size = [side, dice.between(0.2, 0.42), side * dice.between(0.6, 0.9)];
        piece.turned_block(size, [0.0, y, 0.0], dice.between(-0.15, 0.15), material);
        (y, side) = (y + size[1], 0.75 * side);
    }
    piece
}

/// A bin or a basket.
pub(super) fn bin(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let material = if dice.chance(0.5) { style.metal } else { Material::object(dice) };
    piece.drum(dice.between(0.12, 0.2), dice.between(0.25, 0.6), [0.0; 3], material);
    piece
}

/// A plant in a pot: a trunk and balls of leaves.
pub(super) fn plant(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (pot, tall) = (dice.between(0.12, 0.2), dice.between(0.4, 1.0));
    let green = Material::cloth(dice);
    let leaf = [dice.between(0.1, 0.25), dice.between(0.3, 0.5), dice.between(0.08, 0.2)];
    let leaves = Material { colours: [leaf, leaf.map(|c| 0.5 * c)], pattern: super::pattern::Pattern::Carpet, ..green };
    piece.drum(pot, 0.3, [0.0; 3], Material::object(dice));
    piece.drum(0.02, tall, [0.0, 0.3, 0.0], style.wood);
    for _ in 0..dice.count(3, 6) {
        let radius = dice.between(0.1, 0.2);
        let at = [dice.between(-0.15, 0.15), 0.1 + tall * dice.between(0.5, 1.0), dice.between(-0.15, 0.15)];
        piece.ball(radius, at, leaves);
    }
    piece
}

/// A lamp on a post.
pub(super) fn floor_lamp(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let tall = dice.between(1.2, 1.5);
    piece.drum(0.15, 0.03, [0.0; 3], style.metal);
    piece.drum(0.015, tall, [0.0; 3], style.metal);
    let shade = dice.pick(&[style.white, style.cloth]);
    piece.drum(dice.between(0.14, 0.22), dice.between(0.2, 0.3), [0.0, tall, 0.0], shade);
    piece
}

/// A shade that shines and hangs down from y = 0 by a wire.
pub(super) fn pendant(drop: f32, dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let shade = style.white.glowing(dice.between(1.2, 2.5));
    let radius = dice.between(0.1, 0.18);
    piece.drum(0.008, drop, [0.0, -drop, 0.0], style.metal.glowing(0.1));
    if dice.chance(0.5) {
        piece.ball(radius, [0.0, -drop - radius, 0.0], shade);
    } else {
        piece.drum(radius, 0.14, [0.0, -drop - 0.07, 0.0], shade);
    }
    piece
}

/// A bath tub along the wall, half full.
pub(super) fn tub(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (long, wide, tall) = (dice.between(1.5, 1.75), dice.between(0.68, 0.8), dice.between(0.5, 0.6));
    for side in [-0.5, 0.5] {
        piece.block([0.07, tall, wide], [side * (long - 0.07), 0.0, 0.0], style.white);
        piece.block([long, tall, 0.07], [0.0, 0.0, side * (wide - 0.07)], style.white);
    }
    piece.block([long - 0.1, 0.14, wide - 0.1], [0.0; 3], style.white);
    piece
}

/// A wash basin on a cupboard with a mirror above.
pub(super) fn basin(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let width = dice.between(0.55, 0.9);
    piece.block([width - 0.06, 0.72, 0.4], [0.0, 0.06, -0.02], style.wood);
    piece.block([width, 0.1, 0.48], [0.0, 0.78, 0.0], style.white);
    piece.drum(0.015, 0.16, [0.0, 0.88, -0.17], style.metal);
    let glass = Material::plain([0.62, 0.68, 0.7], dice);
    piece.block([width, dice.between(0.6, 0.8), 0.02], [0.0, 1.15, -0.23], glass);
    piece
}

/// A toilet.
pub(super) fn toilet(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let seat = dice.between(0.38, 0.44);
    piece.block([0.22, seat - 0.06, 0.4], [0.0; 3], style.white);
    piece.drum(0.2, 0.06, [0.0, seat - 0.06, 0.1], style.white);
    piece.block([0.38, 0.36, 0.18], [0.0, seat, -0.22], style.white);
    piece
}
