//! A run in a process of its own. Its messages go to `messages.txt` in the run's folder.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Cell;
use crate::error::TrainError;
use crate::files::{self, io};
use crate::interrupt::STOP_REQUEST;

/// Flag that makes a child end when its parent is gone.
pub const CHILD_FLAG: &str = "--end-with-parent";

/// Where Linux has a program that runs, wherever its file has gone.
const RUNNING: &str = "/proc/self/exe";

/// This program's file. A build that replaces it while a grid runs must not end the grid, nor go on with another version.
fn this_program() -> Result<PathBuf, TrainError> {
    let program = std::env::current_exe().map_err(io(Path::new("this program"), "find itself"))?;
    let running = Path::new(RUNNING);
    Ok(if !program.exists() && running.exists() { running.into() } else { program })
}

/// A process that trains one run.
pub(super) struct Job {
    child: Child,
    messages: File,
}

impl Job {
    /// Starts this program anew on a cell of the grid in `folder`, with so many threads.
    pub(super) fn start(folder: &Path, cell: &Cell, threads: usize) -> Result<Self, TrainError> {
        let run = folder.join(cell.folder());
        files::create_folder(&run)?;
        let path = run.join("messages.txt");
        let messages = files::create_shared(&path)?;
        let stderr = messages.try_clone().map_err(io(&path, "open the file again"))?;
        let program = this_program()?;
        let child = Command::new(&program)
            .args(&cell.arguments)
            .arg("--out")
            .arg(&run)
            .arg(CHILD_FLAG)
            // Matrix products, decoders and our own loops all ask rayon how many they may be.
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped()) // closes when this process ends
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(io(&program, "start a run"))?;
        Ok(Self { child, messages })
    }

    /// `None` while running, then whether it went well, or its last message.
    pub(super) fn poll(&mut self) -> Result<Option<Result<(), String>>, TrainError> {
        let status = self.child.try_wait().map_err(io(Path::new("a run"), "wait for it"))?;
        Ok(status.map(|status| if status.success() { Ok(()) } else { Err(self.last_message(&status.to_string())) }))
    }

    fn last_message(&mut self, status: &str) -> String {
        let mut text = String::new();
        let read = self.messages.rewind().and_then(|()| self.messages.read_to_string(&mut text));
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        match (read, last) {
            (Ok(_), Some(line)) => line.trim_start_matches("error: ").to_owned(),
            _ => status.to_owned(),
        }
    }

    /// Asks the child to save and stop, by its standard input, which must stay open: its end would mean that this process is
    /// gone. A child that has ended already needs no request.
    pub(super) fn request_stop(&mut self) {
        if let Some(input) = &mut self.child.stdin {
            input.write_all(&[STOP_REQUEST]).and_then(|()| input.flush()).ok();
        }
    }
}
