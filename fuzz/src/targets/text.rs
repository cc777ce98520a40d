//! Targets that read sentences and word vectors.

use std::hint::black_box;
use std::io::Write;

use dir_core::random::Stream;
use dir_data::npy;
use dir_data::text::{Vocabulary, WordVectors, tokenize};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::target::{Outcome, Scratch, Seeds, Target, texts};

const SENTENCES: &[&[u8]] = &[
    b". ",
    b"... ",
    b"! ",
    b"? ",
    b"Mr. ",
    b"U.S. ",
    b"n't",
    b"'s",
    b"\"",
    b"``",
    b"--",
    b"(",
    b"\xe2\x80\x99",
    b"\xc2\xa0",
    b"$1,000.50",
];
const VECTORS: &[&[u8]] = &[b" 0.5", b"\n", b"3 4\n", b"nan", b"1e39", b"  ", b"\t"];
const GZ: &[&[u8]] = &[b"\x1f\x8b\x08\0", b"\0\0\xff\xff"];
const ZIP: &[&[u8]] =
    &[b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b".txt", b"\x01\0", b"\x63\0"];

pub(super) static TARGETS: [Target; 5] = [
    Target::text("tokenizer", tokens, sentences, SENTENCES, 1 << 14),
    Target::text("vectors-text", |bytes, scratch| read(bytes, scratch, "v.txt"), plain, VECTORS, 1 << 13),
    Target::binary("vectors-gz", |bytes, scratch| read(bytes, scratch, "v.txt.gz"), gz, GZ, 1 << 15),
    Target::binary("vectors-zip", |bytes, scratch| read(bytes, scratch, "v.zip"), zips, ZIP, 1 << 15),
    Target::binary("vectors-npy", |bytes, scratch| read(bytes, scratch, "v.npy"), npys, &[b"<f4", b"(4, 3)"], 1 << 13),
];

fn tokens(bytes: &[u8], _: &Scratch) -> Outcome {
    let text = std::str::from_utf8(bytes)?;
    let tokens = tokenize(text);
    let vocabulary = Vocabulary::of([&tokens], 100);
    anyhow::ensure!(vocabulary.ids(&tokens).len() == tokens.len(), "a token has no number");
    Ok(tokens.len())
}

/// Vectors of a small vocabulary and of the most common other words.
fn read(bytes: &[u8], scratch: &Scratch, name: &str) -> Outcome {
    scratch.once(|scratch| scratch.write("v.words.txt", b"dog\ncat\nthe\nA\n").map(drop))?;
    let path = scratch.write(name, bytes)?;
    let vocabulary: Vocabulary = vec!["dog".to_owned(), "axolotl".into(), "A".into()].into();
    let vectors = WordVectors::read(&path, vocabulary, 5)?;
    black_box(vectors.moments());
    Ok(vectors.table(|word| Stream::new(&[u64::from(word)])).len())
}

const PLAIN: &str = "the 0.1 -0.2 0.3\ndog 1 0 1e-3\ncat 0 -2 4\nA 0.5 0.25 9\n";

fn sentences() -> anyhow::Result<Seeds> {
    texts(&[
        ("prose.txt", "Mr. Smith can't go to the U.S. on Jan. 3rd; \"It's $1,000.50,\" he said... Really? Yes (no)!"),
        ("unicode.txt", "L’été à Zürich — 10 °C. Ünïcode… “quotes” are fine."),
    ])
}

fn plain() -> anyhow::Result<Seeds> {
    texts(&[("glove.txt", PLAIN), ("word2vec.txt", "4 3\nthe 0.1 -0.2 0.3\ndog 1 0 1e-3\ncat 0 -2 4\nA 0.5 0.25 9\n")])
}

fn gz() -> anyhow::Result<Seeds> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(PLAIN.as_bytes())?;
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(PLAIN.as_bytes())?;
    Ok(vec![("packed.gz".into(), encoder.finish()?), ("stored.gz".into(), stored.finish()?)])
}

fn zips() -> anyhow::Result<Seeds> {
    let archive = |options: SimpleFileOptions| -> anyhow::Result<Vec<u8>> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("v.50d.txt", options)?;
        zip.write_all(PLAIN.as_bytes())?;
        Ok(zip.finish()?.into_inner())
    };
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    Ok(vec![("packed.zip".into(), archive(SimpleFileOptions::default())?), ("stored.zip".into(), archive(stored)?)])
}

fn npys() -> anyhow::Result<Seeds> {
    let numbers: Vec<u8> = (0..12).flat_map(|k| (k as f32 / 4.0).to_le_bytes()).collect();
    Ok(vec![("vectors.npy".into(), npy::file("<f4", &[4, 3], &numbers))])
}
