//! `nyud2-dir`: depth from pictures on NYUD2-DIR, or any map of numbers from any pictures.

mod baselines;
mod maps;
mod own;
mod palette;
mod read;
mod settings;
mod source;
mod task;

use std::process::ExitCode;

fn main() -> ExitCode {
    dir_cli::run::<task::Nyud2>()
}
