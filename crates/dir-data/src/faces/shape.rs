//! Points, colours and the two shapes, with their signed distances, that every face is made of.

/// A point in face coordinates: x to the right, y down, the middle of the head at the origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// To the right.
    pub(super) x: f32,
    /// Down.
    pub(super) y: f32,
}

/// Short form for a point.
pub(super) fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// Red, green and blue between 0 and 1.
pub(super) type Colour = [f32; 3];

/// Mixes two colours; `part` 0 gives the first and 1 the second.
pub(super) fn mix(first: Colour, second: Colour, part: f32) -> Colour {
    std::array::from_fn(|i| first[i] + (second[i] - first[i]) * part)
}

/// Scales the brightness of a colour.
pub(super) fn dim(colour: Colour, factor: f32) -> Colour {
    colour.map(|channel| channel * factor)
}

/// A smooth step from 0 at `low` to 1 at `high`.
pub(super) fn ramp(low: f32, high: f32, value: f32) -> f32 {
    let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The share of a pixel of width `pixel` that a shape covers, from the signed distance to the shape's edge.
pub(super) fn cover(distance: f32, pixel: f32) -> f32 {
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}

/// An ellipse with upright axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ellipse {
    /// Its middle.
    pub(super) middle: Point,
    /// Half its width.
    pub(super) width: f32,
    /// Half its height.
    pub(super) height: f32,
}

impl Ellipse {
    /// The ellipse around a point.
    pub(super) fn new(middle: Point, width: f32, height: f32) -> Self {
        Self { middle, width, height }
    }

    /// Signed distance to the edge, exact to first order near it.
    pub(super) fn distance(&self, p: Point) -> f32 {
        let (x, y) = ((p.x - self.middle.x) / self.width, (p.y - self.middle.y) / self.height);
        let reach = (x * x + y * y).sqrt();
        let (u, v) = (x / self.width, y / self.height);
        let slope = (u * u + v * v).sqrt();
        if slope < 1e-6 { -self.width.min(self.height) } else { reach * (reach - 1.0) / slope }
    }
}

/// A pen stroke along a parabola from one point to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    from: Point,
    along: Point,
    length: f32,
    bend: f32,
    half_width: f32,
    taper: f32,
}

impl Stroke {
    /// A stroke between two points whose middle is moved by `bend` to the right of its direction of travel.
    pub(super) fn new(from: Point, to: Point, bend: f32, half_width: f32) -> Self {
        let length = (to.x - from.x).hypot(to.y - from.y).max(1e-4);
        let along = point((to.x - from.x) / length, (to.y - from.y) / length);
        Self { from, along, length, bend, half_width, taper: 0.0 }
    }

    /// The same stroke with thin ends.
    pub(super) fn tapered(self) -> Self {
        Self { taper: 0.7, ..self }
    }

    /// Signed distance to the edge of the stroke.
    pub(super) fn distance(&self, p: Point) -> f32 {
        let (x, y) = (p.x - self.from.x, p.y - self.from.y);
        let travelled = x * self.along.x + y * self.along.y;
        let aside = y * self.along.x - x * self.along.y;
        let part = (travelled / self.length).clamp(0.0, 1.0);
        let arch = 4.0 * part * (1.0 - part);
        let slope = 4.0 * self.bend * (1.0 - 2.0 * part) / self.length;
        let off = (aside - self.bend * arch) / (1.0 + slope * slope).sqrt();
        let beyond = travelled - part * self.length;
        (off * off + beyond * beyond).sqrt() - self.half_width * (1.0 - self.taper * (1.0 - arch))
    }

    /// A distance from the start of the stroke beyond which it cannot be seen.
    pub(super) fn reach(&self) -> f32 {
        self.length + self.bend.abs() + self.half_width
    }

    /// Where the stroke starts.
    pub(super) fn start(&self) -> Point {
        self.from
    }
}
