//! One stage: epochs of steps, statistics, validation.

use std::time::Instant;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use dir_core::Regressor;
use dir_core::fds::{Calibrator, Fds};
use dir_core::metric::Report;
use dir_core::random::Stream;
use dir_core::schedule::LearningRate;
use dir_core::weight::WeightConfig;
use dir_data::Part;
use dir_data::loader::Batches;

use super::objective::Objective;
use super::resume::{State, freeze_encoder, optimizer};
use super::{Context, gradient};
use crate::device;
use crate::error::{NonFiniteValue, TrainError};
use crate::evaluate::{BestEpoch, Regions};
use crate::log::Log;
use crate::recipe::{NonFinite, RetrainFds};
use crate::select::Metric;
use crate::source::{Augment, Batch, Source};

/// Share of an epoch's seconds for which steps wait for their batches before anyone is told.
const STARVED: f64 = 0.05;

/// Steps in a row that may be left out: more are no outliers, the parameters have diverged.
const MAX_SKIPPED: usize = 20;

/// What stays the same during a stage.
struct Stage {
    epochs: usize,
    rate: LearningRate,
    /// Weight per bin.
    weights: Vec<f64>,
    objective: Objective,
    /// Whether the ends of epochs take in feature statistics.
    statistics: bool,
}

/// Seconds of an epoch, and those of them for which its steps waited for their batches.
#[derive(Clone, Copy)]
struct Times {
    seconds: f64,
    waited: f64,
}

