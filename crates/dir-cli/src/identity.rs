//! Identity of the data that settings name, for the folder of a run.

use dir_data::content_digest::{self, ContentDigest};
use dir_train::DataIdentity;
use dir_train::data_identity::AllTargets;

use crate::config::Config;
use crate::task::{Prepared, Task};

/// Identity of rows as they were read, before folds and densities. `known` spares the runs of a grid reading every file
/// again: the grid that started them has just done so, so that its digests of files are taken over.
///
/// # Errors
/// Files that can't be read.
pub(crate) fn of<T: Task>(
    config: &Config<T>,
    prepared: &Prepared<T::Rows>,
    known: Option<&DataIdentity>,
) -> anyhow::Result<DataIdentity> {
    let (inputs, pretrained) = match known {
        Some(known) => (known.inputs.clone(), known.pretrained.clone()),
        None => (inputs(config, prepared)?, pretrained(config)?),
    };
    let targets = match &prepared.pixels {
        Some(tallies) => AllTargets::Counted(tallies),
        None => AllTargets::PerRow(&prepared.targets),
    };
    let groups = prepared.groups.as_deref();
    Ok(DataIdentity::new(&prepared.row_ids, targets, &prepared.parts, groups, inputs, pretrained))
}

fn inputs<T: Task>(config: &Config<T>, prepared: &Prepared<T::Rows>) -> anyhow::Result<String> {
    let mut digest = ContentDigest::default();
    T::digest(config, &prepared.rows, &mut digest)?;
    Ok(digest.finish())
}

fn pretrained<T: Task>(config: &Config<T>) -> anyhow::Result<Option<String>> {
    let Some(path) = T::pretrained(config) else { return Ok(None) };
    let hash = content_digest::of_file(path).map_err(|error| {
        anyhow::anyhow!("{}: found '{error}', expected a file that can be read; check the path", path.display())
    })?;
    let mut digest = ContentDigest::default();
    digest.bytes(&hash);
    Ok(Some(digest.finish()))
}
