//! dir-core in somebody else's crate: one outside the workspace, which depends on `burn` and `dir-core` alone and has the
//! example as its program, builds and runs.
//!
//! Its build takes minutes once; it is kept in `embedding` beside this test's own target folder. The versions are those of the
//! workspace's lock file, so nothing is downloaded that the workspace does not have.
#![cfg(feature = "flex")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = r#"[package]
name = "somebodys-crate"
version = "0.1.0"
edition = "2024"

[dependencies]
burn = { version = "=0.22.1", default-features = false, features = ["std", "autodiff", "optim"] }
dir-core = { path = DIR_CORE }

[workspace]
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the workspace").to_owned()
}

/// `TARGET/release/deps/embedding-...` is this program.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    program.ancestors().nth(3).expect("TARGET/release/deps").join("embedding")
}

#[test]
fn a_crate_outside_the_workspace_builds_and_runs() {
    let (root, folder) = (root(), tempfile::tempdir().expect("a folder"));
    let core = root.join("crates/dir-core");
    // A path written by `{:?}` is a TOML string, back-slashes and all.
    let manifest = MANIFEST.replace("DIR_CORE", &format!("{:?}", core.display().to_string()));
    fs::create_dir(folder.path().join("src")).expect("makes a folder");
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("writes");
    fs::copy(core.join("examples/own_loop.rs"), folder.path().join("src/main.rs")).expect("copies");
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("copies");

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--offline", "--release"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("cargo starts");
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{errors}");
    let line = printed.lines().find(|line| line.starts_with("few-shot MAE: ")).unwrap_or_default();
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(numbers.len() == 2 && numbers.iter().all(|n| n.is_finite() && *n > 0.0), "{printed}");

    let lock = fs::read_to_string(folder.path().join("Cargo.lock")).expect("cargo keeps it");
    assert!(!lock.contains("name = \"dir-train\"") && !lock.contains("name = \"dir-data\""), "dir-core stands alone");
}
