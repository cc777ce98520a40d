//! Noise that belongs to a place: the same point of a surface always gives the same number.

/// A number in `[0, 1)` for a cell of a lattice.
pub(super) fn cell(x: f32, y: f32, seed: u32) -> f32 {
    let mut h = (x as i32 as u32).wrapping_mul(0x9E37_79B1) ^ (y as i32 as u32).wrapping_mul(0x85EB_CA77) ^ seed;
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    ((h ^ (h >> 15)) >> 8) as f32 / (1u32 << 24) as f32
}

/// Smooth noise in `[0, 1)` with blotches of about one unit.
pub(super) fn smooth(x: f32, y: f32, seed: u32) -> f32 {
    let (left, low) = (x.floor(), y.floor());
    let (a, b) = (ease(x - left), ease(y - low));
    let row = |y| cell(left, y, seed) * (1.0 - a) + cell(left + 1.0, y, seed) * a;
    row(low) * (1.0 - b) + row(low + 1.0) * b
}

fn ease(x: f32) -> f32 {
    x * x * (3.0 - 2.0 * x)
}
