//! Processes: signals, children and orphans, read from `/proc` of Linux.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// A signal that ends a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGKILL: nothing can be saved.
    Kill,
    /// SIGTERM.
    Terminate,
    /// SIGINT, as by Ctrl-C.
    Interrupt,
}

impl Signal {
    /// Name for `kill -s`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "KILL",
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
        }
    }

    /// Number on Linux.
    pub(super) fn number(self) -> i32 {
        match self {
            Self::Kill => 9,
            Self::Terminate => 15,
            Self::Interrupt => 2,
        }
    }

    /// Exit code of a program that handles the signal, as shells report it.
    pub(super) fn exit_code(self) -> i32 {
        128 + self.number()
    }
}

/// Sends a signal to processes, all at once. Those that have ended meanwhile are passed over.
///
/// The shell's own `kill` needs no package, unlike the program of this name.
pub(super) fn send(signal: Signal, processes: &[u32]) -> anyhow::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = processes.iter().map(u32::to_string).collect();
    let script = format!("kill -s {} {} 2>/dev/null || true", signal.name(), list.join(" "));
    let status = Command::new("sh").args(["-c", &script]).status().context("cannot start sh")?;
    if status.success() { Ok(()) } else { bail!("sh must send a signal, got {status}") }
}

/// Whether a process has a handler for the signal: without one it ends on the spot.
pub(super) fn handles(process: u32, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|m| m >> (signal.number() - 1) & 1 == 1)
}

fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Running children of a process.
pub(super) fn children(process: u32) -> Vec<u32> {
    let parent = |child: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
        // The name stands in parentheses and may hold blanks; state and parent follow it.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let mut found: Vec<u32> = all().into_iter().filter(|&child| parent(child) == Some(process)).collect();
    found.sort_unstable();
    found
}

/// Running processes whose command line names a path below the folder. A zombie has no command line.
pub(super) fn working_in(folder: &Path) -> Vec<u32> {
    let wanted = folder.as_os_str().as_bytes();
    let names = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0).any(|argument| is_below(argument, wanted))
    };
    all().into_iter().filter(names).collect()
}

fn is_below(argument: &[u8], folder: &[u8]) -> bool {
    argument.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_and_ends_by_its_signal() {
        use std::os::unix::process::ExitStatusExt;
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep starts");
        assert!(children(std::process::id()).contains(&child.id()));
        assert!(!handles(child.id(), Signal::Terminate));
        send(Signal::Terminate, &[child.id()]).expect("sends");
        assert_eq!(child.wait().expect("ends").signal(), Some(15));
        send(Signal::Terminate, &[child.id()]).expect("an ended process is passed over");
    }

    #[test]
    fn paths_below_a_folder_are_told_from_its_neighbours() {
        assert!(is_below(b"a/run-1", b"a/run-1") && is_below(b"a/run-1/x", b"a/run-1"));
        assert!(!is_below(b"a/run-10", b"a/run-1") && !is_below(b"b/a/run-1", b"a/run-1"));
    }
}
