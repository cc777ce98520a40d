//! Address sanitizer: tests of the crates that have unsafe code, with every memory access checked.
//!
//! The sanitizer's library comes with the stable toolchain; `RUSTC_BOOTSTRAP` admits the flag that chooses it. The build has
//! no optimisation beyond the dev profile's, so that debug assertions and the poison of pooled buffers are active too.

use std::process::Command;

use anyhow::{Context, bail};

use crate::check::cargo;
use crate::target_folder;

/// The crates with unsafe code, and the tests that reach it.
const DEFAULT: [&str; 9] = ["-p", "dir-core", "-p", "dir-nn", "--lib", "--test", "recycled", "--test", "conv"];

/// Platforms whose toolchain has the sanitizer's library.
const SUPPORTED: [&str; 4] =
    ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin"];

pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    let host = host()?;
    if !SUPPORTED.contains(&host.as_str()) {
        bail!("found the host {host}, expected one with an address sanitizer: {}", SUPPORTED.join(", "));
    }
    let tests = tests(flags)?;
    // With a target named, build scripts and macros are built without the sanitizer, which they could not load.
    let mut arguments = vec!["test", "--locked", "--target", &host];
    arguments.extend(tests);
    let folder = target_folder().join("sanitized");
    let flags = format!("{} -Zsanitizer=address", std::env::var("RUSTFLAGS").unwrap_or_default());
    let environment = [
        ("RUSTC_BOOTSTRAP", "1"),
        ("RUSTFLAGS", flags.trim()),
        ("CARGO_TARGET_DIR", folder.to_str().context("the target folder's path is not UTF-8")?),
    ];
    cargo(&arguments, &environment)
}

/// What is passed to `cargo test`: the default set, or all tests of the packages named.
fn tests<'a>(flags: &[&'a str]) -> anyhow::Result<Vec<&'a str>> {
    let (ours, of_tests) = flags.split_at(flags.iter().position(|flag| *flag == "--").unwrap_or(flags.len()));
    let mut packages = Vec::new();
    for pair in ours.chunks(2) {
        match pair {
            ["-p" | "--package", package] => packages.extend(["-p", package]),
            other => bail!("found {}, expected -p PACKAGE or --", other.join(" ")),
        }
    }
    let mut tests = if packages.is_empty() { DEFAULT.to_vec() } else { [packages, vec!["--tests"]].concat() };
    tests.extend(of_tests);
    Ok(tests)
}

/// The platform that this toolchain runs on.
fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    Ok(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flags_choose_the_crates_with_unsafe_code() {
        assert_eq!(tests(&[]).expect("valid"), DEFAULT);
    }

    #[test]
    fn packages_replace_the_default_set() {
        let chosen = tests(&["-p", "dir-data", "--package", "dir-nn", "--", "zip", "--nocapture"]).expect("valid");
        assert_eq!(chosen, ["-p", "dir-data", "-p", "dir-nn", "--tests", "--", "zip", "--nocapture"]);
    }

    #[test]
    fn arguments_of_tests_reach_the_default_set() {
        let chosen = tests(&["--", "--nocapture"]).expect("valid");
        assert_eq!(chosen, [DEFAULT.as_slice(), &["--", "--nocapture"]].concat());
    }

    #[test]
    fn unknown_flags_are_errors() {
        for flags in [["--release"].as_slice(), &["-p"], &["-p", "dir-nn", "conv"]] {
            assert!(tests(flags).is_err(), "{flags:?}");
        }
    }
}
