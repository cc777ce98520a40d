//! NVIDIA's compilers and headers from PyPI, and the stand-in driver built against them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::cuda_offline::{call, find};
use crate::root;

/// The CUDA version that is fetched unless another is named.
pub(super) const VERSION: &str = "13.4";

/// A toolkit in one folder, as an installed one: `bin`, `include`, `lib`.
pub(super) struct Toolkit {
    /// For `CUDA_PATH`.
    pub(super) path: PathBuf,
    /// NVIDIA's `libnvrtc.so.N`.
    pub(super) nvrtc: PathBuf,
    /// The stand-in's `libcuda.so.1`, alone.
    pub(super) driver: PathBuf,
    /// The recorder's `libnvrtc.so`, alone.
    pub(super) recorder: PathBuf,
    /// A program that tests the stand-in itself.
    pub(super) self_test: PathBuf,
}

impl Toolkit {
    /// Fetches what is not there yet, and builds the stand-in.
    pub(super) fn prepare(folder: &Path, version: &str) -> anyhow::Result<Self> {
        let path = folder.join(format!("cuda-{version}"));
        if !path.join("bin/ptxas").exists() {
            fetch(&path, version)?;
        }
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let path = path.canonicalize()?;
        let lib = path.join("lib");
        let nvrtc = find(&lib, |name| name.starts_with("libnvrtc.so"))?;
        let [driver, recorder, self_test] = ["driver", "recorder", "self-test"].map(|name| folder.join(name));
        let toolkit = Self { path, nvrtc, driver, recorder, self_test };
        toolkit.build_stand_in()?;
        Ok(toolkit)
    }

    fn build_stand_in(&self) -> anyhow::Result<()> {
        let sources = root().join("xtask/cuda-check/driver");
        let compile = |out: PathBuf, flags: &[&str], files: &[&str], libraries: &[PathBuf]| {
            fs::create_dir_all(out.parent().context("a file has a folder")?)?;
            let mut command = Command::new("cc");
            command.args(["-O2", "-Wall", "-Wextra", "-Werror", "-I"]).arg(self.path.join("include")).args(flags);
            command.args(files.iter().map(|file| sources.join(file))).args(libraries).arg("-o").arg(out);
            call(command.args(["-ldl", "-lpthread", "-lm"]))
        };
        let shared = ["-shared", "-fPIC", "-fvisibility=hidden"];
        let (driver, recorder) = (self.driver.join("libcuda.so.1"), self.recorder.join("libnvrtc.so"));
        compile(driver.clone(), &shared, &["driver.c", "launch.c"], &[])?;
        compile(recorder.clone(), &shared, &["nvrtc.c"], &[])?;
        compile(self.self_test.clone(), &[], &["self_test.c"], &[driver, recorder])
    }
}

/// Packages of a CUDA version. Those of CUDA 12 end in the version.
fn packages(version: &str) -> Vec<String> {
    let major = version.split('.').next().unwrap_or(version);
    if major == "12" {
        return ["nvrtc", "runtime", "nvcc"]
            .map(|part| format!("nvidia-cuda-{part}-cu12=={version}.*"))
            .into_iter()
            .chain([format!("nvidia-cuda-cccl-cu12=={version}.*")])
            .collect();
    }
    let exact = ["nvrtc", "runtime", "nvcc", "crt"].map(|part| format!("nvidia-cuda-{part}=={version}.*"));
    exact.into_iter().chain([format!("nvidia-cuda-cccl=={major}.*")]).collect()
}

fn fetch(path: &Path, version: &str) -> anyhow::Result<()> {
    let work = path.with_extension("part");
    fs::remove_dir_all(&work).ok(); // of a run that was stopped
    fs::create_dir_all(work.join("wheels")).with_context(|| work.display().to_string())?;
    println!("fetching NVIDIA's compilers and headers, CUDA {version}, from PyPI");
    for package in packages(version) {
        call(Command::new("pip").args(["download", "-q", "--no-deps", "-d"]).arg(work.join("wheels")).arg(package))?;
    }
    for wheel in fs::read_dir(work.join("wheels"))?.flatten() {
        call(Command::new("unzip").arg("-qo").arg(wheel.path()).arg("-d").arg(work.join("unpacked")))?;
    }
    // CUDA 13 has all in nvidia/cu13, CUDA 12 a folder per package: one tree of them.
    fs::create_dir_all(path)?;
    for package in fs::read_dir(work.join("unpacked/nvidia"))?.flatten().filter(|entry| entry.path().is_dir()) {
        call(Command::new("cp").arg("-r").arg(package.path().join(".")).arg(path))?;
    }
    call(Command::new("chmod").args(["-R", "u+x"]).arg(path.join("bin")))?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_those_of_the_version() {
        assert!(packages("13.4").contains(&"nvidia-cuda-nvrtc==13.4.*".to_owned()));
        assert!(packages("13.4").contains(&"nvidia-cuda-cccl==13.*".to_owned()));
        assert!(packages("12.8").contains(&"nvidia-cuda-nvrtc-cu12==12.8.*".to_owned()));
    }
}
