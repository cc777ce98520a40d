//! The marks on the face as pen strokes: wrinkles, folds, nose, brows, lids, mouth and spots.

use super::dice::Dice;
use super::hair::hair_colour;
use super::head::Head;
use super::looks::Looks;
use super::scene::Scene;
use super::shape::{Colour, Ellipse, Point, Stroke, cover, dim, mix, point, ramp};

/// What a mark does to the colour under it.
#[derive(Clone, Copy, Debug)]
enum Ink {
    /// Takes this share of the light.
    Shade(f32),
    /// Puts this colour over it, with this share.
    Paint(Colour, f32),
}

/// One pen stroke with its ink.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    stroke: Stroke,
    ink: Ink,
}

impl Mark {
    /// The colour after this mark.
    pub(super) fn over(&self, colour: Colour, p: Point, pixel: f32) -> Colour {
        let (start, reach) = (self.stroke.start(), self.stroke.reach() + pixel);
        if (p.y - start.y).abs() > reach || (p.x - start.x).abs() > reach {
            return colour;
        }
        let part = cover(self.stroke.distance(p), pixel);
        match self.ink {
            _ if part <= 0.0 => colour,
            Ink::Shade(share) => dim(colour, 1.0 - share * part),
            Ink::Paint(ink, share) => mix(colour, ink, share * part),
        }
    }
}

/// A round spot that darkens the skin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Its outline.
    pub(super) shape: Ellipse,
    /// How much light it takes.
    pub(super) dark: f32,
}

/// Where the parts of the face are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// From the middle line to the middle of an eye.
    pub(super) eye_x: f32,
    /// Half the height of an eye.
    pub(super) eye_height: f32,
    /// Height of the eyebrows.
    pub(super) brow_y: f32,
    /// Height of the tip of the nose.
    pub(super) nose_y: f32,
    /// Height of the mouth.
    pub(super) mouth_y: f32,
}

impl Layout {
    /// Places the parts on a head.
    pub(super) fn new(looks: &Looks, scene: &Scene, head: &Head) -> Self {
        let eye_height = looks.eye_size * looks.eye_open;
        let nose_y = looks.eye_line + looks.nose_length + 0.05;
        Self {
            eye_x: 0.42 * head.half_width,
            eye_height,
            brow_y: looks.eye_line - eye_height - 0.085 - 0.025 * scene.brow_lift + 0.02 * looks.sag,
            nose_y,
            mouth_y: nose_y + 0.40 * (head.half_height - nose_y),
        }
    }
}

/// The sides of the face.
const SIDES: [f32; 2] = [-1.0, 1.0];

/// Marks that shade the skin: wrinkles, folds and the nose.
pub(super) fn on_skin(looks: &Looks, scene: &Scene, head: &Head, place: &Layout, dice: &mut Dice) -> Vec<Mark> {
    let mut marks = forehead(looks, scene, head, place, dice);
    for side in SIDES {
        marks.extend(crow_feet(looks, scene, side, place, dice));
        marks.extend(folds(looks, scene, side, head, place));
        marks.extend(nose(looks, side, place));
    }
    let base = place.nose_y - 0.015;
    marks.push(shade(point(-looks.nose_width, base), point(looks.nose_width, base), 0.03, 0.012, 0.35));
    marks.retain(|mark| !matches!(mark.ink, Ink::Shade(dark) if dark < 0.004));
    marks
}

/// A tapered shading stroke.
fn shade(from: Point, to: Point, bend: f32, half_width: f32, dark: f32) -> Mark {
    Mark { stroke: Stroke::new(from, to, bend, half_width).tapered(), ink: Ink::Shade(dark.clamp(0.0, 0.9)) }
}

/// A painted stroke.
fn paint(stroke: Stroke, colour: Colour, share: f32) -> Mark {
    Mark { stroke, ink: Ink::Paint(colour, share) }
}

