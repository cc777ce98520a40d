//! The samples in the wild against pyEDFlib: `tests/edf/edf_reference.json`, written by the script beside it.

use std::path::PathBuf;

use serde_json::Value;

use super::super::EdfFile;

/// Where the sample files are, if they are there.
pub(super) fn samples_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DIR_EDF_SAMPLES").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: DIR_EDF_SAMPLES names no folder of sample files");
    }
    folder
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("valid").iter().map(|number| number.as_f64().expect("valid")).collect()
}

fn close(name: &str, found: &[f32], expected: &Value, range: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() <= 1e-6 * range, "{name}: {found} is not {expected}");
    }
}

fn check_signals(name: &str, file: &mut EdfFile, expected: &Value) {
    let chosen: Vec<_> = (0..file.signals().len()).filter(|number| !file.signals()[*number].is_annotations()).collect();
    let signals = expected["signals"].as_array().expect("valid");
    assert_eq!(chosen.len(), signals.len(), "{name}");
    for (number, expected) in chosen.into_iter().zip(signals) {
        let signal = file.signals()[number].clone();
        assert_eq!(signal.label, expected["label"].as_str().expect("valid"), "{name}");
        // pyEDFlib's reader of wfdb_test_generator_2.edf was given "d" for the degree sign.
        assert_eq!(signal.dimension.replace('°', "d"), expected["dimension"].as_str().expect("valid"), "{name}");
        assert_eq!(signal.rate(), expected["rate"].as_f64().expect("valid"), "{name}");
        assert_eq!(signal.physical_min, expected["minimum"].as_f64().expect("valid"), "{name}");
        assert_eq!(signal.physical_max, expected["maximum"].as_f64().expect("valid"), "{name}");
        let samples = expected["samples"].as_u64().expect("valid");
        assert_eq!(file.samples(number), samples, "{name}");
        let range = (signal.physical_max - signal.physical_min).abs();
        let mut values = Vec::new();
        file.read(number, 0..20, &mut values).expect("valid");
        close(name, &values, &expected["first"], range);
        file.read(number, samples - 20..samples, &mut values).expect("valid");
        close(name, &values, &expected["last"], range);
        let windows = file.windows(&[number], 7.3).expect("valid");
        let sum: f64 = windows.flat_map(|window| window.expect("valid").signals.remove(0)).map(f64::from).sum();
        let off = (sum - expected["sum"].as_f64().expect("valid")).abs();
        assert!(off <= 1e-6 * range * samples as f64, "{name}: the sum {sum} is off by {off}");
    }
}

fn check_annotations(name: &str, file: &mut EdfFile, expected: &Value) {
    let start = file.record_start(0).expect("valid");
    // pyEDFlib counts from the first sample, and gives each text an annotation of its own, with -1 for no duration.
    let mut found = Vec::new();
    for mark in file.annotations().expect("valid") {
        found.extend(mark.texts.into_iter().map(|text| (mark.onset - start, mark.duration.unwrap_or(-1.0), text)));
    }
    assert_eq!(found.len() as u64, expected["annotations"].as_u64().expect("valid"), "{name}");
    let firsts = expected["annotations_first"].as_array().expect("valid");
    let lasts = expected["annotations_last"].as_array().expect("valid");
    let ends = found.iter().zip(firsts).chain(found[found.len() - lasts.len()..].iter().zip(lasts));
    for ((onset, duration, text), expected) in ends {
        assert!((onset - expected[0].as_f64().expect("valid")).abs() < 1e-6, "{name}: {onset} {text}");
        assert_eq!(
            (*duration, text.as_str()),
            (expected[1].as_f64().expect("valid"), expected[2].as_str().expect("valid")),
            "{name}"
        );
    }
}

#[test]
fn the_samples_read_as_in_pyedflib() {
    let Some(folder) = samples_folder() else { return };
    let reference: Value = serde_json::from_str(include_str!("../../../tests/edf/edf_reference.json")).expect("valid");
    let files = reference["files"].as_object().expect("valid");
    assert_eq!(files.len(), 9);
    for (name, expected) in files {
        let mut file = EdfFile::open(folder.join(name)).expect("valid");
        assert_eq!(file.records(), expected["records"].as_u64().expect("valid"), "{name}");
        assert_eq!(file.header().record_seconds, expected["record_seconds"].as_f64().expect("valid"), "{name}");
        let start = file.header().start.expect("valid");
        let date = format!("{}-{:02}-{:02}", start.year, start.month, start.day);
        let start = format!("{date} {:02}:{:02}:{:02}", start.hour, start.minute, start.second);
        // Behind the seconds pyEDFlib has the fraction, which record 0 has here.
        assert!(expected["start"].as_str().expect("valid").starts_with(&start), "{name}: {start}");
        check_signals(name, &mut file, expected);
        check_annotations(name, &mut file, expected);
    }
}

#[test]
fn the_file_that_pyedflib_refuses_reads_as_by_hand() {
    let Some(folder) = samples_folder() else { return };
    let mut file = EdfFile::open(folder.join("wfdb_test_generator_2.edf")).expect("valid");
    assert_eq!((file.records(), file.signals().len(), file.seconds()), (600, 12, 600.0));
    assert_eq!((&*file.signals()[8].label, &*file.signals()[8].dimension), ("sine 15 Hz", "°"));
    // By xxd: cc0c; 34f3 55f3 75f3 at 0xe90; cf05 5a0a a40c at 0x1980, each · 2000 / 65535 from -1000 at -32768.
    for (signal, digital) in [(0, [3276, 3276, 3276]), (1, [-3276, -3243, -3211]), (8, [1487, 2650, 3236])] {
        let mut values = Vec::new();
        file.read(signal, 0..3, &mut values).expect("valid");
        let expected = digital.map(|digital| ((f64::from(digital) + 32768.0) * 2000.0 / 65535.0 - 1000.0) as f32);
        assert!(values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-3), "{values:?}");
    }
}

#[test]
fn fractions_of_a_second_and_other_alphabets_are_kept() {
    let Some(folder) = samples_folder() else { return };
    let mut file = EdfFile::open(folder.join("test_utf8.edf")).expect("valid");
    assert_eq!(file.record_start(1), Some(1.394_531_2));
    assert!(file.annotations().expect("valid").iter().any(|mark| mark.texts == ["中文测试八个字"]));
}
