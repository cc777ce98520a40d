//! Baselines of a grid: made once for all runs of the same test rows, before any run starts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use dir_core::tally::Tally;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_train::baselines::{BaselinePredictions, Baselines};
use dir_train::compare::Cell;
use dir_train::evaluate::Regions;
use dir_train::natural::BinCounts;
use dir_train::target::Scale;
use dir_train::{DataIdentity, Recipe, RunFolder, Source, TrainError, status};

use super::Row;
use crate::config::Config;
use crate::folds::{self, FoldConfig};
use crate::task::{Prepared, Task};
use crate::verbs::baselines::{fold_predictions, of};

/// Test rows of all runs of a grid, and who shares them.
type Made = HashMap<String, Baselines>;

/// Writes `baselines.json` into the folder of every run and returns those of the whole comparison: none where its methods have test
/// rows of their own. What a grid that was stopped has left is used again. Rows that can't be read are left to the runs, which name
/// them.
pub(crate) fn baselines<T: Task>(
    rows: &[Row<T>],
    cells: &[Cell],
    folder: &RunFolder,
    identity: &DataIdentity,
) -> Baselines {
    let none = Baselines { made_for: None, baselines: Vec::new() };
    let made = write_all(rows, cells, folder, identity);
    made.unwrap_or_else(|error| {
        status!("warning: no baselines: {error:#}");
        none
    })
}

fn write_all<T: Task>(
    rows: &[Row<T>],
    cells: &[Cell],
    folder: &RunFolder,
    identity: &DataIdentity,
) -> anyhow::Result<Baselines> {
    let mut made = Made::new();
    let mut wanted: Vec<(String, Config<T>, &Cell)> = Vec::new();
    for cell in cells {
        let Some(row) = rows.iter().find(|row| row.variant.name == cell.method) else { continue };
        let fold = row.config.fold.zip(cell.fold).map(|(fold, number)| FoldConfig { number, ..fold });
        let config = Config { fold, ..row.config.clone() };
        let key = key(&of_test_rows(&config), identity)?;
        let found = read(&folder.path().join(cell.folder()), &key)?;
        made.extend(found.map(|found| (key.clone(), found)));
        wanted.push((key, config, cell));
    }
    for (key, config, cell) in &wanted {
        let baselines = match made.entry(key.clone()) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(Baselines { made_for: Some(key.clone()), ..make(config)? }),
        };
        write(baselines, &folder.path().join(cell.folder()), key)?;
    }
    of_comparison(&wanted, &made, folder)
}

/// Those that stand in the table: the ones that all methods share.
fn of_comparison<T: Task>(
    wanted: &[(String, Config<T>, &Cell)],
    made: &Made,
    folder: &RunFolder,
) -> anyhow::Result<Baselines> {
    let none = Baselines { made_for: None, baselines: Vec::new() };
    let shown = || wanted.iter().filter(|(.., cell)| cell.shown);
    let Some((first, config, _)) = shown().next() else { return Ok(none) };
    let Some(fold) = config.fold else {
        let shared = shown().all(|(key, ..)| key == first);
        return Ok(if shared { made[first].clone() } else { none });
    };
    // Cells come fold after fold: what is shared is the keys of all folds of the first run.
    let keys: Vec<&String> = shown().take(fold.count).map(|(key, ..)| key).collect();
    if !shown().all(|(key, ..)| keys.contains(&key)) {
        return Ok(none);
    }
    let pooled = match read(folder.path(), first)? {
        Some(found) => found,
        None => Baselines { made_for: Some(first.clone()), ..pooled(config, fold)? },
    };
    write(&pooled, folder.path(), first)?;
    for (.., cell) in shown() {
        write(&pooled, &folder.path().join(Cell { fold: None, ..Cell::clone(cell) }.folder()), first)?;
    }
    Ok(pooled)
}

/// Those of a folder, if they were made for the same test rows.
fn read(folder: &Path, key: &str) -> Result<Option<Baselines>, TrainError> {
    Ok(Baselines::read(folder)?.filter(|found| found.made_for.as_deref() == Some(key)))
}

/// Writes them where they are not yet.
fn write(baselines: &Baselines, folder: &Path, key: &str) -> Result<(), TrainError> {
    if read(folder, key)?.is_some() { Ok(()) } else { baselines.write(folder) }
}

