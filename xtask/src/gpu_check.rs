//! Everything that should be run on a real card, packed on a machine that can build and run on one that need not.
//!
//! `gpu-check pack` builds the tests and benches of a GPU feature and copies them into a folder, this program among them;
//! `gpu-check run` runs them there: the device, the op tests, the fixtures, a small comparison, the benches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::root;

/// The folder, beside the build unless one is named.
fn folder(flags: &[&str]) -> anyhow::Result<PathBuf> {
    match flags {
        [] => Ok(root().join("target/gpu-check")),
        ["--out" | "--in", folder] => Ok(PathBuf::from(folder)),
        other => bail!("found {other:?}, expected --out DIR after pack --features F, --in DIR after run"),
    }
}

/// Builds for a GPU feature and packs what it built.
pub(crate) fn pack(feature: &str, flags: &[&str]) -> anyhow::Result<()> {
    let out = folder(flags)?;
    fs::create_dir_all(out.join("bin")).with_context(|| out.display().to_string())?;
    for (package, kind, name) in [
        ("dir-core", "--test", "ops"),
        ("dir-tests", "--test", "fixtures"),
        ("dir-bench", "--bench", "ops"),
        ("tabular-dir", "--bin", "tabular-dir"),
    ] {
        let built = build(package, &["--no-default-features", "--features", &format!("flex,{feature}"), kind, name])?;
        let target = out.join("bin").join(if package == "dir-bench" { "bench" } else { name });
        fs::copy(&built, &target).with_context(|| built.display().to_string())?;
    }
    fs::copy(std::env::current_exe()?, out.join("bin/xtask"))?;
    let fixtures = out.join("fixtures");
    fs::create_dir_all(&fixtures)?;
    for entry in fs::read_dir(root().join("tests/fixtures"))?.flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), fixtures.join(entry.file_name()))?;
    }
    println!("packed into {}; there: bin/xtask gpu-check run --in .", out.display());
    Ok(())
}

/// Builds one target and finds the file that came out.
fn build(package: &str, arguments: &[&str]) -> anyhow::Result<PathBuf> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(program);
    command.args(["build", "--locked", "--release", "--message-format=json-render-diagnostics", "-p", package]);
    let output = command.args(arguments).current_dir(root()).stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("building {package} failed");
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let wanted = arguments.last().copied().unwrap_or_default();
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .rfind(|message| message["executable"].is_string() && message["target"]["name"].as_str() == Some(wanted));
    let path = executable.and_then(|message| message["executable"].as_str().map(PathBuf::from));
    path.with_context(|| format!("cargo named no file for {package} {wanted}"))
}

/// Runs what is packed, prints everything, fails if a step does.
pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    let folder =
        folder(flags)?.canonicalize().context("found no packed folder; run `cargo xtask gpu-check pack` first")?;
    let out = std::env::temp_dir().join(format!("dir-gpu-check-{}", std::process::id()));
    let steps: [(&str, &[&str]); 5] = [
        ("tabular-dir", &["devices"]),
        ("ops", &["--nocapture"]),
        ("fixtures", &[]),
        ("tabular-dir", &["compare", "--size", "tiny", "--jobs", "1", "--seeds", "1", "--out"]),
        ("bench", &[]),
    ];
    let mut failed = Vec::new();
    for (name, arguments) in steps {
        println!("== {name} {}", arguments.join(" "));
        let started = Instant::now();
        let mut command = Command::new(folder.join("bin").join(name));
        command.args(arguments).env("DIR_REQUIRE_GPU", "1").env("DIR_FIXTURES", folder.join("fixtures"));
        if arguments.last() == Some(&"--out") {
            command.arg(&out);
        }
        let good = command.status().is_ok_and(|status| status.success());
        println!("== {name}: {} in {:.1} s", if good { "passed" } else { "FAILED" }, started.elapsed().as_secs_f64());
        if !good {
            failed.push(name);
        }
    }
    fs::remove_dir_all(Path::new(&out)).ok(); // there only if the comparison ran
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}
