//! Fuzzing: builds `dir-fuzz` and runs its targets, for the gate a fixed number of mutations, else for some minutes.

use anyhow::bail;

use crate::check::cargo;

/// Mutations of each target in the gate.
const IN_THE_GATE: &str = "2000";

const PROGRAM: [&str; 7] = ["run", "--quiet", "--locked", "--release", "--package", "dir-fuzz", "--"];

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
    cargo(&[PROGRAM.as_slice(), arguments].concat(), &[])
}
