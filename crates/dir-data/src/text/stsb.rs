//! The files of STS-B, and the re-split that makes its test rows balanced.
//!
//! The pool of training and development rows is cut into 20 bins of 0.25; of each, 50 rows validate and 50 test, the rest
//! trains. So every score counts alike in the test, while training rows stay as rare as they are.
//!
//! # Source
//! Official `sts-b-dir/glue_data/create_sts.py` at a6fdc45. There nothing is seeded, so the published files can't be drawn
//! again; here a seed gives the same files always.

use dir_core::random::Stream;
use thiserror::Error;

use crate::printable::printable;
use crate::split::Part;

/// Files of the re-split, by part.
pub const FILES: [(&str, Part); 3] =
    [("train_new.tsv", Part::Train), ("dev_new.tsv", Part::Val), ("test_new.tsv", Part::Test)];
/// Files that it is drawn from, as GLUE has them.
pub const POOL: [&str; 2] = ["train.tsv", "dev.tsv"];

/// The header of GLUE's files.
pub(super) const HEADER: &str =
    "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore";
const COLUMNS: usize = 10;
const BINS: usize = 20;
/// Scores per bin.
const WIDTH: f64 = 0.25;
/// Rows of a bin that validate, and that test.
const CAP: usize = 50;

/// What is wrong with a file of the pool.
#[derive(Debug, Error)]
#[error("{file}, line {line}: found {found}, expected {expected}", found = printable(.found))]
pub struct StsbError {
    /// The file.
    pub file: &'static str,
    /// Line, from 1.
    pub line: usize,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: &'static str,
}

/// The part of every row by its score. Of a bin with fewer than 100 rows, which the official procedure can't split, a third
/// validates and a third tests.
///
/// # Example
/// ```
/// use dir_data::{Part, text::stsb::resplit};
/// let scores: Vec<f64> = (0..600).map(|k| f64::from(k % 3)).collect(); // 200 rows each of 0, 1 and 2
/// let parts = resplit(&scores, 0);
/// let count = |part, score| (0..600).filter(|&k| parts[k] == part && scores[k] == score).count();
/// assert_eq!((count(Part::Train, 1.0), count(Part::Val, 1.0), count(Part::Test, 1.0)), (100, 50, 50));
/// ```
#[must_use]
pub fn resplit(scores: &[f64], seed: u64) -> Vec<Part> {
    let mut parts = vec![Part::Train; scores.len()];
    for bin in 0..BINS {
        let mut rows: Vec<usize> = (0..scores.len()).filter(|&row| bin_of(scores[row]) == bin).collect();
        Stream::new(&[seed, bin as u64]).shuffle(&mut rows);
        let each = if rows.len() >= 2 * CAP { CAP } else { rows.len() / 3 };
        rows[..each].iter().for_each(|&row| parts[row] = Part::Val);
        rows[each..2 * each].iter().for_each(|&row| parts[row] = Part::Test);
    }
    parts
}

fn bin_of(score: f64) -> usize {
    ((score / WIDTH).max(0.0) as usize).min(BINS - 1)
}

/// The three files of a re-split from the texts of `train.tsv` and `dev.tsv`: GLUE's ten columns, bin by bin, numbered anew.
///
/// # Errors
/// [`StsbError`] with the line: another number of columns, a score that is no number from 0 to 5.
pub fn resplit_files(pool: [&str; 2], seed: u64) -> Result<[String; 3], StsbError> {
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for (file, text) in POOL.into_iter().zip(pool) {
        for (k, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()) {
            let wrong = |found, expected| StsbError { file, line: k + 1, found, expected };
            let fields: Vec<&str> = line.split('\t').collect();
            if fields.len() != COLUMNS {
                return Err(wrong(format!("{} columns", fields.len()), "ten, as in GLUE's train.tsv and dev.tsv"));
            }
            let score = fields[COLUMNS - 1];
            match score.parse::<f64>().ok().filter(|score| (0.0..=5.0).contains(score)) {
                Some(score) => scores.push(score),
                None => return Err(wrong(format!("score {score:?}"), "a number from 0 to 5")),
            }
            rows.push(fields);
        }
    }
    let parts = resplit(&scores, seed);
    Ok(FILES.map(|(_, part)| {
        let mut chosen: Vec<usize> = (0..rows.len()).filter(|&row| parts[row] == part).collect();
        chosen.sort_by_key(|&row| bin_of(scores[row])); // stable
        let lines =
            chosen.into_iter().enumerate().map(|(index, row)| format!("{index}\t{}\n", rows[row][1..].join("\t")));
        std::iter::once(format!("{HEADER}\n")).chain(lines).collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(rows: usize) -> String {
        let row = |k: usize| format!("{k}\tg\tf\ty\to\ta\tb\tone {k}\ttwo \"{k}\t{:.3}\n", (k % 51) as f64 / 10.0);
        format!("{HEADER}\n{}", (0..rows).map(row).collect::<String>())
    }

    #[test]
    fn rows_are_kept_and_balanced() {
        let (train, dev) = (pool(5_000), pool(1_000));
        let files = resplit_files([&train, &dev], 7).expect("right");
        let rows = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        let [train_rows, val, test] = files.each_ref().map(|text| rows(text));
        assert_eq!((val.len(), test.len(), train_rows.len()), (1_000, 1_000, 4_000));
        assert!(test[1].starts_with("1\tg\tf\t") && test[0].matches('\t').count() == 9);
        let per_bin = |bin: usize| {
            let score = |line: &String| line.rsplit('\t').next().and_then(|s| s.parse::<f64>().ok());
            test.iter().filter_map(score).filter(|&s| bin_of(s) == bin).count()
        };
        assert!((0..BINS).all(|bin| per_bin(bin) == CAP));
        assert_eq!(files, resplit_files([&train, &dev], 7).expect("right"));
        assert_ne!(files, resplit_files([&train, &dev], 8).expect("right"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = pool(3);
        let refused = |line: &str| {
            let text = resplit_files([&good, &format!("{HEADER}\n{line}\n")], 0).expect_err("is wrong").to_string();
            assert!(text.starts_with("dev.tsv, line 2: "), "{text}");
            text
        };
        assert!(refused("1\t2").contains("2 columns"));
        assert!(refused("0\tg\tf\ty\to\ta\tb\tone\ttwo\t7").contains("\"7\""));
    }

    /// The owners' files, where they are: 7,249 rows, 50 per bin.
    #[test]
    fn the_owners_files_split_as_published() {
        let Some(folder) = std::env::var_os("DIR_DATA").map(std::path::PathBuf::from) else {
            println!("skipped: DIR_DATA names no folder with sts-b/train.tsv");
            return;
        };
        let [train, dev] = POOL.map(|name| std::fs::read_to_string(folder.join("sts-b").join(name)).expect("reads"));
        let files = resplit_files([&train, &dev], 0).expect("right");
        assert_eq!(files.map(|text| text.lines().count() - 1), [5_249, 1_000, 1_000]);
    }
}
