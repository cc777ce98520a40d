//! What a user types. Flags keep the official program's names, with dashes or underscores.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dir_train::select::{Metric, Select};

use crate::task::Task;
use crate::{grids, method, suggest};

#[derive(Parser)]
#[command(version, max_term_width = 110)]
pub(crate) struct Cli<T: Task> {
    #[command(subcommand)]
    pub(crate) verb: Verb<T>,
    /// Memory that reading one file may take, in MiB; a file that needs more is refused [default: 512].
    #[arg(long, global = true, alias = "max_memory", value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub(crate) max_memory: Option<u64>,
}

#[derive(Subcommand)]
pub(crate) enum Verb<T: Task> {
    /// Train one model; a run that was stopped goes on.
    Train(Box<TrainArgs<T>>),
    /// Evaluate a finished run, on its own test rows or on other data.
    Eval(EvalArgs<T>),
    /// Predict for data without the target.
    Predict(PredictArgs<T>),
    /// Train methods x seeds and print one table; a grid that was stopped goes on.
    Compare(CompareArgs<T>),
    /// Look at the target before any training: imbalance, shots, weights, advice.
    Audit(AuditArgs<T>),
    /// Write the report of a run or a comparison anew.
    Report(ReportArgs),
    /// List what this build can compute on.
    Devices,
    #[command(flatten)]
    Own(T::Verbs),
}

impl<T: Task> Verb<T> {
    /// CPU threads that the user asks for.
    pub(crate) fn threads(&self) -> Option<usize> {
        match self {
            Self::Train(args) => args.compute.threads,
            Self::Eval(args) => args.compute.threads,
            Self::Predict(args) => args.compute.threads,
            Self::Compare(args) => args.compute.threads,
            Self::Audit(_) | Self::Report(_) | Self::Devices | Self::Own(_) => None,
        }
    }
}

/// Data and size, the same for all verbs.
#[derive(Args)]
pub(crate) struct Common<T: Task> {
    #[command(flatten)]
    pub(crate) data: T::Flags,
    /// Number of target bins [default: chosen from the targets].
    #[arg(long, value_name = "N", conflicts_with = "bin_width")]
    pub(crate) bins: Option<usize>,
    /// Width of a target bin, in the target's unit.
    #[arg(long, allow_negative_numbers = true, alias = "bin_width", value_name = "WIDTH")]
    pub(crate) bin_width: Option<f64>,
    /// Test rows drawn to be spread over the target in another way: balanced, train (as the training rows are), or a CSV
    /// low,high,share of ranges [default: as the data are split].
    #[arg(long, alias = "test_density", value_name = "balanced|train|FILE")]
    pub(crate) test_density: Option<String>,
    /// Settings as TOML; flags win over it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How big the network and its recipe are.
    #[arg(long, value_enum, default_value_t = Size::Full)]
    pub(crate) size: Size,
}

/// How big the network and its recipe are; what that means is the program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Size {
    /// For trying commands out.
    Tiny,
    /// A laptop's lunch break.
    Small,
    /// A laptop's night, narrower than published.
    Narrow,
    /// A small graphics card's.
    Medium,
    /// As published.
    #[default]
    Full,
}

/// Where and how to compute.
#[derive(Debug, Clone, Default, Args)]
pub struct Compute {
    /// `auto`, `cpu`, `wgpu[:N]`, `vulkan[:N]` or `cuda[:N]`, as far as this build has them; see `devices`.
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// CPU threads [default: all cores].
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Warnings and results only.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args)]
pub(crate) struct TrainArgs<T: Task> {
    #[command(flatten)]
    pub(crate) common: Common<T>,
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,
    #[command(flatten)]
    pub(crate) compute: Compute,
    /// Folder of the run [default: runs/DATA/METHOD/seed-SEED].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of everything random [default: 0].
    #[arg(long, value_parser = seed::<MAX_SEED>)]
    pub(crate) seed: Option<u64>,
    /// A finished run of one stage, with the settings of this run's first: only the second is trained, to the same numbers.
    #[arg(long, value_name = "DIR")]
    pub(crate) first_stage: Option<PathBuf>,
    /// Train from the start where a run has only damaged checkpoints, or is finished and its best model is gone; what is damaged is
    /// kept in its folder `checkpoints/damaged`.
    #[arg(long)]
    pub(crate) restart: bool,
    /// Folder whose data.json holds the digests of this run's data: a grid has just made them.
    #[arg(long, hide = true, value_name = "DIR")]
    pub(crate) data_identity: Option<PathBuf>,
    /// Obey standard input, and end when it closes: for programs that start this one.
    #[arg(long, hide = true)]
    pub(crate) end_with_parent: bool,
}

