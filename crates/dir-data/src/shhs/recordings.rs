//! Where the recordings lie, and whose they are: `shhs1-200001.edf` is that of subject 200001 at visit 1.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ShhsError;

/// Folders of the visits' folders, from the study's folder; the first that is there is taken.
const PLACES: [&str; 3] = ["polysomnography/edfs", "edfs", ""];

/// The recordings of a visit; all paths count from the study's folder.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    /// Their folder.
    pub(super) folder: PathBuf,
    /// By number of the subject.
    pub(super) by_id: BTreeMap<u64, PathBuf>,
    /// EDF files whose names tell no subject of this visit, sorted.
    pub(super) other: Vec<PathBuf>,
}

impl Recordings {
    pub(super) fn find(study: &Path, visit: u8) -> Result<Self, ShhsError> {
        let places = PLACES.map(|place| Path::new(place).join(format!("shhs{visit}")));
        let Some(folder) = places.iter().find(|place| study.join(place).is_dir()) else {
            return Err(ShhsError::NoFolder { path: study.join(&places[0]), visit });
        };
        let mut found = Self { folder: folder.clone(), ..Self::default() };
        let names = sorted_files(&study.join(folder))?;
        for name in &names {
            found.push(study, folder.join(name), visit)?;
        }
        if found.by_id.is_empty() {
            return Err(ShhsError::NoRecordings { path: study.join(folder), visit, files: names.len() });
        }
        Ok(found)
    }

    fn push(&mut self, study: &Path, path: PathBuf, visit: u8) -> Result<(), ShhsError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let Some(stem) = name.strip_suffix(".edf") else { return Ok(()) };
        let Some(id) = id_of(stem, visit) else {
            self.other.push(path);
            return Ok(());
        };
        match self.by_id.get(&id) {
            // Where the system tells .edf from .EDF there may be both.
            Some(first) => Err(ShhsError::RecordedTwice { path: study.join(path), first: study.join(first), id }),
            None => {
                self.by_id.insert(id, path);
                Ok(())
            }
        }
    }
}

/// Names of the files in a folder: the system's own order differs from one to the next.
fn sorted_files(folder: &Path) -> Result<Vec<std::ffi::OsString>, ShhsError> {
    let expected = "a folder of recordings";
    let io = |error| ShhsError::Io { path: folder.to_path_buf(), expected, error };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !entry.path().is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Number of the subject in a name without its extension, in lower case.
fn id_of(stem: &str, visit: u8) -> Option<u64> {
    let number = stem.strip_prefix(&format!("shhs{visit}-"))?;
    // `parse` would take a sign too.
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_subject() {
        assert_eq!(id_of("shhs1-200001", 1), Some(200_001));
        for other in ["shhs2-200001", "shhs1-200001-nsrr", "shhs1-", "shhs1-+7", "200001", "shhs1-99999999999999999999"]
        {
            assert_eq!(id_of(other, 1), None, "{other}");
        }
    }
}
