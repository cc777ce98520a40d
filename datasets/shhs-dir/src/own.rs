//! Verbs that this program alone has.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dir_cli::{ExportArgs, export};
use dir_data::{apnea_ecg, nights};
use dir_nn::cnn_rnn::CnnRnnNames;
use dir_train::outputln;

use crate::task::Shhs;

/// Verbs of recordings.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnVerbs {
    /// Say where SHHS comes from, and where its files go.
    Fetch(FetchArgs),
    /// Make nights up, as EDF files in the study's layout.
    Synth(SynthArgs),
    /// Turn the beats of PhysioNet's Apnea-ECG into rows: an hour of heart rate each, and the minutes of apnea in it.
    ApneaEcg(ApneaArgs),
    /// Write a finished run's network as SafeTensors.
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
    /// Subjects, a night each.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(12..=100_000))]
    pub(crate) rows: u32,
    /// Minutes of a night.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=720))]
    pub(crate) minutes: u32,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ApneaArgs {
    /// Folder with records.csv and npy/RECORD.npy, arrays [minute; heart rate in Hz] of beats.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Minutes of a row.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) minutes: u32,
    /// Minutes between the rows of a record.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) step: u32,
}

pub(crate) fn run(verb: &OwnVerbs) -> anyhow::Result<()> {
    match verb {
        OwnVerbs::Fetch(args) => fetch(args),
        OwnVerbs::Synth(args) => synth(args),
        OwnVerbs::ApneaEcg(args) => apnea(args),
        OwnVerbs::Export(args) => export::<Shhs, CnnRnnNames>(args, "names of this program"),
    }
}

fn fetch(args: &FetchArgs) -> anyhow::Result<()> {
    outputln!(
        "\
Sleep Heart Health Study (Quan et al., Sleep 1997), at the National Sleep Research Resource (Zhang et al., JAMIA 2018)
  ask       for access at https://sleepdata.org/datasets/shhs (free; an agreement on the use of the data is signed)
  download  with the owner's tool: nsrr download shhs/polysomnography/edfs/shhs1 and nsrr download shhs/datasets
  unpack    so that {data}/polysomnography/edfs/shhs1/shhs1-200001.edf and {data}/datasets/shhs1-dataset-0.20.0.csv are there
  score     General Health of the SF-36, 0 to 100: the survey's column gh_s1, or its five questions
Nothing is downloaded by this program. To try everything at once: shhs-dir synth --out nights",
        data = args.data.display()
    )?;
    Ok(())
}

fn synth(args: &SynthArgs) -> anyhow::Result<()> {
    let count = nights::write_set(&args.out, args.rows as usize, args.minutes as usize, args.seed)?;
    let minutes = args.minutes;
    outputln!("{}: {count} nights of {minutes} minutes, made up by a program, not recorded", args.out.display())?;
    Ok(())
}

fn apnea(args: &ApneaArgs) -> anyhow::Result<()> {
    let window = apnea_ecg::Hours { minutes: args.minutes as usize, step: args.step as usize };
    let made = apnea_ecg::write_rows(&args.data, &args.out, window)?;
    outputln!(
        "{}: {} records as heart rate at {} Hz, {} rows of {} minutes in rows.csv",
        args.out.display(),
        made.records,
        apnea_ecg::RATE,
        made.rows,
        args.minutes
    )?;
    Ok(())
}
