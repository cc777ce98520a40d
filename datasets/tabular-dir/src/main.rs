//! `tabular-dir`: deep imbalanced regression on any CSV.

mod data;
mod settings;
mod task;

use std::process::ExitCode;

fn main() -> ExitCode {
    dir_cli::run::<task::Tabular>()
}
