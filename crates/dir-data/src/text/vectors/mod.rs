//! Word vectors for a vocabulary, streamed from a file of any size.
//!
//! GloVe's text (`word number number ...`), plain, as `.gz` or `.zip`; and `.npy` with `.words.txt` beside it. Only the words
//! that are asked for are kept, so 5 GB of text pass through a buffer.

mod error;
mod npy;
mod open;
mod text;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use dir_core::random::Stream;

use super::Vocabulary;
use crate::budget::{Budget, Meter, OverBudget};

pub use error::VectorsError;
pub use open::file_of;

/// Vectors of the words of a vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct WordVectors {
    /// The vocabulary, filled up with words of the file where there was room.
    pub vocabulary: Vocabulary,
    /// Numbers per word.
    pub width: usize,
    /// Vector of every word number; `None` where the file has none.
    rows: Vec<Option<Vec<f32>>>,
    coverage: Coverage,
}

/// What a file had for a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Words of the sentences.
    pub words: usize,
    /// Those with a vector of their own.
    pub exact: usize,
    /// Those with the vector of their lower-case form.
    pub lower_case: usize,
    /// Words of the file that were taken in beside them.
    pub added: usize,
    /// Words that the file has again; the first counts.
    pub repeated: usize,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { words, exact, lower_case, added, repeated } = *self;
        let found = exact + lower_case;
        let share = 100.0 * found as f64 / words.max(1) as f64;
        write!(f, "vectors for {found} of {words} words ({share:.1} %; {lower_case} by their lower case)")?;
        if added > 0 {
            write!(f, ", {added} more words taken in")?;
        }
        if repeated > 0 {
            write!(f, "; {repeated} words stand there again, the first counts")?;
        }
        Ok(())
    }
}

