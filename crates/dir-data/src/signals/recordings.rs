//! Rows of recordings, read through their windows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::scale::Moments;
use super::{Channel, ChannelScale, Cut, Recording, SignalError, Span, Standardise};
use crate::budget::Budget;
use crate::catch_panic::catch_panic;
use crate::content_digest::{self, ContentDigest};
use crate::edf::Truncation;
use crate::images::Key;
use crate::loader::row_stream;

/// How files become windows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opened {
    /// Wanted signals.
    pub channels: Vec<Channel>,
    /// Samples per second of arrays.
    pub array_rate: Option<f64>,
    /// Whether cut files are read as far as they go.
    pub cut_files: bool,
    /// Windows.
    pub cut: Cut,
    /// What means and deviations are taken from.
    pub standardise: Standardise,
    /// Mean and deviation of every channel over the training rows.
    pub scales: Vec<ChannelScale>,
}

/// Rows, each a recording or a stretch of one.
#[derive(Debug, Clone)]
pub struct Recordings {
    folder: PathBuf,
    opened: Opened,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    name: String,
    span: Span,
}

/// What is read of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// `[windows, channels, samples]`.
    pub values: Vec<f32>,
    /// How many windows.
    pub count: usize,
}

impl Opened {
    fn open(&self, path: &Path) -> Result<Recording, SignalError> {
        let truncation = if self.cut_files { Truncation::UseWhole } else { Truncation::Error };
        Recording::open(path, &self.channels, self.array_rate, truncation)
    }

    fn bytes_of_a_window(&self) -> u64 {
        (self.channels.len() as u64).saturating_mul(self.cut.samples() as u64).saturating_mul(size_of::<f32>() as u64)
    }
}

/// Reads a file; a panic on its content becomes an error that names it.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, SignalError>) -> Result<T, SignalError> {
    catch_panic(read).map_err(|found| SignalError::Panic { path: path.to_path_buf(), found })?
}

/// Rows that can be read, and what is wrong with the others.
#[derive(Debug)]
pub struct Checked {
    /// The rows that can be read.
    pub recordings: Recordings,
    /// Their positions in the list.
    pub kept: Vec<usize>,
    /// What is wrong with the others: an error per file, or per row that is too short.
    pub wrong: Vec<SignalError>,
}

impl Recordings {
    /// Opens every file once, so that what is wrong with any is known before hours of training.
    ///
    /// # Errors
    /// Settings that make no windows.
    pub fn open(
        folder: &Path,
        paths: &[String],
        spans: Option<&[Span]>,
        opened: Opened,
    ) -> Result<Checked, SignalError> {
        opened.cut.check()?;
        let shortest = f64::from(opened.cut.seconds);
        let mut lengths: BTreeMap<&str, Option<f64>> = BTreeMap::new();
        let (mut rows, mut kept, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (position, name) in paths.iter().enumerate() {
            let path = folder.join(name);
            let length =
                *lengths.entry(name).or_insert_with(|| match guarded(&path, || Ok(opened.open(&path)?.seconds())) {
                    Ok(seconds) => Some(seconds),
                    Err(error) => {
                        wrong.push(error);
                        None
                    }
                });
            let Some(length) = length else { continue };
            let [from, to] = spans.map_or([0.0, length], |spans| [spans[position][0], spans[position][1].min(length)]);
            if to - from < shortest {
                wrong.push(SignalError::Short { path, found: (to - from).max(0.0), expected: shortest });
                continue;
            }
            let windows = opened.cut.count(to - from);
            let bytes = (windows as u64).saturating_mul(opened.bytes_of_a_window());
            if let Err(over) = Budget::current().check(bytes, || format!("{windows} windows of a row")) {
                wrong.push(SignalError::Memory { path, over });
                continue;
            }
            rows.push(Row { name: name.clone(), span: [from, to] });
            kept.push(position);
        }
        let recordings = Self { folder: folder.to_path_buf(), opened, rows };
        Ok(Checked { recordings, kept, wrong })
    }

    /// Adds the files of all rows, and the stretches of them that rows are about.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn digest(&self, digest: &mut ContentDigest) -> Result<(), SignalError> {
        let names: BTreeSet<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let names: Vec<String> = names.into_iter().collect();
        digest.files(&names, |name| {
            let path = self.folder.join(name);
            content_digest::of_file(&path).map_err(|error| SignalError::Array {
                found: format!("'{error}'"),
                expected: "a file that can be read".into(),
                path,
            })
        })?;
        for Row { name, span } in &self.rows {
            digest.text(name);
            digest.floats(span);
        }
        Ok(())
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// File of a row, as the list has it.
    #[must_use]
    pub fn name(&self, row: usize) -> &str {
        &self.rows[row].name
    }

    /// Numbers that a row's windows hold.
    #[must_use]
    pub fn numbers(&self, row: usize) -> usize {
        let Opened { channels, cut, .. } = &self.opened;
        let [from, to] = self.rows[row].span;
        cut.count(to - from) * channels.len() * cut.samples()
    }

    /// How files become windows.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The same with the means and deviations of the training rows.
    #[must_use]
    pub fn with_scales(mut self, scales: Vec<ChannelScale>) -> Self {
        self.opened.scales = scales;
        self
    }

    /// The windows of a row, standardised. With `random`, seed, stage and epoch, each lies anywhere in its part of the row.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn windows(&self, row: usize, random: Option<Key>) -> Result<Windows, SignalError> {
        let (mut windows, samples) = (self.raw(row, random)?, self.opened.cut.samples());
        let scales = match self.opened.standardise {
            Standardise::Row => self.scales_of(&windows.values),
            Standardise::Train => self.opened.scales.clone(),
        };
        for (k, signal) in windows.values.chunks_mut(samples).enumerate() {
            scales[k % scales.len()].apply(signal);
        }
        Ok(windows)
    }

