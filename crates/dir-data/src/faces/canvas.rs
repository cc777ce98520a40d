//! A small painter: shapes by their signed distance, edges blended over a pixel.

/// A colour, each channel from 0 to 1.
pub(super) type Colour = [f64; 3];

/// `a` and `b` mixed: all of `a` at 0, all of `b` at 1.
pub(super) fn mix(a: Colour, b: Colour, share: f64) -> Colour {
    [0, 1, 2].map(|c| a[c] + (b[c] - a[c]) * share.clamp(0.0, 1.0))
}

/// The same colour, lighter (above 1) or darker.
pub(super) fn shade(a: Colour, factor: f64) -> Colour {
    a.map(|v| (v * factor).clamp(0.0, 1.0))
}

/// How pixels lie in the frame of the face: centre, size, rotation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) centre: [f64; 2],
    pub(super) scale: f64,
    pub(super) rotation: f64,
}

/// A square picture.
pub(super) struct Canvas {
    side: usize,
    frame: Frame,
    pixels: Vec<Colour>,
}

impl Canvas {
    /// A background that goes from one colour to another along a direction.
    pub(super) fn new(side: usize, frame: Frame, [from, to]: [Colour; 2], direction: f64) -> Self {
        let (sine, cosine) = direction.sin_cos();
        let place = |k: usize| ((k % side) as f64 * cosine + (k / side) as f64 * sine) / side as f64;
        let pixels = (0..side * side).map(|k| mix(from, to, place(k) / 2.0 + 0.5)).collect();
        Self { side, frame, pixels }
    }

    /// Paints a shape, given by its signed distance in the face's frame, with an opacity.
    pub(super) fn paint(&mut self, colour: Colour, opacity: f64, distance: impl Fn(f64, f64) -> f64) {
        let soft = 1.2 / self.frame.scale;
        self.each(|pixel, x, y| {
            let cover = (0.5 - distance(x, y) / soft).clamp(0.0, 1.0) * opacity.clamp(0.0, 1.0);
            *pixel = mix(*pixel, colour, cover);
        });
    }

    /// Multiplies what a shape covers, softly: light and shadow.
    pub(super) fn light(&mut self, factor: impl Fn(f64, f64) -> f64) {
        self.each(|pixel, x, y| *pixel = shade(*pixel, factor(x, y)));
    }

    fn each(&mut self, mut change: impl FnMut(&mut Colour, f64, f64)) {
        let Frame { centre, scale, rotation } = self.frame;
        let (sine, cosine) = rotation.sin_cos();
        for (k, pixel) in self.pixels.iter_mut().enumerate() {
            let (dx, dy) = ((k % self.side) as f64 + 0.5 - centre[0], (k / self.side) as f64 + 0.5 - centre[1]);
            change(pixel, (dx * cosine + dy * sine) / scale, (dy * cosine - dx * sine) / scale);
        }
    }

    /// Bytes, each channel through a curve and with noise.
    pub(super) fn into_bytes(self, mut curve: impl FnMut(usize, f64) -> f64) -> Vec<u8> {
        let byte = |value: f64| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        self.pixels.iter().flat_map(|pixel| [0, 1, 2].map(|c| byte(curve(c, pixel[c])))).collect()
    }
}

/// About the distance to an ellipse: negative inside.
pub(super) fn ellipse([cx, cy]: [f64; 2], [rx, ry]: [f64; 2]) -> impl Fn(f64, f64) -> f64 {
    move |x, y| (((x - cx) / rx).hypot((y - cy) / ry) - 1.0) * rx.min(ry)
}

/// Distance to a line with round ends.
pub(super) fn line([ax, ay]: [f64; 2], [bx, by]: [f64; 2], width: f64) -> impl Fn(f64, f64) -> f64 {
    move |x, y| {
        let ([dx, dy], [px, py]) = ([bx - ax, by - ay], [x - ax, y - ay]);
        let along = ((px * dx + py * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
        (px - along * dx).hypot(py - along * dy) - width / 2.0
    }
}

/// Distance to a parabola `y = cy + bend · (1 - ((x - cx) / half)²)` between `cx ± half`: a brow, a fold, a mouth.
pub(super) fn arc([cx, cy]: [f64; 2], half: f64, bend: f64, width: f64) -> impl Fn(f64, f64) -> f64 {
    move |x, y| {
        let u = ((x - cx) / half).clamp(-1.0, 1.0);
        let (px, py) = (cx + u * half, cy + bend * (1.0 - u * u));
        let slope = (2.0 * bend * u / half).hypot(1.0);
        (x - px).hypot((y - py) / slope) - width / 2.0
    }
}
