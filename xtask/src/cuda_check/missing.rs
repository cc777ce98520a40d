//! Machines that lack a part of CUDA: the program must say which, in one line, with exit code 2.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use super::{Row, Toolkit, print};

pub(super) const NAME: &str = "missing";
/// Any program will do.
pub(super) const PROGRAM: &str = "tabular-dir";

/// A machine: what it lacks, its libraries, its toolkit, and words that the message must have.
struct Machine<'a> {
    lacks: &'static str,
    libraries: Vec<&'a Path>,
    toolkit: Option<&'a Path>,
    words: &'static str,
}

/// Starts a run on each machine. A library that is installed here beside the toolkit would be found, so these fail where the
/// machine has CUDA; there the check is not needed.
pub(super) fn check(toolkit: &Toolkit, program: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let empty = folder.join("empty");
    fs::create_dir_all(&empty)?;
    let lib = toolkit.path.join("lib");
    let (driver, nvrtc): (&Path, PathBuf) = (&toolkit.driver, toolkit.recorder.clone());
    let machines = [
        Machine { lacks: "driver", libraries: vec![], toolkit: Some(&toolkit.path), words: "libcuda.so.1" },
        Machine { lacks: "NVRTC", libraries: vec![driver], toolkit: Some(&toolkit.path), words: "libnvrtc.so" },
        Machine { lacks: "headers", libraries: vec![driver, &nvrtc, &lib], toolkit: Some(&empty), words: "CUDA_PATH" },
        Machine { lacks: "CUDA_PATH", libraries: vec![driver, &nvrtc, &lib], toolkit: None, words: "CUDA_PATH" },
        // The stand-in without its emulation launches kernels that write nothing.
        Machine {
            lacks: "results",
            libraries: vec![driver, &nvrtc, &lib],
            toolkit: Some(&toolkit.path),
            words: "instead of",
        },
    ];
    machines.iter().map(|machine| Ok(print(start(machine, toolkit, program, &empty)?))).collect()
}

fn start(machine: &Machine<'_>, toolkit: &Toolkit, program: &Path, empty: &Path) -> anyhow::Result<Row> {
    let started = Instant::now();
    let mut command = Command::new(program);
    command.args(["train", "--device", "cuda", "--size", "tiny", "--epochs", "1", "--out"]).arg(empty.join("run"));
    command.env("LD_LIBRARY_PATH", std::env::join_paths(&machine.libraries)?).env("CUDA_CHECK_NVRTC", &toolkit.nvrtc);
    match machine.toolkit {
        Some(path) => command.env("CUDA_PATH", path),
        None => command.env_remove("CUDA_PATH"),
    };
    let outcome = judge(&command.output()?, machine.words);
    Ok(Row {
        check: NAME.into(),
        setting: machine.lacks.into(),
        counts: None,
        seconds: started.elapsed().as_secs_f64(),
        outcome,
    })
}

fn judge(output: &Output, words: &str) -> Result<String, String> {
    let text = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    let is_one_line = text.lines().count() == 1 && text.starts_with("error: ");
    if is_one_line && output.status.code() == Some(2) && text.contains(words) && output.stdout.is_empty() {
        return Ok(text);
    }
    let first = text.lines().next().unwrap_or_default();
    Err(format!(
        "{}, {} lines, the first: {first}; expected one with {words:?} and exit code 2",
        output.status,
        text.lines().count()
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn output(code: i32, stderr: &str) -> Output {
        Output { status: ExitStatus::from_raw(code << 8), stdout: Vec::new(), stderr: stderr.into() }
    }

    #[test]
    fn one_line_with_the_cause_and_exit_code_2() {
        assert!(judge(&output(2, "error: found no libcuda.so.1\n"), "libcuda.so.1").is_ok());
        assert!(judge(&output(1, "error: found no libcuda.so.1\n"), "libcuda.so.1").is_err());
        assert!(judge(&output(2, "thread panicked\nerror: no libcuda.so.1\n"), "libcuda.so.1").is_err());
        assert!(judge(&output(2, "error: found no device\n"), "libcuda.so.1").is_err());
        assert!(judge(&output(0, ""), "libcuda.so.1").is_err());
    }
}
