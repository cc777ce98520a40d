//! Synthetic faces: drawings whose features change smoothly with age, in the layout of AgeDB.
//!
//! A twin of a data set that may not be passed on, so that every command can be tried at once. The age can be learned from a
//! drawing, though hardly from single pixels; ages are as unevenly spread as in AgeDB.
//!
//! Every feature that ages (`looks.rs`) is drawn from its own noisy age, so no single one gives the target away; pose, light, skin,
//! hair, background and things worn (`scene.rs`) hide them from a model that is linear in the pixels.

mod dice;
mod finish;
mod hair;
mod head;
mod looks;
mod marks;
mod paint;
mod scene;
mod shape;

use std::path::Path;

use dir_core::random::Stream;
use rayon::prelude::*;

use self::dice::Dice;
use self::looks::Looks;
use self::paint::Painter;
use self::scene::Scene;
use crate::drawn::{Coding, DrawnError, draft, spread, write_picture};
use crate::files::write_atomic;
use crate::images::{Listing, Order};
use crate::split::official_split;

pub use crate::drawn::MARK;

/// Pictures of AgeDB's training part by age, from 0: the shape of the distribution.
pub(crate) const AGEDB: [u32; 102] = [
    0, 1, 0, 4, 2, 2, 4, 5, 4, 2, 5, 8, 6, 8, 9, 15, 18, 28, 60, 50, 101, 103, 123, 152, 199, 224, 215, 244, 287, 253,
    325, 256, 318, 278, 302, 353, 287, 310, 322, 261, 326, 260, 296, 265, 221, 282, 227, 229, 251, 207, 257, 227, 250,
    190, 198, 234, 167, 183, 186, 153, 185, 147, 178, 158, 133, 171, 117, 117, 155, 90, 156, 85, 115, 96, 78, 98, 49,
    44, 46, 26, 31, 26, 24, 19, 15, 20, 13, 10, 7, 7, 7, 7, 5, 5, 3, 3, 2, 1, 2, 1, 2, 1,
];
/// Pictures of every age at least, so that each has some to validate and test with.
const FEWEST: usize = 8;
/// Largest number of pictures of an age that validate, and that test.
const CAP: usize = 12;
/// Seed of the official split.
const SPLIT_SEED: u32 = 666;

const MARK_TEXT: &str =
    "Every picture here was drawn by a program (`synth`); none shows a person. Numbers from it are of drawings.\n";

/// A face of some age as RGB bytes, `side · side · 3`. The key decides all but the age.
///
/// # Example
/// ```
/// let key = [0, 7];
/// let young = dir_data::faces::draw(5.0, 48, &key);
/// assert_eq!(young.len(), 48 * 48 * 3);
/// assert_ne!(young, dir_data::faces::draw(70.0, 48, &key));
/// ```
#[must_use]
pub fn draw(age: f64, side: usize, key: &[u64]) -> Vec<u8> {
    let mut stream = Stream::new(key);
    let mut uniform = || stream.unit();
    let mut dice = Dice::new(&mut uniform);
    let looks = Looks::at_age(age as f32, &mut dice);
    let scene = Scene::random(&mut dice);
    let size = side as u32;
    let painter = Painter::new(&looks, &scene, size, &mut dice);
    finish::picture(size, &scene, dice.seed(), |x, y| painter.colour_at(x, y)).into_raw()
}

/// Ages of a set of faces: spread like AgeDB's, every age from 1 to 101 at least [`FEWEST`] times, in random order.
fn ages(rows: usize, seed: u64) -> Vec<u32> {
    let floor = FEWEST.min(rows / AGEDB.len()).max(1);
    let counts = spread(&AGEDB[1..], rows, floor);
    let mut ages: Vec<u32> = (1..).zip(counts).flat_map(|(age, count)| std::iter::repeat_n(age, count)).collect();
    Stream::new(&[seed, 1]).shuffle(&mut ages);
    ages
}

/// Writes about `rows` faces as `data/folder/id_name_age_gender.jpg` and `data/agedb.csv` with a balanced split; how many.
///
/// # Errors
/// [`DrawnError`].
pub fn write_set(
    data: &Path,
    folder: &str,
    list: &str,
    rows: usize,
    side: u32,
    seed: u64,
) -> Result<usize, DrawnError> {
    let pictures = draft(&data.join(folder))?;
    let ages = ages(rows, seed);
    let name = |k: usize| format!("{k}_Drawn{k}_{}_{}.jpg", ages[k], ["f", "m"][k % 2]);
    (0..ages.len()).into_par_iter().try_for_each(|k| {
        let pixels = draw(f64::from(ages[k]), side as usize, &[seed, 2, k as u64]);
        write_picture(&pictures, &name(k), Coding::Jpeg, &pixels, [side as usize; 2])
    })?;
    let bins: Vec<usize> = ages.iter().map(|&age| age as usize).collect();
    let listing = Listing {
        paths: (0..ages.len()).map(|k| format!("{folder}/{}", name(k))).collect(),
        targets: ages.iter().copied().map(f64::from).collect(),
        parts: Some(official_split(&bins, CAP, SPLIT_SEED)?.parts),
    };
    pictures.commit()?;
    write_atomic(&data.join(MARK), MARK_TEXT.as_bytes())?;
    write_atomic(&data.join(list), listing.to_csv(&Order::of_target("age")).as_bytes())?;
    Ok(ages.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agedb;
    use crate::split::Part;

    #[test]
    fn a_little_more_age_changes_a_face_a_little() {
        let change = |age: f64| -> i64 {
            let pairs = draw(50.0, 32, &[3]).into_iter().zip(draw(age, 32, &[3]));
            pairs.map(|(a, b)| (i64::from(a) - i64::from(b)).abs()).sum()
        };
        assert_eq!(change(50.0), 0);
        assert!(change(50.5) > 0 && change(50.5) < 3 * 32 * 32 * 4 && change(90.0) > 2 * change(50.5));
    }

    #[test]
    fn ages_are_long_tailed() {
        let ages = ages(6000, 0);
        assert!((5990..=6010).contains(&ages.len()), "{}", ages.len());
        let count = |age| ages.iter().filter(|a| **a == age).count();
        assert!((1..=101).all(|age| count(age) >= FEWEST) && count(0) == 0);
        assert!(count(35) > 140 && count(95) < 14, "{} {}", count(35), count(95));
    }

    #[test]
    fn a_set_has_the_layout_of_agedb() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let written = write_set(data.path(), agedb::FOLDER, "agedb.csv", 400, 32, 3).expect("writes");
        let found = agedb::list(data.path()).expect("names of the right form");
        let listing = Listing::read(&data.path().join("agedb.csv"), &Order::of_target("age")).expect("a list");
        assert_eq!((found.paths.len(), listing.paths.len()), (written, written));
        let parts = listing.parts.expect("a split");
        assert!([Part::Train, Part::Val, Part::Test].iter().all(|part| parts.contains(part)));
        let again = write_set(data.path(), agedb::FOLDER, "agedb.csv", 400, 32, 3);
        assert!(matches!(again, Err(DrawnError::NotEmpty { .. })));
    }
}
