//! Corpus: valid seeds and regression inputs in the repository, and inputs that earlier runs kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::target::Target;

/// Seeds that are committed.
pub(crate) const SEEDS: &str = "corpus";
/// Inputs that once failed; each must be read or refused cleanly.
pub(crate) const REGRESSIONS: &str = "regressions";

/// Folder of this package. Cargo says where it is when it runs; else it is where this was compiled.
pub(crate) fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// Files of a folder by name; none where the folder is not there.
pub(crate) fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(found)
}

/// Committed inputs of a target: seeds, then regressions.
pub(crate) fn committed(target: &Target) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut all = Vec::new();
    for kind in [SEEDS, REGRESSIONS] {
        let folder = package().join(kind).join(target.name);
        all.extend(files(&folder)?.into_iter().map(|(name, bytes)| (folder.join(name), bytes)));
    }
    Ok(all)
}

/// Writes the seeds that the targets' own writers make; how many bytes.
pub(crate) fn write_seeds(target: &Target) -> anyhow::Result<usize> {
    let folder = package().join(SEEDS).join(target.name);
    fs::create_dir_all(&folder)?;
    let seeds = (target.seeds)().with_context(|| format!("cannot make the seeds of {}", target.name))?;
    for (name, bytes) in &seeds {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(seeds.iter().map(|(_, bytes)| bytes.len()).sum())
}

/// Stores an input under a name made of its hash; its path.
pub(crate) fn store(folder: &Path, kind: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let hash: String = Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{kind}-{hash}"));
    fs::write(&path, bytes)?;
    Ok(path)
}
