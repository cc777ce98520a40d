//! A run on the stand-in device: its environment, its folder and what it leaves in the table.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::Context;

use super::{Records, Row, Toolkit};
use crate::root;

/// What matrix units do to `f32` factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing: deviations are those of the order of sums.
    Exact,
    /// TF32, as on hardware from compute capability 8.0.
    Tf32,
}

impl Mode {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Exact, Self::Tf32].into_iter().find(|mode| mode.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Tf32 => "tf32",
        }
    }
}

pub(super) struct Session<'a> {
    toolkit: &'a Toolkit,
    check: String,
    capability: String,
    pub(super) mode: Mode,
    is_reversed: bool,
    /// Log, kernels' sources and the run's own folder.
    pub(super) folder: PathBuf,
    /// Kernels built for the CPU, shared between runs.
    kernels: PathBuf,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        toolkit: &'a Toolkit,
        folder: &Path,
        check: &str,
        capability: &str,
        mode: Mode,
        is_reversed: bool,
    ) -> anyhow::Result<Self> {
        let name = format!("{check}-{capability}-{}", mode.name());
        let (kernels, folder) = (folder.join("kernels"), folder.join("runs").join(name));
        fs::remove_dir_all(&folder).ok(); // of an earlier check
        for folder in [&kernels, &folder] {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let (kernels, folder) = (kernels.canonicalize()?, folder.canonicalize()?);
        let (check, capability) = (check.to_owned(), capability.to_owned());
        Ok(Self { toolkit, check, capability, mode, is_reversed, folder, kernels })
    }

    /// A program that finds the stand-in where it looks for NVIDIA's libraries.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut flags = Vec::new();
        if self.mode == Mode::Exact {
            flags.push("-DGPU_EXACT");
        }
        if self.is_reversed {
            flags.push("-DGPU_REVERSE");
        }
        let libraries = [&self.toolkit.driver, &self.toolkit.recorder, &self.toolkit.path.join("lib")];
        let mut command = Command::new(program);
        command
            .env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap_or_default())
            .env("CUDA_PATH", &self.toolkit.path)
            .env("CUDA_CHECK_CC", &self.capability)
            .env("CUDA_CHECK_NVRTC", &self.toolkit.nvrtc)
            .env("CUDA_CHECK_LOG", &self.folder)
            .env("CUDA_CHECK_EMULATION", root().join("xtask/cuda-check/emulation"))
            .env("CUDA_CHECK_KERNELS", &self.kernels)
            .env("CUDA_CHECK_CXXFLAGS", flags.join(" "));
        command
    }

    /// Keeps what a program printed.
    pub(super) fn save_output(&self, output: &Output) -> anyhow::Result<()> {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        Ok(fs::write(self.folder.join("output.txt"), text)?)
    }

    /// The outcome, unless the driver or `ptxas` found fault.
    pub(super) fn faultless(&self, outcome: Result<String, String>) -> anyhow::Result<Result<String, String>> {
        let faults = Records::read(&self.folder)?.faults;
        match (outcome, faults.first()) {
            (Ok(text), None) => self.assemble(text),
            (Ok(_), Some(first)) => Ok(Err(format!("{} faults, the first: {first}", faults.len()))),
            (failed, _) => Ok(failed),
        }
    }

    /// The text with the number of kernels that `ptxas` assembles, or what it refuses.
    pub(super) fn assemble(&self, text: String) -> anyhow::Result<Result<String, String>> {
        let assembled = Records::read(&self.folder)?.assemble(&self.toolkit.path, &self.folder);
        Ok(assembled.map(|count| format!("{text}; {count} assembled")))
    }

    /// A row of the table.
    pub(super) fn row(&self, started: Instant, outcome: Result<String, String>) -> anyhow::Result<Row> {
        let records = Records::read(&self.folder)?;
        Ok(Row {
            check: self.check.clone(),
            setting: format!("{} {}", self.capability, self.mode.name()),
            counts: Some((records.compiled.len(), records.launches)),
            seconds: started.elapsed().as_secs_f64(),
            outcome,
        })
    }
}
