//! House rules that no other tool knows.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::{error_texts, root, rust_version, workflows};

/// Larger files are listed here with a reason.
const LARGE: [&str; 3] = [
    "tests/fixtures/02_lds_weights.json",             // golden weights of 84 cases
    "tests/fixtures/07a_final_adam.ckpt.pth.tar",     // an official checkpoint with feature statistics
    "tests/fixtures/07a_train_trace_age.safetensors", // golden gradients and features of a training run
];
const LARGEST: u64 = 1_000_000;
const LONGEST: usize = 600;
const FEATURES: [&str; 7] = ["flex", "wgpu", "vulkan", "cuda", "cuda-nvrtc", "fusion", "autotune"];

/// What dir-core does without.
const PURE: [&str; 5] = ["std::fs", "std::time", "std::net", "println!", "eprintln!"];
/// What changes files.
const WRITES: [&str; 8] = [
    "fs::write",
    "fs::rename",
    "fs::remove_",
    "fs::create_dir",
    "fs::copy",
    "File::create",
    "File::options",
    "OpenOptions",
];

pub(crate) fn check() -> anyhow::Result<()> {
    let output = Command::new("git").arg("ls-files").current_dir(root()).output().context("git does not start")?;
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).context("Cargo.toml")?;
    let mut wrong = Vec::new();
    for file in list.lines() {
        let path = root().join(file);
        let Ok(bytes) = fs::read(&path) else { continue }; // deleted, not yet committed
        if bytes.len() as u64 > LARGEST && !LARGE.contains(&file) {
            wrong.push(format!("{file}: found {} bytes, expected at most {LARGEST}", bytes.len()));
        }
        if let Ok(text) = String::from_utf8(bytes) {
            wrong.extend(faults(file, &text));
            wrong.extend(rust_version::faults(&manifest, file, &text));
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("\n{}", wrong.join("\n")) }
}

/// What is wrong with one file.
fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if file.ends_with(".rs") {
        faults.extend(rust_faults(file, text));
        faults.extend(error_texts::faults(file, text));
    }
    if file.ends_with("Cargo.toml") && text.contains("dir-core.workspace") {
        let missing: Vec<&str> = FEATURES.into_iter().filter(|f| !text.contains(&format!("\n{f} = ["))).collect();
        if !missing.is_empty() {
            faults.push(format!("{file}: found no feature {}, expected all forwarded", missing.join(", ")));
        }
    }
    if file.starts_with(".github/workflows/") {
        faults.extend(workflows::faults(file, text));
    }
    // Pieced together, so that this file does not hold them.
    let forbidden = [["/wo", "rk/"], ["/ro", "ot/"], ["../sha", "red"]].map(|parts| parts.concat());
    for (number, line) in text.lines().enumerate() {
        if let Some(word) = forbidden.iter().find(|word| line.contains(word.as_str())) {
            faults.push(format!("{file}:{}: found {word:?}, expected no path of a machine", number + 1));
        }
    }
    faults
}

fn rust_faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(format!("{file}:1: found no //! line, expected one that says what the file is for"));
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        faults
            .push(format!("{file}: found {lines} lines, expected at most {LONGEST}: a second idea gets a second file"));
    }
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let plain = |line: &str| !line.trim_start().starts_with("//");
    for (number, line) in code.lines().enumerate().filter(|(_, line)| plain(line)) {
        let found = |words: &[&'static str]| words.iter().copied().find(|word| has_word(line, word));
        if let Some(word) = found(&PURE).filter(|_| Path::new(file).starts_with("crates/dir-core/src")) {
            faults
                .push(format!("{file}:{}: found {word}, expected no files, clock or printing in dir-core", number + 1));
        }
        if let Some(word) = found(&WRITES).filter(|_| writes_by_module(file)) {
            faults.push(format!("{file}:{}: found {word}, expected a function of dir_data::files", number + 1));
        }
    }
    faults
}

/// Whether a line has a word that is not the end of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric))
}

/// Whether a file is code of the product, which writes files by one module alone.
fn writes_by_module(file: &str) -> bool {
    let ours = (file.starts_with("crates/") || file.starts_with("datasets/")) && file.contains("/src/");
    ours && !file.starts_with("crates/dir-data/src/files/")
        && !file.contains("/tests")
        && !file.ends_with("/testing.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found() {
        let core = "crates/dir-core/src/a.rs";
        assert!(faults(core, "//! A file.\nfn f() {}\n").is_empty());
        assert_eq!(faults(core, "fn f() {}\n").len(), 1);
        assert_eq!(faults(core, "//! A.\nuse std::fs;\n").len(), 1);
        assert!(faults(core, "//! A.\n// println! is for others\n#[cfg(test)]\nuse std::fs;\n").is_empty());
        assert_eq!(faults("crates/dir-train/src/a.rs", "//! A.\nfn f() { std::fs::write(); }\n").len(), 1);
        assert!(faults("crates/dir-train/src/a.rs", "//! A.\nfn f() { AtomicFile::create(); }\n").is_empty());
        for allowed in
            ["crates/dir-data/src/files/a.rs", "crates/dir-train/tests/a.rs", "crates/dir-data/src/edf/tests/a.rs"]
        {
            assert!(faults(allowed, "//! A.\nfn f() { std::fs::write(); }\n").is_empty());
        }
        assert_eq!(faults("crates/dir-nn/Cargo.toml", "dir-core.workspace = true\n").len(), 1);
        assert_eq!(faults("README.md", &format!("see {}work/x\n", "/")).len(), 1);
        assert_eq!(faults("a.rs", &("//! A.\n".to_owned() + &"\n".repeat(700))).len(), 1);
    }
}
