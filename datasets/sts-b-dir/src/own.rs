//! Verbs that this program alone has, and its conversation.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use dir_cli::{ExportArgs, Pipeline, export};
use dir_core::Regressor;
use dir_data::budget::Budget;
use dir_data::text::{grammar, stsb};
use dir_nn::pair_encoder::PairEncoderNames;
use dir_nn::{PairEncoder, SentencePairs};
use dir_train::{files, output, outputln};

use crate::fetch;
use crate::task::StsB;

/// Verbs of sentences.
#[derive(Subcommand)]
pub(crate) enum OwnVerbs {
    /// Say where the data come from, and download them.
    Fetch(FetchArgs),
    /// Split GLUE's train.tsv and dev.tsv anew, balanced as the paper's, but by a seed.
    Prepare(PrepareArgs),
    /// Make up pairs of sentences whose similarity is known, with word vectors.
    Synth(SynthArgs),
    /// Write the network of a finished run for PyTorch, as SafeTensors with the official names.
    Export(ExportArgs),
}

#[derive(Args)]
pub(crate) struct FetchArgs {
    /// Folder of the data set.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Download the sentences.
    #[arg(long)]
    pub(crate) download: bool,
    /// Download a file of word vectors, too: glove.840B.300d.zip or glove.6B.zip.
    #[arg(long, requires = "download", value_name = "NAME")]
    pub(crate) vectors: Option<String>,
}

#[derive(Args)]
pub(crate) struct PrepareArgs {
    /// Folder with train.tsv and dev.tsv.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Seed of the draw. The official files were drawn without one: `fetch` has them.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Write over files that are there.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Args)]
pub(crate) struct SynthArgs {
    /// Folder to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Pairs of sentences.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub(crate) rows: u32,
    /// Numbers per word vector.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(4..=1000))]
    pub(crate) width: u32,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

pub(crate) fn run(verb: &OwnVerbs) -> anyhow::Result<()> {
    match verb {
        OwnVerbs::Fetch(args) => fetch::run(args),
        OwnVerbs::Prepare(args) => prepare(args),
        OwnVerbs::Synth(args) => synth(args),
        OwnVerbs::Export(args) => export::<StsB, PairEncoderNames>(args, "the official model_state's names"),
    }
}

fn prepare(args: &PrepareArgs) -> anyhow::Result<()> {
    let read = |name: &str| {
        let path = args.data.join(name);
        let help = || format!("{}: failed to read; `sts-b-dir fetch` says where it comes from", path.display());
        Budget::current().read_text(&path).with_context(help)
    };
    let [train, dev] = stsb::POOL;
    let texts = stsb::resplit_files([&read(train)?, &read(dev)?], args.seed)?;
    let paths = stsb::FILES.map(|(name, _)| args.data.join(name));
    let there = paths.iter().find(|path| path.exists() && !args.overwrite);
    if let Some(path) = there {
        anyhow::bail!("{}: found a file, expected none; --overwrite writes over it", path.display());
    }
    for (path, text) in paths.iter().zip(&texts) {
        files::write_atomic(path, text.as_bytes())?;
        outputln!("{}: {} pairs", path.display(), text.lines().count() - 1)?;
    }
    Ok(())
}

fn synth(args: &SynthArgs) -> anyhow::Result<()> {
    files::create_folder(&args.out)?;
    for (name, text) in grammar::data_set(args.rows as usize, args.width as usize, args.seed) {
        files::write_atomic(&args.out.join(name), text.as_bytes())?;
    }
    outputln!("{}: {} pairs of sentences, made up by a grammar, with word vectors", args.out.display(), args.rows)?;
    Ok(())
}

/// Asks for two sentences at a time until the input ends.
pub(crate) fn converse(pipeline: &Pipeline<StsB>, network: &PairEncoder) -> anyhow::Result<()> {
    let mut lines = std::io::stdin().lock().lines();
    let asks = std::io::stdin().is_terminal();
    let mut ask = |question: &str| -> anyhow::Result<Option<String>> {
        if asks {
            output!("{question} ")?;
        }
        Ok(lines.next().transpose()?)
    };
    while let (Some(first), Some(second)) = (ask("first sentence: ")?, ask("second sentence:")?) {
        let [first, second] = [first, second].map(|sentence| vec![pipeline.input.ids_of(&sentence)]);
        let output = network.forward(SentencePairs { first, second, ..SentencePairs::default() });
        outputln!("{}: {:.2}", pipeline.target, pipeline.readout.decode(output)[0])?;
    }
    Ok(())
}
