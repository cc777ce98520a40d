//! Writes rooms in the layout of NYUD2-DIR.
//!
//! # Source
//! The layout that the official `nyud2-dir/loaddata.py` reads (at a6fdc45). Training depth has 8 bits for 10 m, test
//! depth 16 bits in millimetres; the lists have no header, and their paths start with `data/`.

use std::path::Path;

use dir_core::random::Stream;
use image::ExtendedColorType;
use rayon::prelude::*;

use super::{View, draw, kind_name};
use crate::drawn::{Coding, DrawnError, MARK, draft, write_picture};

/// Views of a training room.
const VIEWS: usize = 3;
/// Number of the first test room; training rooms count from 0.
pub(super) const TEST_ROOMS: u64 = 1 << 32;
/// Steps of an 8-bit depth in a metre: 255 are 10 m.
const STEPS: f32 = 25.5;
const MARK_TEXT: &str =
    "Every picture here was drawn by a program (`synth`); none shows a real room. Numbers from it are of drawings.\n";

/// A pair of files to write, and the room and view they show.
struct Shot {
    colour: String,
    depth: String,
    room: u64,
    view: u64,
}

impl Shot {
    /// Training picture `k`; a scene is a room.
    fn train(k: usize, seed: u64) -> Self {
        let (room, view) = ((k / VIEWS) as u64, (k % VIEWS) as u64);
        let stem = format!("nyu2_train/{}_{room:04}_out/{}", kind_name(seed, room), view + 1);
        Self { colour: format!("{stem}.jpg"), depth: format!("{stem}.png"), room, view }
    }

    /// Test picture `k`, each of its own room.
    fn test(k: usize) -> Self {
        let stem = format!("nyu2_test/{k:05}");
        let (colour, depth) = (format!("{stem}_colors.png"), format!("{stem}_depth.png"));
        Self { colour, depth, room: TEST_ROOMS + k as u64, view: 0 }
    }

    /// Its line in a list.
    fn line(&self) -> String {
        format!("data/{},data/{}\n", self.colour, self.depth)
    }
}

/// Writes a data set in the layout of NYUD2-DIR. Returns how many training and test pictures were written.
///
/// # Errors
/// [`DrawnError`] if `out` is not empty or cannot be written.
///
/// # Panics
/// If `width` or `height` is 0.
pub fn write_set(
    out: &Path,
    train: usize,
    test: usize,
    width: usize,
    height: usize,
    seed: u64,
) -> Result<(usize, usize), DrawnError> {
    let draft = draft(out)?;
    let training: Vec<Shot> = (0..train).map(|k| Shot::train(k, seed)).collect();
    let testing: Vec<Shot> = (0..test).map(Shot::test).collect();
    for shot in training.iter().chain(&testing) {
        draft.create_folder(Path::new(&shot.colour).parent().unwrap_or(Path::new("")))?;
    }
    let size = [height, width];
    training.par_iter().try_for_each(|shot| {
        let view = draw(width, height, seed, shot.room, shot.view);
        write_picture(&draft, &shot.colour, Coding::Jpeg, &view.colour, size)?;
        write_picture(&draft, &shot.depth, Coding::Png(ExtendedColorType::L8), &eight_bits(&view), size)
    })?;
    testing.par_iter().try_for_each(|shot| {
        let view = draw(width, height, seed, shot.room, shot.view);
        write_picture(&draft, &shot.colour, Coding::Png(ExtendedColorType::Rgb8), &view.colour, size)?;
        write_picture(&draft, &shot.depth, Coding::Png(ExtendedColorType::L16), &sixteen_bits(&view), size)
    })?;
    let lines = |shots: &[Shot]| -> String { shots.iter().map(Shot::line).collect() };
    draft.write(MARK, MARK_TEXT.as_bytes())?;
    draft.write("nyu2_train.csv", lines(&training).as_bytes())?;
    draft.write("nyu2_test.csv", lines(&testing).as_bytes())?;
    let subset: String = tenth(train, seed).into_iter().map(|k| training[k].line()).collect();
    draft.write("nyu2_train_FDS_subset.csv", subset.as_bytes())?;
    draft.commit()?;
    Ok((train, test))
}

