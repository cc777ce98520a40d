//! Downloads by the system's own curl, which resumes, knows proxies and needs no code here.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

/// Downloads an address to a file, or goes on downloading.
///
/// # Errors
/// No curl; whatever it ended with.
pub fn download(address: &str, to: &Path) -> anyhow::Result<()> {
    let status = Command::new("curl")
        .args(["--fail", "--location", "--continue-at", "-", "--output"])
        .arg(to)
        .arg(address)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("{address}: curl ended with {status}; repeat the command to go on where it stopped"),
        Err(error) => bail!(
            "found no curl ({error}), expected it on the path; or download {address} to {} yourself",
            to.display()
        ),
    }
}

/// Refuses a file whose SHA-256 is not the one that is known.
///
/// # Errors
/// Another sum, or a file that can't be read.
pub fn check_sha256(path: &Path, expected: &str) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let mut reader = BufReader::new(File::open(path).with_context(named)?);
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match reader.read(&mut block).with_context(named)? {
            0 => break,
            n => hash.update(&block[..n]),
        }
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == expected {
        return Ok(());
    }
    bail!("{}: found SHA-256 {found}, expected {expected}; it is another version, or was damaged", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_sum_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("abc.txt");
        std::fs::write(&path, "abc").expect("writes");
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check_sha256(&path, known).expect("is right");
        let error = check_sha256(&path, &known.replace('b', "c")).expect_err("is wrong").to_string();
        assert!(error.contains("abc.txt") && error.contains(known), "{error}");
    }
}
