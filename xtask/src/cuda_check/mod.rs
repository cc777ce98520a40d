//! CUDA check without a GPU: runs the CUDA build on a stand-in driver and compares its values with the CPU backend's.
//!
//! NVIDIA's NVRTC and headers come from PyPI. The stand-in driver (`xtask/cuda-check`) checks every launch and runs each kernel's
//! CUDA source on the CPU, about a thousand times slower than a card. README there: what this shows and what it cannot.
//!
//! 1. fetch the toolkit, build the stand-in, and test it with kernels of known results;
//! 2. build the programs with `cuda-nvrtc`;
//! 3. start a program where the driver, NVRTC or the headers are missing: one line and exit code 2;
//! 4. run the op tests, and train each program for a few steps, per compute capability, with TF32 matrix units and without their
//!    rounding; assemble all PTX with `ptxas`;
//! 5. print a table; fail if anything disagreed.

mod build;
mod compare;
mod missing;
mod records;
mod session;
mod toolkit;
mod workloads;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{cuda_offline, root};
use records::Records;
use session::{Mode, Session};
use toolkit::Toolkit;
use workloads::{OPS, WORKLOADS, Workload};

/// What the flags choose.
struct Choice {
    only: Vec<String>,
    capabilities: Vec<String>,
    modes: Vec<Mode>,
    folder: PathBuf,
    version: String,
    is_reversed: bool,
}

/// One line of the final table.
pub(crate) struct Row {
    check: String,
    setting: String,
    /// Kernels compiled by NVRTC, and launches.
    counts: Option<(usize, u64)>,
    seconds: f64,
    outcome: Result<String, String>,
}

const USAGE: &str = "--only NAME (emulator, missing, ops, tabular, agedb, sts-b, nyud2, shhs), --cc 8.0, --mode exact|tf32, --dir DIR, \
                     --cuda VERSION or --reverse; --only, --cc and --mode may be repeated";

impl Choice {
    fn new(flags: &[&str]) -> anyhow::Result<Self> {
        let mut choice = Self {
            only: Vec::new(),
            capabilities: Vec::new(),
            modes: Vec::new(),
            folder: root().join("target/cuda-check"),
            version: toolkit::VERSION.into(),
            is_reversed: false,
        };
        let mut flags = flags.iter().copied();
        while let Some(flag) = flags.next() {
            if flag == "--reverse" {
                choice.is_reversed = true;
                continue;
            }
            let value = flags.next().with_context(|| format!("found {flag:?} without a value, expected {USAGE}"))?;
            match flag {
                "--only" if is_check(value) => choice.only.push(value.into()),
                "--cc" => choice.capabilities.push(value.into()),
                "--mode" => choice.modes.push(Mode::named(value).with_context(|| format!("found --mode {value}"))?),
                "--dir" => choice.folder = value.into(),
                "--cuda" => choice.version = value.into(),
                _ => bail!("found {flag} {value}, expected {USAGE}"),
            }
        }
        if choice.capabilities.is_empty() {
            choice.capabilities = ["8.0", "9.0"].map(String::from).into();
        }
        if choice.modes.is_empty() {
            choice.modes = vec![Mode::Exact, Mode::Tf32];
        }
        Ok(choice)
    }

    /// Compute capabilities, each with all modes.
    fn settings(&self) -> impl Iterator<Item = (&str, Mode)> {
        self.capabilities.iter().flat_map(|capability| self.modes.iter().map(move |&mode| (capability.as_str(), mode)))
    }

