//! Resizing as Pillow's bilinear filter does, which averages when it shrinks.

use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::Rgb;
use crate::catch_panic::catch_panic;

/// Writes a picture with other numbers of rows and columns, three bytes a pixel.
///
/// # Errors
/// What can't be resized.
pub(crate) fn resize(picture: &Rgb, [height, width]: [usize; 2], out: &mut [u8]) -> Result<(), String> {
    if [picture.height, picture.width] == [height, width] {
        out.copy_from_slice(&picture.pixels);
        return Ok(());
    }
    thread_local!(static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new()));
    catch_panic(|| RESIZER.with_borrow_mut(|resizer| resize_with(resizer, picture, [height, width], out)))?
}

fn resize_with(
    resizer: &mut Resizer,
    picture: &Rgb,
    [height, width]: [usize; 2],
    out: &mut [u8],
) -> Result<(), String> {
    let unusable = |error: &dyn std::fmt::Display| format!("an image that can't be resized ({error})");
    let from = ImageRef::new(picture.width as u32, picture.height as u32, &picture.pixels, PixelType::U8x3);
    let to = Image::from_slice_u8(width as u32, height as u32, out, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let (from, mut to) = (from.map_err(|e| unusable(&e))?, to.map_err(|e| unusable(&e))?);
    resizer.resize(&from, &mut to, &options).map_err(|e| unusable(&e))
}
