//! A run is a folder; one process works in it at a time.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::error::TrainError;
use crate::files::{self, LockState};
use crate::interrupt::ORPHAN_GRACE;
use crate::report;
use crate::status;

/// How long to wait for the folder's last user, which may just be ending.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The folder of a run, locked until dropped. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Opens a run's folder, making it if need be.
    ///
    /// # Errors
    /// A folder that can't be made or written; [`TrainError::Locked`].
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        Self::open_within(path, PATIENCE)
    }

    /// Opens a run's folder that an orphan of a killed grid may still be saving in.
    ///
    /// # Errors
    /// Those of [`RunFolder::open`].
    pub fn open_after_orphan(path: &Path) -> Result<Self, TrainError> {
        Self::open_within(path, ORPHAN_GRACE + PATIENCE)
    }

    fn open_within(path: &Path, patience: Duration) -> Result<Self, TrainError> {
        let checkpoints = path.join("checkpoints");
        files::create_folder(&checkpoints)?;
        let lock_path = path.join(".lock");
        let lock = files::create_lock(&lock_path)?;
        let started = Instant::now();
        loop {
            match files::try_lock(&lock, &lock_path)? {
                LockState::Held => break,
                LockState::Busy if started.elapsed() < patience => std::thread::sleep(PAUSE),
                LockState::Busy => return Err(TrainError::Locked { path: path.to_path_buf() }),
                LockState::Unsupported => {
                    warn_of_missing_locks(path);
                    break;
                }
            }
        }
        remove_temporaries(path)?;
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of the run.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where checkpoints are.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Writes a file of the run whole.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), TrainError> {
        Ok(files::write_atomic(&self.file(name), content)?)
    }

    /// Writes what a resumed run must not change, or verifies that it has not: settings, or what the data gave.
    ///
    /// # Errors
    /// [`TrainError::File`] if the folder holds something else under this name.
    pub fn write_or_verify(&self, name: &str, content: &str) -> Result<(), TrainError> {
        if check_same(&self.file(name), content)? { Ok(()) } else { self.write(name, content.as_bytes()) }
    }
}

/// Says once that nothing keeps two processes apart: a file system without locks has no substitute that a kill does not leave behind.
fn warn_of_missing_locks(path: &Path) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        status!(
            "warning: {}: the file system has no locks; make sure that no other process works in the folder",
            path.display()
        );
    });
}

/// Deletes the temporary files that killed processes have left in a run's folder. Those that are being written stay.
/// Whatever else lies where a folder is expected is left to the run, which names it.
///
/// # Errors
/// [`TrainError::Io`].
pub fn remove_temporaries(run: &Path) -> Result<(), TrainError> {
    for folder in [run.to_path_buf(), run.join("checkpoints"), run.join(report::PLOTS)] {
        if folder.is_dir() {
            files::remove_temporaries(&folder)?;
        }
    }
    Ok(())
}

/// Whether the file is there; if so it must hold this.
///
/// # Errors
/// [`TrainError::Format`] for a file of another format; else [`TrainError::File`] names the first line that differs.
pub fn check_same(path: &Path, content: &str) -> Result<bool, TrainError> {
    match files::read_text(path) {
        Ok(found) if found == content => Ok(true),
        Ok(found) if is_other_format(&found, content) => Err(TrainError::Format {
            path: path.to_path_buf(),
            found: format_of(&found).unwrap_or_default().into(),
            expected: format_of(content).unwrap_or_default().into(),
        }),
        Ok(found) => Err(TrainError::File {
            path: path.to_path_buf(),
            found: format!("a run with other settings or data ({})", difference(&found, content)),
            expected: "the same; choose another --out, or delete the folder to start afresh".into(),
        }),
        Err(failed) if failed.error.kind() == ErrorKind::NotFound => Ok(false),
        Err(failed) => Err(failed.into()),
    }
}

/// Whether both texts name their format, and not the same one.
fn is_other_format(found: &str, content: &str) -> bool {
    format_of(found).zip(format_of(content)).is_some_and(|(found, content)| found != content)
}

/// Value of the key `format` outside of sections, in TOML or JSON as this program writes them.
fn format_of(text: &str) -> Option<&str> {
    text.lines().take_while(|line| !line.starts_with('[')).find_map(|line| {
        let rest = line.trim().trim_start_matches('"').strip_prefix("format")?;
        let rest = rest.trim_start_matches('"').trim_start().strip_prefix(['=', ':'])?;
        Some(rest.trim().trim_end_matches(','))
    })
}

/// The first line that differs between two texts, for a message.
#[must_use]
pub fn difference(old: &str, new: &str) -> String {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let at = (0..old.len().max(new.len())).find(|&k| old.get(k) != new.get(k)).unwrap_or(0);
    let line = |lines: &[&str]| lines.get(at).map_or("nothing".to_owned(), |l| format!("`{}`", l.trim()));
    format!("{} there, {} now", line(&old), line(&new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_one_configuration() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = RunFolder::open(folder.path()).expect("opens");
        assert!(matches!(RunFolder::open(folder.path()), Err(TrainError::Locked { .. })));
        run.write_or_verify("config.toml", "a = 1\nb = 2\n").expect("stores");
        run.write_or_verify("config.toml", "a = 1\nb = 2\n").expect("agrees");
        let text = run.write_or_verify("config.toml", "a = 1\nb = 3\n").expect_err("differs").to_string();
        assert!(text.contains("`b = 2` there, `b = 3` now"), "{text}");
        let place = run.file("x").display().to_string();
        for (old, new) in [
            ("format = 1\nb = 2\n", "format = 2\nb = 3\n"),
            ("{\n  \"format\": 1,\n  \"b\": 2\n}\n", "{\n  \"format\": 2,\n  \"a\": 2\n}\n"),
        ] {
            run.write("x", old.as_bytes()).expect("writes");
            let text = run.write_or_verify("x", new).expect_err("of another version").to_string();
            assert_eq!(
                text.replace(&place, "x"),
                "x: written in format 1, this program reads format 2; use the version that wrote it, or train again"
            );
        }
        drop(run);
        RunFolder::open(folder.path()).expect("free again");
    }

    #[test]
    fn temporary_files_of_killed_processes_are_deleted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names = [".request.toml.a1.tmp", "checkpoints/.update-1.ckpt.b2.tmp", "plots/.loss.svg.c3.tmp"];
        remove_temporaries(folder.path()).expect("has no folders yet");
        for name in names.into_iter().chain(["plots/loss.svg"]) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
            std::fs::write(path, "cut sho").expect("writes");
        }
        remove_temporaries(folder.path()).expect("deletes");
        assert!(names.iter().all(|name| !folder.path().join(name).exists()));
        assert!(folder.path().join("plots/loss.svg").exists());
    }
}
