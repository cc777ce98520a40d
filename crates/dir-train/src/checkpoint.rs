//! Checkpoints: one file each, hashed, written whole; a damaged one is named and the one before it is used.
//!
//! Layout: magic, version and length of the sections table, the table (JSON: name and length of every section), the
//! sections, and the SHA-256 of all that comes before it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::TrainError;
use crate::files;

const MAGIC: &[u8; 8] = b"DIRCKPT1";
const HASH: usize = 32;

/// Named byte strings that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checkpoint {
    sections: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    length: u64,
}

impl Checkpoint {
    /// Adds raw bytes.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.sections.push((name.to_owned(), bytes));
        self
    }

    /// Adds a value in a compact binary form that keeps every bit of a float.
    ///
    /// # Errors
    /// A value that can't be written in it.
    pub fn with_value<T: Serialize>(self, name: &str, value: &T) -> Result<Self, TrainError> {
        let bytes = postcard::to_stdvec(value).map_err(|error| TrainError::File {
            path: name.into(),
            found: format!("a value that can't be stored: {error}"),
            expected: "plain data".into(),
        })?;
        Ok(self.with(name, bytes))
    }

    /// Raw bytes of a section.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        self.sections.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// Raw bytes of a section that must be there.
    ///
    /// # Errors
    /// [`TrainError::File`] if it is not.
    pub fn required(&self, name: &str, path: &Path) -> Result<&[u8], TrainError> {
        self.section(name).ok_or_else(|| TrainError::File {
            path: path.to_path_buf(),
            found: format!("no section {name:?}"),
            expected: "a checkpoint of this program; delete it to go on from the one before".into(),
        })
    }

    /// A value of a section.
    ///
    /// # Errors
    /// [`TrainError::File`] for a section that is missing or of another form.
    pub fn value<T: DeserializeOwned>(&self, name: &str, path: &Path) -> Result<T, TrainError> {
        postcard::from_bytes(self.required(name, path)?).map_err(|error| TrainError::File {
            path: path.to_path_buf(),
            found: format!("section {name:?} of another form ({error})"),
            expected: "a checkpoint of this version of the program".into(),
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let table: Vec<Entry> =
            self.sections.iter().map(|(name, b)| Entry { name: name.clone(), length: b.len() as u64 }).collect();
        let table = serde_json::to_vec(&table)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((table.len() as u64).to_le_bytes());
        bytes.extend(table);
        self.sections.iter().for_each(|(_, section)| bytes.extend(section));
        let hash = Sha256::digest(&bytes);
        bytes.extend(hash);
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let body = bytes.len().checked_sub(HASH).ok_or_else(|| format!("{} bytes", bytes.len()))?;
        let (body, hash) = bytes.split_at(body);
        if Sha256::digest(body).as_slice() != hash {
            return Err(format!("{} bytes whose hash does not match: truncated or altered", bytes.len()));
        }
        let rest = body.strip_prefix(MAGIC.as_slice()).ok_or("another kind of file")?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or("no sections table")?;
        let (table, mut rest) = split(rest, u64::from_le_bytes(*length)).ok_or("a sections table cut short")?;
        let table: Vec<Entry> = serde_json::from_slice(table).map_err(|e| format!("a bad sections table ({e})"))?;
        let mut sections = Vec::with_capacity(table.len());
        for entry in table {
            let (section, after) = split(rest, entry.length).ok_or("a section cut short")?;
            sections.push((entry.name, section.to_vec()));
            rest = after;
        }
        Ok(Self { sections })
    }

    /// Writes the checkpoint whole.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let bytes = self.to_bytes().map_err(|error| TrainError::File {
            path: path.to_path_buf(),
            found: format!("a section that can't be listed ({error})"),
            expected: "names of text".into(),
        })?;
        Ok(files::write_atomic(path, &bytes)?)
    }

    /// Reads a checkpoint and checks its length and hash.
    ///
    /// # Errors
    /// [`TrainError::Io`]; [`TrainError::File`] for a damaged one.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        Self::from_bytes(&files::read(path)?).map_err(|found| TrainError::File {
            path: path.to_path_buf(),
            found,
            expected: "a whole checkpoint".into(),
        })
    }
}

