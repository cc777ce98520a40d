//! Which crate may use which: the arrows of ARCHITECTURE.md, held by cargo's own metadata.

use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::root;

/// Siblings that a package may depend on.
fn allowed(package: &str) -> &'static [&'static str] {
    match package {
        "dir-core" | "xtask" => &[],
        "dir-nn" | "dir-data" => &["dir-core"],
        "dir-train" => &["dir-core", "dir-data"],
        "dir-cli" => &["dir-core", "dir-nn", "dir-data", "dir-train"],
        _ => &["dir-core", "dir-nn", "dir-data", "dir-train", "dir-cli", "dir-tests"], // data sets, tests, benches
    }
}

pub(crate) fn check() -> anyhow::Result<()> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["metadata", "--format-version", "1", "--no-deps"];
    let output = Command::new(program).args(arguments).current_dir(root()).output().context("cargo does not start")?;
    let metadata = serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
    let wrong = wrong_arrows(&metadata);
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n")) }
}

fn wrong_arrows(metadata: &Value) -> Vec<String> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let packages = list(metadata, "packages");
    let siblings: Vec<String> = packages.iter().map(name).collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let from = name(package);
        for dependency in list(package, "dependencies") {
            let to = name(&dependency);
            if siblings.contains(&to) && !allowed(&from).contains(&to.as_str()) {
                wrong.push(format!("found the arrow {from} -> {to}, expected {from} -> one of {:?}", allowed(&from)));
            }
            let defaults = dependency["uses_default_features"].as_bool().unwrap_or(true);
            if defaults && (siblings.contains(&to) || to == "burn") {
                wrong.push(format!("{from}: found {to} with default features, expected default-features = false"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(from: &str, to: &str, defaults: bool) -> Value {
        serde_json::json!({ "packages": [
            { "name": from, "dependencies": [{ "name": to, "uses_default_features": defaults }, { "name": "serde" }] },
            { "name": to, "dependencies": [] },
        ]})
    }

    #[test]
    fn arrows_point_down() {
        assert!(wrong_arrows(&metadata("dir-train", "dir-data", false)).is_empty());
        assert_eq!(wrong_arrows(&metadata("dir-core", "dir-train", false)).len(), 1);
        assert_eq!(wrong_arrows(&metadata("dir-nn", "dir-train", false)).len(), 1);
        assert_eq!(wrong_arrows(&metadata("dir-nn", "dir-core", true)).len(), 1);
    }
}
