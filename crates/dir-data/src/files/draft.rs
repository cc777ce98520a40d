//! Folders of many files that appear whole: written beside their place, then moved there.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::FileError;
use super::faults::call;
use super::folder::{create_folder, is_temporary, list, remove_folder, rename};

/// New content of an empty folder. It is in a hidden folder until [`Draft::commit`], and deleted if that is never called.
#[derive(Debug)]
pub struct Draft {
    out: PathBuf,
    draft: TempDir,
}

impl Draft {
    /// Starts a draft in a folder, which is made if need be; `None` where it holds something already. What a killed writer left is
    /// deleted.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn new(out: &Path) -> Result<Option<Self>, FileError> {
        create_folder(out)?;
        if list(out)?.iter().any(|path| !is_temporary(path)) {
            return Ok(None);
        }
        list(out)?.iter().filter(|path| path.is_dir()).try_for_each(|path| remove_folder(path))?;
        let make = || tempfile::Builder::new().prefix(".draft-").suffix(".tmp").tempdir_in(out);
        let draft = call(out, "create a folder in it", make)?;
        Ok(Some(Self { out: out.to_path_buf(), draft }))
    }

    /// Where to write.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.draft.path()
    }

    /// Writes a file of the draft.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> Result<(), FileError> {
        write_unflushed(&self.path().join(name), bytes)
    }

    /// Makes a folder of the draft.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn create_folder(&self, name: impl AsRef<Path>) -> Result<(), FileError> {
        create_folder(&self.path().join(name))
    }

    /// Moves everything into place: folders, then files, so that a list appears after what it names.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn commit(self) -> Result<(), FileError> {
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            list(self.path())?.into_iter().partition(|path| path.is_dir());
        for path in folders.iter().chain(&files) {
            if let Some(name) = path.file_name() {
                rename(path, &self.out.join(name))?;
            }
        }
        Ok(())
    }
}

/// Writes a new file without flushing it to disk, which would make a set of thousands of small files slow.
fn write_unflushed(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    call(path, "write the file", || fs::write(path, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("set");
        let dropped = Draft::new(&out).expect("starts").expect("is empty");
        dropped.write("list.csv", b"old").expect("writes");
        drop(dropped);
        assert_eq!(list(&out).expect("lists"), Vec::<PathBuf>::new());
        fs::create_dir(out.join(".draft-killed.tmp")).expect("a killed writer leaves it");

        let draft = Draft::new(&out).expect("starts").expect("is empty but for a killed draft");
        draft.create_folder("a").expect("makes");
        draft.write("a/1", b"one").expect("writes");
        draft.write("list.csv", b"new").expect("writes");
        assert!(list(&out).expect("lists").iter().all(|path| is_temporary(path)));
        draft.commit().expect("moves");
        assert_eq!(list(&out).expect("lists"), [out.join("a"), out.join("list.csv")]);
        assert_eq!(fs::read(out.join("a/1")).expect("reads"), b"one");
        assert!(Draft::new(&out).expect("looks").is_none());
    }
}
