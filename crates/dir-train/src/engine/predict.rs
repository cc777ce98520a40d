//! Predictions in evaluation mode: FDS off, dropout off, no gradients.

use std::path::Path;

use burn::tensor::Device;
use dir_core::Regressor;
use dir_data::Part;

use super::{Context, Experiment, resume};
use crate::checkpoint::{self, Checkpoint};
use crate::device;
use crate::error::TrainError;
use crate::evaluate;
use crate::interrupt::Interrupt;
use crate::readout::Readout;
use crate::scores::{Scores, Scoring};
use crate::source::Source;
use crate::status;

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    pub(super) fn score(&self, model: &M, part: Part) -> Result<Scores, TrainError> {
        let Experiment { source, recipe, .. } = self.experiment;
        let scoring = Scoring::new(&self.regions, recipe, source.targets(part));
        let scoring = if part == Part::Test { scoring } else { scoring.without_intervals() };
        score(&model.valid(), *source, part, &self.readout, scoring, (&self.plain_device(), self.experiment.interrupt))
    }
}

/// What the predictions for a part are worth.
///
/// # Errors
/// [`TrainError::Interrupted`]; whatever keeps a row from being read; a prediction that is not finite.
pub fn score<M: Regressor, S: Source<Input = M::Input>>(
    model: &M,
    source: &S,
    part: Part,
    readout: &Readout,
    mut scoring: Scoring<'_>,
    (device, interrupt): (&Device, &Interrupt),
) -> Result<Scores, TrainError> {
    let rows = source.row_ids(part).chunks(source.rows_per_batch().max(1));
    for (rows, batch) in rows.zip(source.batches(part, plan(source, part), None, device)) {
        interrupt.check()?;
        let batch = batch?;
        let predictions = readout.decode(model.forward(batch.input));
        device::check()?;
        scoring.push(rows, &batch.targets, &predictions)?;
    }
    scoring.finish()
}

/// The rows of a part in order, in batches.
pub(super) fn plan<S: Source>(source: &S, part: Part) -> Vec<Vec<usize>> {
    let positions: Vec<usize> = (0..source.len(part)).collect();
    positions.chunks(source.rows_per_batch().max(1)).map(<[usize]>::to_vec).collect()
}

/// Predictions for all rows of a part, in the target's own unit.
///
/// # Errors
/// Whatever keeps a row from being read.
pub fn predict<M: Regressor, S: Source<Input = M::Input>>(
    model: &M,
    source: &S,
    part: Part,
    readout: &Readout,
    device: &Device,
) -> Result<Vec<f64>, TrainError> {
    let mut predictions = Vec::with_capacity(source.len(part));
    for batch in source.batches(part, plan(source, part), None, device) {
        predictions.extend(readout.decode(model.forward(batch?.input)));
        device::check()?;
    }
    Ok(predictions)
}

/// The best model of a finished run, in evaluation mode.
///
/// # Errors
/// A run without one, or of another network.
pub fn load_best<M: Regressor>(run: &Path, model: M) -> Result<M, TrainError> {
    let folder = run.join("checkpoints");
    let Some(path) = checkpoint::best_of(&folder)? else {
        return Err(match evaluate::read_finished(run)? {
            Some(_) => TrainError::NoBestModel { path: folder },
            None => TrainError::File {
                path: folder,
                found: "no best model".into(),
                expected: "a finished run; train it first".into(),
            },
        });
    };
    let (checkpoint, why) = match Checkpoint::load_either(&path) {
        Ok(loaded) => loaded,
        Err(_) if checkpoint::is_lost(&path)? => return Err(TrainError::NoBestModel { path }),
        Err(error) => return Err(error),
    };
    if let Some(error) = why {
        status!("note: {error}; its copy is used");
    }
    Ok(resume::load_model(model, &checkpoint, &path)?.valid())
}
