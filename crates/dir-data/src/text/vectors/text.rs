//! GloVe's text: a word and its numbers per line, between spaces. A word may hold spaces itself, as a few of `glove.840B` do:
//! the numbers are the last of the line.

use std::io::{BufRead, Read};
use std::path::Path;

use super::open::with_text;
use super::{Collector, VectorsError};

/// Reads a file into a collector; numbers per word.
pub(super) fn read(path: &Path, collector: &mut Collector) -> Result<usize, VectorsError> {
    with_text(path, |text| Lines { path, number: 0, width: None }.read(text, collector))
}

/// Bytes of a line at most: a file without line breaks is another file.
const LONGEST: u64 = 1 << 22;

struct Lines<'a> {
    path: &'a Path,
    /// Of the current line, from 1.
    number: usize,
    width: Option<usize>,
}

impl Lines<'_> {
    fn read(mut self, text: &mut dyn BufRead, collector: &mut Collector) -> Result<usize, VectorsError> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut *text).take(LONGEST).read_until(b'\n', &mut line);
            if read.map_err(|error| VectorsError::Io { path: self.path.into(), error })? == 0 {
                break;
            }
            self.number += 1;
            if line.len() as u64 == LONGEST {
                return Err(self.wrong(format!("a line of {LONGEST} bytes or more"), "a word and its numbers".into()));
            }
            while line.last().is_some_and(|byte| byte.is_ascii_whitespace()) {
                line.pop();
            }
            let header = self.number == 1 && is_header(&line);
            if !header && !line.is_empty() {
                self.line(&line, collector)?;
            }
        }
        self.width.ok_or_else(|| VectorsError::Empty { path: self.path.into() })
    }

    fn line(&mut self, line: &[u8], collector: &mut Collector) -> Result<(), VectorsError> {
        let spaces = line.iter().filter(|&&byte| byte == b' ').count();
        let width = *self.width.get_or_insert(spaces);
        if spaces < width || width == 0 {
            return Err(self.wrong(format!("{spaces} numbers"), format!("a word and {} numbers", width.max(1))));
        }
        // The space before the first of the last `width` fields.
        let after_word = if spaces == width { line.iter().position(|&b| b == b' ') } else { nth_last(line, width) };
        let (word, numbers) = line.split_at(after_word.unwrap_or(0));
        let Ok(word) = std::str::from_utf8(word) else {
            return Err(self.wrong("a word that is not UTF-8".into(), "a file in UTF-8".into()));
        };
        if spaces > width && self.more_numbers(word) {
            return Err(self.wrong(format!("{spaces} numbers"), format!("{width} as in the lines before")));
        }
        if collector.wants(word) {
            let vector = self.numbers(&numbers[1..], width)?;
            collector.take(word, vector).map_err(|over| VectorsError::Memory { path: self.path.into(), over })?;
        }
        Ok(())
    }

    /// Whether what seems to be a word with spaces is one with too many numbers.
    fn more_numbers(&self, word: &str) -> bool {
        word.split(' ').skip(1).all(|field| field.contains('.') && field.parse::<f32>().is_ok())
    }

    fn numbers(&self, text: &[u8], width: usize) -> Result<Vec<f32>, VectorsError> {
        let mut vector = Vec::with_capacity(width);
        for field in text.split(|&byte| byte == b' ') {
            let number = std::str::from_utf8(field).ok().and_then(|field| field.parse::<f32>().ok());
            match number.filter(|x| x.is_finite()) {
                Some(number) => vector.push(number),
                None => {
                    let found = format!("{:?}", String::from_utf8_lossy(field));
                    return Err(self.wrong(found, "a finite number".into()));
                }
            }
        }
        Ok(vector)
    }

    fn wrong(&self, found: String, expected: String) -> VectorsError {
        VectorsError::Line { path: self.path.into(), line: self.number, found, expected }
    }
}

/// word2vec's first line: how many words, how many numbers.
fn is_header(line: &[u8]) -> bool {
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    fields.len() == 2 && fields.iter().all(|field| !field.is_empty() && field.iter().all(u8::is_ascii_digit))
}

fn nth_last(line: &[u8], n: usize) -> Option<usize> {
    line.iter().enumerate().rev().filter(|(_, byte)| **byte == b' ').nth(n - 1).map(|(at, _)| at)
}
