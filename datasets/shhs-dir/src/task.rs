//! A recording of hours and a CNN-RNN, as the shared verbs need them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use dir_cli::{
    BinsConfig, Config, Pipeline, Prepared, Resampled, Size, Task, balanced_parts, folder_of, marked_name,
    of_training_rows, pretrained, set, set_open, set_some,
};
use dir_core::bins::Bins;
use dir_core::shot::ShotRule;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use dir_data::signals::{Opened, RecordingList, Recordings, Standardise};
use dir_data::split::group_split;
use dir_nn::CnnRnn;
use dir_nn::cnn_rnn::CnnRnnNames;
use dir_train::TrainError;
use dir_train::target::Scale;

use crate::own::{self, OwnVerbs};
use crate::read::{Found, new_rows, rows};
use crate::settings::{DataConfig, Flags, NetworkConfig, NewData};
use crate::source::{PartRows, RecordingSource};

/// Deep imbalanced regression on recordings of signals.
pub(crate) struct Shhs;

/// Scores 0 to 100, a bin each.
const BINS: usize = 101;
/// Share of the paper's 2,651 subjects that train.
const TRAIN_SHARE: f64 = 1892.0 / 2651.0;
/// Above 100 and below 20 of the paper's 1,892 training subjects in a bin, as shares.
const SHARES: ShotRule = ShotRule::Share { many_above: 100.0 / 1892.0, few_below: 20.0 / 1892.0 };
/// Rows of a bin that validate, and that test, at most, where the paper's share says nothing.
const USUAL_CAP: usize = 30;
/// Share of a list's groups that validate, and that test.
const GROUP_SHARE: f64 = 0.15;
/// Training rows that means and deviations are taken from, at most.
const SCALED_BY: usize = 200;
/// Epochs that a number of rows is spread over.
const FEWEST_EPOCHS: usize = 3;
const MOST_EPOCHS: usize = 80;

impl Task for Shhs {
    const PROGRAM: &'static str = "shhs-dir";
    const ABOUT: &'static str = "Health from a night's signals on SHHS-DIR, or any number from any recording";
    const LONG_ABOUT: &'static str = "Health from a night's signals on SHHS-DIR, or any number from any recording.\n\nStart with \
        `synth`, which makes nights up, or with `fetch`, which says where SHHS comes from. With --csv every verb works on your \
        own recordings (EDF, BDF or .npy).";
    const METHODS: &'static str = "vanilla,inv,inv+lds,inv+fds,inv+lds+fds";
    const BLENDS: bool = false;

    type Flags = Flags;
    type NewData = NewData;
    type Verbs = OwnVerbs;
    type Data = DataConfig;
    type Model = NetworkConfig;
    type Rows = Arc<Recordings>;
    type Input = Opened;
    type Network = CnnRnn;
    type Source = RecordingSource;

    fn take_flags(config: &mut Config<Self>, flags: &Flags) -> anyhow::Result<()> {
        let Config { data, model, .. } = config;
        if let (Some(csv), None) = (&flags.csv, &flags.data) {
            data.folder = folder_of(csv);
        }
        set(&mut data.folder, flags.data.clone());
        set_some(&mut data.csv, &flags.csv);
        set(&mut data.target, flags.target.clone());
        set(&mut data.study.visit, flags.visit);
        set_some(&mut data.study.survey, &flags.survey);
        set_some(&mut data.study.score, &flags.score);
        set(&mut data.channels, flags.channels.clone());
        set_some(&mut data.array_rate, &flags.array_rate);
        set(&mut data.standardise, flags.standardise.map(Standardise::from));
        set(&mut data.window, flags.window);
        set_some(&mut data.rate, &flags.rate);
        set_some(&mut data.windows, &flags.windows);
        data.leave_out |= flags.leave_out;
        data.cut_files |= flags.cut_files;
        set_some(&mut data.workers, &flags.workers);
        set_some(&mut model.width, &flags.width);
        set_some(&mut model.hidden, &flags.hidden);
        set(&mut model.layers, flags.layers);
        set(&mut model.dropout, flags.dropout);
        set_some(&mut model.pretrained, &flags.pretrained);
        Ok(())
    }

