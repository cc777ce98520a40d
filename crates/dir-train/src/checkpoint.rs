//! Checkpoint: one hashed file, written whole; a damaged one is set aside and the one before it is used.
//!
//! Layout: magic and format, length of the sections table, the table (JSON: name and length of every section), the sections, and
//! the SHA-256 of all that comes before it. The model of the best epoch is kept twice, since no older file could replace it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::TrainError;
use crate::files;

const MAGIC: &[u8; 7] = b"DIRCKPT";
/// Format of the file and of what the engine stores in its sections, one digit. Readers take this one alone.
const FORMAT: u8 = b'2';
const HASH: usize = 32;
/// Folder, beside the checkpoints, of damaged files.
const DAMAGED: &str = "damaged";

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
        bytes.push(FORMAT);
        bytes.extend((table.len() as u64).to_le_bytes());
        bytes.extend(table);
        self.sections.iter().for_each(|(_, section)| bytes.extend(section));
        let hash = Sha256::digest(&bytes);
        bytes.extend(hash);
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let body = bytes.len().checked_sub(HASH).ok_or_else(|| format!("{} bytes", bytes.len()))?;
        let (body, hash) = bytes.split_at(body);
        if Sha256::digest(body).as_slice() != hash {
            return Err(format!("{} bytes whose hash does not match: truncated or altered", bytes.len()).into());
        }
        let rest = body.strip_prefix(MAGIC.as_slice()).ok_or("another kind of file")?;
        let (&format, rest) = rest.split_first().ok_or("no format")?;
        if format != FORMAT {
            return Err(Unreadable::Format(char::from(format)));
        }
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
        let bytes = self.to_bytes().map_err(|error| TrainError::Serialize { path: path.into(), error })?;
        Ok(files::write_atomic(path, &bytes)?)
    }

    /// Writes the checkpoint and a copy of it: for one that no older checkpoint could replace.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn save_twice(&self, path: &Path) -> Result<(), TrainError> {
        self.save(&copy_of(path))?;
        self.save(path)
    }

    /// Reads a checkpoint and checks its length, hash and format.
    ///
    /// # Errors
    /// [`TrainError::Io`]; [`TrainError::Damaged`]; [`TrainError::Format`].
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        Self::from_bytes(&files::read(path)?).map_err(|unreadable| match unreadable {
            Unreadable::Damaged(found) => TrainError::Damaged { path: path.to_path_buf(), found },
            Unreadable::Format(found) => TrainError::Format {
                path: path.to_path_buf(),
                found: found.to_string(),
                expected: char::from(FORMAT).to_string(),
            },
        })
    }

    /// Reads a checkpoint that was saved twice: its copy if it is damaged or gone, and why.
    ///
    /// # Errors
    /// Those of [`Checkpoint::load`], of the first file where both are unusable.
    pub fn load_either(path: &Path) -> Result<(Self, Option<TrainError>), TrainError> {
        let error = match Self::load(path) {
            Ok(checkpoint) => return Ok((checkpoint, None)),
            Err(error) if error.is_damage() || !path.exists() => error,
            Err(error) => return Err(error),
        };
        match Self::load(&copy_of(path)) {
            Ok(copy) => Ok((copy, Some(error))),
            Err(_) => Err(error),
        }
    }
}

/// Why bytes are no checkpoint of this program.
#[derive(Debug, PartialEq)]
enum Unreadable {
    Damaged(String),
    Format(char),
}

impl From<String> for Unreadable {
    fn from(found: String) -> Self {
        Self::Damaged(found)
    }
}

