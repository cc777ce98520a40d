//! Pictures that are made of others: what re-sampling adds to a data set.

use std::sync::Arc;

use dir_core::random::Stream;

/// A picture of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Position among the pictures.
    pub picture: usize,
    /// What its augmentation depends on, apart from seed, stage and epoch: its position, or a number of its own for a made one.
    pub row: usize,
    /// What it is blended with, if it is made.
    pub blend: Option<Blend>,
}

/// What makes a picture another one: `x + share · (x' - x) + noise`, pixel by pixel, both augmented alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// The other picture.
    pub partner: usize,
    /// Its share.
    pub share: f32,
    /// Gaussian noise.
    pub noise: Option<Noise>,
}

/// Noise in proportion to how much pictures differ from each other there.
#[derive(Debug, Clone, PartialEq)]
pub struct Noise {
    /// Deviations of the channels of small pictures, `[3, side, side]`: those of the cell that a pixel lies in.
    pub deviations: Arc<[f32]>,
    /// Deviations that the noise has.
    pub scale: f32,
    /// Key of its random numbers: the same picture has the same noise in every epoch.
    pub key: u64,
}

impl From<usize> for Item {
    fn from(picture: usize) -> Self {
        Self { picture, row: picture, blend: None }
    }
}

impl Blend {
    /// Blends a picture of `side` rows and columns, `[3, side, side]`, with its partner.
    pub(super) fn apply(&self, own: &mut [f32], partner: &[f32], side: usize) {
        own.iter_mut().zip(partner).for_each(|(x, other)| *x += self.share * (other - *x));
        if let Some(noise) = &self.noise {
            noise.add(own, side);
        }
    }
}

impl Noise {
    fn add(&self, numbers: &mut [f32], side: usize) {
        let cells = (self.deviations.len() / 3).isqrt();
        let mut draw = Stream::new(&[self.key]);
        for (k, x) in numbers.iter_mut().enumerate() {
            let (channel, row, column) = (k / (side * side), k / side % side, k % side);
            let cell = |place: usize| place * cells / side;
            let deviation = self.deviations[(channel * cells + cell(row)) * cells + cell(column)];
            *x += self.scale * deviation * draw.normal() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_follows_the_cells() {
        // Two by two cells per channel, of which only the last of the first channel varies; pictures of 3 by 3.
        let mut deviations = vec![0.0; 12];
        deviations[3] = 1.0;
        let noise = Noise { deviations: deviations.into(), scale: 0.5, key: 7 };
        let blend = Blend { partner: 1, share: 0.25, noise: Some(noise) };
        let mut own = vec![0.0; 27];
        blend.apply(&mut own, &[4.0; 27], 3);
        // Rows and columns 0 and 1 are of the first cell (2 · 2 / 3 = 1 begins at row 2).
        let moved: Vec<usize> = (0..27).filter(|&k| own[k] != 1.0).collect();
        assert_eq!(moved, [8]);
        let mut again = vec![0.0; 27];
        blend.apply(&mut again, &[4.0; 27], 3);
        assert_eq!(own, again);
    }
}
