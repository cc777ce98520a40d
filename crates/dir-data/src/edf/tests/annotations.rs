//! Lists of annotations, well and badly formed.

use super::super::Annotation;
use super::super::annotations::{bytes_of, tals};
use super::builder::{Builder, gaps, part};
use super::{open, says, wrong};

fn mark(onset: f64, duration: Option<f64>, texts: &[&str]) -> Annotation {
    Annotation { onset, duration, texts: texts.iter().map(|text| (*text).to_owned()).collect() }
}

#[test]
fn onset_duration_and_texts_are_read() {
    for reserved in ["EDF+C", "EDF+D", "BDF+D"] {
        let bytes = gaps(reserved).build();
        let mut file = open(&bytes).expect("valid");
        let expected = [
            mark(0.5, Some(30.0), &["Sleep stage W"]),
            mark(4.25, None, &["Lights on", "a µV"]),
            mark(4.5, None, &["x"]),
        ];
        assert_eq!(file.annotations().expect("valid"), expected);
        assert_eq!(file.record_annotations(1).expect("valid"), []);
        assert_eq!(file.record_annotations(3).expect("valid"), []);
    }
}

#[test]
fn a_file_of_annotations_only_can_have_records_without_duration() {
    let file = Builder::new("EDF+C", "0", vec![part("EDF Annotations", 20)]);
    let bytes = file.record(&[], Some(b"+0\x14\x14\0-1.5\x14before\x14\0")).build();
    let mut file = open(&bytes).expect("valid");
    assert_eq!(file.annotations().expect("valid"), [mark(-1.5, None, &["before"])]);
    assert_eq!((file.seconds(), file.windows(&[], 30.0).expect("valid").count()), (0.0, 0));
}

#[test]
fn what_is_no_list_is_refused() {
    for list in [
        "30\x14a\x14",
        "+\x14a\x14",
        "+1e3\x14a\x14",
        "+inf\x14a\x14",
        "+1\x14a",
        "+1.2.3\x14\x14",
        "+2\x15-1\x14a\x14",
    ] {
        assert_eq!(tals(list.as_bytes()), Err(list.to_owned()));
    }
    assert_eq!(tals(b"\0\0\0"), Ok(vec![]));
}

#[test]
fn a_record_long_after_the_one_before_is_named() {
    let start = |second: &str| {
        Builder::new("EDF+D", "1", vec![part("EEG", 4), part("EDF Annotations", 10)])
            .record(&[&[1, 2, 3, 4]], Some(b"+0\x14\x14\0"))
            .record(&[&[5, 6, 7, 8]], Some(format!("+{second}\x14\x14\0").as_bytes()))
            .build()
    };
    says(
        &wrong(&start("999999999")),
        &[
            "data record 1: it starts at 999999999 s, 999999998 s after",
            "expected a gap of at most 2592000 s (30 days)",
        ],
    );
    assert_eq!(open(&start("2592001")).expect("30 days").seconds(), 2_592_002.0);
    says(&wrong(&start("2592002")), &["data record 1"]);
}

#[test]
fn what_lists_take_in_memory_is_counted_before_they_are_read() {
    let bytes = b"+1\x14\x14\0+2\x1530\x14ab\x14c\x14\0".repeat(100);
    let lists = tals(&bytes).expect("valid");
    let texts: usize = lists.iter().flat_map(|list| &list.texts).map(|text| size_of::<String>() + text.len()).sum();
    assert!(bytes_of(&bytes) as usize >= size_of_val(lists.as_slice()) + texts);
    assert!(bytes_of(&bytes) < 100 * 500);
}

#[test]
fn a_plain_file_has_no_annotations() {
    let mut builder = gaps("EDF+C");
    builder.reserved = "";
    let bytes = builder.build();
    let mut file = open(&bytes).expect("valid");
    assert_eq!((file.annotations().expect("valid").len(), file.samples(2), file.record_start(1)), (0, 90, Some(1.0)));
}

#[test]
fn a_discontinuous_record_needs_a_time_after_the_one_before() {
    let record = |list: &[u8]| gaps("EDF+D").record(&[&[0; 4], &[0; 2]], Some(list)).build();
    says(&wrong(&record(b"+5\x14\x14\0")), &["data record 3", "starts at 5 s", "after the end", "fetch"]);
    says(&wrong(&record(b"+9\x14mark\x14\0")), &["data record 3", "mark", "time as the first annotation"]);
    says(&wrong(&record(b"")), &["data record 3", "found no annotations"]);
    says(&wrong(&record(b"nine\x14\x14\0")), &["data record 3", "nine", "onset, duration"]);
    let bytes = record(b"+5.25\x14\x14\0");
    assert_eq!(open(&bytes).expect("valid").record_start(3), Some(5.25));
}
