//! A set of pairs: found, decoded, resized, kept in memory where they fit, and written as numbers.

use std::borrow::Cow;
use std::path::Path;

use dir_core::tally::Tally;
use rayon::prelude::*;

use super::counts::Counts;
use super::geometry::{crop, resize_nearest};
use super::rotate::{rotate_nearest, rotate_spline};
use super::{BalancedMask, Coding, DepthDrawn, DepthError, DepthMap, Frame, PairList, colour, resized_size};
use crate::content_digest::ContentDigest;
use crate::images::{Located, PictureError, Rgb, Store, decode, resize};

/// Pairs of pictures and maps.
#[derive(Debug)]
pub struct DepthPairs {
    store: Store,
    images: Vec<Located>,
    /// As many, or none where pictures alone were listed.
    depths: Vec<Located>,
    coding: Coding,
    frame: Frame,
    kept: Option<Vec<Resized>>,
}

/// A pair after resizing, before the middle is cut out.
#[derive(Debug, Clone)]
struct Resized {
    size: [usize; 2],
    /// `[height, width, 3]` bytes.
    colour: Vec<u8>,
    depth: Vec<f32>,
}

/// Which pixels of a map are targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Those at the size of a network's map: training.
    Output,
    /// All of the crop: tests.
    Crop,
}

/// A pair as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PairSample {
    /// `[3, height, width]`, normalised.
    pub colour: Vec<f32>,
    /// Depth of every target; NaN where there is none.
    pub depth: Vec<f32>,
}

/// Bytes of pairs that may be kept in memory.
const KEPT: usize = 1 << 30;

impl DepthPairs {
    /// Finds all files; where all pairs fit a gigabyte each is decoded once. `folder` is what the list's paths count from.
    ///
    /// # Errors
    /// A missing or broken file; a map of another size than its picture; a frame that the pictures do not fill.
    pub fn open(folder: &Path, list: &PairList, coding: Coding, frame: Frame) -> Result<Self, DepthError> {
        let mut pairs = Self::listed(folder, list, coding, frame)?;
        let first = (!pairs.is_empty()).then(|| pairs.load(0)).transpose()?;
        let bytes = first.map_or(0, |pair| 7 * pair.depth.len().max(pair.colour.len() / 3));
        if bytes.saturating_mul(pairs.len()) <= KEPT {
            pairs.kept = Some((0..pairs.len()).into_par_iter().map(|k| pairs.load(k)).collect::<Result<_, _>>()?);
        }
        Ok(pairs)
    }

    /// Finds all files and decodes none: for whoever takes pictures one by one.
    ///
    /// # Errors
    /// A missing file.
    pub fn listed(folder: &Path, list: &PairList, coding: Coding, frame: Frame) -> Result<Self, DepthError> {
        let store = Store::open(folder)?;
        let locate = |names: &[String]| -> Result<Vec<Located>, PictureError> {
            names.par_iter().map(|name| store.locate(name)).collect()
        };
        let (images, depths) = (locate(&list.images)?, locate(&list.depths)?);
        Ok(Self { store, images, depths, coding, frame, kept: None })
    }

