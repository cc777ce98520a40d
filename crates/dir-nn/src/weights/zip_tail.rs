//! A way around a wrong guess about zip archives.
//!
//! `torch.save` ends its archives with two records for 64 bits, 76 bytes that small archives need not have. The zip reader
//! does not expect them there and takes the list of files to begin 76 bytes late; it notices, unless its second entry begins
//! just there: when the first entry's name has 30 letters, as in `twenty-one-characters/data.pkl`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

const END: usize = 22;
const LOCATOR: usize = 20;
const END_64: usize = 56;

/// A copy of an archive without those records; `None` if it has none or is something else.
pub(super) fn without_records(path: &Path) -> io::Result<Option<NamedTempFile>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let Some(start) = length.checked_sub((END + LOCATOR + END_64) as u64) else { return Ok(None) };
    let mut tail = [0; END + LOCATOR + END_64];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut tail)?;
    let (end_64, rest) = tail.split_at(END_64);
    let (locator, end) = rest.split_at(LOCATOR);
    let number = |at: usize| u64::from(u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]));
    let (list_length, list_start) = (number(12), number(16));
    let signed =
        end_64.starts_with(b"PK\x06\x06") && locator.starts_with(b"PK\x06\x07") && end.starts_with(b"PK\x05\x06");
    if !signed || list_start + list_length != start {
        return Ok(None);
    }
    let mut copy = NamedTempFile::new()?;
    file.rewind()?;
    io::copy(&mut file.take(start), &mut copy)?;
    copy.write_all(end)?;
    copy.flush()?;
    Ok(Some(copy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in [("short", vec![0; 10]), ("long", vec![7; 1000])] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("writes");
            assert!(without_records(&path).expect("reads").is_none());
        }
    }
}