    fn take_size(config: &mut Config<Self>, size: Size) {
        let (width, hidden, rate, windows) = match size {
            Size::Tiny => (8, 32, 32.0, 12),
            Size::Small => (16, 64, 32.0, 32),
            Size::Narrow => (8, 32, 32.0, 0),
            Size::Medium => (32, 128, 64.0, 64),
            Size::Full => (64, 256, 64.0, 0),
        };
        let (seen, batch, lr) = match size {
            Size::Tiny => (6_000, 16, 3e-3),
            Size::Small => (20_000, 16, 2e-3),
            Size::Narrow => (5_000, 16, 2e-3),
            Size::Medium => (60_000, 16, 1e-3),
            Size::Full => (0, 16, 1e-3),
        };
        let Config { data, model, train, target, shots, .. } = config;
        model.width.get_or_insert(width);
        model.hidden.get_or_insert(hidden);
        data.rate.get_or_insert(rate);
        data.windows.get_or_insert(windows);
        match size {
            Size::Full => set_open(&mut train.epochs, MOST_EPOCHS),
            _ => data.seen = data.seen.or(Some(seen)),
        }
        set_open(&mut train.batch, batch);
        set_open(&mut train.lr, lr);
        if *target == Scale::Raw {
            *target = Scale::Plain; // steps should not go into finding the mean
        }
        if data.csv.is_none() && *shots == ShotRule::default() {
            *shots = SHARES;
        }
    }

    /// As many epochs as it takes to see so many rows.
    fn settle(config: &mut Config<Self>, train_rows: usize) {
        let train = &mut config.train;
        if let Some(seen) = config.data.seen.filter(|_| train.epochs == 0) {
            train.epochs = (seen / train_rows.max(1)).clamp(FEWEST_EPOCHS, MOST_EPOCHS);
        }
        if train.milestones.is_empty() {
            train.milestones = vec![(train.epochs * 2).div_ceil(3), (train.epochs * 8).div_ceil(9)];
        }
    }

    fn dataset(config: &Config<Self>) -> String {
        marked_name(config.data.name(), &config.data.folder)
    }

    fn bins(config: &Config<Self>, targets: &[f64], rows: usize) -> anyhow::Result<Bins> {
        match &config.data.csv {
            None if config.bins == BinsConfig::default() => Ok(Bins::uniform(0.0, 1.0, BINS)?),
            _ => Ok(config.bins.init_for(targets, rows)?),
        }
    }

    fn read(config: &Config<Self>) -> anyhow::Result<Prepared<Arc<Recordings>>> {
        let data = &config.data;
        let Found { recordings, list, ids, source, mut notes } = rows(data)?;
        let RecordingList { targets, parts, groups, .. } = list;
        let parts = match (parts, &groups) {
            (Some(parts), _) => parts,
            (None, Some(groups)) => {
                notes.push("the list has no column split: split anew, its groups kept whole".into());
                group_split(groups, GROUP_SHARE, data.split_seed)?
            }
            (None, None) => {
                let cap = match (data.split_cap, &data.csv) {
                    (Some(cap), _) => cap,
                    (None, Some(_)) => USUAL_CAP,
                    (None, None) => paper_cap(
                        &Self::bins(config, &targets, targets.len())?
                            .assign(&targets)
                            .map_err(dir_core::Error::from)?,
                    ),
                };
                let (parts, words) = balanced_parts(config, &targets, cap, data.split_seed)?;
                notes.push(words);
                parts
            }
        };
        let bins = of_training_rows(config, &targets, &parts)?;
        let cut = recordings.opened().cut;
        let signals = recordings.opened().channels.len();
        Ok(Prepared {
            source,
            content: format!("{signals} signals at {} Hz in windows of {} s", cut.rate, cut.seconds),
            target: if data.csv.is_some() { data.target.clone() } else { "general health".into() },
            targets,
            pixels: None,
            row_ids: ids,
            parts,
            groups,
            bins,
            left_out: Default::default(),
            notes,
            warnings: Vec::new(),
            rows: Arc::new(recordings),
        })
    }

    fn digest(_: &Config<Self>, recordings: &Arc<Recordings>, digest: &mut ContentDigest) -> anyhow::Result<()> {
        Ok(recordings.digest(digest)?)
    }

    fn pretrained(config: &Config<Self>) -> Option<&Path> {
        config.model.pretrained.as_deref()
    }

    fn paths(data: &mut DataConfig) -> Vec<&mut PathBuf> {
        let DataConfig { folder, csv, study, .. } = data;
        [Some(folder), csv.as_mut(), study.survey.as_mut()].into_iter().flatten().collect()
    }

