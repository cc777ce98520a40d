//! A set of pictures: found, decoded, resized, cached, and written as numbers.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::augment::{Drawn, write};
use super::cache::{Cache, CacheKind, Key};
use super::resize::resize;
use super::store::Located;
use super::{PictureError, Store, decode};

/// What happens at a picture that is missing or broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// The program ends with its name.
    #[default]
    Error,
    /// All pictures are tried before training; broken ones are named, counted and left out.
    Skip,
}

/// How pictures are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureOptions {
    /// Rows and columns after resizing.
    pub side: usize,
    /// Where decoded pictures are kept.
    pub cache: CacheKind,
    /// What happens at a broken one.
    pub broken: Broken,
}

/// A set of pictures of one size.
#[derive(Debug)]
pub struct Pictures {
    store: Store,
    located: Vec<Located>,
    side: usize,
    cache: Option<Cache>,
}

/// What was left out: position and reason.
pub type LeftOut = Vec<(usize, PictureError)>;

/// Pictures, and what was left out.
pub type Opened = (Pictures, LeftOut);

impl Pictures {
    /// Finds all pictures; with a cache or [`Broken::Skip`] each is decoded once. `cache_folder` is where a cache file goes.
    ///
    /// Positions count the pictures that are left.
    ///
    /// # Errors
    /// [`PictureError`]; with [`Broken::Skip`] only what concerns all pictures.
    pub fn open(
        store: Store,
        names: &[String],
        options: PictureOptions,
        cache_folder: &Path,
    ) -> Result<Opened, PictureError> {
        let (located, left_out) = locate(&store, names, options.broken)?;
        let mut pictures = Self { store, located, side: options.side, cache: None };
        let length = 3 * options.side * options.side;
        pictures.cache = match options.cache {
            CacheKind::None => None,
            CacheKind::Memory => Some(Cache::in_memory(pictures.len(), length, |k, out| pictures.decode_into(k, out))?),
            CacheKind::File => {
                let version = |l: &Located| pictures.store.version(l);
                let list = pictures.located.iter().map(|l| (l.name.as_str(), version(l))).collect();
                let key = Key { side: options.side, pictures: list };
                Some(Cache::in_file(cache_folder, &key, length, |k, out| pictures.decode_into(k, out))?)
            }
        };
        Ok((pictures, left_out))
    }

    /// Number of pictures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.located.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.located.is_empty()
    }

    /// Rows and columns.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Name of a picture, as the list has it.
    #[must_use]
    pub fn name(&self, picture: usize) -> &str {
        &self.located[picture].name
    }

    /// Writes a picture as `[3, side, side]` between -1 and 1.
    ///
    /// # Errors
    /// A picture that can't be read or decoded.
    pub fn write(&self, picture: usize, drawn: Drawn, out: &mut [f32]) -> Result<(), PictureError> {
        thread_local!(static PIXELS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
        PIXELS.with_borrow_mut(|pixels| {
            pixels.resize(3 * self.side * self.side, 0);
            match &self.cache {
                Some(cache) => cache.read(picture, pixels).map_err(|error| {
                    let name = self.name(picture).to_owned();
                    PictureError::Io { name, error }
                })?,
                None => self.decode_into(picture, pixels)?,
            }
            write(out, pixels, self.side, drawn);
            Ok(())
        })
    }

    fn decode_into(&self, picture: usize, out: &mut [u8]) -> Result<(), PictureError> {
        decode_resized(&self.store, &self.located[picture], self.side, out)
    }
}

fn locate(store: &Store, names: &[String], broken: Broken) -> Result<(Vec<Located>, LeftOut), PictureError> {
    if broken == Broken::Error {
        return Ok((names.par_iter().map(|name| store.locate(name)).collect::<Result<_, _>>()?, Vec::new()));
    }
    let tried: Vec<Result<Located, PictureError>> = names
        .par_iter()
        .map(|name| {
            let located = store.locate(name)?;
            // One pixel is enough to know that it decodes.
            decode_resized(store, &located, 1, &mut [0; 3])?;
            Ok(located)
        })
        .collect();
    let (mut located, mut left_out) = (Vec::with_capacity(names.len()), Vec::new());
    for (position, tried) in tried.into_iter().enumerate() {
        match tried {
            Ok(found) => located.push(found),
            Err(error) => left_out.push((position, error)),
        }
    }
    Ok((located, left_out))
}

fn decode_resized(store: &Store, located: &Located, side: usize, out: &mut [u8]) -> Result<(), PictureError> {
    let broken = |found: String| PictureError::Broken { name: located.name.clone(), found };
    resize(&decode(&store.read(located)?).map_err(broken)?, [side, side], out).map_err(broken)
}

