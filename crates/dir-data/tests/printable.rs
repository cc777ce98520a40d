//! Text of files in messages: no reader's error lets a terminal's escape sequence or a line break of a file through.

use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::Path;

use dir_data::density::read_steps;
use dir_data::depth::{Coding, DepthPairs, Frame, PairList};
use dir_data::edf::{EdfFile, StartTime, WriteSignal, WriteSpec, write_edf_slices};
use dir_data::images::{Listing, Order, Store};
use dir_data::npy;
use dir_data::signals::RecordingList;
use dir_data::split::read_split;
use dir_data::tabular::{Encoder, ReadOptions, read_csv, read_csv_from};
use dir_data::text::{PairColumns, Pairs, Vocabulary, WordVectors, stsb};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Red text, and a forged line.
const EVIL: &str = "\u{1b}[31mevil\u{7}\nerror: forged";

/// A field of a CSV that holds it.
fn quoted() -> String {
    format!("\"{EVIL}\"")
}

/// Asserts that the error shows the text of the file, escaped.
fn escaped<T>(what: &str, result: Result<T, impl Display>) {
    let Err(error) = result else { panic!("{what}: is no error") };
    let text = error.to_string();
    assert!(!text.chars().any(char::is_control), "{what}: {text:?}");
    assert!(text.contains("\\u{1b}[31mevil"), "{what}: {text}");
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).expect("writes");
    path
}

#[test]
fn lists_and_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = |content: String| file(folder.path(), "a.csv", content);
    let evil = quoted();
    let order = Order::of_target("age");
    escaped("header of images", Listing::read(&csv(format!("{evil},b\nx,y\n")), &order));
    escaped("target of images", Listing::read(&csv(format!("path,age\na.jpg,{evil}\n")), &order));
    escaped("split of images", Listing::read(&csv(format!("path,age,split\na.jpg,1,{evil}\n")), &order));
    escaped("header of pairs", PairList::read(&csv(format!("{evil},b\nx,y\n"))));
    escaped("split of pairs", PairList::read(&csv(format!("image,depth,split\na.png,b.png,{evil}\n"))));
    escaped("header of recordings", RecordingList::read(&csv(format!("{evil},b\nx,y\n")), "score", true));
    escaped("target of recordings", RecordingList::read(&csv(format!("path,score\na,{evil}\n")), "score", true));
    escaped("header of a split", read_split(&csv(format!("{evil},b\nx,y\n")), 2));
    escaped("row of a split", read_split(&csv(format!("row,split\n{evil},train\n")), 2));
    escaped("header of a density", read_steps(&csv(format!("{evil},b\nx,y\n"))));
    escaped("row of a density", read_steps(&csv(format!("low,high,share\n{evil},1,1\n"))));
    let columns = PairColumns::default();
    escaped("header of sentences", Pairs::read(&csv(format!("{evil},b\nx,y\n")), &columns));
    escaped("score of sentences", Pairs::read(&csv(format!("sentence1,sentence2,score\na,b,{evil}\n")), &columns));
    let pool = format!("header\n{}\u{1b}[31mevil\n", "x\t".repeat(9));
    escaped("score of the pool", stsb::resplit_files([&pool, "header\n"], 0));

    let options = |target: Option<&str>| ReadOptions { target: target.map(str::to_owned), ..ReadOptions::default() };
    let evil_target = csv(format!("a,{evil}\nx,y\nx,z\n"));
    escaped("name of a target", read_csv(&evil_target, &options(None)));
    escaped("names of columns", read_csv(&evil_target, &options(Some("b"))));
    escaped("name twice", read_csv(&csv(format!("{evil},{evil}\n1,2\n")), &options(None)));
    escaped("cell", read_csv(&csv(format!("a,y\n1,{evil}\n2,3\n")), &options(None)));
    let table = |text: &str| read_csv_from(text.as_bytes(), "a.csv", &options(None)).expect("a table");
    let encoder = Encoder::fit(&table(&format!("{evil},y\n1,2\n2,3\n")), &[0, 1]);
    escaped("missing column", encoder.encode(&table("b,y\n1,2\n2,3\n")));
    let evil_path = folder.path().join(EVIL);
    escaped("path of a table", read_csv(&evil_path, &options(None)));
    escaped("path of a list", Listing::read(&evil_path, &order));
    escaped("path of a recording", EdfFile::open(&evil_path));
}

#[test]
fn archives_arrays_and_headers() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    let mut zip = ZipWriter::new(fs::File::create(place.join("v.zip")).expect("creates"));
    zip.start_file(EVIL, SimpleFileOptions::default()).expect("starts");
    zip.write_all(b"a 1\n").expect("writes");
    zip.finish().expect("finishes");
    escaped("entry of a zip", WordVectors::read(&place.join("v.zip"), Vocabulary::default(), 1));
    let vectors = file(place, "v.txt", "a 1 2\nb 1 \u{1b}[31mevil\n");
    escaped("value of a vector", WordVectors::read(&vectors, Vocabulary::default(), 9));
    let array = npy::file("\u{1b}[31mevil", &[1, 1], &[0; 4]);
    escaped("type of vectors", WordVectors::read(&file(place, "v.npy", &array), Vocabulary::default(), 9));

    file(place, "a.png", "x");
    file(place, "a.npy", &array);
    let list = PairList { images: vec!["a.png".into()], depths: vec!["a.npy".into()], parts: None };
    let frame = Frame { short: 36, crop: [32, 32] };
    let pairs = DepthPairs::listed(place, &list, Coding::default(), frame).expect("lists");
    escaped("type of a map", pairs.map(0));
    let list = PairList::of_images(vec![EVIL.into()]);
    escaped("path in a list", DepthPairs::listed(place, &list, Coding::default(), frame));

    let mut tar = tar::Builder::new(fs::File::create(place.join("a.tar")).expect("creates"));
    let mut header = tar::Header::new_gnu();
    let name = format!("../{EVIL}");
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(0);
    header.set_cksum();
    tar.append(&header, [].as_slice()).expect("appends");
    tar.finish().expect("finishes");
    escaped("member of a tar", Store::open(&place.join("a.tar")));

    let signal = WriteSignal {
        label: "EEG".into(),
        transducer: String::new(),
        dimension: "uV".into(),
        physical_min: -1.0,
        physical_max: 1.0,
        digital_min: -10,
        digital_max: 10,
        prefilter: String::new(),
        samples_per_record: 1,
    };
    let spec = WriteSpec {
        patient: "X X X X".into(),
        recording: "Startdate X X X X".into(),
        start: StartTime { year: 2000, month: 1, day: 1, hour: 22, minute: 0, second: 0 },
        record_seconds: 1.0,
        signals: vec![signal],
    };
    let path = place.join("night.edf");
    write_edf_slices(&path, &spec, &[&[0.0]]).expect("writes");
    let mut bytes = fs::read(&path).expect("reads");
    bytes[256..256 + 9].copy_from_slice(b"\x1b[31mevil"); // the label
    let night = EdfFile::open(file(place, "night.edf", &bytes)).expect("opens").require(&["ECG"]);
    escaped("label of a signal", night);
    bytes[..8].copy_from_slice(b"\x1b[31mevi");
    let version = EdfFile::open(file(place, "night.edf", &bytes)).expect_err("another format").to_string();
    assert!(!version.chars().any(char::is_control) && version.contains("\\u{1b}[31mevi"), "{version}");
}
