//! The rows of a grid with their settings, and the runs that they ask for.

use std::ffi::OsString;

use dir_data::budget::Budget;
use dir_train::compare::Cell;
use dir_train::{DataIdentity, RunFolder, data_identity, files, run_folder};

use super::{Grid, Variant};
use crate::config::{Config, ConfigError};
use crate::density;
use crate::first_stage;
use crate::folds::FoldConfig;
use crate::identity;
use crate::stated::FIRST_STAGE_OF;
use crate::task::{Prepared, Task};

/// A row with its settings.
pub(crate) struct Row<T: Task> {
    pub(crate) variant: Variant,
    pub(crate) config: Config<T>,
    /// Whether tables show it. One that is not trains a first stage that several rows share.
    shown: bool,
    /// The row whose runs are the first stage of this one's.
    first_stage: Option<usize>,
    /// What densities make of the training rows and of the test rows.
    notes: [Option<String>; 2],
}

/// Rows of a grid, settled and checked before anything runs.
///
/// # Errors
/// A method or setting that does not exist; numbers that make no sense.
pub(crate) fn rows<T: Task>(
    grid: &Grid,
    base: &Config<T>,
    prepared: &Prepared<T::Rows>,
) -> anyhow::Result<Vec<Row<T>>> {
    let row = |variant: &Variant| {
        let mut config = variant.configure(base)?;
        let density = density::thin(&config, prepared)?;
        config.settle(density.train_rows(prepared));
        config.make_paths_absolute()?;
        config.recipe().check()?;
        Ok(Row {
            variant: variant.clone(),
            config,
            shown: true,
            first_stage: None,
            notes: [density.train, density.test],
        })
    };
    let rows: anyhow::Result<Vec<Row<T>>> = grid.variants.iter().map(row).collect();
    Ok(share_first_stages(rows?)?)
}

/// Settings of a first stage, if there is one.
type Stage = Result<Option<String>, ConfigError>;

/// Finds for every row of two stages the row that is its first, and adds one where several rows would make the same anew.
fn share_first_stages<T: Task>(mut rows: Vec<Row<T>>) -> Result<Vec<Row<T>>, ConfigError> {
    let each =
        |stage: fn(&Config<T>) -> Stage| rows.iter().map(|row| stage(&row.config)).collect::<Result<Vec<_>, _>>();
    let (wanted, mut offered) = (each(first_stage::wanted)?, each(first_stage::offered)?);
    for (k, stage) in wanted.iter().enumerate() {
        let Some(stage) = stage else { continue };
        let mut found = offered.iter().position(|other| other.as_ref() == Some(stage));
        if found.is_none() && wanted.iter().filter(|other| other.as_ref() == Some(stage)).count() > 1 {
            found = Some(add_first_stage(&mut rows, k));
            offered.push(Some(stage.clone()));
        }
        rows[k].first_stage = found;
    }
    Ok(rows)
}

/// A row that tables do not show: the first stage of another.
fn add_first_stage<T: Task>(rows: &mut Vec<Row<T>>, of: usize) -> usize {
    let Row { variant, config, .. } = &rows[of];
    let name = format!("{FIRST_STAGE_OF}{}", variant.name);
    let title = format!("first stage of {}", variant.title);
    let mut config = Config { row: Some(name.clone()), retrain: None, ..config.clone() };
    config.method = config.components().name();
    let variant = Variant { name, title, ..variant.clone() };
    rows.push(Row { variant, config, shown: false, first_stage: None, notes: Default::default() });
    rows.len() - 1
}

/// What densities make of the rows, group by group where that is not the same for all.
pub(crate) fn density_notes<T: Task>(rows: &[Row<T>]) -> Vec<String> {
    let mut notes = Vec::new();
    for part in [0, 1] {
        let shown = || rows.iter().filter(|row| row.shown);
        let all_alike = shown().all(|row| row.notes[part] == rows[0].notes[part]);
        for row in shown() {
            let group = row.variant.group.as_ref().filter(|_| !all_alike);
            let group = group.map_or(String::new(), |group| format!("{group}: "));
            notes.extend(row.notes[part].iter().map(|note| format!("{group}{note}.")));
        }
    }
    notes.dedup();
    notes
}