    /// Mean and deviation of every channel of a row, in the signals' own units.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn row_scales(&self, row: usize) -> Result<Vec<ChannelScale>, SignalError> {
        Ok(self.scales_of(&self.raw(row, None)?.values))
    }

    /// Mean and deviation of every channel over some rows.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn scales(&self, rows: &[usize]) -> Result<Vec<ChannelScale>, SignalError> {
        let mut moments = vec![Moments::default(); self.opened.channels.len()];
        for &row in rows {
            self.add(&self.raw(row, None)?.values, &mut moments);
        }
        Ok(moments.iter().map(Moments::scale).collect())
    }

    fn scales_of(&self, values: &[f32]) -> Vec<ChannelScale> {
        let mut moments = vec![Moments::default(); self.opened.channels.len()];
        self.add(values, &mut moments);
        moments.iter().map(Moments::scale).collect()
    }

    fn add(&self, values: &[f32], moments: &mut [Moments]) {
        let channels = moments.len();
        for (k, signal) in values.chunks(self.opened.cut.samples()).enumerate() {
            moments[k % channels].add(signal);
        }
    }

    fn raw(&self, row: usize, random: Option<Key>) -> Result<Windows, SignalError> {
        let path = self.folder.join(&self.rows[row].name);
        guarded(&path, || self.raw_of(&path, row, random))
    }

    fn raw_of(&self, path: &Path, row: usize, random: Option<Key>) -> Result<Windows, SignalError> {
        let [from, to] = self.rows[row].span;
        let cut = &self.opened.cut;
        let random = random.map(|[seed, stage, epoch]| row_stream(seed, stage, epoch, row));
        let starts = cut.starts(to - from, random);
        let mut recording = self.opened.open(path)?;
        let mut values = Vec::with_capacity(starts.len() * self.opened.channels.len() * cut.samples());
        for run in runs(&starts, cut.seconds) {
            let (first, last) = (starts[run.start], starts[run.end - 1] + cut.seconds);
            let signals = recording.between(from + f64::from(first), from + f64::from(last), cut.rate)?;
            for window in 0..run.len() {
                let at = window * cut.samples();
                signals.iter().for_each(|signal| values.extend_from_slice(&signal[at..at + cut.samples()]));
            }
        }
        Ok(Windows { values, count: starts.len() })
    }
}

/// Windows that lie side by side are read at once, but not without end.
const LONGEST_RUN: usize = 32;

