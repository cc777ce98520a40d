//! Words and their numbers.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Numbers of words: 0 is padding, 1 any unknown word, then words by falling frequency.
///
/// # Source
/// Official `sts-b-dir/preprocess.py` at a6fdc45: all words of all sentences, the more frequent first, those that are as
/// frequent in the order in which they appear, 30,000 at most.
/// # Example
/// ```
/// use dir_data::text::Vocabulary;
/// let sentences = [vec!["a".to_owned(), "dog".into()], vec!["dog".into(), "runs".into()]];
/// let vocabulary = Vocabulary::of(&sentences, 30_000);
/// assert_eq!(vocabulary.ids(&["dog".into(), "a".into(), "cat".into()]), [2, 3, 1]);
/// assert_eq!(vocabulary.len(), 5); // with padding and the unknown word
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// Numbers before the first word's.
const SPECIAL: usize = 2;
/// Any word that has no number.
const UNKNOWN: u32 = 1;

impl Vocabulary {
    /// The words of sentences, `most` at most.
    #[must_use]
    pub fn of<'a>(sentences: impl IntoIterator<Item = &'a Vec<String>>, most: usize) -> Self {
        let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
        for word in sentences.into_iter().flatten() {
            let seen = counts.len();
            counts.entry(word).or_insert((0, seen)).0 += 1;
        }
        let mut words: Vec<(&str, (usize, usize))> = counts.into_iter().collect();
        words.sort_by_key(|(_, (count, first))| (std::cmp::Reverse(*count), *first));
        words.into_iter().take(most).map(|(word, _)| word.to_owned()).collect::<Vec<String>>().into()
    }

    /// Takes in a word that is not known yet.
    pub fn add(&mut self, word: String) {
        let number = self.len() as u32;
        if let std::collections::hash_map::Entry::Vacant(entry) = self.numbers.entry(word) {
            self.words.push(entry.key().clone());
            entry.insert(number);
        }
    }

    /// Number of a word.
    #[must_use]
    pub fn id(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Numbers of the words of a sentence.
    #[must_use]
    pub fn ids(&self, words: &[String]) -> Vec<u32> {
        words.iter().map(|word| self.id(word).unwrap_or(UNKNOWN)).collect()
    }

    /// Numbers that there are, with those of padding and of unknown words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len() + SPECIAL
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Words with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.words.iter().enumerate().map(|(k, word)| ((k + SPECIAL) as u32, word.as_str()))
    }
}

impl From<Vec<String>> for Vocabulary {
    /// Words in their order; one that is listed again keeps its first number.
    fn from(words: Vec<String>) -> Self {
        let mut vocabulary = Self::default();
        words.into_iter().for_each(|word| vocabulary.add(word));
        vocabulary
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_keep_their_order_and_the_rarest_are_cut() {
        let sentences = [vec!["c".to_owned(), "b".into(), "a".into()], vec!["a".into(), "d".into()]];
        let words = |most| Vec::from(Vocabulary::of(&sentences, most));
        assert_eq!(
            (words(9), words(2)),
            (["a", "c", "b", "d"].map(String::from).to_vec(), vec!["a".into(), "c".into()])
        );
    }

    #[test]
    fn a_vocabulary_reads_back() {
        let vocabulary: Vocabulary = vec!["x".to_owned(), "y".into(), "x".into()].into();
        let text = serde_json::to_string(&vocabulary).expect("writes");
        assert_eq!(text, r#"["x","y"]"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&text).expect("reads"), vocabulary);
    }
}
