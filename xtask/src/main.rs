//! Tasks of the workspace: `cargo xtask check` is what a developer and CI run; `cargo xtask tune` picks hyper-parameters, the
//! others build for GPUs.

mod arrows;
mod check;
mod cuda_offline;
mod fuzz;
mod gpu_check;
mod tidy;
mod tune;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask TASK

tasks:
  check [--keep-going] [--only STAGE] [--skip STAGE]... [--list]
                 format, house rules, arrows between crates, lints, docs, all tests, the wgpu backend; needs no GPU
  fuzz [--minutes N] [--target T]... [--seed S] [--jobs J]
                 mutate the corpus of every reader, 10 minutes over all targets unless said otherwise
  tune [--out DIR]
                 choose hyper-parameters of the embedded comparison on validation rows; writes docs/tuning.md
  cuda-offline   put a stand-in for LLVM where Burn's `cuda` would download it, to build `cuda-nvrtc` without GitHub
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
        ["cuda-offline"] => cuda_offline::run(),
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

/// Root of the workspace. Cargo says where it is when it runs; what it was when this was compiled may be another checkout that
/// shares the target folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().unwrap_or(&here).to_path_buf()
}
