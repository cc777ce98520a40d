//! Targets that read recordings: EDF, EDF+ annotations, arrays of signals, heartbeats.

use std::hint::black_box;
use std::io::Cursor;

use dir_data::apnea_ecg::{Hours, write_rows};
use dir_data::edf::{EdfFile, StartTime, Truncation, WriteSignal, WriteSpec, write_edf_slices};
use dir_data::npy;
use dir_data::signals::{Channel, Cut, Opened, Recordings, Span};

use crate::target::{Outcome, Scratch, Seeds, Target, texts};

const EDF: &[&[u8]] = &[
    b"EDF+C",
    b"EDF+D",
    b"BDF+C",
    b"BDF+D",
    b"EDF Annotations ",
    b"BDF Annotations ",
    b"+0\x14\x14\0",
    b"+1\x14\x14\0",
    b"+999999999\x14\x14\0",
    b"-1\x14\x14\0",
    b"+0.5\x1530\x14apnea\x14\0",
    b"\xffBIOSEM",
    b"-32768  ",
    b"32767   ",
    b"-1      ",
    b"1       ",
    b"0.001   ",
    b"1e-9    ",
    b"99999999",
    b"4096    ",
    b"01.01.85",
    b"00.00.00",
];

pub(super) static TARGETS: [Target; 5] = [
    Target::binary("edf", edf, recordings, EDF, 1 << 15),
    Target::binary("edf-annotations", annotations, annotated, EDF, 1 << 15),
    Target::binary("recording-edf", recording_edf, all_recordings, EDF, 1 << 15),
    Target::binary("recording-npy", recording_npy, arrays, &[b"<f4", b"<f8", b"(2, 512)"], 1 << 15),
    Target::text("heartbeats", heartbeats, beats, &[b"record", b"minute_labels", b"01"], 1 << 12),
];

/// Windows that are read of each file: a real set has thousands.
const WINDOWS: usize = 32;

/// Reads a file in memory: samples, windows and times, whole and cut short.
fn edf(bytes: &[u8], _: &Scratch) -> Outcome {
    let whole = read_edf(bytes, Truncation::Error);
    let cut = read_edf(bytes, Truncation::UseWhole)?;
    whole.map(|whole| whole.max(cut))
}

fn read_edf(bytes: &[u8], truncation: Truncation) -> Outcome {
    let mut file = EdfFile::from_source(Cursor::new(bytes), "a.edf", truncation)?;
    let signals: Vec<usize> = (0..file.signals().len()).filter(|&k| !file.signals()[k].is_annotations()).collect();
    let (mut samples, mut read) = (Vec::new(), 0);
    for &signal in signals.iter().take(4) {
        file.read(signal, 0..file.samples(signal).min(1 << 20), &mut samples)?;
        read += samples.len();
    }
    for record in 0..file.records().min(8) {
        black_box(file.record_start(record));
    }
    file.between(&signals, 0.25, 1.5)?;
    for window in file.windows(&signals, 1.0)?.take(WINDOWS) {
        read += window?.signals.iter().map(Vec::len).sum::<usize>();
    }
    Ok(read)
}

fn annotations(bytes: &[u8], _: &Scratch) -> Outcome {
    let mut file = EdfFile::from_source(Cursor::new(bytes), "a.edf", Truncation::Error)?;
    Ok(file.annotations()?.len())
}

/// Opens a file as a row of a data set and makes its windows at another rate.
fn recording_edf(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("a.edf", bytes)?;
    // The first two signals, whatever they are called.
    let file = EdfFile::open_with(&path, Truncation::UseWhole)?;
    let labels: Vec<&str> =
        file.signals().iter().filter(|s| !s.is_annotations()).map(|s| s.label.as_str()).take(2).collect();
    windows(scratch, "a.edf", &labels, Some(3))?;
    windows(scratch, "a.edf", &labels, None)
}

fn recording_npy(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.write("a.npy", bytes)?;
    windows(scratch, "a.npy", &["a", "b"], Some(3))
}

