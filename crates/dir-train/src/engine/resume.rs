//! Where a run stands, and how it is saved and found again.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::{ModuleOptimizer, SgdConfig, decay::WeightDecayConfig, momentum::MomentumConfig};
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use dir_core::Regressor;
use dir_core::adam::Adam;
use dir_core::fds::{Fds, FdsState};
use dir_core::schedule::Patience;
use serde::{Deserialize, Serialize};

use super::{Context, gradient};
use crate::checkpoint::{self, Checkpoint, Newest};
use crate::device;
use crate::error::TrainError;
use crate::evaluate::BestEpoch;
use crate::files;
use crate::log::{self, Log};
use crate::recipe::{OptimizerKind, Stopping, TrainConfig};
use crate::source::Source;

/// Everything that training changes.
pub(super) struct State<M> {
    pub(super) model: M,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) fds: Option<Fds>,
    pub(super) position: Position,
}

/// Where a run stands: the next thing to do is step `step` of epoch `epoch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Stage, from 1; one past the last when all are done.
    pub(super) stage: usize,
    /// Epoch, from 0.
    pub(super) epoch: usize,
    /// Step, from 0.
    pub(super) step: usize,
    /// Steps taken in all.
    pub(super) updates: u64,
    /// Loss times rows, and rows, of the epoch so far.
    pub(super) loss: (f64, f64),
    /// Steps in a row that were left out because their loss or gradient is not finite.
    pub(super) skipped: usize,
    /// Whether the epoch's feature statistics are taken in already: a run stopped in the validation behind them must not do it
    /// twice.
    pub(super) statistics_taken: bool,
    /// Early stopping.
    pub(super) patience: Patience,
    /// The best epoch of the current stage so far, and of the stage before while this one has none.
    pub(super) best: Option<BestEpoch>,
}

