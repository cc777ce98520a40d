//! Data as the engine sees it.

use std::borrow::Cow;

use burn::tensor::Device;
use dir_core::tally::Tally;
use dir_data::Part;

use crate::error::TrainError;

/// What a data set gives the engine. A target may stand for a row or for a pixel of it; `positions` always count rows.
pub trait Source {
    /// A batch of inputs of the network.
    type Input: Clone + Send;

    /// Number of rows of a part.
    fn len(&self, part: Part) -> usize {
        self.row_ids(part).len()
    }

    /// Row numbers of a part, as the user knows them.
    fn row_ids(&self, part: Part) -> &[usize];

    /// Name of a row, where rows have names: a file's, say.
    fn row_name(&self, part: Part, position: usize) -> Option<&str> {
        let _ = (part, position);
        None
    }

    /// What rows of a part have in common, a subject say, where the data tell: such rows err together.
    fn groups(&self, part: Part) -> Option<&[String]> {
        let _ = part;
        None
    }

    /// Targets of a part in their own unit.
    fn targets(&self, part: Part) -> Targets<'_>;

    /// Batches of a part one after the other, each of the rows at some positions. A source whose rows take time to read makes
    /// them ahead of time.
    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        augment: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, Self::Input>;

    /// One batch of a part.
    ///
    /// # Errors
    /// Whatever keeps a row from being read.
    fn batch(
        &self,
        part: Part,
        positions: &[usize],
        augment: Option<Augment>,
        device: &Device,
    ) -> Result<Batch<Self::Input>, TrainError> {
        let nothing = || TrainError::NoRows { part: part.name() };
        self.batches(part, vec![positions.to_vec()], augment, device).next().ok_or_else(nothing)?
    }

    /// Rows per batch where the recipe does not say: enough to keep the cores busy, few enough for the memory.
    fn rows_per_batch(&self) -> usize {
        1024
    }
}

/// Targets of a part.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// One per row, in the order of the rows.
    OfRows(&'a [f64]),
    /// Many per row: too many to keep, so how often each occurs.
    OfPixels(&'a Tally),
}

impl<'a> Targets<'a> {
    /// How often each occurs.
    #[must_use]
    pub fn tally(self) -> Cow<'a, Tally> {
        match self {
            Self::OfRows(targets) => Cow::Owned(Tally::of(targets)),
            Self::OfPixels(tally) => Cow::Borrowed(tally),
        }
    }

    /// Those of the rows; none where rows have many.
    #[must_use]
    pub fn of_rows(self) -> &'a [f64] {
        match self {
            Self::OfRows(targets) => targets,
            Self::OfPixels(_) => &[],
        }
    }
}

/// Batches in order.
pub type Batches<'a, I> = Box<dyn Iterator<Item = Result<Batch<I>, TrainError>> + 'a>;

/// A batch on the device, and its targets on the host in the order of the predictions.
#[derive(Debug, Clone)]
pub struct Batch<I> {
    /// Input of the network.
    pub input: I,
    /// One target per prediction, in its own unit; NaN for a pixel that has none.
    pub targets: Vec<f64>,
}

/// Augmentation depends on these and the row alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Augment {
    /// Seed of the run.
    pub seed: u64,
    /// Stage, from 1.
    pub stage: usize,
    /// Epoch, from 0.
    pub epoch: usize,
}

impl Augment {
    /// Seed, stage and epoch, as loaders want them.
    #[must_use]
    pub fn key(self) -> [u64; 3] {
        [self.seed, self.stage as u64, self.epoch as u64]
    }
}
