//! `predict`: a map per picture as 16-bit PNG, and input, prediction and truth side by side in colours.

use std::io::Cursor;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use dir_cli::Pipeline;
use dir_core::Regressor;
use dir_data::depth::{DepthPairs, resized_size};
use dir_data::images::Rgb;
use dir_nn::{DepthInput, DepthNet};
use dir_train::{files, outputln};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, RgbImage};

use crate::palette;
use crate::read::new_list;
use crate::settings::NewData;
use crate::task::Nyud2;

/// Stored numbers per unit of depth: millimetres, where depths are metres.
const STEPS: f32 = 1000.0;

/// A map as large as its picture.
struct Predicted {
    picture: Rgb,
    depth: Vec<f32>,
    truth: Option<Vec<f32>>,
}

pub(crate) fn write(
    pipeline: &Pipeline<Nyud2>,
    network: &DepthNet,
    data: &NewData,
    out: Option<&Path>,
    device: &Device,
) -> anyhow::Result<()> {
    let (mut list, folder) = new_list(data.csv.as_deref(), data.data.as_deref(), false)?;
    list.images.truncate(data.most.unwrap_or(usize::MAX));
    list.depths.truncate(list.images.len());
    let pairs = DepthPairs::listed(&folder, &list, pipeline.input.coding.clone(), pipeline.input.frame)?;
    let out = out.unwrap_or(Path::new("predictions"));
    files::create_folder(out)?;
    let mut text = String::from("image,depth,lowest,mean,highest,rmse\n");
    for row in 0..pairs.len() {
        let predicted = predict(pipeline, network, &pairs, row, device)?;
        let stem = stem(pairs.name(row), row);
        let map = format!("{stem}_depth.png");
        files::write_atomic(&out.join(&map), &predicted.sixteen_bits()?)?;
        files::write_atomic(&out.join(format!("{stem}_view.png")), &predicted.view()?)?;
        text += &predicted.line(pairs.name(row), &map);
    }
    files::write_atomic(&out.join("predictions.csv"), text.as_bytes())?;
    let what = "maps of 16 bits (0.001 each), views in colours (bright is near), predictions.csv";
    outputln!("{}: {} pictures; {what}", out.display(), pairs.len())?;
    Ok(())
}

fn predict(
    pipeline: &Pipeline<Nyud2>,
    network: &DepthNet,
    pairs: &DepthPairs,
    row: usize,
    device: &Device,
) -> anyhow::Result<Predicted> {
    let (picture, numbers) = pairs.whole(row)?;
    let own = [picture.height, picture.width];
    let [height, width] = resized_size(own, pairs.frame().short);
    let pictures = Tensor::from_data(TensorData::new(numbers, [1, 3, height, width]), device);
    let output = network.forward(DepthInput { pictures, size: Some(own) });
    let depth = pipeline.readout.decode(output).into_iter().map(|depth| depth as f32).collect();
    let truth = if pairs.has_maps() { Some(pairs.map(row)?) } else { None };
    let same_size = |map: &dir_data::depth::DepthMap| [map.height, map.width] == own;
    Ok(Predicted { picture, depth, truth: truth.filter(same_size).map(|map| map.values) })
}

/// The file's name without folders and ending; a number before it keeps files of one name apart.
fn stem(name: &str, row: usize) -> String {
    let stem = Path::new(name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    format!("{row:05}_{stem}")
}

impl Predicted {
    fn size(&self) -> [u32; 2] {
        [self.picture.width as u32, self.picture.height as u32]
    }

    /// Thousandths; what is below 1 or beyond the range takes the nearest, for 0 and 65535 stand for no depth.
    fn sixteen_bits(&self) -> anyhow::Result<Vec<u8>> {
        let stored = self.depth.iter().map(|depth| (depth * STEPS).round().clamp(1.0, 65534.0) as u16).collect();
        let [width, height] = self.size();
        let map: Option<ImageBuffer<Luma<u16>, Vec<u16>>> = ImageBuffer::from_raw(width, height, stored);
        png(&DynamicImage::ImageLuma16(map.unwrap_or_default()))
    }

    /// Input, prediction and, where it is known, truth, in the same colours.
    fn view(&self) -> anyhow::Result<Vec<u8>> {
        let [width, height] = self.size();
        let (low, high) = range(self.truth.as_ref().unwrap_or(&self.depth));
        let coloured = |depths: &Vec<f32>| {
            let pixels = depths.iter().flat_map(|depth| palette::colour((depth - low) / (high - low).max(1e-6)));
            RgbImage::from_raw(width, height, pixels.collect())
        };
        let parts = [
            RgbImage::from_raw(width, height, self.picture.pixels.clone()),
            coloured(&self.depth),
            self.truth.as_ref().and_then(coloured),
        ];
        let parts: Vec<RgbImage> = parts.into_iter().flatten().collect();
        let mut view = RgbImage::new(width * parts.len() as u32, height);
        for (k, part) in parts.iter().enumerate() {
            image::imageops::replace(&mut view, part, i64::from(width) * k as i64, 0);
        }
        png(&DynamicImage::ImageRgb8(view))
    }

    fn line(&self, image: &str, map: &str) -> String {
        let count = self.depth.len() as f32;
        let mean = self.depth.iter().sum::<f32>() / count;
        let lowest = self.depth.iter().copied().fold(f32::INFINITY, f32::min);
        let highest = self.depth.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let rmse = self.truth.as_ref().map_or(String::new(), |truth| {
            let known = self.depth.iter().zip(truth).filter(|(_, truth)| !truth.is_nan());
            let (sum, count) = known.fold((0.0_f64, 0_u32), |(s, n), (p, t)| (s + f64::from(p - t).powi(2), n + 1));
            format!("{:.4}", (sum / f64::from(count.max(1))).sqrt())
        });
        format!("{},{map},{lowest:.4},{mean:.4},{highest:.4},{rmse}\n", files::csv_field(image))
    }
}

/// The 2nd and the 98th of a hundred: a single stray pixel must not take all colours.
fn range(depths: &[f32]) -> (f32, f32) {
    let mut sorted: Vec<f32> = depths.iter().copied().filter(|depth| !depth.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let at = |share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or_default();
    (at(2), at(98))
}

fn png(picture: &DynamicImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    Ok(bytes)
}
