//! One number per picture: what the age programs share. Each is a [`PictureSet`]; [`PictureTask`] is the rest.

mod equal_densities;
mod own;
mod settings;
mod source;

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use burn::tensor::Device;
use clap::Subcommand;
use dir_core::bins::Bins;
use dir_core::loss::LossKind;
use dir_core::relevance::RelevanceConfig;
use dir_core::resample::ResampleConfig;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_data::images::{CacheKind, Listing, Order, PictureOptions, Pictures, Store, cache_folder};
use dir_nn::ResNet;
use dir_nn::resnet::{Depth, ResNetNames};
use dir_train::TrainError;
use dir_train::target::Scale;
use serde::{Deserialize, Serialize};

use crate::{
    BinsConfig, Config, Pipeline, Prepared, Resampled, Size, Task, balanced_parts, folder_of, marked_name, name_of,
    of_training_rows, pretrained, set, set_open, set_some,
};

pub use equal_densities::{EqualDensitiesArgs, equal_densities};
pub use own::{FetchArgs, OwnVerbs, PrepareArgs, SynthArgs, export, split_and_write, synth};
pub use settings::{DataConfig, DepthNumber, Flags, NetworkConfig, NewData, depth, resnet};
pub use source::PictureSource;

/// A data set of pictures with a list `age,path,split`.
pub trait PictureSet: Sized + 'static {
    /// Name of the program.
    const PROGRAM: &'static str;
    /// One line for its help.
    const ABOUT: &'static str;
    /// A paragraph for its long help.
    const LONG_ABOUT: &'static str;
    /// Name for folders and tables.
    const DATASET: &'static str;
    /// The list within the data folder.
    const LISTING: &'static str;
    /// Verbs of its own.
    type Verbs: Subcommand + Send;

    /// Runs a verb of its own.
    ///
    /// # Errors
    /// Whatever keeps it from doing so.
    fn run_own(verb: &Self::Verbs) -> anyhow::Result<()>;
}

/// Residual networks on the pictures of a set.
pub struct PictureTask<S>(PhantomData<S>);

/// What was read: the list, without what had to be left out.
#[derive(Debug)]
pub struct Rows {
    pub(crate) listing: Listing,
}

/// How a picture becomes an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureInput {
    /// Rows and columns after resizing.
    pub side: usize,
}

/// Ages 0 to 120, a bin per year, as the official programs have them.
const AGES: usize = 121;
/// A balanced split of a list that has none.
const CAP: usize = 30;
/// How broken pictures are shown.
const SHOWN: usize = 5;

impl<S: PictureSet> Task for PictureTask<S> {
    const PROGRAM: &'static str = S::PROGRAM;
    const ABOUT: &'static str = S::ABOUT;
    const LONG_ABOUT: &'static str = S::LONG_ABOUT;
    const METHODS: &'static str = "vanilla,sqinv,sqinv+lds,sqinv+fds,sqinv+lds+fds";

    type Flags = Flags;
    type NewData = NewData;
    type Verbs = S::Verbs;
    type Data = DataConfig;
    type Model = NetworkConfig;
    type Rows = Rows;
    type Input = PictureInput;
    type Network = ResNet;
    type Source = PictureSource;

    fn take_flags(config: &mut Config<Self>, flags: &Flags) -> anyhow::Result<()> {
        let data = &mut config.data;
        if let (Some(csv), None) = (&flags.csv, &flags.data) {
            data.folder = folder_of(csv);
        }
        set(&mut data.folder, flags.data.clone());
        set_some(&mut data.csv, &flags.csv);
        set_some(&mut data.pictures, &flags.pictures);
        set(&mut data.target, flags.target.clone());
        set_some(&mut data.side, &flags.img_size);
        set_some(&mut data.cache, &flags.cache.map(Into::into));
        set(&mut data.broken, flags.broken.map(Into::into));
        set_some(&mut data.workers, &flags.workers);
        set_some(&mut config.model.depth, &flags.depth);
        set_some(&mut config.model.width, &flags.width);
        set_some(&mut config.model.pretrained, &flags.pretrained);
        Ok(())
    }

