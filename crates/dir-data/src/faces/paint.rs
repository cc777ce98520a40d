//! Colours one pixel at a time, from the background to what is worn over the face.

use super::dice::Dice;
use super::hair::Hair;
use super::head::Head;
use super::looks::Looks;
use super::marks::{self, Layout, Mark, Spot};
use super::scene::{Scene, Worn};
use super::shape::{Colour, Ellipse, Point, Stroke, cover, dim, mix, point};

/// All shapes of one picture, ready to be asked for colours.
pub(super) struct Painter<'a> {
    scene: &'a Scene,
    size: f32,
    turn: [f32; 2],
    pixel: f32,
    head: Head,
    hair: Hair,
    neck: Stroke,
    shoulders: Ellipse,
    ears: [Ellipse; 2],
    eyes: [Eye; 2],
    skin_marks: Vec<Mark>,
    spots: Vec<Spot>,
    marks: Vec<Mark>,
    mottle: f32,
    brim: f32,
}

/// The ball of an eye with what is drawn on it.
#[derive(Clone, Copy)]
struct Eye {
    white: Ellipse,
    iris: Ellipse,
    pupil: Ellipse,
    glint: Ellipse,
}

impl Eye {
    /// The eye on one side of the face.
    fn new(side: f32, looks: &Looks, scene: &Scene, place: &Layout) -> Self {
        let middle = point(side * place.eye_x, looks.eye_line);
        let (width, height) = (looks.eye_size, place.eye_height);
        let round = 0.50 * looks.eye_size + 0.008;
        let seen = point(middle.x + scene.gaze[0] * 0.35 * width, middle.y + scene.gaze[1] * 0.3 * height);
        Self {
            white: Ellipse::new(middle, width, height),
            iris: Ellipse::new(seen, round, round),
            pupil: Ellipse::new(seen, 0.5 * round, 0.5 * round),
            glint: Ellipse::new(point(seen.x - 0.3 * round, seen.y - 0.3 * round), 0.25 * round, 0.25 * round),
        }
    }

    /// The colour after this eye.
    fn over(&self, colour: Colour, iris: Colour, p: Point, pixel: f32) -> Colour {
        let inside = cover(self.white.distance(p), pixel);
        if inside <= 0.0 {
            return colour;
        }
        let mut ball = [0.93, 0.92, 0.90];
        ball = mix(ball, iris, cover(self.iris.distance(p), pixel));
        ball = mix(ball, [0.03, 0.03, 0.03], cover(self.pupil.distance(p), pixel));
        ball = mix(ball, [1.0, 1.0, 1.0], cover(self.glint.distance(p), pixel));
        mix(colour, ball, inside)
    }
}

impl<'a> Painter<'a> {
    /// Places all shapes of a picture of `size` pixels.
    pub(super) fn new(looks: &Looks, scene: &'a Scene, size: u32, dice: &mut Dice) -> Self {
        let head = Head::new(looks);
        let place = Layout::new(looks, scene, &head);
        let (w, h) = (head.half_width, head.half_height);
        let neck_width = w * (0.50 + 0.15 * (h - 0.58) / 0.17);
        let (chin, low) = (point(0.0, 0.5 * h), point(0.0, h + 0.5));
        Self {
            scene,
            size: size as f32,
            turn: [scene.tilt.cos(), scene.tilt.sin()],
            pixel: 2.0 / (size as f32 * scene.scale),
            hair: Hair::new(looks, scene, &head),
            neck: Stroke::new(chin, low, 0.0, neck_width),
            shoulders: Ellipse::new(point(0.0, h + 0.65), 1.3 * w + 0.35, 0.48),
            ears: [-1.0, 1.0].map(|side| Ellipse::new(point(side * w, looks.eye_line + 0.08), 0.075, looks.ear)),
            eyes: [-1.0, 1.0].map(|side| Eye::new(side, looks, scene, &place)),
            skin_marks: marks::on_skin(looks, scene, &head, &place, dice),
            spots: marks::spots(looks, &head, dice),
            marks: marks::in_colour(looks, scene, &place),
            mottle: 0.07 * looks.mottle + 0.02 * dice.between(0.0, 1.0),
            brim: place.brow_y - 0.09,
            head,
        }
    }

    /// The colour of the pixel in this column and row.
    pub(super) fn colour_at(&self, column: u32, row: u32) -> Colour {
        let x = 2.0 * (column as f32 + 0.5) / self.size - 1.0;
        let y = 2.0 * (row as f32 + 0.5) / self.size - 1.0;
        let p = self.to_face(x, y);
        let mut colour = self.background(x, y);
        colour = mix(colour, self.lit(self.hair.colour(p), p), self.hair.behind(p, self.pixel));
        colour = self.body(colour, p);
        let outline = self.head.distance(p);
        if outline < self.pixel + 0.03 {
            colour = mix(colour, self.lit(self.face(p), p), cover(outline, self.pixel));
            let hair = self.hair.before(p, outline, self.pixel);
            colour = mix(colour, self.lit(self.hair.colour(p), p), hair);
        }
        self.worn(colour, p)
    }

