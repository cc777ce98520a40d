//! Content digest: SHA-256 of what rows hold, to tell data sets apart.
//!
//! Every item is preceded by its length, so that no two sequences of items run together to the same bytes.

use std::fs::File;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Files up to this size are read whole.
const WHOLE: u64 = 16 << 20;
/// Blocks that are read of a larger one, evenly spaced, the first and the last among them: hours of recordings would
/// otherwise be read twice before training.
const BLOCKS: u64 = 64;
const BLOCK: u64 = 64 << 10;

/// A SHA-256.
pub type Hash = [u8; 32];

/// A running digest.
///
/// # Example
/// ```
/// use dir_data::content_digest::ContentDigest;
/// let digest = |items: &[&str]| {
///     let mut digest = ContentDigest::default();
///     items.iter().for_each(|item| digest.text(item));
///     digest.finish()
/// };
/// assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ContentDigest(Sha256);

impl ContentDigest {
    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds a whole number.
    pub fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    /// Adds values, bit by bit.
    pub fn floats(&mut self, values: &[f64]) {
        self.number(values.len() as u64);
        values.iter().for_each(|value| self.0.update(value.to_bits().to_le_bytes()));
    }

    /// Adds the digests of files with their names, read by all threads.
    ///
    /// # Errors
    /// Whatever keeps one from being read.
    pub fn files<E: Send>(&mut self, names: &[String], read: impl Fn(&str) -> Result<Hash, E> + Sync) -> Result<(), E> {
        let hashes: Vec<Hash> = names.par_iter().map(|name| read(name)).collect::<Result<_, E>>()?;
        for (name, hash) in names.iter().zip(hashes) {
            self.text(name);
            self.bytes(&hash);
        }
        Ok(())
    }

    /// The digest in hexadecimal.
    #[must_use]
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Digest of a file: whole up to 16 MiB, else its length and 64 blocks of it.
///
/// # Errors
/// A file that can't be read.
pub fn of_file(path: &Path) -> io::Result<Hash> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    of_range(&file, 0, length)
}

/// The same of a part of a file.
///
/// # Errors
/// A part that can't be read.
pub(crate) fn of_range(file: &File, offset: u64, length: u64) -> io::Result<Hash> {
    let mut hash = Sha256::new();
    hash.update(length.to_le_bytes());
    let mut block = vec![0; BLOCK as usize];
    let mut add = |at: u64, size: u64| {
        let block = &mut block[..size as usize];
        crate::images::read_at(file, block, offset + at)?;
        hash.update(block);
        io::Result::Ok(())
    };
    if length <= WHOLE {
        for at in (0..length).step_by(BLOCK as usize) {
            add(at, BLOCK.min(length - at))?;
        }
    } else {
        for k in 0..BLOCKS {
            // In 128 bits: the product of a length and a block number may need them.
            let at = u128::from(length - BLOCK) * u128::from(k) / u128::from(BLOCKS - 1);
            add(at as u64, BLOCK)?;
        }
    }
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_of_a_text_is_sha256_of_its_length_and_bytes() {
        let mut digest = ContentDigest::default();
        digest.text("abc");
        // Python: hashlib.sha256(struct.pack("<Q", 3) + b"abc").hexdigest()
        assert_eq!(digest.finish(), "ce91dc5eec0139adf091900d225971d6ad246a845bad791b5693a9d0d55dd391");
    }

    #[test]
    fn small_files_are_read_whole_and_large_ones_at_64_places() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        let hash = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("writes");
            of_file(&path).expect("reads")
        };
        let mut bytes = vec![7_u8; 100_000];
        let small = hash(&bytes);
        bytes[70_000] = 8;
        assert_ne!(hash(&bytes), small);

        let mut bytes = vec![7_u8; (WHOLE + 1) as usize];
        let large = hash(&bytes);
        assert_ne!(hash(&bytes[..WHOLE as usize]), large, "the length counts");
        for changed in [0, BLOCK as usize - 1, bytes.len() / 2, bytes.len() - 1] {
            bytes[changed] = 8;
            let differs = hash(&bytes) != large;
            bytes[changed] = 7;
            // The middle lies between two blocks.
            assert_eq!(differs, changed != bytes.len() / 2, "{changed}");
        }
    }
}