    fn input(_: &Config<Self>, prepared: &Prepared<Arc<Recordings>>) -> anyhow::Result<Opened> {
        let recordings = &prepared.rows;
        let mut opened = recordings.opened().clone();
        if opened.standardise == Standardise::Train {
            let train = prepared.positions(Part::Train);
            let some: Vec<usize> = train.iter().copied().step_by(train.len().div_ceil(SCALED_BY).max(1)).collect();
            opened.scales = recordings.scales(&some)?;
        }
        Ok(opened)
    }

    fn source(
        config: &Config<Self>,
        prepared: &Prepared<Arc<Recordings>>,
        input: &Opened,
    ) -> anyhow::Result<RecordingSource> {
        let groups = prepared.groups.as_ref();
        let of_part = |part| {
            let rows = prepared.positions(part);
            PartRows {
                ids: rows.iter().map(|&k| prepared.row_ids[k]).collect(),
                targets: rows.iter().map(|&k| prepared.targets[k]).collect(),
                groups: groups.map(|groups| rows.iter().map(|&k| groups[k].clone()).collect()),
                rows,
            }
        };
        let recordings = Recordings::clone(&prepared.rows).with_scales(input.scales.clone());
        Ok(RecordingSource::new(Arc::new(recordings), Part::EACH.map(of_part), config.data.workers))
    }

    fn new_source(pipeline: &Pipeline<Self>, data: &NewData, with_target: bool) -> anyhow::Result<RecordingSource> {
        let target = with_target.then_some(pipeline.target.as_str());
        let Found { recordings, list: RecordingList { targets, groups, .. }, ids, .. } =
            new_rows(data.csv.as_deref(), data.data.as_deref(), &data.files, target, &pipeline.input)?;
        let rows = PartRows { rows: (0..ids.len()).collect(), ids, targets, groups };
        let parts = [PartRows::default(), PartRows::default(), rows];
        Ok(RecordingSource::new(Arc::new(recordings), parts, None))
    }

    fn is_given(data: &NewData) -> bool {
        data.csv.is_some() || !data.files.is_empty()
    }

    fn new_paths(data: &NewData) -> Vec<&Path> {
        [&data.csv, &data.data].into_iter().flatten().chain(&data.files).map(PathBuf::as_path).collect()
    }

    fn build(model: &NetworkConfig, input: &Opened, seed: u64, device: &Device) -> Result<CnnRnn, TrainError> {
        let network = model.network(input.channels.len()).init(seed, device);
        network.map_err(|error| TrainError::Model { reason: error.to_string() })
    }

    fn start(config: &Config<Self>, _: &Opened, network: CnnRnn) -> anyhow::Result<(CnnRnn, Option<String>)> {
        pretrained::<_, CnnRnnNames>(config.model.pretrained.as_deref(), network)
    }

    /// Mean and deviation of every signal.
    fn plain_numbers(source: &RecordingSource, part: Part) -> Result<(Vec<f32>, usize), TrainError> {
        source.moments(part)
    }

    fn resampled(source: &RecordingSource, resampled: &Resampled) -> anyhow::Result<RecordingSource> {
        Ok(source.resampled(resampled))
    }

    fn features(model: &NetworkConfig) -> usize {
        model.network(1).features()
    }

    fn run_own(verb: &OwnVerbs) -> anyhow::Result<()> {
        own::run(verb)
    }
}

/// The largest cap with which as large a share of the rows trains as in the paper, so that validation and test are as balanced
/// as that allows.
fn paper_cap(bins: &[usize]) -> usize {
    let mut counts = vec![0_usize; bins.iter().max().map_or(0, |bin| bin + 1)];
    bins.iter().for_each(|&bin| counts[bin] += 1);
    let held = |cap: usize| counts.iter().map(|count| 2 * (count / 3).min(cap)).sum::<usize>();
    let most = (bins.len() as f64 * (1.0 - TRAIN_SHARE)) as usize;
    (1..=bins.len()).take_while(|&cap| held(cap) <= most).last().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_leaves_the_paper_s_share_to_training() {
        // Bins of 30, 60 and 10 rows: thirds are 10, 20 and 3. 28.6 % of 100 rows may be held out: 2 (4 + 4 + 3) = 22 at cap 4,
        // 2 (5 + 5 + 3) = 26 at cap 5, 30 at cap 6.
        let bins = [vec![0; 30], vec![1; 60], vec![2; 10]].concat();
        assert_eq!(paper_cap(&bins), 5);
        assert_eq!(paper_cap(&[]), 1);
    }
}