    fn take_size(config: &mut Config<Self>, size: Size) {
        let (depth, width, side) = match size {
            Size::Tiny => (Depth::D18, 12, 48),
            Size::Small | Size::Narrow => (Depth::D18, 16, 64),
            Size::Medium => (Depth::D18, 64, 112),
            Size::Full => (Depth::D50, 64, 224),
        };
        let (epochs, batch, lr) = match size {
            Size::Tiny => (20, 64, 3e-3),
            Size::Small => (6, 64, 2e-3),
            Size::Narrow => (15, 64, 2e-3),
            Size::Medium => (30, 128, 1e-3),
            Size::Full => (90, 256, 1e-3),
        };
        let Config { data, model, train, target, .. } = config;
        model.depth.get_or_insert(depth.into());
        model.width.get_or_insert(width);
        data.side.get_or_insert(side);
        // Small pictures fit the memory, and decoding them would take longer than training.
        data.cache.get_or_insert(if side > 64 { CacheKind::None } else { CacheKind::Memory });
        set_open(&mut train.epochs, epochs);
        set_open(&mut train.batch, batch);
        set_open(&mut train.lr, lr);
        if size == Size::Full && *target == Scale::Plain {
            *target = Scale::Raw; // as published
        }
    }

    /// Huber's loss turns linear at a year, as published; ages deviate by about 17.
    fn settle(config: &mut Config<Self>, _: usize) {
        let Config { target, loss, .. } = config;
        if *target == Scale::Plain && loss.kind == LossKind::Huber {
            loss.beta.get_or_insert(1.0 / 17.0);
        }
    }

    fn dataset(config: &Config<Self>) -> String {
        marked_name(name_of(config.data.csv.as_deref(), S::DATASET), &config.data.folder)
    }

    /// A bin per year for ages; other targets choose theirs.
    fn bins(config: &Config<Self>, targets: &[f64], rows: usize) -> anyhow::Result<Bins> {
        let is_age = config.data.target == "age" && targets.iter().all(|y| (0.0..1000.0).contains(y));
        if config.bins == BinsConfig::default() && is_age {
            return Ok(Bins::uniform(0.0, 1.0, AGES)?);
        }
        Ok(config.bins.init_for(targets, rows).map_err(dir_core::Error::from)?)
    }

    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Rows>> {
        let data = &config.data;
        let path = data.csv.clone().unwrap_or_else(|| data.folder.join(S::LISTING));
        if !path.exists() {
            anyhow::bail!(
                "{}: found no such file, expected a list age,path,split; `{} prepare --data {}` makes it, `fetch` says where \
                 the pictures come from",
                path.display(),
                S::PROGRAM,
                data.folder.display()
            );
        }
        let mut listing = Listing::read(&path, &Order::of_target(&data.target))?;
        let place = data.place();
        let options = PictureOptions { side: 1, cache: CacheKind::None, broken: data.broken };
        let opened = Pictures::open(Store::open(&place)?, &listing.paths, options, Path::new("."));
        let (_, left_out) = opened.map_err(|error| anyhow::anyhow!(source::with_choice(&error)))?;
        let mut notes = Vec::new();
        if !left_out.is_empty() {
            notes.push(format!("{} of {} pictures left out", left_out.len(), listing.paths.len()));
            notes.extend(left_out.iter().take(SHOWN).map(|(_, error)| error.to_string()));
            notes.extend((left_out.len() > SHOWN).then(|| format!("and {} more", left_out.len() - SHOWN)));
        }
        let gone: std::collections::HashSet<usize> = left_out.iter().map(|(k, _)| *k).collect();
        let row_ids: Vec<usize> = (0..listing.paths.len()).filter(|k| !gone.contains(k)).collect();
        listing = listing.only(&row_ids);
        let parts = match &listing.parts {
            Some(parts) => parts.clone(),
            None => {
                let (parts, words) = balanced_parts(config, &listing.targets, CAP, 0)?;
                notes.push(format!("the list has no column split: {words}"));
                parts
            }
        };
        let bins = of_training_rows(config, &listing.targets, &parts)?;
        Ok(Prepared {
            source: path.display().to_string(),
            content: format!("pictures of {}", place.display()),
            target: data.target.clone(),
            targets: listing.targets.clone(),
            pixels: None,
            row_ids,
            parts,
            groups: None,
            bins,
            left_out: Default::default(),
            notes,
            warnings: Vec::new(),
            rows: Rows { listing },
        })
    }

