//! Decoded, resized pictures, so that each is decoded once: in memory, or in a file that is read in place.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PictureError;
use super::store::read_at;
use crate::files::{AtomicFile, FileError, remove_temporaries};

/// Where decoded pictures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// Nowhere: every picture is decoded each time.
    #[default]
    None,
    /// In memory.
    Memory,
    /// In a file beside the pictures, which the next run finds again.
    File,
}

/// All pictures, one after the other, each of the same length.
#[derive(Debug)]
pub(super) struct Cache {
    length: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Memory(Vec<u8>),
    File(File),
}

/// What a cache is made of: this must be the same for a file to be used again.
pub(super) struct Key<'a> {
    pub(super) side: usize,
    /// Name and version of every picture, as [`Store::version`](super::Store) returns it.
    pub(super) pictures: Vec<(&'a str, String)>,
}

impl Key<'_> {
    /// A name for the file, by everything in it.
    fn name(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("dir pictures 2, {} px\n", self.side));
        for (name, version) in &self.pictures {
            hash.update(format!("{version} {name}\n"));
        }
        let digest = hash.finalize();
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("pictures-{}px-{hex}.rgb", self.side)
    }
}

/// Pictures that are decoded at a time while a file is written.
const CHUNK: usize = 512;

impl Cache {
    /// Decodes all pictures into memory.
    pub(super) fn in_memory<D>(count: usize, length: usize, decode: D) -> Result<Self, PictureError>
    where
        D: Fn(usize, &mut [u8]) -> Result<(), PictureError> + Sync,
    {
        let mut all = vec![0; count * length];
        all.par_chunks_mut(length).enumerate().try_for_each(|(k, out)| decode(k, out))?;
        Ok(Self { length, content: Content::Memory(all) })
    }

    /// Finds the file of these pictures in a folder, or writes it.
    pub(super) fn in_file<D>(folder: &Path, key: &Key<'_>, length: usize, decode: D) -> Result<Self, PictureError>
    where
        D: Fn(usize, &mut [u8]) -> Result<(), PictureError> + Sync,
    {
        let (path, count) = (folder.join(key.name()), key.pictures.len());
        let whole = |file: &File| file.metadata().is_ok_and(|data| data.len() == (count * length) as u64);
        if let Some(file) = File::open(&path).ok().filter(whole) {
            return Ok(Self { length, content: Content::File(file) });
        }
        remove_temporaries(folder).ok(); // only what killed programs have left
        write_all(&path, count, length, &decode)?;
        let file = File::open(&path).map_err(|error| PictureError::Cache { place: path, error })?;
        Ok(Self { length, content: Content::File(file) })
    }

    /// One picture's pixels.
    pub(super) fn read(&self, picture: usize, out: &mut [u8]) -> std::io::Result<()> {
        match &self.content {
            Content::Memory(all) => {
                out.copy_from_slice(&all[picture * self.length..][..self.length]);
                Ok(())
            }
            Content::File(file) => read_at(file, out, (picture * self.length) as u64),
        }
    }
}

fn write_all<D>(path: &Path, count: usize, length: usize, decode: &D) -> Result<(), PictureError>
where
    D: Fn(usize, &mut [u8]) -> Result<(), PictureError> + Sync,
{
    let failed = |error| PictureError::Cache { place: path.to_path_buf(), error };
    let mut file = AtomicFile::create(path).map_err(unwritten)?;
    let mut chunk = vec![0; CHUNK.min(count) * length];
    for first in (0..count).step_by(CHUNK) {
        let chunk = &mut chunk[..CHUNK.min(count - first) * length];
        chunk.par_chunks_mut(length).enumerate().try_for_each(|(k, out)| decode(first + k, out))?;
        file.write_all(chunk).map_err(failed)?;
    }
    file.commit().map_err(unwritten)
}

fn unwritten(failed: FileError) -> PictureError {
    PictureError::Cache { place: failed.path, error: failed.error }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_file_is_written_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let decoded = AtomicUsize::new(0);
        let decode = |k: usize, out: &mut [u8]| {
            decoded.fetch_add(1, Ordering::Relaxed);
            out.fill(k as u8);
            Ok(())
        };
        let key = |side| Key { side, pictures: (0..700).map(|k| ("name", k.to_string())).collect() };
        for side in [1, 1, 2] {
            let cache = Cache::in_file(folder.path(), &key(side), 3, decode).expect("writes");
            let mut out = [0; 3];
            cache.read(600, &mut out).expect("reads");
            assert_eq!(out, [600_usize as u8; 3]);
        }
        assert_eq!(decoded.into_inner(), 1400, "once per size");
        let left = std::fs::read_dir(folder.path()).expect("lists").count();
        assert_eq!(left, 2, "no temporary file is left");
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = Key { side: 1, pictures: vec![("name", "1".into())] };
        let missing = || PictureError::Missing { name: "a".into(), place: "b".into() };
        assert!(Cache::in_file(folder.path(), &key, 3, |_, _: &mut [u8]| Err(missing())).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
        assert!(Cache::in_memory(2, 3, |_, _| Err(missing())).is_err());
    }
}
