//! A picture and a number for each of its pixels, as the shared verbs need them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use dir_cli::{
    BinsConfig, Config, Pipeline, Prepared, Size, Task, folder_of, marked_name, pretrained, set, set_open, set_some,
};
use dir_core::Compat;
use dir_core::bins::{Bins, Precision};
use dir_core::fds::FdsConfig;
use dir_core::loss::{LossConfig, LossKind};
use dir_core::metric::Report;
use dir_core::shot::ShotRule;
use dir_core::smooth::Padding;
use dir_core::tally::Tally;
use dir_core::weight::WeightConfig;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_data::depth::{BalancedMask, Coding, DepthAugmentation, DepthPairs, Frame, PairList};
use dir_data::drawn::MARK;
use dir_nn::DepthNet;
use dir_nn::depth_net::DepthNetNames;
use dir_nn::resnet::Depth;
use dir_train::TrainError;
use dir_train::recipe::TrainConfig;
use dir_train::select::Metric;
use dir_train::target::Scale;
use serde::{Deserialize, Serialize};

use crate::baselines;
use crate::maps;
use crate::own::{self, OwnVerbs};
use crate::read::{Found, new_list, one_list, two_lists};
use crate::settings::{Crop, DataConfig, Flags, NetworkConfig, NewData};
use crate::source::{DepthSource, PartPairs, target};

/// Deep imbalanced regression on the pixels of depth maps.
pub(crate) struct Nyud2;

/// What was read: all pairs, and which test pixels count.
#[derive(Debug)]
pub(crate) struct Rows {
    pairs: Arc<DepthPairs>,
    mask: Option<Arc<BalancedMask>>,
}

/// How a picture becomes an input, and a file a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepthSettings {
    pub(crate) frame: Frame,
    pub(crate) coding: Coding,
}

/// NYUD2: a hundred bins of a tenth of a metre; nothing is nearer than the eighth.
const BINS: usize = 100;
const WIDTH: f64 = 0.1;
const FIRST_BIN: usize = 7;
/// Test pictures of NYUD2, for which a balanced mask is drawn where its file is missing.
const TEST_PICTURES: usize = 654;
const MASK: &str = "test_balanced_mask.npy";
/// Shares of all pixels that give the official lists of many and few shot.
const SHARES: ShotRule = ShotRule::Share { many_above: 0.0074, few_below: 0.0028 };
/// Epochs that a number of pictures is spread over.
const FEWEST_EPOCHS: usize = 5;
const MOST_EPOCHS: usize = 100;
/// More depths than this are not looked at one by one.
const SAMPLE: usize = 100_000;

impl Task for Nyud2 {
    const PROGRAM: &'static str = "nyud2-dir";
    const ABOUT: &'static str = "Depth from pictures on NYUD2-DIR, or any map of numbers from any pictures";
    const LONG_ABOUT: &'static str = "Depth from pictures on NYUD2-DIR, or any map of numbers from any pictures.\n\nStart with \
        `synth`, which draws furnished rooms, or with `fetch`, which says where NYUD2 comes from. With --csv every verb works on \
        your own pairs of pictures and maps (PNG of 8 or 16 bits, or .npy).";
    const METHODS: &'static str = "vanilla,inv+lds,fds,inv+lds+fds";
    const METRICS: &'static [Metric] = &Metric::OF_DEPTH;

    type Flags = Flags;
    type NewData = NewData;
    type Verbs = OwnVerbs;
    type Data = DataConfig;
    type Model = NetworkConfig;
    type Rows = Rows;
    type Input = DepthSettings;
    type Network = DepthNet;
    type Source = DepthSource;

    /// As published, but for the validation: on scenes of the training list, not on the test.
    fn defaults() -> Config<Self> {
        let train = TrainConfig { select: Metric::Rmse.into(), weight_decay: 1e-4, ..TrainConfig::default() };
        let loss = LossConfig { kind: LossKind::Mse, ..LossConfig::default() };
        let weights = WeightConfig { padding: Padding::Reflect, first_bin: FIRST_BIN, ..WeightConfig::default() };
        Config { target: Scale::Raw, loss, weights, train, shots: SHARES, ..Config::default() }
    }

    fn take_flags(config: &mut Config<Self>, flags: &Flags) -> anyhow::Result<()> {
        let Config { data, model, .. } = config;
        if let (Some(csv), None) = (&flags.csv, &flags.data) {
            data.folder = folder_of(csv);
        }
        set(&mut data.folder, flags.data.clone());
        set_some(&mut data.csv, &flags.csv);
        set_some(&mut data.coding.scale, &flags.depth_scale);
        set_some(&mut data.coding.invalid, &flags.invalid);
        set_some(&mut data.coding.bits, &flags.depth_bits);
        set_some(&mut data.short, &flags.short);
        set_some(&mut data.crop, &flags.crop.map(|Crop(sides)| sides));
        set_some(&mut data.mask, &flags.mask);
        set_some(&mut data.workers, &flags.workers);
        set_some(&mut model.depth, &flags.depth);
        set_some(&mut model.width, &flags.width);
        set_some(&mut model.pretrained, &flags.pretrained);
        if data.csv.is_some() {
            config.weights.first_bin = 0; // the lowest bins of other maps are no mistakes
        }
        Ok(())
    }