/// Lines across the forehead, which come one after the other, and the two between the brows.
fn forehead(looks: &Looks, scene: &Scene, head: &Head, place: &Layout, dice: &mut Dice) -> Vec<Mark> {
    let (low, high) = (place.brow_y - 0.06, -0.80 * head.half_height);
    let strength = looks.forehead * (1.0 + 0.25 * scene.brow_lift);
    let mut marks: Vec<Mark> = (0..5)
        .map(|i| {
            let i = i as f32;
            let y = low + (high - low) * (i + 0.5) / 5.0 + 0.01 * dice.bell();
            let half = head.half_width * (0.52 - 0.04 * i + 0.05 * dice.bell());
            let dark = ramp(0.0, 1.0, strength * 4.5 - 0.75 * i) * (0.16 + 0.42 * strength);
            let (from, to) = (point(-half, y + 0.01 * dice.bell()), point(half, y + 0.01 * dice.bell()));
            shade(from, to, -0.02 + 0.02 * dice.bell(), 0.012 + 0.010 * strength, dark)
        })
        .collect();
    marks.extend(SIDES.map(|side| {
        let (from, to) = (point(0.045 * side, place.brow_y - 0.05), point(0.035 * side, place.brow_y + 0.06));
        shade(from, to, 0.0, 0.012, 0.7 * (looks.forehead - 0.15 - 0.1 * scene.brow_lift))
    }));
    marks
}

/// Lines that fan out beside an eye; a smile deepens them at any age.
fn crow_feet(looks: &Looks, scene: &Scene, side: f32, place: &Layout, dice: &mut Dice) -> Vec<Mark> {
    let strength = looks.crow + 0.08 * scene.smile.max(0.0);
    let x = place.eye_x + 1.2 * looks.eye_size;
    (0..4)
        .map(|i| {
            let i = i as f32;
            let angle = -0.5 + 0.38 * i + 0.08 * dice.bell();
            let length = 0.07 + 0.12 * strength;
            let from = point(side * x, looks.eye_line - 0.03 + 0.03 * i);
            let to = point(side * (x + length * angle.cos()), from.y + length * angle.sin());
            let dark = ramp(0.0, 1.0, strength * 4.0 - 0.6 * i) * (0.14 + 0.34 * strength);
            shade(from, to, 0.015 * side, 0.011 + 0.008 * strength, dark)
        })
        .collect()
}

/// Bags under an eye, the fold from the nose to the mouth and the one from the mouth to the chin.
fn folds(looks: &Looks, scene: &Scene, side: f32, head: &Head, place: &Layout) -> [Mark; 4] {
    let (inner, outer) = (place.eye_x - 0.9 * looks.eye_size, place.eye_x + 0.9 * looks.eye_size);
    let under = looks.eye_line + place.eye_height + 0.015;
    let corner = looks.mouth_width + 0.03;
    let wing = point(side * (looks.nose_width + 0.015), place.nose_y - 0.04);
    let fold_end = point(side * (corner + 0.04), place.mouth_y + 0.03 * looks.sag);
    let fold = looks.folds * 0.62 + 0.12 * scene.smile.max(0.0);
    let mouth_end = point(side * (corner + 0.03), place.mouth_y + 0.65 * (head.half_height - place.mouth_y));
    let bag = |deep: f32, dark: f32| {
        let (from, to) = (point(side * inner, under), point(side * outer, under));
        shade(from, to, side * (deep + 0.05 * looks.bags), 0.012 + 0.012 * looks.bags, dark)
    };
    [
        bag(0.02, 0.45 * looks.bags),
        bag(0.06, 0.38 * (looks.bags - 0.35)),
        shade(wing, fold_end, -0.035 * side, 0.013 + 0.012 * looks.folds, fold),
        shade(point(side * corner, place.mouth_y + 0.02), mouth_end, 0.02 * side, 0.015, 0.6 * (looks.folds - 0.25)),
    ]
}

