//! The looks of a person: everything that changes with age, each from its own noisy age.

use super::dice::Dice;
use super::shape::ramp;

/// Age-dependent features. Lengths are in face coordinates, where a head is about 1.5 high.
#[derive(Clone, Debug)]
pub(super) struct Looks {
    /// Half the width of the head at the cheeks.
    pub(super) half_width: f32,
    /// Half the height of the head.
    pub(super) half_height: f32,
    /// How much narrower the jaw is than the cheeks.
    pub(super) taper: f32,
    /// Height of the eyes.
    pub(super) eye_line: f32,
    /// Half the width of an eye.
    pub(super) eye_size: f32,
    /// Height of an eye over its width.
    pub(super) eye_open: f32,
    /// From the eyes to the tip of the nose.
    pub(super) nose_length: f32,
    /// Half the width of the nose.
    pub(super) nose_width: f32,
    /// Half the width of the mouth.
    pub(super) mouth_width: f32,
    /// Half the thickness of a lip.
    pub(super) lip: f32,
    /// How red the lips are, 0 to 1.
    pub(super) lip_red: f32,
    /// Half the thickness of the eyebrows.
    pub(super) brow: f32,
    /// Half the height of the ears.
    pub(super) ear: f32,
    /// Hanging jowls, 0 to 1.
    pub(super) sag: f32,
    /// Bags under the eyes, 0 to 1.
    pub(super) bags: f32,
    /// Lines across the forehead, 0 to 1.
    pub(super) forehead: f32,
    /// Lines beside the eyes, 0 to 1.
    pub(super) crow: f32,
    /// Folds from the nose to the mouth and below it, 0 to 1.
    pub(super) folds: f32,
    /// Age spots on the skin, 0 to 1.
    pub(super) spots: f32,
    /// Unevenness of the skin, 0 to 1.
    pub(super) mottle: f32,
    /// Share of the hair that is grey.
    pub(super) grey: f32,
    /// How white the grey hair is, 0 to 1.
    pub(super) white: f32,
    /// How much hair covers the skin, 0 to 1.
    pub(super) hair_cover: f32,
    /// How far the hairline has gone back, 0 to 1.
    pub(super) recede: f32,
}

/// Share of people who lose hair as they age.
const BALDING: f64 = 0.4;
/// Share of people who keep their hair colour with dye.
const DYED: f64 = 0.08;

impl Looks {
    /// Draws the looks of somebody of this age.
    pub(super) fn at_age(age: f32, dice: &mut Dice) -> Self {
        // What all features share: people look older or younger than they are, the old more so.
        let shown = age + dice.bell() * (1.2 + 0.03 * age);
        let felt = |dice: &mut Dice| (shown + dice.bell() * (1.5 + 0.075 * age)).max(0.0);
        let (head, eyes, nose, mouth) = (felt(dice), felt(dice), felt(dice), felt(dice));
        let (sag, forehead, crow, folds) = (felt(dice), felt(dice), felt(dice), felt(dice));
        let (skin, grey, hair, brow) = (felt(dice), felt(dice), felt(dice), felt(dice));
        let half_height = 0.58 + 0.17 * grown(head) + 0.012 * dice.bell();
        let sag = decline(28.0, 105.0, sag);
        Self {
            half_width: 0.56 - 0.02 * grown(head) + 0.012 * dice.bell(),
            half_height,
            taper: 0.02 + 0.26 * grown(head) - 0.14 * sag + 0.02 * dice.bell(),
            eye_line: half_height * (0.20 - 0.28 * grown(head) + 0.012 * dice.bell()),
            eye_size: 0.148 - 0.042 * grown(eyes) - 0.00030 * eyes,
            eye_open: (0.82 - 0.24 * grown(eyes) - 0.0026 * eyes + 0.03 * dice.bell()).clamp(0.15, 1.0),
            nose_length: 0.13 + 0.10 * grown(nose) + 0.0010 * nose + 0.008 * dice.bell(),
            nose_width: 0.060 + 0.024 * grown(nose) + 0.0004 * nose,
            mouth_width: 0.15 + 0.08 * grown(mouth) + 0.012 * dice.bell(),
            lip: (0.026 + 0.024 * ramp(4.0, 22.0, mouth) - 0.038 * decline(24.0, 105.0, mouth)).max(0.008),
            lip_red: (0.85 - 0.65 * decline(15.0, 105.0, mouth) + 0.06 * dice.bell()).clamp(0.0, 1.0),
            brow: (0.010 + 0.026 * ramp(0.0, 32.0, brow) - 0.016 * ramp(45.0, 100.0, brow)).max(0.006),
            ear: 0.12 + 0.03 * grown(nose) + 0.0005 * nose,
            sag,
            bags: decline(20.0, 100.0, eyes),
            forehead: decline(20.0, 105.0, forehead),
            crow: decline(23.0, 105.0, crow),
            folds: decline(16.0, 105.0, folds),
            spots: decline(40.0, 105.0, skin),
            mottle: decline(15.0, 105.0, skin),
            grey: if dice.chance(DYED) { 0.1 * dice.between(0.0, 1.0) } else { ramp(28.0, 78.0, grey) },
            white: ramp(45.0, 105.0, grey),
            hair_cover: (0.3 + 0.7 * ramp(0.0, 6.0, hair)) * (1.0 - 0.45 * ramp(50.0, 105.0, hair)),
            recede: if dice.chance(BALDING) { ramp(22.0, 85.0, hair) * dice.between(0.5, 1.0) } else { 0.0 },
        }
    }
}

/// How far the body has grown up: fast in childhood, never quite finished, so that it tells a little at all ages.
fn grown(age: f32) -> f32 {
    1.0 - (-age / 13.0).exp()
}

/// Decline that starts softly at `from`, then goes on evenly to 1 at `to`.
fn decline(from: f32, to: f32, age: f32) -> f32 {
    let soft = 6.0;
    let over = soft * (1.0 + ((age - from) / soft).min(40.0).exp()).ln();
    (over / (to - from)).min(1.15)
}
