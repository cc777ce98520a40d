//! Two sentences and a bidirectional LSTM, as the shared verbs need them.

use std::path::{Path, PathBuf};

use anyhow::Context;
use burn::tensor::{Device, Tensor, TensorData};
use dir_cli::{
    BinsConfig, Config, Pipeline, Prepared, Resampled, Size, Task, balanced_parts, marked_name, of_training_rows,
    pretrained, set, set_open, set_some,
};
use dir_core::Compat;
use dir_core::bins::{Bins, Precision};
use dir_core::fds::{FdsConfig, Quirks};
use dir_core::loss::{LossConfig, LossKind};
use dir_core::relevance::RelevanceConfig;
use dir_core::resample::ResampleConfig;
use dir_core::shot::ShotRule;
use dir_data::Part;
use dir_data::content_digest::{self, ContentDigest};
use dir_data::loader::ShortBatch;
use dir_data::text::Pairs;
use dir_data::text::vectors::file_of;
use dir_nn::PairEncoder;
use dir_nn::pair_encoder::PairEncoderNames;
use dir_train::recipe::TrainConfig;
use dir_train::select::Metric;
use dir_train::target::Scale;
use dir_train::{TrainError, status};

use crate::own::{self, OwnVerbs};
use crate::read::{Found, one_file, three_files};
use crate::settings::{DataConfig, Flags, NetworkConfig, NewData};
use crate::source::PairSource;
use crate::words::{Words, tokens};

/// Deep imbalanced regression on pairs of sentences.
pub(crate) struct StsB;

/// Sentences as words, before they have numbers.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) first: Vec<Vec<String>>,
    pub(crate) second: Vec<Vec<String>>,
}

/// Scores 0 to 5 in steps of a tenth.
const BINS: usize = 50;
/// The highest score.
const HIGHEST: f64 = 5.0;

impl Task for StsB {
    const PROGRAM: &'static str = "sts-b-dir";
    const ABOUT: &'static str = "Similarity of sentences on STS-B-DIR, or any number from two sentences";
    const LONG_ABOUT: &'static str = "Similarity of sentences on STS-B-DIR, or any number from two sentences.\n\nStart with \
        `synth`, which makes a data set up, or with `fetch`, which says where STS-B and word vectors come from and downloads \
        them. With --csv and --vectors every verb works on your own pairs of sentences.";
    const METHODS: &'static str = "vanilla,inv,inv+lds,inv+fds,inv+lds+fds";
    const METRICS: &'static [Metric] = &[Metric::Mse, Metric::Mae, Metric::Pearson, Metric::Spearman, Metric::Gm];

    type Flags = Flags;
    type NewData = NewData;
    type Verbs = OwnVerbs;
    type Data = DataConfig;
    type Model = NetworkConfig;
    type Rows = Rows;
    type Input = Words;
    type Network = PairEncoder;
    type Source = PairSource;

    /// As published, but for the last batch of an epoch: 5,249 rows leave one of a single pair, whose step shakes the network.
    fn defaults() -> Config<Self> {
        let train = TrainConfig {
            select: Metric::Mse.into(),
            weight_decay: 1e-5,
            clip_norm: Some(5.0),
            short_batch: ShortBatch::Merge,
            validate_every: 0, // by size
            ..TrainConfig::default()
        };
        let loss = LossConfig { kind: LossKind::Mse, ..LossConfig::default() };
        Config { target: Scale::MinMax, loss, train, shots: ShotRule::stsb(), ..Config::default() }
    }

    fn take_flags(config: &mut Config<Self>, flags: &Flags) -> anyhow::Result<()> {
        let Config { data, model, .. } = config;
        set(&mut data.folder, flags.data.clone());
        set_some(&mut data.csv, &flags.csv);
        set(&mut data.first, flags.first.clone());
        set(&mut data.second, flags.second.clone());
        set(&mut data.target, flags.target.clone());
        set_some(&mut data.vectors, &flags.vectors);
        set(&mut data.max_tokens, flags.max_tokens);
        set_some(&mut model.hidden, &flags.hidden);
        set(&mut model.layers, flags.layers);
        set(&mut model.dropout, flags.dropout);
        set_some(&mut model.pretrained, &flags.pretrained);
        Ok(())
    }

