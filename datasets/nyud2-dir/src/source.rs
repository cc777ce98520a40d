//! Pairs as the engine wants them, decoded ahead of time.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use dir_cli::cores;
use dir_core::tally::Tally;
use dir_data::Part;
use dir_data::depth::{BalancedMask, DepthAugmentation, DepthError, DepthPairs, Making, PairLoader, Target};
use dir_nn::DepthInput;
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets, TrainError};

/// Pairs by part.
#[derive(Debug)]
pub(crate) struct DepthSource {
    pub(crate) pairs: Arc<DepthPairs>,
    parts: [PartPairs; 3],
    augmentation: DepthAugmentation,
    workers: usize,
}

/// The pairs of a part.
#[derive(Debug, Default)]
pub(crate) struct PartPairs {
    /// Positions among the pairs.
    pub(crate) rows: Vec<usize>,
    /// How often each target occurs.
    pub(crate) tally: Tally,
    /// Which targets count.
    pub(crate) mask: Option<Arc<BalancedMask>>,
}

/// Targets of a part: the network's own size to learn, the whole crop to be tested on.
pub(crate) fn target(part: Part) -> Target {
    if part == Part::Train { Target::Output } else { Target::Crop }
}

impl DepthSource {
    pub(crate) fn new(
        pairs: Arc<DepthPairs>,
        parts: [PartPairs; 3],
        augmentation: DepthAugmentation,
        workers: Option<usize>,
    ) -> Self {
        Self { pairs, parts, augmentation, workers: workers.unwrap_or_else(cores).max(1) }
    }

    pub(crate) fn part(&self, part: Part) -> &PartPairs {
        part.of(&self.parts)
    }

    fn making(&self, part: Part, augment: Option<Augment>) -> Making {
        let key = |augment: Augment| (self.augmentation, augment.key());
        Making { target: target(part), augment: augment.map(key), mask: self.part(part).mask.clone() }
    }
}

impl Source for DepthSource {
    type Input = DepthInput;

    fn row_ids(&self, part: Part) -> &[usize] {
        &self.part(part).rows
    }

    fn row_name(&self, part: Part, position: usize) -> Option<&str> {
        Some(self.pairs.name(self.part(part).rows[position]))
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfPixels(&self.part(part).tally)
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        augment: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, DepthInput> {
        let rows = &self.part(part).rows;
        let pairs = plan.iter().map(|batch| batch.iter().map(|&k| (k, rows[k])).collect()).collect();
        let loader = PairLoader::new(Arc::clone(&self.pairs), pairs, self.making(part, augment), self.workers);
        let [height, width] = self.pairs.frame().crop;
        let size = (target(part) == Target::Crop).then_some([height, width]);
        Box::new(plan.into_iter().zip(loader).map(move |(positions, batch)| {
            let batch = batch.map_err(unreadable)?;
            let numbers = TensorData::new(batch.colour, [positions.len(), 3, height, width]);
            let input = DepthInput { pictures: Tensor::from_data(numbers, device), size };
            Ok(Batch { input, targets: batch.depth.into_iter().map(f64::from).collect() })
        }))
    }

    /// About a million pixels.
    fn rows_per_batch(&self) -> usize {
        let pixels: usize = self.pairs.frame().crop.iter().product();
        ((1 << 20) / pixels).clamp(1, 64)
    }
}

pub(crate) fn unreadable(error: DepthError) -> TrainError {
    TrainError::Row { reason: error.to_string() }
}
