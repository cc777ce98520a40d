//! `cargo bench -p dir-bench --bench loader`: pictures a second from JPEG to numbers (decode, resize to 224, pad, crop, flip,
//! normalise), beside Pillow in the same run if `DIR_PEERS_PYTHON` names a Python that has it. `DIR_BENCH_PICTURES=DIR` takes a
//! folder of pictures of yours; otherwise drawn faces of 200 pixels are made.

#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dir_bench::{line, peers, time};
use dir_data::agedb;
use dir_data::faces::write_set;
use dir_data::images::{Augmentation, Broken, CacheKind, Item, Loader, PictureOptions, Pictures, Store};

const SIDE: usize = 224;
const BATCH: usize = 64;
const MOST: usize = 2048;

fn main() {
    let folder = match std::env::var_os("DIR_BENCH_PICTURES") {
        Some(folder) => PathBuf::from(folder),
        None => drawn(),
    };
    let store = || Store::open(&folder).expect("a folder of pictures");
    let mut names = store().names().expect("lists");
    names.truncate(MOST);
    println!("{} pictures of {}", names.len(), folder.display());
    for (cache, what) in [(CacheKind::None, "decoded each time"), (CacheKind::Memory, "cached in memory")] {
        let options = PictureOptions { side: SIDE, cache, broken: Broken::Error };
        let (pictures, _) = Pictures::open(store(), &names, options, &folder).expect("whole pictures");
        let pictures = Arc::new(pictures);
        for workers in [1, 2] {
            let items: Vec<Item> = (0..names.len()).map(Item::from).collect();
            let batches: Vec<Vec<Item>> = items.chunks(BATCH).map(<[Item]>::to_vec).collect();
            let seconds = time(3, || {
                let augment = Some((Augmentation::default(), [0, 1, 0]));
                let loader = Loader::new(Arc::clone(&pictures), batches.clone(), augment, workers);
                loader.for_each(|batch| drop(batch.expect("whole")));
            });
            let rate = format!("{:.0} pictures/s", names.len() as f64 / seconds.0);
            line(&format!("{SIDE} px, {workers} threads, {what}"), seconds, &rate);
        }
    }
    peers::run("loader.py", &[&folder.to_string_lossy()]);
}

/// Drawn faces, kept for the next time.
fn drawn() -> PathBuf {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("loader-bench");
    let folder = data.join(agedb::FOLDER);
    if !folder.exists() {
        write_set(&data, agedb::FOLDER, "agedb.csv", MOST, 200, 0).expect("writes");
    }
    folder
}
