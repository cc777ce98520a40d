//! Targets that read images and depth maps.

use std::path::Path;

use anyhow::anyhow;
use dir_data::depth::{BalancedMask, Coding, DepthPairs, Frame, PairList, Target as Pixels};
use dir_data::images::{Broken, CacheKind, Drawn, PictureOptions, Pictures, Store, cache_folder, decode};
use dir_data::{faces, npy};
use image::{DynamicImage, ImageFormat};

use crate::target::{Outcome, Scratch, Seeds, Target};

const PNG: &[&[u8]] = &[
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"iCCP",
    b"zTXt",
    b"iTXt",
    b"eXIf",
    b"acTL",
    b"fcTL",
    b"fdAT",
    b"\x89PNG\r\n\x1a\n",
];
const PICTURE: &[&[u8]] = &[
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\xc0",
    b"\xff\xc1",
    b"\xff\xc2",
    b"\xff\xc4",
    b"\xff\xda",
    b"\xff\xdb",
    b"\xff\xdd",
    b"\xff\xe0",
    b"\xff\xe1",
    b"\xff\xee",
    b"JFIF\0",
    b"Exif\0\0",
    b"Adobe",
    b"II*\0",
    b"MM\0*",
    b"IHDR",
    b"IDAT",
    b"PLTE",
    b"tRNS",
    b"IEND",
];
const NPY: &[&[u8]] = &[
    b"\x93NUMPY\x01\0",
    b"\x93NUMPY\x02\0",
    b"\x93NUMPY\x03\0",
    b"'<f4'",
    b"'<f8'",
    b"'|u1'",
    b"'<u2'",
    b"'>f4'",
    b"'<f2'",
    b"'<i4'",
    b"'fortran_order': True",
    b"'fortran_order': False",
    b"'shape': (0, 0)",
    b"'shape': (4,)",
    b"(99999999999, 2)",
    b"(2, 3), }",
];

pub(super) static TARGETS: [Target; 6] = [
    Target::binary("image", image, pictures, PICTURE, 1 << 16),
    Target::binary("picture", picture, pictures, PICTURE, 1 << 16),
    Target::binary("depth-map", depth_map, maps, PNG, 1 << 16),
    Target::binary("depth-pair-image", pair_image, square_pictures, PICTURE, 1 << 16),
    Target::binary("depth-pair-map", pair_map, maps, NPY, 1 << 16),
    Target::binary("depth-mask", mask, masks, NPY, 1 << 16),
];

/// Decodes an image in memory.
fn image(bytes: &[u8], _: &Scratch) -> Outcome {
    let decoded = decode(bytes).map_err(|found| anyhow!(found))?;
    anyhow::ensure!(decoded.pixels.len() == 3 * decoded.width * decoded.height, "pixels do not fit the sides");
    Ok(decoded.pixels.len())
}

/// Opens a folder of one picture, decodes, resizes and augments it as a data loader does.
fn picture(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.write("pictures/a.jpg", bytes)?;
    let folder = scratch.folder().join("pictures");
    let options = PictureOptions { side: 16, cache: CacheKind::Memory, broken: Broken::Error };
    let (pictures, _) = Pictures::open(Store::open(&folder)?, &["a.jpg".into()], options, &cache_folder(&folder))?;
    let mut numbers = vec![0.0; 3 * 16 * 16];
    pictures.write(0, Drawn { shift: [1, -1], mirrored: true }, &mut numbers)?;
    anyhow::ensure!(numbers.iter().all(|number| number.is_finite()), "a pixel is not finite");
    Ok(pictures.len())
}

/// Decodes a depth map in memory, as the defaults and as other settings have it.
fn depth_map(bytes: &[u8], _: &Scratch) -> Outcome {
    let other = Coding { scale: Some(0.001), invalid: Some(vec![-1.0]), bits: Some(16) };
    // Only the defaults decide whether the file is accepted; the others must end as well.
    drop(other.decode(bytes));
    let map =
        Coding::default().decode(bytes).map_err(|(found, expected)| anyhow!("found {found}, expected {expected}"))?;
    anyhow::ensure!(map.values.len() == map.width * map.height, "values do not fit the sides");
    Ok(map.values.len())
}

const FRAME: Frame = Frame { short: 16, crop: [12, 12] };