    fn has(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// The check of the stand-in itself.
const EMULATOR: &str = "emulator";

fn is_check(name: &str) -> bool {
    name == EMULATOR || name == missing::NAME || name == OPS || WORKLOADS.iter().any(|workload| workload.name == name)
}

pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    let choice = Choice::new(flags)?;
    let toolkit = Toolkit::prepare(&choice.folder, &choice.version)?;
    let wanted: Vec<&Workload> = WORKLOADS.iter().filter(|workload| choice.has(workload.name)).collect();
    let mut programs: Vec<&str> = wanted.iter().map(|workload| workload.program).collect();
    if choice.has(missing::NAME) && !programs.contains(&missing::PROGRAM) {
        programs.push(missing::PROGRAM);
    }
    let mut rows = Vec::new();
    if choice.has(EMULATOR) {
        for (capability, mode) in choice.settings() {
            let session = Session::new(&toolkit, &choice.folder, EMULATOR, capability, mode, choice.is_reversed)?;
            rows.push(print(emulator(&session, &toolkit.self_test)?));
        }
    }
    let with_ops = choice.has(OPS);
    if programs.is_empty() && !with_ops {
        return report(&rows);
    }
    cuda_offline::ensure()?;
    let built = build::build(&programs)?;
    if choice.has(missing::NAME) {
        rows.extend(missing::check(&toolkit, &built[missing::PROGRAM], &choice.folder)?);
    }
    if with_ops {
        for capability in &choice.capabilities {
            let session = Session::new(&toolkit, &choice.folder, OPS, capability, Mode::Tf32, choice.is_reversed)?;
            rows.push(print(op_tests(&session, &built[OPS])?));
        }
    }
    for workload in wanted {
        let folder = choice.folder.join("runs").join(workload.name);
        let program = &built[workload.program];
        let expected = workload.prepare(program, &folder)?;
        for (capability, mode) in choice.settings() {
            let session = Session::new(&toolkit, &choice.folder, workload.name, capability, mode, choice.is_reversed)?;
            rows.push(print(train(&session, workload, program, &folder, &expected)?));
        }
    }
    report(&rows)
}

/// It provokes faults, which therefore do not count.
fn emulator(session: &Session, program: &Path) -> anyhow::Result<Row> {
    let started = Instant::now();
    let output = session.command(program).arg(session.mode.name()).output()?;
    let text = last_line(&output.stdout);
    let outcome = if output.status.success() { session.assemble(text)? } else { Err(text) };
    session.row(started, outcome)
}

fn op_tests(session: &Session, tests: &Path) -> anyhow::Result<Row> {
    let started = Instant::now();
    let mut command = session.command(tests);
    let output = command.args(["--test-threads=1", "--nocapture"]).env("DIR_REQUIRE_GPU", "1").output()?;
    session.save_output(&output)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let summary = text.lines().rfind(|line| line.starts_with("test result")).unwrap_or("no result").to_owned();
    let outcome = session.faultless(if output.status.success() { Ok(summary) } else { Err(summary) })?;
    session.row(started, outcome)
}

fn train(
    session: &Session,
    workload: &Workload,
    program: &Path,
    folder: &Path,
    expected: &compare::Figures,
) -> anyhow::Result<Row> {
    let started = Instant::now();
    let out = session.folder.join("run");
    let output = workload.train(session.command(program), "cuda", folder, &out).output()?;
    session.save_output(&output)?;
    let outcome = if output.status.success() {
        expected.compare(&compare::Figures::read(&out)?, workload.allowed(session.mode))
    } else {
        Err(format!("exit {:?}: {}", output.status.code(), last_line(&output.stderr)))
    };
    session.row(started, session.faultless(outcome)?)
}

fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim_end().lines().last().unwrap_or_default().to_owned()
}

fn print(row: Row) -> Row {
    let counts =
        row.counts.map_or_else(String::new, |(kernels, launches)| format!("{kernels} kernels, {launches} launches, "));
    let (verdict, text) = match &row.outcome {
        Ok(text) => ("passed", text),
        Err(text) => ("FAILED", text),
    };
    println!("{:<8} {:<20} {verdict}: {counts}{:.0} s; {text}", row.check, row.setting, row.seconds);
    row
}

fn report(rows: &[Row]) -> anyhow::Result<()> {
    println!("\n| check | setting | kernels | launches | seconds | result |\n|---|---|---:|---:|---:|---|");
    for row in rows {
        let (kernels, launches) =
            row.counts.map_or_else(Default::default, |(kernels, launches)| (kernels.to_string(), launches.to_string()));
        let result = match &row.outcome {
            Ok(text) => text.clone(),
            Err(text) => format!("FAILED: {text}"),
        };
        println!("| {} | {} | {kernels} | {launches} | {:.0} | {result} |", row.check, row.setting, row.seconds);
    }
    let failed: Vec<String> =
        rows.iter().filter(|row| row.outcome.is_err()).map(|row| format!("{} {}", row.check, row.setting)).collect();
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_choose_checks() {
        let choice =
            Choice::new(&["--only", "ops", "--only", "shhs", "--cc", "9.0", "--mode", "exact"]).expect("known flags");
        assert!(choice.has("ops") && choice.has("shhs") && !choice.has("tabular"));
        assert_eq!(
            (choice.capabilities.as_slice(), choice.modes.as_slice()),
            (&["9.0".to_owned()][..], &[Mode::Exact][..])
        );
        assert!(Choice::new(&[]).is_ok_and(|all| all.has("tabular") && all.capabilities.len() == 2));
        for wrong in [&["--only", "nothing"][..], &["--cc"], &["--mode", "fp8"], &["--speed", "9"]] {
            assert!(Choice::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