    /// Turns a place in the picture, from -1 to 1 both ways, into face coordinates.
    fn to_face(&self, x: f32, y: f32) -> Point {
        let (x, y) = (x - self.scene.shift[0], y - 0.05 - self.scene.shift[1]);
        let [cos, sin] = self.turn;
        point((x * cos + y * sin) / self.scene.scale, (y * cos - x * sin) / self.scene.scale)
    }

    /// The two background colours, one fading into the other.
    fn background(&self, x: f32, y: f32) -> Colour {
        let (sin, cos) = self.scene.background_angle.sin_cos();
        mix(self.scene.background[0], self.scene.background[1], (0.5 + 0.4 * (x * cos + y * sin)).clamp(0.0, 1.0))
    }

    /// A colour under the light that falls from one side.
    fn lit(&self, colour: Colour, p: Point) -> Colour {
        let (sin, cos) = self.scene.light_angle.sin_cos();
        let (x, y) = (p.x / self.head.half_width, p.y / self.head.half_height);
        let facing = (x * cos + y * sin).clamp(-1.3, 1.3);
        let edge = 0.10 * (x * x + y * y).min(1.5);
        dim(colour, 1.0 + self.scene.light * facing - edge)
    }

    /// Neck, clothes and ears.
    fn body(&self, mut colour: Colour, p: Point) -> Colour {
        if p.y > 0.2 {
            colour = mix(colour, dim(self.scene.skin, 0.78), cover(self.neck.distance(p), self.pixel));
            colour = mix(colour, self.scene.cloth, cover(self.shoulders.distance(p), self.pixel));
        }
        for ear in &self.ears {
            let skin = self.lit(dim(self.scene.skin, 0.9), p);
            colour = mix(colour, skin, cover(ear.distance(p), self.pixel));
        }
        colour
    }

    /// The face itself before the light falls on it.
    fn face(&self, p: Point) -> Colour {
        let p = self.head.unturn(p, 0.9 * self.scene.turn);
        let uneven = (31.0 * p.x + 9.0 * (17.0 * p.y).sin()).sin() * (37.0 * p.y + 7.0 * (23.0 * p.x).sin()).sin();
        let mut colour = dim(self.scene.skin, 1.0 + self.mottle * uneven);
        for spot in &self.spots {
            let part = cover(spot.shape.distance(p), self.pixel);
            colour = dim(colour, 1.0 - spot.dark * part);
        }
        for mark in &self.skin_marks {
            colour = mark.over(colour, p, self.pixel);
        }
        for eye in &self.eyes {
            colour = eye.over(colour, self.scene.iris, p, self.pixel);
        }
        for mark in &self.marks {
            colour = mark.over(colour, p, self.pixel);
        }
        colour
    }

    /// Glasses or a hat over all the rest.
    fn worn(&self, colour: Colour, p: Point) -> Colour {
        match self.scene.worn {
            Worn::Nothing => colour,
            Worn::Hat => self.hat(colour, p),
            Worn::Glasses => self.glasses(colour, p, 0.06),
            Worn::DarkGlasses => self.glasses(colour, p, 0.85),
        }
    }

    /// A round hat with a brim.
    fn hat(&self, colour: Colour, p: Point) -> Colour {
        let w = self.head.half_width;
        let crown = Ellipse::new(point(0.0, self.brim), w + 0.07, self.head.half_height + 0.12 + self.brim);
        let top = crown.distance(p).max(p.y - self.brim);
        let brim = Stroke::new(point(-w - 0.16, self.brim), point(w + 0.16, self.brim), 0.0, 0.05).distance(p);
        let hat = mix(colour, self.lit(self.scene.cloth, p), cover(top, self.pixel));
        mix(hat, self.lit(dim(self.scene.cloth, 0.75), p), cover(brim, self.pixel))
    }

    /// Two round glasses with a bridge, filled with this share of the dark.
    fn glasses(&self, mut colour: Colour, p: Point, dark: f32) -> Colour {
        let p = self.head.unturn(p, self.scene.turn);
        let frame = dim(self.scene.cloth, 0.5);
        let y = self.eyes[0].white.middle.y + 0.02;
        let bridge = Stroke::new(point(-0.06, y - 0.03), point(0.06, y - 0.03), -0.02, 0.012).distance(p);
        colour = mix(colour, frame, cover(bridge, self.pixel));
        for eye in &self.eyes {
            let rim = Ellipse::new(point(eye.white.middle.x, y), 0.185, 0.165).distance(p);
            colour = mix(colour, [0.06, 0.06, 0.07], dark * cover(rim, self.pixel));
            colour = mix(colour, frame, cover(rim.abs() - 0.014, self.pixel));
        }
        colour
    }
}
