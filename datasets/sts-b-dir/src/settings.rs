//! What a user may set about sentences: flags, and `[data]` and `[model]` of a configuration.

use std::path::PathBuf;

use clap::Args;
use dir_cli::name_of;
use dir_data::text::PairColumns;
use dir_nn::PairEncoderConfig;
use serde::{Deserialize, Serialize};

/// Flags that choose the data.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Flags {
    /// Folder of the data set: train_new.tsv, dev_new.tsv, test_new.tsv and vectors.txt [default: data].
    #[arg(long, alias = "data_dir", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Your own rows: a CSV or TSV with two sentences, a number and maybe split.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Column of the first sentence [default: sentence1].
    #[arg(long, value_name = "NAME")]
    pub(crate) first: Option<String>,
    /// Column of the second sentence [default: sentence2].
    #[arg(long, value_name = "NAME")]
    pub(crate) second: Option<String>,
    /// Column to predict [default: score].
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Word vectors: GloVe's text, also as .gz, .zip or .zip/ENTRY, or .npy with .words.txt beside it [default: vectors.txt of
    /// --data].
    #[arg(long, alias = "word_embs_file", value_name = "FILE")]
    pub(crate) vectors: Option<PathBuf>,
    /// Words of a sentence that are read [default: 40].
    #[arg(long, alias = "max_seq_len", value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    /// Hidden units of the LSTM per direction [default: by size].
    #[arg(long, alias = "d_hid", value_name = "UNITS")]
    pub(crate) hidden: Option<usize>,
    /// Layers of the LSTM [default: 2].
    #[arg(long, alias = "n_layers_enc", value_name = "N")]
    pub(crate) layers: Option<usize>,
    /// Share of word vectors and LSTM outputs dropped in training [default: 0.2].
    #[arg(long, value_name = "SHARE")]
    pub(crate) dropout: Option<f64>,
    /// Weights to start from: an official model_state .th, or SafeTensors.
    #[arg(long, value_name = "FILE")]
    pub(crate) pretrained: Option<PathBuf>,
}

/// Sentences for a finished run.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewData {
    /// CSV or TSV with the run's columns [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Two sentences to compare.
    #[arg(value_name = "SENTENCE", num_args = 2, conflicts_with = "csv")]
    pub(crate) sentences: Vec<String>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    pub(crate) folder: PathBuf,
    /// One file of rows; absent: the three of the folder.
    pub(crate) csv: Option<PathBuf>,
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) target: String,
    pub(crate) vectors: Option<PathBuf>,
    /// Words of a sentence that are read.
    pub(crate) max_tokens: usize,
    /// Words that the network knows; what the sentences leave is filled with the first of the vectors' file.
    pub(crate) max_words: usize,
    /// Balanced split of a list without one: rows of a bin that validate, and that test, at most.
    pub(crate) split_cap: usize,
    /// Its seed, not that of the run, so that all seeds see one test set.
    pub(crate) split_seed: u64,
}

impl Default for DataConfig {
    fn default() -> Self {
        let PairColumns { first, second, target, .. } = PairColumns::default();
        Self {
            folder: "data".into(),
            csv: None,
            first,
            second,
            target,
            vectors: None,
            max_tokens: 40,
            max_words: 30_000,
            split_cap: 30,
            split_seed: 0,
        }
    }
}

impl DataConfig {
    pub(crate) fn columns(&self) -> PairColumns {
        PairColumns {
            first: self.first.clone(),
            second: self.second.clone(),
            target: self.target.clone(),
            ..PairColumns::default()
        }
    }

    /// The file of word vectors.
    pub(crate) fn vectors(&self) -> PathBuf {
        self.vectors.clone().unwrap_or_else(|| self.folder.join("vectors.txt"))
    }

    /// Name for folders and tables.
    pub(crate) fn name(&self) -> String {
        name_of(self.csv.as_deref(), "sts-b")
    }
}

/// Size of the network; what is open is chosen by `--size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NetworkConfig {
    /// Hidden units per direction.
    pub(crate) hidden: Option<usize>,
    pub(crate) layers: usize,
    pub(crate) dropout: f64,
    pub(crate) dropout_between: f64,
    /// Weights to start from.
    pub(crate) pretrained: Option<PathBuf>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        let PairEncoderConfig { layers, dropout, dropout_between, .. } = PairEncoderConfig::default();
        Self { hidden: None, layers, dropout, dropout_between, pretrained: None }
    }
}

impl NetworkConfig {
    pub(crate) fn encoder(&self) -> PairEncoderConfig {
        let usual = PairEncoderConfig::default();
        PairEncoderConfig {
            hidden: self.hidden.unwrap_or(usual.hidden),
            layers: self.layers,
            dropout: self.dropout,
            dropout_between: self.dropout_between,
        }
    }
}
