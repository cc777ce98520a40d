//! Textures in metres: planks, tiles, stripes. Their known size, seen smaller with distance, is a cue to depth.
//!
//! A pattern answers with two numbers: the share of the material's second colour, and a tone that brightens or darkens.
//! The footprint is the width of a pixel on the surface; what is finer fades to its mean, or it would flicker.

use super::noise::{cell, smooth};

/// How a surface is patterned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pattern {
    /// Paint with slight stains.
    Plain,
    /// Upright stripes.
    Stripes,
    /// Grain along the first coordinate.
    Wood,
    /// Boards of a floor.
    Planks,
    /// Squares with joints.
    Tiles,
    /// Rows of bricks.
    Bricks,
    /// Woven squares.
    Checks,
    /// Rough cloth.
    Carpet,
    /// A lattice of dots.
    Dots,
    /// Patches, as on a painting.
    Patches,
    /// Sky over trees.
    Outdoors,
}

impl Pattern {
    /// Share of the second colour and tone at a point of the surface, in units of the pattern's size.
    pub(super) fn at(self, u: f32, v: f32, footprint: f32, seed: u32) -> [f32; 2] {
        let fine = |period: f32| (1.6 - 2.0 * footprint / period).clamp(0.0, 1.0);
        match self {
            Self::Plain => [0.0, 0.95 + 0.1 * smooth(u, v, seed)],
            Self::Stripes => [blend(wave(u, footprint), fine(1.0)), 1.0],
            Self::Wood => wood(u, v, fine(0.2), seed),
            Self::Planks => planks(u, v, footprint, fine(0.3), seed),
            Self::Tiles => tiles(u, v, footprint, seed),
            Self::Bricks => bricks(u, v, footprint, seed),
            Self::Checks => {
                let (across, along) = (wave(u, footprint), wave(v, footprint));
                [blend(0.5 * (across + along), fine(1.0)), 1.0]
            }
            Self::Carpet => carpet(u, v, fine(0.25), seed),
            Self::Dots => [blend_to(dot_share(u, v, footprint), 0.2, fine(1.0)), 1.0],
            Self::Patches => [(4.0 * smooth(u, v, seed)).floor() / 3.0, 0.6 + 0.6 * smooth(2.0 * v, u, seed ^ 1)],
            Self::Outdoors => {
                [edge(v + 0.4 * smooth(3.0 * u, v, seed), 0.1), 0.8 + 0.3 * smooth(9.0 * u, 9.0 * v, seed)]
            }
        }
    }
}

/// A share that fades to one half.
fn blend(share: f32, kept: f32) -> f32 {
    blend_to(share, 0.5, kept)
}

fn blend_to(share: f32, mean: f32, kept: f32) -> f32 {
    mean + (share - mean) * kept
}

/// 0 below zero and 1 above, soft over a width.
fn edge(x: f32, width: f32) -> f32 {
    (0.5 + x / width).clamp(0.0, 1.0)
}

/// A square wave of period 1 with soft edges.
fn wave(x: f32, footprint: f32) -> f32 {
    edge(0.25 - (x - x.floor() - 0.5).abs(), footprint.max(0.02))
}

/// How much of a pixel a joint covers, for a place this far from its middle.
fn joint(away: f32, half: f32, footprint: f32) -> f32 {
    let wide = half.max(0.5 * footprint);
    (1.5 - away / wide).clamp(0.0, 1.0) * half / wide
}

/// Distance to the nearest whole number.
fn off_lattice(x: f32) -> f32 {
    (x - x.round()).abs()
}

fn wood(u: f32, v: f32, kept: f32, seed: u32) -> [f32; 2] {
    let bend = smooth(0.6 * u, 2.0 * v, seed);
    let rings = 0.5 + 0.5 * (18.0 * v + 7.0 * bend).sin();
    [blend(0.55 * rings + 0.45 * smooth(3.0 * u, 40.0 * v, seed ^ 5), kept), 0.92 + 0.16 * bend]
}

/// Boards one unit wide and eight long, each of its own tone.
fn planks(u: f32, v: f32, footprint: f32, kept: f32, seed: u32) -> [f32; 2] {
    let row = v.floor();
    let along = u / 8.0 + cell(row, 7.0, seed);
    let tone = 0.72 + 0.5 * cell(along.floor(), row, seed);
    let gap = joint(off_lattice(v), 0.03, footprint).max(joint(8.0 * off_lattice(along), 0.03, footprint));
    let [share, _] = wood(0.3 * u, 0.3 * v + row, kept, seed);
    [0.6 * share, tone * (1.0 - 0.7 * gap)]
}

/// Squares of one unit; the joints are in the second colour.
fn tiles(u: f32, v: f32, footprint: f32, seed: u32) -> [f32; 2] {
    let gap = joint(off_lattice(u), 0.025, footprint).max(joint(off_lattice(v), 0.025, footprint));
    [gap, 0.86 + 0.2 * cell(u.floor(), v.floor(), seed) + 0.08 * smooth(4.0 * u, 4.0 * v, seed)]
}

/// Bricks one unit high and three long, every second row shifted by half.
fn bricks(u: f32, v: f32, footprint: f32, seed: u32) -> [f32; 2] {
    let row = v.floor();
    let along = u / 3.0 + 0.5 * (row - 2.0 * (0.5 * row).floor());
    let gap = joint(off_lattice(v), 0.07, footprint).max(joint(3.0 * off_lattice(along), 0.07, footprint));
    [gap, 0.75 + 0.45 * cell(along.floor(), row, seed)]
}

fn carpet(u: f32, v: f32, kept: f32, seed: u32) -> [f32; 2] {
    let tufts = cell((20.0 * u).floor(), (20.0 * v).floor(), seed);
    [blend(tufts, kept), 0.88 + 0.24 * smooth(u, v, seed ^ 3)]
}

fn dot_share(u: f32, v: f32, footprint: f32) -> f32 {
    // Every second row is shifted, as on wallpaper.
    let row = v.round();
    let (a, b) = (off_lattice(u + 0.5 * (row - 2.0 * (0.5 * row).floor())), v - row);
    edge(0.25 - a.hypot(b), footprint.max(0.04))
}