impl WordVectors {
    /// Reads the vectors of a vocabulary: a word's own or, failing that, those of its lower case. Where the vocabulary has
    /// fewer than `most` words, the first others of the file are taken in, which are the most frequent in GloVe's: so that a
    /// network knows words that it will only meet later.
    ///
    /// # Errors
    /// [`VectorsError`], with the line.
    ///
    /// # Example
    /// ```
    /// use dir_data::text::{Vocabulary, WordVectors};
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("tiny.txt");
    /// std::fs::write(&path, "a 1 0\ndog 0 1\ncat 0 2\n")?;
    /// let vocabulary: Vocabulary = vec!["Dog".to_owned(), "axolotl".into()].into();
    /// let vectors = WordVectors::read(&path, vocabulary, 3)?;
    /// assert_eq!(vectors.of("Dog"), Some([0.0, 1.0].as_slice()));
    /// assert_eq!(vectors.of("axolotl"), None);
    /// assert_eq!((vectors.of("a").is_some(), vectors.of("cat")), (true, None)); // room for one more
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: &Path, vocabulary: Vocabulary, most: usize) -> Result<Self, VectorsError> {
        let mut collector = Collector::new(vocabulary, most);
        let is_npy = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy"));
        let width = if is_npy { npy::read(path, &mut collector)? } else { text::read(path, &mut collector)? };
        Ok(collector.finish(width))
    }

    /// Vector of a word.
    #[must_use]
    pub fn of(&self, word: &str) -> Option<&[f32]> {
        self.rows.get(self.vocabulary.id(word)? as usize)?.as_deref()
    }

    /// What the file had.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Mean and standard deviation of all numbers.
    #[must_use]
    pub fn moments(&self) -> (f64, f64) {
        let numbers = || self.rows.iter().flatten().flatten().map(|&x| f64::from(x));
        let n = numbers().count().max(1) as f64;
        let mean = numbers().sum::<f64>() / n;
        (mean, (numbers().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    /// All vectors, `[words, width]`: zeros for padding, and normal numbers as spread as the file's for unknown words and for
    /// words without a vector, from a stream for each.
    ///
    /// # Source
    /// Official `sts-b-dir/preprocess.py` at a6fdc45 draws from N(0, 1) without a seed, several times as long as a vector of
    /// GloVe.
    #[must_use]
    pub fn table(&self, stream: impl Fn(u32) -> Stream) -> Vec<f32> {
        let (_, deviation) = self.moments();
        let mut table = vec![0.0; self.width];
        for (number, row) in self.rows.iter().enumerate().skip(1) {
            match row {
                Some(row) => table.extend(row),
                None => {
                    let mut stream = stream(number as u32);
                    table.extend((0..self.width).map(|_| (deviation * stream.normal()) as f32));
                }
            }
        }
        table
    }
}

/// Takes in words as a file has them.
struct Collector {
    vocabulary: Vocabulary,
    most: usize,
    /// Numbers of the words whose lower case is this.
    by_lower_case: HashMap<String, Vec<u32>>,
    rows: Vec<Found>,
    words: usize,
    added: usize,
    repeated: usize,
    meter: Meter,
    /// Elements of the vectors, once the first has come.
    width: Option<usize>,
}

/// The vector of a word so far.
enum Found {
    Nothing,
    LowerCase(Vec<f32>),
    Exact(Vec<f32>),
}

impl Collector {
    fn new(vocabulary: Vocabulary, most: usize) -> Self {
        let mut by_lower_case: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, word) in vocabulary.iter() {
            let lower = word.to_lowercase();
            if lower != word {
                by_lower_case.entry(lower).or_default().push(number);
            }
        }
        let rows = (0..vocabulary.len()).map(|_| Found::Nothing).collect();
        let words = vocabulary.iter().count();
        let meter = Budget::current().meter();
        Self { vocabulary, most, by_lower_case, rows, words, added: 0, repeated: 0, meter, width: None }
    }

    /// Whether the vector of a word is of use, so that most need not even be parsed.
    fn wants(&self, word: &str) -> bool {
        self.vocabulary.id(word).is_some() || self.by_lower_case.contains_key(word) || self.has_room()
    }

    fn has_room(&self) -> bool {
        self.words + self.added < self.most
    }

    /// Bytes that another word takes: its vector here and in the table, and the word itself in both directions.
    fn bytes_of(word: &str, width: usize) -> u64 {
        2 * (width * size_of::<f32>()) as u64 + 2 * word.len() as u64 + 128
    }

    /// Takes the memory of the words of the vocabulary at the first vector, and of each other word as it is added.
    fn reserve(&mut self, word: &str, width: usize) -> Result<(), OverBudget> {
        let what = |words: usize| move || format!("vectors of {width} values for {words} words");
        let words = self.vocabulary.len();
        if self.width.replace(width).is_none() {
            self.meter.take(Self::bytes_of("", width).saturating_mul(words as u64), what(words))?;
        }
        let is_new = self.has_room() && self.vocabulary.id(word).is_none();
        if is_new { self.meter.take(Self::bytes_of(word, width), what(words + 1)) } else { Ok(()) }
    }

    fn take(&mut self, word: &str, vector: Vec<f32>) -> Result<(), OverBudget> {
        self.reserve(word, vector.len())?;
        for &number in self.by_lower_case.get(word).into_iter().flatten() {
            let place = &mut self.rows[number as usize];
            if matches!(place, Found::Nothing) {
                *place = Found::LowerCase(vector.clone());
            }
        }
        match self.vocabulary.id(word) {
            Some(number) => match &mut self.rows[number as usize] {
                Found::Exact(_) => self.repeated += 1,
                place => *place = Found::Exact(vector),
            },
            None if self.has_room() => {
                self.vocabulary.add(word.to_owned());
                self.rows.push(Found::Exact(vector));
                self.added += 1;
            }
            None => {}
        }
        Ok(())
    }

    fn finish(self, width: usize) -> WordVectors {
        let own = |k: &usize| (2..2 + self.words).contains(k);
        let count = |is: fn(&Found) -> bool| (0..self.rows.len()).filter(own).filter(|&k| is(&self.rows[k])).count();
        let coverage = Coverage {
            words: self.words,
            exact: count(|row| matches!(row, Found::Exact(_))),
            lower_case: count(|row| matches!(row, Found::LowerCase(_))),
            added: self.added,
            repeated: self.repeated,
        };
        let rows = self.rows.into_iter().map(|row| match row {
            Found::Nothing => None,
            Found::LowerCase(vector) | Found::Exact(vector) => Some(vector),
        });
        WordVectors { vocabulary: self.vocabulary, width, rows: rows.collect(), coverage }
    }
}

#[cfg(test)]
mod tests;
