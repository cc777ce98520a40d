//! `tabular-dir`: deep imbalanced regression on any CSV.

mod args;
mod bins;
mod config;
mod data;
mod method;
mod pipeline;
mod verbs;

use std::process::ExitCode;

use clap::Parser;
use dir_train::TrainError;
use dir_train::interrupt::Interrupt;

use args::{Cli, Verb};

/// The user's own mistake: exit code 2.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
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
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The first paragraph of what the parser says, without the usage below it.
fn one_line(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ") + "; see --help"
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    match cli.verb {
        Verb::Train(args) => verbs::train::run(&args, &interrupt),
        Verb::Eval(args) => verbs::eval::run(&args),
        Verb::Predict(args) => verbs::predict::run(&args),
        Verb::Compare(args) => verbs::compare::run(&args, &interrupt),
        Verb::Audit(args) => verbs::audit::run(&args),
        Verb::Report(args) => verbs::report::run(&args),
        Verb::Devices => verbs::devices::run(),
    }
}

/// 130 after Ctrl-C as shells expect, 2 for settings that make no sense, 1 for all else.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Interrupted) => 130,
        Some(TrainError::Recipe { .. } | TrainError::Device { .. }) => WRONG_USE,
        _ if error.is::<config::ConfigError>() => WRONG_USE,
        _ => 1,
    }
}