    /// Adds the files of all pairs.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn digest(&self, digest: &mut ContentDigest) -> Result<(), DepthError> {
        let files: Vec<&Located> = self.images.iter().chain(&self.depths).collect();
        let hashes: Result<Vec<_>, PictureError> = files.par_iter().map(|file| self.store.digest_of(file)).collect();
        for (file, hash) in files.iter().zip(hashes?) {
            digest.text(&file.name);
            digest.bytes(&hash);
        }
        Ok(())
    }

    /// Number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Path of a picture, as the list has it.
    #[must_use]
    pub fn name(&self, pair: usize) -> &str {
        &self.images[pair].name
    }

    /// Which pixels a network sees.
    #[must_use]
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Rows and columns of the targets.
    #[must_use]
    pub fn target_size(&self, target: Target) -> [usize; 2] {
        match target {
            Target::Output => self.frame.output(),
            Target::Crop => self.frame.crop,
        }
    }

    /// A pair as numbers.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn sample(&self, pair: usize, drawn: Option<&DepthDrawn>, target: Target) -> Result<PairSample, DepthError> {
        let mut resized = match &self.kept {
            Some(kept) => Cow::Borrowed(&kept[pair]),
            None => Cow::Owned(self.load(pair)?),
        };
        if let Some(drawn) = drawn {
            resized.to_mut().change(drawn);
        }
        let (size, [height, width]) = (resized.size, self.frame.crop);
        let pixels: Vec<[u8; 3]> = crop(resized.colour.as_chunks().0, size, [height, width]);
        Ok(PairSample {
            colour: colour::normalised(pixels.as_flattened(), drawn),
            depth: if self.depths.is_empty() { Vec::new() } else { self.targets_of(&resized.depth, size, target) },
        })
    }

    /// Depth of every target of a pair.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn targets(&self, pair: usize, target: Target) -> Result<Vec<f32>, DepthError> {
        if let Some(kept) = &self.kept {
            return Ok(self.targets_of(&kept[pair].depth, kept[pair].size, target));
        }
        let map = self.map(pair)?;
        let size = resized_size([map.height, map.width], self.frame.short);
        Ok(self.targets_of(&resize_nearest(&map.values, [map.height, map.width], size), size, target))
    }

    fn targets_of(&self, depth: &[f32], size: [usize; 2], target: Target) -> Vec<f32> {
        let cut = crop(depth, size, self.frame.crop);
        match target {
            Target::Output => resize_nearest(&cut, self.frame.crop, self.frame.output()),
            Target::Crop => cut,
        }
    }

    /// How often each depth occurs among the targets of some pairs; more than 65,536 different ones are rounded down to one part in
    /// 2,048.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn tally(&self, pairs: &[usize], target: Target, mask: Option<&BalancedMask>) -> Result<Tally, DepthError> {
        let count = |mut counts: Counts, (position, &pair): (usize, &usize)| {
            let mut depth = self.targets(pair, target)?;
            if let Some(mask) = mask {
                mask.apply(position, &mut depth);
            }
            depth.into_iter().for_each(|depth| counts.push(depth));
            Ok::<_, DepthError>(counts)
        };
        let merge = |all: Counts, some: Counts| Ok(all.merge(some));
        let counts =
            pairs.par_iter().enumerate().try_fold(Counts::default, count).try_reduce(Counts::default, merge)?;
        Ok(counts.tally())
    }

    /// Mean depth of every place over some pairs; NaN where none has a depth.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn mean_map(&self, pairs: &[usize], target: Target) -> Result<Vec<f32>, DepthError> {
        let mut sums = vec![(0.0_f64, 0_u32); self.target_size(target).iter().product()];
        for &pair in pairs {
            for (sum, depth) in sums.iter_mut().zip(self.targets(pair, target)?) {
                if !depth.is_nan() {
                    *sum = (sum.0 + f64::from(depth), sum.1 + 1);
                }
            }
        }
        Ok(sums.into_iter().map(|(sum, count)| (sum / f64::from(count)) as f32).collect())
    }

    /// A picture before anything was cut out of it, normalised: its size, `[3, height, width]`, and its bytes.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn whole(&self, pair: usize) -> Result<(Rgb, Vec<f32>), DepthError> {
        let picture = self.picture(pair)?;
        let size = resized_size([picture.height, picture.width], self.frame.short);
        let numbers = colour::normalised(&self.resized_colour(pair, &picture, size)?, None);
        Ok((picture, numbers))
    }

    /// The map of a pair at its own size.
    ///
    /// # Errors
    /// A file that can't be read or decoded.
    pub fn map(&self, pair: usize) -> Result<DepthMap, DepthError> {
        let located = &self.depths[pair];
        let wrong =
            |(found, expected): (String, String)| DepthError::Map { name: located.name.clone(), found, expected };
        self.coding.decode(&self.store.read(located)?).map_err(wrong)
    }

    /// Whether there are maps.
    #[must_use]
    pub fn has_maps(&self) -> bool {
        !self.depths.is_empty()
    }

    fn picture(&self, pair: usize) -> Result<Rgb, DepthError> {
        let located = &self.images[pair];
        let broken = |found: String| PictureError::Broken { name: located.name.clone(), found };
        Ok(decode(&self.store.read(located)?).map_err(broken)?)
    }

    fn resized_colour(&self, pair: usize, picture: &Rgb, size: [usize; 2]) -> Result<Vec<u8>, DepthError> {
        let mut colour = vec![0; 3 * size[0] * size[1]];
        let broken = |found: String| PictureError::Broken { name: self.images[pair].name.clone(), found };
        resize(picture, size, &mut colour).map_err(broken)?;
        Ok(colour)
    }

    fn load(&self, pair: usize) -> Result<Resized, DepthError> {
        let picture = self.picture(pair)?;
        let own = [picture.height, picture.width];
        let size = resized_size(own, self.frame.short);
        self.check_frame(pair, own, size)?;
        let colour = self.resized_colour(pair, &picture, size)?;
        let depth = if self.depths.is_empty() { Vec::new() } else { self.resized_depth(pair, own, size)? };
        Ok(Resized { size, colour, depth })
    }

    fn resized_depth(&self, pair: usize, own: [usize; 2], size: [usize; 2]) -> Result<Vec<f32>, DepthError> {
        let map = self.map(pair)?;
        if [map.height, map.width] != own {
            return Err(DepthError::Map {
                name: self.depths[pair].name.clone(),
                found: format!("a map of {} x {} pixels (width x height)", map.width, map.height),
                expected: format!("{} x {}, the size of {}", own[1], own[0], self.name(pair)),
            });
        }
        Ok(resize_nearest(&map.values, own, size))
    }

    fn check_frame(&self, pair: usize, own: [usize; 2], size: [usize; 2]) -> Result<(), DepthError> {
        let [height, width] = self.frame.crop;
        if size[0] >= height && size[1] >= width {
            return Ok(());
        }
        Err(DepthError::Map {
            name: self.name(pair).to_owned(),
            found: format!("a picture of {} x {} pixels, {} x {} after scaling", own[1], own[0], size[1], size[0]),
            expected: format!("at least {width} x {height} after scaling; choose a smaller crop"),
        })
    }
}

