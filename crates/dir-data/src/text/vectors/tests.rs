//! Files of word vectors, right and wrong.

use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::npy::start;

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("writes");
    (folder, path)
}

fn vocabulary(words: &[&str]) -> Vocabulary {
    words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>().into()
}

fn read(name: &str, bytes: &[u8], words: &[&str]) -> Result<WordVectors, VectorsError> {
    let (_folder, path) = file(name, bytes);
    WordVectors::read(&path, vocabulary(words), words.len())
}

const TEXT: &str = "the 0.5 1e-2 -3\nthe 9 9 9\nParis 1 2 3\nparis 4 5 6\n. . . 7 8 9\n";

#[test]
fn vectors_that_do_not_fit_the_memory_are_refused_at_the_first() {
    let names: Vec<String> = (0..100).map(|k| format!("w{k}")).collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = format!("w0{}\n", " 0".repeat(1_000_000));
    // Two times four bytes a value, 128 a word, of 100 words, padding and the unknown one.
    let error = read("v.txt", text.as_bytes(), &words).expect_err("816 MB").to_string();
    let expected =
        "found vectors of 1000000 values for 102 words, which needs 779 MiB of memory where 512 MiB is allowed";
    assert!(error.contains(expected), "{error}");
    assert!(read("v.txt", text.as_bytes(), &words[..20]).is_ok());
}

#[test]
fn own_vectors_win_over_lower_case() {
    let vectors = read("v.txt", TEXT.as_bytes(), &["the", "The", "Paris", "PARIS", ". . ", "none"]).expect("right");
    assert_eq!(vectors.of("the"), Some([0.5, 0.01, -3.0].as_slice()));
    assert_eq!(vectors.of("The"), vectors.of("the"));
    assert_eq!(
        (vectors.of("Paris"), vectors.of("PARIS")),
        (Some([1.0, 2.0, 3.0].as_slice()), Some([4.0, 5.0, 6.0].as_slice()))
    );
    let coverage = vectors.coverage();
    assert_eq!((coverage.exact, coverage.lower_case, coverage.repeated, coverage.words), (2, 2, 1, 6));
    assert!(coverage.to_string().starts_with("vectors for 4 of 6 words (66.7 %"), "{coverage}");
    // A word with spaces in it, as glove.840B has a few.
    assert_eq!(
        read("v.txt", TEXT.as_bytes(), &[". . ."]).expect("right").of(". . ."),
        Some([7.0, 8.0, 9.0].as_slice())
    );
}

#[test]
fn gz_zip_and_word2vec_read_alike() {
    let words = ["the", "paris"];
    let plain = read("v.txt", TEXT.as_bytes(), &words).expect("right");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(TEXT.as_bytes()).expect("writes");
    assert_eq!(read("v.txt.gz", &gz.finish().expect("writes"), &words).expect("right"), plain);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("glove.txt", zip::write::SimpleFileOptions::default()).expect("writes");
    zip.write_all(TEXT.as_bytes()).expect("writes");
    zip.start_file("other/wide.txt", zip::write::SimpleFileOptions::default()).expect("writes");
    zip.write_all(b"the 1 2 3 4\n").expect("writes");
    let (_folder, path) = file("v.zip", zip.finish().expect("writes").get_ref());
    let of = |entry: &str| WordVectors::read(&path.join(entry), vocabulary(&words), words.len());
    let first = WordVectors::read(&path, vocabulary(&words), words.len());
    assert_eq!((first.expect("right"), of("glove.txt").expect("right")), (plain.clone(), plain.clone()));
    assert_eq!(of("other/wide.txt").expect("right").width, 4);
    assert!(of("none.txt").expect_err("is wrong").to_string().contains("glove.txt, other/wide.txt"));
    assert_eq!(read("v.vec", format!("5 3\n{TEXT}").as_bytes(), &words).expect("right"), plain);
}

fn npy(kind: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    [start(kind, shape), numbers.to_vec()].concat()
}

#[test]
fn arrays_with_words_beside_them() {
    let singles: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let doubles: Vec<u8> = [1.0_f64, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let read = |bytes: &[u8], words: &str| {
        let (folder, path) = file("v.npy", bytes);
        std::fs::write(folder.path().join("v.words.txt"), words).expect("writes");
        WordVectors::read(&path, vocabulary(&["b"]), 1)
    };
    for bytes in [npy("<f4", "(2, 2)", &singles), npy("<f8", "(2, 2)", &doubles)] {
        assert_eq!(read(&bytes, "a\nb\n").expect("right").of("b"), Some([3.0, 4.0].as_slice()));
    }
    let refused = |bytes: &[u8], words: &str| read(bytes, words).expect_err("is wrong").to_string();
    assert!(refused(&npy("<f4", "(2, 2)", &singles), "a\n").contains("1 words for 2 rows"));
    assert!(refused(&npy("<f4", "(2, 2)", &singles[..12]), "a\nb\n").contains("within row 1"));
    assert!(refused(&npy("<f4", "(1, 2)", &singles), "a\n").contains("more numbers"));
    assert!(refused(&npy("<f4", "(2, -2)", &singles), "a\nb\n").contains("shape (2, -2)"));
    assert!(refused(&npy("<i4", "(2, 2)", &singles), "a\nb\n").contains("<i4"));
    assert!(refused(&npy("<f4", "(4,)", &singles), "a\nb\n").contains("shape (4,)"));
    assert!(refused(b"nothing of the kind", "").contains("another beginning"));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let refused = |name: &str, text: &[u8]| read(name, text, &["a", "b"]).expect_err("is wrong").to_string();
    let lines = |last: &str| format!("{}{last}\n", "x 1.5 2.5 3.5\n".repeat(6));
    let text = refused("v.txt", lines("b 1.5 2.5").as_bytes());
    assert!(text.contains("v.txt, line 7: found 2 numbers, expected a word and 3 numbers"), "{text}");
    let text = refused("v.txt", lines("b 1.5 2.5 3.5 4.5").as_bytes());
    assert!(text.contains("line 7: found 4 numbers, expected 3"), "{text}");
    assert!(refused("v.txt", lines("b 1.5 nan 3.5").as_bytes()).contains("line 7: found \"nan\""));
    assert!(refused("v.txt", b"a 1 2\n\xff\xfe 1 2\n").contains("line 2: found a word that is not UTF-8"));
    assert!(refused("v.txt", b"").contains("found no word"));
    assert!(refused("v.zip", b"no archive").contains("no zip archive"));
    assert!(WordVectors::read("absent.zip/a.txt".as_ref(), vocabulary(&["a"]), 1).is_err());
}

#[test]
fn words_without_a_vector_are_drawn_as_spread_as_the_others() {
    let vectors = read("v.txt", b"a 2 -2 2 -2\n", &["a", "z"]).expect("right");
    let table = vectors.table(|word| Stream::new(&[u64::from(word)]));
    assert_eq!((table.len(), &table[..4], &table[8..12]), (16, [0.0; 4].as_slice(), [2.0, -2.0, 2.0, -2.0].as_slice()));
    assert!(table[12..].iter().all(|x| *x != 0.0 && x.abs() < 10.0) && table[4..8] != table[12..]);
    assert_eq!(vectors.moments(), (0.0, 2.0));
}
