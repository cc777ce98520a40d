//! Tasks of the workspace: `check` is what a developer and CI run, `soak` stops and resumes runs, `sanitize` checks unsafe
//! code, `tune` picks hyper-parameters, the others build for GPUs.

#![allow(clippy::print_stderr, clippy::print_stdout)]
// What cannot be read counts as empty here, and differs from what was expected.
#![allow(clippy::disallowed_methods)]

mod arrows;
mod check;
mod cuda_check;
mod cuda_offline;
mod deny;
mod error_texts;
mod fuzz;
mod gpu_check;
mod rust_version;
mod sanitize;
mod soak;
mod tidy;
mod tune;
mod workflows;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask TASK

tasks:
  check [--keep-going] [--only STAGE] [--skip STAGE]... [--list]
                 format, house rules, arrows between crates, dependencies, lints, docs, all tests, the wgpu backend; needs no
                 GPU
  fuzz [--minutes N] [--target T]... [--seed S] [--jobs J]
                 mutate the corpus of every reader, 10 minutes over all targets unless said otherwise
  sanitize [-p PACKAGE]... [-- ARGUMENTS OF THE TESTS]
                 run the tests of the crates that have unsafe code under the address sanitizer
  tune [--out DIR]
                 choose hyper-parameters of the embedded comparison on validation rows; writes docs/tuning.md
  soak --kills N [--seed S] [--out DIR] [--only SCENARIO]... [--programs DIR]
                 stop training runs and grids by random signals, resume them, and compare with runs never stopped
  cuda-offline   put a stand-in for LLVM where Burn's `cuda` would download it, to build `cuda-nvrtc` without GitHub
  cuda-check [--only NAME]... [--cc 8.0]... [--mode exact|tf32]... [--dir DIR] [--cuda VERSION] [--reverse]
                 run the CUDA build without a card, on a stand-in driver, and compare with the CPU; about an hour
  gpu-check pack FEATURE [--out DIR]
                 build what should be run on a real card (FEATURE: cuda-nvrtc, cuda, vulkan or wgpu) into a folder
  gpu-check run [--in DIR]
                 run it: devices, op tests, fixtures, a small comparison, benches; under ten minutes
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["check", rest @ ..] => check::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["tune", rest @ ..] => tune::run(rest),
        ["soak", rest @ ..] => soak::run(rest),
        ["sanitize", rest @ ..] => sanitize::run(rest),
        ["cuda-offline"] => cuda_offline::run(),
        ["cuda-check", rest @ ..] => cuda_check::run(rest),
        ["gpu-check", "pack", feature, rest @ ..] => gpu_check::pack(feature, rest),
        ["gpu-check", "run", rest @ ..] => gpu_check::run(rest),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Folder that cargo builds into.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Root of the workspace. Cargo says where it is when it runs; what it was when this was compiled may be another checkout that
/// shares the target folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().unwrap_or(&here).to_path_buf()
}
