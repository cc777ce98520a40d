//! `cargo bench -p dir-bench --bench recordings`: a night of ten hours and twelve signals at 125 to 250 Hz, written as EDF, streamed
//! at 64 Hz in windows of half a minute, and read by a CNN-RNN; the most memory that the process ever held, after each.

#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use dir_core::Regressor;
use dir_data::edf::{EdfFile, Resampler, StartTime, WriteSignal, WriteSpec, write_edf};
use dir_data::signals::{Channel, Cut, Opened, RecordingLoader, Recordings};
use dir_nn::CnnRnnConfig;
use dir_nn::Recordings as Input;

const HOURS: u64 = 10;
const SIGNALS: usize = 12;
const RATE: f64 = 64.0;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("night.edf");
    say("writes the night", || write(&path));
    say("streams it window by window, at 64 Hz", || stream(&path));
    for width in [8, 64] {
        say(&format!("reads all its windows and predicts, width {width}"), || predict(folder.path(), width));
    }
}

/// How long something took and the most memory so far.
fn say(what: &str, body: impl FnOnce()) {
    let started = Instant::now();
    body();
    let status = std::fs::read_to_string("/proc/self/status").ok().unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or("unknown", str::trim);
    println!("{what:<50}{:>8.2} s   most memory so far {peak}", started.elapsed().as_secs_f64());
}

/// Half the signals have 125 samples a second, half 250.
fn write(path: &Path) {
    let signal = |k: usize| WriteSignal {
        label: format!("S{k}"),
        transducer: String::new(),
        dimension: "uV".into(),
        physical_min: -100.0,
        physical_max: 100.0,
        digital_min: -32768,
        digital_max: 32767,
        prefilter: String::new(),
        samples_per_record: if k.is_multiple_of(2) { 125 } else { 250 },
    };
    let spec = WriteSpec {
        patient: "X X X X".into(),
        recording: "synthetic".into(),
        start: StartTime { year: 2000, month: 1, day: 1, hour: 22, minute: 0, second: 0 },
        record_seconds: 1.0,
        signals: (0..SIGNALS).map(signal).collect(),
    };
    let fill = |record: u64, signal: usize, out: &mut [f32]| {
        let number = |k: usize| ((record as usize * (signal + 3) + k * 7) % 113) as f32 - 56.0;
        out.iter_mut().enumerate().for_each(|(k, value)| *value = number(k));
    };
    write_edf(path, &spec, HOURS * 3600, fill).expect("writes");
}

fn stream(path: &Path) {
    let mut file = EdfFile::open(path).expect("opens");
    let all: Vec<usize> = (0..SIGNALS).collect();
    let rates: Vec<f64> = all.iter().map(|&k| file.signals()[k].rate()).collect();
    let mut resamplers: Vec<Resampler> =
        rates.iter().map(|&rate| Resampler::new(rate, RATE).expect("a ratio")).collect();
    let (mut samples, mut count) = (Vec::new(), 0);
    for window in file.windows(&all, 30.0).expect("windows") {
        for (resampler, signal) in resamplers.iter_mut().zip(window.expect("reads").signals) {
            samples.clear();
            resampler.process(&signal, &mut samples);
            count += samples.len();
        }
    }
    assert!(count > (HOURS * 3600) as usize * SIGNALS * 60, "{count} samples");
}

fn predict(folder: &Path, width: usize) {
    let channels: Vec<Channel> = (0..SIGNALS).map(|k| format!("S{k}").parse().expect("a name")).collect();
    let opened = Opened { channels, cut: Cut { seconds: 30, rate: RATE, windows: None }, ..Opened::default() };
    let recordings = Recordings::open(folder, &["night.edf".into()], None, opened).expect("opens").recordings;
    let device = Device::default();
    let config = CnnRnnConfig { channels: SIGNALS, width, hidden: 4 * width, ..CnnRnnConfig::default() };
    let net = config.init(0, &device).expect("a valid size");
    for batch in RecordingLoader::new(recordings.into(), vec![vec![0]], None, 2) {
        let batch = batch.expect("reads");
        let shape = [batch.lengths[0], SIGNALS, (30.0 * RATE) as usize];
        let windows = Tensor::from_data(TensorData::new(batch.values, shape), &device);
        let prediction = net.forward(Input { windows, lengths: batch.lengths });
        assert_eq!(prediction.into_data().num_elements(), 1);
    }
}
