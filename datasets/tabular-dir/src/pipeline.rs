//! What a finished run needs beside its weights to predict: how columns become numbers and outputs become targets.

use std::path::Path;

use burn::tensor::Device;
use dir_core::bins::Bins;
use dir_data::tabular::{Encoder, ReadOptions};
use dir_nn::{Mlp, MlpConfig};
use dir_train::engine::load_best;
use dir_train::target::TargetScale;
use dir_train::{RunFolder, TrainError, files};
use serde::{Deserialize, Serialize};

/// `pipeline.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) target: String,
    pub(crate) read: ReadOptions,
    pub(crate) encoder: Encoder,
    pub(crate) scale: TargetScale,
    pub(crate) bins: Bins,
    pub(crate) model: MlpConfig,
}

impl Pipeline {
    /// Stores it; a run that is being resumed must have the same: other data would make other encoders.
    pub(crate) fn settle(&self, folder: &RunFolder) -> Result<(), TrainError> {
        folder.settle("pipeline.json", &serde_json::to_string_pretty(self).unwrap_or_default())
    }

    pub(crate) fn read(run: &Path) -> Result<Self, TrainError> {
        let path = run.join("pipeline.json");
        serde_json::from_slice(&files::read(&path)?).map_err(|error| TrainError::File {
            path,
            found: format!("something else ({error})"),
            expected: "the pipeline of a run of this program".into(),
        })
    }

    /// A network of the right size; its parameters are drawn from the seed.
    pub(crate) fn build(&self, seed: u64, device: &Device) -> Result<Mlp, TrainError> {
        let built = self.model.init(self.encoder.width(), seed, device);
        built.map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    /// The network of the best epoch.
    pub(crate) fn best(&self, run: &Path, device: &Device) -> Result<Mlp, TrainError> {
        load_best(run, self.build(0, device)?)
    }
}
