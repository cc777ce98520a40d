//! `shhs-dir`: health from a night's signals on SHHS-DIR, or any number from any recording.

mod own;
mod read;
mod settings;
mod source;
mod task;

use std::process::ExitCode;

fn main() -> ExitCode {
    dir_cli::run::<task::Shhs>()
}
