//! One face: what tells its age, what does not, and the drawing.
//!
//! Proportions, eyes, hair, lines and spots change smoothly with age, each with noise of its own. Place, size, rotation,
//! colours, light, expression, glasses and hats do not; they are there so that single pixels tell little.

use std::f64::consts::TAU;

use dir_core::random::Stream;

use super::canvas::{Canvas, Colour, Frame, arc, ellipse, line, mix, shade};

/// What tells the age.
struct Signs {
    /// Half height of the head by its half width.
    length: f64,
    eye_size: f64,
    /// Where the eyes are, down being positive.
    eye_height: f64,
    grey: f64,
    /// Where the hair begins.
    hairline: f64,
    lines: f64,
    folds: f64,
    sag: f64,
    spots: usize,
    brow: f64,
    lips: f64,
}

/// Rises from 0 to 1 between two ages.
fn rise(age: f64, from: f64, to: f64) -> f64 {
    let t = ((age - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Signs {
    fn of(age: f64, random: &mut Stream) -> Self {
        let bald = f64::from(u8::from(random.unit() < 0.5));
        let mut about = |value: f64, noise: f64| value + noise * random.normal();
        let (young, adult, old) = (1.0 - rise(age, 0.0, 22.0), rise(age, 15.0, 60.0), rise(age, 45.0, 100.0));
        Self {
            length: about(1.32 - 0.24 * young + 0.06 * old, 0.035),
            eye_size: about(0.125 + 0.065 * young - 0.025 * old, 0.008),
            eye_height: about(-0.08 + 0.2 * young, 0.025),
            grey: about(rise(age, 30.0, 85.0) * 1.1, 0.12).clamp(0.0, 1.0),
            hairline: about(-0.62 - 0.2 * old * bald, 0.04),
            lines: about(0.55 * adult + 0.45 * old - 0.05, 0.07).clamp(0.0, 1.0),
            folds: about(0.35 * adult + 0.65 * old, 0.08).clamp(0.0, 1.0),
            sag: about(0.1 * adult + 0.2 * old, 0.03),
            spots: (about(7.0 * old, 1.0).max(0.0)) as usize,
            brow: about(0.035 + 0.02 * adult - 0.012 * old, 0.006).max(0.012),
            lips: about(0.055 - 0.012 * adult - 0.02 * old, 0.006).max(0.012),
        }
    }
}

/// A number between two others.
fn between(random: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * random.unit()
}

fn colour(random: &mut Stream, low: Colour, high: Colour) -> Colour {
    mix(low, high, random.unit()).map(|v| (v + 0.03 * random.normal()).clamp(0.0, 1.0))
}

/// A face of some age, `side · side · 3` bytes. The stream decides all else.
pub(super) fn draw(age: f64, side: usize, random: &mut Stream) -> Vec<u8> {
    let signs = Signs::of(age, random);
    let size = side as f64;
    let frame = Frame {
        centre: [0.5 + between(random, -0.1, 0.1), 0.52 + between(random, -0.1, 0.1)].map(|v| v * size),
        scale: size * between(random, 0.31, 0.43),
        rotation: between(random, -0.2, 0.2),
    };
    let grounds = [(); 2].map(|()| [random.unit(), random.unit(), random.unit()]);
    let mut canvas = Canvas::new(side, frame, grounds, random.unit() * TAU);
    let skin = colour(random, [0.35, 0.22, 0.15], [0.98, 0.84, 0.74]);
    face(&mut canvas, &signs, skin, random);
    let (direction, strength) = (random.unit() * TAU, between(random, 0.0, 0.35));
    canvas.light(|x, y| 1.0 + strength * (x * direction.cos() + y * direction.sin()));
    let cast = [(); 3].map(|()| between(random, 0.85, 1.1));
    let (contrast, bright, noise) =
        (between(random, 0.7, 1.15), between(random, -0.08, 0.08), between(random, 0.0, 0.03));
    canvas.into_bytes(|c, v| (v * cast[c] - 0.5) * contrast + 0.5 + bright + noise * random.normal())
}

fn face(canvas: &mut Canvas, signs: &Signs, skin: Colour, random: &mut Stream) {
    let turn = between(random, -0.12, 0.12);
    let width = 0.72;
    let height = width * signs.length;
    let hair = hair_colour(signs.grey, random);
    let long = random.unit() < 0.4;
    if long {
        canvas.paint(shade(hair, 0.85), 1.0, ellipse([0.0, 0.1], [width * 1.15, height * 1.08]));
    }
    canvas.paint(shade(skin, 0.8), 1.0, line([0.0, height * 0.7], [0.0, 1.6], 0.5)); // neck
    for ear in [-1.0, 1.0] {
        canvas.paint(shade(skin, 0.9), 1.0, ellipse([ear * width, 0.02], [0.09, 0.15]));
    }
    canvas.paint(skin, 1.0, ellipse([0.0, 0.0], [width, height]));
    for jaw in [-1.0, 1.0] {
        canvas.paint(skin, 1.0, ellipse([jaw * 0.42, height * 0.52], [0.2 + signs.sag * 0.5, 0.22 + signs.sag]));
    }
    hair_and_brows(canvas, signs, hair, height, turn);
    eyes(canvas, signs, skin, turn, random);
    nose_and_mouth(canvas, signs, skin, turn, random);
    lines(canvas, signs, skin, turn);
    for _ in 0..signs.spots {
        let place = [between(random, -0.55, 0.55), between(random, -0.6, 0.7)];
        canvas.paint(shade(skin, 0.72), 0.6, ellipse(place, [0.025, 0.02]));
    }
    extras(canvas, signs, height, turn, random);
}

/// Hair as it grew, or dyed in any colour: by itself it tells little.
fn hair_colour(grey: f64, random: &mut Stream) -> Colour {
    if random.unit() < 0.3 {
        return [random.unit(), random.unit(), random.unit()];
    }
    let bases = [[0.1, 0.08, 0.07], [0.3, 0.18, 0.1], [0.55, 0.36, 0.16], [0.85, 0.7, 0.4], [0.5, 0.2, 0.08]];
    mix(bases[random.below(bases.len())], [0.88, 0.88, 0.9], grey)
}

fn hair_and_brows(canvas: &mut Canvas, signs: &Signs, hair: Colour, height: f64, turn: f64) {
    let cap = ellipse([0.0, -0.04], [0.78, height * 1.06]);
    let (line_at, inner) = (signs.hairline, ellipse([turn * 0.5, 0.25], [0.66, 0.25 - signs.hairline]));
    canvas.paint(hair, 1.0, move |x, y| {
        cap(x, y).max(y - 0.05).max(-inner(x, y)).max(if y > line_at + 0.6 { 1.0 } else { -1.0 })
    });
    for side in [-1.0, 1.0] {
        let at = [side * 0.29 + turn, signs.eye_height - 0.2];
        canvas.paint(shade(hair, 0.8), 0.9, arc(at, 0.15, -0.04, signs.brow));
    }
}

fn eyes(canvas: &mut Canvas, signs: &Signs, skin: Colour, turn: f64, random: &mut Stream) {
    let iris = colour(random, [0.15, 0.1, 0.05], [0.35, 0.55, 0.7]);
    let (gaze, open) = (between(random, -0.03, 0.03), between(random, 0.5, 0.75));
    for side in [-1.0, 1.0] {
        let at = [side * 0.29 + turn, signs.eye_height];
        canvas.paint([0.96, 0.95, 0.93], 1.0, ellipse(at, [signs.eye_size, signs.eye_size * open]));
        let r = signs.eye_size * 0.55;
        canvas.paint(iris, 1.0, ellipse([at[0] + gaze, at[1]], [r, r * open.max(0.6)]));
        canvas.paint([0.03; 3], 1.0, ellipse([at[0] + gaze, at[1]], [r * 0.5, r * 0.5]));
        let lid = [at[0], at[1] - signs.eye_size * open];
        canvas.paint(shade(skin, 0.55), 0.8, arc([lid[0], lid[1] + 0.02], signs.eye_size, -0.02, 0.025));
        let bag = [at[0], at[1] + signs.eye_size * open + 0.03];
        canvas.paint(shade(skin, 0.7), signs.folds * 0.8, arc(bag, signs.eye_size, 0.05, 0.03));
    }
}

fn nose_and_mouth(canvas: &mut Canvas, signs: &Signs, skin: Colour, turn: f64, random: &mut Stream) {
    let (dark, x) = (shade(skin, 0.75), turn * 1.3);
    let tip = signs.eye_height + 0.36;
    canvas.paint(dark, 0.7, line([x, signs.eye_height + 0.08], [x + turn * 0.3, tip], 0.035));
    canvas.paint(dark, 0.8, arc([x, tip], 0.09, 0.04, 0.04));
    let (smile, half) = (between(random, -0.05, 0.12), between(random, 0.16, 0.26));
    let mouth = [turn, tip + 0.25];
    let red = mix(skin, [0.75, 0.25, 0.28], between(random, 0.35, 0.9));
    canvas.paint(red, 1.0, arc(mouth, half, smile, signs.lips * 2.0));
    canvas.paint(shade(red, 0.5), 0.9, arc(mouth, half, smile, 0.018));
}

/// Wrinkles: on the forehead, beside the eyes, from nose to mouth.
fn lines(canvas: &mut Canvas, signs: &Signs, skin: Colour, turn: f64) {
    let dark = shade(skin, 0.52);
    for k in 0..4 {
        let strength = (signs.lines * 1.6 - 0.25 * f64::from(k)).clamp(0.0, 1.0);
        let at = [turn * 0.7, signs.eye_height - 0.32 - 0.075 * f64::from(k)];
        canvas.paint(dark, strength * 0.8, arc(at, 0.32 - 0.03 * f64::from(k), -0.03, 0.034));
    }
    for side in [-1.0, 1.0] {
        let corner = [side * 0.29 + turn + side * (signs.eye_size + 0.02), signs.eye_height];
        for k in [-1.0, 0.0, 1.0] {
            let end = [corner[0] + side * 0.1, corner[1] + 0.07 * k];
            canvas.paint(dark, signs.lines * 0.9, line(corner, end, 0.028));
        }
        let nose = [side * 0.11 + turn * 1.3, signs.eye_height + 0.36];
        let end = [side * 0.27 + turn, signs.eye_height + 0.62];
        canvas.paint(dark, signs.folds * 0.9, line(nose, end, 0.04));
    }
}

/// Glasses, beards and hats, at any age.
fn extras(canvas: &mut Canvas, signs: &Signs, height: f64, turn: f64, random: &mut Stream) {
    if random.unit() < 0.2 {
        let rim = [random.unit() * 0.3; 3];
        for side in [-1.0, 1.0] {
            let ring = ellipse([side * 0.29 + turn, signs.eye_height], [0.2, 0.17]);
            canvas.paint(rim, 1.0, move |x, y| ring(x, y).abs() - 0.02);
        }
        let y = signs.eye_height;
        canvas.paint(rim, 1.0, line([turn - 0.1, y], [turn + 0.1, y], 0.03));
    }
    if random.unit() < 0.12 {
        let hat = [random.unit(), random.unit(), random.unit()];
        let brim = signs.eye_height - 0.42;
        let crown = ellipse([0.0, -0.3], [0.85, height * 0.95]);
        canvas.paint(hat, 1.0, move |x, y| crown(x, y).max(y - brim));
        canvas.paint(shade(hat, 0.7), 1.0, line([-0.95, brim], [0.95, brim], 0.1));
    }
}