/// Checkpoints kept: the newest, and one to fall back on.
const KEEP: usize = 2;

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    /// Goes on from the newest whole checkpoint; damaged ones are named and set aside. Without any, starts, from another run's
    /// first stage if there is one. Where only damaged ones are left, or all epochs are done and the best model is lost, it starts if it
    /// was asked to.
    pub(super) fn start_or_resume(&self) -> Result<(State<M>, Log), TrainError> {
        let folder = self.experiment.folder;
        let checkpoints = folder.checkpoints();
        let Newest { found, damaged } = checkpoint::newest(&checkpoints)?;
        for (path, error) in &damaged {
            let place = checkpoint::set_aside(path)?;
            self.progress.warn(&format!("{error}; moved to {}, going on from the one before", place.display()));
        }
        if found.is_none() && checkpoint::has_damaged(&checkpoints)? && !self.experiment.restart {
            return Err(TrainError::NoCheckpoint { path: checkpoints });
        }
        let mut state = self.fresh_state()?;
        match (&found, self.experiment.first_stage) {
            (Some((path, saved)), _) => {
                self.restore(&mut state, saved, path)?;
                if let Some(path) = self.lost_best(&state)? {
                    if !self.experiment.restart {
                        return Err(TrainError::NoBestModel { path });
                    }
                    checkpoint::set_all_aside(&checkpoints)?;
                    return self.start_or_resume();
                }
            }
            (None, Some(run)) => return self.after_first_stage(run, state),
            (None, None) => {}
        }
        let Position { updates, stage, epoch, .. } = state.position;
        let mut log = Log::open(&folder.file("log.jsonl"), updates, (stage, epoch))?;
        if found.is_some() {
            self.progress.line(&match stage > self.stages() {
                true => "resuming after the last epoch, with the evaluation".to_owned(),
                false => format!("resuming at stage {stage}, epoch {epoch}"),
            });
            log.event("resume", updates, &serde_json::json!({ "damaged": damaged.len() }))?;
        } else {
            log.event(
                "start",
                0,
                &serde_json::json!({ "format": log::FORMAT, "parameters": state.model.num_params() }),
            )?;
        }
        Ok((state, log))
    }

    /// The best epoch's model, where it is lost and no epoch is left that could be better.
    fn lost_best(&self, state: &State<M>) -> Result<Option<PathBuf>, TrainError> {
        let done = state.position.stage > self.stages();
        let Some(best) = state.position.best.filter(|_| done) else { return Ok(None) };
        let path = self.best_path(best);
        Ok(checkpoint::is_lost(&path)?.then_some(path))
    }

    fn fresh_state(&self) -> Result<State<M>, TrainError> {
        let train = &self.experiment.recipe.train;
        let model = (self.experiment.build)(train.seed, &self.training_device())?;
        let fds = self.new_fds(&model)?;
        let position = Position {
            stage: 1,
            epoch: 0,
            step: 0,
            updates: 0,
            loss: (0.0, 0.0),
            skipped: 0,
            statistics_taken: false,
            patience: self.new_patience(),
            best: None,
        };
        Ok(State { model, optimizer: optimizer(train), fds, position })
    }

    pub(super) fn new_patience(&self) -> Patience {
        let train = &self.experiment.recipe.train;
        let higher = train.select.higher_is_better();
        match (train.stopping, train.patience) {
            (Stopping::Official, Some(limit)) => Patience::official(limit, higher),
            (_, limit) => Patience::new(limit, higher),
        }
    }

    fn restore(&self, state: &mut State<M>, saved: &Checkpoint, path: &Path) -> Result<(), TrainError> {
        state.position = saved.value("position", path)?;
        state.model = load_model(state.model.clone(), saved, path)?;
        state.optimizer = load_optimizer(state.optimizer.clone(), saved.required("optimizer", path)?, path)?;
        load_fds(&mut state.fds, saved, path)?;
        if state.position.stage == 2 {
            state.model = freeze_encoder(state.model.clone());
        }
        Ok(())
    }

    /// Saves where the run stands.
    pub(super) fn save(&self, state: &State<M>, log: &mut Log) -> Result<(), TrainError> {
        self.write_checkpoint(&self.checkpoint(state)?, &state.position, log)
    }

    /// Writes a checkpoint of this position, and deletes those that it makes needless.
    pub(super) fn write_checkpoint(
        &self,
        checkpoint: &Checkpoint,
        position: &Position,
        log: &mut Log,
    ) -> Result<(), TrainError> {
        let path = self.checkpoint_path(position);
        checkpoint.save(&path)?;
        log.event("checkpoint", position.updates, &serde_json::json!({ "stage": position.stage }))?;
        checkpoint::prune(&path, KEEP)
    }

    fn checkpoint_path(&self, position: &Position) -> PathBuf {
        self.experiment.folder.checkpoints().join(checkpoint::name(position.updates))
    }

    /// Everything that training changes, ready to be written. Parameters that are not finite are refused: resuming from them
    /// could only fail.
    pub(super) fn checkpoint(&self, state: &State<M>) -> Result<Checkpoint, TrainError> {
        let path = &self.checkpoint_path(&state.position);
        if !gradient::parameters_are_finite(&state.model, self.on_gpu) {
            let Position { stage, epoch, step, .. } = state.position;
            return Err(TrainError::Diverged { stage, epoch, step });
        }
        let optimizer = state.optimizer.into_bytes().map_err(|e| record_error(path, &e))?;
        let checkpoint = Checkpoint::default()
            .with_value("position", &state.position)?
            .with("model", model_bytes(&state.model, path)?)
            .with("optimizer", optimizer.to_vec());
        device::check()?; // what a failed device returns is garbage
        with_fds(checkpoint, state.fds.as_ref())
    }

    /// Keeps the model of the best epoch so far, and a copy. Its file's name tells stage and epoch and it is never overwritten by
    /// another epoch's, so a run that falls back to an older checkpoint still finds the best one that the checkpoint speaks of.
    pub(super) fn keep_best(&self, state: &State<M>, best: BestEpoch) -> Result<(), TrainError> {
        let path = self.best_path(best);
        let checkpoint =
            Checkpoint::default().with_value("best", &best)?.with("model", model_bytes(&state.model, &path)?);
        device::check()?;
        with_fds(checkpoint, state.fds.as_ref())?.save_twice(&path)
    }

    /// Model of the best epoch.
    pub(super) fn best_model(&self, state: &State<M>) -> Result<(M, BestEpoch), TrainError> {
        let best = state.position.best.ok_or_else(|| TrainError::Recipe {
            name: "train.select",
            value: self.experiment.recipe.train.select.to_string(),
            expected: "a metric that the validation rows define; choose another",
        })?;
        let path = self.best_path(best);
        let model = load_model(state.model.clone(), &self.load_best(&path)?, &path)?;
        Ok((model, best))
    }

    /// Statistics that belong to the best epoch's model.
    pub(super) fn best_fds(&self, fds: &mut Option<Fds>, best: BestEpoch) -> Result<(), TrainError> {
        let path = self.best_path(best);
        load_fds(fds, &self.load_best(&path)?, &path)
    }

    /// The best epoch's file; its copy where it is damaged, which is set aside and replaced.
    fn load_best(&self, path: &Path) -> Result<Checkpoint, TrainError> {
        let (checkpoint, why) = Checkpoint::load_either(path)?;
        if let Some(error) = why {
            if path.exists() {
                checkpoint::set_aside(path)?;
            }
            self.progress.warn(&format!("{error}; restored from its copy"));
            checkpoint.save(path)?;
        }
        Ok(checkpoint)
    }

    pub(super) fn best_path(&self, best: BestEpoch) -> PathBuf {
        self.experiment.folder.checkpoints().join(best_name(best))
    }

    /// Deletes models of best epochs that neither checkpoint can speak of any more.
    pub(super) fn prune_best(&self, keep: &[Option<BestEpoch>]) -> Result<(), TrainError> {
        let folder = self.experiment.folder.checkpoints();
        let kept: Vec<String> = keep.iter().flatten().map(|b| best_name(*b)).collect();
        for path in files::list(&folder)? {
            let name = checkpoint::original_name(&path);
            if name.starts_with("best-") && !kept.contains(&name) {
                files::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

pub(super) fn best_name(best: BestEpoch) -> String {
    format!("best-stage-{}-epoch-{:06}.ckpt", best.stage, best.epoch)
}

/// Only what the second stage trains keeps its gradients; batch-norm statistics of the rest stand still.
pub(super) fn freeze_encoder<M: Regressor>(model: M) -> M {
    let frozen = burn::module::ParamGroup::all().exclude(model.retrained());
    model.freeze_group(frozen)
}

pub(super) fn optimizer(train: &TrainConfig) -> ModuleOptimizer {
    let decay = (train.weight_decay > 0.0).then_some(train.weight_decay);
    match train.optimizer {
        OptimizerKind::Adam => Adam::new(decay).into_optimizer(),
        OptimizerKind::Sgd => {
            let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
            SgdConfig::new().with_momentum(Some(momentum)).with_weight_decay(decay.map(WeightDecayConfig::new)).init()
        }
    }
}

fn record_error(path: &Path, error: &burn::store::RecordError) -> TrainError {
    TrainError::File {
        path: path.to_path_buf(),
        found: format!("parameters that do not fit ({error})"),
        expected: "those of this network".into(),
    }
}

fn model_bytes<M: Module>(model: &M, path: &Path) -> Result<Vec<u8>, TrainError> {
    let bytes = model.clone().into_record().into_bytes().map_err(|e| record_error(path, &e))?;
    Ok(bytes.to_vec())
}

pub(super) fn load_model<M: Module>(model: M, saved: &Checkpoint, path: &Path) -> Result<M, TrainError> {
    let bytes = Bytes::from_bytes_vec(saved.required("model", path)?.to_vec());
    let record = ModuleRecord::from_bytes(bytes).map_err(|e| record_error(path, &e))?;
    model.try_load_record(record).map_err(|e| record_error(path, &e))
}

fn load_optimizer(optimizer: ModuleOptimizer, bytes: &[u8], path: &Path) -> Result<ModuleOptimizer, TrainError> {
    optimizer.from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).map_err(|e| record_error(path, &e))
}

fn with_fds(checkpoint: Checkpoint, fds: Option<&Fds>) -> Result<Checkpoint, TrainError> {
    match fds {
        Some(fds) => checkpoint.with_value("fds", fds.state()),
        None => Ok(checkpoint),
    }
}

fn load_fds(fds: &mut Option<Fds>, saved: &Checkpoint, path: &Path) -> Result<(), TrainError> {
    if let Some(fds) = fds {
        fds.load_state(saved.value::<FdsState>("fds", path)?)?;
    }
    Ok(())
}
