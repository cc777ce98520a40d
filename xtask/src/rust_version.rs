//! Minimum Rust version: stated in Cargo.toml, repeated in the README and the workflows.

/// Where the version that `manifest` states is missing from what people and CI read.
pub(crate) fn faults(manifest: &str, file: &str, text: &str) -> Vec<String> {
    let Some(version) = stated(manifest) else {
        return vec!["Cargo.toml: found no rust-version, expected the minimum under [workspace.package]".into()];
    };
    let expected = if file == "README.md" {
        format!("Rust {version}")
    } else if file.starts_with(".github/workflows/") {
        format!("RUSTUP_TOOLCHAIN: {version:?}")
    } else {
        return Vec::new();
    };
    if text.contains(&expected) {
        Vec::new()
    } else {
        vec![format!("{file}: found no `{expected}`, expected the rust-version of Cargo.toml")]
    }
}

fn stated(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.95\"\n";

    #[test]
    fn the_stated_version_has_no_faults() {
        assert!(faults(MANIFEST, "README.md", "Rust 1.95; no Python").is_empty());
        assert!(faults(MANIFEST, ".github/workflows/ci.yml", "env:\n  RUSTUP_TOOLCHAIN: \"1.95\"\n").is_empty());
        assert!(faults(MANIFEST, "docs/backends.md", "").is_empty());
    }

    #[test]
    fn another_version_is_a_fault() {
        assert_eq!(faults(MANIFEST, "README.md", "Rust 1.90; no Python").len(), 1);
        assert_eq!(faults(MANIFEST, ".github/workflows/ci.yml", "RUSTUP_TOOLCHAIN: \"stable\"").len(), 1);
        assert_eq!(faults("[workspace.package]\n", "README.md", "Rust 1.95").len(), 1);
    }
}
