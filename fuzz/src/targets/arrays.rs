//! Targets that read MAT-files and sets of small pictures: IDX and CIFAR.

use std::io::Write;

use dir_data::equal_densities::Source;
use dir_data::imdb_wiki::{MIN_SCORE, Set, rows};
use dir_data::mat::{Value, read_mat, write_mat};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::target::{Outcome, Scratch, Seeds, Target};

const MAT: &[&[u8]] = &[
    b"MATLAB 5.0 MAT-file",
    b"\0\x01IM",
    b"\x01\0MI",
    b"full_path",
    b"dob",
    b"photo_taken",
    b"face_score",
    b"\x0e\0\0\0",
    b"\x0f\0\0\0",
    b"\x06\0\0\0\x08\0\0\0",
    b"\x01\0\0\0",
    b"\x02\0\0\0",
    b"\x04\0\0\0",
];
const IDX: &[&[u8]] = &[b"\0\0\x08\x03", b"\0\0\x08\x01", b"\0\0\x0d\x03", b"\x1f\x8b\x08\0"];

pub(super) static TARGETS: [Target; 5] = [
    Target::binary("mat", mat, mats, MAT, 1 << 15),
    Target::binary("imdb-wiki", imdb_wiki, mats, MAT, 1 << 15),
    Target::binary("idx-images", idx_images, idx, IDX, 1 << 15),
    Target::binary("idx-labels", idx_labels, labels, IDX, 1 << 12),
    Target::binary("cifar", cifar, cifars, &[], 1 << 14),
];

fn mat(bytes: &[u8], _: &Scratch) -> Outcome {
    Ok(read_mat(bytes)?.len())
}

fn imdb_wiki(bytes: &[u8], _: &Scratch) -> Outcome {
    let selection = rows(bytes, Set::Imdb, MIN_SCORE)?;
    Ok(selection.rows.len())
}

fn mats() -> anyhow::Result<Seeds> {
    let column = |values: [f64; 3]| Value::Numbers { shape: vec![1, 3], values: values.into() };
    let path = |name: &str| Value::Text(name.into());
    let faces = Value::Struct(vec![
        ("dob".into(), column([693_726.0, 700_000.0, 716_000.0])),
        ("photo_taken".into(), column([1968.0, 2004.0, 2011.0])),
        (
            "full_path".into(),
            Value::Cells { shape: vec![1, 3], values: ["01/a.jpg", "02/b.jpg", "03/c.jpg"].map(path).into() },
        ),
        ("gender".into(), column([1.0, 0.0, f64::NAN])),
        ("face_score".into(), column([3.5, f64::NEG_INFINITY, 2.0])),
        ("second_face_score".into(), column([f64::NAN, f64::NAN, 1.0])),
    ]);
    let variables = [("imdb".to_owned(), faces)];
    Ok(vec![("plain.mat".into(), write_mat(&variables, false)), ("packed.mat".into(), write_mat(&variables, true))])
}

fn idx_file(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gz(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

const PICTURES: [u32; 3] = [3, 4, 4];

/// A folder of a set with one file replaced by the input.
fn fashion_mnist(bytes: &[u8], scratch: &Scratch, name: &str) -> Outcome {
    for part in ["train", "t10k"] {
        scratch.write(&format!("{part}-images-idx3-ubyte"), &idx_file(&PICTURES, &[7; 48]))?;
        scratch.write(&format!("{part}-labels-idx1-ubyte"), &idx_file(&PICTURES[..1], &[0, 9, 4]))?;
    }
    scratch.write(name, bytes)?;
    drop(Source::fashion_mnist(scratch.folder())?);
    Ok(bytes.len())
}

fn idx_images(bytes: &[u8], scratch: &Scratch) -> Outcome {
    fashion_mnist(bytes, scratch, "train-images-idx3-ubyte")
}

fn idx_labels(bytes: &[u8], scratch: &Scratch) -> Outcome {
    fashion_mnist(bytes, scratch, "t10k-labels-idx1-ubyte")
}

fn idx() -> anyhow::Result<Seeds> {
    let plain = idx_file(&PICTURES, &(0..48).collect::<Vec<u8>>());
    Ok(vec![("images.gz".into(), gz(&plain)?), ("images".into(), plain)])
}

fn labels() -> anyhow::Result<Seeds> {
    let plain = idx_file(&PICTURES[..1], &[1, 2, 3]);
    Ok(vec![("labels.gz".into(), gz(&plain)?), ("labels".into(), plain)])
}

fn record(class: u8) -> Vec<u8> {
    let mut record = vec![1, class];
    record.extend((0..3072_u32).map(|k| (k * 7) as u8));
    record
}

fn cifar(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.once(|scratch| scratch.write("test.bin", &record(3)).map(drop))?;
    scratch.write("train.bin", bytes)?;
    drop(Source::cifar_100(scratch.folder())?);
    Ok(bytes.len())
}

fn cifars() -> anyhow::Result<Seeds> {
    Ok(vec![("two.bin".into(), [record(0), record(99)].concat())])
}
