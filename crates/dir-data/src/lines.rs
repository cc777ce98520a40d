//! Which line of a text a CSV record begins at.
//!
//! The reader's own count falls behind at `\r\n` and at blank lines; here the line breaks before a record are counted.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::Position;

/// Lines of records that come one after the other.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// Line of a record, from 1; the next one must not lie before it.
    pub(crate) fn of(&mut self, record: Option<&Position>) -> u64 {
        let start = start(self.text, record).max(self.counted);
        let breaks = self.text[self.counted..start].iter().filter(|&&byte| byte == b'\n').count();
        self.counted = start;
        self.line += breaks as u64;
        self.line
    }
}

/// Where a record's first field begins: the reader counts the line breaks before it as part of it.
fn start(text: &[u8], record: Option<&Position>) -> usize {
    let from = record.map_or(0, |position| position.byte() as usize).min(text.len());
    from + text[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// Line of a record of a file, for a message: the file is read once more; 0 where it can't be.
pub(crate) fn line_in(path: &Path, record: Option<&Position>) -> u64 {
    let start = record.map_or(0, Position::byte);
    File::open(path).ok().and_then(|file| line_at(BufReader::new(file), start).ok()).unwrap_or(0)
}

/// Line of the record that begins at `start` or after the line breaks there.
fn line_at(mut text: impl BufRead, start: u64) -> std::io::Result<u64> {
    let mut line = 1;
    let mut before = (&mut text).take(start);
    loop {
        let piece = before.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        line += piece.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let length = piece.len();
        before.consume(length);
    }
    for byte in text.bytes() {
        match byte? {
            b'\n' => line += 1,
            b'\r' => {}
            _ => break,
        }
    }
    Ok(line)
}

/// Whether the last record opens a quote that never closes, and so swallows all lines after it.
pub(crate) fn is_unclosed(text: &[u8], last: Option<&Position>) -> bool {
    let record = &text[start(text, last)..];
    let quotes = record.iter().filter(|&&byte| byte == b'"').count();
    quotes % 2 == 1 && record.trim_ascii_end().contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use csv::{ByteRecord, ReaderBuilder};

    use super::*;

    #[test]
    fn every_kind_of_line_break_counts_once() {
        let text = b"a,b\r\n\r\n1,2\r\n\"x\r\ny\",3\r\n\n\n4,5";
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
        let (mut record, mut lines, mut found) = (ByteRecord::new(), Lines::new(text), Vec::new());
        while reader.read_byte_record(&mut record).expect("reads") {
            found.push(lines.of(record.position()));
        }
        assert_eq!(found, [1, 3, 4, 8]);
        for (start, line) in [(0, 1), (3, 3), (10, 4), (20, 8), (1000, 8)] {
            assert_eq!(line_at(text.as_slice(), start).expect("reads"), line, "at {start}");
        }
        assert!(!is_unclosed(text, record.position()));
        let swallowed = b"a,b\n1,\"open\n2,3\n";
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(swallowed.as_slice());
        let records: Vec<ByteRecord> = reader.byte_records().flatten().collect();
        assert!(records.len() == 2 && is_unclosed(swallowed, records[1].position()));
    }
}
