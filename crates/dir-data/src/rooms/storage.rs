//! Cupboards, shelves and kitchen rows: what stands with its back to a wall.

use super::dice::Dice;
use super::material::{Material, any_colour};
use super::piece::{Piece, Style};
use super::small::set_out;

/// A body with a grid of doors or drawers and a knob on each.
fn fronted([width, height, depth]: [f32; 3], columns: usize, rows: usize, dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (body, front) = (style.wood, dice.pick(&[style.wood, style.wood, style.second]));
    let foot = dice.between(0.03, 0.1);
    piece.block([width - 0.04, foot, depth - 0.06], [0.0, 0.0, -0.02], style.metal);
    piece.block([width, height - foot, depth - 0.02], [0.0, foot, -0.01], body);
    let (wide, tall) = (width / columns as f32, (height - foot) / rows as f32);
    for (column, row) in (0..columns).flat_map(|c| (0..rows).map(move |r| (c, r))) {
        let at = [(column as f32 + 0.5) * wide - 0.5 * width, foot + row as f32 * tall + 0.01, 0.5 * depth - 0.01];
        piece.block([wide - 0.02, tall - 0.02, 0.02], at, front);
        let aside = if rows == 1 { 0.38 * wide * if column % 2 == 0 { 1.0 } else { -1.0 } } else { 0.0 };
        piece.block([0.03, 0.03, 0.03], [at[0] + aside, at[1] + 0.5 * tall, at[2] + 0.025], style.metal);
    }
    piece
}

/// A tall cupboard, at times with boxes on top.
pub(super) fn cupboard(dice: &mut Dice, style: &Style) -> Piece {
    let columns = dice.count(1, 4);
    let size = [columns as f32 * dice.between(0.42, 0.55), dice.between(1.5, 2.2), dice.between(0.4, 0.62)];
    let mut piece = fronted(size, columns, 1, dice, style);
    if size[1] < 1.9 {
        set_out(&mut piece, [size[0], size[2]], size[1], 2, dice);
    }
    piece
}

/// A chest of drawers or a sideboard with things on top.
pub(super) fn chest(dice: &mut Dice, style: &Style) -> Piece {
    let columns = dice.count(1, 3);
    let size = [columns as f32 * dice.between(0.45, 0.6), dice.between(0.55, 1.1), dice.between(0.38, 0.5)];
    let rows = dice.count(1, 4);
    let mut piece = fronted(size, columns, rows, dice, style);
    set_out(&mut piece, [size[0], size[2]], size[1], 4, dice);
    piece
}

/// A small table beside a bed.
pub(super) fn nightstand(dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(0.38, 0.5), dice.between(0.45, 0.6), dice.between(0.35, 0.42)];
    let rows = dice.count(1, 3);
    let mut piece = fronted(size, 1, rows, dice, style);
    if dice.chance(0.6) {
        piece.drum(0.06, 0.2, [0.0, size[1], -0.05], style.metal);
        piece.drum(0.12, 0.18, [0.0, size[1] + 0.2, -0.05], style.white);
    }
    piece
}

/// Boards between two sides, with books and other things on them.
fn shelf([width, height, depth]: [f32; 3], dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let wood = dice.pick(&[style.wood, style.second]);
    for side in [-0.5, 0.5] {
        piece.block([0.025, height, depth], [side * (width - 0.025), 0.0, 0.0], wood);
    }
    piece.block([width, height, 0.015], [0.0, 0.0, 0.0075 - 0.5 * depth], wood);
    let boards = (height / dice.between(0.3, 0.42)).round().max(2.0);
    let gap = (height - 0.08) / boards;
    for k in 0..=boards as usize {
        let y = 0.05 + k as f32 * gap;
        piece.block([width - 0.05, 0.025, depth - 0.02], [0.0, y, 0.0], wood);
        if k < boards as usize {
            row_of_books(&mut piece, [width - 0.06, gap - 0.04, depth], y + 0.025, dice);
        }
    }
    piece
}

/// Books in blocks of a few, with gaps.
fn row_of_books(piece: &mut Piece, [width, space, depth]: [f32; 3], y: f32, dice: &mut Dice) {
    let mut x = -0.5 * width;
    loop {
        let wide = dice.skewed(0.03, 0.25, 2.0);
        if x + wide > 0.5 * width {
            return;
        }
        if dice.chance(0.75) {
            let size = [wide, space * dice.between(0.5, 0.92), depth * dice.between(0.5, 0.8)];
            let colours = [any_colour(dice), any_colour(dice)];
            let book = Material::new(super::pattern::Pattern::Stripes, colours, 0.06, dice);
            piece.block(size, [x + 0.5 * wide, y, 0.4 * (depth - size[2]) - 0.02], book);
        }
        x += wide + 0.004;
    }
}

/// A bookcase as high as a person.
pub(super) fn bookcase(dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(0.6, 1.2), dice.between(1.2, 2.1), dice.between(0.26, 0.36)];
    shelf(size, dice, style)
}

/// Two shelves back to back, as in a shop.
pub(super) fn shop_shelf(dice: &mut Dice, style: &Style) -> Piece {
    let size = [dice.between(1.2, 1.9), dice.between(1.15, 1.8), 0.34];
    let mut piece = shelf(size, dice, style).moved([0.0, 0.0, 0.17], 0.0);
    let other = shelf(size, dice, style);
    piece.join(&other, [0.0, 0.0, -0.17], std::f32::consts::PI);
    piece
}

/// Cupboards under a worktop, others above it, and a hob.
pub(super) fn kitchen_row(dice: &mut Dice, style: &Style) -> Piece {
    let columns = dice.count(3, 5);
    let (width, height, depth) = (columns as f32 * dice.between(0.45, 0.6), 0.88, 0.6);
    let mut piece = fronted([width, height, depth], columns, 1, dice, style);
    piece.block([width + 0.02, 0.04, depth + 0.03], [0.0, height, 0.0], style.second);
    let black = Material::plain([0.05, 0.05, 0.06], dice);
    piece.block([0.56, 0.012, 0.48], [0.25 * width, height + 0.04, 0.0], black);
    if dice.chance(0.6) {
        piece.drum(0.11, 0.14, [0.25 * width + 0.1, height + 0.052, -0.1], style.metal);
    }
    set_out(&mut piece, [0.6 * width, depth], height + 0.04, 4, dice);
    if dice.chance(0.75) {
        let above = fronted([width, dice.between(0.6, 0.75), 0.34], columns, 1, dice, style);
        piece.join(&above, [0.0, dice.between(1.42, 1.5), -0.13], 0.0);
    }
    piece
}

/// A fridge.
pub(super) fn fridge(dice: &mut Dice, style: &Style) -> Piece {
    let mut piece = Piece::default();
    let (height, body) = (dice.between(1.5, 1.95), dice.pick(&[style.white, style.white, style.metal]));
    let split = height * dice.between(0.3, 0.65);
    piece.block([0.6, height, 0.58], [0.0, 0.0, -0.02], body);
    for (low, high) in [(0.06, split), (split, height)] {
        piece.block([0.59, high - low - 0.012, 0.04], [0.0, low + 0.006, 0.29], body);
        piece.block([0.02, 0.3 * (high - low), 0.03], [0.24, low + 0.35 * (high - low), 0.32], style.metal);
    }
    piece
}