/// Side and nostril of the nose.
fn nose(looks: &Looks, side: f32, place: &Layout) -> [Mark; 2] {
    let bridge = point(side * 0.04, looks.eye_line);
    let wing = point(side * looks.nose_width, place.nose_y - 0.03);
    let nostril = point(side * 0.40 * looks.nose_width, place.nose_y);
    let end = point(side * 0.75 * looks.nose_width, place.nose_y - 0.004);
    [shade(bridge, wing, 0.02 * side, 0.014, 0.16), shade(nostril, end, 0.0, 0.012, 0.5)]
}

/// Marks that have a colour of their own: brows, lids and the mouth.
pub(super) fn in_colour(looks: &Looks, scene: &Scene, place: &Layout) -> Vec<Mark> {
    let dark = dim(scene.skin, 0.25);
    let brow_colour = dim(mix(hair_colour(looks, scene), scene.hair, 0.4), 0.75);
    let mut marks = Vec::with_capacity(12);
    for side in SIDES {
        let (inner, outer) = (place.eye_x - 1.05 * looks.eye_size, place.eye_x + 1.1 * looks.eye_size);
        let droop = 0.035 * looks.sag;
        let (from, to) = (point(side * inner, place.brow_y + 0.01), point(side * outer, place.brow_y + 0.02 + droop));
        marks.push(paint(Stroke::new(from, to, -0.03 * side, looks.brow).tapered(), brow_colour, 0.85));
        let (from, to) = (point(side * inner, looks.eye_line), point(side * outer, looks.eye_line + droop));
        marks.push(paint(Stroke::new(from, to, -place.eye_height * side, 0.014), dark, 0.8));
    }
    marks.extend(mouth(looks, scene, place));
    marks
}

/// Lips and the line between them, or the open mouth.
fn mouth(looks: &Looks, scene: &Scene, place: &Layout) -> Vec<Mark> {
    let red = mix(scene.skin, [0.74, 0.22, 0.26], 0.65);
    let lip = mix(dim(scene.skin, 0.86), red, looks.lip_red);
    let bend = 0.07 * (scene.smile - 0.25 * looks.sag);
    let gap = 0.045 * scene.mouth_open;
    let line = |half: f32, up: f32, bend: f32, thick: f32| {
        let y = place.mouth_y + up;
        Stroke::new(point(-half, y), point(half, y), bend, thick)
    };
    let (half, thick) = (looks.mouth_width, looks.lip);
    let mut marks = vec![
        paint(line(half, 0.0, bend - gap - 0.7 * thick, 0.85 * thick).tapered(), lip, 0.9),
        paint(line(half, 0.0, bend + gap + 0.8 * thick, thick).tapered(), lip, 0.9),
        paint(line(half, 0.0, bend, 0.010 + gap).tapered(), dim(scene.skin, 0.2), 0.8),
    ];
    if gap > 0.02 {
        marks.push(paint(line(0.7 * half, 0.0, bend - 0.8 * gap, 0.35 * gap).tapered(), [0.92, 0.90, 0.86], 0.9));
    }
    marks
}

/// Age spots, which come one after the other, and the freckles of some at any age.
pub(super) fn spots(looks: &Looks, head: &Head, dice: &mut Dice) -> Vec<Spot> {
    let freckled = dice.chance(0.15);
    let all = (0..20).map(|i| {
        let (x, y) = (dice.between(-0.85, 0.85), dice.between(-0.85, 0.75));
        let middle = point(x * head.half_width * (1.0 - 0.3 * y * y), y * head.half_height);
        let size = dice.between(0.014, 0.040);
        let aged = 0.30 * ramp(0.0, 1.0, looks.spots * 16.0 - i as f32);
        let freckle = if freckled && i % 2 == 0 { 0.25 } else { 0.0 };
        let size = if aged > freckle { size } else { 0.5 * size + 0.004 };
        Spot { shape: Ellipse::new(middle, size * 1.2, size), dark: aged.max(freckle) }
    });
    all.filter(|spot| spot.dark > 0.004).collect()
}
