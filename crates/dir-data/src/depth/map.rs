//! Files to maps: 8- and 16-bit grey PNG, and NumPy's arrays of two dimensions.

use std::cell::Cell;

use image::{ColorType, DynamicImage, ImageDecoder};
use serde::{Deserialize, Serialize};

use crate::budget::{Budget, wait_if_large};
use crate::catch_panic::catch_panic;
use crate::images::{check_size, png_reader};
use crate::npy::{self, Kind};

/// Numbers of a map in rows; NaN where a pixel has none.
#[derive(Debug, Clone, PartialEq)]
pub struct DepthMap {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height · width` numbers.
    pub values: Vec<f32>,
}

/// How stored numbers become depths.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `scale` | by kind | unit of a stored number: 1/25.5 m in 8 bits, 0.001 m in 16 bits, 1 in .npy |
/// | `invalid` | 0, and 65535 in 16 bits | stored numbers that stand for no depth |
/// | `bits` | any | 8 or 16: refuse PNG files of other bits |
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Coding {
    /// Unit of a stored number.
    pub scale: Option<f64>,
    /// Stored numbers that stand for no depth.
    pub invalid: Option<Vec<f64>>,
    /// Bits that PNG files must have.
    pub bits: Option<u8>,
}

/// The official unit of 8-bit training maps: 255 is 10 m.
const UNIT_8: f64 = 1.0 / 25.5;
/// Millimetres.
const UNIT_16: f64 = 0.001;

impl Coding {
    /// Numbers of a file.
    ///
    /// # Errors
    /// What was found, and what was expected instead.
    pub fn decode(&self, bytes: &[u8]) -> Result<DepthMap, (String, String)> {
        let decoded = catch_panic(|| match bytes {
            [] => Err(("an empty file".into(), MAP.into())),
            [0x89, b'P', b'N', b'G', ..] => self.png(bytes),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => self.npy(bytes),
            _ => Err(("neither PNG nor .npy".into(), MAP.into())),
        });
        decoded.map_err(|found| (found, MAP.to_owned()))?
    }

    fn png(&self, bytes: &[u8]) -> Result<DepthMap, (String, String)> {
        let damaged = |error: &dyn std::fmt::Display| (format!("a damaged PNG ({error})"), MAP.to_owned());
        let budget = Budget::current();
        let header = png_reader(bytes, budget).into_decoder().map_err(|error| damaged(&error))?;
        let bits = match header.color_type() {
            ColorType::L8 => 8,
            ColorType::L16 => 16,
            other => return Err((format!("a PNG of {}", colour_name(other)), MAP.into())),
        };
        if let Some(wanted) = self.bits.filter(|wanted| *wanted != bits) {
            let expected = format!("{wanted} bits, as the settings say; change data.coding.bits or the file");
            return Err((format!("a PNG of {bits} bits"), expected));
        }
        let (width, height) = header.dimensions();
        let needed = needed(u64::from(width) * u64::from(height), header.total_bytes() + bytes.len() as u64);
        check_size(width.into(), height.into(), needed, budget).map_err(|found| (found, MAP.into()))?;
        let _turn = wait_if_large(needed);
        let size = [height as usize, width as usize];
        match png_reader(bytes, budget).decode().map_err(|error| damaged(&error))? {
            DynamicImage::ImageLuma8(map) => {
                self.map(size, UNIT_8, &[0.0], |depth| map.iter().map(|&v| depth(f64::from(v))).collect())
            }
            DynamicImage::ImageLuma16(map) => {
                self.map(size, UNIT_16, &[0.0, 65535.0], |depth| map.iter().map(|&v| depth(f64::from(v))).collect())
            }
            other => Err((format!("a PNG of {}", colour_name(other.color())), MAP.into())),
        }
    }

    fn npy(&self, bytes: &[u8]) -> Result<DepthMap, (String, String)> {
        let wrong = |found: String| (found, "a .npy file of two dimensions, rows before columns".to_owned());
        let array = npy::parse(bytes, &[Kind::F4, Kind::F8, Kind::U1, Kind::U2]).map_err(wrong)?;
        let [height, width] = array.shape[..] else { return Err(wrong(format!("{} dimensions", array.shape.len()))) };
        let needed = needed(array.len() as u64, bytes.len() as u64);
        check_size(width as u64, height as u64, needed, Budget::current()).map_err(wrong)?;
        self.map([height, width], 1.0, &[0.0], |depth| array.map(depth))
    }

    /// A map of the depths that `decode` makes of its stored values.
    fn map(
        &self,
        [height, width]: [usize; 2],
        unit: f64,
        none: &[f64],
        decode: impl FnOnce(&dyn Fn(f64) -> f32) -> Vec<f32>,
    ) -> Result<DepthMap, (String, String)> {
        let (unit, none) = (self.scale.unwrap_or(unit), self.invalid.as_deref().unwrap_or(none));
        let outside = Cell::new(None);
        let values = decode(&|stored: f64| {
            if !stored.is_finite() || none.contains(&stored) {
                return f32::NAN;
            }
            let depth = stored * unit;
            if !(0.0..=f64::from(f32::MAX)).contains(&depth) && outside.get().is_none() {
                outside.set(Some(depth));
            }
            depth as f32
        });
        if let Some(depth) = outside.get() {
            let kind = if depth < 0.0 { "negative" } else { "impossible" };
            let expected = "depths of 0 or more; list what stands for no depth under data.coding.invalid";
            return Err((format!("the {kind} depth {depth}"), expected.into()));
        }
        if values.iter().all(|v| v.is_nan()) {
            let expected = "some pixel with a depth; leave the pair out, or change data.coding.invalid";
            return Err(("no valid pixel".into(), expected.into()));
        }
        Ok(DepthMap { height, width, values })
    }
}

/// Bytes that a map of so many pixels takes while it is decoded from `stored` bytes.
fn needed(pixels: u64, stored: u64) -> u64 {
    pixels.saturating_mul(size_of::<f32>() as u64).saturating_add(stored)
}

const MAP: &str = "a grey PNG of 8 or 16 bits, or a .npy file";

fn colour_name(colour: ColorType) -> &'static str {
    match colour {
        ColorType::La8 | ColorType::La16 => "grey and transparency",
        _ => "colours",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageBuffer, ImageFormat, Luma, Rgb};

    use super::*;

    fn encoded(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("encodes");
        bytes
    }

    fn deep(values: [u16; 4]) -> Vec<u8> {
        encoded(&DynamicImage::ImageLuma16(ImageBuffer::from_fn(2, 2, |x, y| Luma([values[(2 * y + x) as usize]]))))
    }

    #[test]
    fn units_and_holes() {
        let map = Coding::default().decode(&deep([1500, 0, 65535, 65534])).expect("16 bits");
        assert_eq!((map.height, map.width, map.values[0], map.values[3]), (2, 2, 1.5, 65.534));
        assert!(map.values[1].is_nan() && map.values[2].is_nan());
        let shallow = DynamicImage::ImageLuma8(ImageBuffer::from_fn(2, 1, |x, _| Luma([255 - 204 * x as u8])));
        let map = Coding::default().decode(&encoded(&shallow)).expect("8 bits");
        assert_eq!((map.values[0], map.values[1]), (10.0, 2.0));
        let coding = Coding { scale: Some(0.5), invalid: Some(vec![7.0]), bits: Some(16) };
        let map = coding.decode(&deep([0, 7, 4, 1])).expect("other settings");
        assert!(map.values[0] == 0.0 && map.values[1].is_nan() && map.values[2] == 2.0);
        let npy = npy::file("<f4", &[1, 3], &[2.5_f32, f32::NAN, 0.0].map(f32::to_le_bytes).concat());
        let map = Coding::default().decode(&npy).expect("an array");
        assert!(map.values[0] == 2.5 && map.values[1].is_nan() && map.values[2].is_nan());
    }

    #[test]
    fn mistakes_say_what_to_do() {
        let wrong = |coding: &Coding, bytes: &[u8]| {
            let (found, expected) = coding.decode(bytes).expect_err("is wrong");
            format!("{found}: {expected}")
        };
        let coding = Coding::default();
        let shallow = encoded(&DynamicImage::ImageLuma8(ImageBuffer::from_pixel(2, 2, Luma([9]))));
        let sixteen = Coding { bits: Some(16), ..Coding::default() };
        assert!(wrong(&sixteen, &shallow).contains("a PNG of 8 bits: 16 bits, as the settings say"));
        assert!(wrong(&coding, &deep([0, 65535, 0, 0])).contains("no valid pixel"));
        let npy = npy::file("<f8", &[1, 2], &[1.0_f64, -2.0].map(f64::to_le_bytes).concat());
        assert!(wrong(&coding, &npy).contains("the negative depth -2"));
        let cube = npy::file("<f4", &[1, 1, 1], &[0; 4]);
        assert!(wrong(&coding, &cube).contains("3 dimensions"));
        let colours = encoded(&DynamicImage::ImageRgb8(ImageBuffer::from_pixel(2, 2, Rgb([1, 2, 3]))));
        assert!(wrong(&coding, &colours).contains("a PNG of colours"));
        assert!(wrong(&coding, b"").contains("an empty file") && wrong(&coding, b"GIF8").contains("neither"));
        let whole = deep([1, 2, 3, 4]);
        for k in 0..whole.len() {
            let mut bad = whole.clone();
            bad[k] ^= 0x5A;
            drop(coding.decode(&bad)); // must not panic
            drop(coding.decode(&whole[..k]));
        }
    }
}