    fn digest(config: &Config<Self>, rows: &Rows, digest: &mut ContentDigest) -> anyhow::Result<()> {
        let store = Store::open(&config.data.place())?;
        Ok(digest.files(&rows.listing.paths, |name| store.digest(name))?)
    }

    fn pretrained(config: &Config<Self>) -> Option<&Path> {
        config.model.pretrained.as_deref()
    }

    fn paths(data: &mut DataConfig) -> Vec<&mut PathBuf> {
        let DataConfig { folder, csv, pictures, .. } = data;
        [Some(folder), csv.as_mut(), pictures.as_mut()].into_iter().flatten().collect()
    }

    fn input(config: &Config<Self>, _: &Prepared<Rows>) -> anyhow::Result<PictureInput> {
        let side = config.data.side.context("found no picture size")?;
        anyhow::ensure!((16..=4096).contains(&side), "found --img-size {side}, expected 16 to 4096 pixels");
        Ok(PictureInput { side })
    }

    fn source(config: &Config<Self>, prepared: &Prepared<Rows>, input: &PictureInput) -> anyhow::Result<PictureSource> {
        let data = &config.data;
        // What is broken was left out, or ends the program, when the list was read.
        let options =
            PictureOptions { side: input.side, cache: data.cache.unwrap_or_default(), broken: Default::default() };
        let place = data.place();
        let paths = &prepared.rows.listing.paths;
        let opened = Pictures::open(Store::open(&place)?, paths, options, &cache_folder(&place));
        let (pictures, _) = opened.map_err(|error| anyhow::anyhow!(source::with_choice(&error)))?;
        Ok(PictureSource::new(Arc::new(pictures), prepared, data))
    }

    fn new_source(pipeline: &Pipeline<Self>, data: &NewData, with_target: bool) -> anyhow::Result<PictureSource> {
        let place = data.place()?;
        let (store, order) = (Store::open(&place)?, Order::of_target(&pipeline.target));
        let listing = match &data.csv {
            Some(csv) if with_target => Listing::read(csv, &order)?,
            Some(csv) => Listing::read_paths(csv, &order)?,
            None if with_target => {
                anyhow::bail!("found no --csv, expected a list path,{} to evaluate on", pipeline.target)
            }
            None => Listing::of_paths(store.names()?),
        };
        anyhow::ensure!(!listing.paths.is_empty(), "{}: found no picture, expected JPEG or PNG files", place.display());
        let options = PictureOptions { side: pipeline.input.side, cache: CacheKind::None, broken: Default::default() };
        let (pictures, _) = Pictures::open(store, &listing.paths, options, Path::new("."))?;
        Ok(PictureSource::all_test(Arc::new(pictures), listing))
    }

    fn is_given(data: &NewData) -> bool {
        data.csv.is_some() || data.pictures.is_some()
    }

    fn new_paths(data: &NewData) -> Vec<&Path> {
        [&data.csv, &data.pictures].into_iter().flatten().map(PathBuf::as_path).collect()
    }

    fn build(model: &NetworkConfig, _: &PictureInput, seed: u64, device: &Device) -> Result<ResNet, TrainError> {
        model.resnet().init(seed, device).map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn start(config: &Config<Self>, _: &PictureInput, network: ResNet) -> anyhow::Result<(ResNet, Option<String>)> {
        pretrained::<_, ResNetNames>(config.model.pretrained.as_deref(), network)
    }

    fn plain_numbers(source: &PictureSource, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        source.thumbnails(part)
    }

    /// As the paper says: what is rare is told by the density of the targets. Neighbours are those of small pictures.
    fn resample(_: &Config<Self>) -> ResampleConfig {
        ResampleConfig { relevance: RelevanceConfig::Density, ..ResampleConfig::default() }
    }

    fn resampled(source: &PictureSource, resampled: &Resampled) -> anyhow::Result<PictureSource> {
        Ok(source.resampled(resampled))
    }

    fn features(model: &NetworkConfig) -> usize {
        model.resnet().features()
    }

    fn run_own(verb: &S::Verbs) -> anyhow::Result<()> {
        S::run_own(verb)
    }
}