    fn take_size(config: &mut Config<Self>, size: Size) {
        let (hidden, epochs, lr) = match size {
            Size::Tiny => (32, 8, 3e-3),
            Size::Small | Size::Narrow => (128, 25, 1e-3),
            Size::Medium => (256, 25, 1e-3),
            // 100 validations, 400 steps apart, are 952 epochs of 42 steps.
            Size::Full => (1500, 952, 1e-4),
        };
        let Config { data, model, train, shots, bins, .. } = config;
        model.hidden.get_or_insert(hidden);
        set_open(&mut train.epochs, epochs);
        set_open(&mut train.batch, 128);
        set_open(&mut train.lr, lr);
        set_open(&mut train.validate_every, if size == Size::Full { 10 } else { 1 });
        train.patience.get_or_insert(if size == Size::Full { 10 } else { 5 });
        // The lists are of STS-B's fifty bins.
        if *shots == ShotRule::stsb() && (data.csv.is_some() || *bins != BinsConfig::default()) {
            *shots = ShotRule::default();
        }
    }

    /// Constants of the losses for targets between 0 and 1, as published, and a rate that does not fall.
    fn settle(config: &mut Config<Self>, _: usize) {
        if config.loss.beta.is_none() {
            config.loss.beta = match config.loss.kind {
                LossKind::Huber => Some(0.3),
                LossKind::FocalL1 | LossKind::FocalMse => Some(20.0),
                LossKind::L1 | LossKind::Mse => None,
            };
        }
        if config.train.milestones.is_empty() {
            config.train.milestones = vec![config.train.epochs];
        }
    }

    fn dataset(config: &Config<Self>) -> String {
        marked_name(config.data.name(), &config.data.folder)
    }

    fn bins(config: &Config<Self>, targets: &[f64], rows: usize) -> anyhow::Result<Bins> {
        match &config.data.csv {
            None if config.bins == BinsConfig::default() => {
                Ok(Bins::uniform(0.0, HIGHEST / BINS as f64, BINS)?.with_precision(Precision::F32))
            }
            _ => Ok(config.bins.init_for(targets, rows)?),
        }
    }

    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Rows>> {
        let data = &config.data;
        let mut notes = Vec::new();
        let Found { pairs, parts, source } = match &data.csv {
            Some(path) => one_file(path, data)?,
            None => three_files(data)?,
        };
        if let Some(first) = pairs.left_out.first() {
            let count = pairs.left_out.len();
            notes.push(format!("{count} rows left out, the first at line {}: {}", first.line, first.reason));
        }
        let parts = match parts {
            Some(parts) => parts,
            None => {
                let (parts, words) = balanced_parts(config, &pairs.targets, data.split_cap, data.split_seed)?;
                notes.push(format!("the list has no column split: {words}"));
                parts
            }
        };
        let bins = of_training_rows(config, &pairs.targets, &parts)?;
        let words = |sentences: &[String]| -> Vec<Vec<String>> {
            sentences.iter().map(|sentence| tokens(sentence, data.max_tokens)).collect()
        };
        Ok(Prepared {
            source,
            content: "pairs of sentences".into(),
            target: data.target.clone(),
            targets: pairs.targets.clone(),
            pixels: None,
            row_ids: pairs.row_ids.clone(),
            parts,
            groups: None,
            bins,
            left_out: Default::default(),
            notes,
            warnings: Vec::new(),
            rows: Rows { first: words(&pairs.first), second: words(&pairs.second) },
        })
    }

    fn digest(config: &Config<Self>, rows: &Rows, digest: &mut ContentDigest) -> anyhow::Result<()> {
        for sentence in rows.first.iter().chain(&rows.second) {
            digest.number(sentence.len() as u64);
            sentence.iter().for_each(|word| digest.text(word));
        }
        let vectors = file_of(&config.data.vectors());
        let hash = content_digest::of_file(&vectors).with_context(|| {
            format!(
                "{}: cannot read the word vectors; --vectors names them, `sts-b-dir fetch` says where they come from",
                vectors.display()
            )
        })?;
        digest.bytes(&hash);
        Ok(())
    }