/// Makes the windows of two rows: the whole recording, and a stretch of it.
fn windows(scratch: &Scratch, name: &str, labels: &[&str], windows: Option<usize>) -> Outcome {
    let channel = |label: &&str| Channel { name: (*label).into(), aliases: Vec::new() };
    let opened = Opened {
        channels: labels.iter().map(channel).collect(),
        array_rate: Some(64.0),
        cut_files: true,
        cut: Cut { seconds: 2, rate: 32.0, windows },
        ..Opened::default()
    };
    let spans: [Span; 2] = [[0.0, f64::INFINITY], [1.0, 5.0]];
    let mut checked = Recordings::open(scratch.folder(), &[name.into(), name.into()], Some(&spans), opened)?;
    if let Some(wrong) = checked.wrong.pop().filter(|_| checked.recordings.is_empty()) {
        return Err(wrong.into());
    }
    let mut numbers = 0;
    for row in 0..checked.recordings.len() {
        let scales = checked.recordings.row_scales(row)?;
        numbers += checked.recordings.clone().with_scales(scales).windows(row, None)?.values.len();
    }
    Ok(numbers)
}

/// The list of records and the beats of one; the input is the list.
fn heartbeats(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let beats: Vec<u8> = [0.1_f32, 0.9, 1.5, 1.1, 1.2, 1.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    scratch.once(|scratch| scratch.write("from/npy/a01.npy", &npy::file("<f4", &[2, 3], &beats)).map(drop))?;
    scratch.write("from/records.csv", bytes)?;
    let out = scratch.empty("out")?;
    Ok(write_rows(&scratch.folder().join("from"), &out, Hours { minutes: 2, step: 1 })?.rows)
}

fn signal(label: &str, samples_per_record: usize) -> WriteSignal {
    WriteSignal {
        label: label.into(),
        transducer: String::new(),
        dimension: "mV".into(),
        physical_min: -10.0,
        physical_max: 10.0,
        digital_min: -32768,
        digital_max: 32767,
        prefilter: String::new(),
        samples_per_record,
    }
}

/// A plain file of two signals, 8 records of a second.
fn plain(labels: [&str; 2]) -> anyhow::Result<Vec<u8>> {
    let folder = crate::campaign::scratch()?;
    let path = folder.path().join("a.edf");
    let spec = WriteSpec {
        patient: "X".into(),
        recording: "X".into(),
        start: StartTime { year: 2001, month: 2, day: 3, hour: 4, minute: 5, second: 6 },
        record_seconds: 1.0,
        signals: vec![signal(labels[0], 64), signal(labels[1], 32)],
    };
    let wave = |rate: usize| (0..8 * rate).map(|k| (k as f32 / rate as f32 * 6.0).sin()).collect::<Vec<f32>>();
    write_edf_slices(&path, &spec, &[&wave(64), &wave(32)])?;
    Ok(std::fs::read(&path)?)
}

/// The same as EDF+ of a kind, with the second signal as annotations, and each record's start given.
fn plus(kind: &str, starts: impl Fn(usize) -> f64) -> anyhow::Result<Vec<u8>> {
    const HEADER: usize = 256 * 3;
    const RECORD: usize = 2 * (64 + 32);
    let mut bytes = plain(["ECG", "Flow"])?;
    bytes[192..192 + kind.len()].copy_from_slice(kind.as_bytes());
    bytes[256 + 16..256 + 32].copy_from_slice(b"EDF Annotations ");
    for (k, record) in bytes[HEADER..].chunks_mut(RECORD).enumerate() {
        let text = format!("+{}\x14\x14\0+{k}.25\x151.5\x14apnea {k}\x14\0", starts(k));
        let place = &mut record[128..];
        place.fill(0);
        place[..text.len()].copy_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

fn recordings() -> anyhow::Result<Seeds> {
    Ok(vec![("plain.edf".into(), plain(["ECG", "Flow"])?)])
}

fn all_recordings() -> anyhow::Result<Seeds> {
    Ok([recordings()?, annotated()?].concat())
}

fn annotated() -> anyhow::Result<Seeds> {
    Ok(vec![
        ("continuous.edf".into(), plus("EDF+C", |k| k as f64)?),
        ("gaps.edf".into(), plus("EDF+D", |k| 1.5 * k as f64)?),
    ])
}

fn arrays() -> anyhow::Result<Seeds> {
    let numbers = |k: i32| (f64::from(k) / 9.0).sin();
    let floats: Vec<u8> = (0..1024).flat_map(|k| (numbers(k) as f32).to_le_bytes()).collect();
    let doubles: Vec<u8> = (0..1024).flat_map(|k| numbers(k).to_le_bytes()).collect();
    Ok(vec![
        ("f4.npy".into(), npy::file("<f4", &[2, 512], &floats)),
        ("f8.npy".into(), npy::file("<f8", &[2, 512], &doubles)),
    ])
}

fn beats() -> anyhow::Result<Seeds> {
    texts(&[("records.csv", "record,minute_labels\na01,01011\n")])
}
