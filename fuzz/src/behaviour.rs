//! Behavioural feedback: inputs that reach a new class of behaviour are kept and mutated further.
//!
//! A class is the shape of the error message (or the size of what was read) with the number of bytes requested, each to a power
//! of two. It stands in for code coverage, which needs an instrumented build.

use std::collections::HashSet;

use crate::target::Outcome;

/// Inputs that are kept beside the seeds.
const MOST_KEPT: usize = 512;
/// Characters of a message that count.
const LONGEST: usize = 160;

/// Classes seen so far.
#[derive(Default)]
pub(crate) struct Behaviours {
    seen: HashSet<(String, u32)>,
}

impl Behaviours {
    /// Whether the class is new and there is room for another input.
    pub(crate) fn is_new(&mut self, outcome: &Outcome, requested: usize) -> bool {
        let shape = match outcome {
            Ok(size) => format!("read {}", size.checked_ilog2().map_or(0, |log| log + 1)),
            Err(error) => shape(&format!("{error:#}")),
        };
        self.seen.len() < MOST_KEPT && self.seen.insert((shape, requested.max(1).ilog2()))
    }
}

/// A message without what differs from input to input: digits, and what stands in quotes.
pub(crate) fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut quote = None;
    for letter in message.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            // Not the apostrophe of a word.
            (None, '"' | '\'' | '`') if !shape.ends_with(char::is_alphanumeric) => {
                quote = Some(letter);
                shape.push('_');
            }
            (None, _) if letter.is_ascii_digit() => {
                if !shape.ends_with('#') {
                    shape.push('#');
                }
            }
            _ => shape.push(letter),
        }
        if shape.len() >= LONGEST {
            break;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_differ_in_numbers_or_quotes_have_one_shape() {
        let text = |line: u32, found: &str| format!("list.csv, line {line}: found {found:?}, expected a number");
        assert_eq!(shape(&text(3, "a")), shape(&text(1204, "zzz")));
        assert_eq!(shape("line 12: found 'x'"), "line #: found _");
        assert_ne!(shape("no column"), shape("no rows"));
    }

    #[test]
    fn a_class_is_new_once() {
        let mut seen = Behaviours::default();
        assert!(seen.is_new(&Ok(3), 1000) && !seen.is_new(&Ok(2), 1001));
        assert!(seen.is_new(&Ok(3), 5000) && seen.is_new(&Ok(9), 1000));
        assert!(seen.is_new(&Err(anyhow::anyhow!("line 1")), 8) && !seen.is_new(&Err(anyhow::anyhow!("line 2")), 8));
    }
}