/// The folder for a cache file: beside a tar, or in the folder of pictures.
#[must_use]
pub fn cache_folder(place: &Path) -> PathBuf {
    if place.is_dir() { place.to_path_buf() } else { place.parent().map_or_else(|| ".".into(), Path::to_path_buf) }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    use image::{ExtendedColorType, ImageEncoder, ImageFormat};

    use super::super::decode::tests::{encoded, slope};
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let jpeg = encoded(&slope(50, 40), ImageFormat::Jpeg);
        let files: [(&str, &[u8]); 5] = [
            ("whole.jpg", &jpeg),
            ("cut.jpg", &jpeg[..jpeg.len() / 2]),
            ("empty.jpg", b""),
            ("png.jpg", &encoded(&slope(8, 8), ImageFormat::Png)),
            ("text.jpg", b"hello"),
        ];
        files.iter().for_each(|(name, bytes)| std::fs::write(folder.path().join(name), bytes).expect("writes"));
        folder
    }

    fn open(folder: &Path, names: &[&str], cache: CacheKind, broken: Broken) -> Result<Opened, PictureError> {
        let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
        Pictures::open(Store::open(folder)?, &names, PictureOptions { side: 16, cache, broken }, folder)
    }

    fn numbers(pictures: &Pictures, picture: usize) -> Result<Vec<f32>, PictureError> {
        let mut out = vec![0.0; 3 * 16 * 16];
        pictures.write(picture, Drawn::NONE, &mut out).map(|()| out)
    }

    #[test]
    fn caches_give_the_same_numbers() {
        let folder = folder();
        let of = |cache| {
            let (pictures, _) = open(folder.path(), &["whole.jpg", "png.jpg"], cache, Broken::Error).expect("opens");
            [0, 1].map(|k| numbers(&pictures, k).expect("whole"))
        };
        let plain = of(CacheKind::None);
        assert_eq!((of(CacheKind::Memory), of(CacheKind::File)), (plain.clone(), plain.clone()));
        // A slope of red from left to right, of green from top to bottom.
        let ([red, green], last) = ([&plain[0][..256], &plain[0][256..512]], 255);
        assert!(red[0] < -0.8 && red[last] > 0.8 && green[15] < -0.8 && green[240] > 0.8);
    }

    #[test]
    fn a_picture_of_the_same_name_and_length_is_decoded_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.png");
        let first = || {
            let (pictures, _) = open(folder.path(), &["a.png"], CacheKind::File, Broken::Error).expect("opens");
            numbers(&pictures, 0).expect("whole")[0]
        };
        // Without compression two pictures of one size take the same number of bytes.
        let [black, white] = [0, 255].map(|grey| {
            let mut bytes = Vec::new();
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Uncompressed, FilterType::NoFilter);
            encoder.write_image(&[grey; 8 * 8 * 3], 8, 8, ExtendedColorType::Rgb8).expect("encodes");
            bytes
        });
        assert_eq!(black.len(), white.len());
        std::fs::write(&path, black).expect("writes");
        let modified = path.metadata().and_then(|data| data.modified()).expect("has one");
        assert_eq!(first(), -1.0);
        std::fs::write(&path, white).expect("writes");
        // As a copy that keeps times does.
        File::options().write(true).open(&path).and_then(|file| file.set_modified(modified)).expect("sets the time");
        assert_eq!(first(), 1.0);
    }

    #[test]
    fn broken_ones_are_named_or_left_out() {
        let folder = folder();
        let names = ["whole.jpg", "cut.jpg", "absent.jpg", "empty.jpg", "png.jpg", "text.jpg", "../x.jpg"];
        let (pictures, left_out) = open(folder.path(), &names, CacheKind::None, Broken::Skip).expect("opens");
        assert_eq!((pictures.len(), pictures.name(1)), (2, "png.jpg"));
        assert_eq!(left_out.iter().map(|(k, _)| *k).collect::<Vec<_>>(), [1, 2, 3, 5, 6]);
        let all: Vec<String> = left_out.iter().map(|(_, error)| error.to_string()).collect();
        for (text, words) in all.iter().zip([
            "a truncated JPEG",
            "no such picture",
            "an empty file",
            "neither JPEG nor PNG",
            "leads out of",
        ]) {
            assert!(text.contains(words), "{text}");
        }
        let (pictures, _) = open(folder.path(), &names[..2], CacheKind::None, Broken::Error).expect("all are there");
        assert!(numbers(&pictures, 1).expect_err("cut").to_string().starts_with("cut.jpg: found a truncated JPEG"));
        assert!(open(folder.path(), &names[..3], CacheKind::None, Broken::Error).is_err());
        assert!(open(folder.path(), &names[..2], CacheKind::Memory, Broken::Error).is_err());
    }
}
