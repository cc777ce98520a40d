//! Dependency policy: runs cargo-deny on licences, banned crates, duplicate versions and sources (`deny.toml`).

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::check::cargo;

/// Set where a missing cargo-deny must be a failure, as in CI.
const REQUIRED: &str = "DIR_REQUIRE_DENY";

/// Checks everything that needs no network. Advisories need it; the workflow checks them.
pub(crate) fn check() -> anyhow::Result<()> {
    if !is_installed() {
        let advice =
            "cargo-deny is not installed; `cargo install --locked cargo-deny` or .ci/install-cargo-deny does it";
        if std::env::var_os(REQUIRED).is_some() {
            bail!("{advice}");
        }
        println!("skipped: {advice}");
        return Ok(());
    }
    // A warning is an entry of deny.toml that no longer applies.
    cargo(&["deny", "--locked", "check", "-D", "warnings", "bans", "licenses", "sources"], &[])
}

fn is_installed() -> bool {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let version =
        Command::new(program).args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}
