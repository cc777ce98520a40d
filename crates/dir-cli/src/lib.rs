//! The command line that all programs of the workspace share.
//!
//! A program implements [`Task`] (what its data, network and flags are) and calls [`run`]; verbs, settings, methods by name,
//! exit codes and messages come from here.

mod args;
mod balanced;
mod bins;
mod config;
mod density;
mod export;
pub mod fetch;
mod first_stage;
mod folds;
mod grids;
mod identity;
mod method;
pub mod pictures;

mod pipeline;
mod resample;
mod shared;
mod stated;
#[cfg(test)]
mod stub;
mod suggest;
mod task;
mod verbs;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use dir_data::budget::Budget;
use dir_train::interrupt::Interrupt;
use dir_train::{TrainError, device};

use args::{Cli, Verb};

pub use args::{Compute, Size};
pub use balanced::balanced_parts;
pub use bins::{BinsConfig, BinsKind, of_training_rows};
pub use config::{Config, ConfigError, absolute, set, set_some};
pub use export::{ExportArgs, export};
pub use folds::FoldConfig;
pub use grids::configured_rows;
pub use pipeline::Pipeline;
pub use resample::Resampled;
pub use shared::{cores, folder_of, marked_name, name_of, pretrained, set_open};
pub use task::{NoVerbs, Prepared, Task};
pub use verbs::verbosity;

pub use dir_train::{console, output, outputln, status};

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
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            status!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let parsed = command::<T>().try_get_matches().and_then(|matches| Cli::<T>::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            status!("{}", one_line(&error.to_string()));
            return ExitCode::from(WRONG_USE);
        }
        Err(help) => return end(output!("{}", help.render()).map_err(Into::into)),
    };
    if let Some(mib) = cli.max_memory {
        Budget::from_mib(mib).make_current();
    }
    // 0 stands for RAYON_NUM_THREADS, which a grid gives its runs, or all cores. A pool that is there already will do.
    let threads = cli.verb.threads().map_or(0, |threads| threads.max(1));
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build_global().ok();
    let result = device::guarded(|| match rayon::current_num_threads() {
        1 => run_verb(cli, &interrupt),
        _ => rayon::scope(|_| run_verb(cli, &interrupt)),
    });
    match result {
        Err(error) if is_interruption(&error) => {
            status!("{error}");
            ExitCode::from(interrupt.exit_code())
        }
        result => end(result),
    }
}

/// The command line. Whatever takes a value takes `-1` for one, so that a message is about the value and not about a flag `-1`.
fn command<T: Task>() -> clap::Command {
    let values = |arg: clap::Arg| match arg.get_action().takes_values() {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    let command = Cli::<T>::command().name(T::PROGRAM).about(T::ABOUT).long_about(T::LONG_ABOUT);
    command.mut_args(values).mut_subcommands(|verb| verb.mut_args(values))
}

/// The exit code of a result, whose error is said.
fn end(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            status!("error: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// What the standard library says of text that is no number, and what was expected.
const PARSERS: [(&str, &str); 3] = [
    ("invalid digit found in string", "expected a whole number of at least 0"),
    ("invalid float literal", "expected a number"),
    ("number too large to fit in target type", "expected a smaller number"),
];

/// The first paragraph of what the parser says, without the usage below it.
fn one_line(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ") + "; see --help";
    PARSERS.iter().fold(line, |line, (theirs, ours)| line.replace(theirs, ours))
}

fn run_verb<T: Task>(cli: Cli<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    match cli.verb {
        Verb::Train(args) => verbs::train::run::<T>(&args, interrupt),
        Verb::Eval(args) => verbs::eval::run::<T>(&args, interrupt),
        Verb::Predict(args) => verbs::predict::run::<T>(&args),
        Verb::Compare(args) => verbs::compare::run::<T>(&args, interrupt),
        Verb::Audit(args) => verbs::audit::run::<T>(&args),
        Verb::Report(args) => verbs::report::run(&args),
        Verb::Devices => verbs::devices::run(),
        Verb::Own(verb) => T::run_own(&verb),
    }
}

fn is_interruption(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<TrainError>(), Some(TrainError::Interrupted))
}

/// 2 for settings that make no sense, 1 for all else.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Recipe { .. } | TrainError::Device { .. }) => WRONG_USE,
        _ if error.is::<ConfigError>() => WRONG_USE,
        _ => 1,
    }
}
