//! What a user may set about pictures: flags, and `[data]` and `[model]` of a configuration.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dir_data::images::{Augmentation, Broken, CacheKind};
use dir_nn::ResNetConfig;
use dir_nn::resnet::Depth;
use serde::{Deserialize, Serialize};

use crate::folder_of;

/// Flags that choose the data.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Folder of the data set: its list, and what the list's paths count from [default: data, or that of --csv].
    #[arg(long, alias = "data_dir", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Another list: a CSV with path, a target and maybe split.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Where the pictures are, a folder or a tar [default: the data folder].
    #[arg(long, value_name = "DIR|TAR")]
    pub pictures: Option<PathBuf>,
    /// Column to predict [default: age].
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Rows and columns of a picture after resizing [default: by size].
    #[arg(long, alias = "img_size", value_name = "PIXELS")]
    pub img_size: Option<usize>,
    /// Where decoded pictures are kept [default: memory up to 64 pixels, none above].
    #[arg(long, value_enum)]
    pub cache: Option<CacheArg>,
    /// What happens at a picture that is missing or broken [default: error].
    #[arg(long, value_enum)]
    pub broken: Option<BrokenArg>,
    /// Threads that decode [default: one per core].
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// Depth of the network: 18, 34, 50 or 101 [default: by size].
    #[arg(long, value_name = "N", value_parser = depth)]
    pub depth: Option<DepthNumber>,
    /// Channels of its stem [default: by size].
    #[arg(long, value_name = "CHANNELS")]
    pub width: Option<usize>,
    /// Weights to start from: an official .pth.tar, torchvision's, or SafeTensors.
    #[arg(long, value_name = "FILE")]
    pub pretrained: Option<PathBuf>,
}

/// A depth as a flag has it.
///
/// # Errors
/// Text that is no depth there is a network of.
pub fn depth(text: &str) -> Result<DepthNumber, String> {
    text.parse::<u32>().map_err(|_| format!("{text:?}, expected 18, 34, 50 or 101")).and_then(DepthNumber::try_from)
}

/// Where decoded pictures are kept.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CacheArg {
    /// Nowhere.
    None,
    /// In memory.
    Memory,
    /// In a file beside the pictures, which later runs find again.
    File,
}

impl From<CacheArg> for CacheKind {
    fn from(flag: CacheArg) -> Self {
        match flag {
            CacheArg::None => Self::None,
            CacheArg::Memory => Self::Memory,
            CacheArg::File => Self::File,
        }
    }
}

/// What happens at a broken picture.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BrokenArg {
    /// The program ends with its name.
    Error,
    /// All are tried first; broken ones are named, counted and left out.
    Skip,
}

impl From<BrokenArg> for Broken {
    fn from(flag: BrokenArg) -> Self {
        match flag {
            BrokenArg::Error => Self::Error,
            BrokenArg::Skip => Self::Skip,
        }
    }
}

/// Pictures for a finished run.
#[derive(Debug, Clone, Args)]
pub struct NewData {
    /// List of pictures: a CSV with path, for eval also with the target [default: all of --pictures].
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Where the pictures are, a folder or a tar [default: the folder of the list].
    #[arg(long, value_name = "DIR|TAR")]
    pub pictures: Option<PathBuf>,
}

impl NewData {
    pub(super) fn place(&self) -> anyhow::Result<PathBuf> {
        let beside = self.csv.as_deref().map(folder_of);
        match (&self.pictures, beside) {
            (Some(place), _) => Ok(place.clone()),
            (None, Some(folder)) => Ok(folder),
            (None, None) => anyhow::bail!("found neither --pictures nor --csv, expected pictures to predict for"),
        }
    }
}

/// Where the pictures come from.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `folder` | data | folder of the data set |
/// | `csv` | the set's own list | another list: path, target, maybe split |
/// | `pictures` | the folder | folder or tar of the pictures |
/// | `target` | age | column to predict |
/// | `side` | by size | rows and columns after resizing |
/// | `cache` | by side | none, memory or file: where decoded pictures are kept |
/// | `broken` | error | error or skip |
/// | `workers` | cores | threads that decode |
/// | `augment` | | padding and flip |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Folder of the data set.
    pub folder: PathBuf,
    /// Another list.
    pub csv: Option<PathBuf>,
    /// Folder or tar of the pictures.
    pub pictures: Option<PathBuf>,
    /// Column to predict.
    pub target: String,
    /// Rows and columns after resizing.
    pub side: Option<usize>,
    /// Where decoded pictures are kept.
    pub cache: Option<CacheKind>,
    /// What happens at a broken picture.
    pub broken: Broken,
    /// Threads that decode.
    pub workers: Option<usize>,
    /// Random changes of training pictures.
    pub augment: Augmentation,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            folder: "data".into(),
            csv: None,
            pictures: None,
            target: "age".into(),
            side: None,
            cache: None,
            broken: Broken::default(),
            workers: None,
            augment: Augmentation::default(),
        }
    }
}

impl DataConfig {
    pub(super) fn place(&self) -> PathBuf {
        self.pictures.clone().unwrap_or_else(|| self.folder.clone())
    }
}

/// Size of the network.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `depth` | by size (50) | 18, 34, 50 or 101 |
/// | `width` | by size (64) | channels of the stem |
/// | `pretrained` | absent | weights to start from |
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Depth.
    pub depth: Option<DepthNumber>,
    /// Channels of the stem.
    pub width: Option<usize>,
    /// Weights to start from.
    pub pretrained: Option<PathBuf>,
}

/// A depth as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct DepthNumber(Depth);

impl From<Depth> for DepthNumber {
    fn from(depth: Depth) -> Self {
        Self(depth)
    }
}

impl TryFrom<u32> for DepthNumber {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        match number {
            18 => Ok(Self(Depth::D18)),
            34 => Ok(Self(Depth::D34)),
            50 => Ok(Self(Depth::D50)),
            101 => Ok(Self(Depth::D101)),
            other => Err(format!("depth {other}, expected 18, 34, 50 or 101")),
        }
    }
}

impl From<DepthNumber> for u32 {
    fn from(number: DepthNumber) -> Self {
        match number.0 {
            Depth::D18 => 18,
            Depth::D34 => 34,
            Depth::D50 => 50,
            Depth::D101 => 101,
        }
    }
}

impl NetworkConfig {
    /// The network; ResNet-50 of published width where nothing is said.
    #[must_use]
    pub fn resnet(&self) -> ResNetConfig {
        resnet(self.depth, self.width)
    }
}

/// A residual network; ResNet-50 of published width where nothing is said.
#[must_use]
pub fn resnet(depth: Option<DepthNumber>, width: Option<usize>) -> ResNetConfig {
    let config = ResNetConfig::of_depth(depth.map_or(Depth::D50, |number| number.0));
    let width = width.unwrap_or(config.width);
    config.with_width(width)
}