    fn take_size(config: &mut Config<Self>, size: Size) {
        let (depth, width, short, crop) = match size {
            Size::Tiny => (Depth::D18, 16, 48, [44, 60]),
            Size::Small => (Depth::D18, 32, 60, [56, 76]),
            Size::Narrow => (Depth::D18, 16, 120, [112, 152]),
            Size::Medium => (Depth::D18, 32, 120, [112, 152]),
            Size::Full => (Depth::D50, 64, 240, [228, 304]),
        };
        let (seen, batch, lr) = match size {
            Size::Tiny => (32_000, 8, 2e-3),
            Size::Small => (40_000, 8, 2e-3),
            Size::Narrow => (3_600, 8, 1e-3),
            Size::Medium => (40_000, 16, 1e-3),
            Size::Full => (0, 32, 1e-4),
        };
        let Config { data, model, train, target, .. } = config;
        model.depth.get_or_insert(depth.into());
        model.width.get_or_insert(width);
        data.short.get_or_insert(short);
        data.crop.get_or_insert(crop);
        match size {
            Size::Full => set_open(&mut train.epochs, 10),
            _ => data.seen = data.seen.or(Some(seen)),
        }
        set_open(&mut train.batch, batch);
        set_open(&mut train.lr, lr);
        if size != Size::Full && *target == Scale::Raw {
            *target = Scale::Plain; // few steps should not go into finding the mean
        }
        if size == Size::Tiny && data.augment == DepthAugmentation::default() {
            // Nor into what other colours and angles look like: every picture is seen a handful of times.
            data.augment = DepthAugmentation { rotation: 2.0, lighting: 0.0, jitter: 0.1, ..data.augment };
        }
    }

    /// As many epochs as it takes to see so many pictures. The rate falls to a tenth half-way as published, after 5 of 10 epochs;
    /// in a small network's few steps only later.
    fn settle(config: &mut Config<Self>, train_rows: usize) {
        let train = &mut config.train;
        let quarters = match config.data.seen.filter(|_| train.epochs == 0) {
            Some(seen) => {
                train.epochs = (seen / train_rows.max(1)).clamp(FEWEST_EPOCHS, MOST_EPOCHS);
                3
            }
            None => 2,
        };
        if train.milestones.is_empty() {
            train.milestones = vec![(train.epochs * quarters).div_ceil(4)];
        }
    }

    fn dataset(config: &Config<Self>) -> String {
        marked_name(config.data.name(), &config.data.folder)
    }

    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Rows>> {
        let data = &config.data;
        let Found { list, mut parts, folder, source, mut notes } = match &data.csv {
            Some(path) => one_list(path, data)?,
            None => two_lists(data)?,
        };
        let frame = data.frame()?;
        let pairs = DepthPairs::open(&folder, &list, data.coding.clone(), frame)?;
        if data.official_validation {
            parts.iter_mut().filter(|part| **part == Part::Val).for_each(|part| *part = Part::Train);
        }
        let of_part = |part| (0..parts.len()).filter(|&k| parts[k] == part).collect::<Vec<usize>>();
        let train = pairs.tally(&of_part(Part::Train), target(Part::Train), None)?;
        let bins = bins(config, &train)?;
        let in_test = of_part(Part::Test);
        let mask = mask(data, &pairs, &in_test, &bins, &mut notes)?;
        let test = pairs.tally(&in_test, target(Part::Test), mask.as_ref())?;
        let val = match data.official_validation {
            true => test.clone(),
            false => pairs.tally(&of_part(Part::Val), target(Part::Val), None)?,
        };
        Ok(Prepared {
            source,
            content: format!("pictures of {} x {} pixels with a depth each", frame.crop[1], frame.crop[0]),
            target: "depth".into(),
            targets: Vec::new(),
            pixels: Some([train, val, test]),
            row_ids: (0..list.images.len()).collect(),
            parts,
            groups: None,
            bins,
            left_out: Default::default(),
            notes,
            warnings: Vec::new(),
            rows: Rows { pairs: Arc::new(pairs), mask: mask.map(Arc::new) },
        })
    }

    fn digest(_: &Config<Self>, rows: &Rows, digest: &mut ContentDigest) -> anyhow::Result<()> {
        Ok(rows.pairs.digest(digest)?)
    }

    fn pretrained(config: &Config<Self>) -> Option<&Path> {
        config.model.pretrained.as_deref()
    }

    fn paths(data: &mut DataConfig) -> Vec<&mut PathBuf> {
        let DataConfig { folder, csv, mask, .. } = data;
        [Some(folder), csv.as_mut(), mask.as_mut()].into_iter().flatten().collect()
    }

    fn input(config: &Config<Self>, _: &Prepared<Rows>) -> anyhow::Result<DepthSettings> {
        Ok(DepthSettings { frame: config.data.frame()?, coding: config.data.coding.clone() })
    }

