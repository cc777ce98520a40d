//! Headers that are right, odd and wrong; the words of the errors.

use std::io::Cursor;

use super::super::{EdfFile, Format, Layout, StartTime, Truncation};
use super::builder::{Builder, gaps, part};
use super::{open, says, wrong};

fn plain() -> Builder {
    Builder::new("", "2", vec![part("EEG C3-A2", 3), part("pulse", 1)])
        .record(&[&[1, -2, 3], &[7]], None)
        .record(&[&[4, 5, -6], &[8]], None)
}

/// The plain file with `text` at an offset.
fn patched(at: usize, text: &str) -> Vec<u8> {
    let mut bytes = plain().build();
    bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    bytes
}

#[test]
fn every_field_is_read() {
    let bytes = plain().build();
    let file = open(&bytes).expect("valid");
    let header = file.header();
    assert_eq!((header.format, header.layout, header.records), (Format::Edf, Layout::Plain, Some(2)));
    assert_eq!((&*header.patient, &*header.recording), ("X F 02-MAY-1951 Jane_Doe", "Startdate 23-NOV-2026 X X X"));
    let start = StartTime { year: 2026, month: 11, day: 23, hour: 22, minute: 5, second: 7 };
    assert_eq!((header.start, header.record_seconds), (Some(start), 2.0));
    let signal = &file.signals()[0];
    assert_eq!((&*signal.transducer, &*signal.prefilter), ("AgAgCl electrode", "HP:0.1Hz LP:75Hz"));
    assert_eq!((signal.rate(), signal.dimension.as_str(), file.samples(0), file.seconds()), (1.5, "uV", 6, 4.0));
}

#[test]
fn an_inverted_scale_and_24_bits_are_read() {
    let mut eeg = part("EEG", 2);
    (eeg.physical, eeg.digital) = (["50", "-50.5"], ["-8388608", "8388607"]);
    let bytes = Builder { bdf: true, ..Builder::new("24BIT", "1", vec![eeg]) };
    let bytes = bytes.record(&[&[-8_388_608, 8_388_607]], None).record(&[&[-1, 0]], None).build();
    let mut file = open(&bytes).expect("valid");
    let mut values = Vec::new();
    file.read(0, 0..4, &mut values).expect("valid");
    // By hand: -1 is 8388607 steps above the minimum, of 100.5 / 16777215 each.
    assert_eq!(values, [50.0, -50.5, -0.249_997, -0.250_003]);
    assert_eq!((file.header().format, file.header().layout), (Format::Bdf, Layout::Plain));
}

#[test]
fn labels_are_found_by_alias() {
    let labels = ["EEG C3-A2", "eeg(SEC)", "C3-A2 ", "Resp chest", "EDF Annotations"];
    let parts: Vec<_> = labels.iter().map(|label| part(label, 4)).collect();
    let bytes = Builder::new("EDF+C", "1", parts).record(&[&[0; 16]], Some(b"+0\x14\x14")).build();
    let mut file = open(&bytes).expect("valid");
    assert_eq!(file.find(&["EEG", "EEG (sec)", "C3-A2"]), Some(1));
    assert_eq!(file.find(&["c3-a2"]), Some(2));
    assert_eq!(file.find(&["eeg c3-A2", "C3-A2"]), Some(0));
    assert_eq!(file.find(&["chest"]), Some(3));
    assert_eq!(file.find(&["EDF Annotations", ""]), None);
    says(&file.require(&["EMG"]).expect_err("is wrong").to_string(), &["EMG", "EEG C3-A2", "add the label"]);
    let mut out = Vec::new();
    says(&file.read(4, 0..1, &mut out).expect_err("is wrong").to_string(), &["signal 4", "no annotations"]);
    says(&file.read(1, 2..9, &mut out).expect_err("is wrong").to_string(), &["2..9", "eeg(SEC)", "0..4"]);
    says(&file.windows(&[0], 0.0).expect_err("is wrong").to_string(), &["0 s", "more than 0"]);
    says(&file.windows(&[0], f64::NAN).expect_err("is wrong").to_string(), &["NaN s"]);
}

