//! What a finished run needs beside its weights to predict: how rows become inputs and outputs become targets.

use std::path::Path;

use burn::tensor::Device;
use dir_core::Regressor;
use dir_core::bins::Bins;
use dir_core::random::Stream;
use dir_train::engine::load_best;
use dir_train::readout::Readout;
use dir_train::{RunFolder, TrainError, run_folder, versioned};
use serde::{Deserialize, Serialize};

use crate::task::Task;

const FILE: &str = "pipeline.json";
/// Format of the file. Format 1 had no ranges of columns and no bounds of predictions.
const FORMAT: u32 = 2;

/// `pipeline.json`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Pipeline<T: Task> {
    /// Name of the target.
    pub target: String,
    /// How rows become inputs.
    pub input: T::Input,
    /// How outputs become targets.
    #[serde(alias = "scale")]
    pub readout: Readout,
    /// Bins of the target.
    pub bins: Bins,
    /// Size of the network.
    pub model: T::Model,
}

impl<T: Task> Pipeline<T> {
    /// Writes it, or verifies that a run which is being resumed has the same.
    pub(crate) fn write_or_verify(&self, folder: &RunFolder) -> Result<(), TrainError> {
        folder.write_or_verify(FILE, &self.to_json(folder.path())?)
    }

    /// Refuses a run that has another.
    pub(crate) fn verify(&self, run: &Path) -> Result<(), TrainError> {
        run_folder::check_same(&run.join(FILE), &self.to_json(run)?).map(drop)
    }

    /// Text of the file of a run, whose path is for the message.
    ///
    /// # Errors
    /// [`TrainError::Serialize`].
    pub fn to_json(&self, run: &Path) -> Result<String, TrainError> {
        versioned::to_json_of(&run.join(FILE), self, FORMAT)
    }

    /// That of a run.
    ///
    /// # Errors
    /// A missing or malformed file.
    pub fn read(run: &Path) -> Result<Self, TrainError> {
        versioned::read_of(
            &run.join(FILE),
            "the pipeline of a run of this program; restore the file, or delete it and repeat the run's `train`",
            FORMAT,
        )
    }

    /// A network of the right size; its parameters are drawn from the seed.
    ///
    /// # Errors
    /// A size that no network can have.
    pub fn build(&self, seed: u64, device: &Device) -> Result<T::Network, TrainError> {
        Ok(self.with_outputs(self.build_plain(seed, device)?, seed))
    }

    /// The network as regression has it, which is what weights to start from fit.
    pub(crate) fn build_plain(&self, seed: u64, device: &Device) -> Result<T::Network, TrainError> {
        T::build(&self.model, &self.input, seed, device)
    }

    /// The network with as many outputs as the readout needs: a head of more than one is drawn anew.
    pub(crate) fn with_outputs(&self, network: T::Network, seed: u64) -> T::Network {
        match self.readout.outputs() {
            1 => network,
            outputs => network.with_new_head(outputs, Stream::new(&[seed, 1]).bits()),
        }
    }

    /// The network of the best epoch.
    ///
    /// # Errors
    /// A run without one.
    pub fn best(&self, run: &Path, device: &Device) -> Result<T::Network, TrainError> {
        load_best(run, self.build(0, device)?)
    }
}
