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
    for (name, built) in build(feature)? {
        fs::copy(&built, out.join("bin").join(name)).with_context(|| built.display().to_string())?;
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

/// What is packed: the name there, the kind of target, and its name in the workspace.
const PACKED: [(&str, &str, &str); 4] = [
    ("ops", "test", "ops"),
    ("fixtures", "test", "fixtures"),
    ("bench", "bench", "ops"),
    ("tabular-dir", "bin", "tabular-dir"),
];

/// Builds everything in one call, so that all of it shares its dependencies, and finds the files that came out.
fn build(feature: &str) -> anyhow::Result<Vec<(&'static str, PathBuf)>> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(program);
    command.args(["test", "--no-run", "--locked", "--release", "--message-format=json-render-diagnostics"]);
    command.args(["-p", "dir-core", "-p", "dir-tests", "-p", "dir-bench", "-p", "tabular-dir"]);
    command.args(["--no-default-features", "--features", &format!("flex,{feature}")]);
    command.args(["--test", "ops", "--test", "fixtures", "--bench", "ops", "--bin", "tabular-dir"]);
    // The program is built for the tests that call it.
    command.args(["--test", "mistakes"]);
    let output = command.current_dir(root()).stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("building with the feature {feature} failed");
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let find = |(packed, kind, name)| {
        let fits = |message: &&Value| {
            let target = &message["target"];
            let is_program = kind != "bin" || message["profile"]["test"] == false;
            target["name"] == name && target["kind"][0] == kind && message["executable"].is_string() && is_program
        };
        let path = messages.iter().rfind(fits).and_then(|message| message["executable"].as_str());
        Ok((packed, PathBuf::from(path.with_context(|| format!("cargo named no file for the {kind} {name}"))?)))
    };
    PACKED.into_iter().map(find).collect()
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
