//! What a user may set about recordings: flags, and `[data]` and `[model]` of a configuration.

use std::path::PathBuf;

use clap::Args;
use dir_cli::name_of;
use dir_data::shhs::ShhsOptions;
use dir_data::signals::{Channel, Cut, Opened, Standardise, shhs_channels};
use dir_nn::CnnRnnConfig;
use serde::{Deserialize, Serialize};

/// Flags that choose the data.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Flags {
    /// Folder of the data set as the NSRR hands it out: polysomnography/edfs and datasets [default: data, or that of --csv].
    #[arg(long, alias = "data_dir", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Visit of the study: 1 or 2 [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) visit: Option<u8>,
    /// The survey's CSV [default: the newest shhs1-dataset-*.csv of --data].
    #[arg(long, value_name = "FILE")]
    pub(crate) survey: Option<PathBuf>,
    /// Column of the survey that holds the score [default: gh_s1, or what its five questions give].
    #[arg(long, value_name = "NAME")]
    pub(crate) score: Option<String>,
    /// Your own recordings: a CSV with path, a target and maybe split, group, from and to.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Column to predict, of --csv [default: target].
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Signals by comma, each NAME or NAME=LABEL|LABEL [default: EEG, ECG, airflow, thorax and abdomen of SHHS].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) channels: Option<Vec<Channel>>,
    /// Samples per second of .npy recordings.
    #[arg(long, value_name = "HZ")]
    pub(crate) array_rate: Option<f64>,
    /// What a signal's mean and deviation are taken from [default: row].
    #[arg(long, value_enum)]
    pub(crate) standardise: Option<StandardiseArg>,
    /// Seconds of a window [default: 30].
    #[arg(long, value_name = "SECONDS")]
    pub(crate) window: Option<u32>,
    /// Samples per second that signals are brought to [default: by size].
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<f64>,
    /// Windows of a row that are looked at, 0 for all [default: by size].
    #[arg(long, value_name = "N")]
    pub(crate) windows: Option<usize>,
    /// Leave recordings out that can't be read or lack a signal, instead of refusing to start.
    #[arg(long)]
    pub(crate) leave_out: bool,
    /// Read recordings that were cut off as far as they go.
    #[arg(long)]
    pub(crate) cut_files: bool,
    /// Threads that read [default: one per core].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Channels of the network's stem [default: by size].
    #[arg(long, value_name = "CHANNELS")]
    pub(crate) width: Option<usize>,
    /// Units of its LSTM per direction [default: by size].
    #[arg(long, value_name = "UNITS")]
    pub(crate) hidden: Option<usize>,
    /// Layers of its LSTM [default: 1].
    #[arg(long, value_name = "N")]
    pub(crate) layers: Option<usize>,
    /// Share of features dropped in training [default: 0.2].
    #[arg(long, value_name = "SHARE")]
    pub(crate) dropout: Option<f64>,
    /// Weights to start from: SafeTensors as `export` writes them.
    #[arg(long, value_name = "FILE")]
    pub(crate) pretrained: Option<PathBuf>,
}

/// What a signal's mean and deviation are taken from.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum StandardiseArg {
    /// The row itself.
    Row,
    /// All training rows.
    Train,
}

impl From<StandardiseArg> for Standardise {
    fn from(from: StandardiseArg) -> Self {
        match from {
            StandardiseArg::Row => Self::Row,
            StandardiseArg::Train => Self::Train,
        }
    }
}

/// Recordings for a finished run.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewData {
    /// List of recordings: a CSV with path and maybe from and to, for eval also the run's target.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Folder that the list's paths count from [default: the folder of the list].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Recordings to predict for: EDF, BDF or .npy.
    #[arg(value_name = "FILE", conflicts_with = "csv")]
    pub(crate) files: Vec<PathBuf>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    pub(crate) folder: PathBuf,
    /// One list of recordings; absent: the study in the folder.
    pub(crate) csv: Option<PathBuf>,
    /// Column to predict, of the list.
    pub(crate) target: String,
    /// Signals; none: those of SHHS.
    pub(crate) channels: Vec<Channel>,
    pub(crate) array_rate: Option<f64>,
    pub(crate) standardise: Standardise,
    /// Seconds of a window.
    pub(crate) window: u32,
    /// Samples per second.
    pub(crate) rate: Option<f64>,
    /// Windows of a row, 0 for all.
    pub(crate) windows: Option<usize>,
    /// Leave out what can't be read.
    pub(crate) leave_out: bool,
    /// Read cut files as far as they go.
    pub(crate) cut_files: bool,
    /// Rows of a bin that validate, and that test, at most; absent: so many that as large a share trains as in the paper.
    pub(crate) split_cap: Option<usize>,
    /// Seed of the split, not that of the run, so that all seeds see one test set.
    pub(crate) split_seed: u64,
    pub(crate) workers: Option<usize>,
    /// Rows that training sees in all, where the number of epochs is left open.
    pub(crate) seen: Option<usize>,
    /// The study in the folder.
    pub(crate) study: ShhsOptions,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            folder: "data".into(),
            csv: None,
            target: "target".into(),
            channels: Vec::new(),
            array_rate: None,
            standardise: Standardise::default(),
            window: Cut::default().seconds,
            rate: None,
            windows: None,
            leave_out: false,
            cut_files: false,
            split_cap: None,
            split_seed: 0,
            workers: None,
            seen: None,
            study: ShhsOptions::default(),
        }
    }
}

impl DataConfig {
    /// How files become windows; the means and deviations of the training rows are yet to come.
    pub(crate) fn opened(&self) -> Opened {
        let cut = Cut {
            seconds: self.window,
            rate: self.rate.unwrap_or(Cut::default().rate),
            windows: self.windows.filter(|&n| n > 0),
        };
        Opened {
            channels: if self.channels.is_empty() { shhs_channels() } else { self.channels.clone() },
            array_rate: self.array_rate,
            cut_files: self.cut_files,
            cut,
            standardise: self.standardise,
            scales: Vec::new(),
        }
    }

    /// Name for folders and tables.
    pub(crate) fn name(&self) -> String {
        name_of(self.csv.as_deref(), "shhs")
    }
}

/// Size of the network; what is open is chosen by `--size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NetworkConfig {
    /// Channels of the stem.
    pub(crate) width: Option<usize>,
    pub(crate) blocks: [usize; 4],
    pub(crate) kernel: usize,
    /// Units of the LSTM per direction.
    pub(crate) hidden: Option<usize>,
    pub(crate) layers: usize,
    pub(crate) dropout: f64,
    /// Weights to start from.
    pub(crate) pretrained: Option<PathBuf>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        let CnnRnnConfig { blocks, kernel, layers, dropout, .. } = CnnRnnConfig::default();
        Self { width: None, blocks, kernel, hidden: None, layers, dropout, pretrained: None }
    }
}

impl NetworkConfig {
    /// The network for so many signals.
    pub(crate) fn network(&self, channels: usize) -> CnnRnnConfig {
        let usual = CnnRnnConfig::default();
        CnnRnnConfig {
            channels,
            width: self.width.unwrap_or(usual.width),
            blocks: self.blocks,
            kernel: self.kernel,
            hidden: self.hidden.unwrap_or(usual.hidden),
            layers: self.layers,
            dropout: self.dropout,
        }
    }
}
