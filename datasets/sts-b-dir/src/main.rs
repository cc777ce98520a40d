//! `sts-b-dir`: similarity of sentences on STS-B-DIR, or any number from two sentences.

mod fetch;
mod own;
mod read;
mod settings;
mod source;
mod task;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    dir_cli::run::<task::StsB>()
}