fn pair(scratch: &Scratch, image: &str, map: &str) -> Outcome {
    let list = PairList { images: vec![image.into()], depths: vec![map.into()], parts: None };
    let pairs = DepthPairs::open(&scratch.folder().join("pairs"), &list, Coding::default(), FRAME)?;
    let sample = pairs.sample(0, None, Pixels::Output)?;
    let tally = pairs.tally(&[0], Pixels::Crop, None)?;
    pairs.mean_map(&[0], Pixels::Output)?;
    Ok(sample.depth.len() + tally.values().len())
}

fn pair_image(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.once(|scratch| scratch.write("pairs/map.png", &grey_16(16, 16)?).map(drop))?;
    scratch.write("pairs/image.png", bytes)?;
    pair(scratch, "image.png", "map.png")
}

fn pair_map(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.once(|scratch| scratch.write("pairs/image.png", &colour(16, ImageFormat::Png)?).map(drop))?;
    scratch.write("pairs/map.npy", bytes)?;
    pair(scratch, "image.png", "map.npy")
}

fn mask(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path: &Path = &scratch.write("mask.npy", bytes)?;
    let mask = BalancedMask::read(path, 2, [3, 4])?;
    let mut depth = [1.0; 12];
    mask.apply(1, &mut depth);
    Ok(mask.total())
}

/// A drawn face in some format.
fn colour(side: u32, format: ImageFormat) -> anyhow::Result<Vec<u8>> {
    let pixels = faces::draw(40.0, side as usize, &[7]);
    let picture = image::RgbImage::from_raw(side, side, pixels).ok_or_else(|| anyhow!("the face has another size"))?;
    encoded(&DynamicImage::ImageRgb8(picture), format)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> anyhow::Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// Depths that rise from corner to corner.
fn grey_16(width: u32, height: u32) -> anyhow::Result<Vec<u8>> {
    let map = image::ImageBuffer::from_fn(width, height, |x, y| image::Luma([500 + 100 * (x + y) as u16]));
    encoded(&DynamicImage::ImageLuma16(map), ImageFormat::Png)
}

fn pictures() -> anyhow::Result<Seeds> {
    let grey = DynamicImage::ImageRgb8(image::RgbImage::from_fn(16, 20, |x, y| image::Rgb([(x * y) as u8; 3])));
    Ok(vec![
        ("face.jpg".into(), colour(24, ImageFormat::Jpeg)?),
        ("face.png".into(), colour(16, ImageFormat::Png)?),
        ("grey.jpg".into(), encoded(&DynamicImage::ImageLuma8(grey.to_luma8()), ImageFormat::Jpeg)?),
        ("grey-16.png".into(), grey_16(20, 16)?),
        ("transparent.png".into(), encoded(&DynamicImage::ImageRgba8(grey.to_rgba8()), ImageFormat::Png)?),
    ])
}

/// As large as the map that they are paired with.
fn square_pictures() -> anyhow::Result<Seeds> {
    let formats = [("face.jpg", ImageFormat::Jpeg), ("face.png", ImageFormat::Png)];
    formats.into_iter().map(|(name, format)| Ok((name.into(), colour(16, format)?))).collect()
}

fn maps() -> anyhow::Result<Seeds> {
    let grey_8 = image::GrayImage::from_fn(16, 16, |x, y| image::Luma([(8 * x + y) as u8]));
    let floats: Vec<u8> = (0..256).flat_map(|k| (0.5 + k as f32 / 64.0).to_le_bytes()).collect();
    let doubles: Vec<u8> = (0..256).flat_map(|k| (0.5 + f64::from(k) / 64.0).to_le_bytes()).collect();
    Ok(vec![
        ("map-8.png".into(), encoded(&DynamicImage::ImageLuma8(grey_8), ImageFormat::Png)?),
        ("map-16.png".into(), grey_16(16, 16)?),
        ("map-f4.npy".into(), npy::file("<f4", &[16, 16], &floats)),
        ("map-f8.npy".into(), npy::file("<f8", &[16, 16], &doubles)),
    ])
}

fn masks() -> anyhow::Result<Seeds> {
    let counts: Vec<u8> = (0..24).map(|k| k % 2).collect();
    Ok(vec![("mask.npy".into(), npy::file("|u1", &[2, 3, 4], &counts))])
}