/// Positions of windows that follow each other without a gap.
fn runs(starts: &[u32], seconds: u32) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (k, &start) in starts.iter().enumerate() {
        match runs.last_mut().filter(|run| run.len() < LONGEST_RUN && starts[k - 1] + seconds == start) {
            Some(run) => run.end = k + 1,
            None => runs.push(k..k + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::edf::{StartTime, WriteSignal, WriteSpec, write_edf_slices};
    use crate::npy;

    /// A night of 100 s: a wave of 0.1 Hz in 16 Hz, a ramp in 4 Hz, and one that nobody wants.
    fn write_night(path: &Path) {
        let signal = |label: &str, samples_per_record| WriteSignal {
            label: label.into(),
            transducer: String::new(),
            dimension: "uV".into(),
            physical_min: -200.0,
            physical_max: 200.0,
            digital_min: -32768,
            digital_max: 32767,
            prefilter: String::new(),
            samples_per_record,
        };
        let spec = WriteSpec {
            patient: "X X X X".into(),
            recording: "Startdate X X X X".into(),
            start: StartTime { year: 2000, month: 1, day: 1, hour: 22, minute: 0, second: 0 },
            record_seconds: 1.0,
            signals: vec![signal("Light", 1), signal("EEG C4-A1", 16), signal("NEW AIR", 4)],
        };
        let wave: Vec<f32> = (0..1600).map(|k| (100.0 * (TAU * 0.1 * f64::from(k) / 16.0).sin()) as f32).collect();
        let ramp: Vec<f32> = (0..400_u16).map(|k| f32::from(k) / 4.0).collect();
        write_edf_slices(path, &spec, &[&[0.0; 100], &wave, &ramp]).expect("writes");
    }

    fn opened(windows: Option<usize>) -> Opened {
        let channels = vec!["C4-A1".parse().expect("a name"), "AIRFLOW=New Air".parse().expect("a name")];
        Opened { channels, cut: Cut { seconds: 10, rate: 8.0, windows }, ..Opened::default() }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        write_night(&folder.path().join("night.edf"));
        folder
    }

    fn open(folder: &Path, names: &[&str], spans: Option<&[Span]>, opened: Opened) -> Checked {
        let paths: Vec<String> = names.iter().map(|&name| name.into()).collect();
        Recordings::open(folder, &paths, spans, opened).expect("windows can be cut")
    }

    #[test]
    fn signals_come_at_one_rate_and_in_their_place() {
        let folder = folder();
        let spans = [[0.0, 100.0], [30.0, 60.0]];
        let checked = open(folder.path(), &["night.edf", "night.edf"], Some(&spans), opened(None));
        let recordings = checked.recordings;
        assert_eq!((recordings.len(), checked.kept, checked.wrong.len()), (2, vec![0, 1], 0));
        let all = recordings.raw(0, None).expect("reads");
        assert_eq!((all.count, all.values.len()), (10, 10 * 2 * 80));
        for (window, signals) in all.values.chunks(160).enumerate() {
            for (k, (wave, ramp)) in signals[..80].iter().zip(&signals[80..]).enumerate() {
                let second = (window * 10) as f64 + k as f64 / 8.0;
                // Before the start and after the end the resampler knows nothing; near them it is less exact.
                if (5.0..95.0).contains(&second) {
                    assert!((f64::from(*wave) - 100.0 * (TAU * 0.1 * second).sin()).abs() < 0.2, "{second}: {wave}");
                    assert!((f64::from(*ramp) - second).abs() < 0.1, "{second}: {ramp}");
                }
            }
        }
        // A stretch is the same numbers.
        let stretch = recordings.raw(1, None).expect("reads");
        assert_eq!(stretch.count, 3);
        let same = stretch.values.iter().zip(&all.values[3 * 160..6 * 160]);
        assert!(same.clone().all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn rows_of_too_many_windows_are_refused() {
        let folder = folder();
        // 100 s of 2 channels at 1,048,576 Hz: 838.9 MB.
        let fast = Opened { cut: Cut { seconds: 1, rate: 1_048_576.0, windows: None }, ..opened(None) };
        let error = open(folder.path(), &["night.edf"], None, fast.clone()).wrong[0].to_string();
        let expected = "night.edf: found 100 windows of a row, which needs 800 MiB of memory where 512 MiB is allowed (--max-memory \
                        raises it), expected fewer windows (--windows)";
        assert!(error.contains(expected), "{error}");
        let cut = Cut { windows: Some(10), ..fast.cut };
        assert_eq!(open(folder.path(), &["night.edf"], None, Opened { cut, ..fast }).kept, [0]);
    }

    #[test]
    fn a_panic_while_reading_names_the_file() {
        let panicking =
            guarded(Path::new("night.edf"), || -> Result<(), SignalError> { panic!("index out of bounds") });
        assert_eq!(
            panicking.expect_err("panics").to_string(),
            "night.edf: found a file on which the decoder panicked: index out of bounds, expected a recording that can be \
             read; leave the row out"
        );
    }

    #[test]
    fn what_was_read_before_leaves_no_trace() {
        let folder = folder();
        let path = folder.path().join("night.edf");
        let open = || opened(None).open(&path).expect("opens");
        let mut used = open();
        for (from, rate) in [(0.0, 8.0), (70.0, 8.0), (20.0, 5.0), (20.0, 8.0)] {
            let fresh = open().between(from, from + 10.0, rate).expect("reads");
            assert_eq!(used.between(from, from + 10.0, rate).expect("reads"), fresh, "{from} s, {rate} Hz");
        }
    }

    #[test]
    fn windows_drawn_at_random_depend_on_the_key_alone() {
        let folder = folder();
        let recordings = open(folder.path(), &["night.edf"], None, opened(Some(3))).recordings;
        let of = |key| recordings.windows(0, key).expect("reads");
        assert_eq!(of(Some([1, 2, 3])), of(Some([1, 2, 3])));
        assert_ne!(of(Some([1, 2, 3])), of(Some([1, 2, 4])));
        assert_eq!((of(None).count, of(None)), (3, of(None)));
    }

    #[test]
    fn rows_are_standardised_by_themselves_or_by_the_training_rows() {
        let folder = folder();
        let recordings = open(folder.path(), &["night.edf"], None, opened(None)).recordings;
        let scales = recordings.row_scales(0).expect("reads");
        // The ramp goes from 0 to 100: mean 50, deviation 100 / √12.
        assert!((scales[1].mean - 50.0).abs() < 0.2 && (scales[1].deviation - 28.87).abs() < 0.1, "{scales:?}");
        let windows = recordings.windows(0, None).expect("reads");
        let ramp =
            |windows: &Windows| windows.values.chunks(80).skip(1).step_by(2).flatten().copied().collect::<Vec<f32>>();
        let mean = |numbers: &[f32]| numbers.iter().sum::<f32>() / numbers.len() as f32;
        assert!(mean(&ramp(&windows)).abs() < 1e-4);
        let by_train = Opened { standardise: Standardise::Train, ..opened(None) };
        let fixed = vec![ChannelScale { mean: 0.0, deviation: 10.0 }; 2];
        let recordings = open(folder.path(), &["night.edf"], None, by_train).recordings.with_scales(fixed);
        assert!((mean(&ramp(&recordings.windows(0, None).expect("reads"))) - 5.0).abs() < 0.02);
    }

    #[test]
    fn arrays_are_recordings_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = (0..80_u8).flat_map(|k| f32::from(k).to_le_bytes()).collect();
        std::fs::write(folder.path().join("a.npy"), npy::file("<f4", &[2, 40], &bytes)).expect("writes");
        let of = |array_rate| {
            let opened = Opened { array_rate, cut: Cut { seconds: 5, rate: 8.0, windows: None }, ..opened(None) };
            open(folder.path(), &["a.npy"], None, opened)
        };
        let windows = of(Some(8.0)).recordings.raw(0, None).expect("reads");
        assert_eq!((windows.count, windows.values[0], windows.values[40], windows.values[79]), (1, 0.0, 40.0, 79.0));
        let error = |checked: Checked| checked.wrong.first().map(ToString::to_string).unwrap_or_default();
        assert!(error(of(None)).contains("expected --array-rate"));
        let one = Opened { channels: vec!["x".parse().expect("a name")], array_rate: Some(8.0), ..opened(None) };
        assert!(error(open(folder.path(), &["a.npy"], None, one)).contains("found 2 signals, expected 1"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_once_and_the_others_are_kept() {
        let folder = folder();
        let whole = std::fs::read(folder.path().join("night.edf")).expect("reads");
        std::fs::write(folder.path().join("cut.edf"), &whole[..whole.len() - 7]).expect("writes");
        std::fs::write(folder.path().join("empty.edf"), []).expect("writes");
        let names = ["cut.edf", "night.edf", "cut.edf", "empty.edf", "none.edf", "night.edf"];
        let checked = open(folder.path(), &names, None, opened(None));
        assert_eq!(checked.kept, [1, 5]);
        let wrong: Vec<String> = checked.wrong.iter().map(ToString::to_string).collect();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong[0].contains("cut.edf") && wrong[0].contains("truncated"), "{}", wrong[0]);
        assert!(wrong[1].contains("empty.edf") && wrong[2].contains("none.edf"), "{wrong:?}");
        let cut = Opened { cut_files: true, ..opened(None) };
        assert_eq!(open(folder.path(), &["cut.edf"], None, cut).kept, [0]);
        let lacking = Opened { channels: vec!["ECG".parse().expect("a name")], ..opened(None) };
        let missing = open(folder.path(), &["night.edf"], None, lacking).wrong;
        assert!(missing[0].to_string().contains("expected one of [\"ECG\"]"), "{}", missing[0]);
        let short = open(folder.path(), &["night.edf"], Some(&[[95.0, 200.0]]), opened(None));
        assert!(
            short.wrong[0].to_string().contains("found 5 s to look at, expected at least the 10 s"),
            "{}",
            short.wrong[0]
        );
    }
}
