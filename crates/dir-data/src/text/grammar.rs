//! Made-up sentences whose similarity is known: for trying everything out without a download.
//!
//! A sentence says who does what to which thing, where and how it looks. Each of the five is a concept with several words;
//! the score of a pair is the weight of the concepts that both sentences share, whatever the words. So counting shared words
//! does not tell the score, while word vectors, in which the words of a concept are near each other, do.

use dir_core::random::Stream;

use super::stsb::{FILES, HEADER};
use crate::drawn::MARK;
use crate::split::{Part, balanced_split};

/// A data set as files: name and text.
pub type Files = Vec<(&'static str, String)>;

type Concept = &'static [&'static str];

const SUBJECTS: [Concept; 8] = [
    &["man", "guy", "gentleman"],
    &["woman", "lady"],
    &["boy", "lad", "youngster"],
    &["girl", "lass"],
    &["dog", "puppy", "hound"],
    &["cat", "kitten"],
    &["chef", "cook"],
    &["musician", "performer", "artist"],
];
const ACTIONS: [Concept; 9] = [
    &["cutting", "slicing", "chopping"],
    &["carrying", "hauling"],
    &["cleaning", "washing", "scrubbing"],
    &["throwing", "tossing", "hurling"],
    &["watching", "observing"],
    &["chasing", "pursuing"],
    &["repairing", "fixing", "mending"],
    &["painting", "drawing"],
    &["hiding", "concealing"],
];
const OBJECTS: [Concept; 9] = [
    &["potato", "carrot"],
    &["car", "automobile", "vehicle"],
    &["ball", "football"],
    &["guitar", "violin", "instrument"],
    &["box", "crate"],
    &["bird", "sparrow"],
    &["house", "home", "building"],
    &["book", "novel"],
    &["cup", "mug"],
];
const PLACES: [Concept; 6] = [
    &["in the kitchen", "at the stove"],
    &["in the garden", "on the lawn"],
    &["on the street", "on the road"],
    &["at the beach", "by the sea"],
    &["in the park", "under the trees"],
    &["at school", "in class"],
];
const LOOKS: [Concept; 5] = [
    &["big", "large", "huge"],
    &["small", "little", "tiny"],
    &["old", "ancient"],
    &["new", "modern"],
    &["red", "crimson"],
];

/// Who, what, which thing, where, how it looks; what each is worth, in tenths.
const CONCEPTS: [(&[Concept], u64); 5] = [(&SUBJECTS, 16), (&ACTIONS, 16), (&OBJECTS, 10), (&PLACES, 5), (&LOOKS, 3)];
/// Pairs that share all, nothing, or each single concept come often; other combinations are rare.
const FREQUENT: [u64; 5] = [0b00000, 0b11111, 0b00011, 0b00111, 0b00110];

/// What is said: a concept of each kind, and the words for it.
struct Sentence([(usize, usize); 5]);

impl Sentence {
    fn draw(stream: &mut Stream) -> Self {
        Self(CONCEPTS.map(|(concepts, _)| {
            let concept = stream.below(concepts.len());
            (concept, stream.below(concepts[concept].len()))
        }))
    }

    /// Another sentence that shares some concepts, by other words where there are any.
    fn other(&self, shared: u64, stream: &mut Stream) -> Self {
        let mut other = Self::draw(stream);
        for (kind, (concepts, _)) in CONCEPTS.iter().enumerate() {
            let (concept, _) = self.0[kind];
            let chosen = match shared >> kind & 1 {
                1 => concept,
                _ => (concept + 1 + stream.below(concepts.len() - 1)) % concepts.len(),
            };
            other.0[kind] = (chosen, stream.below(concepts[chosen].len()));
        }
        other
    }

    fn text(&self) -> String {
        let word = |kind: usize| CONCEPTS[kind].0[self.0[kind].0][self.0[kind].1];
        format!("The {} is {} the {} {} {}.", word(0), word(1), word(4), word(2), word(3))
    }
}

/// Which concepts the two sentences of a row share.
fn pattern(stream: &mut Stream) -> u64 {
    if stream.unit() < 0.75 { FREQUENT[stream.below(FREQUENT.len())] } else { stream.below(1 << CONCEPTS.len()) as u64 }
}

fn score(shared: u64) -> f64 {
    let tenths: u64 = CONCEPTS.iter().enumerate().map(|(kind, (_, worth))| (shared >> kind & 1) * worth).sum();
    tenths as f64 / 10.0
}