impl Resized {
    /// Mirrors and rotates; colours come later, when the middle has been cut out.
    fn change(&mut self, drawn: &DepthDrawn) {
        let [_, width] = self.size;
        if drawn.mirrored {
            self.colour.as_chunks_mut::<3>().0.chunks_exact_mut(width).for_each(<[[u8; 3]]>::reverse);
            self.depth.chunks_exact_mut(width).for_each(<[f32]>::reverse);
        }
        if drawn.degrees == 0.0 {
            return;
        }
        for channel in 0..3 {
            let plane: Vec<f64> = self.colour.iter().skip(channel).step_by(3).map(|&b| f64::from(b)).collect();
            let turned = rotate_spline(&plane, self.size, drawn.degrees);
            let places = self.colour.iter_mut().skip(channel).step_by(3);
            places.zip(turned).for_each(|(byte, value)| *byte = value.round().clamp(0.0, 255.0) as u8);
        }
        self.depth = match drawn.official_rotation {
            true => self.officially_rotated(drawn.degrees),
            false => rotate_nearest(&self.depth, self.size, drawn.degrees, f32::NAN),
        };
    }

    /// As bytes of which 255 are 10 m, like the files.
    fn officially_rotated(&self, degrees: f64) -> Vec<f32> {
        let bytes = |&depth: &f32| if depth.is_nan() { 0.0 } else { f64::from(depth) * 25.5 };
        let plane: Vec<f64> = self.depth.iter().map(bytes).collect();
        let turned = rotate_spline(&plane, self.size, degrees).into_iter();
        turned.map(|value| (value.round().clamp(0.0, 255.0) / 25.5) as f32).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use dir_core::random::Stream;
    use image::{ImageBuffer, Luma, Rgb as Pixel};

    use super::super::DepthAugmentation;
    use super::*;

    /// A picture whose red is its depth: `10 x / width` metres, and 0, no depth, in the first column.
    pub(in crate::depth) fn write_pair(folder: &Path, name: &str, [height, width]: [u32; 2]) {
        let red = |x: u32| (255 * x / width) as u8;
        let picture = ImageBuffer::from_fn(width, height, |x, y| Pixel([red(x), (y * 3) as u8, 7]));
        picture.save(folder.join(format!("{name}.png"))).expect("writes");
        let map = ImageBuffer::from_fn(width, height, |x, _| Luma([(10_000 * x / width) as u16]));
        map.save(folder.join(format!("{name}_depth.png"))).expect("writes");
    }

    pub(in crate::depth) fn list(names: &[&str]) -> PairList {
        PairList {
            images: names.iter().map(|name| format!("{name}.png")).collect(),
            depths: names.iter().map(|name| format!("{name}_depth.png")).collect(),
            parts: None,
        }
    }

    const FRAME: Frame = Frame { short: 24, crop: [20, 24] };

    #[test]
    fn samples_are_cut_and_scaled() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_pair(folder.path(), "a", [48, 64]);
        let pairs = DepthPairs::open(folder.path(), &list(&["a"]), Coding::default(), FRAME).expect("opens");
        let sample = pairs.sample(0, None, Target::Crop).expect("whole");
        assert_eq!((sample.colour.len(), sample.depth.len()), (3 * 20 * 24, 20 * 24));
        // 24 rows of 32; columns 4 to 27 stay: column k shows source columns 2 (k + 4) and the next.
        assert!((sample.depth[0] - 10.0 * 9.0 / 64.0).abs() < 0.01, "{}", sample.depth[0]);
        let small = pairs.sample(0, None, Target::Output).expect("whole");
        assert_eq!(small.depth.len(), 10 * 12);
        let red = |k: usize| sample.colour[k] * colour::STD[0] + colour::MEAN[0];
        assert!((red(23) - sample.depth[23] / 10.0).abs() < 0.02, "colour and depth belong together");
        let tally = pairs.tally(&[0, 0], Target::Output, None).expect("whole");
        assert_eq!((tally.total(), tally.values().len()), (240, 12));
    }

