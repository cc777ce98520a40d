//! What a surface is made of, and the palettes from which materials are drawn.

use super::dice::Dice;
use super::pattern::Pattern;
use super::vector::{Colour, mix, scaled};

/// A patterned surface in two colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Material {
    /// The pattern.
    pub(super) pattern: Pattern,
    /// Ground and second colour, as a screen shows them.
    pub(super) colours: [Colour; 2],
    /// Size of one unit of the pattern in metres.
    pub(super) size: f32,
    /// Seed of its noise.
    pub(super) seed: u32,
    /// Its own light; 0 for nearly everything.
    pub(super) glow: f32,
}

/// From nearly black to pale wood, and white paint.
const WOODS: [Colour; 7] = [
    [0.20, 0.13, 0.10],
    [0.36, 0.22, 0.14],
    [0.50, 0.31, 0.18],
    [0.62, 0.42, 0.26],
    [0.74, 0.57, 0.38],
    [0.84, 0.74, 0.58],
    [0.90, 0.89, 0.86],
];

impl Material {
    /// A material with a pattern of a size.
    pub(super) fn new(pattern: Pattern, colours: [Colour; 2], size: f32, dice: &mut Dice) -> Self {
        Self { pattern, colours, size, seed: dice.seed(), glow: 0.0 }
    }

    /// One colour with slight stains.
    pub(super) fn plain(colour: Colour, dice: &mut Dice) -> Self {
        Self::new(Pattern::Plain, [colour; 2], 0.6, dice)
    }

    /// The same that shines by itself.
    pub(super) fn glowing(self, glow: f32) -> Self {
        Self { glow, ..self }
    }

    /// Colour at a point of the surface, for a pixel that is `footprint` metres wide there.
    pub(super) fn at(&self, [u, v]: [f32; 2], footprint: f32) -> Colour {
        let [share, tone] = self.pattern.at(u / self.size, v / self.size, footprint / self.size, self.seed);
        scaled(mix(self.colours[0], self.colours[1], share), tone)
    }

    /// Any wood, painted white at times.
    pub(super) fn wood(dice: &mut Dice) -> Self {
        let ground = mix(dice.pick(&WOODS), dice.pick(&WOODS), dice.between(0.0, 0.3));
        Self::new(Pattern::Wood, [ground, scaled(ground, dice.between(0.6, 0.85))], dice.between(0.5, 1.2), dice)
    }

    /// Any cloth: of one colour, checked or striped.
    pub(super) fn cloth(dice: &mut Dice) -> Self {
        let pattern = dice.pick(&[Pattern::Carpet, Pattern::Carpet, Pattern::Checks, Pattern::Stripes, Pattern::Dots]);
        let ground = any_colour(dice);
        let second = if pattern == Pattern::Carpet { scaled(ground, 0.75) } else { mix(ground, any_colour(dice), 0.6) };
        Self::new(pattern, [ground, second], dice.between(0.06, 0.22), dice)
    }

    /// Grey metal.
    pub(super) fn metal(dice: &mut Dice) -> Self {
        let grey = dice.between(0.15, 0.75);
        Self::plain([grey, grey, grey * 1.02], dice)
    }

    /// Porcelain, plastic and paper.
    pub(super) fn white(dice: &mut Dice) -> Self {
        let grey = dice.between(0.82, 0.95);
        Self::plain([grey, grey, grey * dice.between(0.93, 1.0)], dice)
    }

    /// Something of one colour.
    pub(super) fn object(dice: &mut Dice) -> Self {
        let colour = any_colour(dice);
        Self::plain(colour, dice)
    }

    /// Paint or paper of a wall; small tiles where it gets wet.
    pub(super) fn wall(wet: bool, dice: &mut Dice) -> Self {
        let paint = wall_colour(dice);
        let second = mix(paint, any_colour(dice), dice.between(0.12, 0.4));
        if wet && dice.chance(0.8) {
            return Self::new(Pattern::Tiles, [paint, scaled(paint, 0.6)], dice.pick(&[0.1, 0.15, 0.2, 0.3]), dice);
        }
        match dice.between(0.0, 1.0) {
            x if x < 0.58 => Self::plain(paint, dice),
            x if x < 0.78 => Self::new(Pattern::Stripes, [paint, second], dice.between(0.12, 0.4), dice),
            x if x < 0.90 => Self::new(Pattern::Dots, [paint, second], dice.between(0.12, 0.3), dice),
            _ => Self::new(Pattern::Bricks, [mix(paint, [0.6, 0.3, 0.2], 0.6), scaled(paint, 0.8)], 0.075, dice),
        }
    }

    /// Boards, tiles or carpet; no carpet where it gets wet.
    pub(super) fn floor(wet: bool, dice: &mut Dice) -> Self {
        let boards = if wet { 0.25 } else { 0.5 };
        if dice.chance(boards) {
            let wood = Self::wood(dice);
            return Self { pattern: Pattern::Planks, size: dice.between(0.09, 0.18), ..wood };
        }
        let ground = mix([dice.between(0.25, 0.85); 3], any_colour(dice), 0.35);
        if wet || dice.chance(0.5) {
            let joints = scaled(ground, dice.pick(&[0.5, 0.65, 1.25]));
            return Self::new(Pattern::Tiles, [ground, joints], dice.between(0.25, 0.6), dice);
        }
        Self::new(Pattern::Carpet, [ground, scaled(ground, 0.7)], dice.between(0.3, 0.5), dice)
    }
}

/// Any colour, with dull ones more likely than bright ones.
pub(super) fn any_colour(dice: &mut Dice) -> Colour {
    let grey = dice.between(0.08, 0.92);
    let bright = std::array::from_fn(|_| dice.between(0.05, 0.95));
    mix([grey; 3], bright, dice.between(0.0, 0.9))
}

/// Mostly pale, and a strong colour at times.
fn wall_colour(dice: &mut Dice) -> Colour {
    let pale = [dice.between(0.72, 0.94); 3];
    let strength = if dice.chance(0.3) { dice.between(0.3, 0.8) } else { dice.between(0.0, 0.3) };
    mix(pale, any_colour(dice), strength)
}
