//! A balanced test: as many pixels of every depth.
//!
//! # Source
//! Official `nyud2-dir/data/test_balanced_mask.npy` at a6fdc45, bytes `[pictures, height, width]`: of every bin as many pixels as
//! the smallest bin that has any, drawn without replacement. How they were drawn is not published; here a seed decides.

use std::path::Path;

use dir_core::bins::Bins;
use dir_core::random::Stream;

use super::{DepthError, DepthPairs, Target};
use crate::budget::Budget;
use crate::npy::{self, Kind};

/// Which pixels of some pictures count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancedMask {
    pixels: usize,
    counts: Vec<bool>,
}

impl BalancedMask {
    /// Reads a mask of `pictures` pictures.
    ///
    /// # Errors
    /// [`DepthError::Mask`], also for one of another shape.
    pub fn read(path: &Path, pictures: usize, size: [usize; 2]) -> Result<Self, DepthError> {
        let expected = format!("bytes of shape {}", npy::written(&[pictures, size[0], size[1]]));
        let wrong = |found: String| DepthError::Mask { path: path.into(), found, expected: expected.clone() };
        let bytes = Budget::current().read_file(path).map_err(|error| wrong(format!("'{error}'")))?;
        let array = npy::parse(&bytes, &[Kind::U1]).map_err(&wrong)?;
        if array.shape != [pictures, size[0], size[1]] {
            return Err(wrong(format!("shape {}", npy::written(&array.shape))));
        }
        let counts = array.map(|number| number != 0.0);
        Ok(Self { pixels: size[0] * size[1], counts })
    }

    /// Draws a mask for some pairs: selection sampling (Knuth, volume 2, 3.4.2), so that nothing is kept but the mask.
    ///
    /// # Errors
    /// A map that can't be read; a depth without a bin.
    pub fn draw(pairs: &DepthPairs, rows: &[usize], bins: &Bins, seed: u64) -> Result<Self, DepthError> {
        let mut left = tally_by_bin(pairs, rows, bins)?;
        let least = left.iter().copied().filter(|&n| n > 0).min().unwrap_or(0);
        let mut wanted: Vec<u64> = left.iter().map(|&n| n.min(least)).collect();
        let mut stream = Stream::new(&[seed, 17]);
        let mut counts = Vec::new();
        for &row in rows {
            for depth in pairs.targets(row, Target::Crop)? {
                let bin = if depth.is_nan() { None } else { Some(bin_of(bins, depth, pairs.name(row))?) };
                counts.push(bin.is_some_and(|bin| {
                    let chosen = stream.unit() * (left[bin] as f64) < wanted[bin] as f64;
                    left[bin] -= 1;
                    wanted[bin] -= u64::from(chosen);
                    chosen
                }));
            }
        }
        Ok(Self { pixels: pairs.target_size(Target::Crop).iter().product(), counts })
    }

    /// Takes the depth of the pixels of a picture that do not count.
    ///
    /// # Panics
    /// If the picture has another number of pixels.
    pub fn apply(&self, picture: usize, depth: &mut [f32]) {
        assert!(depth.len() == self.pixels, "apply: found {} pixels, expected {}", depth.len(), self.pixels);
        let counts = &self.counts[picture * self.pixels..][..self.pixels];
        depth.iter_mut().zip(counts).filter(|(_, counts)| !**counts).for_each(|(depth, _)| *depth = f32::NAN);
    }

    /// Pixels that count.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().filter(|counts| **counts).count()
    }

    /// The bytes of a file that [`BalancedMask::read`] takes.
    #[must_use]
    pub fn to_npy(&self, size: [usize; 2]) -> Vec<u8> {
        let pictures = self.counts.len() / self.pixels.max(1);
        let bytes: Vec<u8> = self.counts.iter().map(|&counts| u8::from(counts)).collect();
        npy::file("|u1", &[pictures, size[0], size[1]], &bytes)
    }
}

/// Exact, which a tally of many different depths is not: every pixel of a bin is counted off again.
fn tally_by_bin(pairs: &DepthPairs, rows: &[usize], bins: &Bins) -> Result<Vec<u64>, DepthError> {
    let mut counts = vec![0; bins.len()];
    for &row in rows {
        for depth in pairs.targets(row, Target::Crop)?.into_iter().filter(|depth| !depth.is_nan()) {
            counts[bin_of(bins, depth, pairs.name(row))?] += 1;
        }
    }
    Ok(counts)
}

fn bin_of(bins: &Bins, depth: f32, name: &str) -> Result<usize, DepthError> {
    bins.bin_of(f64::from(depth)).map_err(|error| DepthError::Map {
        name: name.to_owned(),
        found: error.to_string(),
        expected: "a depth within the bins".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::pairs::tests::{list, write_pair};
    use super::super::{Coding, Frame};
    use super::*;

    #[test]
    fn every_bin_counts_alike() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_pair(folder.path(), "a", [40, 40]);
        write_pair(folder.path(), "b", [40, 50]);
        let frame = Frame { short: 40, crop: [40, 40] };
        let pairs = DepthPairs::open(folder.path(), &list(&["a", "b"]), Coding::default(), frame).expect("opens");
        let bins = Bins::uniform(0.0, 1.0, 10).expect("valid");
        let mask = BalancedMask::draw(&pairs, &[0, 1], &bins, 3).expect("within");
        let tally = pairs.tally(&[0, 1], Target::Crop, Some(&mask)).expect("whole");
        let counts = tally.counts(&bins).expect("within");
        let least = tally_by_bin(&pairs, &[0, 1], &bins).expect("within").into_iter().filter(|n| *n > 0).min();
        assert!(counts.iter().all(|n| Some(*n) == least || *n == 0), "{counts:?}, {least:?}");
        assert_eq!(tally.total() as usize, mask.total());
        let path = folder.path().join("mask.npy");
        std::fs::write(&path, mask.to_npy([40, 40])).expect("writes");
        assert_eq!(BalancedMask::read(&path, 2, [40, 40]).expect("as written"), mask);
        let other = BalancedMask::read(&path, 3, [40, 40]).expect_err("another shape").to_string();
        assert!(other.contains("found shape (2, 40, 40), expected bytes of shape (3, 40, 40)"), "{other}");
        assert_ne!(BalancedMask::draw(&pairs, &[0, 1], &bins, 4).expect("within"), mask);
    }
}