    #[test]
    fn both_are_mirrored_and_rotated_together() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_pair(folder.path(), "a", [48, 64]);
        let pairs = DepthPairs::open(folder.path(), &list(&["a"]), Coding::default(), FRAME).expect("opens");
        let plain = DepthAugmentation { lighting: 0.0, jitter: 0.0, ..DepthAugmentation::default() };
        for official_rotation in [false, true] {
            let augmentation = DepthAugmentation { official_rotation, ..plain };
            for key in 0..6 {
                let drawn = augmentation.draw(&mut Stream::new(&[key]));
                let sample = pairs.sample(0, Some(&drawn), Target::Crop).expect("whole");
                let off = (0..20 * 24).filter(|k| !sample.depth[*k].is_nan()).map(|k| {
                    let red = sample.colour[k] * colour::STD[0] + colour::MEAN[0];
                    (red - sample.depth[k] / 10.0).abs()
                });
                assert!(off.fold(0.0, f32::max) < 0.05, "{drawn:?}");
            }
        }
    }

    #[test]
    fn mistakes_name_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path();
        write_pair(place, "a", [48, 64]);
        write_pair(place, "b", [40, 64]);
        let open = |list: &PairList, frame| {
            DepthPairs::open(place, list, Coding::default(), frame).expect_err("is wrong").to_string()
        };
        let mixed = PairList { images: vec!["a.png".into()], depths: vec!["b_depth.png".into()], parts: None };
        assert_eq!(
            open(&mixed, FRAME),
            "b_depth.png: found a map of 64 x 40 pixels (width x height), expected 64 x 48, the size of a.png"
        );
        let wide = open(&list(&["a"]), Frame { short: 24, crop: [20, 40] });
        assert!(wide.contains("32 x 24 after scaling, expected at least 40 x 20"), "{wide}");
        assert!(open(&list(&["a", "c"]), FRAME).starts_with("c.png: found no such picture"));
    }
}
