//! Where sentences end.
//!
//! A period ends a sentence unless the word before it is an abbreviation or an initial; after an abbreviation it does so, too,
//! where the next word is one that mostly begins sentences. Question and exclamation marks always do.

use std::ops::Range;

/// Abbreviations without their period, in lower case.
const ABBREVIATIONS: &[&str] = &[
    "adm", "al", "apr", "aug", "ave", "bros", "capt", "cf", "co", "col", "corp", "cos", "dec", "dept", "dr", "esq",
    "est", "etc", "feb", "fla", "fri", "ga", "gen", "gov", "ill", "inc", "jan", "jr", "jul", "jun", "kan", "la", "lt",
    "ltd", "maj", "mar", "mass", "md", "messrs", "mich", "minn", "mo", "mon", "mr", "mrs", "ms", "mt", "nev", "nov",
    "oct", "okla", "ore", "pa", "pct", "ph", "prof", "rep", "reps", "rev", "sat", "sen", "sens", "sep", "sept", "sgt",
    "sr", "st", "ste", "sun", "tel", "tenn", "tex", "thu", "thurs", "tue", "tues", "va", "vol", "vs", "vt", "wash",
    "wed", "wis", "yr",
];
/// Words that mostly begin a sentence when they have a capital.
const STARTERS: &[&str] = &[
    "A",
    "About",
    "After",
    "Although",
    "An",
    "And",
    "As",
    "At",
    "Because",
    "But",
    "By",
    "During",
    "For",
    "He",
    "His",
    "How",
    "However",
    "I",
    "If",
    "In",
    "It",
    "Its",
    "Last",
    "Many",
    "Meanwhile",
    "Most",
    "No",
    "On",
    "One",
    "Other",
    "She",
    "Since",
    "So",
    "Some",
    "Such",
    "That",
    "The",
    "Their",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "Though",
    "To",
    "Under",
    "Until",
    "We",
    "What",
    "When",
    "While",
    "With",
    "Yet",
    "You",
];

/// The sentences of a text.
pub(super) fn split(text: &str) -> Vec<&str> {
    split_with(text, &mut NextWord { text, word: 0..0, work: 0 })
}

fn split_with<'a>(text: &'a str, next_word: &mut NextWord<'_>) -> Vec<&'a str> {
    let (mut sentences, mut start) = (Vec::new(), 0);
    for (at, mark) in text.char_indices().filter(|(_, c)| matches!(c, '.' | '?' | '!')) {
        let Some(end) = end_of_marks(text, at + mark.len_utf8()) else { continue };
        let (before, after) = (&text[start..at], text.len() - text[end..].trim_start().len());
        if after < text.len() && end > start && (mark != '.' || ends_sentence(before, next_word.from(after))) {
            sentences.push(&text[start..end]);
            start = end;
        }
    }
    sentences.push(&text[start..]);
    sentences
}

/// The first word from a place on, kept until a place behind its start is asked for: of many periods in a row each would look
/// for it through all that follow.
struct NextWord<'a> {
    text: &'a str,
    word: Range<usize>,
    /// Characters looked at.
    work: usize,
}

impl<'a> NextWord<'a> {
    /// Places must not decrease.
    fn from(&mut self, place: usize) -> &'a str {
        if self.word.is_empty() || place > self.word.start {
            let start = self.find(place, char::is_alphanumeric);
            self.word = start..self.find(start, |c| !c.is_alphanumeric());
            if self.word.is_empty() {
                self.word = self.text.len()..usize::MAX; // there is none up to the end
            }
        }
        self.text.get(self.word.clone()).unwrap_or_default()
    }

    fn find(&mut self, from: usize, is: impl Fn(char) -> bool) -> usize {
        let rest = &self.text[from..];
        let (mut end, mut work) = (rest.len(), 0);
        for (at, c) in rest.char_indices() {
            work += 1;
            if is(c) {
                end = at;
                break;
            }
        }
        self.work += work;
        from + end
    }
}

/// Where the closing quotes and brackets after a mark end, if a space follows.
fn end_of_marks(text: &str, from: usize) -> Option<usize> {
    let closing = |c: char| matches!(c, ')' | ']' | '}' | '"' | '\'' | '”' | '’' | '»');
    let rest = text[from..].trim_start_matches(closing);
    rest.starts_with(char::is_whitespace).then(|| text.len() - rest.len())
}

fn ends_sentence(before: &str, next: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '.');
    let capital = next.starts_with(char::is_uppercase);
    if word.is_empty() || word.ends_with('.') {
        // An ellipsis, or a period that stands alone.
        return word.is_empty() && capital;
    }
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    if is_initial {
        return !capital && next.is_empty();
    }
    let last = word.rsplit('-').next().unwrap_or(word).to_lowercase();
    let is_abbreviation =
        ABBREVIATIONS.contains(&last.as_str()) || (word.contains('.') && !word.contains(char::is_numeric));
    !is_abbreviation || STARTERS.contains(&next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that the search for next words looks at.
    fn work(text: &str) -> usize {
        let mut next_word = NextWord { text, word: 0..0, work: 0 };
        assert_eq!(split_with(text, &mut next_word).concat(), text);
        next_word.work
    }

    #[test]
    fn the_work_grows_with_the_text_and_not_with_its_square() {
        let long_word = |n: usize| format!("{}{}", "a. ".repeat(n), "x".repeat(n));
        let texts: [&dyn Fn(usize) -> String; 4] =
            [&|n| ". ".repeat(n), &|n| "A. b ".repeat(n), &|n| ". ".repeat(n) + &"x".repeat(n), &long_word];
        for (k, text) in texts.iter().enumerate() {
            let (short, long) = (text(1_000), text(100_000));
            assert!(work(&long) <= 3 * long.len(), "text {k}: {} for {} bytes", work(&long), long.len());
            assert!(work(&long) <= 101 * work(&short).max(100), "text {k}");
        }
    }

    #[test]
    fn periods_of_abbreviations_do_not_end_a_sentence() {
        assert_eq!(split("He saw Dr. Who. She did not."), ["He saw Dr. Who.", " She did not."]);
        assert_eq!(split("J. R. Smith of the U.S. Senate spoke."), ["J. R. Smith of the U.S. Senate spoke."]);
        assert_eq!(
            split("It cost 5 mn. in Jan. The rest came later."),
            ["It cost 5 mn.", " in Jan.", " The rest came later."]
        );
        assert_eq!(split("Who? \"Me.\" Yes"), ["Who?", " \"Me.\"", " Yes"]);
        assert_eq!(split("Wait... then go"), ["Wait... then go"]);
    }
}
