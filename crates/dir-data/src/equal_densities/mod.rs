//! Two sets of pictures with one label density: labels that are categories, and labels that are a quantity.
//!
//! Where labels are categories, a rare one is learned worse: the test error follows the label density. Where they are a quantity, a
//! rare one learns from its neighbours, and the error follows the density far less. To see the difference nothing else may differ:
//! both sets have 100 labels, the same training rows of each, as many for validation and for the test.
//!
//! Categories are CIFAR-100's fine labels, or pairs of Fashion-MNIST's garments side by side (10 · 10, numbered at random). The quantity
//! is the angle by which a picture of the same source is turned, 0 to 99 degrees.
//!
//! # Source
//! Yang et al., ICML 2021, section 2 and figure 2: CIFAR-100 beside IMDB-WIKI's ages 0 to 99, sub-sampled to one density. Pairs and turns are
//! ours; the density is that of AgeDB's training rows from 1 to 100.

mod cifar;
mod error;
mod idx;
mod picture;

use std::path::Path;

use dir_core::random::Stream;
use image::ExtendedColorType;
use rayon::prelude::*;

use self::picture::Square;
use crate::drawn::{Coding, DrawnError, draft, spread, write_picture};
use crate::faces::AGEDB;
use crate::files::Draft;
use crate::images::{Listing, Order};
use crate::split::Part;

pub use error::EqualDensitiesError;

/// Labels of both sets.
pub const LABELS: usize = 100;
/// Rows of every label that validate, and that test.
const HELD_OUT: [usize; 2] = [4, 20];
/// Name of the label in the lists.
pub const TARGET: &str = "label";

/// Pictures with their classes.
struct Classed {
    pictures: Vec<Square>,
    classes: Vec<usize>,
}

/// Pictures to make both sets of.
pub struct Source {
    train: Classed,
    test: Classed,
    kind: Kind,
}

enum Kind {
    /// CIFAR-100: its classes are the categories.
    Classes,
    /// Fashion-MNIST: pairs of its classes are.
    Pairs,
}

impl Source {
    /// CIFAR-100 in its binary form: `train.bin` and `test.bin`, 3,074 bytes a picture.
    ///
    /// # Errors
    /// A file that is missing or of another form.
    pub fn cifar_100(folder: &Path) -> Result<Self, EqualDensitiesError> {
        let [train, test] = ["train.bin", "test.bin"].map(|name| cifar::read(&folder.join(name)));
        Ok(Self { train: train?, test: test?, kind: Kind::Classes })
    }

    /// Fashion-MNIST in IDX form: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and `t10k-...`, with or without `.gz`.
    ///
    /// # Errors
    /// A file that is missing or of another form.
    pub fn fashion_mnist(folder: &Path) -> Result<Self, EqualDensitiesError> {
        let [train, test] = ["train", "t10k"].map(|part| idx::read(folder, part));
        Ok(Self { train: train?, test: test?, kind: Kind::Pairs })
    }
}

/// A row of both sets: its label, its part, and a number that all of its chance comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    label: usize,
    part: Part,
    number: u64,
}

/// The rows that both sets have: about so many to train on.
fn rows(train_rows: usize, seed: u64) -> Vec<Row> {
    let counts = spread(&AGEDB[1..=LABELS], train_rows, 1);
    let of_label = |(label, &train): (usize, &usize)| {
        let [val, test] = HELD_OUT;
        let parts = [(Part::Train, train), (Part::Val, val), (Part::Test, test)];
        parts.into_iter().flat_map(move |(part, n)| std::iter::repeat_n((label, part), n))
    };
    let mut rows: Vec<(usize, Part)> = counts.iter().enumerate().flat_map(of_label).collect();
    Stream::new(&[seed, 1]).shuffle(&mut rows);
    let number = |(k, (label, part)): (usize, (usize, Part))| Row { label, part, number: k as u64 };
    rows.into_iter().enumerate().map(number).collect()
}

/// Writes `categories/`, `turns/` and their lists; how many rows each has.
///
/// # Errors
/// A folder that is not empty or can't be written; a source with too few pictures of a class.
pub fn write_sets(out: &Path, source: &Source, train_rows: usize, seed: u64) -> Result<usize, EqualDensitiesError> {
    let draft = draft(out)?;
    let rows = rows(train_rows, seed);
    let categories = categories(source, &rows, seed)?;
    write_set(&draft, "categories", &rows, |k| categories[k].clone())?;
    let turns = |k: usize| turned(source, rows[k], seed);
    write_set(&draft, "turns", &rows, turns)?;
    draft.commit().map_err(DrawnError::from)?;
    Ok(rows.len())
}

/// A picture of the label's category for every row. No picture of CIFAR-100 comes twice.
fn categories(source: &Source, rows: &[Row], seed: u64) -> Result<Vec<Square>, EqualDensitiesError> {
    let pools = [&source.train, &source.test].map(|set| Pools::new(set, seed));
    let pool = |part: Part| if part == Part::Test { &pools[1] } else { &pools[0] };
    match source.kind {
        Kind::Classes => {
            let mut taken = [[0; LABELS]; 2];
            let mut next = |row: &Row| {
                let taken = &mut taken[usize::from(row.part == Part::Test)][row.label];
                *taken += 1;
                pool(row.part).picture(row.label, *taken - 1).cloned()
            };
            rows.iter().map(&mut next).collect()
        }
        Kind::Pairs => {
            let mut names: Vec<usize> = (0..LABELS).collect();
            Stream::new(&[seed, 2]).shuffle(&mut names);
            let pair = |row: &Row| {
                let mut random = Stream::new(&[seed, 3, row.number]);
                let mut of = |class: usize| pool(row.part).any(class, &mut random);
                let name = names[row.label];
                Ok(Square::pair(of(name / 10)?, of(name % 10)?))
            };
            rows.iter().map(pair).collect()
        }
    }
}

