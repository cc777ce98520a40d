//! A file of text, whatever it is packed in.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

use super::VectorsError;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// Hands the text to a function: the file, what a `.gz` holds, or the first `.txt` of a `.zip`.
pub(super) fn with_text<R>(
    path: &Path,
    read: impl FnOnce(&mut dyn BufRead) -> Result<R, VectorsError>,
) -> Result<R, VectorsError> {
    let io = |source| VectorsError::Io { path: path.into(), source };
    let file = BufReader::with_capacity(BUFFER, File::open(path).map_err(io)?);
    let ends = |end: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(end));
    if ends("gz") {
        return read(&mut BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)));
    }
    if !ends("zip") {
        return read(&mut { file });
    }
    let archive = |found: String| VectorsError::Archive { path: path.into(), found };
    let mut zip = ZipArchive::new(file).map_err(|error| archive(format!("no zip archive ({error})")))?;
    let names: Vec<String> = zip.file_names().flatten().map(|name| name.into_owned()).collect();
    let name = names.iter().find(|name| name.ends_with(".txt"));
    let name = name.ok_or_else(|| archive(format!("{} entries, none of them a .txt", names.len())))?;
    let entry = zip.by_name(name).map_err(|error| archive(format!("a damaged entry {name} ({error})")))?;
    read(&mut BufReader::with_capacity(BUFFER, entry))
}
