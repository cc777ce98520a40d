//! What a finished run needs beside its weights to predict: how rows become inputs and outputs become targets.

use std::path::Path;

use burn::tensor::Device;
use dir_core::Regressor;
use dir_core::bins::Bins;
use dir_core::random::Stream;
use dir_train::engine::load_best;
use dir_train::readout::Readout;
use dir_train::{RunFolder, TrainError, files};
use serde::{Deserialize, Serialize};

use crate::task::Task;

const FILE: &str = "pipeline.json";

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
    /// Stores it; a run that is being resumed must have the same: other data would make other inputs.
    pub(crate) fn settle(&self, folder: &RunFolder) -> Result<(), TrainError> {
        folder.settle(FILE, &self.to_json()?)
    }

    pub(crate) fn to_json(&self) -> Result<String, TrainError> {
        serde_json::to_string_pretty(self).map_err(|error| TrainError::File {
            path: FILE.into(),
            found: format!("content that JSON can't hold ({error})"),
            expected: "numbers and text in UTF-8".into(),
        })
    }

    /// That of a run.
    ///
    /// # Errors
    /// A missing or malformed file.
    pub fn read(run: &Path) -> Result<Self, TrainError> {
        let path = run.join(FILE);
        serde_json::from_slice(&files::read(&path)?).map_err(|error| TrainError::File {
            path,
            found: format!("something else ({error})"),
            expected: "the pipeline of a run of this program".into(),
        })
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
