//! The command line that all programs of the workspace share.
//!
//! A program implements [`Task`] (what its data, network and flags are) and calls [`run`]; verbs, settings, methods by name,
//! exit codes and messages come from here.

mod args;
mod bins;
mod config;
mod density;
mod export;
pub mod fetch;
mod first_stage;
mod folds;
mod grids;
mod method;
pub mod pictures;

mod pipeline;
mod resample;
mod shared;
#[cfg(test)]
mod stub;
mod task;
mod verbs;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use dir_data::budget::Budget;
use dir_data::printable::printable_lines;
use dir_train::TrainError;
use dir_train::interrupt::Interrupt;

use args::{Cli, Verb};

pub use args::{Compute, Size};
pub use bins::{BinsConfig, BinsKind};
pub use config::{Config, ConfigError, absolute, set, set_some};
pub use export::{ExportArgs, export};
pub use folds::FoldConfig;
pub use grids::configured_rows;
pub use pipeline::Pipeline;
pub use resample::Resampled;
pub use shared::{cores, folder_of, marked_name, name_of, pretrained, set_open};
pub use task::{NoVerbs, Prepared, Task};
pub use verbs::verbosity;

/// The user's own mistake: exit code 2.
const WRONG_USE: u8 = 2;

/// A stack as large as a main thread has.
const STACK: usize = 8 << 20;

/// A program's whole `main`.
///
/// It runs on a thread of the pool that computes: a thread outside of it would be put to sleep and woken again at every operation, of which a
/// step of a small network has hundreds. A pool of one thread is left alone, for what it waits for might wait for it.
#[must_use]
pub fn run<T: Task>() -> ExitCode {
    let command = Cli::<T>::command().name(T::PROGRAM).about(T::ABOUT).long_about(T::LONG_ABOUT);
    let parsed = command.try_get_matches().and_then(|matches| Cli::<T>::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", one_line(&error.to_string()));
            return ExitCode::from(WRONG_USE);
        }
        Err(help) => {
            help.print().ok(); // a closed terminal is no news
            return ExitCode::SUCCESS;
        }
    };
    if let Some(mib) = cli.max_memory {
        Budget::from_mib(mib).make_current();
    }
    // 0 stands for RAYON_NUM_THREADS, which a grid gives its runs, or all cores. A pool that is there already will do.
    let threads = cli.verb.threads().map_or(0, |threads| threads.max(1));
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build_global().ok();
    let result = match rayon::current_num_threads() {
        1 => run_verb(cli),
        _ => rayon::scope(|_| run_verb(cli)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", printable_lines(format_args!("{error:#}")));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The first paragraph of what the parser says, without the usage below it.
fn one_line(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ") + "; see --help"
}

fn run_verb<T: Task>(cli: Cli<T>) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    match cli.verb {
        Verb::Train(args) => verbs::train::run::<T>(&args, &interrupt),
        Verb::Eval(args) => verbs::eval::run::<T>(&args),
        Verb::Predict(args) => verbs::predict::run::<T>(&args),
        Verb::Compare(args) => verbs::compare::run::<T>(&args, &interrupt),
        Verb::Audit(args) => verbs::audit::run::<T>(&args),
        Verb::Report(args) => verbs::report::run(&args),
        Verb::Devices => verbs::devices::run(),
        Verb::Own(verb) => T::run_own(&verb),
    }
}

/// 130 after Ctrl-C as shells expect, 2 for settings that make no sense, 1 for all else.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Interrupted) => 130,
        Some(TrainError::Recipe { .. } | TrainError::Device { .. }) => WRONG_USE,
        _ if error.is::<ConfigError>() => WRONG_USE,
        _ => 1,
    }
}
