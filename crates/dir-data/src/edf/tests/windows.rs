//! Windows: joined they are the recording, gaps are NaN, and only what is needed is read.

use std::cell::Cell;
use std::io::{Cursor, Read, Result, Seek, SeekFrom};

use super::super::{EdfFile, Truncation, WriteSpec, write_edf};
use super::builder::{Builder, gaps, part};
use super::open;
use super::write::{signal, spec};

/// NaN as `None`, so that gaps compare equal.
fn marked(values: &[f32]) -> Vec<Option<f32>> {
    values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect()
}

#[test]
fn gaps_are_nan() {
    for reserved in ["EDF+D", "BDF+D"] {
        let bytes = gaps(reserved).build();
        let mut file = open(&bytes).expect("valid");
        assert_eq!((file.record_start(0), file.record_start(2), file.record_start(3)), (Some(0.25), Some(4.25), None));
        assert_eq!(file.seconds(), 5.0);
        let windows: Vec<_> = file.windows(&[0, 1], 1.5).expect("valid").map(|window| window.expect("valid")).collect();
        let starts: Vec<_> = windows.iter().map(|window| (window.start, window.seconds)).collect();
        assert_eq!(starts, [(0.25, 1.5), (1.75, 1.5), (3.25, 1.5), (4.75, 0.5)]);
        let joined =
            |signal: usize| marked(&windows.iter().flat_map(|w| w.signals[signal].clone()).collect::<Vec<_>>());
        let count = |from: i8, to: i8| (from..to).map(|value| Some(f32::from(value))).collect::<Vec<_>>();
        assert_eq!(joined(0), [count(1, 9), vec![None; 8], count(9, 13)].concat());
        let down = |a: f32, b: f32| vec![Some(a), Some(b)];
        assert_eq!(joined(1), [down(-1.0, -2.0), down(-3.0, -4.0), vec![None; 4], down(-5.0, -6.0)].concat());
        let mut values = Vec::new();
        file.read(0, 6..10, &mut values).expect("valid");
        assert_eq!(values, [7.0, 8.0, 9.0, 10.0]);
    }
}

#[test]
fn times_that_are_off_by_rounding_are_no_gaps() {
    let mut builder = Builder::new("EDF+D", "0.3333", vec![part("EEG", 100), part("EDF Annotations", 10)]);
    for record in 0..30 {
        let time = format!("+{:.3}\x14\x14\0", f64::from(record) / 3.0);
        builder = builder.record(&[&[record; 100]], Some(time.as_bytes()));
    }
    let bytes = builder.build();
    let mut file = open(&bytes).expect("valid");
    // The clock gains 1 ms in 10 s on the records; the samples are 3.3 ms apart.
    for window in file.windows(&[0], 1.0).expect("valid") {
        assert!(!window.expect("valid").signals[0].iter().any(|value| value.is_nan()));
    }
}

#[test]
fn windows_of_any_length_join_to_the_recording() {
    // 1000 samples in 2 s records is 487.5 Hz and the like: windows and records meet nowhere.
    let bytes =
        (0..7).fold(Builder::new("", "2", vec![part("a", 975), part("b", 10), part("c", 3)]), |file, record| {
            let ramp: Vec<i32> = (0..975).map(|i| (record * 975 + i) % 901).collect();
            file.record(&[&ramp, &[record; 10], &[record + 1, 0, -1]], None)
        });
    let bytes = bytes.build();
    let mut file = open(&bytes).expect("valid");
    for seconds in [0.1, 0.7, 1.0, 1.3, 2.0, 5.0, 14.0, 30.0] {
        let windows: Vec<_> =
            file.windows(&[2, 0], seconds).expect("valid").map(|window| window.expect("valid")).collect();
        assert_eq!(windows.len(), (14.0 / seconds).ceil() as usize);
        for (at, signal) in [(0, 2), (1, 0)] {
            let joined: Vec<f32> = windows.iter().flat_map(|window| window.signals[at].clone()).collect();
            let mut whole = Vec::new();
            let samples = file.samples(signal);
            file.read(signal, 0..samples, &mut whole).expect("valid");
            assert_eq!(joined, whole, "signal {signal} in windows of {seconds} s");
        }
    }
}

/// Counts the bytes read.
struct Counted<'a>(Cursor<&'a [u8]>, &'a Cell<u64>);

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let read = self.0.read(out)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn only_what_is_needed_is_read() {
    let parts = vec![part("a", 50), part("b", 20), part("c", 100)];
    let bytes =
        (0..40).fold(Builder::new("", "1", parts), |file, r| file.record(&[&[r; 50], &[r; 20], &[r; 100]], None));
    let bytes = bytes.build();
    let read = Cell::new(0);
    let mut file =
        EdfFile::from_source(Counted(Cursor::new(&bytes), &read), "night.edf", Truncation::Error).expect("valid");
    assert_eq!(read.replace(0), 4 * 256);
    file.windows(&[1], 4.5).expect("valid").for_each(|window| assert!(window.is_ok()));
    // Each record once, although windows end inside records, and of each only the 20 samples of the signal.
    assert_eq!(read.replace(0), 40 * 40);
    file.read(0, 75..120, &mut Vec::new()).expect("valid");
    assert_eq!(read.get(), 2 * 100);
}

/// `VmHWM` of this process in MiB.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? >> 10)
}

#[test]
#[ignore = "writes 216 MB; run it alone: cargo test --release -- --ignored a_whole_night"]
fn a_whole_night_streams_in_little_memory() {
    let folder = tempfile::tempdir().expect("valid");
    let path = folder.path().join("night.edf");
    let spec = WriteSpec { signals: vec![signal("EEG", -500.0, 500.0, 250); 12], ..spec() };
    write_edf(&path, &spec, 36_000, |record, signal, out| out.fill((record as usize % 100 + signal) as f32))
        .expect("valid");
    let mut night = EdfFile::open(&path).expect("valid");
    let signals: Vec<_> = (0..12).collect();
    let mut samples = 0;
    for window in night.windows(&signals, 30.0).expect("valid") {
        samples += window.expect("valid").signals.iter().map(Vec::len).sum::<usize>();
    }
    assert_eq!(samples, 12 * 250 * 36_000);
    println!("peak memory: {:?} MiB", peak_memory());
    assert!(peak_memory().is_none_or(|peak| peak < 50));
}
