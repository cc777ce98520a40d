//! What all drawn data sets share: the mark that they carry, and how their files are written.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use thiserror::Error;

use crate::files::{Draft, FileError};
use crate::printable::printable;
use crate::split::SplitError;

/// File that tells a folder of drawings from one of photographs, and of made-up sentences from one of people's.
pub const MARK: &str = "SYNTHETIC.txt";
const QUALITY: u8 = 92;

/// What keeps a data set from being written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DrawnError {
    /// The disk or its permissions.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder holds something already.
    #[error("{}: found a folder that is not empty, expected a new one; choose another --out", printable(path.display()))]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Too few rows to split.
    #[error(transparent)]
    Split(#[from] SplitError),
}

/// How a picture is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Coding {
    /// Three bytes a pixel.
    Jpeg,
    /// Pixels of a kind.
    Png(ExtendedColorType),
}

/// So many rows shared out like `shape`, at least `floor` to every place.
pub(crate) fn spread(shape: &[u32], rows: usize, floor: usize) -> Vec<usize> {
    let total: u32 = shape.iter().sum();
    let left = rows.saturating_sub(floor * shape.len());
    let mut owed = 0.0;
    let share = |&count: &u32| {
        // What rounding left over goes to the next place.
        owed += left as f64 * f64::from(count) / f64::from(total);
        let share = owed.round().max(0.0);
        owed -= share;
        floor + share as usize
    };
    shape.iter().map(share).collect()
}

/// Starts the content of a folder that must not hold anything yet.
pub(crate) fn draft(out: &Path) -> Result<Draft, DrawnError> {
    Draft::new(out)?.ok_or_else(|| DrawnError::NotEmpty { path: out.to_path_buf() })
}

/// Encodes pixels in rows and writes them to a file of a draft.
pub(crate) fn write_picture(
    draft: &Draft,
    name: &str,
    coding: Coding,
    pixels: &[u8],
    [height, width]: [usize; 2],
) -> Result<(), DrawnError> {
    let (width, height) = (width as u32, height as u32);
    let mut file = Vec::new();
    let encoded = match coding {
        Coding::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
            encoder.write_image(pixels, width, height, ExtendedColorType::Rgb8)
        }
        Coding::Png(colour) => PngEncoder::new(&mut file).write_image(pixels, width, height, colour),
    };
    let failed = FileError::of(&draft.path().join(name), "encode the picture");
    encoded.map_err(|error| failed(std::io::Error::other(error)))?;
    Ok(draft.write(name, &file)?)
}