/// What a step leaves to be logged.
enum Step {
    Taken(f64),
    Skipped,
}

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    /// Runs what is left of the current stage and goes on to the next.
    pub(super) fn run_stage(&self, state: &mut State<M>, log: &mut Log) -> Result<(), TrainError> {
        let stage = self.stage(state.position.stage)?;
        while state.position.epoch < stage.epochs {
            let stop = self.run_epoch(&stage, state, log)?;
            if stop {
                break;
            }
        }
        self.next_stage(state)?;
        self.save(state, log)
    }

    fn stage(&self, number: usize) -> Result<Stage, TrainError> {
        let recipe = self.experiment.recipe;
        let Regions { bins, trained, .. } = &self.regions;
        let weights = |config: &WeightConfig| config.bin_weights(bins, trained).map(|w| w.weight);
        let objective = Objective::new(recipe, &self.readout, &self.regions)?;
        let (epochs, rate, weights, statistics) = match &recipe.retrain {
            Some(retrain) if number == 2 => {
                // Too short to fall: with the official milestones, 60 and 80 of 90 epochs, it never did.
                let rate = LearningRate::constant(retrain.lr.unwrap_or(recipe.train.lr));
                (retrain.epochs, rate, weights(&retrain.weights)?, retrain.fds == RetrainFds::Restarted)
            }
            _ => {
                let milestones = recipe.train.milestones.clone();
                let rate = LearningRate { milestones, ..LearningRate::constant(recipe.train.lr) };
                (recipe.train.epochs, rate, weights(&recipe.weights)?, true)
            }
        };
        Ok(Stage { epochs, rate, weights, objective, statistics })
    }

    /// The second stage starts from the best model of the first, with a new head, a new optimizer and a frozen encoder.
    pub(super) fn next_stage(&self, state: &mut State<M>) -> Result<(), TrainError> {
        state.position.stage += 1;
        (state.position.epoch, state.position.step) = (0, 0);
        state.position.patience = self.new_patience();
        let Some(retrain) = self.experiment.recipe.retrain.as_ref().filter(|_| state.position.stage == 2) else {
            return Ok(());
        };
        let (model, best) = self.best_model(state)?;
        match retrain.fds {
            RetrainFds::Frozen => self.best_fds(&mut state.fds, best)?,
            RetrainFds::Restarted => state.fds = self.new_fds(&model)?,
        }
        let seed = Stream::new(&[self.experiment.recipe.train.seed, 2]).bits();
        state.model = freeze_encoder(model.with_new_head(self.readout.outputs(), seed));
        state.optimizer = optimizer(&self.experiment.recipe.train);
        state.position.best = None;
        Ok(())
    }

    /// Runs what is left of the current epoch; whether the stage should end.
    fn run_epoch(&self, stage: &Stage, state: &mut State<M>, log: &mut Log) -> Result<bool, TrainError> {
        let started = Instant::now();
        let waited = self.take_steps(stage, state, log)?;
        if stage.statistics && !state.position.statistics_taken {
            self.take_statistics(state, log)?;
            state.position.statistics_taken = true;
        }
        let epoch = state.position.epoch + 1;
        let due = epoch.is_multiple_of(self.experiment.recipe.train.validate_every) || epoch == stage.epochs;
        let report = if due { Some(self.validate(state, log)?) } else { None };
        let value = report.as_ref().and_then(|report| self.experiment.recipe.train.select.of(report));
        let before = state.position.best;
        let decision = value.map(|value| state.position.patience.observe(value));
        if let (Some(value), true) = (value, decision.is_some_and(|d| d.improved)) {
            let best = BestEpoch { stage: state.position.stage, epoch: state.position.epoch, value };
            self.keep_best(state, best)?;
            state.position.best = Some(best);
        }
        let times = Times { seconds: started.elapsed().as_secs_f64(), waited };
        self.log_epoch(stage, state, report.as_ref(), times, log)?;
        state.position.epoch += 1;
        (state.position.step, state.position.loss) = (0, (0.0, 0.0));
        state.position.statistics_taken = false;
        self.save(state, log)?;
        self.prune_best(&[before, state.position.best])?;
        Ok(decision.is_some_and(|d| d.stop))
    }

    /// A run that is stopped meanwhile is saved behind its steps.
    fn validate(&self, state: &State<M>, log: &mut Log) -> Result<Report, TrainError> {
        match self.score(&state.model, Part::Val) {
            Ok(scores) => Ok(scores.report),
            Err(TrainError::Interrupted) => {
                self.save(state, log)?;
                Err(TrainError::Interrupted)
            }
            Err(error) => Err(error),
        }
    }

    /// The steps of an epoch; seconds for which they waited for their batches.
    fn take_steps(&self, stage: &Stage, state: &mut State<M>, log: &mut Log) -> Result<f64, TrainError> {
        let (source, train) = (self.experiment.source, &self.experiment.recipe.train);
        let device = self.training_device();
        let (number, epoch) = (state.position.stage, state.position.epoch);
        let lr = stage.rate.at(epoch);
        let calibrator = state.fds.as_ref().map(|fds| fds.calibrator(epoch, &device));
        let batches = Batches::new(source.len(Part::Train), train.batch, train.seed, number as u64, epoch as u64)
            .with_short(train.short_batch);
        self.progress.epoch(format!("stage {number} epoch {epoch}"), batches.total(), state.position.step);
        let started = Instant::now();
        let (mut rows_done, mut waited) = (0, 0.0);
        let plan: Vec<Vec<usize>> = batches.starting_at(state.position.step).collect();
        let augment = Augment { seed: train.seed, stage: number, epoch };
        let mut ahead = source.batches(Part::Train, plan.clone(), Some(augment), &device);
        for positions in plan {
            let asked = Instant::now();
            let Some(batch) = ahead.next() else { break };
            waited += asked.elapsed().as_secs_f64();
            let step = self.step(stage, state, calibrator.as_ref(), (&positions, batch?), lr, &device)?;
            rows_done += positions.len();
            state.position.step += 1;
            state.position.updates += 1;
            match step {
                Step::Taken(loss) => {
                    state.position.skipped = 0;
                    state.position.loss.0 += loss * positions.len() as f64;
                    state.position.loss.1 += positions.len() as f64;
                    self.progress.step(loss, rows_done as f64 / started.elapsed().as_secs_f64());
                }
                Step::Skipped => {
                    let details =
                        serde_json::json!({ "text": "loss or gradient not finite, step left out", "epoch": epoch });
                    log.event("warning", state.position.updates, &details)?;
                    state.position.skipped += 1;
                    let (skipped, step) = (state.position.skipped, state.position.step - 1);
                    if skipped >= MAX_SKIPPED {
                        return Err(TrainError::Skipped { stage: number, epoch, step, skipped });
                    }
                }
            }
            let due = train.checkpoint_steps > 0 && state.position.step.is_multiple_of(train.checkpoint_steps);
            let stop = self.experiment.interrupt.is_raised();
            if due || stop {
                self.save(state, log)?;
            }
            if stop {
                return Err(TrainError::Interrupted);
            }
        }
        Ok(waited)
    }

    /// Forward, calibrate, head, loss, backward, update.
    fn step(
        &self,
        stage: &Stage,
        state: &mut State<M>,
        calibrator: Option<&Calibrator>,
        (positions, batch): (&[usize], Batch<M::Input>),
        lr: f64,
        device: &Device,
    ) -> Result<Step, TrainError> {
        let train = &self.experiment.recipe.train;
        let position = &state.position;
        let key = [train.seed, position.stage as u64, position.epoch as u64, position.step as u64];
        device.seed(Stream::new(&key).bits()); // dropout draws from the backend's generator
        let weights = self.weights(stage, &batch.targets)?;

        let mut features = state.model.encode(batch.input);
        if let Some(calibrator) = calibrator.filter(|c| !c.is_identity()) {
            features = calibrator.apply(features, &batch.targets)?;
        }
        let outputs = state.model.head(features);
        let loss = stage.objective.of(outputs, &batch.targets, weights, &self.regions, device)?;

        let refuse = |state: &State<M>, what| match train.non_finite {
            NonFinite::Skip => Ok(Step::Skipped),
            NonFinite::Stop => Err(self.non_finite(state, positions, what)),
        };
        let value = loss.clone().into_scalar::<f64>();
        device::check()?;
        if !value.is_finite() {
            return refuse(state, NonFiniteValue::Loss(value));
        }
        let mut gradients = GradientsParams::from_grads(loss.backward(), &state.model);
        // One infinite gradient would spoil every parameter that Adam moves.
        if !gradient::is_finite(&state.model, &gradients, self.on_gpu) {
            return refuse(state, NonFiniteValue::Gradient { loss: value });
        }
        if let Some(limit) = train.clip_norm {
            gradients = gradient::clip(&state.model, gradients, limit);
        }
        state.model = state.optimizer.step(lr, state.model.clone(), gradients);
        Ok(Step::Taken(value))
    }

    /// Weight of every target of a batch. A pixel without one weighs nothing; the others make up for it, so that the loss is a mean
    /// over targets.
    fn weights(&self, stage: &Stage, targets: &[f64]) -> Result<Vec<f64>, TrainError> {
        let missing = targets.iter().filter(|y| y.is_nan()).count();
        let share = targets.len() as f64 / (targets.len() - missing).max(1) as f64;
        let weight = |&y: &f64| match y.is_nan() {
            true => Ok(0.0),
            false => Ok(share * stage.weights[self.regions.bins.bin_of(y)?]),
        };
        targets.iter().map(weight).collect()
    }

    fn non_finite(&self, state: &State<M>, positions: &[usize], what: NonFiniteValue) -> TrainError {
        let ids = self.experiment.source.row_ids(Part::Train);
        let rows: Vec<String> = positions.iter().take(16).map(|&p| ids[p].to_string()).collect();
        let more = if positions.len() > rows.len() { ", ..." } else { "" };
        TrainError::NonFinite {
            stage: state.position.stage,
            epoch: state.position.epoch,
            step: state.position.step,
            what,
            rows: rows.join(", ") + more,
        }
    }

    fn log_epoch(
        &self,
        stage: &Stage,
        state: &State<M>,
        report: Option<&Report>,
        Times { seconds, waited }: Times,
        log: &mut Log,
    ) -> Result<(), TrainError> {
        let position = &state.position;
        let train_loss = position.loss.0 / position.loss.1; // NaN, `null` in the log, where every step was left out
        let mut details = serde_json::json!({
            "stage": position.stage, "epoch": position.epoch, "step": position.step, "lr": stage.rate.at(position.epoch),
            "train_loss": train_loss, "val": report.map_or_else(Default::default, |r| self.logged(r)), "seconds": seconds,
            "waited": waited,
        });
        if let Some(distance) = state.fds.as_ref().filter(|_| stage.statistics).and_then(Fds::smoothing_distance) {
            details["fds_distance"] = serde_json::json!(distance);
        }
        log.event("epoch", position.updates, &details)?;
        let select = self.experiment.recipe.train.select;
        let validation =
            report.and_then(|r| select.of(r)).map(|v| format!(" val {} {v:.4},", select.title())).unwrap_or_default();
        let (number, epoch, last) = (position.stage, position.epoch, stage.epochs - 1);
        // A step that waits wants more threads, or pictures that are decoded once.
        let starved =
            if waited > STARVED * seconds { format!(", {waited:.1} s of it for data") } else { String::new() };
        let text =
            format!("stage {number} epoch {epoch}/{last}: loss {train_loss:.4},{validation} {seconds:.1} s{starved}");
        self.progress.line(&text);
        Ok(())
    }

    /// Metrics of all validation rows, and the one that decides.
    fn logged(&self, report: &Report) -> serde_json::Map<String, serde_json::Value> {
        let all = |metric: Metric| (metric.name().to_owned(), report.all.as_ref().and_then(|m| metric.of(m)).into());
        let select = self.experiment.recipe.train.select;
        let named = Metric::EACH.into_iter().map(all);
        named
            .chain([(select.to_string(), serde_json::Value::from(select.of(report)))])
            .filter(|(_, value)| !value.is_null())
            .collect()
    }
}
