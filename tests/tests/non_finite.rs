//! Values that are not finite: neither a loss nor a gradient of NaN or infinity reaches the parameters or a checkpoint.
#![cfg(feature = "flex")]

use std::path::Path;

use burn::module::{Module, ParamGroup};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use dir_core::bins::Bins;
use dir_tests::{MemorySource, Rows};
use dir_train::interrupt::Interrupt;
use dir_train::recipe::{NonFinite, TrainConfig};
use dir_train::{Experiment, Recipe, RunFolder, TrainError, log, train};

/// Adds the square root of the input's absolute value to a linear model: at 0 the output is finite and the gradient is not.
#[derive(Module, Debug)]
struct RootNetwork {
    encoder: Linear,
    head: Linear,
}

impl Regressor for RootNetwork {
    type Input = Tensor<2>;
    type Features = Tensor<2>;

    fn encode(&self, input: Tensor<2>) -> Tensor<2> {
        // The product with the weights makes the root's infinite slope that of the weights.
        self.encoder.forward(input).abs().sqrt()
    }

    fn head(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(features)
    }

    fn retrained(&self) -> ParamGroup {
        ParamGroup::all()
    }

    fn with_new_head(self, _: usize, _: u64) -> Self {
        self
    }
}

/// Training rows with these inputs. Validation and test rows are harmless, so that only training meets the root's slope at 0.
fn source(inputs: &[f32]) -> MemorySource {
    let rows = |inputs: &dyn Fn(usize) -> f32, count| Rows::new(0..count, |id| vec![inputs(id)], |id| (id % 5) as f64);
    let harmless = rows(&|_| 1.0, inputs.len());
    MemorySource([rows(&|id| inputs[id], inputs.len()), harmless.clone(), harmless])
}

/// Trains with one row a step, and saves after each.
fn run(folder: &Path, inputs: &[f32], non_finite: NonFinite, lr: f64) -> Result<(), TrainError> {
    let train_config =
        TrainConfig { epochs: 1, batch: 1, lr, non_finite, checkpoint_steps: 1, ..TrainConfig::default() };
    let recipe = Recipe { train: train_config, ..Recipe::default() };
    let (bins, device, run) = (Bins::uniform(0.0, 1.0, 5)?, Device::flex(), RunFolder::open(folder)?);
    let build = |_: u64, device: &Device| {
        let no_bias = |from, to| LinearConfig::new(from, to).with_bias(false).init(device);
        Ok(RootNetwork { encoder: no_bias(1, 3), head: LinearConfig::new(3, 1).init(device) })
    };
    let (source, interrupt) = (source(inputs), Interrupt::default());
    train(&Experiment::new(&recipe, &bins, &source, &build, &device, &run, &interrupt)).map(drop)
}

fn warnings(folder: &Path) -> usize {
    let events = log::read(&folder.join("log.jsonl")).expect("a log");
    events.iter().filter(|event| event["event"] == "warning").count()
}

#[test]
fn infinite_gradient_ends_the_run_with_its_rows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut inputs = vec![1.0; 30];
    inputs[7] = 0.0;
    let error = run(folder.path(), &inputs, NonFinite::Stop, 1e-3).expect_err("stops").to_string();
    assert!(error.contains("found a gradient that is not finite (loss ") && error.contains("holds rows 7;"), "{error}");
}

#[test]
fn infinite_gradients_are_left_out_and_the_run_ends_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inputs: Vec<f32> = (0..30).map(|k| if k % 3 == 0 { 0.0 } else { 1.0 }).collect();
    run(folder.path(), &inputs, NonFinite::Skip, 1e-3).expect("ends well");
    assert_eq!(warnings(folder.path()), 10);
}

#[test]
fn skipped_steps_are_bounded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = run(folder.path(), &[0.0; 30], NonFinite::Skip, 1e-3).expect_err("stops").to_string();
    assert!(error.contains("step 19: left out 20 steps in a row"), "{error}");
    assert_eq!(warnings(folder.path()), 20);
}

/// An optimizer may overflow parameters although loss and gradient are finite.
#[test]
fn parameters_that_are_not_finite_are_never_saved() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = run(folder.path(), &[1.0], NonFinite::Skip, 1e39).expect_err("stops").to_string();
    assert!(error.contains("found parameters that are not finite; the last checkpoint is untouched"), "{error}");
    let saved = dir_train::checkpoint::list(&folder.path().join("checkpoints")).expect("lists");
    assert!(saved.is_empty(), "{saved:?}");
}
