//! In-memory source: a table whose rows lie in memory, for tests of the training engine.

use burn::tensor::{Device, Tensor, TensorData};
use dir_data::Part;
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets};

/// Rows of a part: numbers, columns and targets.
#[derive(Debug, Clone)]
pub struct Rows {
    ids: Vec<usize>,
    columns: Vec<Vec<f32>>,
    targets: Vec<f64>,
}

impl Rows {
    /// Rows with these numbers; `columns` and `target` say what a number's row holds.
    pub fn new(
        ids: impl IntoIterator<Item = usize>,
        columns: impl Fn(usize) -> Vec<f32>,
        target: impl Fn(usize) -> f64,
    ) -> Self {
        let ids: Vec<usize> = ids.into_iter().collect();
        Self {
            columns: ids.iter().map(|&id| columns(id)).collect(),
            targets: ids.iter().map(|&id| target(id)).collect(),
            ids,
        }
    }
}

/// Training, validation and test rows.
#[derive(Debug, Clone)]
pub struct MemorySource(pub [Rows; 3]);

impl Source for MemorySource {
    type Input = Tensor<2>;

    fn row_ids(&self, part: Part) -> &[usize] {
        &part.of(&self.0).ids
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfRows(&part.of(&self.0).targets)
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        _: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, Tensor<2>> {
        let rows = part.of(&self.0);
        Box::new(plan.into_iter().map(move |positions| {
            let width = rows.columns.first().map_or(0, Vec::len);
            let values: Vec<f32> = positions.iter().flat_map(|&k| rows.columns[k].iter().copied()).collect();
            let input = Tensor::from_data(TensorData::new(values, [positions.len(), width]), device);
            Ok(Batch { input, targets: positions.iter().map(|&k| rows.targets[k]).collect() })
        }))
    }
}
