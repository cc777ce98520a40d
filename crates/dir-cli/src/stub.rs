//! The smallest task there is, for the tests of what all tasks share.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use clap::Args;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_nn::{Mlp, MlpConfig};
use dir_train::source::Batches;
use dir_train::{Augment, Source, Targets, TrainError};
use serde::{Deserialize, Serialize};

use crate::{Config, NoVerbs, Pipeline, Prepared, Size, Task};

pub(crate) struct Stub;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NoFlags {}

// Not `()`, which TOML has no word for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoData {}

impl Source for Stub {
    type Input = Tensor<2>;

    fn row_ids(&self, _: Part) -> &[usize] {
        &[]
    }

    fn targets(&self, _: Part) -> Targets<'_> {
        Targets::OfRows(&[])
    }

    fn batches<'a>(&'a self, _: Part, _: Vec<Vec<usize>>, _: Option<Augment>, _: &'a Device) -> Batches<'a, Tensor<2>> {
        Box::new(std::iter::empty())
    }
}

impl Task for Stub {
    const PROGRAM: &'static str = "stub";
    const ABOUT: &'static str = "a stub";
    const LONG_ABOUT: &'static str = "a stub";
    const METHODS: &'static str = "vanilla";

    type Flags = NoFlags;
    type NewData = NoFlags;
    type Verbs = NoVerbs;
    type Data = NoData;
    type Model = MlpConfig;
    type Rows = ();
    type Input = ();
    type Network = Mlp;
    type Source = Self;

    fn take_flags(_: &mut Config<Self>, _: &NoFlags) -> anyhow::Result<()> {
        Ok(())
    }

    fn take_size(_: &mut Config<Self>, _: Size) {}

    fn settle(_: &mut Config<Self>, _: usize) {}

    fn dataset(_: &Config<Self>) -> String {
        "stub".into()
    }

    fn read(_: &Config<Self>) -> anyhow::Result<Prepared<()>> {
        anyhow::bail!("a stub has no rows")
    }

    fn digest(_: &Config<Self>, (): &(), _: &mut ContentDigest) -> anyhow::Result<()> {
        Ok(())
    }

    fn paths(_: &mut NoData) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    fn input(_: &Config<Self>, _: &Prepared<()>) -> anyhow::Result<()> {
        Ok(())
    }

    fn source(_: &Config<Self>, _: &Prepared<()>, (): &()) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn new_source(_: &Pipeline<Self>, _: &NoFlags, _: bool) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn is_given(_: &NoFlags) -> bool {
        false
    }

    fn new_paths(_: &NoFlags) -> Vec<&Path> {
        Vec::new()
    }

    fn build(model: &MlpConfig, (): &(), seed: u64, device: &Device) -> Result<Mlp, TrainError> {
        model.init(1, seed, device).map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn plain_numbers(_: &Self, _: Part) -> Result<(Vec<f32>, usize), TrainError> {
        Ok((Vec::new(), 0))
    }

    fn features(model: &MlpConfig) -> usize {
        model.features
    }

    fn run_own(verb: &NoVerbs) -> anyhow::Result<()> {
        match *verb {}
    }
}

#[test]
fn the_command_line_is_well_formed() {
    use clap::CommandFactory;
    crate::args::Cli::<Stub>::command().debug_assert();
}