impl From<&str> for Unreadable {
    fn from(found: &str) -> Self {
        Self::Damaged(found.into())
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

/// The model of the last stage's best epoch, if there is one. Its file may be gone and its copy there.
///
/// # Errors
/// [`TrainError::Io`].
pub fn best_of(folder: &Path) -> Result<Option<PathBuf>, TrainError> {
    let newest = list_named(folder, "best-")?.into_iter().next();
    Ok(newest.map(|path| folder.join(original_name(&path))))
}

/// Whether neither a checkpoint that was saved twice nor its copy is there and whole.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::Format`].
pub fn is_lost(path: &Path) -> Result<bool, TrainError> {
    for path in [path, &copy_of(path)] {
        match Checkpoint::load(path) {
            Ok(_) => return Ok(false),
            Err(error) if error.is_damage() || !path.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Whether the model of a run's best epoch is lost. Where no file of it is left, it is.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::Format`].
pub fn is_best_lost(folder: &Path) -> Result<bool, TrainError> {
    best_of(folder)?.map_or(Ok(true), |path| is_lost(&path))
}

/// Moves every checkpoint of a folder to the damaged ones.
///
/// # Errors
/// [`TrainError::Io`].
pub fn set_all_aside(folder: &Path) -> Result<(), TrainError> {
    list_named(folder, "")?.iter().try_for_each(|path| set_aside(path).map(drop))
}

/// The copy that [`Checkpoint::save_twice`] writes.
#[must_use]
pub fn copy_of(path: &Path) -> PathBuf {
    path.with_extension("copy.ckpt")
}

/// Name of a checkpoint, also if this is its copy.
pub(crate) fn original_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_default().replace(".copy.ckpt", ".ckpt")
}

fn list_named(folder: &Path, start: &str) -> Result<Vec<PathBuf>, TrainError> {
    let is_checkpoint = |name: &str| name.starts_with(start) && name.ends_with(".ckpt");
    let mut found = files::list(folder)?;
    found.retain(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(is_checkpoint));
    found.reverse();
    Ok(found)
}

/// The newest whole checkpoint of a folder, and the newer ones that are damaged.
#[derive(Debug, Default)]
pub struct Newest {
    /// The checkpoint, if any is whole.
    pub found: Option<(PathBuf, Checkpoint)>,
    /// Damaged files, newest first, each as a [`TrainError::Damaged`].
    pub damaged: Vec<(PathBuf, TrainError)>,
}

/// Finds the newest whole checkpoint. Only a wrong hash or layout is damage: an I/O error or another format ends the search,
/// for older numbers must not win over a file that a later attempt may read.
///
/// # Errors
/// [`TrainError::Io`]; [`TrainError::Format`].
pub fn newest(folder: &Path) -> Result<Newest, TrainError> {
    let mut newest = Newest::default();
    for path in list(folder)? {
        match Checkpoint::load(&path) {
            Ok(checkpoint) => {
                newest.found = Some((path, checkpoint));
                break;
            }
            Err(error) if error.is_damage() => newest.damaged.push((path, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(newest)
}

/// Moves a damaged file into the folder `damaged` beside it, under a name that nothing has there.
///
/// # Errors
/// [`TrainError::Io`].
pub fn set_aside(path: &Path) -> Result<PathBuf, TrainError> {
    let folder = path.with_file_name(DAMAGED);
    files::create_folder(&folder)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let names = (0_u32..).map(|k| if k == 0 { name.clone() } else { format!("{name}.{k}") });
    let free = names.map(|name| folder.join(name)).find(|place| !place.exists()).unwrap_or_else(|| folder.join(&name));
    files::rename(path, &free)?;
    Ok(free)
}

/// Whether damaged files were set aside in a folder of checkpoints.
///
/// # Errors
/// [`TrainError::Io`].
pub fn has_damaged(folder: &Path) -> Result<bool, TrainError> {
    let damaged = folder.join(DAMAGED);
    Ok(damaged.exists() && !files::list(&damaged)?.is_empty())
}

/// Deletes checkpoints older than `newest` but the next `keep - 1`, once `newest` itself reads back whole.
///
/// # Errors
/// Those of [`Checkpoint::load`]: then nothing is deleted.
pub fn prune(newest: &Path, keep: usize) -> Result<(), TrainError> {
    Checkpoint::load(newest)?;
    let folder = newest.parent().unwrap_or(Path::new("."));
    let mut older =
        list(folder)?.into_iter().filter(|path| path.file_name() < newest.file_name()).skip(keep.saturating_sub(1));
    Ok(older.try_for_each(|path| files::remove_file(&path))?)
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
        let bytes = sample().to_bytes().expect("plain");
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

    fn saved(folder: &Path, updates: &[u64]) -> Vec<PathBuf> {
        let paths: Vec<PathBuf> = updates.iter().map(|&n| folder.join(name(n))).collect();
        for (path, n) in paths.iter().zip(updates) {
            sample().with("updates", vec![*n as u8]).save(path).expect("saves");
        }
        paths
    }

    fn truncate(path: &Path) {
        let whole = fs::read(path).expect("reads");
        fs::write(path, &whole[..whole.len() - 1]).expect("truncates");
    }

    #[test]
    fn damaged_checkpoints_are_set_aside_and_older_ones_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let paths = saved(folder.path(), &[8, 9, 10, 11]);
        truncate(&paths[2]);
        truncate(&paths[3]);
        let Newest { found, damaged } = newest(folder.path()).expect("lists");
        let (path, checkpoint) = found.expect("one is whole");
        assert_eq!(checkpoint.section("updates"), Some([9].as_slice()));
        assert_eq!(checkpoint.value::<(f64, f64)>("value", &path).expect("reads back"), (0.1, f64::MIN_POSITIVE));
        let names: Vec<&PathBuf> = damaged.iter().map(|(path, _)| path).collect();
        assert_eq!(names, [&paths[3], &paths[2]]);
        for (path, _) in &damaged {
            let bytes = fs::read(path).expect("reads");
            assert_eq!(fs::read(set_aside(path).expect("moves")).expect("is there"), bytes);
        }
        assert!(has_damaged(folder.path()).expect("lists"));
        // A checkpoint saved after the fall back is not deleted for the sake of the damaged ones.
        let new = saved(folder.path(), &[10]);
        prune(&new[0], 2).expect("deletes");
        assert_eq!(list(folder.path()).expect("lists"), [new[0].clone(), paths[1].clone()]);
        truncate(&new[0]);
        assert_ne!(set_aside(&new[0]).expect("moves"), folder.path().join("damaged").join(name(10)));
    }

    #[test]
    fn prune_deletes_nothing_when_the_newest_is_damaged() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let paths = saved(folder.path(), &[1, 2, 3]);
        truncate(&paths[2]);
        assert!(prune(&paths[2], 2).expect_err("damaged").is_damage());
        assert_eq!(list(folder.path()).expect("lists").len(), 3);
    }

    #[test]
    fn io_errors_and_other_formats_are_not_damage() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        saved(folder.path(), &[1]);
        // Reading a folder as a file fails with EISDIR, whoever asks.
        fs::create_dir(folder.path().join(name(2))).expect("creates");
        assert!(matches!(newest(folder.path()), Err(TrainError::Io { .. })));
        fs::remove_dir(folder.path().join(name(2))).expect("removes");
        let mut bytes = sample().to_bytes().expect("plain");
        bytes.truncate(bytes.len() - HASH);
        bytes[MAGIC.len()] = b'1';
        let hash = Sha256::digest(&bytes);
        bytes.extend(hash);
        fs::write(folder.path().join(name(2)), bytes).expect("writes");
        let error = newest(folder.path()).expect_err("another format").to_string();
        let path = folder.path().join(name(2));
        let expected = format!(
            "{}: written in format 1, this program reads format 2; use the version that wrote it, or train again",
            path.display()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn the_copy_replaces_a_damaged_best_model() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("best-stage-1-epoch-000003.ckpt");
        sample().save_twice(&path).expect("saves");
        assert!(matches!(Checkpoint::load_either(&path), Ok((_, None))));
        truncate(&path);
        let (found, why) = Checkpoint::load_either(&path).expect("the copy");
        assert!(found == sample() && why.is_some_and(|why| why.is_damage()));
        fs::remove_file(&path).expect("removes");
        assert_eq!(best_of(folder.path()).expect("lists"), Some(path.clone()));
        assert!(Checkpoint::load_either(&path).is_ok());
        truncate(&copy_of(&path));
        assert!(Checkpoint::load_either(&path).is_err());
    }
}
