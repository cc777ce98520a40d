//! Pictures as the engine wants them, decoded ahead of time.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use dir_core::resample::{How, Made};
use dir_data::Part;
use dir_data::images::{Augmentation, Blend, Drawn, Item, Listing, Loader, Noise, PictureError, Pictures};
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets, TrainError};
use rayon::prelude::*;

use super::{DataConfig, Rows};
use crate::resample::Resampled;
use crate::{Prepared, cores};

/// Pixels a side that a linear model sees: more would take longer than the network.
const MOST: usize = 32;

/// Pictures by part.
#[derive(Debug)]
pub struct PictureSource {
    pictures: Arc<Pictures>,
    parts: [PartRows; 3],
    augmentation: Augmentation,
    workers: usize,
    /// Whether `--broken` chooses what happens at a broken one.
    has_choice: bool,
}

#[derive(Debug, Default, Clone)]
struct PartRows {
    pictures: Vec<Item>,
    /// Number in the list.
    ids: Vec<usize>,
    targets: Vec<f64>,
}

impl PictureSource {
    pub(super) fn new(pictures: Arc<Pictures>, prepared: &Prepared<Rows>, data: &DataConfig) -> Self {
        let of_part = |part| {
            let positions = prepared.positions(part);
            PartRows {
                ids: positions.iter().map(|&k| prepared.row_ids[k]).collect(),
                targets: positions.iter().map(|&k| prepared.targets[k]).collect(),
                pictures: positions.into_iter().map(Item::from).collect(),
            }
        };
        let parts = Part::EACH.map(of_part);
        let workers = data.workers.unwrap_or_else(cores);
        Self { pictures, parts, augmentation: data.augment, workers, has_choice: true }
    }

    pub(super) fn all_test(pictures: Arc<Pictures>, listing: Listing) -> Self {
        let ids: Vec<usize> = (0..pictures.len()).collect();
        let pictures_of_test = ids.iter().copied().map(Item::from).collect();
        let test = PartRows { pictures: pictures_of_test, ids, targets: listing.targets };
        let parts = [PartRows::default(), PartRows::default(), test];
        Self { pictures, parts, augmentation: Augmentation::default(), workers: cores(), has_choice: false }
    }

    /// The same with other training rows: made pictures are blended when they are read.
    pub(super) fn resampled(&self, resampled: &Resampled) -> Self {
        let [train, val, test] = &self.parts;
        let plan = &resampled.plan;
        let deviations: Vec<Arc<[f32]>> = plan.deviations.iter().map(|values| values.as_slice().into()).collect();
        let of_made = |(nth, made): (usize, &Made)| {
            let picture = |row: usize| train.pictures[row].picture;
            let (share, noise) = match made.how {
                How::Copied => (0.0, None),
                How::Interpolated { share } => (share, None),
                How::Perturbed { scale } => {
                    (0.0, Some(Noise { deviations: Arc::clone(&deviations[made.bump]), scale, key: made.key }))
                }
            };
            let blend = (made.how != How::Copied).then(|| Blend { partner: picture(made.partner), share, noise });
            Item { picture: picture(made.seed), row: self.pictures.len() + nth, blend }
        };
        let kept = plan.kept.iter().map(|&row| train.pictures[row].clone());
        let train = PartRows {
            pictures: kept.chain(plan.made.iter().enumerate().map(of_made)).collect(),
            ids: resampled.of_rows(&train.ids),
            targets: resampled.new_targets(),
        };
        let parts = [train, val.clone(), test.clone()];
        Self { pictures: Arc::clone(&self.pictures), parts, ..*self }
    }

    /// Pictures of a part, averaged down to at most 32 pixels a side: what a linear model sees. And numbers per picture.
    pub(super) fn thumbnails(&self, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        let side = self.pictures.side();
        let step = side.div_ceil(MOST);
        let small = side / step;
        let one = |item: &Item| {
            let mut numbers = vec![0.0; 3 * side * side];
            self.pictures.write(item.picture, Drawn::NONE, &mut numbers).map_err(|error| self.unreadable(error))?;
            let mean = |c: usize, y: usize, x: usize| {
                let rows = (0..step).map(|dy| &numbers[(c * side + y * step + dy) * side + x * step..][..step]);
                rows.flatten().sum::<f32>() / (step * step) as f32
            };
            let places = (0..3 * small * small).map(|k| (k / (small * small), k / small % small, k % small));
            Ok(places.map(|(c, y, x)| mean(c, y, x)).collect())
        };
        let rows: Result<Vec<Vec<f32>>, TrainError> = self.part(part).pictures.par_iter().map(one).collect();
        Ok((rows?.concat(), 3 * small * small))
    }

    fn part(&self, part: Part) -> &PartRows {
        part.of(&self.parts)
    }

    fn unreadable(&self, error: PictureError) -> TrainError {
        TrainError::Row { reason: if self.has_choice { with_choice(&error) } else { error.to_string() } }
    }
}

impl Source for PictureSource {
    type Input = Tensor<4>;

    fn row_ids(&self, part: Part) -> &[usize] {
        &self.part(part).ids
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfRows(&self.part(part).targets)
    }

    fn row_name(&self, part: Part, position: usize) -> Option<&str> {
        Some(self.pictures.name(self.part(part).pictures[position].picture))
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        augment: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, Tensor<4>> {
        let (rows, side) = (self.part(part), self.pictures.side());
        let of_batch = |positions: &Vec<usize>| positions.iter().map(|&k| rows.pictures[k].clone()).collect();
        let augment = augment.map(|augment| (self.augmentation, augment.key()));
        let pictures = plan.iter().map(of_batch).collect();
        let loader = Loader::new(Arc::clone(&self.pictures), pictures, augment, self.workers);
        Box::new(plan.into_iter().zip(loader).map(move |(positions, numbers)| {
            let numbers = numbers.map_err(|error| self.unreadable(error))?;
            let input = Tensor::from_data(TensorData::new(numbers, [positions.len(), 3, side, side]), device);
            Ok(Batch { input, targets: positions.iter().map(|&k| rows.targets[k]).collect() })
        }))
    }

    /// About four million numbers of a channel.
    fn rows_per_batch(&self) -> usize {
        let side = self.pictures.side();
        ((1 << 22) / (side * side)).clamp(8, 1024)
    }
}

/// What is wrong with a picture that is read for training, where broken ones may be left out.
pub(super) fn with_choice(error: &PictureError) -> String {
    match error {
        PictureError::Broken { .. } => format!("{error}; --broken skip leaves out all that are broken"),
        other => other.to_string(),
    }
}
