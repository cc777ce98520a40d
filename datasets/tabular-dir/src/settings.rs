//! What a user may set about a CSV: flags, and `[data]` of a configuration.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dir_cli::name_of;
use dir_data::tabular::{ColumnKind, DEFAULT_CLIP, Header, Missing, ReadOptions};
use serde::{Deserialize, Serialize};

/// Flags that choose the data.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Flags {
    /// CSV with one row per example [default: the embedded diamonds].
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Column to predict, by name or index from 0 [default: the last].
    #[arg(long, value_name = "NAME|INDEX")]
    pub(crate) target: Option<String>,
    /// CSV `row,split` with train, val or test for every data row [default: balanced over the target's bins].
    #[arg(long, value_name = "FILE")]
    pub(crate) split: Option<PathBuf>,
    /// What to do with missing values [default: error].
    #[arg(long, value_enum)]
    pub(crate) missing: Option<MissingArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MissingArg {
    /// Refuse the file.
    Error,
    /// Leave the row out.
    DropRow,
    /// Numbers: training mean and an indicator column; categories: a level of their own.
    Impute,
}

impl From<MissingArg> for Missing {
    fn from(flag: MissingArg) -> Self {
        match flag {
            MissingArg::Error => Self::Error,
            MissingArg::DropRow => Self::DropRow,
            MissingArg::Impute => Self::Impute,
        }
    }
}

/// Data for a finished run.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewData {
    /// CSV with the columns that the model was trained with.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    /// The CSV; absent: the embedded diamonds.
    pub(crate) csv: Option<PathBuf>,
    pub(crate) target: Option<String>,
    pub(crate) header: Header,
    pub(crate) delimiter: Option<char>,
    pub(crate) missing: Missing,
    /// CSV `row,split`; absent: balanced.
    pub(crate) split: Option<PathBuf>,
    /// Balanced split: rows of a bin that validate, and that test, at most; fewer in tables of less than 3,000 rows.
    pub(crate) split_cap: usize,
    /// Balanced split: its seed, not that of the run, so that all seeds see one test set.
    pub(crate) split_seed: u64,
    pub(crate) types: std::collections::BTreeMap<String, ColumnKind>,
    /// Standard deviations beyond the training rows' range at which numbers are clipped; infinity: nowhere.
    pub(crate) clip: f64,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            csv: None,
            target: None,
            header: Header::default(),
            delimiter: None,
            missing: Missing::default(),
            split: None,
            split_cap: 30,
            split_seed: 0,
            types: std::collections::BTreeMap::new(),
            clip: DEFAULT_CLIP,
        }
    }
}

impl DataConfig {
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            target: self.target.clone(),
            header: self.header,
            delimiter: self.delimiter,
            missing: self.missing,
            types: self.types.clone(),
        }
    }

    /// Name for folders and tables.
    pub(crate) fn name(&self) -> String {
        name_of(self.csv.as_deref(), "diamonds")
    }
}
