//! Depth loader: batches of image and depth map, prefetched by worker threads.

use std::sync::Arc;

use super::{BalancedMask, DepthAugmentation, DepthError, DepthPairs, Target};
use crate::images::Key;
use crate::loader::row_stream;
use crate::prefetch::Prefetch;

/// One batch.
#[derive(Debug, Clone, PartialEq)]
pub struct PairBatch {
    /// `[rows, 3, height, width]`, normalised.
    pub colour: Vec<f32>,
    /// Depth of every target, by row; NaN where there is none.
    pub depth: Vec<f32>,
}

/// Depth loader: an iterator over batches in their order, prefetched by worker threads.
#[derive(Debug)]
pub struct PairLoader(Prefetch<Result<PairBatch, DepthError>>);

/// What a loader makes of pairs.
#[derive(Debug, Clone)]
pub struct Making {
    /// Which pixels are targets.
    pub target: Target,
    /// Random changes and what they depend on.
    pub augment: Option<(DepthAugmentation, Key)>,
    /// Which targets count, by position in the part.
    pub mask: Option<Arc<BalancedMask>>,
}

impl PairLoader {
    /// Starts up to `workers` threads on batches of (position in the part, pair); see [`Prefetch`] for how many wait.
    #[must_use]
    pub fn new(pairs: Arc<DepthPairs>, batches: Vec<Vec<(usize, usize)>>, making: Making, workers: usize) -> Self {
        let (total, largest) = (batches.len(), batches.iter().map(Vec::len).max().unwrap_or(0));
        let pixels = |[height, width]: [usize; 2]| height * width;
        let row = 3 * pixels(pairs.frame().crop) + pixels(pairs.target_size(making.target));
        let bytes = largest * row * size_of::<f32>();
        Self(Prefetch::new(total, workers, bytes, move |batch| making.batch(&pairs, &batches[batch])))
    }
}

impl Iterator for PairLoader {
    type Item = Result<PairBatch, DepthError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl Making {
    fn batch(&self, pairs: &DepthPairs, rows: &[(usize, usize)]) -> Result<PairBatch, DepthError> {
        let mut batch = PairBatch { colour: Vec::new(), depth: Vec::new() };
        for &(position, pair) in rows {
            let drawn = self.augment.as_ref().map(|(augmentation, [seed, stage, epoch])| {
                augmentation.draw(&mut row_stream(*seed, *stage, *epoch, pair))
            });
            let mut sample = pairs.sample(pair, drawn.as_ref(), self.target)?;
            if let Some(mask) = &self.mask {
                mask.apply(position, &mut sample.depth);
            }
            batch.colour.append(&mut sample.colour);
            batch.depth.append(&mut sample.depth);
        }
        Ok(batch)
    }
}