/// How to train. Defaults are those of the configuration file, or of vanilla training.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Recipe")]
pub(crate) struct RecipeArgs {
    #[arg(long, help = method::help())]
    pub(crate) method: Option<String>,
    /// Re-weighting by how rare a target is [default: none].
    #[arg(long, value_enum)]
    pub(crate) reweight: Option<ReweightArg>,
    /// Label distribution smoothing; needs --reweight.
    #[arg(long)]
    pub(crate) lds: bool,
    /// LDS kernel [default: gaussian].
    #[arg(long, alias = "lds_kernel", value_enum)]
    pub(crate) lds_kernel: Option<KernelArg>,
    /// LDS kernel size in bins, odd [default: 5].
    #[arg(long, alias = "lds_ks", value_name = "TAPS")]
    pub(crate) lds_ks: Option<usize>,
    /// LDS kernel sigma in bins [default: 2].
    #[arg(long, allow_negative_numbers = true, alias = "lds_sigma")]
    pub(crate) lds_sigma: Option<f64>,
    /// Feature distribution smoothing.
    #[arg(long)]
    pub(crate) fds: bool,
    /// FDS kernel [default: gaussian].
    #[arg(long, alias = "fds_kernel", value_enum)]
    pub(crate) fds_kernel: Option<KernelArg>,
    /// FDS kernel size in bins, odd [default: 5].
    #[arg(long, alias = "fds_ks", value_name = "TAPS")]
    pub(crate) fds_ks: Option<usize>,
    /// FDS kernel sigma in bins [default: 2].
    #[arg(long, allow_negative_numbers = true, alias = "fds_sigma")]
    pub(crate) fds_sigma: Option<f64>,
    /// FDS: share of the old statistics at each update [default: 0.9].
    #[arg(long, allow_negative_numbers = true, alias = "fds_mmt")]
    pub(crate) fds_mmt: Option<f64>,
    /// FDS: first epoch whose statistics count [default: 0].
    #[arg(long, alias = "start_update")]
    pub(crate) start_update: Option<usize>,
    /// FDS: first epoch that calibrates [default: 1].
    #[arg(long, alias = "start_smooth")]
    pub(crate) start_smooth: Option<usize>,
    /// Train a new head on the frozen encoder in a second stage (RRT).
    #[arg(long, alias = "retrain_fc")]
    pub(crate) retrain_fc: bool,
    /// Loss [default: l1].
    #[arg(long, value_enum)]
    pub(crate) loss: Option<LossArg>,
    /// Learning rate [default: by data and size].
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,
    /// Epochs at most [default: chosen from the number of rows].
    #[arg(long, alias = "epochs", value_parser = positive)]
    pub(crate) epoch: Option<usize>,
    /// Epochs at which the learning rate falls to a tenth [default: 2/3 and 8/9 of all].
    #[arg(long, num_args = 1.., value_name = "EPOCH")]
    pub(crate) schedule: Vec<usize>,
    /// Rows per step [default: chosen from the number of rows].
    #[arg(long, alias = "batch_size", value_parser = positive)]
    pub(crate) batch_size: Option<usize>,
    #[arg(long, value_name = "METRIC", value_parser = select, help = select_help())]
    pub(crate) select: Option<Select>,
    /// Epochs between validations [default: 1].
    #[arg(long, value_name = "EPOCHS", value_parser = positive)]
    pub(crate) validate_every: Option<usize>,
    /// Validations without a better one before training stops [default: never].
    #[arg(long)]
    pub(crate) patience: Option<usize>,
    /// Stop as the official STS-B program does: when the newest of `patience` + 1 validations is the worst of them.
    #[arg(long, requires = "patience")]
    pub(crate) official_stopping: bool,
    /// Steps between checkpoints inside an epoch [default: at its end alone].
    #[arg(long, value_name = "STEPS")]
    pub(crate) checkpoint_steps: Option<usize>,
    /// Spare the pass over the training rows at the end that finds the feature statistics for the report.
    #[arg(long)]
    pub(crate) no_feature_statistics: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReweightArg {
    /// All rows alike.
    None,
    /// 1 / rows of the bin.
    Inverse,
    /// 1 / square root of the rows of the bin.
    #[value(alias = "sqrt_inv")]
    SqrtInv,
    /// Falling with the density of the targets (DenseWeight).
    Dense,
    /// By the rows of the bin that are new (class-balanced).
    #[value(alias = "class_balanced")]
    ClassBalanced,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KernelArg {
    /// Gaussian.
    Gaussian,
    /// Triangular; sigma plays no part.
    Triang,
    /// Laplacian.
    Laplace,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LossArg {
    /// Absolute error.
    L1,
    /// Squared error.
    Mse,
    /// Huber.
    Huber,
    /// Focal-R on the absolute error.
    #[value(alias = "focal_l1")]
    FocalL1,
    /// Focal-R on the squared error.
    #[value(alias = "focal_mse")]
    FocalMse,
}

#[derive(Args)]
pub(crate) struct EvalArgs<T: Task> {
    /// Folder of a finished run.
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Other data, with targets, all rows of which are evaluated [default: the run's own test rows].
    #[command(flatten)]
    pub(crate) data: T::NewData,
    #[command(flatten)]
    pub(crate) compute: Compute,
}

#[derive(Args)]
pub(crate) struct PredictArgs<T: Task> {
    /// Folder of a finished run.
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) data: T::NewData,
    /// Where to write row,prediction [default: standard output]; for maps a folder [default: predictions].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compute: Compute,
}

#[derive(Args)]
pub(crate) struct CompareArgs<T: Task> {
    #[command(flatten)]
    pub(crate) common: Common<T>,
    #[command(flatten)]
    pub(crate) compute: Compute,
    /// Folder of the comparison [default: runs/DATA/compare, or runs/DATA/GRID].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// First seed; the others count up from it.
    #[arg(long, default_value_t = 0, value_parser = seed::<{ MAX_SEED - MAX_SEEDS }>)]
    pub(crate) seed: u64,
    /// Runs per method.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=MAX_SEEDS))]
    pub(crate) seeds: u64,
    /// Methods, separated by commas; the first is what the others are compared with.
    #[arg(long, value_delimiter = ',', default_value = T::METHODS)]
    pub(crate) methods: Vec<String>,
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "methods", help = grids::help())]
    pub(crate) grid: Option<String>,
    #[arg(long, value_delimiter = ',', value_parser = metric, help = metrics_help())]
    pub(crate) metrics: Vec<Metric>,
    /// Cross-validate: every run is this many, each testing on another fold of the rows (groups kept whole), and all test rows
    /// count together [default: the data's own split].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(3..=100))]
    pub(crate) folds: Option<u64>,
    /// Runs at the same time, which share the threads [default: one per core; on a GPU one].
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

/// Largest seed: `config.toml` holds whole numbers up to 2^63 - 1.
const MAX_SEED: u64 = i64::MAX as u64;
/// Runs per method, at most.
const MAX_SEEDS: u64 = 1000;
/// More threads take seconds to start and do nothing more.
const MAX_THREADS: usize = 1024;

/// A number of threads as a flag has it.
fn threads(text: &str) -> Result<usize, String> {
    let wrong = || format!("expected 1 to {MAX_THREADS}");
    text.parse().ok().filter(|n| (1..=MAX_THREADS).contains(n)).ok_or_else(wrong)
}

/// A whole number above 0 as a flag has it.
fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "expected a whole number of at least 1".into())
}