/// One run per row, seed and fold, its settings written beside it. A grid resumed with other settings or data is refused.
///
/// # Errors
/// A run of other settings or data; a folder that can't be written.
pub(crate) fn cells<T: Task>(
    rows: &[Row<T>],
    seeds: &[u64],
    folder: &RunFolder,
    device: &str,
    (base, identity): (&Config<T>, &DataIdentity),
) -> anyhow::Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for row in rows {
        // A row of a grid may name data of its own: its runs then digest their files themselves.
        let shared = row.config.data == base.data && T::pretrained(&row.config) == T::pretrained(base);
        let own = if shared { None } else { Some(identity::of(&row.config, &T::read(&row.config)?, None)?) };
        for (seed, fold) in seeds.iter().flat_map(|&seed| each_fold(row.config.fold).map(move |fold| (seed, fold))) {
            let mut config = row.config.clone();
            config.train.seed = seed;
            config.fold = fold;
            let mut cell = cell(row, seed, fold);
            cell.after = row.first_stage.map(|first| self::cell(&rows[first], seed, fold).folder());
            let run = folder.path().join(cell.folder());
            let settled = config.to_toml()?;
            run_folder::check_same(&run.join("config.toml"), &settled)?; // a finished run of other settings
            if run.join(data_identity::FILE).exists() {
                own.as_ref().unwrap_or(identity).verify(&run)?;
            }
            files::create_folder(&run)?;
            // A run that is finished is not opened again, which would do this.
            run_folder::remove_temporaries(&run)?;
            let settings = run.join("request.toml");
            files::write_atomic(&settings, settled.as_bytes())?;
            cell.arguments = ["train".into(), "--config".into(), settings.into(), "--quiet".into()].into();
            cell.arguments.extend(["--device".into(), OsString::from(device)]);
            if shared {
                cell.arguments.extend(["--data-identity".into(), folder.path().into()]);
            }
            let budget = Budget::current();
            if budget != Budget::DEFAULT {
                cell.arguments.extend(["--max-memory".into(), budget.mib().to_string().into()]);
            }
            if let Some(first) = &cell.after {
                cell.arguments.extend(["--first-stage".into(), folder.path().join(first).into()]);
            }
            cells.push(cell);
        }
    }
    Ok(cells)
}

fn cell<T: Task>(row: &Row<T>, seed: u64, fold: Option<FoldConfig>) -> Cell {
    Cell {
        method: row.variant.name.clone(),
        title: row.variant.title.clone(),
        group: row.variant.group.clone(),
        seed,
        fold: fold.map(|fold| fold.number),
        shown: row.shown,
        after: None,
        arguments: Vec::new(),
    }
}

/// All folds of a cross-validation, or none.
fn each_fold(fold: Option<FoldConfig>) -> impl Iterator<Item = Option<FoldConfig>> {
    let count = fold.map_or(1, |fold| fold.count);
    (0..count).map(move |number| fold.map(|fold| FoldConfig { number, ..fold }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::Stub;

    fn shared(methods: &[&str]) -> Vec<(String, Option<String>)> {
        let grid =
            Grid::of_methods(&methods.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("methods");
        let row = |variant: &Variant| {
            let config = variant.configure(&Config::<Stub>::default()).expect("known");
            Row { variant: variant.clone(), config, shown: true, first_stage: None, notes: Default::default() }
        };
        let rows = share_first_stages(grid.variants.iter().map(row).collect()).expect("TOML");
        let name = |row: &Row<Stub>| row.variant.name.clone();
        rows.iter().map(|row| (name(row), row.first_stage.map(|first| name(&rows[first])))).collect()
    }

    #[test]
    fn second_stages_find_their_first() {
        let found = shared(&["rrt+lds", "vanilla", "inv", "fds", "rrt+fds", "rrt", "focal"]);
        let first: Vec<Option<&str>> = found.iter().map(|(_, first)| first.as_deref()).collect();
        assert_eq!(first, [Some("vanilla"), None, None, None, Some("fds"), Some("vanilla"), None]);
    }

    #[test]
    fn a_first_stage_that_several_need_is_made_once() {
        let found = shared(&["vanilla", "rrt+fds", "rrt+lds+fds", "rrt+focal"]);
        let first = |name: &str| found.iter().find(|(row, _)| row == name).and_then(|(_, first)| first.clone());
        assert_eq!(first("rrt+lds+fds").as_deref(), Some("first-stage-of-rrt+fds"));
        assert_eq!(first("rrt+fds"), first("rrt+lds+fds"));
        assert_eq!((first("rrt+focal"), found.len()), (None, 5), "a single one trains its own");
    }
}
