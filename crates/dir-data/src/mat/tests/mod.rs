//! Tests of the MAT-file reader and writer: hand-built bytes, files by scipy, and hostile bytes.

mod builder;
mod hostile;
mod peer;

use super::*;
use crate::budget::Budget;
use builder::{Builder, padded};

/// A row of numbers.
fn row(values: &[f64]) -> Value {
    Value::Numbers { shape: vec![1, values.len()], values: values.to_vec() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn cells(values: Vec<Value>) -> Value {
    Value::Cells { shape: vec![1, values.len()], values }
}

fn named(pairs: Vec<(&str, Value)>) -> Vec<(String, Value)> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A bit of everything that the writer writes.
fn everything() -> Vec<(String, Value)> {
    let fields = named(vec![
        ("full_path", cells(vec![text("01/a.jpg"), text(""), text("J\u{f6}rg \u{2603} \u{1f600}")])),
        ("dob", row(&[723_671.0, f64::NEG_INFINITY, -0.5])),
        ("a_field_name_longer_than_the_32_bytes_that_are_usual", row(&[1.0])),
    ]);
    named(vec![
        ("wiki", Value::Struct(fields)),
        ("cube", Value::Numbers { shape: vec![2, 1, 2], values: vec![1.0, 2.0, 3.0, 4.0] }),
        ("none", Value::Numbers { shape: vec![0, 0], values: Vec::new() }),
        ("nested", cells(vec![cells(vec![text("in")]), Value::Struct(Vec::new()), cells(Vec::new())])),
        ("other", Value::Other),
        ("x", text("abc")),
    ])
}

#[test]
fn what_is_written_reads_back() {
    for compressed in [false, true] {
        assert_eq!(read_mat(&write_mat(&everything(), compressed)), Ok(everything()), "compressed: {compressed}");
    }
    assert_eq!(read_mat(&write_mat(&[], false)), Ok(Vec::new()));
}

#[test]
fn a_short_shape_gets_ones_behind() {
    let flat = named(vec![("x", Value::Numbers { shape: vec![2], values: vec![1.0, 2.0] })]);
    let column = named(vec![("x", Value::Numbers { shape: vec![2, 1], values: vec![1.0, 2.0] })]);
    assert_eq!(read_mat(&write_mat(&flat, false)), Ok(column));
}

#[test]
fn every_storage_type_reads_in_both_orders() {
    for big in [false, true] {
        let build = Builder { big };
        let pair = [-2_i64, 3];
        let cases: Vec<(u32, Vec<u8>, [f64; 2])> = vec![
            (1, vec![0xfe, 3], [-2.0, 3.0]),
            (2, vec![0xfe, 3], [254.0, 3.0]),
            (3, build.units(&pair, 2), [-2.0, 3.0]),
            (4, build.units(&pair, 2), [65_534.0, 3.0]),
            (5, build.units(&pair, 4), [-2.0, 3.0]),
            (6, build.units(&pair, 4), [4_294_967_294.0, 3.0]),
            (7, build.units(&[1.5_f32, -0.25].map(|x| i64::from(x.to_bits())), 4), [1.5, -0.25]),
            (9, build.units(&[1e300_f64, -0.25].map(|x| x.to_bits() as i64), 8), [1e300, -0.25]),
            (12, build.units(&pair, 8), [-2.0, 3.0]),
            (13, build.units(&pair, 8), [18_446_744_073_709_551_614.0, 3.0]),
        ];
        for (kind, data, expected) in cases {
            for class in 6..=15 {
                let file = build.file(&[build.matrix(class, &[1, 2], "x", &[build.element(kind, &data)])]);
                let expected = named(vec![("x", row(&expected))]);
                assert_eq!(read_mat(&file), Ok(expected), "big: {big}, storage type {kind}, class {class}");
            }
        }
    }
}

#[test]
fn every_text_storage_type_reads_in_both_orders() {
    for big in [false, true] {
        let build = Builder { big };
        let word = "J\u{f6}\u{2603}";
        let utf16: Vec<i64> = word.encode_utf16().map(i64::from).collect();
        let utf32: Vec<i64> = word.chars().map(|c| i64::from(u32::from(c))).collect();
        let cases = [
            (1, b"abc".to_vec(), 3, "abc"),
            (2, b"J\xf6e".to_vec(), 3, "J\u{f6}e"),
            (2, word.as_bytes().to_vec(), 3, word),
            (16, word.as_bytes().to_vec(), 3, word),
            (16, word.as_bytes().to_vec(), 6, word),
            (4, build.units(&utf16, 2), 3, word),
            (17, build.units(&[0xd83d, 0xde00], 2), 2, "\u{1f600}"),
            (18, build.units(&utf32, 4), 3, word),
        ];
        for (kind, data, count, expected) in cases {
            let file = build.file(&[build.matrix(4, &[1, count], "x", &[build.element(kind, &data)])]);
            assert_eq!(read_mat(&file), Ok(named(vec![("x", text(expected))])), "big: {big}, storage type {kind}");
        }
        for (kind, data) in [(16, vec![0xff]), (17, build.units(&[0xd83d], 2)), (18, build.units(&[0x11_0000], 4))] {
            let file = build.file(&[build.matrix(4, &[1, 1], "x", &[build.element(kind, &data)])]);
            assert_eq!(read_mat(&file), Ok(named(vec![("x", Value::Other)])), "big: {big}, storage type {kind}");
        }
    }
}

#[test]
fn structs_and_cells_read_in_big_endian() {
    let build = Builder { big: true };
    let number = build.matrix(6, &[1, 1], "", &[build.element(3, &build.units(&[258], 2))]);
    let cell = build.matrix(1, &[1, 2], "", &[number.clone(), build.element(14, &[])]);
    let parts = [build.element(5, &build.units(&[4], 4)), build.element(1, b"a\0\0\0bcd\0"), number, cell];
    let file = build.file(&[build.compressed(&build.matrix(2, &[1, 1], "s", &parts))]);
    let empty = Value::Numbers { shape: vec![0, 0], values: Vec::new() };
    let fields = named(vec![("a", row(&[258.0])), ("bcd", cells(vec![row(&[258.0]), empty]))]);
    assert_eq!(read_mat(&file), Ok(named(vec![("s", Value::Struct(fields))])));
}

#[test]
fn rows_of_text_are_joined() {
    let build = Builder { big: false };
    // ['ab '; 'cde'], stored column by column.
    let file = build.file(&[build.matrix(4, &[2, 3], "x", &[build.element(16, b"acbd e")])]);
    assert_eq!(read_mat(&file), Ok(named(vec![("x", text("ab \ncde"))])));
}

#[test]
fn what_is_not_understood_is_skipped() {
    let build = Builder { big: false };
    let double = build.element(9, &build.units(&[0], 8));
    // Sparse, object, function handle, complex, and a class that does not exist.
    for class in [3, 5, 16, 18, 0x0806, 99] {
        let last = build.matrix(6, &[1, 1], "last", std::slice::from_ref(&double));
        let file = build.file(&[build.matrix(class, &[1, 1], "odd", &[double.clone(), double.clone()]), last]);
        let expected = named(vec![("odd", Value::Other), ("last", row(&[0.0]))]);
        assert_eq!(read_mat(&file), Ok(expected), "class {class:#x}");
    }
    // Opaque values have their name right after the flags.
    let parts = [build.element(6, &build.units(&[17, 0], 4)), build.element(1, b"odd"), build.element(1, b"MCOS")];
    let file = build.file(&[build.element(14, &parts.concat())]);
    assert_eq!(read_mat(&file), Ok(named(vec![("odd", Value::Other)])));
}

#[test]
fn the_subsystem_data_is_no_variable() {
    let build = Builder { big: false };
    let bytes = build.matrix(9, &[1, 2], "", &[build.element(2, &[1, 2])]);
    let mut file = build.file(&[build.matrix(9, &[1, 2], "x", &[build.element(2, &[1, 2])]), bytes.clone()]);
    let offset = (file.len() - bytes.len()) as u64;
    file[116..124].copy_from_slice(&offset.to_le_bytes());
    assert_eq!(read_mat(&file), Ok(named(vec![("x", row(&[1.0, 2.0]))])));
}

#[test]
fn the_last_padding_may_be_missing() {
    let build = Builder { big: false };
    let mut data = build.element(2, &[1, 2, 3, 4, 5]);
    data.truncate(13);
    let file = build.file(&[build.matrix(9, &[1, 5], "x", &[data])]);
    assert_eq!(read_mat(&file), Ok(named(vec![("x", row(&[1.0, 2.0, 3.0, 4.0, 5.0]))])));
    assert_eq!(padded(vec![0; 5]).len(), 8);
}
