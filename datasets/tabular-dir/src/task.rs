//! A CSV and a multi-layer perceptron, as the shared verbs need them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dir_cli::{
    BinsConfig, Config, NoVerbs, Pipeline, Prepared, Resampled, Size, Task, balanced_parts, of_training_rows, set_open,
    set_some,
};
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_data::diamonds::{PRICE_BINS, diamonds};
use dir_data::split::read_split;
use dir_data::tabular::{Encoder, ReadOptions, Table, far_lines, read_csv, read_csv_without_target};
use dir_nn::{Mlp, MlpConfig};
use dir_train::{TrainError, status};
use serde::{Deserialize, Serialize};

use crate::data::TabularSource;
use crate::settings::{DataConfig, Flags, NewData};

/// Deep imbalanced regression on any CSV.
pub(crate) struct Tabular;

/// How far beyond the range of the training targets predictions may lie, as a share of its width: rows of a test set do lie outside, but
/// what an MLP says a range away is its slope, not knowledge.
const PREDICTION_MARGIN: f64 = 0.25;

/// How columns become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Columns {
    read: ReadOptions,
    encoder: Encoder,
}

impl Task for Tabular {
    const PROGRAM: &'static str = "tabular-dir";
    const ABOUT: &'static str = "Deep imbalanced regression on any CSV";
    const LONG_ABOUT: &'static str = "Deep imbalanced regression on any CSV.\n\nWithout --csv, every verb works on an embedded \
        real data set: the prices of 53,940 diamonds.";
    const METHODS: &'static str = "vanilla,inv,sqinv,sqinv+lds,fds,sqinv+lds+fds,log";

    type Flags = Flags;
    type NewData = NewData;
    type Verbs = NoVerbs;
    type Data = DataConfig;
    type Model = MlpConfig;
    type Rows = Table;
    type Input = Columns;
    type Network = Mlp;
    type Source = TabularSource;

    fn defaults() -> Config<Self> {
        Config { prediction_margin: PREDICTION_MARGIN, ..Config::default() }
    }

    fn take_flags(config: &mut Config<Self>, flags: &Flags) -> anyhow::Result<()> {
        set_some(&mut config.data.csv, &flags.csv);
        set_some(&mut config.data.target, &flags.target);
        set_some(&mut config.data.split, &flags.split);
        if let Some(missing) = flags.missing {
            config.data.missing = missing.into();
        }
        if config.data.csv.is_none() && config.bins == BinsConfig::default() {
            config.bins.count = Some(PRICE_BINS);
        }
        Ok(())
    }

    fn take_size(config: &mut Config<Self>, size: Size) {
        if config.model != MlpConfig::default() {
            return; // the file says how big
        }
        match size {
            Size::Tiny => {
                config.model = MlpConfig { hidden: vec![32], features: 16, ..MlpConfig::default() };
                set_open(&mut config.train.epochs, 3);
            }
            Size::Small | Size::Narrow => {
                config.model = MlpConfig { hidden: vec![64, 64], features: 32, ..MlpConfig::default() };
            }
            Size::Medium | Size::Full => {}
        }
    }

    /// About 5,200 updates in all.
    fn settle(config: &mut Config<Self>, train_rows: usize) {
        let train = &mut config.train;
        set_open(&mut train.batch, if train_rows >= 20_000 { 256 } else { 64 });
        set_open(&mut train.lr, 4e-3); // docs/tuning.md
        set_open(&mut train.epochs, (5_200 * train.batch / train_rows.max(1)).clamp(15, 60));
    }

    fn dataset(config: &Config<Self>) -> String {
        config.data.name()
    }

    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Table>> {
        let mut table = match &config.data.csv {
            Some(path) => read_csv(path, &config.data.read_options())?,
            None => diamonds()?,
        };
        let mut notes = std::mem::take(&mut table.notes);
        let parts = match &config.data.split {
            // The file speaks of all data rows; some may have been left out.
            Some(path) => {
                let rows = table.row_ids.last().map_or(0, |last| last + 1).max(table.rows() + table.dropped);
                let all = read_split(path, rows)?;
                table.row_ids.iter().map(|&row| all[row]).collect()
            }
            None => {
                let data = &config.data;
                let (parts, words) = balanced_parts(config, &table.targets, data.split_cap, data.split_seed)?;
                notes.push(words);
                parts
            }
        };
        let bins = of_training_rows(config, &table.targets, &parts)?;
        if table.dropped > 0 {
            notes.insert(0, format!("{} rows with missing values left out", table.dropped));
        }
        Ok(Prepared {
            source: table.source.clone(),
            content: format!("{} columns", table.columns.len()),
            target: table.target_name.clone(),
            targets: table.targets.clone(),
            pixels: None,
            row_ids: table.row_ids.clone(),
            parts,
            groups: None,
            bins,
            left_out: Default::default(),
            notes,
            warnings: Vec::new(),
            rows: table,
        })
    }

