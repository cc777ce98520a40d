//! Files of SciPy read as they were saved.

use super::*;

/// Written by `scipy.io.savemat` 1.17.1, without compression.
pub(super) const PLAIN: &[u8] = include_bytes!("../fixtures/scipy_plain.mat");

/// The same with compression.
pub(super) const PACKED: &[u8] = include_bytes!("../fixtures/scipy_packed.mat");

/// Numbers with NaN cannot be compared, so that they are turned into text first.
fn shown(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// What was saved.
fn content() -> Vec<(String, Value)> {
    let paths = ["17/10000217_1981-05-05_2009.jpg", "a", "J\u{f6}rg \u{2603}"];
    let wiki = named(vec![
        ("dob", row(&[723_671.0, 703_186.5, -1.0])),
        ("photo_taken", row(&[2009.0, 1964.0, 65_535.0])),
        ("full_path", cells(paths.map(text).to_vec())),
        ("gender", row(&[1.0, f64::NAN, 0.0])),
        ("face_score", row(&[4.3, f64::NEG_INFINITY, 2.0])),
    ]);
    let array = |shape: &[usize], values: &[f64]| Value::Numbers { shape: shape.to_vec(), values: values.to_vec() };
    named(vec![
        ("wiki", Value::Struct(wiki)),
        ("numbers", array(&[2, 3], &[-3.0, 0.0, -2.0, 1.0, -1.0, 2.0])),
        ("single", row(&[1.5])),
        ("long", row(&[2_f64.powi(40), -(2_f64.powi(40))])),
        ("logical", row(&[1.0, 0.0])),
        ("nothing", array(&[0, 0], &[])),
        ("cube", array(&[2, 2, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])),
        ("complex", Value::Other),
        ("many", Value::Other),
        ("rows", text("ab \ncde")),
        ("empty_text", text("")),
    ])
}

#[test]
fn files_of_scipy_read_as_they_were_saved() {
    for (file, name) in [(PLAIN, "plain"), (PACKED, "packed")] {
        let variables = read_mat(file).expect(name);
        for (found, expected) in variables.iter().zip(&content()) {
            assert_eq!(shown(found), shown(expected), "{name}");
        }
        assert_eq!(variables.len(), content().len(), "{name}");
    }
}
