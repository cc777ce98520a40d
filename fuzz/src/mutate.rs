//! Mutator: deterministic changes of valid inputs, of bytes, numbers, chunks, lines and fields.

use dir_core::random::Stream;

/// Numbers at the edges of types and of common limits.
const INTERESTING: [u64; 24] = [
    0,
    1,
    2,
    7,
    16,
    127,
    128,
    255,
    256,
    1024,
    4096,
    32_767,
    32_768,
    65_535,
    65_536,
    16_777_216,
    100_000_000,
    536_870_912,
    2_147_483_647,
    2_147_483_648,
    4_294_967_295,
    4_294_967_296,
    9_223_372_036_854_775_807,
    18_446_744_073_709_551_615,
];

/// Texts that stand for numbers and delimiters, and often break parsers.
const WORDS: [&str; 40] = [
    "0",
    "-0",
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "1e400",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "99999999999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "9007199254740993",
    "0.1",
    "1,5",
    "",
    "NA",
    "null",
    "true",
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "é",
    "\u{1f600}",
    "../",
    "/",
    "\\",
    "[[",
];

/// Makes inputs from a pool of others.
pub(crate) struct Mutator<'a> {
    random: Stream,
    dictionary: &'a [&'a [u8]],
    text: bool,
    largest: usize,
}

impl<'a> Mutator<'a> {
    /// Mutator for one execution: the same key makes the same changes.
    pub(crate) fn new(key: &[u64], dictionary: &'a [&'a [u8]], text: bool, largest: usize) -> Self {
        Self { random: Stream::new(key), dictionary, text, largest }
    }

    /// A changed copy of one input of the pool.
    pub(crate) fn mutate(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let Some(base) = pick(&mut self.random, pool) else { return Vec::new() };
        let mut bytes = base.clone();
        let changes = 1 << self.random.below(5);
        for _ in 0..=self.random.below(changes) {
            self.change(&mut bytes, pool);
        }
        bytes.truncate(self.largest);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, pool: &[Vec<u8>]) {
        if self.text && self.random.below(2) == 0 {
            return self.change_text(bytes, pool);
        }
        match self.random.below(10) {
            0 => self.flip_bit(bytes),
            1 => self.set_byte(bytes),
            2 | 3 => self.set_number(bytes),
            4 => self.delete_chunk(bytes),
            5 => self.repeat_chunk(bytes),
            6 => self.swap_chunks(bytes),
            7 => self.splice(bytes, pool),
            8 => self.insert_word(bytes),
            _ => {
                let length = self.random.below(bytes.len() + 1);
                bytes.truncate(length);
            }
        }
    }

    fn change_text(&mut self, bytes: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.random.below(6) {
            0 => self.replace_token(bytes, u8::is_ascii_digit),
            1 => self.replace_token(bytes, |byte| !b",;\t\n|\"= ".contains(byte)),
            2 => self.repeat_line(bytes),
            3 => self.delete_line(bytes),
            4 => self.splice_line(bytes, pool),
            _ => self.insert_word(bytes),
        }
    }

    fn flip_bit(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            let at = self.random.below(bytes.len());
            bytes[at] ^= 1 << self.random.below(8);
        }
    }

    fn set_byte(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            let at = self.random.below(bytes.len());
            bytes[at] = self.random.bits() as u8;
        }
    }

    /// Overwrites one to eight bytes with an edge number in either byte order, or moves the number there by a little.
    fn set_number(&mut self, bytes: &mut [u8]) {
        let width = 1 << self.random.below(4);
        if bytes.len() < width {
            return;
        }
        // Headers hold the sizes.
        let early = self.random.below(2) == 0;
        let places = bytes.len() - width + 1;
        let at = self.random.below(if early { places.min(64) } else { places });
        let field = &mut bytes[at..at + width];
        let big = self.random.below(2) == 0;
        let value = if self.random.below(3) == 0 {
            let read = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            let found = if big { field.iter().fold(0, read) } else { field.iter().rev().fold(0, read) };
            found.wrapping_add(self.random.below(35) as u64).wrapping_sub(17)
        } else {
            INTERESTING[self.random.below(INTERESTING.len())]
        };
        if big {
            field.copy_from_slice(&value.to_be_bytes()[8 - width..]);
        } else {
            field.copy_from_slice(&value.to_le_bytes()[..width]);
        }
    }

    fn chunk(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.random.below(length + 1);
        let most = (length - start).min(1 << self.random.below(12));
        let least = most.min(1);
        start..start + least + self.random.below(most - least + 1)
    }

    fn delete_chunk(&mut self, bytes: &mut Vec<u8>) {
        let chunk = self.chunk(bytes.len());
        bytes.drain(chunk);
    }

    fn repeat_chunk(&mut self, bytes: &mut Vec<u8>) {
        let chunk = self.chunk(bytes.len());
        let room = self.largest.saturating_sub(bytes.len()) / chunk.len().max(1);
        let times = (1 << self.random.below(8)).min(room);
        let copies = bytes[chunk.clone()].repeat(times);
        bytes.splice(chunk.start..chunk.start, copies);
    }

    fn swap_chunks(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.chunk(bytes.len()), self.random.below(bytes.len() + 1));
        let moved: Vec<u8> = bytes.drain(from).collect();
        let to = to.min(bytes.len());
        bytes.splice(to..to, moved);
    }

    /// The beginning of this input and the end of another.
    fn splice(&mut self, bytes: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let Some(other) = pick(&mut self.random, pool) else { return };
        let (chunk, into) = (self.chunk(other.len()), self.chunk(bytes.len()));
        bytes.splice(into, other[chunk].iter().copied());
    }

    /// A word of the format or a number, inserted or written over what is there.
    fn insert_word(&mut self, bytes: &mut Vec<u8>) {
        let word: &[u8] = if self.dictionary.is_empty() || self.random.below(2) == 0 {
            WORDS[self.random.below(WORDS.len())].as_bytes()
        } else {
            self.dictionary[self.random.below(self.dictionary.len())]
        };
        let at = self.random.below(bytes.len() + 1);
        let over = if self.random.below(2) == 0 { word.len().min(bytes.len() - at) } else { 0 };
        bytes.splice(at..at + over, word.iter().copied());
    }

    /// Replaces a run of bytes of a kind, such as the digits of a number, by a word.
    fn replace_token(&mut self, bytes: &mut Vec<u8>, is_part: impl Fn(&u8) -> bool) {
        let from = self.random.below(bytes.len() + 1);
        let Some(start) = bytes[from..].iter().position(&is_part).map(|at| from + at) else { return };
        let end = bytes[start..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |at| start + at);
        let word = WORDS[self.random.below(WORDS.len())].bytes();
        bytes.splice(start..end, word);
    }

    fn line(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let at = self.random.below(bytes.len() + 1);
        let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |place| at + place + 1);
        start..end
    }

    fn repeat_line(&mut self, bytes: &mut Vec<u8>) {
        let line = self.line(bytes);
        let room = self.largest.saturating_sub(bytes.len()) / line.len().max(1);
        let times = (1 << self.random.below(8)).min(room);
        let copies = bytes[line.clone()].repeat(times);
        bytes.splice(line.start..line.start, copies);
    }

    fn delete_line(&mut self, bytes: &mut Vec<u8>) {
        let line = self.line(bytes);
        bytes.drain(line);
    }

    fn splice_line(&mut self, bytes: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let Some(other) = pick(&mut self.random, pool) else { return };
        let (from, to) = (self.line(other), self.line(bytes).start);
        bytes.splice(to..to, other[from].iter().copied());
    }
}

