//! Programs and tests with `cuda-nvrtc`, built in one call so that they share their dependencies.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use super::workloads::OPS;
use crate::root;

/// Builds; where each program and the op tests are, by name.
pub(super) fn build(programs: &[&str]) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    // Not `cargo test --no-run`, which makes of a program its unit tests alone.
    command.args(["build", "--locked", "--release", "--message-format=json-render-diagnostics"]);
    command.args(["--no-default-features", "--features", "flex,cuda-nvrtc"]);
    for program in programs {
        command.args(["-p", program, "--bin", program]);
    }
    // Always, as the features of dependencies are others where no test is built.
    command.args(["-p", "dir-core", "--test", OPS]);
    println!("building {} with cuda-nvrtc; the first time takes 20 minutes on two cores", programs.join(", "));
    let output = command.current_dir(root()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("building with the feature cuda-nvrtc failed");
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let names = programs.iter().copied().chain([OPS]);
    names.map(|name| Ok((name.to_owned(), executable(&messages, name)?))).collect()
}

/// The file of a program, not of its unit tests, or of an integration test.
fn executable(messages: &str, name: &str) -> anyhow::Result<PathBuf> {
    let fits = |message: &Value| {
        let target = &message["target"];
        target["name"] == name && (target["kind"][0] == "test" || message["profile"]["test"] == false)
    };
    let parsed = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = parsed.filter(fits).filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    path.with_context(|| format!("cargo named no file for {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_not_its_unit_tests() {
        let message = |kind: &str, test: bool, path: &str| {
            let target = serde_json::json!({ "name": "ops", "kind": [kind] });
            serde_json::json!({ "target": target, "profile": { "test": test }, "executable": path }).to_string()
        };
        let messages = [message("bin", false, "/a"), message("bin", true, "/b")].join("\n");
        assert_eq!(executable(&messages, "ops").expect("is there"), PathBuf::from("/a"));
        assert_eq!(executable(&message("test", true, "/c"), "ops").expect("is there"), PathBuf::from("/c"));
        assert!(executable(&messages, "other").is_err());
    }
}
