//! The writer: what it writes reads back, and what EDF cannot hold is refused.

use proptest::prelude::*;

use super::super::{EdfFile, StartTime, WriteSignal, WriteSpec, write_edf, write_edf_slices};
use super::says;

pub(super) fn signal(label: &str, physical_min: f64, physical_max: f64, samples_per_record: usize) -> WriteSignal {
    WriteSignal {
        label: label.to_owned(),
        transducer: "AgAgCl".to_owned(),
        dimension: "uV".to_owned(),
        physical_min,
        physical_max,
        digital_min: -32768,
        digital_max: 32767,
        prefilter: "HP:0.1Hz".to_owned(),
        samples_per_record,
    }
}

pub(super) fn spec() -> WriteSpec {
    WriteSpec {
        patient: "X M 01-JAN-1960 synthetic".to_owned(),
        recording: "Startdate 02-MAR-2085 X X X".to_owned(),
        start: StartTime { year: 2084, month: 3, day: 2, hour: 23, minute: 59, second: 58 },
        record_seconds: 0.5,
        signals: vec![signal("EEG C3-A2", -100.5, 100.0, 4), signal("Resp", 7.0, -7.0, 1)],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn values_read_back_within_half_a_step(
        ends in (-9000..9000_i32, -9000..9000_i32).prop_filter("different", |(a, b)| a != b),
        digital in (any::<i16>(), any::<i16>()).prop_filter("different", |(a, b)| a != b),
        size in 1..9_usize,
        parts in prop::collection::vec(0.0..=1.0_f64, 1..60),
    ) {
        let (low, high) = (f64::from(ends.0) / 10.0, f64::from(ends.1) / 10.0);
        let mut signal = signal("EEG", low, high, size);
        (signal.digital_min, signal.digital_max) = (digital.0.min(digital.1), digital.0.max(digital.1));
        let step = (high - low).abs() / (f64::from(signal.digital_max) - f64::from(signal.digital_min));
        let whole = parts.len() / size * size;
        let values: Vec<f32> = parts[..whole].iter().map(|part| (low + part * (high - low)) as f32).collect();
        let folder = tempfile::tempdir().expect("valid");
        let path = folder.path().join("a.edf");
        write_edf_slices(&path, &WriteSpec { signals: vec![signal], ..spec() }, &[&values]).expect("valid");
        let mut file = EdfFile::open(&path).expect("valid");
        let mut read = Vec::new();
        file.read(0, 0..whole as u64, &mut read).expect("valid");
        for (value, read) in values.iter().zip(&read) {
            let off = f64::from((value - read).abs());
            prop_assert!(off <= step / 2.0 + 1e-6 * (low.abs() + high.abs()), "{value} as {read}, step {step}");
        }
    }
}

#[test]
fn header_and_clipping_read_back() {
    let folder = tempfile::tempdir().expect("valid");
    let path = folder.path().join("night.edf");
    write_edf(&path, &spec(), 3, |record, signal, out| out.fill(if signal == 0 { 1e9 } else { record as f32 }))
        .expect("valid");
    let mut file = EdfFile::open(&path).expect("valid");
    let (header, expected) = (file.header(), spec());
    assert_eq!((&header.patient, &header.recording), (&expected.patient, &expected.recording));
    assert_eq!((header.start, header.records, header.record_seconds), (Some(expected.start), Some(3), 0.5));
    let signal = &file.signals()[1];
    assert_eq!((&*signal.label, &*signal.transducer, &*signal.prefilter), ("Resp", "AgAgCl", "HP:0.1Hz"));
    assert_eq!((signal.physical_min, signal.digital_max, signal.rate()), (7.0, 32767, 2.0));
    let mut values = Vec::new();
    file.read(0, 0..12, &mut values).expect("valid");
    assert_eq!(values, [100.0; 12]);
    file.read(1, 0..3, &mut values).expect("valid");
    assert!(values.iter().zip([0.0, 1.0, 2.0]).all(|(value, record)| (value - record).abs() < 2e-4), "{values:?}");
}

#[test]
fn what_edf_cannot_hold_is_refused() {
    let folder = tempfile::tempdir().expect("valid");
    let path = folder.path().join("night.edf");
    let wrong = |change: &dyn Fn(&mut WriteSpec)| {
        let mut spec = spec();
        change(&mut spec);
        write_edf(&path, &spec, 1, |_, _, _| ()).expect_err("is wrong").to_string()
    };
    says(&wrong(&|spec| spec.patient = "Jürgen".to_owned()), &["the patient", "Jürgen", "80 characters", "ASCII"]);
    says(&wrong(&|spec| spec.record_seconds = 1.0 / 3.0), &["duration", "0.3333", "round the number"]);
    says(&wrong(&|spec| spec.start.year = 1984), &["year", "1984", "1985 to 2084"]);
    says(&wrong(&|spec| spec.signals.clear()), &["number of signals 0", "1 to 4096"]);
    says(&wrong(&|spec| spec.signals[1].label = "a label that is long".to_owned()), &["signal 1", "16 characters"]);
    says(&wrong(&|spec| spec.signals[0].physical_min = -0.123_456_78), &["physical minimum", "-0.1234"]);
    says(&wrong(&|spec| spec.signals[0].physical_min = 100.0), &["EEG C3-A2", "100 to 100", "different"]);
    says(&wrong(&|spec| spec.signals[0].digital_min = 32767), &["digital range", "below"]);
    says(&wrong(&|spec| spec.signals[0].samples_per_record = 0), &["0 samples", "1 or more"]);
    let nan = write_edf(&path, &spec(), 1, |_, signal, out| out.fill([0.0, f32::NAN][signal])).expect_err("is wrong");
    says(&nan.to_string(), &["signal 1", "Resp", "record 0", "NaN"]);
    let lengths = write_edf_slices(&path, &spec(), &[&[0.0; 8], &[0.0; 3]]).expect_err("is wrong");
    says(&lengths.to_string(), &["[8, 3]", "[4, 1]", "same whole number"]);
}
