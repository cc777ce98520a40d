//! Feature statistics: those that FDS takes in at the end of an epoch, and those of the final model.

use burn::tensor::Device;
use dir_core::fds::{Fds, StatisticsPass};
use dir_core::random::Stream;
use dir_core::{FeatureMap, Regressor};
use dir_data::Part;

use super::resume::{Position, State};
use super::{Context, predict};
use crate::device;
use crate::error::TrainError;
use crate::feature_statistics::FeatureStatistics;
use crate::log::Log;
use crate::source::Source;

/// Last part of the key of a statistics pass, where that of a step has none.
const STATISTICS: u64 = 1;

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    /// FDS for a model's features.
    pub(super) fn new_fds(&self, model: &M) -> Result<Option<Fds>, TrainError> {
        let Some(config) = &self.experiment.recipe.fds else { return Ok(None) };
        Ok(Some(config.init(self.experiment.bins, self.width_of_features(model)?)?))
    }

    /// One row tells.
    fn width_of_features(&self, model: &M) -> Result<usize, TrainError> {
        let batch = self.experiment.source.batch(Part::Train, &[0], None, &self.plain_device())?;
        let [_, width, _] = model.valid().encode(batch.input).into_blocks().dims();
        Ok(width)
    }

    /// The features of all training rows, in order and without augmentation, become the statistics of this epoch. In
    /// evaluation mode, unless the recipe asks for the official training mode.
    pub(super) fn take_statistics(&self, state: &mut State<M>, log: &mut Log) -> Result<(), TrainError> {
        let epoch = state.position.epoch;
        let Some(fds) = state.fds.as_ref().filter(|fds| fds.wants_statistics(epoch)) else { return Ok(()) };
        log.event("statistics", state.position.updates, &serde_json::json!({ "epoch": epoch }))?;
        let train_mode = fds.config().train_mode_pass;
        let calibrated = fds.config().quirks.statistics_of_calibrated;
        let device = if train_mode { self.training_device() } else { self.plain_device() };
        let model = if train_mode { state.model.clone() } else { state.model.valid() };
        let calibrator = calibrated.then(|| fds.calibrator(epoch, &device));
        let mut pass = fds.statistics();
        let positions: Vec<usize> = (0..self.experiment.source.len(Part::Train)).collect();
        let plan = positions.chunks(self.experiment.recipe.train.batch).map(<[usize]>::to_vec).collect();
        // A pass in training mode moves the running statistics of batch norms: a stopped one must not be repeated on top.
        let before = if train_mode { Some(self.checkpoint(state)?) } else { None };
        // Dropout draws from the backend's generator, whose state a run that resumes here does not have.
        let Position { stage, step, .. } = state.position;
        let key = [self.experiment.recipe.train.seed, stage as u64, epoch as u64, step as u64, STATISTICS];
        device.seed(Stream::new(&key).bits());
        let encoded = self.encode_each(&model, plan, &device, |features, targets| {
            let features = match &calibrator {
                Some(calibrator) => calibrator.apply(features, targets)?,
                None => features,
            };
            Ok(pass.push(features, targets)?)
        });
        if let Err(error) = encoded {
            if matches!(error, TrainError::Interrupted) {
                match before {
                    Some(before) => self.write_checkpoint(&before, &state.position, log)?,
                    None => self.save(state, log)?,
                }
            }
            return Err(error);
        }
        state.fds.as_mut().map_or(Ok(()), |fds| Ok(fds.end_of_epoch(epoch, pass)?))
    }

    /// What the features of the training rows look like to the final model: in evaluation mode, not calibrated.
    pub(super) fn feature_statistics(&self, model: &M) -> Result<FeatureStatistics, TrainError> {
        let (dim, model, device) = (self.width_of_features(model)?, model.valid(), self.plain_device());
        let mut pass = StatisticsPass::of_bins(self.experiment.bins, dim);
        // A run that is stopped here makes this pass again: everything before is saved.
        self.encode_each(&model, predict::plan(self.experiment.source, Part::Train), &device, |features, targets| {
            Ok(pass.push(features, targets)?)
        })?;
        let statistics = pass.into_statistics()?;
        device::check()?;
        Ok(FeatureStatistics::new(&statistics, dim))
    }

    /// Features and targets of the training rows, batch by batch.
    fn encode_each(
        &self,
        model: &M,
        plan: Vec<Vec<usize>>,
        device: &Device,
        mut take: impl FnMut(M::Features, &[f64]) -> Result<(), TrainError>,
    ) -> Result<(), TrainError> {
        for batch in self.experiment.source.batches(Part::Train, plan, None, device) {
            self.experiment.interrupt.check()?;
            let batch = batch?;
            take(model.encode(batch.input), &batch.targets)?;
        }
        Ok(())
    }
}
