//! Verbs that programs for pictures have beside the shared ones: `fetch`, `prepare`, `synth`,
//! `equal-densities`, `export`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dir_data::Part;
use dir_data::faces;
use dir_data::images::{Listing, Order};
use dir_data::split::official_split;
use dir_data::zero_shot;
use dir_nn::resnet::ResNetNames;
use dir_train::{files, outputln};

use super::{EqualDensitiesArgs, PictureSet, PictureTask};
use crate::ExportArgs;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum OwnVerbs {
    /// Say where the pictures come from, and download what is public.
    Fetch(FetchArgs),
    /// Make the list of pictures with the official split.
    Prepare(PrepareArgs),
    /// Draw a synthetic data set in the same layout.
    Synth(SynthArgs),
    /// Write two data sets of one label density, of categories and of a quantity, from CIFAR-100 or Fashion-MNIST.
    EqualDensities(EqualDensitiesArgs),
    /// Write a finished run's network as SafeTensors for PyTorch.
    Export(ExportArgs),
}

/// Flags of `fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Folder of the data set.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Download what is public, instead of only saying what there is.
    #[arg(long)]
    pub download: bool,
}

/// Flags of `prepare`.
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// Folder of the data set.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Take the training rows of some ranges of the target away, for the study of targets without training rows.
    #[arg(long, value_name = "RANGES", num_args = 0..=1, default_missing_value = zero_shot::AGES)]
    pub zero_shot: Option<String>,
    /// Least score of a face (IMDB-WIKI).
    #[arg(long, alias = "min_score", value_name = "SCORE", default_value_t = 1.0)]
    pub min_score: f64,
}

/// Flags of `synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of pictures.
    #[arg(long, default_value_t = 6000, value_parser = clap::value_parser!(u32).range(300..=1_000_000))]
    pub rows: u32,
    /// Rows and columns of a picture.
    #[arg(long, alias = "img_size", default_value_t = 64, value_parser = clap::value_parser!(u32).range(32..=512))]
    pub img_size: u32,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// Seed of the official splits of both age benchmarks.
const SPLIT_SEED: u32 = 666;

/// Splits a list of ages as the official programs do, `cap` of an age for validation and for the test at most, and writes it to
/// the data folder: whole, or without the training rows of some ranges.
///
/// # Errors
/// A folder that can't be written; ranges that make no sense; too few rows.
pub fn split_and_write(args: &PrepareArgs, name: &str, mut listing: Listing, cap: usize) -> anyhow::Result<()> {
    let bins: Vec<usize> = listing.targets.iter().map(|&age| age as usize).collect();
    listing.parts = Some(official_split(&bins, cap, SPLIT_SEED)?.parts);
    let (path, listing) = match &args.zero_shot {
        None => (args.data.join(name), listing),
        Some(ranges) => (args.data.join(name.replace(".csv", "_zero_shot.csv")), remove_ranges(&listing, ranges)?),
    };
    files::write_atomic(&path, listing.to_csv(&Order::of_target("age")).as_bytes())?;
    let parts = listing.parts.as_deref().unwrap_or_default();
    let [train, val, test] = [Part::Train, Part::Val, Part::Test].map(|p| parts.iter().filter(|q| **q == p).count());
    outputln!("{}: {train} train, {val} validation, {test} test rows", path.display())?;
    if let Some(ranges) = &args.zero_shot {
        outputln!("training rows of ages {ranges} were taken away; train with --csv {}", path.display())?;
    }
    Ok(())
}

fn remove_ranges(listing: &Listing, ranges: &str) -> anyhow::Result<Listing> {
    let parts = listing.parts.clone().unwrap_or_default();
    Ok(listing.only(&zero_shot::without(&listing.targets, &parts, &zero_shot::ranges(ranges)?)?))
}

/// Draws a data set in AgeDB's layout.
///
/// # Errors
/// A folder that can't be written.
pub fn synth(args: &SynthArgs, folder: &str, list: &str) -> anyhow::Result<()> {
    let written = faces::write_set(&args.out, folder, list, args.rows as usize, args.img_size, args.seed)?;
    outputln!("{}: {written} synthetic faces of {} px, drawn, not photographed", args.out.display(), args.img_size)?;
    Ok(())
}

/// Writes the network of a finished run for PyTorch.
///
/// # Errors
/// A run without a network; a file that can't be written.
pub fn export<S: PictureSet>(args: &ExportArgs) -> anyhow::Result<()> {
    let taken_by = "load_state_dict(safetensors.torch.load_file(..)) of the official ResNet takes it";
    crate::export::<PictureTask<S>, ResNetNames>(args, taken_by)
}