#[test]
fn wrong_headers_are_told_apart() {
    says(&wrong(b""), &["found 0 bytes", "header of 256", "fetch"]);
    says(&wrong(&plain().build()[..300]), &["found 300 bytes", "header of 768"]);
    says(&wrong(&patched(0, "RIFF")), &["RIFF", "BIOSEMI", "another format"]);
    says(&wrong(&patched(184, "1024")), &["1024 bytes", "expected 768 for 2 signals"]);
    says(&wrong(&patched(252, "0   ")), &["number of signals", "\"0\"", "1 to 4096"]);
    says(&wrong(&patched(252, "3   ")), &["768 bytes", "expected 1024 for 3 signals"]);
    says(&wrong(&patched(236, "-2")), &["number of data records", "-2"]);
    says(&wrong(&patched(244, "nan")), &["duration of a data record", "nan"]);
    says(&wrong(&patched(244, "0")), &["duration of a data record", "more than 0"]);
    let column = |start: usize, signal: usize| 256 + 2 * start + 8 * signal;
    says(&wrong(&patched(column(104, 1), "1,5  ")), &["physical minimum of signal 1", "pulse", "1,5"]);
    says(&wrong(&patched(column(216, 0), "-1")), &["samples per record of signal 0", "-1"]);
    says(&wrong(&patched(column(216, 0), "99999999")), &["200000000 bytes", "fetch"]);
    says(&wrong(&Builder::new("", "1", vec![part("EEG", 0)]).build()), &["0 bytes", "expected 1 to"]);
}

#[test]
fn a_signal_without_a_scale_is_refused_by_itself() {
    let column = |start: usize, signal: usize| 256 + 2 * start + 8 * signal;
    for (at, text, number, words) in [
        (column(112, 0), "-1000", 0, ["signal 0", "EEG C3-A2", "physical range", "two different"]),
        (column(120, 1), "2000 ", 1, ["signal 1", "pulse", "digital range 2000 to 1000", "below"]),
    ] {
        let bytes = patched(at, text);
        let mut file = open(&bytes).expect("the other signal is whole");
        let label = file.signals()[number].label.clone();
        says(&file.require(&[&label]).expect_err("has no scale").to_string(), &words);
        let mut out = Vec::new();
        says(&file.read(number, 0..1, &mut out).expect_err("has no scale").to_string(), &words);
        file.read(1 - number, 0..1, &mut out).expect("has one");
    }
}

#[test]
fn a_wrong_length_is_refused_or_used_as_asked() {
    let whole = plain().build();
    let use_whole = |bytes: &[u8]| {
        EdfFile::from_source(Cursor::new(bytes), "night.edf", Truncation::UseWhole).expect("valid").records()
    };
    let cut = &whole[..whole.len() - 1];
    says(&wrong(cut), &["1 whole data records and 7 bytes", "expected 2 records", "truncated", "UseWhole"]);
    assert_eq!(use_whole(cut), 1);
    let long = [&*whole, &[0; 9]].concat();
    says(&wrong(&long), &["9 bytes after the 2 data records", "UseWhole"]);
    assert_eq!(use_whole(&long), 2);
    let unknown = Builder { records: "-1".to_owned(), ..plain() }.build();
    assert_eq!(open(&unknown).expect("valid").records(), 2);
    says(&wrong(&unknown[..unknown.len() - 3]), &["1 whole data records and 5 bytes", "whole records only"]);
    let none = Builder { data: Vec::new(), ..plain() }.build();
    assert_eq!(open(&none).expect("valid").windows(&[0], 30.0).expect("valid").count(), 0);
}

#[test]
fn latin_1_utf_8_and_empty_signals_are_read() {
    let mut bytes = patched(8, "J\u{fc}rgen").clone();
    let dimension = 256 + 2 * 96;
    bytes[dimension..dimension + 2].copy_from_slice(b"\xB5V");
    bytes[168..176].copy_from_slice(b"00.00.00");
    let file = open(&bytes).expect("valid");
    assert!(file.header().patient.starts_with("Jürgen"));
    assert_eq!((&*file.signals()[0].dimension, file.header().start), ("µV", None));

    let bytes = Builder::new("", "1", vec![part("none", 0), part("EEG", 2)]).record(&[&[3, 4]], None).build();
    let mut file = open(&bytes).expect("valid");
    let window = file.windows(&[0, 1], 1.0).expect("valid").next().expect("valid").expect("valid");
    assert_eq!(window.signals, [vec![], vec![3.0, 4.0]]);
    assert_eq!(open(&gaps("EDF+C").build()).expect("valid").record_start(2), Some(2.25));
}
