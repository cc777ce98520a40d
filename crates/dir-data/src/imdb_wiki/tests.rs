//! Tests of the IMDB-WIKI metadata, on made-up files in its layout.

use super::*;
use crate::mat::{MatError, Value, write_mat};

fn column(values: Vec<f64>) -> Value {
    Value::Numbers { shape: vec![1, values.len()], values }
}

fn path_cells(paths: &[&str]) -> Value {
    let values: Vec<Value> = paths.iter().map(|&path| Value::Text(path.to_owned())).collect();
    Value::Cells { shape: vec![1, values.len()], values }
}

/// The MATLAB day number of 2000-01-01.
const DAY: f64 = 730_486.0;

/// Eight rows, of which the filters keep the first, the second and the last.
fn fields() -> Vec<(String, Value)> {
    let nan = f64::NAN;
    let pairs = [
        ("dob", column(vec![DAY, DAY + 182.0, DAY, DAY, DAY, DAY, DAY, 1.0])),
        ("photo_taken", column(vec![2020.0, 2020.0, 2020.0, 2020.0, 2020.0, 1999.0, 2201.0, 201.0])),
        (
            "full_path",
            path_cells(&["01/a.jpg", "01/b.jpg", "01/c.jpg", "01/d.jpg", "01/e.jpg", "f.jpg", "g.jpg", "h.jpg"]),
        ),
        ("gender", column(vec![1.0, nan, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0])),
        ("name", Value::Other),
        ("face_score", column(vec![1.0, 4.5, 0.99, f64::NEG_INFINITY, 3.0, 3.0, 3.0, nan])),
        ("second_face_score", column(vec![nan, 0.0, nan, 2.0, 0.5, nan, nan, -1.0])),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn file(variable: &str, fields: Vec<(String, Value)>) -> Vec<u8> {
    write_mat(&[(variable.to_owned(), Value::Struct(fields))], true)
}

/// The error of a wiki file with one field changed; `None` leaves the field out.
fn error_with(field: &str, value: Option<Value>) -> ImdbWikiError {
    let mut fields = fields();
    fields.retain(|(name, _)| name != field);
    fields.extend(value.map(|value| (field.to_owned(), value)));
    rows(&file("wiki", fields), Set::Wiki, MIN_SCORE).expect_err(field)
}

fn changed(values: &[f64; 8], at: usize, value: f64) -> Option<Value> {
    let mut values = values.to_vec();
    values[at] = value;
    Some(column(values))
}

#[test]
fn the_filters_keep_and_count() {
    for (set, variable, folder) in [(Set::Imdb, "imdb", "imdb_crop"), (Set::Wiki, "wiki", "wiki_crop")] {
        let found = rows(&file(variable, fields()), set, MIN_SCORE).expect(variable);
        let kept = |age, path: &str| Row { age, path: format!("{folder}/{path}") };
        let expected = Selection {
            // The second birthday is 2000-07-01, the first day that counts one year less. The last row's date is
            // before 0001-01-01, which it is set to.
            rows: vec![kept(20, "01/a.jpg"), kept(19, "01/b.jpg"), kept(200, "h.jpg")],
            total: 8,
            dropped_face_score: 2,
            dropped_second_face: 1,
            dropped_age: 2,
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn the_least_score_can_be_chosen() {
    let found = rows(&file("wiki", fields()), Set::Wiki, f64::NEG_INFINITY).expect("the file reads");
    // The row without a face has a second one, by its score.
    assert_eq!((found.dropped_face_score, found.dropped_second_face, found.rows.len()), (0, 2, 4));
    let found = rows(&file("wiki", fields()), Set::Wiki, 4.0).expect("the file reads");
    assert_eq!((found.dropped_face_score, found.rows.len()), (6, 2));
}

#[test]
fn no_rows_are_no_error() {
    let names = ["dob", "photo_taken", "gender", "face_score", "second_face_score"];
    let mut fields: Vec<_> = names.iter().map(|name| ((*name).to_owned(), column(Vec::new()))).collect();
    fields.push(("full_path".to_owned(), path_cells(&[])));
    assert_eq!(rows(&file("imdb", fields), Set::Imdb, MIN_SCORE), Ok(Selection::default()));
}

#[test]
fn the_wrong_file_is_named() {
    assert_eq!(rows(b"no", Set::Wiki, 1.0), Err(ImdbWikiError::Mat(MatError::ShortHeader { found: 2 })));
    let expected = ImdbWikiError::NoVariable { expected: "imdb", found: vec!["wiki".to_owned()] };
    assert_eq!(rows(&file("wiki", fields()), Set::Imdb, 1.0), Err(expected));
    let number = write_mat(&[("imdb".to_owned(), column(vec![1.0]))], false);
    assert_eq!(rows(&number, Set::Imdb, 1.0), Err(ImdbWikiError::NoStruct { name: "imdb" }));
}

#[test]
fn missing_and_odd_fields_are_named() {
    for field in ["full_path", "dob", "photo_taken", "gender", "face_score", "second_face_score"] {
        assert_eq!(error_with(field, None), ImdbWikiError::NoField { field });
        let odd = error_with(field, Some(Value::Text("x".to_owned())));
        assert!(matches!(odd, ImdbWikiError::FieldKind { field: found, .. } if found == field), "{odd}");
    }
}

#[test]
fn fields_of_other_lengths_are_named() {
    for field in ["dob", "photo_taken", "gender", "face_score", "second_face_score"] {
        let expected = ImdbWikiError::Length { field, found: 2, expected: 8 };
        assert_eq!(error_with(field, Some(column(vec![1.0, 2.0]))), expected);
    }
    let error = error_with("full_path", Some(path_cells(&["a"])));
    assert_eq!(error, ImdbWikiError::Length { field: "dob", found: 8, expected: 1 });
}

#[test]
fn bad_rows_are_named() {
    let years = [2020.0; 8];
    for year in [f64::INFINITY, 2000.5, 1e300] {
        let error = error_with("photo_taken", changed(&years, 4, year));
        assert_eq!(error, ImdbWikiError::Year { row: 5, found: year });
    }
    assert!(matches!(
        error_with("photo_taken", changed(&years, 4, f64::NAN)),
        ImdbWikiError::Year { row: 5, found } if found.is_nan()
    ));
    assert_eq!(error_with("dob", changed(&[DAY; 8], 7, 1e7)), ImdbWikiError::BirthDate { row: 8, found: 1e7 });
    let path = error_with("full_path", Some(path_cells(&["a", "b", "../c", "d", "e", "f", "g", "h"])));
    assert!(matches!(path, ImdbWikiError::Path { row: 3, .. }), "{path}");
    let cells = Value::Cells { shape: vec![1, 8], values: vec![Value::Other; 8] };
    assert_eq!(error_with("full_path", Some(cells)), ImdbWikiError::PathKind { row: 1 });
}

#[test]
fn cut_and_damaged_files_give_a_result() {
    let whole = write_mat(&[("wiki".to_owned(), Value::Struct(fields()))], false);
    for at in 0..whole.len() {
        assert!(rows(&whole[..at], Set::Wiki, MIN_SCORE).is_err(), "cut at {at}");
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let _ = rows(&damaged, Set::Wiki, MIN_SCORE);
        }
    }
}

/// Fields like those of `imdb.mat`, with the columns that are skipped too: they take most of the time.
fn many(count: usize) -> Vec<(String, Value)> {
    let cells =
        |make: &dyn Fn(usize) -> Value| Value::Cells { shape: vec![1, count], values: (0..count).map(make).collect() };
    let numbers = |make: &dyn Fn(usize) -> f64| column((0..count).map(make).collect());
    // Digits that do not repeat from row to row, as in the real names.
    let digits = |i: usize| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_000_000_000;
    let path = |i: usize| format!("{:02}/nm{:07}_rm{:09}_1965-4-{}_2004.jpg", i % 100, i / 20, digits(i), i % 28 + 1);
    let pairs = [
        ("dob", numbers(&|i| 700_000.0 + (digits(i) % 30_000) as f64)),
        ("photo_taken", numbers(&|i| 1980.0 + (i % 35) as f64)),
        ("full_path", cells(&|i| Value::Text(path(i)))),
        ("gender", numbers(&|i| (i % 2) as f64)),
        ("name", cells(&|i| Value::Text(format!("Some Name {}", i / 20)))),
        ("face_location", cells(&|i| column((0..4).map(|side| (digits(i + side) % 10_000) as f64 / 7.0).collect()))),
        ("face_score", numbers(&|i| (digits(i) % 7000) as f64 / 1000.0)),
        ("second_face_score", numbers(&|i| if i % 5 == 0 { 2.5 } else { f64::NAN })),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// More rows than a small test file has, and the columns that nobody reads: nothing is lost or counted twice.
#[test]
fn a_large_file_reads_packed_or_not() {
    let count = 20_000;
    for compressed in [false, true] {
        let file = write_mat(&[("imdb".to_owned(), Value::Struct(many(count)))], compressed);
        let found = rows(&file, Set::Imdb, MIN_SCORE).expect("the file reads");
        let dropped = found.dropped_face_score + found.dropped_second_face + found.dropped_age;
        assert_eq!((found.total, found.rows.len() + dropped), (count, count));
        // One score in seven is below 1; of the others one row in five has a second face.
        let share = |n: usize| n as f64 / count as f64;
        assert!((share(found.dropped_face_score) - 1.0 / 7.0).abs() < 0.02, "{}", found.dropped_face_score);
        assert!((share(found.dropped_second_face) - 6.0 / 35.0).abs() < 0.02, "{}", found.dropped_second_face);
    }
}
