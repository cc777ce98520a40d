//! Things to sit or lie on.

use super::dice::Dice;
use super::piece::{Piece, Style};

/// A chair with legs and a back.
pub(super) fn chair(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (width, depth, seat) = (dice.between(0.38, 0.5), dice.between(0.38, 0.5), dice.between(0.42, 0.48));
    let frame = dice.pick(&[style.wood, style.second, style.metal]);
    let thick = dice.between(0.025, 0.05);
    piece.legs([width, depth], seat - 0.04, thick, frame);
    piece.block([width, 0.05, depth], [0.0, seat - 0.05, 0.0], dice.pick(&[frame, style.cloth]));
    let top = dice.between(0.78, 1.0);
    let back = -0.5 * depth + 0.02;
    for side in [-0.5, 0.5] {
        piece.block([thick, top - seat, 0.03], [side * (width - thick), seat, back], frame);
    }
    let low = dice.between(0.05, 0.2);
    piece.block([width, top - seat - low, 0.03], [0.0, seat + low, back], dice.pick(&[frame, style.cloth]));
    piece
}

/// A round stool.
pub(super) fn stool(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (radius, height) = (dice.between(0.16, 0.22), dice.between(0.42, 0.7));
    piece.legs([1.3 * radius, 1.3 * radius], height, 0.03, style.metal);
    piece.drum(radius, 0.05, [0.0, height, 0.0], dice.pick(&[style.wood, style.cloth]));
    piece
}

/// A sofa for one to three.
pub(super) fn sofa(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let places = dice.count(1, 3);
    let (place, depth, arm) = (dice.between(0.55, 0.7), dice.between(0.8, 0.95), dice.between(0.12, 0.22));
    let (seat, back) = (dice.between(0.4, 0.46), dice.between(0.75, 0.95));
    let (inner, thick) = (places as f32 * place, 0.24);
    piece.block([inner + 2.0 * arm, seat - 0.16, depth], [0.0, 0.04, 0.0], style.cloth);
    piece.block([inner + 2.0 * arm, back, thick], [0.0, 0.0, 0.5 * (thick - depth)], style.cloth);
    for side in [-0.5, 0.5] {
        piece.block([arm, dice.between(0.58, 0.64), depth], [side * (inner + arm), 0.0, 0.0], style.cloth);
    }
    for k in 0..places {
        let x = (k as f32 + 0.5) * place - 0.5 * inner;
        piece.block([place - 0.02, 0.12, depth - thick], [x, seat - 0.12, 0.5 * thick], style.cloth);
        if dice.chance(0.4) {
            let at = [x, seat, thick - 0.5 * depth + 0.12];
            piece.turned_block([0.4, 0.36, 0.13], at, dice.between(-0.2, 0.2), style.spread);
        }
    }
    piece
}

/// A bed for one or two, its head at the wall.
pub(super) fn bed(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (width, long) = (dice.pick(&[0.9, 1.0, 1.4, 1.6]), dice.between(1.95, 2.1));
    let top = dice.between(0.42, 0.62);
    piece.block([width, 0.22, long], [0.0, 0.1, 0.0], style.wood);
    piece.legs([width, long], 0.1, 0.06, style.wood);
    piece.block([width - 0.06, top - 0.32, long - 0.08], [0.0, 0.32, 0.0], style.white);
    let cover = long * dice.between(0.6, 0.75);
    piece.block([width + 0.02, top - 0.24, cover], [0.0, 0.28, 0.5 * (long - cover) + 0.01], style.spread);
    piece.block([width, dice.between(0.75, 1.15), 0.06], [0.0, 0.0, -0.5 * long - 0.03], style.wood);
    let pillows = if width > 1.2 { 2 } else { 1 };
    for k in 0..pillows {
        let x = (k as f32 + 0.5 - 0.5 * pillows as f32) * 0.72;
        piece.turned_block([0.6, 0.14, 0.4], [x, top, 0.28 - 0.5 * long], dice.between(-0.1, 0.1), style.white);
    }
    piece
}
