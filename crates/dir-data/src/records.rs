//! CSV records within the budget: each record, and what all of them add up to.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};

use crate::budget::{Budget, Meter};
use crate::read_limit::{ReadLimit, Reset};

/// Records of a CSV, of which whoever reads them keeps all.
pub(crate) struct Records<R> {
    reader: Reader<ReadLimit<R>>,
    reset: Reset,
    meter: Meter,
}

/// A record of `,,,,` takes eight bytes a field, and twice that while the list of fields grows.
const RECORD_SHARE: u64 = 16;
const HINT: &str = " (--max-memory raises the limit)";
/// Bytes that a field and a row take besides their text: a string or its place in a buffer, and the value it stands for.
const OF_A_FIELD: u64 = 16;

impl Records<File> {
    pub(crate) fn open(builder: &ReaderBuilder, path: &Path) -> csv::Result<Self> {
        Ok(Self::new(builder, File::open(path)?, Budget::current()))
    }
}

impl<R: Read> Records<R> {
    pub(crate) fn new(builder: &ReaderBuilder, source: R, budget: Budget) -> Self {
        let source = ReadLimit::new(source, budget.bytes() / RECORD_SHARE, "a line", HINT);
        let reset = source.reset();
        Self { reader: builder.from_reader(source), reset, meter: budget.meter() }
    }

    pub(crate) fn headers(&mut self) -> csv::Result<StringRecord> {
        self.reader.headers().cloned()
    }

    pub(crate) fn byte_headers(&mut self) -> csv::Result<ByteRecord> {
        self.reader.byte_headers().cloned()
    }

    /// The next record; whether there was one.
    pub(crate) fn read(&mut self, record: &mut StringRecord) -> csv::Result<bool> {
        self.reset.now();
        let more = self.reader.read_record(record)?;
        self.count(record.as_byte_record(), more)
    }

    pub(crate) fn read_bytes(&mut self, record: &mut ByteRecord) -> csv::Result<bool> {
        self.reset.now();
        let more = self.reader.read_byte_record(record)?;
        self.count(record, more)
    }

    fn count(&mut self, record: &ByteRecord, more: bool) -> csv::Result<bool> {
        let fields = record.len() as u64 + 1;
        let bytes = record.as_slice().len() as u64 + OF_A_FIELD * fields;
        self.meter.take(bytes, || "a table of this size".into()).map_err(io::Error::other)?;
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mib: u64) -> Result<usize, String> {
        let mut records = Records::new(&ReaderBuilder::new(), text.as_bytes(), Budget::from_mib(mib));
        let (mut record, mut count) = (StringRecord::new(), 0);
        while records.read(&mut record).map_err(|error| error.to_string())? {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_line_and_a_table_are_limited() {
        let line = format!("a\n{}\n", "x".repeat(1 << 20));
        assert_eq!(read(&line, 32), Ok(1));
        assert_eq!(read(&line, 8), Err("a line of more than 0 MiB (--max-memory raises the limit)".into()));
        let rows = format!("a,b\n{}", "1,2\n".repeat(20_000));
        assert_eq!(read(&rows, 2), Ok(20_000));
        let error = read(&rows.repeat(2), 1).expect_err("50 bytes a row, one more header");
        assert!(error.starts_with("a table of this size, which needs 2 MiB of memory where 1 MiB"), "{error}");
    }
}
