//! Recordings as the engine wants them, read ahead of time.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use dir_cli::{Resampled, cores};
use dir_data::Part;
use dir_data::signals::{ChannelScale, RecordingLoader, Recordings, SignalError};
use dir_nn::Recordings as Input;
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets, TrainError};

/// Recordings by part.
#[derive(Debug)]
pub(crate) struct RecordingSource {
    recordings: Arc<Recordings>,
    parts: [PartRows; 3],
    workers: usize,
}

/// The rows of a part.
#[derive(Debug, Clone, Default)]
pub(crate) struct PartRows {
    /// Positions among the recordings.
    pub(crate) rows: Vec<usize>,
    /// Their numbers, as the user knows them.
    pub(crate) ids: Vec<usize>,
    pub(crate) targets: Vec<f64>,
    /// What rows have in common that must not be torn apart.
    pub(crate) groups: Option<Vec<String>>,
}

impl RecordingSource {
    pub(crate) fn new(recordings: Arc<Recordings>, parts: [PartRows; 3], workers: Option<usize>) -> Self {
        Self { recordings, parts, workers: workers.unwrap_or_else(cores).max(1) }
    }

    /// The same with other training rows: some left out, some more than once.
    pub(crate) fn resampled(&self, resampled: &Resampled) -> Self {
        let [train, val, test] = &self.parts;
        let train = PartRows {
            rows: resampled.of_rows(&train.rows),
            ids: resampled.of_rows(&train.ids),
            targets: resampled.new_targets(),
            groups: train.groups.as_ref().map(|groups| resampled.of_rows(groups)),
        };
        let parts = [train, val.clone(), test.clone()];
        Self { recordings: Arc::clone(&self.recordings), parts, workers: self.workers }
    }

    fn part(&self, part: Part) -> &PartRows {
        part.of(&self.parts)
    }

    /// Mean and deviation of every signal of every row, and how many numbers that is.
    pub(crate) fn moments(&self, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        let mut numbers = Vec::new();
        for &row in &self.part(part).rows {
            let scales = self.recordings.row_scales(row).map_err(unreadable)?;
            numbers.extend(scales.iter().flat_map(|&ChannelScale { mean, deviation }| [mean as f32, deviation as f32]));
        }
        Ok((numbers, 2 * self.recordings.opened().channels.len()))
    }
}

impl Source for RecordingSource {
    type Input = Input;

    fn row_ids(&self, part: Part) -> &[usize] {
        &self.part(part).ids
    }

    fn row_name(&self, part: Part, position: usize) -> Option<&str> {
        Some(self.recordings.name(self.part(part).rows[position]))
    }

    fn groups(&self, part: Part) -> Option<&[String]> {
        self.part(part).groups.as_deref()
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfRows(&self.part(part).targets)
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        augment: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, Input> {
        let PartRows { rows, targets, .. } = self.part(part);
        let batches = plan.iter().map(|batch| batch.iter().map(|&k| rows[k]).collect()).collect();
        let random = augment.map(Augment::key);
        let loader = RecordingLoader::new(Arc::clone(&self.recordings), batches, random, self.workers);
        let (channels, samples) = (self.recordings.opened().channels.len(), self.recordings.opened().cut.samples());
        Box::new(plan.into_iter().zip(loader).map(move |(positions, batch)| {
            let batch = batch.map_err(unreadable)?;
            let shape = [batch.lengths.iter().sum(), channels, samples];
            let windows = Tensor::from_data(TensorData::new(batch.values, shape), device);
            let input = Input { windows, lengths: batch.lengths };
            Ok(Batch { input, targets: positions.iter().map(|&k| targets[k]).collect() })
        }))
    }

    /// About eight million samples.
    fn rows_per_batch(&self) -> usize {
        let opened = self.recordings.opened();
        let windows = opened.cut.windows.unwrap_or(NIGHT);
        let samples = windows * opened.cut.samples() * opened.channels.len();
        ((1 << 23) / samples.max(1)).clamp(1, 64)
    }
}

/// Windows of a night, where rows are looked at whole: eight hours of half minutes.
const NIGHT: usize = 960;

fn unreadable(error: SignalError) -> TrainError {
    TrainError::Row { reason: error.to_string() }
}
