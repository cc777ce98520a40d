//! Cross-validation: which fold of the rows tests, instead of the data's own split.

use dir_data::split::fold_split;
use dir_train::DataIdentity;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::density::{self, Thinned};
use crate::identity;
use crate::task::{Prepared, Task};

/// One fold of a cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldConfig {
    /// How many folds.
    pub count: usize,
    /// The one that tests, from 0; the next one validates.
    pub number: usize,
    /// Seed of the dealing out, not that of the run, so that all seeds see the same folds.
    #[serde(default)]
    pub seed: u64,
}

/// The rows, split as the data say or as the fold does, without those that a density leaves out.
pub(crate) fn read<T: Task>(config: &Config<T>) -> anyhow::Result<Prepared<T::Rows>> {
    apply(config, T::read(config)?)
}

/// The same, and the identity of the data.
pub(crate) fn read_identified<T: Task>(
    config: &Config<T>,
    known: Option<&DataIdentity>,
) -> anyhow::Result<(Prepared<T::Rows>, DataIdentity)> {
    let prepared = T::read(config)?;
    let identity = identity::of(config, &prepared, known)?;
    Ok((apply(config, prepared)?, identity))
}

fn apply<T: Task>(config: &Config<T>, mut prepared: Prepared<T::Rows>) -> anyhow::Result<Prepared<T::Rows>> {
    if let Some(fold) = config.fold {
        split(&mut prepared, fold)?;
    }
    let Thinned { left_out, train, test } = density::thin(config, &prepared)?;
    prepared.left_out = left_out;
    prepared.notes.extend([train, test].into_iter().flatten());
    Ok(prepared)
}

fn split<R>(prepared: &mut Prepared<R>, FoldConfig { count, number, seed }: FoldConfig) -> anyhow::Result<()> {
    anyhow::ensure!(prepared.pixels.is_none(), "found folds for rows with a target per pixel, expected one per row");
    anyhow::ensure!(count >= 3 && number < count, "found fold {number} of {count}, expected one of at least 3, from 0");
    prepared.parts = match &prepared.groups {
        Some(groups) => fold_split(groups, count, number, seed)?,
        None => fold_split(&prepared.row_ids, count, number, seed)?,
    };
    let kept = if prepared.groups.is_some() { ", groups kept whole" } else { "" };
    prepared
        .notes
        .push(format!("fold {number} of {count} tests, the next validates{kept}; the data's own split is not used"));
    Ok(())
}
