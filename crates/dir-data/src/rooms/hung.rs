//! What is on walls, at its own height: windows, doors, pictures, boards and radiators.
//!
//! The wall is behind, at the lowest z.

use super::dice::Dice;
use super::material::{Material, any_colour};
use super::pattern::Pattern;
use super::piece::{Piece, Style};

/// A board with a frame around it.
fn framed([width, height]: [f32; 2], low: f32, thick: f32, pane: Material, frame: Material) -> Piece {
    let mut piece = Piece::default();
    piece.block([width, height, 0.02], [0.0, low, 0.0], pane);
    for side in [-0.5, 0.5] {
        piece.block([thick, height + thick, 0.05], [side * width, low - 0.5 * thick, 0.015], frame);
        let y = low + (0.5 + side) * height - 0.5 * thick;
        piece.block([width + thick, thick, 0.05], [0.0, y, 0.015], frame);
    }
    piece
}

/// A window by day or by night, with bars and perhaps curtains.
pub(super) fn window(day: bool, dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(0.8, 1.8), dice.between(0.9, 1.3)];
    let trees = [dice.between(0.2, 0.5), dice.between(0.35, 0.6), dice.between(0.15, 0.4)];
    let sky = [dice.between(0.7, 0.95), dice.between(0.8, 0.95), 1.0];
    let view = Material::new(Pattern::Outdoors, [trees, sky], 0.8, dice);
    let pane = view.glowing(if day { dice.between(0.8, 1.8) } else { 0.02 });
    let (frame, sill) = (dice.pick(&[style.white, style.wood]), dice.between(0.85, 1.0));
    let mut piece = framed(size, sill, 0.07, pane, frame);
    for k in 1..dice.count(1, 3) {
        let x = size[0] * (k as f32 / 2.0 - 0.5);
        piece.block([0.05, size[1], 0.04], [x, sill, 0.01], frame);
    }
    piece.block([size[0] + 0.16, 0.03, 0.14], [0.0, sill - 0.06, 0.06], frame);
    if dice.chance(0.5) {
        let wide = dice.between(0.2, 0.4);
        for side in [-0.5, 0.5] {
            let at = [side * (size[0] + 0.6 * wide), sill - 0.45, 0.1];
            piece.block([wide, size[1] + 0.55, 0.06], at, style.spread);
        }
    }
    piece
}

/// A door in its frame.
pub(super) fn door(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (width, height) = (dice.between(0.75, 0.95), dice.between(1.95, 2.1));
    let (leaf, frame) = (dice.pick(&[style.wood, style.white]), dice.pick(&[style.wood, style.white, style.second]));
    piece.block([width, height, 0.03], [0.0; 3], leaf);
    for side in [-0.5, 0.5] {
        piece.block([0.09, height + 0.09, 0.06], [side * (width + 0.09), 0.0, 0.015], frame);
    }
    piece.block([width, 0.09, 0.06], [0.0, height, 0.015], frame);
    for (low, high) in [(0.15, 0.9), (1.1, height - 0.15)] {
        piece.block([width - 0.28, high - low, 0.012], [0.0, low, 0.02], leaf);
    }
    piece.block([0.12, 0.025, 0.05], [0.38 * width, 1.03, 0.04], style.metal);
    piece
}

/// A painting.
pub(super) fn painting(dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(0.3, 1.0), dice.between(0.3, 0.8)];
    let colours = [any_colour(dice), any_colour(dice)];
    let art = Material::new(Pattern::Patches, colours, dice.between(0.1, 0.35), dice);
    framed(size, dice.between(1.5, 1.7) - 0.5 * size[1], 0.04, art, dice.pick(&[style.wood, style.metal, style.white]))
}

/// A blackboard or a whiteboard.
pub(super) fn board(dice: &mut Dice, style: &Style) -> Piece {
    let colour = dice.pick(&[[0.1, 0.2, 0.16], [0.9, 0.91, 0.92]]);
    let face = Material::plain(colour, dice);
    framed([dice.between(1.5, 2.8), 1.1], 0.9, 0.05, face, style.wood)
}

/// A screen.
pub(super) fn screen(dice: &mut Dice, style: &Style) -> Piece {
    let dark = Material::plain([0.05, 0.05, 0.06], dice);
    framed([dice.between(0.7, 1.2), dice.between(0.42, 0.65)], 1.1, 0.03, dark, style.metal)
}

/// A radiator with ribs.
pub(super) fn radiator(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let ribs = dice.count(8, 16);
    for k in 0..ribs {
        let x = 0.08 * (k as f32 - 0.5 * (ribs - 1) as f32);
        piece.block([0.05, 0.55, 0.09], [x, 0.12, 0.03], style.white);
    }
    piece.block([0.08 * ribs as f32, 0.5, 0.04], [0.0, 0.145, 0.03], style.white);
    piece
}