/// Any picture, turned by the label in degrees.
fn turned(source: &Source, row: Row, seed: u64) -> Square {
    let set = if row.part == Part::Test { &source.test } else { &source.train };
    let mut random = Stream::new(&[seed, 4, row.number]);
    set.pictures[random.below(set.pictures.len())].turned(row.label as f64)
}

/// Pictures of every class in random order.
struct Pools<'a> {
    set: &'a Classed,
    of_class: Vec<Vec<usize>>,
}

impl<'a> Pools<'a> {
    fn new(set: &'a Classed, seed: u64) -> Self {
        let mut of_class = vec![Vec::new(); LABELS];
        set.classes.iter().enumerate().for_each(|(k, &class)| of_class[class].push(k));
        of_class.iter_mut().enumerate().for_each(|(class, pool)| Stream::new(&[seed, 5, class as u64]).shuffle(pool));
        Self { set, of_class }
    }

    fn picture(&self, class: usize, nth: usize) -> Result<&'a Square, EqualDensitiesError> {
        let pool = &self.of_class[class];
        let found = pool.get(nth).ok_or(EqualDensitiesError::TooFew { class, found: pool.len() });
        found.map(|&k| &self.set.pictures[k])
    }

    fn any(&self, class: usize, random: &mut Stream) -> Result<&'a Square, EqualDensitiesError> {
        self.picture(class, random.below(self.of_class[class].len().max(1)))
    }
}

fn write_set(
    draft: &Draft,
    name: &str,
    rows: &[Row],
    picture: impl Fn(usize) -> Square + Sync,
) -> Result<(), DrawnError> {
    draft.create_folder(name)?;
    let path = |k: usize| format!("{name}/{k:05}.png");
    (0..rows.len()).into_par_iter().try_for_each(|k| {
        let Square { side, pixels } = picture(k);
        write_picture(draft, &path(k), Coding::Png(ExtendedColorType::Rgb8), &pixels, [side; 2])
    })?;
    let listing = Listing {
        paths: (0..rows.len()).map(path).collect(),
        targets: rows.iter().map(|row| row.label as f64).collect(),
        parts: Some(rows.iter().map(|row| row.part).collect()),
    };
    Ok(draft.write(format!("{name}.csv"), listing.to_csv(&Order::of_target(TARGET)).as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey pictures whose level tells class and number, for every class the same number of them.
    fn source(kind: Kind, classes: usize, of_each: usize) -> Source {
        let set = || {
            let all = || (0..classes).flat_map(|class| (0..of_each).map(move |n| (class, n)));
            let picture =
                |(class, n): (usize, usize)| Square { side: 4, pixels: vec![(class + 100 * (n % 2)) as u8; 48] };
            Classed { pictures: all().map(picture).collect(), classes: all().map(|(class, _)| class).collect() }
        };
        Source { train: set(), test: set(), kind }
    }

    fn counts(rows: &[Row], part: Part) -> Vec<usize> {
        (0..LABELS).map(|label| rows.iter().filter(|row| row.label == label && row.part == part).count()).collect()
    }

    #[test]
    fn rows_are_spread_as_ages_are() {
        let rows = rows(6000, 0);
        let train = counts(&rows, Part::Train);
        assert!((5950..=6050).contains(&train.iter().sum::<usize>()), "{train:?}");
        assert!(train.iter().all(|n| *n >= 1) && train[34] > 100 && train[98] < 5, "{train:?}");
        assert!(counts(&rows, Part::Val).iter().all(|n| *n == 4) && counts(&rows, Part::Test).iter().all(|n| *n == 20));
    }

    #[test]
    fn both_sets_are_written_with_one_density() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("sets");
        let written = write_sets(&out, &source(Kind::Pairs, 10, 6), 300, 7).expect("writes");
        let read = |name: &str| Listing::read(&out.join(name), &Order::of_target(TARGET)).expect("a list");
        let (categories, turns) = (read("categories.csv"), read("turns.csv"));
        assert_eq!(
            (categories.paths.len(), &categories.targets, &categories.parts),
            (written, &turns.targets, &turns.parts)
        );
        let picture = image::open(out.join(&turns.paths[0])).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (4, 4));
        let again = write_sets(&out, &source(Kind::Pairs, 10, 6), 300, 7);
        assert!(matches!(again, Err(EqualDensitiesError::Write(_))));
    }

    #[test]
    fn a_category_is_a_class_or_a_pair_and_no_picture_comes_twice() {
        let rows = rows(300, 1);
        let found = categories(&source(Kind::Classes, LABELS, 200), &rows, 1).expect("enough");
        for (row, picture) in rows.iter().zip(&found) {
            assert_eq!(usize::from(picture.pixels[0]) % 100, row.label);
        }
        let too_few = categories(&source(Kind::Classes, LABELS, 10), &rows, 1);
        assert!(matches!(too_few, Err(EqualDensitiesError::TooFew { found: 10, .. })));
        let found = categories(&source(Kind::Pairs, 10, 3), &rows, 1).expect("enough");
        let pair = |k: usize| [found[k].pixels[8 * 3 * 3], found[k].pixels[8 * 3 * 3 + 21]].map(|level| level % 100);
        for (k, row) in rows.iter().enumerate() {
            let same = rows.iter().position(|other| other.label == row.label).expect("itself");
            assert_eq!(pair(k), pair(same), "label {}", row.label);
        }
    }
}