/// The settings that baselines depend on: which rows there are, and how regions are told apart.
fn of_test_rows<T: Task>(config: &Config<T>) -> Config<T> {
    let weights = dir_core::weight::WeightConfig { compat: config.weights.compat, ..Default::default() };
    let Config { data, bins, shots, relevance, bootstrap, fold, train_density, test_density, .. } = config.clone();
    let base = Config::<T> { method: String::new(), target: Scale::default(), ..Config::default() };
    Config { data, bins, weights, shots, relevance, bootstrap, fold, train_density, test_density, ..base }
}

fn key<T: Task>(config: &Config<T>, identity: &DataIdentity) -> anyhow::Result<String> {
    let mut digest = ContentDigest::default();
    digest.text(&config.to_toml()?);
    let DataIdentity { row_ids, targets, splits, groups, inputs, .. } = identity;
    [row_ids, targets, splits, inputs].into_iter().chain(groups).for_each(|text| digest.text(text));
    Ok(digest.finish())
}

fn make<T: Task>(config: &Config<T>) -> anyhow::Result<Baselines> {
    let prepared = folds::read(config)?;
    let source = source(config, &prepared)?;
    of::<T>(&source, &prepared.bins, &config.recipe())
}

fn source<T: Task>(config: &Config<T>, prepared: &Prepared<T::Rows>) -> anyhow::Result<T::Source> {
    T::source(config, prepared, &T::input(config, prepared)?)
}

/// Baselines of a cross-validation: the test rows of all folds together, each predicted from its own fold's training rows. Regions are
/// those of the pooled runs.
fn pooled<T: Task>(config: &Config<T>, fold: FoldConfig) -> anyhow::Result<Baselines> {
    let recipe: Recipe = config.recipe();
    let (mut predictions, mut targets): (Vec<BaselinePredictions>, Vec<f64>) = (Vec::new(), Vec::new());
    for number in 0..fold.count {
        let config = Config { fold: Some(FoldConfig { number, ..fold }), ..config.clone() };
        let prepared = folds::read(&config)?;
        let source = source(&config, &prepared)?;
        targets.extend(source.targets(Part::Test).of_rows());
        let found = fold_predictions::<T>(&source)?;
        if number == 0 {
            predictions = found;
        } else {
            // A baseline that one fold lacks has no prediction for all rows.
            predictions.retain(|one| found.iter().any(|other| other.kind == one.kind));
            for one in &mut predictions {
                let of_fold = found.iter().filter(|other| other.kind == one.kind);
                of_fold.for_each(|other| one.predictions.extend(&other.predictions));
            }
        }
    }
    let mut prepared = folds::read(config)?;
    let bins = folds::pooled_bins(config, &prepared)?;
    let counts = folds::mean_counts(config, &mut prepared, &bins)?;
    let tested = Tally::of(&targets);
    let regions = Regions::of_folds(bins, counts, &recipe, &tested)?;
    let counts = BinCounts::of_all(&regions, &tested)?;
    Ok(Baselines::of(&predictions, &targets, (&regions, &counts, &recipe))?)
}

#[cfg(test)]
mod tests {
    use dir_core::weight::{Reweight, WeightConfig};

    use super::*;
    use crate::stub::Stub;

    #[test]
    fn runs_share_baselines_where_their_test_rows_are_the_same() {
        let empty =
            DataIdentity::new(&[], dir_train::data_identity::AllTargets::PerRow(&[]), &[], None, String::new(), None);
        let key = |config: &Config<Stub>| key(&of_test_rows(config), &empty).expect("TOML");
        let base = Config::<Stub>::default();
        let mut other = base.clone();
        other.method = "sqinv".into();
        other.weights = WeightConfig { reweight: Reweight::SqrtInv, ..other.weights };
        other.train.seed = 3;
        assert_eq!(key(&base), key(&other));
        let fold = Some(FoldConfig { count: 5, number: 1, seed: 0 });
        assert_ne!(key(&base), key(&Config { fold, ..base.clone() }));
        let thinned = Some(dir_data::density::DensityConfig::default());
        assert_ne!(key(&base), key(&Config { test_density: thinned, ..base.clone() }));
        let identity = DataIdentity { inputs: "other".into(), ..empty.clone() };
        assert_ne!(key(&base), super::key(&of_test_rows(&base), &identity).expect("TOML"));
    }
}
