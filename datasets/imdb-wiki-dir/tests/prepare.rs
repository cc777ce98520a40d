//! `prepare` on metadata in the owners' layout, and every committed configuration.

use std::path::Path;

use dir_data::mat::{Value, write_mat};
use dir_tests::Program;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_imdb-wiki-dir"));

/// Metadata of `count` people born on 1970-01-01 (day 719,529 in MATLAB) and photographed from 1990 on.
fn metadata(name: &str, count: usize) -> Vec<u8> {
    let row = |values: Vec<f64>| Value::Numbers { shape: vec![1, count], values };
    let paths = (0..count).map(|k| Value::Text(format!("{:02}/{k}.jpg", k % 100))).collect();
    let score = |k: usize| if k % 10 == 9 { f64::NEG_INFINITY } else { 3.0 };
    let second = |k: usize| if k % 10 == 8 { 2.0 } else { f64::NAN };
    let fields = vec![
        ("dob".to_owned(), row(vec![719_529.0; count])),
        ("photo_taken".to_owned(), row((0..count).map(|k| 1990.0 + (k % 20) as f64).collect())),
        ("full_path".to_owned(), Value::Cells { shape: vec![1, count], values: paths }),
        ("gender".to_owned(), row(vec![1.0; count])),
        ("face_score".to_owned(), row((0..count).map(score).collect())),
        ("second_face_score".to_owned(), row((0..count).map(second).collect())),
    ];
    write_mat(&[(name.to_owned(), Value::Struct(fields))], true)
}

#[test]
fn metadata_become_a_list() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, count) in [("imdb", 400), ("wiki", 100)] {
        let place = folder.path().join(format!("{name}_crop"));
        std::fs::create_dir_all(&place).expect("creates");
        std::fs::write(place.join(format!("{name}.mat")), metadata(name, count)).expect("writes");
    }
    let text = PROGRAM.said(&["prepare"], &[("--data", folder.path())]);
    assert!(text.contains("imdb_crop/imdb.mat: 320 of 400 pictures; left out: 40 without a clear face, 40"), "{text}");
    let list = std::fs::read_to_string(folder.path().join("imdb_wiki.csv")).expect("a list");
    let lines: Vec<&str> = list.lines().collect();
    // Born in January: the year's difference.
    assert_eq!((lines[0], lines.len()), ("age,path,split", 401));
    assert!(lines[1].starts_with("20,imdb_crop/00/0.jpg,") && lines[321].starts_with("20,wiki_crop/00/0.jpg,"));
    let none = PROGRAM.run(&["prepare"], &[("--data", &folder.path().join("absent"))]);
    let message = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(message.contains("imdb.mat") && message.contains("fetch"), "{message}");
}

#[test]
fn fetch_says_what_there_is() {
    let text = PROGRAM.said(&["fetch"], &[]);
    assert!(text.contains("imdb_crop.tar") && text.contains("--download") && text.contains("academic"), "{text}");
}

#[test]
fn every_config_takes_steps() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let data = temporary.path().join("data");
    PROGRAM.said(&["synth", "--rows", "300", "--img-size", "32"], &[("--out", &data)]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/imdb_wiki");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = temporary.path().join(entry.file_name());
        let narrow = [
            "train",
            "--quiet",
            "--depth",
            "18",
            "--width",
            "2",
            "--img-size",
            "16",
            "--epoch",
            "2",
            "--batch-size",
            "32",
        ];
        PROGRAM.said(&narrow, &[("--config", &entry.path()), ("--data", &data), ("--out", &run)]);
        configs += 1;
    }
    assert_eq!(configs, 18, "configs in {}", folder.display());
}