    fn pretrained(config: &Config<Self>) -> Option<&Path> {
        config.model.pretrained.as_deref()
    }

    fn paths(data: &mut DataConfig) -> Vec<&mut PathBuf> {
        let DataConfig { folder, csv, vectors, .. } = data;
        [Some(folder), csv.as_mut(), vectors.as_mut()].into_iter().flatten().collect()
    }

    fn input(config: &Config<Self>, prepared: &Prepared<Rows>) -> anyhow::Result<Words> {
        Words::of(&prepared.rows, &config.data)
    }

    fn source(_: &Config<Self>, prepared: &Prepared<Rows>, input: &Words) -> anyhow::Result<PairSource> {
        Ok(PairSource::new(prepared, input))
    }

    fn new_source(pipeline: &Pipeline<Self>, data: &NewData, with_target: bool) -> anyhow::Result<PairSource> {
        let columns = &pipeline.input.columns;
        let pairs = match (&data.csv, &data.sentences[..]) {
            (Some(path), _) if with_target => Pairs::read(path, columns)?,
            (Some(path), _) => Pairs::read_without_target(path, columns)?,
            (None, [first, second]) if !with_target => Pairs::of_two(first, second),
            _ => anyhow::bail!("found no --csv, expected rows with a column {} to evaluate on", pipeline.target),
        };
        let unknown = pipeline.input.unknown(&pairs);
        if unknown > 0 {
            status!("note: {unknown} words are not known to the run; each counts as the unknown word");
        }
        Ok(PairSource::all_test(&pairs, &pipeline.input))
    }

    fn is_given(data: &NewData) -> bool {
        data.csv.is_some() || !data.sentences.is_empty()
    }

    fn new_paths(data: &NewData) -> Vec<&Path> {
        data.csv.as_deref().into_iter().collect()
    }

    /// Two of the official program's habits stay on. Statistics of raw features in evaluation mode made training diverge here:
    /// calibration tells the head about the target, the more so the further the statistics are from what it has made of the
    /// features. Docs: deviations.
    fn fds(_: &Config<Self>) -> FdsConfig {
        let quirks = Quirks { statistics_of_calibrated: true, ..Quirks::default() };
        FdsConfig { train_mode_pass: true, quirks, ..FdsConfig::sts_b(Compat::Corrected) }
    }

    fn build(model: &NetworkConfig, input: &Words, seed: u64, device: &Device) -> Result<PairEncoder, TrainError> {
        let shape = input.shape();
        let vectors = match input.table() {
            [] => Tensor::zeros(shape, device), // about to be loaded
            table => Tensor::from_data(TensorData::new(table.to_vec(), shape), device),
        };
        model.encoder().init(vectors, seed).map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn start(
        config: &Config<Self>,
        input: &Words,
        network: PairEncoder,
    ) -> anyhow::Result<(PairEncoder, Option<String>)> {
        let (network, note) = pretrained::<_, PairEncoderNames>(config.model.pretrained.as_deref(), network)?;
        Ok((network, Some([Some(input.note().to_owned()), note].into_iter().flatten().collect::<Vec<_>>().join("\n"))))
    }

    fn plain_numbers(source: &PairSource, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        Ok(source.mean_vectors(part))
    }

    /// As the paper says: what is rare is told by the density of the targets. Neighbours are those of mean word vectors.
    fn resample(_: &Config<Self>) -> ResampleConfig {
        ResampleConfig { relevance: RelevanceConfig::Density, ..ResampleConfig::default() }
    }

    fn resampled(source: &PairSource, resampled: &Resampled) -> anyhow::Result<PairSource> {
        Ok(source.resampled(resampled))
    }

    fn features(model: &NetworkConfig) -> usize {
        model.encoder().features()
    }

    fn converse(pipeline: &Pipeline<Self>, network: &PairEncoder) -> anyhow::Result<()> {
        own::converse(pipeline, network)
    }

    fn run_own(verb: &OwnVerbs) -> anyhow::Result<()> {
        own::run(verb)
    }
}
