//! Everything in a picture that has nothing to do with age: pose, light, colours, expression and things worn.

use super::dice::Dice;
use super::shape::{Colour, mix};

/// What the person wears over the face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Worn {
    /// Nothing.
    Nothing,
    /// Clear glasses.
    Glasses,
    /// Dark glasses.
    DarkGlasses,
    /// A hat down to the forehead.
    Hat,
}

/// The nuisances of one picture.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Shift of the face to the right and down, as a share of half the picture.
    pub(super) shift: [f32; 2],
    /// Size of the face.
    pub(super) scale: f32,
    /// Rotation in the picture's plane, in radians.
    pub(super) tilt: f32,
    /// Head turned to the left or right, -1 to 1.
    pub(super) turn: f32,
    /// Where the eyes look, -1 to 1 both ways.
    pub(super) gaze: [f32; 2],
    /// Corners of the mouth: up is positive, -1 to 1.
    pub(super) smile: f32,
    /// How far the mouth is open, 0 to 1.
    pub(super) mouth_open: f32,
    /// Raised or lowered eyebrows, -1 to 1.
    pub(super) brow_lift: f32,
    /// Skin colour.
    pub(super) skin: Colour,
    /// Hair colour before it turns grey.
    pub(super) hair: Colour,
    /// Colour of the eyes.
    pub(super) iris: Colour,
    /// Colour of clothes, hat and glasses.
    pub(super) cloth: Colour,
    /// The two colours between which the background changes.
    pub(super) background: [Colour; 2],
    /// Direction in which the background changes, in radians.
    pub(super) background_angle: f32,
    /// Hair volume, 0 to 1.
    pub(super) hair_volume: f32,
    /// Hair length down the sides, 0 to 1.
    pub(super) hair_length: f32,
    /// Hair combed into the forehead, 0 to 1.
    pub(super) fringe: f32,
    /// Something worn.
    pub(super) worn: Worn,
    /// Direction of the light, in radians.
    pub(super) light_angle: f32,
    /// Strength of the light's direction, 0 to 1.
    pub(super) light: f32,
    /// Brightness of each colour channel.
    pub(super) cast: Colour,
    /// Contrast around middle grey.
    pub(super) contrast: f32,
    /// Added brightness.
    pub(super) lift: f32,
    /// Deviation of the pixel noise.
    pub(super) noise: f32,
    /// Weight of the neighbouring pixels, 0 for a sharp picture.
    pub(super) blur: f32,
}

/// Skin from dark to pale.
const SKIN: [Colour; 2] = [[0.30, 0.19, 0.14], [0.97, 0.83, 0.75]];
/// Hair before it greys: black, dark brown, brown, red, blond and a pale blond that looks like grey.
const HAIR: [Colour; 6] = [
    [0.07, 0.06, 0.07],
    [0.20, 0.13, 0.09],
    [0.38, 0.25, 0.15],
    [0.56, 0.25, 0.11],
    [0.76, 0.61, 0.36],
    [0.86, 0.78, 0.62],
];
/// Brown, blue, green and dark eyes.
const IRIS: [Colour; 4] = [[0.36, 0.20, 0.09], [0.25, 0.42, 0.62], [0.30, 0.45, 0.28], [0.13, 0.09, 0.07]];

impl Scene {
    /// Draws the nuisances of one picture.
    pub(super) fn random(dice: &mut Dice) -> Self {
        let plain = colour(dice);
        Self {
            shift: [dice.between(-0.2, 0.2), dice.between(-0.2, 0.2)],
            scale: dice.between(0.75, 1.15),
            tilt: dice.between(-12.0, 12.0).to_radians(),
            turn: (0.45 * dice.bell()).clamp(-1.0, 1.0),
            gaze: [dice.between(-1.0, 1.0), dice.between(-0.6, 0.6)],
            smile: dice.between(-0.6, 1.0),
            mouth_open: if dice.chance(0.25) { dice.between(0.2, 1.0) } else { 0.0 },
            brow_lift: (0.5 * dice.bell()).clamp(-1.0, 1.0),
            skin: skin(dice),
            hair: hair(dice),
            iris: dice.pick(&IRIS),
            cloth: colour(dice),
            background: [plain, mix(plain, colour(dice), 0.6)],
            background_angle: dice.between(0.0, std::f32::consts::TAU),
            hair_volume: dice.between(0.0, 1.0),
            hair_length: if dice.chance(0.45) { dice.between(0.3, 1.0) } else { 0.0 },
            fringe: if dice.chance(0.35) { dice.between(0.2, 1.0) } else { 0.0 },
            worn: worn(dice),
            light_angle: dice.between(0.0, std::f32::consts::TAU),
            light: dice.between(0.0, 0.38),
            cast: std::array::from_fn(|_| 1.0 + 0.07 * dice.bell()),
            contrast: dice.between(0.65, 1.15),
            lift: 0.07 * dice.bell(),
            noise: dice.between(0.005, 0.035),
            blur: dice.between(0.0, 0.8),
        }
    }
}

/// Any colour, with grey ones more likely than bright ones.
fn colour(dice: &mut Dice) -> Colour {
    let grey = dice.between(0.03, 0.97);
    let bright = std::array::from_fn(|_| dice.between(0.0, 1.0));
    mix([grey; 3], bright, dice.between(0.0, 0.7))
}

/// A skin colour from a wide range, a little redder or yellower than average.
fn skin(dice: &mut Dice) -> Colour {
    let tone = mix(SKIN[0], SKIN[1], dice.between(0.0, 1.0).powf(0.7));
    let warmth = dice.bell();
    [tone[0], tone[1] * (1.0 + 0.03 * warmth), tone[2] * (1.0 - 0.04 * warmth)]
}

/// A hair colour between two of the list, mostly near the first.
fn hair(dice: &mut Dice) -> Colour {
    let (first, second) = (dice.pick(&HAIR), dice.pick(&HAIR));
    mix(first, second, dice.between(0.0, 0.4))
}

/// Something worn by about three in ten.
fn worn(dice: &mut Dice) -> Worn {
    match dice.between(0.0, 1.0) {
        x if x < 0.15 => Worn::Glasses,
        x if x < 0.19 => Worn::DarkGlasses,
        x if x < 0.29 => Worn::Hat,
        _ => Worn::Nothing,
    }
}
