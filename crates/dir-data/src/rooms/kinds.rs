//! The kinds of room: how large they are and what stands in them.

use super::dice::Dice;
use super::piece::Maker;
use super::vector::Point;
use super::{hung, seats, small, storage, tables};

/// What rooms of a name have in common.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name, part of the names of scenes.
    pub(super) name: &'static str,
    /// How often it is drawn.
    weight: f32,
    /// Shortest and longest short side, in metres.
    short: [f32; 2],
    /// Shortest and longest long side.
    long: [f32; 2],
    /// Whether its walls and floor are tiled.
    pub(super) wet: bool,
    /// What it always has, at the walls.
    pub(super) first: &'static [Maker],
    /// What else may stand at its walls.
    pub(super) at_walls: &'static [Maker],
    /// What stands anywhere.
    pub(super) free: &'static [Maker],
    /// Free pieces per square metre.
    pub(super) crowd: f32,
    /// What hangs on its walls.
    pub(super) hung: &'static [Maker],
}

const KINDS: [Kind; 9] = [
    Kind {
        name: "kitchen",
        weight: 0.18,
        short: [2.5, 4.2],
        long: [3.0, 6.5],
        wet: true,
        first: &[storage::kitchen_row, storage::fridge],
        at_walls: &[storage::kitchen_row, storage::cupboard, storage::chest, small::bin, seats::stool],
        free: &[tables::dining, tables::dining, tables::table, seats::stool, small::bin],
        crowd: 0.15,
        hung: &[hung::painting],
    },
    Kind {
        name: "bedroom",
        weight: 0.25,
        short: [2.7, 4.6],
        long: [3.0, 6.5],
        wet: false,
        first: &[seats::bed, storage::cupboard, storage::nightstand],
        at_walls: &[storage::chest, storage::nightstand, storage::bookcase, tables::desk, seats::chair, seats::bed],
        free: &[seats::chair, small::crates, small::plant, seats::stool, seats::sofa],
        crowd: 0.12,
        hung: &[hung::painting, hung::painting, hung::radiator],
    },
    Kind {
        name: "bathroom",
        weight: 0.1,
        short: [2.5, 3.0],
        long: [2.5, 4.0],
        wet: true,
        first: &[small::tub, small::basin, small::toilet],
        at_walls: &[storage::cupboard, small::bin, storage::nightstand],
        free: &[seats::stool, small::bin],
        crowd: 0.1,
        hung: &[hung::radiator],
    },
    Kind {
        name: "living_room",
        weight: 0.17,
        short: [3.2, 5.2],
        long: [3.8, 8.5],
        wet: false,
        first: &[seats::sofa, storage::chest, storage::bookcase],
        at_walls: &[storage::bookcase, storage::cupboard, small::plant, small::floor_lamp, seats::sofa, tables::desk],
        free: &[tables::low_table, tables::low_table, seats::sofa, tables::dining, small::plant, small::floor_lamp],
        crowd: 0.2,
        hung: &[hung::painting, hung::painting, hung::screen, hung::radiator],
    },
    Kind {
        name: "dining_room",
        weight: 0.1,
        short: [3.0, 4.6],
        long: [3.4, 7.5],
        wet: false,
        first: &[storage::chest],
        at_walls: &[storage::cupboard, storage::chest, seats::chair, small::plant, storage::bookcase],
        free: &[tables::dining, tables::dining, seats::chair, small::plant],
        crowd: 0.15,
        hung: &[hung::painting, hung::painting],
    },
    Kind {
        name: "study",
        weight: 0.09,
        short: [2.6, 4.0],
        long: [2.8, 5.2],
        wet: false,
        first: &[tables::desk, storage::bookcase, storage::bookcase],
        at_walls: &[storage::bookcase, storage::chest, tables::desk, small::crates, small::bin],
        free: &[seats::chair, small::crates, seats::sofa, tables::table],
        crowd: 0.12,
        hung: &[hung::painting, hung::radiator, hung::screen],
    },
    Kind {
        name: "office",
        weight: 0.07,
        short: [3.5, 6.5],
        long: [4.5, 10.5],
        wet: false,
        first: &[tables::desk, tables::desk, storage::cupboard],
        at_walls: &[tables::desk, storage::cupboard, storage::bookcase, storage::chest, small::plant, small::bin],
        free: &[tables::desk, tables::desk, tables::table, small::bin],
        crowd: 0.14,
        hung: &[hung::board, hung::painting, hung::radiator],
    },
    Kind {
        name: "classroom",
        weight: 0.04,
        short: [5.5, 8.5],
        long: [7.0, 12.0],
        wet: false,
        first: &[storage::cupboard, storage::bookcase],
        at_walls: &[storage::bookcase, tables::table, small::bin, storage::chest],
        free: &[tables::school_desk],
        crowd: 0.25,
        hung: &[hung::board, hung::board, hung::painting],
    },
    Kind {
        name: "bookstore",
        weight: 0.05,
        short: [5.5, 11.0],
        long: [8.0, 12.0],
        wet: false,
        first: &[storage::bookcase, storage::bookcase, storage::bookcase],
        at_walls: &[storage::bookcase, storage::bookcase, storage::cupboard, small::crates],
        free: &[storage::shop_shelf, tables::table, small::crates, storage::shop_shelf],
        crowd: 0.13,
        hung: &[hung::painting],
    },
];

impl Kind {
    /// A kind, drawn by its weight.
    pub(super) fn random(dice: &mut Dice) -> &'static Self {
        let mut place = dice.between(0.0, KINDS.iter().map(|kind| kind.weight).sum());
        let passed = |kind: &&Self| {
            place -= kind.weight;
            place < 0.0
        };
        KINDS.iter().find(passed).unwrap_or(&KINDS[0])
    }

    /// Width, height and length of such a room; small ones are more likely than large ones.
    pub(super) fn size(&self, dice: &mut Dice) -> Point {
        let short = dice.skewed(self.short[0], self.short[1], 1.5);
        let long = dice.skewed(self.long[0].max(short), self.long[1].max(short), 1.7);
        let height = dice.between(2.4, 2.75) + 0.45 * ((short - 3.0) / 5.0).clamp(0.0, 1.0);
        if dice.chance(0.5) { [short, height, long] } else { [long, height, short] }
    }
}
