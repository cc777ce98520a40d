//! The gate: cheapest checks first, one build profile for all tests.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::{arrows, cuda_check, deny, fuzz, root, soak, tidy};

/// A check and how it runs.
struct Stage {
    name: &'static str,
    run: fn() -> anyhow::Result<()>,
}

const STAGES: [Stage; 14] = [
    Stage { name: "format", run: || cargo(&["fmt", "--all", "--check"], &[]) },
    Stage { name: "tidy", run: tidy::check },
    Stage { name: "arrows", run: arrows::check },
    Stage { name: "deny", run: deny::check },
    Stage { name: "package", run: package },
    Stage {
        name: "clippy",
        run: || {
            cargo(&["clippy", "--locked", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])
        },
    },
    Stage {
        name: "docs",
        run: || {
            let libraries = ["-p", "dir-core", "-p", "dir-nn", "-p", "dir-data", "-p", "dir-train", "-p", "dir-cli"];
            let arguments = [["doc", "--locked", "--release", "--no-deps"].as_slice(), &libraries].concat();
            cargo(&arguments, &[("RUSTDOCFLAGS", "-D warnings")])
        },
    },
    Stage {
        name: "core-alone",
        run: || {
            cargo(
                &["check", "--locked", "--release", "-p", "dir-core", "--no-default-features", "--features", "flex"],
                &[],
            )
        },
    },
    Stage { name: "tests", run: || cargo(&["test", "--locked", "--release", "--workspace", "--no-fail-fast"], &[]) },
    Stage { name: "fuzz", run: fuzz::check },
    Stage { name: "soak", run: soak::gate },
    Stage { name: "wgpu-clippy", run: wgpu_clippy },
    Stage { name: "wgpu", run: || wgpu("flex,wgpu") },
    Stage { name: "wgpu-fusion", run: || wgpu("flex,wgpu,fusion") },
];

/// Run only when `--only` names them: too long for every change.
const OPTIONAL: [Stage; 1] = [Stage { name: "cuda-check", run: || cuda_check::run(&[]) }];

/// What has code for GPUs, or tests it.
const GPU_PACKAGES: [&str; 16] = [
    "-p",
    "dir-core",
    "-p",
    "dir-nn",
    "-p",
    "dir-tests",
    "-p",
    "tabular-dir",
    "-p",
    "agedb-dir",
    "-p",
    "sts-b-dir",
    "-p",
    "nyud2-dir",
    "-p",
    "shhs-dir",
];

/// The code that only GPU builds have; without the CPU backend, so that what needs it without saying so fails.
fn wgpu_clippy() -> anyhow::Result<()> {
    let features = ["--no-default-features", "--features", "wgpu"];
    let libraries = ["-p", "dir-data", "-p", "dir-train", "-p", "dir-cli"];
    let build = ["clippy", "--locked", "--release", "--all-targets"];
    cargo(&[build.as_slice(), &GPU_PACKAGES, &libraries, &features, &["--", "-D", "warnings"]].concat(), &[])
}

/// The libraries, the custom ops, the fixtures and a training run on a GPU, a software one if there is no other. Without any they say that
/// they are skipped, unless `DIR_REQUIRE_GPU` is set.
fn wgpu(features: &str) -> anyhow::Result<()> {
    let tests =
        ["--lib", "--test", "ops", "--test", "conv", "--test", "ties", "--test", "fixtures", "--test", "backends"];
    let build = ["test", "--locked", "--release", "--no-fail-fast", "--no-default-features", "--features", features];
    cargo(&[build.as_slice(), &GPU_PACKAGES, &tests, &["--", "--nocapture"]].concat(), &[])
}

/// Runs the stages that the flags choose.
pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    let (mut keep_going, mut only, mut skip) = (false, None, Vec::new());
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--keep-going" => keep_going = true,
            "--only" => only = Some(*flags.next().context("found --only alone, expected a stage after it")?),
            "--skip" => skip.push(*flags.next().context("found --skip alone, expected a stage after it")?),
            "--list" => {
                STAGES.iter().for_each(|stage| println!("{}", stage.name));
                OPTIONAL.iter().for_each(|stage| println!("{} (with --only alone)", stage.name));
                return Ok(());
            }
            other => bail!("found {other:?}, expected --keep-going, --only STAGE, --skip STAGE or --list"),
        }
    }
    let named = OPTIONAL.iter().filter(|stage| only == Some(stage.name));
    let chosen: Vec<&Stage> = STAGES
        .iter()
        .filter(|s| only.is_none_or(|name| name == s.name) && !skip.contains(&s.name))
        .chain(named)
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = STAGES.iter().chain(&OPTIONAL).map(|s| s.name).collect();
        bail!("found no such stage, expected one of {}", names.join(", "));
    }
    report(&chosen, keep_going)
}

fn report(stages: &[&Stage], keep_going: bool) -> anyhow::Result<()> {
    let mut results: Vec<(&str, Duration, bool)> = Vec::new();
    for stage in stages {
        println!("== {}", stage.name);
        let started = Instant::now();
        let outcome = (stage.run)();
        if let Err(error) = &outcome {
            eprintln!("{}: {error:#}", stage.name);
        }
        results.push((stage.name, started.elapsed(), outcome.is_ok()));
        if outcome.is_err() && !keep_going {
            break;
        }
    }
    println!("\n{:<12}{:>10}", "stage", "seconds");
    for (name, time, passed) in &results {
        println!("{name:<12}{:>10.1}  {}", time.as_secs_f64(), if *passed { "passed" } else { "FAILED" });
    }
    let failed: Vec<&str> = results.iter().filter(|(_, _, passed)| !passed).map(|(name, _, _)| *name).collect();
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// Builds the programs of the workspace with the features that its tests have: any other selection would compile Burn again.
pub(crate) fn build_programs() -> anyhow::Result<()> {
    cargo(&["build", "--locked", "--release", "--workspace", "--bins", "--tests"], &[])
}

/// Runs cargo at the root of the workspace.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).envs(environment.iter().copied());
    let status = command.status().context("cargo does not start")?;
    if status.success() { Ok(()) } else { bail!("cargo {} failed", arguments.join(" ")) }
}

/// What would be published of dir-core: code and papers, no data.
fn package() -> anyhow::Result<()> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["package", "--list", "--allow-dirty", "-p", "dir-core"];
    let output = Command::new(program).args(arguments).current_dir(root()).output().context("cargo does not start")?;
    let list = String::from_utf8_lossy(&output.stdout);
    let expected = |file: &str| {
        file.ends_with(".rs")
            || file.starts_with("Cargo.")
            || file.starts_with("LICENSE-")
            || file == "README.md"
            || file == ".cargo_vcs_info.json"
    };
    let odd: Vec<&str> = list.lines().filter(|file| !expected(file)).collect();
    if !output.status.success() || list.is_empty() {
        bail!("cargo package --list failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    if odd.is_empty() {
        Ok(())
    } else {
        bail!("found {}, expected only code, README and licences in dir-core", odd.join(", "))
    }
}
