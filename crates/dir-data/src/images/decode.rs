//! Bytes to pixels: JPEG and PNG by what the bytes say, whatever the file is called.

use std::io::Cursor;

use image::{ColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::budget::{Budget, wait_if_large};
use crate::catch_panic::catch_panic;

/// Pixels in rows, three bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height · width · 3` bytes.
    pub pixels: Vec<u8>,
}

/// Sides up to here are decoded, and resized to; larger ones are taken for attacks or mistakes.
pub(crate) const LARGEST_SIDE: usize = 16_384;

/// Image decoder: grey, CMYK, 16-bit and transparent ones become RGB (transparency is dropped, as Pillow does).
///
/// # Errors
/// What was found instead of a whole JPEG or PNG within [`Budget::current`]; a panic of the decoder is one of these, see [`catch_panic`].
/// # Example
/// ```
/// use dir_data::images::decode;
/// assert_eq!(decode(b"").unwrap_err(), "an empty file");
/// assert_eq!(decode(b"GIF89a").unwrap_err(), "neither JPEG nor PNG");
/// ```
pub fn decode(bytes: &[u8]) -> Result<Rgb, String> {
    decode_within(bytes, Budget::current())
}

fn decode_within(bytes: &[u8], budget: Budget) -> Result<Rgb, String> {
    catch_panic(|| match bytes {
        [] => Err("an empty file".into()),
        [0xFF, 0xD8, ..] => jpeg(bytes, budget),
        [0x89, b'P', b'N', b'G', ..] => png(bytes, budget),
        _ => Err("neither JPEG nor PNG".into()),
    })?
}

/// What a header states, checked before anything of its size is allocated: `needed` bytes while decoding.
pub(crate) fn check_size(width: u64, height: u64, needed: u64, budget: Budget) -> Result<(), String> {
    if width.max(height) > LARGEST_SIDE as u64 {
        return Err(format!("an image of {width} x {height} pixels, more than {LARGEST_SIDE} on a side"));
    }
    let what = || format!("an image of {width} x {height} pixels");
    budget.check(needed, what).map_err(|error| error.to_string())
}

/// Bytes that a JPEG takes while it is decoded: its pixels, and for progressive ones two bytes per coefficient, whose blocks
/// reach at most 31 pixels beyond each side.
fn jpeg_bytes(width: u64, height: u64, components: u64) -> u64 {
    3 * width * height + 2 * components * (width + 31) * (height + 31)
}

fn jpeg(bytes: &[u8], budget: Budget) -> Result<Rgb, String> {
    if !ends_well(bytes) {
        return Err("a truncated JPEG".into());
    }
    // The limits are checked below, where the message can say what is wrong.
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let damaged = |error: &dyn std::fmt::Debug| format!("a damaged JPEG ({error:?})");
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| damaged(&e))?;
    let info = decoder.info().ok_or("a JPEG without a header")?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    let needed = jpeg_bytes(width as u64, height as u64, u64::from(info.components)) + bytes.len() as u64;
    check_size(width as u64, height as u64, needed, budget)?;
    let _turn = wait_if_large(needed);
    let pixels = decoder.decode().map_err(|e| damaged(&e))?;
    if pixels.len() == width * height * 3 {
        Ok(Rgb { width, height, pixels })
    } else {
        Err(format!("a JPEG of {} bytes, expected {width} x {height} x 3", pixels.len()))
    }
}

/// Whether an end of image follows the last scan. The decoder fills what is missing with grey and says nothing.
fn ends_well(bytes: &[u8]) -> bool {
    let last = |second: u8| bytes.windows(2).rposition(|pair| pair == [0xFF, second]);
    match (last(0xDA), last(0xD9)) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

fn png(bytes: &[u8], budget: Budget) -> Result<Rgb, String> {
    let damaged = |error: image::ImageError| format!("a damaged PNG ({error})");
    let header = png_reader(bytes, budget).into_decoder().map_err(damaged)?;
    let (width, height) = header.dimensions();
    let [columns, rows] = [width, height].map(u64::from);
    let converted = if header.color_type() == ColorType::Rgb8 { 0 } else { 3 * columns * rows };
    let needed = header.total_bytes().saturating_add(converted).saturating_add(bytes.len() as u64);
    check_size(columns, rows, needed, budget)?;
    let _turn = wait_if_large(needed);
    let pixels = png_reader(bytes, budget).decode().map_err(damaged)?.into_rgb8().into_raw();
    Ok(Rgb { width: width as usize, height: height as usize, pixels })
}

/// A reader whose compressed metadata cannot outgrow the budget either.
pub(crate) fn png_reader(bytes: &[u8], budget: Budget) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(budget.bytes());
    reader.limits(limits);
    reader
}

#[cfg(test)]
pub(super) mod tests {
    use image::{DynamicImage, ImageBuffer, Rgb as Pixel};

    use super::*;