/// A data set in STS-B's layout: `train_new.tsv`, `dev_new.tsv`, `test_new.tsv`, and `vectors.txt` with `width` numbers per
/// word. Validation and test rows are balanced over the scores.
///
/// # Example
/// ```
/// use dir_data::text::grammar;
/// let files = grammar::data_set(300, 8, 0);
/// let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["train_new.tsv", "dev_new.tsv", "test_new.tsv", "vectors.txt", dir_data::faces::MARK]);
/// ```
#[must_use]
pub fn data_set(rows: usize, width: usize, seed: u64) -> Files {
    /// Rows of a score that validate, and that test, at most.
    const CAP: usize = 15;
    let mut pairs = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut stream = Stream::new(&[seed, row as u64]);
        let shared = pattern(&mut stream);
        let first = Sentence::draw(&mut stream);
        let second = first.other(shared, &mut stream);
        pairs.push((first.text(), second.text(), score(shared)));
    }
    let bins: Vec<usize> = pairs.iter().map(|(_, _, score)| (score * 10.0).round() as usize).collect();
    let parts = balanced_split(&bins, CAP, seed).unwrap_or_else(|_| vec![Part::Train; rows]);
    let list = |part: Part| {
        let chosen = pairs.iter().zip(&parts).filter(|(_, p)| **p == part);
        let line = |(k, ((first, second, score), _)): (usize, (&(String, String, f64), &Part))| {
            format!("{k}\tmade-up\tgrammar\t-\t{k}\tnone\tnone\t{first}\t{second}\t{score:.3}\n")
        };
        format!("{HEADER}\n{}", chosen.enumerate().map(line).collect::<String>())
    };
    let mark = "These sentences are made up by a small grammar; nobody judged their similarity.\n";
    let lists = FILES.map(|(name, part)| (name, list(part)));
    lists.into_iter().chain([("vectors.txt", vectors(width, seed)), (MARK, mark.into())]).collect()
}

/// Vectors of all words, the words of a concept near each other.
fn vectors(width: usize, seed: u64) -> String {
    let mut text = String::new();
    let mut line = |word: &str, centre: u64, number: u64| {
        let (mut near, mut own) = (Stream::new(&[seed, 1, centre]), Stream::new(&[seed, 2, number]));
        let numbers = (0..width).map(|_| format!(" {:.5}", 0.4 * near.normal() + 0.15 * own.normal()));
        text += &format!("{word}{}\n", numbers.collect::<String>());
    };
    let concepts = CONCEPTS.iter().flat_map(|(concepts, _)| concepts.iter());
    let (mut number, mut seen) = (0, std::collections::BTreeSet::new());
    for (centre, concept) in concepts.enumerate() {
        for word in concept.iter().flat_map(|words| words.split(' ')) {
            if seen.insert(word) {
                line(word, centre as u64, number);
                number += 1;
            }
        }
    }
    for (k, word) in ["The", "is", "."].into_iter().enumerate() {
        line(word, 1_000 + k as u64, number + k as u64);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_shared_concepts() {
        let mut stream = Stream::new(&[5]);
        let first = Sentence::draw(&mut stream);
        let same = first.other(0b11111, &mut stream);
        assert!(first.0.iter().zip(same.0).all(|(a, b)| a.0 == b.0));
        let none = first.other(0, &mut stream);
        assert!(first.0.iter().zip(none.0).all(|(a, b)| a.0 != b.0));
        assert_eq!((score(0b11111), score(0), score(0b00011), score(0b11000)), (5.0, 0.0, 3.2, 0.8));
    }

    #[test]
    fn a_seed_fixes_everything_and_scores_are_long_tailed() {
        let files = data_set(2_000, 6, 3);
        assert_eq!(files, data_set(2_000, 6, 3));
        assert_ne!(files, data_set(2_000, 6, 4));
        let scores = |text: &str| -> Vec<u32> {
            let of = |line: &str| line.rsplit('\t').next().and_then(|s| s.parse::<f64>().ok());
            text.lines().filter_map(of).map(|s| (s * 10.0).round() as u32).collect()
        };
        let train = scores(&files[0].1);
        let mut counts = std::collections::BTreeMap::new();
        train.iter().for_each(|s| *counts.entry(*s).or_insert(0_usize) += 1);
        let (most, least) = (counts.values().max(), counts.values().min());
        assert!(most > least.map(|n| n * 10).as_ref(), "{counts:?}");
        let test = scores(&files[2].1);
        assert!(test.iter().all(|s| test.iter().filter(|t| *t == s).count() <= 15) && test.len() > 100);
    }

    #[test]
    fn every_word_has_a_vector() {
        let files = data_set(500, 4, 0);
        let known: Vec<&str> = files[3].1.lines().filter_map(|line| line.split(' ').next()).collect();
        for line in files[0].1.lines().skip(1) {
            let words = line.split('\t').skip(7).take(2).flat_map(|s| s.split([' ', '.'])).filter(|w| !w.is_empty());
            for word in words {
                assert!(known.contains(&word), "{word}");
            }
        }
        assert!(files[3].1.lines().all(|line| line.split(' ').count() == 5));
    }
}
