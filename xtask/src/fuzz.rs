//! Fuzzing: builds `dir-fuzz` and runs its targets, for the gate a fixed number of mutations, else for some minutes.

use std::process::Command;

use anyhow::{Context, bail};

use crate::check::build_programs;
use crate::{root, target_folder};

/// Mutations of each target in the gate.
const IN_THE_GATE: &str = "500";

/// Committed inputs, then a fixed number of mutations of each target.
pub(crate) fn check() -> anyhow::Result<()> {
    program(&["replay"])?;
    program(&["run", "--executions", IN_THE_GATE, "--seed", "0"])
}

/// Runs all targets, or those named, for so many minutes together.
pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    let mut arguments = vec!["run"];
    let mut pairs = flags.chunks(2);
    for pair in &mut pairs {
        match pair {
            [flag @ ("--minutes" | "--target" | "--seed" | "--jobs"), value] => arguments.extend([*flag, *value]),
            other => bail!("found {}, expected --minutes N, --target T, --seed S or --jobs J", other.join(" ")),
        }
    }
    if !arguments.contains(&"--minutes") {
        arguments.extend(["--minutes", "10"]);
    }
    program(&arguments)
}

fn program(arguments: &[&str]) -> anyhow::Result<()> {
    build_programs()?;
    let program = target_folder().join("release/dir-fuzz");
    let status = Command::new(&program).args(arguments).current_dir(root()).status();
    let status = status.with_context(|| format!("{}: cannot start the program", program.display()))?;
    if status.success() { Ok(()) } else { bail!("dir-fuzz {} failed ({status})", arguments.join(" ")) }
}
