//! A set of pairs: found, decoded, resized, kept in memory where they fit, and written as numbers.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use dir_core::tally::Tally;
use rayon::prelude::*;

use super::counts::Counts;
use super::geometry::{crop, resize_nearest};
use super::rotate::{rotate_nearest, rotate_spline};
use super::{BalancedMask, Coding, DepthDrawn, DepthError, DepthMap, Frame, PairList, colour, resized_size};
use crate::budget::Budget;
use crate::content_digest::ContentDigest;
use crate::images::{LARGEST_SIDE, Located, PictureError, Rgb, Store, decode, resize};

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
/// Bytes per pixel of a pair while it is scaled, rotated (planes of f64) and normalised.
const WHILE_SCALING: u64 = 48;

impl DepthPairs {
    /// Finds all files; where all pairs fit a gigabyte each is decoded once. `folder` is what the list's paths count from.
    ///
    /// # Errors
    /// A missing or broken file; a map of another size than its picture; a frame that the pictures do not fill.
    pub fn open(folder: &Path, list: &PairList, coding: Coding, frame: Frame) -> Result<Self, DepthError> {
        let mut pairs = Self::listed(folder, list, coding, frame)?;
        let first = (!pairs.is_empty()).then(|| pairs.load(0)).transpose()?;
        let bytes = first.map_or(0, |pair| pair.bytes());
        if bytes.saturating_mul(pairs.len()) <= KEPT {
            pairs.kept = pairs.load_all()?;
        }
        Ok(pairs)
    }

    /// All pairs, unless they turn out to be larger than the first and fill the memory after all.
    fn load_all(&self) -> Result<Option<Vec<Resized>>, DepthError> {
        let used = AtomicUsize::new(0);
        let load = |k: usize| {
            if used.load(Ordering::Relaxed) > KEPT {
                return Ok(None);
            }
            let pair = self.load(k)?;
            used.fetch_add(pair.bytes(), Ordering::Relaxed);
            Ok(Some(pair))
        };
        let pairs: Vec<Option<Resized>> =
            (0..self.len()).into_par_iter().map(load).collect::<Result<_, DepthError>>()?;
        Ok(if used.into_inner() > KEPT { None } else { pairs.into_iter().collect() })
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
        let own = [map.height, map.width];
        let size = self.scaled(&self.depths[pair].name, own)?;
        self.check_frame(&self.depths[pair].name, "a map", own, size)?;
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
        let size = self.scaled(self.name(pair), [picture.height, picture.width])?;
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
        let size = self.scaled(self.name(pair), own)?;
        self.check_frame(self.name(pair), "a picture", own, size)?;
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

    /// The size of a file after scaling, checked before anything of that size is allocated: a long thin image grows.
    fn scaled(&self, name: &str, own: [usize; 2]) -> Result<[usize; 2], DepthError> {
        let size = resized_size(own, self.frame.short);
        let wrong = |expected: String| DepthError::Map {
            name: name.to_owned(),
            found: format!("{} x {} pixels, {} x {} after scaling", own[1], own[0], size[1], size[0]),
            expected,
        };
        if size.iter().any(|&side| side > LARGEST_SIDE) {
            return Err(wrong(format!("at most {LARGEST_SIDE} on a side after scaling; leave the pair out")));
        }
        let pixels = (size[0] * size[1]) as u64;
        let fits = Budget::current().check(pixels * WHILE_SCALING, || "an image of this size".into());
        fits.map_err(|over| wrong(format!("less than {over}")))?;
        Ok(size)
    }

    fn check_frame(&self, name: &str, what: &str, own: [usize; 2], size: [usize; 2]) -> Result<(), DepthError> {
        let [height, width] = self.frame.crop;
        if size[0] >= height && size[1] >= width {
            return Ok(());
        }
        Err(DepthError::Map {
            name: name.to_owned(),
            found: format!("{what} of {} x {} pixels, {} x {} after scaling", own[1], own[0], size[1], size[0]),
            expected: format!("at least {width} x {height} after scaling; choose a smaller crop"),
        })
    }
}

impl Resized {
    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        self.colour.len() + size_of::<f32>() * self.depth.len()
    }

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
    fn a_map_that_does_not_fill_the_crop_is_named_when_pairs_are_not_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_pair(folder.path(), "a", [48, 64]);
        write_pair(folder.path(), "b", [64, 48]);
        // As sets of more than a gigabyte are opened: nothing is decoded.
        let pairs = DepthPairs::listed(folder.path(), &list(&["a", "b"]), Coding::default(), FRAME).expect("lists");
        assert_eq!(pairs.targets(0, Target::Crop).expect("landscape").len(), 20 * 24);
        let narrow = Frame { short: 24, crop: [20, 30] };
        let pairs = DepthPairs::listed(folder.path(), &list(&["a", "b"]), Coding::default(), narrow).expect("lists");
        assert_eq!(
            pairs.tally(&[0, 1], Target::Crop, None).expect_err("portrait").to_string(),
            "b_depth.png: found a map of 48 x 64 pixels, 24 x 32 after scaling, expected at least 30 x 20 after scaling; choose \
             a smaller crop"
        );
        let picture = pairs.sample(1, None, Target::Crop).expect_err("portrait").to_string();
        assert!(picture.starts_with("b.png: found a picture of 48 x 64 pixels"), "{picture}");
    }

    #[test]
    fn long_thin_images_are_refused_before_they_are_scaled() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_pair(folder.path(), "wide", [1, 16_384]);
        let frame = Frame { short: 240, crop: [228, 304] };
        let open = |frame| DepthPairs::open(folder.path(), &list(&["wide"]), Coding::default(), frame);
        let expected = "wide.png: found 16384 x 1 pixels, 3932160 x 240 after scaling, expected at most 16384 on a side after \
                        scaling; leave the pair out";
        assert_eq!(open(frame).expect_err("wide").to_string(), expected);
        let listed = DepthPairs::listed(folder.path(), &list(&["wide"]), Coding::default(), frame).expect("lists");
        assert_eq!(listed.whole(0).expect_err("wide").to_string(), expected);
        let map = listed.targets(0, Target::Crop).expect_err("wide").to_string();
        assert!(map.starts_with("wide_depth.png: found 16384 x 1 pixels, 3932160 x 240 after scaling"), "{map}");
        // 8192 x 8192 pixels: either side may be so long, but not both.
        write_pair(folder.path(), "square", [64, 64]);
        let square = PairList { images: vec!["square.png".into()], ..PairList::default() };
        let large = Frame { short: 8192, crop: [228, 304] };
        let open = DepthPairs::open(folder.path(), &square, Coding::default(), large).expect_err("large").to_string();
        assert!(open.contains("expected less than an image of this size, which needs 3072 MiB of memory"), "{open}");
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
