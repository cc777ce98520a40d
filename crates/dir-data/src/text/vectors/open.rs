//! A file of text, whatever it is packed in. `glove.6B.zip/glove.6B.50d.txt` is an entry of an archive of several.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

use super::VectorsError;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// Hands the text to a function: the file, what a `.gz` holds, or of a `.zip` the entry that is named or the first `.txt`.
pub(super) fn with_text<R>(
    path: &Path,
    read: impl FnOnce(&mut dyn BufRead) -> Result<R, VectorsError>,
) -> Result<R, VectorsError> {
    let (path, entry) = &located(path);
    let io = |error| VectorsError::Io { path: path.into(), error };
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
    let wanted = |name: &&String| entry.as_ref().map_or(name.ends_with(".txt"), |entry| *name == entry);
    let name = names.iter().find(wanted).ok_or_else(|| archive(format!("the entries {}", names.join(", "))))?;
    let entry = zip.by_name(name).map_err(|error| archive(format!("a damaged entry {name} ({error})")))?;
    read(&mut BufReader::with_capacity(BUFFER, entry))
}

/// The file that a path of word vectors stands for: itself, or the archive that it names an entry of.
#[must_use]
pub fn file_of(path: &Path) -> PathBuf {
    located(path).0
}

/// The file, and the entry of an archive that the rest of the path names.
fn located(path: &Path) -> (PathBuf, Option<String>) {
    let is_archive = |path: &&Path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) && path.is_file();
    let archive = path.ancestors().skip(1).find(is_archive);
    let entry = archive.and_then(|archive| path.strip_prefix(archive).ok()?.to_str());
    match (archive, entry) {
        (Some(archive), Some(entry)) => (archive.into(), Some(entry.replace('\\', "/"))),
        _ => (path.into(), None),
    }
}
