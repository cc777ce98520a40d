//! Rows as numbers, with the distance between them and the ways to make new ones.

use std::f32::consts::FRAC_1_SQRT_2;
use std::ops::Range;

use super::{How, Made, ResampleError};
use crate::random::Stream;

/// Rows as numbers; some columns together stand for one category, 1 where a row has the level and 0 elsewhere.
///
/// Two rows are as far apart as HEOM says (Wilson and Martinez, 1997): `√Σ d²`, where a number's `d` is the difference over
/// the range of its column, and a category's is 0 or 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    values: Vec<f32>,
    width: usize,
    /// Columns of every category.
    nominal: Vec<Range<usize>>,
    /// Where a column begins, and what a difference in it counts.
    scales: Vec<(f32, f32)>,
}

impl Features {
    /// Rows of `width` numbers, and which columns stand for a category together.
    ///
    /// # Shapes
    /// `values` `[rows, width]`, row-major.
    /// # Errors
    /// [`ResampleError::Shape`]; [`ResampleError::Value`] names the first number that is not finite.
    pub fn new(values: Vec<f32>, width: usize, nominal: Vec<Range<usize>>) -> Result<Self, ResampleError> {
        let outside = |group: &Range<usize>| group.start >= group.end || group.end > width;
        if width == 0 || !values.len().is_multiple_of(width) || nominal.iter().any(outside) {
            return Err(ResampleError::Shape { values: values.len(), width });
        }
        if let Some(at) = values.iter().position(|x| !x.is_finite()) {
            return Err(ResampleError::Value { row: at / width, column: at % width, found: values[at] });
        }
        let mut scales = scales(&values, width);
        // Levels that differ differ in two columns: 1² / 2 + 1² / 2 = 1.
        nominal.iter().cloned().flatten().for_each(|column| scales[column] = (0.0, FRAC_1_SQRT_2));
        Ok(Self { values, width, nominal, scales })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// Numbers per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns of every category.
    #[must_use]
    pub fn categories(&self) -> &[Range<usize>] {
        &self.nominal
    }

    /// The numbers of a row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    /// The numbers of a row on the scale on which distances are Euclid's.
    pub(super) fn scaled(&self, row: usize) -> impl Iterator<Item = f32> {
        self.row(row).iter().zip(&self.scales).map(|(x, (low, scale))| (x - low) * scale)
    }

    /// Deviation of every column over some rows; 0 for categories, which have no noise.
    pub(super) fn deviations(&self, rows: &[usize]) -> Vec<f32> {
        let n = rows.len().max(1) as f64;
        let mut sums = vec![(0.0, 0.0); self.width];
        for &row in rows {
            for ((sum, squares), &x) in sums.iter_mut().zip(self.row(row)) {
                *sum += f64::from(x);
                *squares += f64::from(x) * f64::from(x);
            }
        }
        let deviation = |(sum, squares): (f64, f64)| (squares / n - (sum / n) * (sum / n)).max(0.0).sqrt() as f32;
        let mut deviations: Vec<f32> = sums.into_iter().map(deviation).collect();
        self.nominal.iter().cloned().flatten().for_each(|column| deviations[column] = 0.0);
        deviations
    }

    /// How much of its partner every column of a made row has: of a category all or nothing, and a perturbed row all of its categories.
    #[must_use]
    pub fn shares(&self, made: &Made) -> Vec<f32> {
        let (numbers, category): (f32, fn(&mut Stream) -> f32) = match made.how {
            How::Copied => return vec![0.0; self.width],
            How::Interpolated { share } => (share, |draw| if draw.unit() < 0.5 { 1.0 } else { 0.0 }),
            How::Perturbed { .. } => (0.0, |_| 1.0), // its partner is any row of the bump: levels are as frequent as there
        };
        let mut shares = vec![numbers; self.width];
        let mut draw = Stream::new(&[made.key, NOMINAL]);
        for group in &self.nominal {
            shares[group.clone()].fill(category(&mut draw));
        }
        shares
    }

    /// A made row: `x + s ⊙ (x' - x) + ε`, with `deviations` those of its bump.
    #[must_use]
    pub fn make(&self, made: &Made, deviations: &[f32]) -> Vec<f32> {
        let (own, partner) = (self.row(made.seed), self.row(made.partner));
        let mut row: Vec<f32> =
            self.shares(made).iter().zip(own.iter().zip(partner)).map(|(s, (x, other))| x + s * (other - x)).collect();
        if let How::Perturbed { scale } = made.how {
            let mut draw = Stream::new(&[made.key, NOISE]);
            row.iter_mut().zip(deviations).for_each(|(x, d)| *x += scale * d * draw.normal() as f32);
        }
        row
    }

    /// How far a row blended of two is from each of them.
    pub(super) fn distances_to_parents(&self, made: &Made) -> [f64; 2] {
        let (own, partner) = (self.row(made.seed), self.row(made.partner));
        let mut squares = [0.0; 2];
        for (((s, x), other), (_, scale)) in self.shares(made).iter().zip(own).zip(partner).zip(&self.scales) {
            let apart = f64::from((other - x) * scale);
            squares[0] += (f64::from(*s) * apart).powi(2);
            squares[1] += ((1.0 - f64::from(*s)) * apart).powi(2);
        }
        squares.map(f64::sqrt)
    }
}

/// Keys of what is drawn for one made row.
const NOMINAL: u64 = 1;
const NOISE: u64 = 2;

/// Least number and one over the range of every column; a column that is the same everywhere counts nothing.
fn scales(values: &[f32], width: usize) -> Vec<(f32, f32)> {
    let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); width];
    for row in values.chunks_exact(width) {
        ends.iter_mut().zip(row).for_each(|((low, high), &x)| (*low, *high) = (low.min(x), high.max(x)));
    }
    ends.into_iter().map(|(low, high)| if high > low { (low, 1.0 / (high - low)) } else { (0.0, 0.0) }).collect()
}