    /// A picture that compresses well and survives JPEG: a slope in each colour.
    pub(in crate::images) fn slope(width: u32, height: u32) -> DynamicImage {
        let pixel = |x: u32, y: u32| Pixel([(x * 255 / width) as u8, (y * 255 / height) as u8, 128]);
        DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, pixel))
    }

    pub(in crate::images) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).expect("encodes");
        bytes
    }

    #[test]
    fn pixels_come_back() {
        let picture = slope(31, 17);
        let from_png = decode(&encoded(&picture, ImageFormat::Png)).expect("whole");
        assert_eq!((from_png.width, from_png.height), (31, 17));
        assert_eq!(from_png.pixels, picture.to_rgb8().into_raw());
        let from_jpeg = decode(&encoded(&picture, ImageFormat::Jpeg)).expect("whole");
        let off = from_jpeg.pixels.iter().zip(&from_png.pixels).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off < Some(24), "{off:?}");
    }

    #[test]
    fn other_kinds_become_rgb() {
        let grey = DynamicImage::ImageLuma8(slope(8, 8).to_luma8());
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            assert_eq!(decode(&encoded(&grey, format)).expect("whole").pixels.len(), 8 * 8 * 3);
        }
        let deep = DynamicImage::ImageRgb16(slope(8, 8).to_rgb16());
        assert_eq!(decode(&encoded(&deep, ImageFormat::Png)).expect("whole").pixels, slope(8, 8).to_rgb8().into_raw());
        let clear = DynamicImage::ImageRgba8(slope(8, 8).to_rgba8());
        assert_eq!(decode(&encoded(&clear, ImageFormat::Png)).expect("whole").pixels.len(), 8 * 8 * 3);
        // Made with Pillow: Image.new("CMYK", (16, 16), (0, 255, 255, 0)), pure red.
        let cmyk = decode(include_bytes!("../../tests/pictures/cmyk.jpg")).expect("whole");
        let [r, g, b] = [cmyk.pixels[0], cmyk.pixels[1], cmyk.pixels[2]];
        assert!(cmyk.width == 16 && r > 200 && g < 60 && b < 60, "{r} {g} {b}");
    }

    #[test]
    fn broken_ones_are_told() {
        let whole = encoded(&slope(40, 40), ImageFormat::Jpeg);
        let cut = decode(&whole[..whole.len() * 2 / 3]).expect_err("cut");
        assert_eq!(cut, "a truncated JPEG");
        let png = encoded(&slope(40, 40), ImageFormat::Png);
        assert!(decode(&png[..png.len() * 2 / 3]).expect_err("cut").contains("damaged PNG"));
        assert!(decode(b"<html>not found</html>").expect_err("no picture").contains("neither"));
        for k in 0..whole.len() {
            let mut bad = whole.clone();
            bad[k] ^= 0x55;
            drop(decode(&bad)); // must not panic
        }
    }

    /// A progressive JPEG of 16 x 16 whose second Huffman table is empty: zune-jpeg 0.5.15 indexes out of bounds.
    const PANIC: &[u8] = include_bytes!("../../tests/regressions/zune-jpeg-panic.jpg");

    #[test]
    fn a_panic_of_the_decoder_is_an_error() {
        assert!(decode(PANIC).expect_err("panics").starts_with("decoder panicked: "));
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut png = encoded(&slope(8, 8), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        png
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut jpeg = encoded(&slope(8, 8), ImageFormat::Jpeg);
        let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame");
        jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        jpeg
    }

    #[test]
    fn sizes_beyond_the_budget_are_refused_by_the_header() {
        // By hand: 3 x 16000 x 6200 bytes of pixels, 2 x 3 x 16031 x 6231 of coefficients: 855.4 MiB and the file.
        assert_eq!(
            decode(&jpeg_of(16_000, 6_200)).expect_err("large"),
            "an image of 16000 x 6200 pixels, which needs 856 MiB of memory where 512 MiB is allowed (--max-memory raises it)"
        );
        let png = decode(&png_of(14_200, 14_200)).expect_err("200 million pixels");
        assert!(png.starts_with("an image of 14200 x 14200 pixels, which needs 577 MiB"), "{png}");
        for (width, height) in [(16_385, 1), (1, 16_385), (30_000, 30_000)] {
            let expected = format!("an image of {width} x {height} pixels, more than 16384 on a side");
            assert_eq!(decode(&png_of(width, height)), Err(expected.clone()));
            assert_eq!(decode(&jpeg_of(width as u16, height as u16)), Err(expected));
        }
        // Every PNG keeps within what it was allowed: here the pixels fit, and so does nothing else.
        let small = encoded(&slope(600, 600), ImageFormat::Png);
        assert!(decode_within(&small, Budget::from_mib(1)).expect_err("1.03 MiB").contains("needs 2 MiB"));
        assert!(decode_within(&small, Budget::from_mib(2)).is_ok());
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
    }
}
