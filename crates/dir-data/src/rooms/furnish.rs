//! Builds a room of a kind: openings first, then furniture, what hangs on the walls, and lamps.

use super::dice::Dice;
use super::hung::{door, window};
use super::kinds::Kind;
use super::material::Material;
use super::piece::{Maker, Piece, Style};
use super::plan::Plan;
use super::room::Room;
use super::small::pendant;
use super::vector::Point;

/// The room of a key.
pub(super) fn furnished(kind: &Kind, dice: &mut Dice) -> Room {
    let size = kind.size(dice);
    let (mut room, style) = (Room::empty(size, kind.wet, dice), Style::random(dice));
    let mut plan = Plan::new(size);
    if dice.chance(0.3) {
        corner(&mut plan, room.walls[0], dice);
    }
    openings(&mut plan, &mut room, &style, dice);
    for maker in kind.first {
        stand(&mut plan, *maker, &style, dice);
    }
    if !kind.wet && dice.chance(0.45) {
        rug(&mut plan, &style, dice);
    }
    let [width, _, long] = size;
    for _ in 0..(width * long * kind.crowd * dice.between(0.5, 1.3)).ceil() as usize {
        let piece = dice.pick(kind.free)(dice, &style);
        plan.anywhere(&piece, dice);
    }
    for _ in 0..((width + long) * dice.between(0.4, 1.0)) as usize {
        stand(&mut plan, dice.pick(kind.at_walls), &style, dice);
    }
    for _ in 0..((width + long) * dice.between(0.2, 0.9)) as usize {
        hang(&mut plan, dice.pick(kind.hung), &style, dice);
    }
    lamps(&mut plan, &mut room, &style, dice);
    room.pieces = plan.pieces;
    room
}

fn stand(plan: &mut Plan, maker: Maker, style: &Style, dice: &mut Dice) {
    let piece = maker(dice, style);
    plan.at_wall(&piece, 0.12, dice);
}

fn hang(plan: &mut Plan, maker: Maker, style: &Style, dice: &mut Dice) {
    let piece = maker(dice, style);
    plan.at_wall(&piece, 0.0, dice);
}

/// A corner cut off by walls, so that not every room is a rectangle.
fn corner(plan: &mut Plan, wall: Material, dice: &mut Dice) {
    let [width, height, long] = plan.size();
    let (a, b) = (width * dice.between(0.08, 0.35), long * dice.between(0.08, 0.35));
    let mut piece = Piece::default();
    piece.block([a, height - 0.002, b], [0.0; 3], wall);
    let at = |side: f32, room: f32, near: bool| if near { 0.5 * side + 0.001 } else { room - 0.5 * side - 0.001 };
    let (left, front) = (dice.chance(0.5), dice.chance(0.5));
    plan.put(&piece, [at(a, width, left), 0.001, at(b, long, front)], 0.0, 0.0);
}

/// A door and up to three windows; a window lets light in by day.
fn openings(plan: &mut Plan, room: &mut Room, style: &Style, dice: &mut Dice) {
    let way_in = door(dice, style);
    plan.at_wall(&way_in, 0.7, dice);
    let day = dice.chance(0.65);
    for k in 0..dice.count(0, 3) {
        let piece = window(day, dice, style);
        if let Some(at) = plan.at_wall(&piece, 0.0, dice)
            && day
            && k == 0
        {
            room.light(before(at, room.size), dice.between(2.0, 6.0), dice);
        }
    }
}

/// A place in front of the middle of a window, towards the room.
fn before(at: Point, [width, _, long]: Point) -> Point {
    let towards = |x: f32, side: f32| x.clamp(0.35, side - 0.35);
    [towards(at[0], width), 1.6, towards(at[2], long)]
}

/// A rug; things may stand on it, so it claims no floor.
fn rug(plan: &mut Plan, style: &Style, dice: &mut Dice) {
    let [width, _, long] = plan.size();
    let size = [width * dice.between(0.3, 0.6), 0.012, long * dice.between(0.3, 0.6)];
    let mut piece = Piece::default();
    piece.block(size, [0.0; 3], style.spread);
    let at = [width * dice.between(0.4, 0.6), 0.0, long * dice.between(0.4, 0.6)];
    plan.pieces.push(piece.moved(at, dice.between(-0.1, 0.1)));
}

/// One lamp, or two in a long room.
fn lamps(plan: &mut Plan, room: &mut Room, style: &Style, dice: &mut Dice) {
    let [width, height, long] = room.size;
    let count = if width.max(long) > 5.5 { 2 } else { dice.count(1, 2) };
    for k in 0..count {
        let share = (k as f32 + 0.5) / count as f32;
        let (mut x, mut z) = (0.5 * width, 0.5 * long);
        *(if width > long { &mut x } else { &mut z }) *= 2.0 * share;
        let at = [x + dice.between(-0.3, 0.3), height, z + dice.between(-0.3, 0.3)];
        let drop = dice.between(0.15, (height - 2.05).min(0.6));
        let strength = dice.between(2.5, 7.0) * (0.5 + 0.12 * width.max(long));
        // A corner that is cut off leaves no place for some lamps, though always for one in the middle.
        let middle = [0.5 * width, height, 0.5 * long];
        let shade = pendant(drop, dice, style);
        if let Some([x, y, z]) = [at, middle].into_iter().find(|&at| plan.put(&shade, at, 0.0, 0.0)) {
            room.light([x, y - drop - 0.05, z], strength, dice);
        }
    }
}
