//! Cross-validation: which fold of the rows tests, instead of the data's own split.

use dir_core::bins::Bins;
use dir_data::Part;
use dir_data::split::fold_split;
use dir_data::table_split::TRAIN_ROWS;
use dir_train::DataIdentity;
use serde::{Deserialize, Serialize};

use crate::bins;
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
        split(config, &mut prepared, fold)?;
        let FoldConfig { count, number, .. } = fold;
        let kept = if prepared.groups.is_some() { ", groups kept whole" } else { "" };
        prepared.notes.push(format!(
            "fold {number} of {count} tests, the next validates{kept}; the data's own split is not used"
        ));
    }
    let Thinned { left_out, train, test } = density::thin(config, &prepared)?;
    prepared.left_out = left_out;
    prepared.notes.extend([train, test].into_iter().flatten());
    if prepared.pixels.is_none() {
        prepared.notes.extend(bins::outside(&prepared));
        prepared.notes.extend(few_rows(&prepared).filter(|_| config.fold.is_none()));
    }
    prepared.warnings = T::warnings(config, &prepared)?;
    Ok(prepared)
}

/// Folds of a cross-validation of few rows: four fifths of them train in each.
const FOLDS_OF_FEW: usize = 10;

/// What to do where few rows train; none where enough do.
fn few_rows<R>(prepared: &Prepared<R>) -> Option<String> {
    let (train, rows) = (prepared.positions(Part::Train).len(), prepared.parts.len());
    (train < TRAIN_ROWS && rows >= FOLDS_OF_FEW).then(|| {
        format!(
            "only {train} rows train; `compare --folds {FOLDS_OF_FEW}` trains on {} in each of {FOLDS_OF_FEW} runs and tests every row once",
            rows * (FOLDS_OF_FEW - 2) / FOLDS_OF_FEW
        )
    })
}

/// Bins that the pooled test rows of all folds are evaluated by: those of all rows, each of which trains in all folds but two.
///
/// # Errors
/// Targets or settings that make no bins.
pub(crate) fn pooled_bins<T: Task>(config: &Config<T>, prepared: &Prepared<T::Rows>) -> anyhow::Result<Bins> {
    T::bins(config, &prepared.targets, prepared.targets.len())
}

/// Training rows of each of these bins in a fold, a mean over the folds of the settings. Leaves the rows in the last fold.
///
/// # Errors
/// Folds or densities that make no sense.
pub(crate) fn mean_counts<T: Task>(
    config: &Config<T>,
    prepared: &mut Prepared<T::Rows>,
    bins: &Bins,
) -> anyhow::Result<Vec<u64>> {
    let mut sums = vec![0.0; bins.len()];
    let Some(fold) = config.fold else { return Ok(vec![0; bins.len()]) };
    for number in 0..fold.count {
        split(config, prepared, FoldConfig { number, ..fold })?;
        prepared.left_out.clear();
        prepared.left_out = density::thin(config, prepared)?.left_out;
        let counts = prepared.tally(Part::Train).counts(bins).map_err(dir_core::Error::from)?;
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count as f64 / fold.count as f64);
    }
    Ok(sums.into_iter().map(|mean: f64| mean.round() as u64).collect())
}

/// Parts as the fold has them, and the bins of its training rows.
fn split<T: Task>(
    config: &Config<T>,
    prepared: &mut Prepared<T::Rows>,
    FoldConfig { count, number, seed }: FoldConfig,
) -> anyhow::Result<()> {
    anyhow::ensure!(prepared.pixels.is_none(), "found folds for rows with a target per pixel, expected one per row");
    anyhow::ensure!(count >= 3 && number < count, "found fold {number} of {count}, expected one of at least 3, from 0");
    prepared.parts = match &prepared.groups {
        Some(groups) => fold_split(groups, count, number, seed)?,
        None => fold_split(&prepared.row_ids, count, number, seed)?,
    };
    prepared.bins = bins::of_training_rows(config, &prepared.targets, &prepared.parts)?;
    Ok(())
}
