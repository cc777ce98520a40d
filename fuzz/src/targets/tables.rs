//! Targets that read tables and what is stored about them.

use std::hint::black_box;

use dir_data::density::read_steps;
use dir_data::split::{balanced_split, read_split};
use dir_data::tabular::{Encoder, Header, Missing, ReadOptions, Table, read_csv_from, read_csv_without_target};
use dir_data::zero_shot;

use crate::target::{Outcome, Scratch, Seeds, Target, texts};

const CSV: &[&[u8]] = &[
    b"a,b,c,y\n",
    b"row,split\n",
    b"train",
    b"val",
    b"test",
    b"low,high,share\n",
    b"\"a \"\"quoted\"\" field\"",
    b"1e9",
    b"?",
    b"N/A",
    b"sep=;\n",
    b"\xff\xfe",
    b"\xe9",
];
const JSON: &[&[u8]] =
    &[b"\"columns\":[", b"\"numeric\":{", b"\"one_hot\":{", b"\"levels\":[]", b"null", b"1e400", b"{}", b"[]"];

pub(super) static TARGETS: [Target; 6] = [
    Target::text("table", table, tables, CSV, 1 << 14),
    Target::text("table-predict", predict, new_rows, CSV, 1 << 14),
    Target::text("encoder", encoder, encoders, JSON, 1 << 13),
    Target::text("split", split, splits, CSV, 1 << 12),
    Target::text("density", density, densities, CSV, 1 << 12),
    Target::text("ranges", ranges, ranged, CSV, 1 << 10),
];

/// Reads a table with every policy for missing values and headers, encodes it and splits its rows.
fn table(bytes: &[u8], _: &Scratch) -> Outcome {
    let read = |header, missing| {
        let options = ReadOptions { header, missing, ..ReadOptions::default() };
        read_csv_from(bytes, "a.csv", &options)
    };
    // Only the last decides whether the file is accepted; the others must end as well.
    drop(read(Header::Yes, Missing::DropRow));
    drop(read(Header::No, Missing::Error));
    used(&read(Header::Auto, Missing::Impute)?)
}

/// What training does with a table before it begins.
fn used(table: &Table) -> Outcome {
    let rows: Vec<usize> = (0..table.rows()).collect();
    let encoder = Encoder::fit(table, &rows[..rows.len().div_ceil(2)]);
    let matrix = encoder.encode(table)?;
    black_box(encoder.unseen_levels(table));
    anyhow::ensure!(matrix.values.len() == matrix.rows * matrix.width, "numbers do not fit rows and columns");
    let bins: Vec<usize> = rows.iter().map(|row| row % 3).collect();
    // Few rows make no split, which is an error of its own.
    drop(balanced_split(&bins, 2, 1));
    Ok(matrix.values.len())
}

/// Reads a table to predict for, with the encoder of another.
fn predict(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("a.csv", bytes)?;
    let (_, trained) = tables()?.remove(0);
    let options = ReadOptions { missing: Missing::Impute, ..ReadOptions::default() };
    let trained = read_csv_from(trained.as_slice(), "trained.csv", &options)?;
    let encoder = Encoder::fit(&trained, &(0..trained.rows()).collect::<Vec<_>>());
    let table = read_csv_without_target(&path, "price", &options)?;
    Ok(encoder.encode(&table)?.values.len())
}

/// The encoder that `pipeline.json` holds, applied to a table.
fn encoder(bytes: &[u8], _: &Scratch) -> Outcome {
    let encoder: Encoder = serde_json::from_slice(bytes)?;
    let (_, table) = tables()?.remove(0);
    let options = ReadOptions { missing: Missing::Impute, ..ReadOptions::default() };
    let table = read_csv_from(table.as_slice(), "a.csv", &options)?;
    black_box(encoder.categories());
    Ok(encoder.encode(&table)?.values.len() + encoder.width())
}

fn split(bytes: &[u8], scratch: &Scratch) -> Outcome {
    Ok(read_split(&scratch.write("split.csv", bytes)?, 6)?.len())
}

/// The file that `--test-density` names.
fn density(bytes: &[u8], scratch: &Scratch) -> Outcome {
    Ok(read_steps(&scratch.write("density.csv", bytes)?)?.len())
}

/// Ranges of targets as a flag has them.
fn ranges(bytes: &[u8], _: &Scratch) -> Outcome {
    let ranges = zero_shot::ranges(std::str::from_utf8(bytes)?)?;
    let targets: Vec<f64> = (0..120).map(f64::from).collect();
    Ok(zero_shot::without(&targets, &[dir_data::Part::Train; 120], &ranges)?.len())
}

fn tables() -> anyhow::Result<Seeds> {
    texts(&[
        (
            "diamonds.csv",
            "carat,cut,clear,price\n0.23,Ideal,yes,326\n0.21,Premium,no,326\n0.3,Good,yes,335\n0.31,Ideal,no,400\n0.7,Good,,2757\n",
        ),
        ("no-header.csv", "1,2.5,3\n2,NA,5\n3,1e3,-7\n4,0.5,8\n"),
        ("semicolons.csv", "\"a\";b;y\r\n1;\"x;1\";2\r\n2;\"y \"\"2\"\"\";3\r\n3;z;4\r\n"),
        ("tabs.tsv", "\u{feff}a\tb\ty\n1\tx\t0.5\n2\tx\t1.5\n"),
    ])
}

/// Rows of the first table, without their target and with it.
fn new_rows() -> anyhow::Result<Seeds> {
    texts(&[
        ("new.csv", "carat,cut,clear\n0.23,Ideal,yes\n0.9,Premium,\n"),
        ("reordered.csv", "price,clear,cut,carat\n326,no,Good,0.4\n400,no,Fair,2\n"),
    ])
}

fn encoders() -> anyhow::Result<Seeds> {
    let (_, table) = tables()?.remove(0);
    let options = ReadOptions { missing: Missing::Impute, ..ReadOptions::default() };
    let table = read_csv_from(table.as_slice(), "a.csv", &options)?;
    let encoder = Encoder::fit(&table, &[0, 1, 2, 3]);
    Ok(vec![("encoder.json".into(), serde_json::to_vec_pretty(&encoder)?)])
}

fn splits() -> anyhow::Result<Seeds> {
    texts(&[("split.csv", "row,split\n0,train\n2,test\n1,val\n3,train\n4,dev\n5,test\n")])
}

fn densities() -> anyhow::Result<Seeds> {
    texts(&[("density.csv", "low,high,share\n0,10,0.5\n10,20,0.25\n30,45.5,1\n")])
}

fn ranged() -> anyhow::Result<Seeds> {
    texts(&[("ages.txt", zero_shot::AGES), ("one.txt", "3-4.5")])
}