/// A tenth of the rows, in order; at least one if there is any.
fn tenth(rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    Stream::new(&[seed, 5]).shuffle(&mut order);
    order.truncate((rows / 10).max(1));
    order.sort_unstable();
    order
}

/// Depth as one byte per pixel.
fn eight_bits(view: &View) -> Vec<u8> {
    // The cast stops at 255.
    view.depth.iter().map(|metres| (metres * STEPS).round() as u8).collect()
}

/// Depth as millimetres of 16 bits, in the machine's byte order.
fn sixteen_bits(view: &View) -> Vec<u8> {
    view.depth.iter().flat_map(|metres| ((metres * 1000.0).round() as u16).to_ne_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const SIZE: (usize, usize) = (40, 30);

    fn written(train: usize, test: usize) -> tempfile::TempDir {
        let out = tempfile::tempdir().expect("a temporary folder");
        let counts = write_set(out.path(), train, test, SIZE.0, SIZE.1, 9).expect("writes");
        assert_eq!(counts, (train, test));
        out
    }

    fn pairs(out: &Path, list: &str) -> Vec<(PathBuf, PathBuf)> {
        let text = std::fs::read_to_string(out.join(list)).expect("a list");
        let path = |name: &str| out.join(name.strip_prefix("data/").expect("starts with data/"));
        text.lines().map(|line| line.split_once(',').expect("two paths")).map(|(a, b)| (path(a), path(b))).collect()
    }

    #[test]
    fn depth_comes_back_as_it_was_drawn() {
        let out = written(8, 2);
        let training = pairs(out.path(), "nyu2_train.csv");
        // Line 4, from 0, is the second view of the second room.
        let depth = draw(SIZE.0, SIZE.1, 9, 1, 1).depth;
        let bytes = image::open(&training[4].1).expect("a picture").into_luma8();
        assert!(bytes.iter().zip(&depth).all(|(byte, metres)| (f32::from(*byte) / 25.5 - metres).abs() < 0.0197));
        let testing = pairs(out.path(), "nyu2_test.csv");
        let view = draw(SIZE.0, SIZE.1, 9, TEST_ROOMS + 1, 0);
        let words = image::open(&testing[1].1).expect("a picture").into_luma16();
        assert!(words.iter().zip(&view.depth).all(|(word, metres)| (f32::from(*word) / 1e3 - metres).abs() < 0.000_51));
        let colour = image::open(&testing[1].0).expect("a picture").into_rgb8();
        assert_eq!((colour.dimensions(), colour.into_raw()), ((40, 30), view.colour));
    }

    #[test]
    fn the_lists_name_every_file_and_a_tenth_for_the_statistics() {
        let out = written(23, 3);
        let (training, testing) = (pairs(out.path(), "nyu2_train.csv"), pairs(out.path(), "nyu2_test.csv"));
        assert_eq!((training.len(), testing.len()), (23, 3));
        assert!(training.iter().chain(&testing).all(|(colour, depth)| colour.is_file() && depth.is_file()));
        assert!(training.iter().all(|(colour, _)| image::image_dimensions(colour).expect("a picture") == (40, 30)));
        let subset = pairs(out.path(), "nyu2_train_FDS_subset.csv");
        assert!(subset.len() == 2 && subset.iter().all(|pair| training.contains(pair)));
        assert!(out.path().join(MARK).is_file());
        let again = write_set(out.path(), 1, 1, 8, 6, 9);
        assert!(matches!(again, Err(DrawnError::NotEmpty { .. })));
    }

    #[test]
    fn training_never_sees_a_test_room() {
        let rooms = |shots: Vec<Shot>| shots.into_iter().map(|shot| shot.room).collect::<Vec<_>>();
        let training = rooms((0..50_000).map(|k| Shot::train(k, 0)).collect());
        let testing = rooms((0..700).map(Shot::test).collect());
        assert!(training.iter().max() < testing.iter().min());
    }
}