    fn digest(_: &Config<Self>, table: &Table, digest: &mut ContentDigest) -> anyhow::Result<()> {
        table.digest(digest);
        Ok(())
    }

    fn paths(data: &mut DataConfig) -> Vec<&mut PathBuf> {
        [data.csv.as_mut(), data.split.as_mut()].into_iter().flatten().collect()
    }

    fn input(config: &Config<Self>, prepared: &Prepared<Table>) -> anyhow::Result<Columns> {
        Ok(Columns { read: config.data.read_options(), encoder: encoder(config, prepared)? })
    }

    fn warnings(config: &Config<Self>, prepared: &Prepared<Table>) -> anyhow::Result<Vec<String>> {
        Ok(far_lines(&encoder(config, prepared)?.far_values(&prepared.rows)))
    }

    fn source(_: &Config<Self>, prepared: &Prepared<Table>, input: &Columns) -> anyhow::Result<TabularSource> {
        TabularSource::new(prepared, &input.encoder)
    }

    fn new_source(pipeline: &Pipeline<Self>, data: &NewData, with_target: bool) -> anyhow::Result<TabularSource> {
        let Some(path) = &data.csv else { anyhow::bail!("found no --csv, expected a CSV to predict for") };
        let Columns { read, encoder } = &pipeline.input;
        let table = if with_target {
            read_csv(path, &ReadOptions { target: Some(pipeline.target.clone()), ..read.clone() })?
        } else {
            let mut options = ReadOptions { target: None, ..read.clone() };
            options.types.remove(&pipeline.target);
            read_csv_without_target(path, &pipeline.target, &options)?
        };
        let unseen = encoder.unseen_levels(&table);
        if unseen > 0 {
            status!("note: {unseen} rows have a category that training did not know; it counts as none");
        }
        for line in far_lines(&encoder.far_values(&table)) {
            status!("warning: {}: {line}", path.display());
        }
        TabularSource::all_test(&table, encoder)
    }

    fn is_given(data: &NewData) -> bool {
        data.csv.is_some()
    }

    fn new_paths(data: &NewData) -> Vec<&Path> {
        data.csv.as_deref().into_iter().collect()
    }

    fn build(model: &MlpConfig, input: &Columns, seed: u64, device: &Device) -> Result<Mlp, TrainError> {
        let built = model.init(input.encoder.width(), seed, device);
        built.map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn plain_numbers(source: &TabularSource, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        Ok(source.values(part))
    }

    fn categories(input: &Columns) -> Vec<Range<usize>> {
        input.encoder.categories()
    }

    fn resampled(source: &TabularSource, resampled: &Resampled) -> anyhow::Result<TabularSource> {
        Ok(source.resampled(resampled))
    }

    fn features(model: &MlpConfig) -> usize {
        model.features
    }

    fn run_own(verb: &NoVerbs) -> anyhow::Result<()> {
        match *verb {}
    }
}

/// The encoder of the training rows.
fn encoder(config: &Config<Tabular>, prepared: &Prepared<Table>) -> anyhow::Result<Encoder> {
    let clip = config.data.clip;
    if clip.is_nan() || clip < 0.0 {
        let (value, expected) = (clip.to_string(), "a number of at least 0; inf clips nothing");
        return Err(TrainError::Recipe { name: "data.clip", value, expected }.into());
    }
    Ok(Encoder::fit(&prepared.rows, &prepared.positions(Part::Train)).with_clip(clip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bounds_nothing_reads_back() {
        let text = "prediction_margin = inf\n[data]\nclip = inf\n";
        let config: Config<Tabular> = toml::from_str(text).expect("valid");
        let written = toml::to_string(&config).expect("writes");
        let again: Config<Tabular> = toml::from_str(&written).expect("reads back");
        assert_eq!((again.prediction_margin, again.data.clip), (f64::INFINITY, f64::INFINITY));
        assert_eq!(config.recipe().prediction_margin, None);
        assert_eq!(Tabular::defaults().recipe().prediction_margin, Some(0.25));
    }

    #[test]
    fn settings_read_back() {
        let text = "method = \"rrt\"\n[data]\ncsv = \"a.csv\"\nmissing = \"impute\"\n[model]\nhidden = [3]\n";
        let config: Config<Tabular> = toml::from_str(text).expect("valid");
        assert_eq!((config.data.name(), config.model.hidden.len()), ("a".into(), 1));
        let written = toml::to_string(&config).expect("writes");
        let again: Config<Tabular> = toml::from_str(&written).expect("reads back");
        assert_eq!((again.data, again.model), (config.data, config.model));
    }
}
