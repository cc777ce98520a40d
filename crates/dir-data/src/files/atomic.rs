//! Files that are written whole or not at all: temporary file, flush, rename.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use super::FileError;
use super::faults::{call, check, write};
use super::sync::{sync_file, sync_folder_of};

const BUFFER: usize = 1 << 18;
/// Symbolic links that are followed at most, as by Linux.
const LINKS: usize = 40;
/// Bytes of a file's name that the temporary one repeats at most: file systems allow 255 in all.
const REPEATED: usize = 150;

/// Writes a file so that a reader sees the old content or the new one, never a part. See [`AtomicFile`].
///
/// # Errors
/// [`FileError`]; the old file is still there then.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content).map_err(FileError::of(path, "write the file"))?;
    file.commit()
}

/// File that takes the place of another when it is complete, or vanishes.
///
/// - The old file's permissions are kept; without one the umask decides.
/// - Of a symbolic link the file that it points to is replaced.
/// - What is no regular file (a device, a pipe, `/dev/stdout`) is never replaced but written to, as by a shell's `>>`.
#[derive(Debug)]
pub struct AtomicFile {
    /// As the caller named it.
    path: PathBuf,
    out: BufWriter<Sink>,
    /// Where it goes and where it is until then; `None` for what is written through.
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    target: PathBuf,
    temporary: TempPath,
}

/// Output file whose writes can be made to fail.
#[derive(Debug)]
struct Sink {
    path: PathBuf,
    file: File,
}

impl AtomicFile {
    /// Starts a file of this path.
    ///
    /// # Errors
    /// [`FileError`] for a folder that is missing or can't be written, or a folder of this name.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let (file, pending) = match call(path, "look for the file", || Place::of(path))? {
            Place::Through => (call(path, "open the file", || File::options().append(true).open(path))?, None),
            Place::File { target, old } => {
                let (file, temporary) = call(path, "create the file", || temporary(&target, old))?;
                (file, Some(Pending { target, temporary }))
            }
        };
        let sink = Sink { path: path.to_path_buf(), file };
        Ok(Self { path: path.to_path_buf(), out: BufWriter::with_capacity(BUFFER, sink), pending })
    }

    /// Flushes the content to disk and gives the file its name.
    ///
    /// # Errors
    /// [`FileError`]; the old file is still there then, unless only the flush of the folder failed.
    pub fn commit(mut self) -> Result<(), FileError> {
        self.out.flush().map_err(FileError::of(&self.path, "write the file"))?;
        let Some(Pending { target, temporary }) = self.pending else { return Ok(()) };
        sync_file(&self.out.get_ref().file, &self.path)?;
        call(&self.path, "replace the file", || temporary.persist(&target).map_err(|failed| failed.error))?;
        sync_folder_of(&target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(&mut self.file, &self.path, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where content goes.
enum Place {
    /// Into what is there.
    Through,
    /// To a file of this path without symbolic links, in the place of an old one with these permissions.
    File { target: PathBuf, old: Option<fs::Permissions> },
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let mut target = path.to_path_buf();
        for _ in 0..LINKS {
            let found = match fs::symlink_metadata(&target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::File { target, old: None }),
                found => found?,
            };
            if found.is_symlink() {
                let folder = fs::canonicalize(folder_of(&target))?;
                // A link of an open file, such as standard output's: its text is no path.
                if folder.starts_with("/proc") {
                    return Ok(Self::Through);
                }
                target = folder.join(fs::read_link(&target)?);
            } else if found.is_file() {
                return Ok(Self::File { target, old: Some(found.permissions()) });
            } else if found.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            } else {
                return Ok(Self::Through);
            }
        }
        Err(io::Error::other("too many symbolic links"))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file beside a target, with the permissions of the old one.
fn temporary(target: &Path, old: Option<fs::Permissions>) -> io::Result<(File, TempPath)> {
    let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?.to_string_lossy();
    let kept = (0..=name.len().min(REPEATED)).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    let prefix = format!(".{}.", &name[..kept]);
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)); // less what the umask takes away
    }
    let (file, path) = builder.tempfile_in(folder_of(target))?.into_parts();
    file.try_lock().ok(); // tells it from one that a killed writer left; a file system may have no locks
    if let Some(old) = old
        && file.metadata()?.permissions() != old
    {
        check(target)?;
        file.set_permissions(old)?;
    }
    Ok((file, path))
}
