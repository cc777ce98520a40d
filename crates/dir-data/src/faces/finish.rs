//! What a camera does to the drawn colours: blur, contrast, colour cast and noise.

use super::scene::Scene;
use super::shape::Colour;
use image::{Rgb, RgbImage};

/// Collects the colours of all pixels and finishes them as a picture.
pub(super) fn picture(size: u32, scene: &Scene, seed: u64, colour_at: impl Fn(u32, u32) -> Colour) -> RgbImage {
    let drawn: Vec<Colour> =
        (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).map(|(x, y)| colour_at(x, y)).collect();
    let blurred = blur(&drawn, size as usize, scene.blur);
    let mut noise = Noise(seed | 1);
    let mut picture = RgbImage::new(size, size);
    for (pixel, colour) in picture.pixels_mut().zip(blurred) {
        let grain = scene.noise * noise.next();
        *pixel = Rgb(std::array::from_fn(|i| {
            let toned = (colour[i] - 0.5) * scene.contrast + 0.5 + scene.lift;
            byte(toned * scene.cast[i] + grain + 0.4 * scene.noise * noise.next())
        }));
    }
    picture
}

/// A colour channel as a byte.
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Mixes each pixel with its neighbours, first along rows and then along columns.
fn blur(colours: &[Colour], size: usize, weight: f32) -> Vec<Colour> {
    let rows = smooth(colours, weight, |i| [i - (i % size).min(1), i + usize::from(i % size + 1 < size)]);
    let last = colours.len().saturating_sub(size);
    smooth(&rows, weight, |i| [if i < size { i } else { i - size }, if i < last { i + size } else { i }])
}

/// Averages each colour with two neighbours that count `weight` as much together.
fn smooth(colours: &[Colour], weight: f32, neighbours: impl Fn(usize) -> [usize; 2]) -> Vec<Colour> {
    let (own, other) = (1.0 / (1.0 + weight), 0.5 * weight / (1.0 + weight));
    let mixed = |i: usize| {
        let [a, b] = neighbours(i);
        std::array::from_fn(|c| own * colours[i][c] + other * (colours[a][c] + colours[b][c]))
    };
    (0..colours.len()).map(mixed).collect()
}

/// Nearly bell-shaped noise with deviation 1.
struct Noise(u64);

impl Noise {
    /// The next number: four parts of one random word, added up.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sum: u64 = (0..4).map(|part| (self.0 >> (16 * part)) & 0xffff).sum();
        (sum as f32 / 65535.0 - 2.0) * 3f32.sqrt()
    }
}
