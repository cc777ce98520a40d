//! Minimiser: removes and zeroes chunks of an input while the same fault stays.

use std::path::Path;

use anyhow::bail;

use crate::behaviour::fault_class;
use crate::campaign::{bounded, cause, scratch};
use crate::target::Target;

/// Processes that are started at most.
const MOST_TRIES: usize = 600;

/// The smallest input found with the fault of `bytes`, and that fault.
pub(crate) fn minimise(target: &Target, bytes: Vec<u8>, budget: u64) -> anyhow::Result<(Vec<u8>, String)> {
    let Some(fault) = fault(target, &bytes, budget)? else {
        bail!("the input shows no fault, there is nothing to minimise")
    };
    let (wanted, mut tries) = (fault_class(&fault), 0);
    let mut still = |candidate: &[u8]| -> anyhow::Result<bool> {
        tries += 1;
        Ok(tries <= MOST_TRIES
            && self::fault(target, candidate, budget)?.is_some_and(|found| fault_class(&found) == wanted))
    };
    let mut smallest = bytes;
    let mut chunk = smallest.len().div_ceil(2);
    while chunk > 0 {
        let mut at = 0;
        while at < smallest.len() {
            let end = (at + chunk).min(smallest.len());
            let mut candidate = smallest.clone();
            candidate.drain(at..end);
            if still(&candidate)? {
                smallest = candidate;
            } else {
                at = end;
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk / 2 };
    }
    Ok((smallest, fault))
}

/// Runs an input in a process of its own; what went wrong.
pub(crate) fn fault(target: &Target, bytes: &[u8], budget: u64) -> anyhow::Result<Option<String>> {
    let folder = scratch()?;
    let file = folder.path().join("input");
    std::fs::write(&file, bytes)?;
    let output =
        bounded()?.args(["one", "--budget", &budget.to_string(), "--target", target.name]).arg(&file).output()?;
    if output.status.success() {
        return Ok(None);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let panic = stderr.lines().find_map(|line| line.strip_prefix("panic: "));
    Ok(Some(panic.map_or_else(|| cause(output.status, &stderr).1, str::to_owned)))
}

/// Reads an input, minimises it and writes it back beside itself.
pub(crate) fn minimise_file(target: &Target, file: &Path, budget: u64) -> anyhow::Result<()> {
    let bytes = std::fs::read(file)?;
    let before = bytes.len();
    let (smallest, fault) = minimise(target, bytes, budget)?;
    let out = file.with_extension("min");
    std::fs::write(&out, &smallest)?;
    println!("{}: {before} bytes to {}: {fault}", out.display(), smallest.len());
    Ok(())
}
