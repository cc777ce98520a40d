//! Words of an English text, as NLTK's `word_tokenize` gives them.
//!
//! The text is cut into sentences, so that the period of each can be told from that of an abbreviation; each sentence is cut
//! into words by the rules of the Penn Treebank with NLTK's additions: punctuation apart, quotes as `` ` ` `` and `''`, clitics
//! (`do` `n't`, `dog` `'s`) and contractions (`can` `not`) apart.
//!
//! # Source
//! The behaviour of NLTK 3.10's `word_tokenize`, rules in our own words. Its sentences come from Punkt (Kiss and Strunk, 2006),
//! whose parameters are learned; here a short list of abbreviations stands for them.

mod sentences;
mod words;

/// Words of a text, in order.
///
/// # Example
/// ```
/// use dir_data::text::tokenize;
/// assert_eq!(tokenize("\"I can't,\" said Mr. Hill."), ["``", "I", "ca", "n't", ",", "''", "said", "Mr.", "Hill", "."]);
/// ```
#[must_use]
pub fn tokenize(text: &str) -> Vec<String> {
    first_tokens(text, usize::MAX)
}

/// The first words of a text, `most` at most.
#[must_use]
pub fn first_tokens(text: &str, most: usize) -> Vec<String> {
    sentences::split(text).into_iter().flat_map(words::split).take(most).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_has_words(text in "\\PC{0,60}") {
            let words = tokenize(&text);
            prop_assert!(words.iter().all(|word| !word.is_empty() && !word.contains(char::is_whitespace)));
            // Nothing is lost: letters and digits come out as they went in.
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&words.concat()), letters(&text));
        }

        #[test]
        fn quotes_and_periods_do_not_confuse_it(text in "[a-z'\"`.,:;!?()\\[\\]<>* -]{0,40}") {
            let words = tokenize(&text);
            let rest = |text: &str| text.replace([' ', '"', '`', '\''], "");
            prop_assert_eq!(rest(&words.concat()), rest(&text), "{:?}", words);
        }
    }

    #[test]
    fn long_texts_take_no_longer_per_word() {
        let words = tokenize(&"It's a dog. ".repeat(20_000));
        assert_eq!((words.len(), words[99_999].as_str()), (100_000, "."));
        assert_eq!(tokenize(&". ".repeat(100_000)).len(), 100_000);
        assert_eq!(first_tokens("It's a dog.", 3), ["It", "'s", "a"]);
    }

    /// Share of the sentences of STS-B that NLTK (3.10, Punkt of 2025) cuts the same way, where the list of both is at hand.
    #[test]
    fn as_nltk_on_all_of_sts_b() {
        let Some(path) = std::env::var_os("DIR_NLTK_TOKENS") else {
            println!("skipped: DIR_NLTK_TOKENS names no JSON list of [text, words]");
            return;
        };
        let text = std::fs::read_to_string(path).expect("reads");
        let list: Vec<(String, Vec<String>)> = serde_json::from_str(&text).expect("a list of [text, words]");
        let different: Vec<_> = list.iter().filter(|(text, words)| tokenize(text) != *words).collect();
        different.iter().take(30).for_each(|(text, words)| println!("{text}\n  {words:?}\n  {:?}", tokenize(text)));
        let share = 1.0 - different.len() as f64 / list.len() as f64;
        println!("{} of {} sentences alike, {:.2} %", list.len() - different.len(), list.len(), 100.0 * share);
        assert!(share >= 0.995);
    }

    /// Texts of ours with the words that NLTK 3.10 gives.
    #[test]
    fn as_nltk() {
        for line in include_str!("nltk.jsonl").lines() {
            let (text, words): (String, Vec<String>) = serde_json::from_str(line).expect("a text and its words");
            assert_eq!(tokenize(&text), words, "{text:?}");
        }
    }
}
