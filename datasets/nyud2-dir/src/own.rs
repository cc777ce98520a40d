//! Verbs that this program alone has.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dir_cli::{ExportArgs, export};
use dir_data::rooms;
use dir_nn::depth_net::DepthNetNames;
use dir_train::outputln;

use crate::task::Nyud2;

/// Verbs of depth.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnVerbs {
    /// Say where NYUD2-DIR comes from.
    Fetch(FetchArgs),
    /// Draw furnished rooms with the depth of every pixel, in the same layout.
    Synth(SynthArgs),
    /// Write a finished run's network as SafeTensors for PyTorch, with the official names.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Folder of the data set.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Training pictures, three of a room.
    #[arg(long, default_value_t = 4200, value_parser = clap::value_parser!(u32).range(12..=100_000))]
    pub(crate) rows: u32,
    /// Test pictures, each of a room of its own.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) test_rows: u32,
    /// Columns of a picture; it has three quarters as many rows.
    #[arg(long, alias = "img_size", default_value_t = 160, value_parser = clap::value_parser!(u32).range(48..=1280))]
    pub(crate) img_size: u32,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

pub(crate) fn run(verb: &OwnVerbs) -> anyhow::Result<()> {
    match verb {
        OwnVerbs::Fetch(args) => fetch(args),
        OwnVerbs::Synth(args) => synth(args),
        OwnVerbs::Export(args) => export::<Nyud2, DepthNetNames>(args, "the official model's names"),
    }
}

fn fetch(args: &FetchArgs) -> anyhow::Result<()> {
    outputln!(
        "\
NYU Depth v2 (Silberman et al., ECCV 2012), as prepared by Hu et al. (WACV 2019): 50,688 training and 654 test pairs
  download  by hand, Google Drive asks: https://drive.google.com/file/d/1WoOZOBpOWfmwe7bknWS5PMUCLBPFKTOw (4 GB)
  unpack    so that {data}/nyu2_train.csv, {data}/nyu2_test.csv, {data}/nyu2_train and {data}/nyu2_test are there
  mask      test_balanced_mask.npy of the official program (45 MB; https://github.com/YyzHarry/imbalanced-regression) into {data};
            without it a balanced mask is drawn by a seed
  encoder   ImageNet's weights: https://download.pytorch.org/models/resnet50-19c8e357.pth (98 MB), --pretrained takes it
The data set's owners ask that it be used for research, and that their paper be named. Nothing is downloaded by this program.
To try everything at once: nyud2-dir synth --out rooms",
        data = args.data.display()
    )?;
    Ok(())
}

fn synth(args: &SynthArgs) -> anyhow::Result<()> {
    let [rows, test, width] = [args.rows, args.test_rows, args.img_size].map(|n| n as usize);
    let (train, test) = rooms::write_set(&args.out, rows, test, width, width * 3 / 4, args.seed)?;
    outputln!("{}: {train} training and {test} test pictures of rooms, drawn, not photographed", args.out.display())?;
    Ok(())
}