fn split(bytes: &[u8], at: u64) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(usize::try_from(at).ok()?)
}

/// Name of the checkpoint after so many updates: names sort by age.
#[must_use]
pub fn name(updates: u64) -> String {
    format!("update-{updates:012}.ckpt")
}

/// The checkpoints of a folder, newest first.
///
/// # Errors
/// [`TrainError::Io`].
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    list_named(folder, "update-")
}

/// The model of the last stage's best epoch, if there is one.
///
/// # Errors
/// [`TrainError::Io`].
pub fn best_of(folder: &Path) -> Result<Option<PathBuf>, TrainError> {
    Ok(list_named(folder, "best-")?.into_iter().next())
}

fn list_named(folder: &Path, start: &str) -> Result<Vec<PathBuf>, TrainError> {
    let is_checkpoint = |name: &str| name.starts_with(start) && name.ends_with(".ckpt");
    let mut found = files::list(folder)?;
    found.retain(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(is_checkpoint));
    found.reverse();
    Ok(found)
}

/// What [`newest`] finds: the checkpoint, if any is whole, and what is wrong with newer ones.
pub type Newest = (Option<(PathBuf, Checkpoint)>, Vec<TrainError>);

/// The newest checkpoint that is whole, and what is wrong with newer ones.
///
/// # Errors
/// [`TrainError::Io`] for a folder that can't be listed.
pub fn newest(folder: &Path) -> Result<Newest, TrainError> {
    let mut damaged = Vec::new();
    for path in list(folder)? {
        match Checkpoint::load(&path) {
            Ok(checkpoint) => return Ok((Some((path, checkpoint)), damaged)),
            Err(error) => damaged.push(error),
        }
    }
    Ok((None, damaged))
}

/// Deletes all but the newest `keep` checkpoints.
///
/// # Errors
/// [`TrainError::Io`].
pub fn prune(folder: &Path, keep: usize) -> Result<(), TrainError> {
    Ok(list(folder)?.iter().skip(keep).try_for_each(|path| files::remove_file(path))?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sample() -> Checkpoint {
        Checkpoint::default()
            .with("model", vec![1, 2, 3])
            .with_value("value", &(0.1_f64, f64::MIN_POSITIVE))
            .expect("plain")
    }

    #[test]
    fn every_damage_is_found() {
        let bytes = sample().to_bytes().expect("serialises");
        assert_eq!(Checkpoint::from_bytes(&bytes), Ok(sample()));
        for cut in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(&bytes[..cut]).is_err(), "cut to {cut}");
        }
        for k in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[k / 8] ^= 1 << (k % 8);
            assert!(Checkpoint::from_bytes(&flipped).is_err(), "bit {k}");
        }
    }

    #[test]
    fn the_one_before_is_used() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for updates in [9, 10, 11] {
            sample().with("updates", vec![updates as u8]).save(&folder.path().join(name(updates))).expect("saves");
        }
        let last = folder.path().join(name(11));
        let whole = fs::read(&last).expect("reads");
        fs::write(&last, &whole[..whole.len() - 1]).expect("truncates");
        let (found, damaged) = newest(folder.path()).expect("lists");
        let (path, checkpoint) = found.expect("one is whole");
        assert_eq!(checkpoint.section("updates"), Some([10].as_slice()));
        assert!(damaged[0].to_string().contains("update-000000000011.ckpt"), "{}", damaged[0]);
        assert_eq!(checkpoint.value::<(f64, f64)>("value", &path).expect("reads back"), (0.1, f64::MIN_POSITIVE));
        prune(folder.path(), 1).expect("deletes");
        assert_eq!(list(folder.path()).expect("lists"), [last]);
    }
}
