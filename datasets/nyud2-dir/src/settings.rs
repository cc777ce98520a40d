//! What a user may set about pairs of pictures and maps: flags, and `[data]` and `[model]` of a configuration.

use std::path::PathBuf;

use clap::Args;
use dir_cli::name_of;
use dir_cli::pictures::{DepthNumber, resnet};
use dir_data::depth::{Coding, DepthAugmentation, Frame};
use dir_nn::DepthNetConfig;
use serde::{Deserialize, Serialize};

/// Flags that choose the data.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Flags {
    /// Folder of the data set: nyu2_train.csv, nyu2_test.csv and what they list [default: data, or that of --csv].
    #[arg(long, alias = "data_dir", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Your own pairs: a CSV with image, depth and maybe split.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Unit of a stored number [default: 1/25.5 in 8 bits, 0.001 in 16 bits, 1 in .npy].
    #[arg(long, value_name = "UNIT")]
    pub(crate) depth_scale: Option<f64>,
    /// Stored numbers that stand for no depth, by comma [default: 0, and 65535 in 16 bits].
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub(crate) invalid: Option<Vec<f64>>,
    /// Bits that maps must have: 8 or 16 [default: either].
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(8..=16))]
    pub(crate) depth_bits: Option<u8>,
    /// The shorter side after scaling [default: by size].
    #[arg(long, value_name = "PIXELS")]
    pub(crate) short: Option<usize>,
    /// The middle that is cut out, as ROWSxCOLUMNS [default: by size and picture].
    #[arg(long, value_name = "RxC", value_parser = rows_by_columns)]
    pub(crate) crop: Option<Crop>,
    /// Test on these pixels: a .npy of bytes [pictures, rows, columns] [default: test_balanced_mask.npy of --data, if there].
    #[arg(long, value_name = "FILE")]
    pub(crate) mask: Option<PathBuf>,
    /// Threads that decode [default: one per core].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// Depth of the encoder: 18, 34, 50 or 101 [default: by size].
    #[arg(long, value_name = "N", value_parser = dir_cli::pictures::depth)]
    pub(crate) depth: Option<DepthNumber>,
    /// Channels of its stem [default: by size].
    #[arg(long, value_name = "CHANNELS")]
    pub(crate) width: Option<usize>,
    /// Weights to start from: an official .pth.tar, torchvision's ResNet for the encoder, or SafeTensors.
    #[arg(long, value_name = "FILE")]
    pub(crate) pretrained: Option<PathBuf>,
}

/// Rows and columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crop(pub(crate) [usize; 2]);

fn rows_by_columns(text: &str) -> Result<Crop, String> {
    let sides = text.split_once('x').and_then(|(rows, columns)| Some([rows.parse().ok()?, columns.parse().ok()?]));
    sides.map(Crop).ok_or_else(|| format!("{text:?}, expected ROWSxCOLUMNS such as 228x304"))
}

/// Pictures for a finished run.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewData {
    /// List of pictures: a CSV with image, for eval also depth; or one of NYUD2.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Folder that the list's paths count from, or whose pictures are taken [default: the folder of the list].
    #[arg(long, alias = "pictures", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Pictures at most.
    #[arg(long, value_name = "N")]
    pub(crate) most: Option<usize>,
}

/// Where the pairs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    pub(crate) folder: PathBuf,
    /// One list of pairs; absent: the two of the folder.
    pub(crate) csv: Option<PathBuf>,
    /// The shorter side after scaling.
    pub(crate) short: Option<usize>,
    /// Rows and columns of the middle.
    pub(crate) crop: Option<[usize; 2]>,
    pub(crate) coding: Coding,
    /// A balanced test.
    pub(crate) mask: Option<PathBuf>,
    /// Share of the training scenes that validate, where no list says which.
    pub(crate) val_share: f64,
    /// Validate on the test pairs, as the official program does: its best epoch has seen the test.
    pub(crate) official_validation: bool,
    /// Seed of the choice of scenes and of a mask that has to be drawn; not that of the run.
    pub(crate) split_seed: u64,
    pub(crate) workers: Option<usize>,
    /// Pictures that training sees in all, where the number of epochs is left open.
    pub(crate) seen: Option<usize>,
    pub(crate) augment: DepthAugmentation,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            folder: "data".into(),
            csv: None,
            short: None,
            crop: None,
            coding: Coding::default(),
            mask: None,
            val_share: 0.05,
            official_validation: false,
            split_seed: 0,
            workers: None,
            seen: None,
            augment: DepthAugmentation::default(),
        }
    }
}

impl DataConfig {
    /// Which pixels the network sees.
    pub(crate) fn frame(&self) -> anyhow::Result<Frame> {
        let (Some(short), Some(crop)) = (self.short, self.crop) else {
            anyhow::bail!("found no data.short or data.crop, expected both, or a --size that sets them")
        };
        let fits = crop.iter().all(|side| (32..=4096).contains(side)) && (32..=4096).contains(&short);
        anyhow::ensure!(fits, "found short {short} and crop {crop:?}, expected 32 to 4096 pixels each");
        Ok(Frame { short, crop })
    }

    /// Name for folders and tables.
    pub(crate) fn name(&self) -> String {
        name_of(self.csv.as_deref(), "nyud2")
    }
}

/// Size of the network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NetworkConfig {
    /// Depth of the encoder.
    pub(crate) depth: Option<DepthNumber>,
    /// Channels of its stem.
    pub(crate) width: Option<usize>,
    /// Channels of every stage in the fusion; absent: a quarter of the width, as published.
    pub(crate) fused: Option<usize>,
    /// Weights to start from.
    pub(crate) pretrained: Option<PathBuf>,
}

impl NetworkConfig {
    /// The network; as published where nothing is said.
    pub(crate) fn network(&self) -> DepthNetConfig {
        let encoder = resnet(self.depth, self.width);
        let fused = self.fused.unwrap_or_else(|| (encoder.width / 4).max(1));
        DepthNetConfig { encoder, fused }
    }
}
