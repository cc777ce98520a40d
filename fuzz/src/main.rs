//! `dir-fuzz`: fuzzes everything in the workspace that reads bytes or text from outside.

#![allow(clippy::print_stderr, clippy::print_stdout)]
// What cannot be read counts as empty here: a worker that was killed leaves nothing.
#![allow(clippy::disallowed_methods)]

mod behaviour;
mod campaign;
mod corpus;
mod memory;
mod minimise;
mod mutate;
mod target;
mod targets;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use dir_data::budget::Budget;

use campaign::{Plan, Summary};
use target::Target;
use worker::Job;

/// Fuzz targets for everything that reads bytes or text from outside.
#[derive(Parser)]
#[command(name = "dir-fuzz")]
struct Cli {
    #[command(subcommand)]
    task: Task,
    /// MiB that a reader may take. Small, so that inputs that ask for much are refused soon; the programs' default is 512.
    #[arg(long, global = true, default_value_t = 64)]
    budget: u64,
}

#[derive(Subcommand)]
enum Task {
    /// Names of the targets.
    List,
    /// Mutates the corpus and runs the targets.
    Run(RunArgs),
    /// Runs the committed inputs: seeds must be read, regressions read or refused.
    Replay {
        /// Only this target.
        #[arg(long)]
        target: Vec<String>,
    },
    /// Writes the seeds into the corpus.
    Seed {
        /// Only this target.
        #[arg(long)]
        target: Vec<String>,
    },
    /// Runs one input and says what became of it.
    One(OneArgs),
    /// Makes a failing input smaller.
    Minimise(OneArgs),
    /// Runs one target in this process; `run` starts these.
    #[command(hide = true)]
    Worker(WorkerArgs),
}

#[derive(Args)]
struct RunArgs {
    /// Only this target.
    #[arg(long)]
    target: Vec<String>,
    /// Executions of each target.
    #[arg(long, conflicts_with = "minutes")]
    executions: Option<u64>,
    /// Minutes for all targets together.
    #[arg(long)]
    minutes: Option<f64>,
    /// Seed of the mutations.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Targets that run at a time; all processors if absent.
    #[arg(long)]
    jobs: Option<usize>,
    /// Where kept inputs and findings go; beside the built program if absent.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct OneArgs {
    /// Target.
    #[arg(long)]
    target: String,
    /// Input.
    file: PathBuf,
}

#[derive(Args)]
struct WorkerArgs {
    #[arg(long)]
    target: String,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    first: u64,
    #[arg(long)]
    executions: u64,
    #[arg(long)]
    milliseconds: Option<u64>,
    #[arg(long)]
    scratch: PathBuf,
    #[arg(long)]
    out: PathBuf,
    #[arg(long)]
    replay: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    Budget::from_mib(cli.budget).make_current();
    match run(cli.task, cli.budget) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found.
fn run(task: Task, budget: u64) -> anyhow::Result<bool> {
    match task {
        Task::List => targets::all().for_each(|target| println!("{}", target.name)),
        Task::Run(args) => return campaign(&args, budget),
        Task::Replay { target } => {
            let plan = Plan {
                replay: true,
                budget,
                executions: 0,
                time: None,
                seed: 0,
                jobs: processors(),
                out: out_folder(None)?.join("replay"),
            };
            return Ok(print(&campaign::run(&chosen(&target)?, &plan)?));
        }
        Task::Seed { target } => {
            let sizes: Result<Vec<usize>, _> = chosen(&target)?.into_iter().map(corpus::write_seeds).collect();
            println!("{} bytes of seeds", sizes?.iter().sum::<usize>());
        }
        Task::One(args) => return one(&args),
        Task::Minimise(args) => minimise::minimise_file(of_name(&args.target)?, &args.file, budget)?,
        Task::Worker(args) => {
            let job = Job {
                replay: args.replay,
                seed: args.seed,
                first: args.first,
                executions: args.executions,
                until: args.milliseconds.map(Duration::from_millis),
                scratch: args.scratch,
                out: args.out,
            };
            worker::run(of_name(&args.target)?, job)?;
        }
    }
    Ok(true)
}

fn campaign(args: &RunArgs, budget: u64) -> anyhow::Result<bool> {
    let targets = chosen(&args.target)?;
    let jobs = args.jobs.unwrap_or_else(processors).clamp(1, targets.len());
    let share = |minutes: f64| Duration::from_secs_f64((minutes * 60.0 * jobs as f64 / targets.len() as f64).max(0.0));
    let time = args.minutes.map(share);
    let executions = args.executions.unwrap_or(if time.is_some() { u64::MAX } else { 2000 });
    let out = out_folder(args.out.clone())?;
    let plan = Plan { replay: false, budget, executions, time, seed: args.seed, jobs, out };
    Ok(print(&campaign::run(&targets, &plan)?))
}

fn one(args: &OneArgs) -> anyhow::Result<bool> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let folder = campaign::scratch()?;
    let found = worker::run_one(of_name(&args.target)?, bytes, folder.path().to_path_buf())?;
    if let Some(place) = &found {
        eprintln!("panic: {place}");
    }
    Ok(found.is_none())
}

/// Prints the table; whether nothing was found.
fn print(summaries: &[Summary]) -> bool {
    let [mut executions, mut findings, mut contained] = [0_u64; 3];
    println!(
        "{:<24}{:>12}{:>10}{:>10}{:>12}{:>8}{:>11}{:>10}",
        "target", "executions", "exec/s", "peak MiB", "slowest ms", "kept", "contained", "findings"
    );
    for Summary { target, tally, seconds } in summaries {
        println!(
            "{:<24}{:>12}{:>10.0}{:>10.1}{:>12}{:>8}{:>11}{:>10}",
            target.name,
            tally.executions,
            tally.executions as f64 / seconds.max(1e-3),
            tally.peak as f64 / f64::from(1 << 20),
            tally.slowest,
            tally.kept,
            tally.contained,
            tally.findings.len()
        );
        executions += tally.executions;
        contained += tally.contained;
        findings += tally.findings.len() as u64;
    }
    let peak = summaries.iter().map(|summary| summary.tally.peak).max().unwrap_or(0);
    println!(
        "{:<24}{executions:>12}{:>10}{:>10.1}{:>12}{:>8}{contained:>11}{findings:>10}",
        "sum",
        "",
        peak as f64 / f64::from(1 << 20),
        "",
        ""
    );
    for Summary { target, tally, .. } in summaries {
        for finding in &tally.findings {
            println!("{}: {}: {}\n    {}", target.name, finding.kind, finding.place, finding.file.display());
        }
    }
    findings == 0
}

fn of_name(name: &str) -> anyhow::Result<&'static Target> {
    targets::all().find(|target| target.name == name).with_context(|| format!("found no target {name:?}, see `list`"))
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Target>> {
    if names.is_empty() { Ok(targets::all().collect()) } else { names.iter().map(|name| of_name(name)).collect() }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `fuzz` in the target folder that this program was built in.
fn out_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given);
    }
    let program = std::env::current_exe().context("cannot find this program")?;
    match program.ancestors().nth(2) {
        Some(target) => Ok(target.join("fuzz")),
        None => bail!("{}: found no folder above, expected a target folder; use --out", program.display()),
    }
}
