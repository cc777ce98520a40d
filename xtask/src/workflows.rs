//! CI workflow rules: actions pinned by commit, least permissions, time limits.

/// The rules that a workflow file breaks. Reads lines, not YAML: the files are ours, and a line that this does not
/// understand is reported.
pub(crate) fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if let Some(action) = action(line).filter(|action| !is_pinned(action)) {
            let fault = "expected owner/action@COMMIT # vVERSION, with all 40 digits of the commit";
            faults.push(format!("{file}:{}: found {action:?}, {fault}", number + 1));
        }
    }
    let count = |word: &str| text.lines().filter(|line| code(line).trim() == word).count();
    if !text.contains("\npermissions:\n  contents: read\n") {
        faults.push(format!("{file}: found no top-level `permissions: contents: read`, expected the least that works"));
    }
    if text.lines().any(|line| code(line).trim_end().ends_with(": write") || code(line).contains("write-all")) {
        faults.push(format!("{file}: found a permission to write, expected none"));
    }
    let checkouts = text.lines().filter_map(action).filter(|action| action.starts_with("actions/checkout@")).count();
    if count("persist-credentials: false") < checkouts {
        faults.push(format!("{file}: found a checkout that keeps its token, expected persist-credentials: false"));
    }
    let limits = text.lines().filter(|line| line.trim_start().starts_with("timeout-minutes:")).count();
    let jobs = text.lines().filter(|line| line.trim_start().starts_with("runs-on:")).count();
    if limits < jobs {
        faults.push(format!("{file}: found {jobs} jobs with {limits} time limits, expected timeout-minutes in each"));
    }
    faults
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split(" #").next().unwrap_or_default()
}

/// What a step or a job uses: the action with its comment. A local one has no version.
fn action(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line);
    line.strip_prefix("uses:").map(str::trim).filter(|action| !action.starts_with("./"))
}

fn is_pinned(action: &str) -> bool {
    let Some((name, comment)) = action.split_once(" # v") else { return false };
    let Some((_, commit)) = name.trim_end().split_once('@') else { return false };
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit && comment.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name: ci
on: push
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v7.0.1
        with:
          persist-credentials: false
      - uses: ./local
";

    #[test]
    fn a_pinned_and_limited_workflow_has_no_faults() {
        assert_eq!(faults("ci.yml", GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_rule_finds_its_fault() {
        for (from, to) in [
            ("0123456789abcdef0123456789abcdef01234567 # v7.0.1", "v7"),
            (" # v7.0.1", ""),
            ("abcdef01234567 #", "abcdef #"),
            ("contents: read", "contents: write"),
            ("permissions:\n  contents: read\n", ""),
            ("persist-credentials: false", "fetch-depth: 1"),
            ("    timeout-minutes: 5\n", ""),
            ("- uses: ./local", "- uses: owner/action@main"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            assert!(!faults("ci.yml", &text).is_empty(), "{from:?} replaced by {to:?}");
        }
    }
}
