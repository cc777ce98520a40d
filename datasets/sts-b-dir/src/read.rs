//! The rows of a data set: the three files of the re-split, or one of the user's own.

use std::path::Path;

use dir_data::Part;
use dir_data::text::{Pairs, stsb};

use crate::settings::DataConfig;

/// What was found.
pub(crate) struct Found {
    pub(crate) pairs: Pairs,
    /// Part of every row, unless one must be chosen.
    pub(crate) parts: Option<Vec<Part>>,
    /// Where, in the user's words.
    pub(crate) source: String,
}

pub(crate) fn one_file(path: &Path, data: &DataConfig) -> anyhow::Result<Found> {
    let pairs = Pairs::read(path, &data.columns())?;
    let parts = pairs.parts.clone();
    Ok(Found { pairs, parts, source: path.display().to_string() })
}

/// A file per part.
pub(crate) fn three_files(data: &DataConfig) -> anyhow::Result<Found> {
    let (mut all, mut parts) = (Pairs::default(), Vec::new());
    for (name, part) in stsb::FILES {
        let path = data.folder.join(name);
        if !path.exists() {
            anyhow::bail!(
                "{}: found no such file, expected the re-split of STS-B; `sts-b-dir fetch --data {}` says where it comes from, \
                 `synth` makes up another data set",
                path.display(),
                data.folder.display()
            );
        }
        let pairs = Pairs::read(&path, &data.columns())?;
        parts.extend(std::iter::repeat_n(part, pairs.first.len()));
        all.append(pairs);
    }
    Ok(Found { pairs: all, parts: Some(parts), source: data.folder.display().to_string() })
}
