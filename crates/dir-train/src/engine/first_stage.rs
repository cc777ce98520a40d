//! Two-stage training that goes on from a first stage which another run has made.
//!
//! A second stage depends on the first by its best model and that model's feature statistics alone; order, dropout and the new head
//! are functions of seed, stage and epoch. So a run that takes both from a run of the same settings and seed comes to the same
//! numbers, bit for bit, as one that trains its first stage itself.

use std::path::Path;

use dir_core::Regressor;
use serde_json::Value;

use super::Context;
use super::resume::{Position, State, best_name};
use crate::checkpoint::{self, Checkpoint};
use crate::error::TrainError;
use crate::files;
use crate::log::{self, Log};
use crate::source::Source;

impl<M: Regressor, S: Source<Input = M::Input>> Context<'_, M, S> {
    /// Puts a fresh state where it would be after the first stage: its best model becomes this run's, its log the beginning of
    /// this one's. Killed before the state is saved, a run does it again.
    pub(super) fn after_first_stage(&self, run: &Path, mut state: State<M>) -> Result<(State<M>, Log), TrainError> {
        let folder = run.join("checkpoints");
        let unfinished = || TrainError::File {
            path: folder.clone(),
            found: "no finished first stage".into(),
            expected: "that of a run of one stage; finish it, or train without --first-stage".into(),
        };
        let (path, saved) = checkpoint::newest(&folder)?.found.ok_or_else(unfinished)?;
        let position: Position = saved.value("position", &path)?;
        let best = position.best.filter(|best| position.stage == 2 && best.stage == 1).ok_or_else(unfinished)?;
        Checkpoint::load_either(&folder.join(best_name(best)))?.0.save_twice(&self.best_path(best))?;
        let mut log = self.take_log(run, position.updates)?;
        self.progress.line(&format!("going on from the first stage of {}", run.display()));
        state.position = Position { stage: 1, ..position };
        self.next_stage(&mut state)?;
        self.save(&state, &mut log)?;
        Ok((state, log))
    }

    /// What happened until the first stage was saved belongs to this run's story too; what came after does not.
    fn take_log(&self, run: &Path, updates: u64) -> Result<Log, TrainError> {
        let path = self.experiment.folder.file("log.jsonl");
        let events: Vec<Value> = log::read(&run.join("log.jsonl"))?;
        let saved = events.iter().rposition(|event| event["event"] == "checkpoint").map_or(0, |last| last + 1);
        let text: String = events[..saved].iter().map(|event| format!("{event}\n")).collect();
        files::write_atomic(&path, text.as_bytes())?;
        let mut log = Log::open(&path, updates, (2, 0))?;
        log.event("first_stage", updates, &serde_json::json!({ "run": run.display().to_string() }))?;
        Ok(log)
    }
}
