//! Tables, alone or with their chairs.

use super::dice::Dice;
use super::material::Material;
use super::piece::{Piece, Style};
use super::seats::{chair, stool};
use super::small::set_out;

/// A top on four legs, with things on it.
fn top_on_legs([width, height, depth]: [f32; 3], most: usize, dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let board = dice.pick(&[style.wood, style.second]);
    let legs = if dice.chance(0.3) { style.metal } else { board };
    piece.legs([width - 0.04, depth - 0.04], height - 0.04, dice.between(0.035, 0.08), legs);
    piece.block([width, 0.04, depth], [0.0, height - 0.04, 0.0], board);
    set_out(&mut piece, [width, depth], height, most, dice);
    piece
}

/// A round top on a post.
fn round(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (radius, height) = (dice.between(0.4, 0.6), dice.between(0.7, 0.76));
    piece.drum(0.28, 0.04, [0.0; 3], style.metal);
    piece.drum(0.05, height - 0.04, [0.0; 3], style.metal);
    piece.drum(radius, 0.04, [0.0, height - 0.04, 0.0], style.wood);
    set_out(&mut piece, [radius, radius], height, 3, dice);
    piece
}

/// A table of any size.
pub(super) fn table(dice: &mut Dice, style: &Style) -> Piece {
    if dice.chance(0.2) {
        return round(dice, style);
    }
    let size = [dice.between(0.8, 1.6), dice.between(0.7, 0.78), dice.between(0.6, 0.9)];
    top_on_legs(size, 5, dice, style)
}

/// Directions from the middle of a table to its sides.
const SIDES: [[f32; 2]; 4] = [[0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]];

/// A table with chairs, some pulled out a little.
pub(super) fn dining(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = table(dice, style);
    let half = [piece.high[0], piece.high[2]];
    let seat = chair(dice, style);
    for (side, [x, z]) in SIDES.into_iter().enumerate() {
        let across = half[side % 2];
        let spots: &[f32] = if across > 0.6 { &[-0.42, 0.42] } else { &[0.0] };
        for spot in spots {
            if dice.chance(0.75) {
                let (out, aside) = (half[1 - side % 2] + dice.between(0.12, 0.4), spot * across);
                // A chair looks at the table.
                let angle = (-x).atan2(-z) + dice.between(-0.15, 0.15);
                piece.join(&seat, [x * out + z * aside, 0.0, z * out + x * aside], angle);
            }
        }
    }
    piece
}

/// A desk at the wall with a screen and a chair.
pub(super) fn desk(dice: &mut Dice, style: &Style) -> Piece {
    let [width, height, depth] = [dice.between(1.0, 1.6), dice.between(0.7, 0.76), dice.between(0.55, 0.75)];
    let mut piece = top_on_legs([width, height, depth], 2, dice, style);
    if dice.chance(0.6) {
        piece.block([0.4, height - 0.06, depth - 0.06], [0.5 * width - 0.25, 0.0, 0.0], style.second);
    }
    if dice.chance(0.75) {
        let (x, back) = (dice.between(-0.2, 0.1), -0.5 * depth);
        let dark = Material::plain([0.07, 0.07, 0.08], dice);
        piece.block([0.22, 0.02, 0.16], [x, height, back + 0.15], dark);
        piece.block([0.04, 0.14, 0.03], [x, height, back + 0.12], dark);
        piece.turned_block([0.52, 0.32, 0.03], [x, height + 0.1, back + 0.15], dice.between(-0.15, 0.15), dark);
        piece.block([0.42, 0.02, 0.14], [x, height, back + 0.42], dark);
    }
    let seat = if dice.chance(0.8) { chair(dice, style) } else { stool(dice, style) };
    // Beside the drawers, which are under the right end.
    let x = dice.between(0.3 - 0.5 * width, 0.5 * width - 0.75).min(0.05);
    let at = [x, 0.0, 0.5 * depth + dice.between(0.08, 0.3)];
    piece.join(&seat, at, std::f32::consts::PI + dice.between(-0.4, 0.4));
    piece
}

/// A low table for a sofa.
pub(super) fn low_table(dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(0.7, 1.2), dice.between(0.35, 0.48), dice.between(0.45, 0.7)];
    top_on_legs(size, 4, dice, style)
}

/// A desk of a classroom with a chair behind it.
pub(super) fn school_desk(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = top_on_legs([1.2, 0.72, 0.5], 2, dice, style);
    for x in [-0.3, 0.3] {
        let seat = chair(dice, style);
        piece.join(&seat, [x, 0.0, -0.4 - dice.between(0.0, 0.2)], dice.between(-0.2, 0.2));
    }
    piece
}