fn pick<'a>(random: &mut Stream, pool: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
    (!pool.is_empty()).then(|| &pool[random.below(pool.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: [&[u8]; 2] = [b"path,age\na.jpg,31\nb.jpg,7\n", b"file;age\n\"c d\";4\n"];

    fn inputs(seed: u64, largest: usize) -> Vec<Vec<u8>> {
        let pool: Vec<Vec<u8>> = POOL.iter().map(|bytes| bytes.to_vec()).collect();
        (0..2000).map(|k| Mutator::new(&[seed, k], &[b"split"], true, largest).mutate(&pool)).collect()
    }

    #[test]
    fn mutations_repeat_for_equal_keys_and_differ_for_others() {
        assert_eq!(inputs(1, 64), inputs(1, 64));
        assert_ne!(inputs(1, 64), inputs(2, 64));
    }

    #[test]
    fn mutations_stay_below_the_cap_and_cover_every_kind() {
        let made = inputs(3, 64);
        assert!(made.iter().all(|input| input.len() <= 64));
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert!(distinct.len() > 1000, "{} distinct of 2000", distinct.len());
        let has = |word: &[u8]| made.iter().any(|input| input.windows(word.len()).any(|found| found == word));
        for word in [b"split".as_slice(), b"1e308", b"\xff\xff\xff\xff", b"31\nb.jpg,7\nb.jpg"] {
            assert!(has(word), "{:?} was never made", String::from_utf8_lossy(word));
        }
        assert!(made.iter().any(Vec::is_empty) && made.iter().any(|input| input.len() == 64));
    }
}
