//! Fuzz target: a function that reads untrusted bytes, with its seeds, dictionary and size cap.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

/// Result of one execution: a small number that tells accepted inputs apart (rows, pixels), or a clean error.
pub(crate) type Outcome = anyhow::Result<usize>;

/// Valid inputs by file name.
pub(crate) type Seeds = Vec<(String, Vec<u8>)>;

/// A function under test.
pub(crate) struct Target {
    /// Name on the command line and of the corpus folder.
    pub(crate) name: &'static str,
    /// Function under test.
    pub(crate) run: fn(&[u8], &Scratch) -> Outcome,
    /// Valid inputs, made by the project's own writers where it has one.
    pub(crate) seeds: fn() -> anyhow::Result<Seeds>,
    /// Words of the format that mutations insert.
    pub(crate) dictionary: &'static [&'static [u8]],
    /// Whether mutations treat the input as text: lines, fields and numbers.
    pub(crate) text: bool,
    /// Largest input in bytes.
    pub(crate) largest: usize,
}

impl Target {
    /// A target whose inputs are bytes.
    pub(crate) const fn binary(
        name: &'static str,
        run: fn(&[u8], &Scratch) -> Outcome,
        seeds: fn() -> anyhow::Result<Seeds>,
        dictionary: &'static [&'static [u8]],
        largest: usize,
    ) -> Self {
        Self { name, run, seeds, dictionary, text: false, largest }
    }

    /// A target whose inputs are text.
    pub(crate) const fn text(
        name: &'static str,
        run: fn(&[u8], &Scratch) -> Outcome,
        seeds: fn() -> anyhow::Result<Seeds>,
        dictionary: &'static [&'static [u8]],
        largest: usize,
    ) -> Self {
        Self { name, run, seeds, dictionary, text: true, largest }
    }
}

/// Folder for functions that read paths; it is in memory where the system has such a place.
pub(crate) struct Scratch {
    folder: PathBuf,
    ready: RefCell<bool>,
}

impl Scratch {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), ready: RefCell::new(false) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file below the folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent().filter(|parent| !parent.is_dir()) {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Prepares the folder before the first execution.
    pub(crate) fn once(&self, prepare: impl FnOnce(&Self) -> anyhow::Result<()>) -> anyhow::Result<()> {
        if !self.ready.replace(true) {
            prepare(self)?;
        }
        Ok(())
    }

    /// An empty folder below this one.
    pub(crate) fn empty(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(path)
    }
}

/// Seeds from texts.
pub(crate) fn texts(seeds: &[(&str, &str)]) -> anyhow::Result<Seeds> {
    Ok(seeds.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect())
}
