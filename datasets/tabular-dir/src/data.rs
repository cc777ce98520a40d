//! Rows of a CSV as the engine wants them.

use burn::tensor::{Device, Tensor, TensorData};
use dir_cli::{Prepared, Resampled};
use dir_data::Part;
use dir_data::tabular::{Encoder, Matrix, Table};
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets};

/// Encoded rows, part by part.
pub(crate) struct TabularSource {
    parts: [Rows; 3],
    width: usize,
}

#[derive(Default, Clone)]
struct Rows {
    ids: Vec<usize>,
    targets: Vec<f64>,
    values: Vec<f32>,
}

impl TabularSource {
    pub(crate) fn new(prepared: &Prepared<Table>, encoder: &Encoder) -> anyhow::Result<Self> {
        let matrix = encoder.encode(&prepared.rows)?;
        let rows = |part| Rows::of(&prepared.rows, &matrix, prepared.positions(part).into_iter());
        Ok(Self { parts: [rows(Part::Train), rows(Part::Val), rows(Part::Test)], width: matrix.width })
    }

    /// The same with other training rows.
    pub(crate) fn resampled(&self, resampled: &Resampled) -> Self {
        let [train, val, test] = &self.parts;
        let plan = &resampled.plan;
        let kept = plan.kept.iter().flat_map(|&row| train.values[row * self.width..][..self.width].iter().copied());
        let made = plan.made.iter().flat_map(|made| plan.make(&resampled.features, made));
        let train = Rows {
            ids: resampled.of_rows(&train.ids),
            targets: resampled.new_targets(),
            values: kept.chain(made).collect(),
        };
        Self { parts: [train, val.clone(), test.clone()], width: self.width }
    }

    /// All rows of a table as test rows.
    pub(crate) fn all_test(table: &Table, encoder: &Encoder) -> anyhow::Result<Self> {
        let matrix = encoder.encode(table)?;
        let rows = Rows::of(table, &matrix, 0..table.rows());
        Ok(Self { parts: [Rows::default(), Rows::default(), rows], width: matrix.width })
    }

    /// All values of a part, and their number per row.
    pub(crate) fn values(&self, part: Part) -> (Vec<f32>, usize) {
        (self.part(part).values.clone(), self.width)
    }

    fn part(&self, part: Part) -> &Rows {
        part.of(&self.parts)
    }
}

impl Rows {
    fn of(table: &Table, matrix: &Matrix, positions: impl Iterator<Item = usize>) -> Self {
        let mut rows = Self::default();
        for k in positions {
            rows.ids.push(table.row_ids[k]);
            rows.targets.push(table.targets.get(k).copied().unwrap_or(f64::NAN));
            rows.values.extend_from_slice(&matrix.values[k * matrix.width..][..matrix.width]);
        }
        rows
    }
}

impl Source for TabularSource {
    type Input = Tensor<2>;

    fn row_ids(&self, part: Part) -> &[usize] {
        &self.part(part).ids
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfRows(&self.part(part).targets)
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        _augment: Option<Augment>,
        device: &'a Device,
    ) -> Batches<'a, Tensor<2>> {
        let (rows, width) = (self.part(part), self.width);
        Box::new(plan.into_iter().map(move |positions| {
            let values: Vec<f32> =
                positions.iter().flat_map(|&k| &rows.values[k * width..][..width]).copied().collect();
            let input = Tensor::from_data(TensorData::new(values, [positions.len(), width]), device);
            Ok(Batch { input, targets: positions.iter().map(|&k| rows.targets[k]).collect() })
        }))
    }
}