/// A seed as a flag has it.
fn seed<const MAX: u64>(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|&seed| seed <= MAX).ok_or_else(|| format!("expected a whole number from 0 to {MAX}"))
}

/// A metric as a flag has it.
fn metric(text: &str) -> Result<Metric, String> {
    let hint = || suggest::hint(text, Metric::EACH.map(Metric::name).into_iter());
    Metric::of_name(text.trim()).ok_or_else(|| format!("expected one of {}{}", metric_names(), hint()))
}

/// A metric of a region as a flag has it.
fn select(text: &str) -> Result<Select, String> {
    let hint = || suggest::hint(text, Metric::EACH.map(Metric::name).into_iter());
    text.trim().parse().map_err(|_| format!("expected {}{}", Select::expected(), hint()))
}

fn metric_names() -> String {
    Metric::EACH.map(Metric::name).join(", ")
}

fn metrics_help() -> String {
    format!(
        "Metrics of the tables, separated by commas: {}; the first is that of plots [default: the program's own, or those of the \
         paper's table]",
        metric_names()
    )
}

fn select_help() -> String {
    format!(
        "Metric on the validation rows that picks the best epoch: {} [default: mae, or the program's own]",
        Select::expected()
    )
}

#[derive(Args)]
pub(crate) struct AuditArgs<T: Task> {
    #[command(flatten)]
    pub(crate) common: Common<T>,
    /// Folder for the report [default: runs/DATA/audit].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Folder of a run or a comparison.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