    fn source(config: &Config<Self>, prepared: &Prepared<Rows>, _: &DepthSettings) -> anyhow::Result<DepthSource> {
        let Rows { pairs, mask } = &prepared.rows;
        let of_part = |part: Part| {
            // Officially the test validates.
            let from = if part == Part::Val && config.data.official_validation { Part::Test } else { part };
            let mask = mask.clone().filter(|_| from == Part::Test);
            PartPairs { rows: prepared.positions(from), tally: prepared.tally(part).into_owned(), mask }
        };
        let data = &config.data;
        Ok(DepthSource::new(Arc::clone(pairs), Part::EACH.map(of_part), data.augment, data.workers))
    }

    fn new_source(pipeline: &Pipeline<Self>, data: &NewData, with_target: bool) -> anyhow::Result<DepthSource> {
        let (list, folder) = new_list(data.csv.as_deref(), data.data.as_deref(), with_target)?;
        let all: Vec<usize> = (0..list.images.len().min(data.most.unwrap_or(usize::MAX))).collect();
        let list = PairList { parts: None, ..list.only(&all) };
        let DepthSettings { frame, coding } = pipeline.input.clone();
        let pairs = DepthPairs::open(&folder, &list, coding, frame)?;
        let tally = pairs.tally(&all, target(Part::Test), None)?;
        let test = PartPairs { rows: all, tally, mask: None };
        let parts = [PartPairs::default(), PartPairs::default(), test];
        Ok(DepthSource::new(Arc::new(pairs), parts, Default::default(), None))
    }

    fn is_given(data: &NewData) -> bool {
        data.csv.is_some() || data.data.is_some()
    }

    fn new_paths(data: &NewData) -> Vec<&Path> {
        [&data.csv, &data.data].into_iter().flatten().map(PathBuf::as_path).collect()
    }

    fn fds(config: &Config<Self>) -> FdsConfig {
        FdsConfig { first_bin: config.weights.first_bin, ..FdsConfig::nyud2(Compat::Corrected) }
    }

    fn build(model: &NetworkConfig, _: &DepthSettings, seed: u64, device: &Device) -> Result<DepthNet, TrainError> {
        model.network().init(seed, device).map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn start(
        config: &Config<Self>,
        _: &DepthSettings,
        network: DepthNet,
    ) -> anyhow::Result<(DepthNet, Option<String>)> {
        pretrained::<_, DepthNetNames>(config.model.pretrained.as_deref(), network)
    }

    fn write_predictions(
        pipeline: &Pipeline<Self>,
        network: &DepthNet,
        data: &NewData,
        out: Option<&Path>,
        device: &Device,
    ) -> anyhow::Result<()> {
        maps::write(pipeline, network, data, out, device)
    }

    fn own_baselines(source: &DepthSource, report: &Report) -> anyhow::Result<()> {
        baselines::print(source, report)
    }

    /// A linear model of a picture's numbers says nothing about its pixels; its own baselines are others.
    fn plain_numbers(_: &DepthSource, _: Part) -> Result<(Vec<f32>, usize), TrainError> {
        Ok((Vec::new(), 0))
    }

    fn features(model: &NetworkConfig) -> usize {
        model.network().features()
    }

    fn run_own(verb: &OwnVerbs) -> anyhow::Result<()> {
        own::run(verb)
    }
}

/// NYUD2's bins; other maps get a hundred from 0 to their highest target, unless the settings say otherwise.
fn bins(config: &Config<Nyud2>, train: &Tally) -> anyhow::Result<Bins> {
    let (low, high) = train.range().ok_or_else(|| anyhow::anyhow!("found no training pixels, expected some"))?;
    let wanted = &config.bins;
    if *wanted == BinsConfig::default() {
        return Ok(match config.data.csv {
            None => Bins::uniform(0.0, WIDTH, BINS)?.with_precision(Precision::F32Scaled),
            Some(_) => Bins::uniform(0.0, high / BINS as f64, BINS)?,
        });
    }
    let sample: Vec<f64> = [low].into_iter().chain(train.sample(SAMPLE)).chain([high]).collect();
    Ok(wanted.init(&sample)?)
}

/// The mask of the file that the settings name or that lies beside the lists; drawn anew for NYUD2 itself.
fn mask(
    data: &DataConfig,
    pairs: &DepthPairs,
    test: &[usize],
    bins: &Bins,
    notes: &mut Vec<String>,
) -> anyhow::Result<Option<BalancedMask>> {
    let usual = Some(data.folder.join(MASK)).filter(|path| data.csv.is_none() && path.exists());
    if let Some(path) = data.mask.clone().or(usual) {
        let mask = BalancedMask::read(&path, test.len(), pairs.frame().crop)?;
        notes.push(format!("{}: {} test pixels, as many of every bin", path.display(), mask.total()));
        return Ok(Some(mask));
    }
    let is_nyud2 = data.csv.is_none() && test.len() == TEST_PICTURES && !data.folder.join(MARK).exists();
    if !is_nyud2 {
        return Ok(None);
    }
    let mask = BalancedMask::draw(pairs, test, bins, data.split_seed)?;
    notes.push(format!("no {MASK}: drew {} test pixels, as many of every bin, by a seed", mask.total()));
    Ok(Some(mask))
}
