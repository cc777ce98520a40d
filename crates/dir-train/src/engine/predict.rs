//! Predictions in evaluation mode: FDS off, dropout off, no gradients.

use std::path::Path;

use burn::tensor::Device;
use dir_core::Regressor;
use dir_data::Part;

use super::{Context, resume};
use crate::checkpoint::{self, Checkpoint};
use crate::error::TrainError;
use crate::source::Source;
use crate::target::TargetScale;

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    pub(super) fn predict(&self, model: &M, part: Part) -> Result<Vec<f64>, TrainError> {
        predict(&model.valid(), self.experiment.source, part, &self.scale, &self.plain_device())
    }
}

/// Predictions for all rows of a part, in the target's own unit.
///
/// # Errors
/// Whatever keeps a row from being read.
pub fn predict<M: Regressor, S: Source<Input = M::Input>>(
    model: &M,
    source: &S,
    part: Part,
    scale: &TargetScale,
    device: &Device,
) -> Result<Vec<f64>, TrainError> {
    let positions: Vec<usize> = (0..source.len(part)).collect();
    let mut predictions = Vec::with_capacity(positions.len());
    let plan = positions.chunks(source.rows_per_batch().max(1)).map(<[usize]>::to_vec).collect();
    for batch in source.batches(part, plan, None, device) {
        let outputs = model.forward(batch?.input).into_data();
        predictions.extend(outputs.iter::<f64>().map(|o| scale.decode(o)));
    }
    Ok(predictions)
}

/// The best model of a finished run, in evaluation mode.
///
/// # Errors
/// A run without one, or of another network.
pub fn load_best<M: Regressor>(run: &Path, model: M) -> Result<M, TrainError> {
    let folder = run.join("checkpoints");
    let path = checkpoint::best_of(&folder)?.ok_or_else(|| TrainError::File {
        path: folder.clone(),
        found: "no best model".into(),
        expected: "a finished run; train it first".into(),
    })?;
    Ok(resume::load_model(model, &Checkpoint::load(&path)?, &path)?.valid())
}
