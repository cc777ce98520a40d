//! AgeDB as its owners ship it: a folder of pictures whose names tell the age, `id_name_age_gender.jpg`.
//!
//! # Source
//! Moschoglou et al., CVPR workshops 2017; official `agedb-dir/data/create_agedb.py` at a6fdc45. There rows come in the order
//! of the folder, which systems differ in; here they are sorted by name. A list made there keeps its own order.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::images::Listing;
use crate::printable::printable;

/// Folder of the pictures within the data folder.
pub const FOLDER: &str = "AgeDB";

/// What is wrong with a folder of AgeDB.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AgeDbError {
    /// The folder can't be listed.
    #[error("{}: found '{error}', expected the folder of AgeDB's pictures; see `agedb-dir fetch`", printable(path.display()), error = printable(.error))]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A name of another form.
    #[error("{}: found a picture of this name, expected id_name_age_gender.jpg with an age in whole years; move it away", printable(path.display()))]
    Name {
        /// The picture.
        path: PathBuf,
    },
    /// No picture at all.
    #[error("{}: found no picture, expected id_name_age_gender.jpg; see `agedb-dir fetch`", printable(path.display()))]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// Age that a file name tells.
///
/// # Example
/// ```
/// use dir_data::agedb::age_of;
/// assert_eq!(age_of("11706_OliviaHussey_31_f.jpg"), Some(31));
/// assert_eq!(age_of("portrait.jpg"), None);
/// ```
#[must_use]
pub fn age_of(name: &str) -> Option<u32> {
    let parts: Vec<&str> = name.split('.').next()?.split('_').collect();
    match parts[..] {
        [_, _, age, _] => age.parse().ok(),
        _ => None,
    }
}

/// The pictures of `data/AgeDB`, sorted by name, without parts; paths count from `data`.
///
/// # Errors
/// [`AgeDbError`].
pub fn list(data: &Path) -> Result<Listing, AgeDbError> {
    let folder = data.join(FOLDER);
    let io = |error| AgeDbError::Io { path: folder.clone(), error };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        let lower = name.to_string_lossy().to_lowercase();
        if [".jpg", ".jpeg", ".png"].iter().any(|end| lower.ends_with(end)) {
            names.push(name.into_string().map_err(|name| AgeDbError::Name { path: folder.join(name) })?);
        }
    }
    if names.is_empty() {
        return Err(AgeDbError::Empty { path: folder });
    }
    names.sort_unstable();
    let mut listing = Listing::default();
    for name in names {
        let age = age_of(&name).ok_or_else(|| AgeDbError::Name { path: folder.join(&name) })?;
        listing.targets.push(f64::from(age));
        listing.paths.push(format!("{FOLDER}/{name}"));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed() {
        let data = tempfile::tempdir().expect("a temporary folder");
        assert!(matches!(list(data.path()), Err(AgeDbError::Io { .. })));
        let folder = data.path().join(FOLDER);
        std::fs::create_dir(&folder).expect("creates");
        assert!(matches!(list(data.path()), Err(AgeDbError::Empty { .. })));
        for name in ["10_B_7_f.jpg", "1_A_31_m.jpg", "notes.txt"] {
            std::fs::write(folder.join(name), "").expect("writes");
        }
        let listing = list(data.path()).expect("names of the right form");
        assert_eq!(listing.paths, ["AgeDB/10_B_7_f.jpg", "AgeDB/1_A_31_m.jpg"]);
        assert_eq!((listing.targets, listing.parts), (vec![7.0, 31.0], None));
        std::fs::write(folder.join("1_A_old_m.jpg"), "").expect("writes");
        assert!(list(data.path()).expect_err("no age").to_string().contains("1_A_old_m.jpg"));
    }
}
