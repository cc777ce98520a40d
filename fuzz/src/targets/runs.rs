//! Targets that read the files of a run folder, one of them mutated, and write the report.

use std::path::PathBuf;

use dir_train::{log, report};

use super::run_folder::{write_comparison, write_run};
use crate::target::{Outcome, Scratch, Seeds, Target};

const JSON: &[&[u8]] = &[
    b"null",
    b"NaN",
    b"1e400",
    b"-0.0",
    b"[]",
    b"{}",
    b"\"failed\":\"x\"",
    b"\"regions\":null",
    b"\"folds\":3",
    b"\"unseen\":{",
    b"\"seeds\":[]",
    b"\"methods\":[]",
    b"\"event\":\"epoch\"",
    b"\"updates\":18446744073709551615",
    b"</script>",
    b"../../",
];
const CSV: &[&[u8]] =
    &[b"many", b"medium", b"few", b"zero", b"inf", b"nan", b"1e308", b"-1e308", b"5e-324", b"group", b"relevance"];
const SAFE: &[&[u8]] = &[
    b"\"shape\":[0,0]",
    b"\"shape\":[8,0]",
    b"\"shape\":[0]",
    b"\"dtype\":\"U64\"",
    b"\"dtype\":\"F32\"",
    b"\"data_offsets\":[0,0]",
];
const TOML: &[&[u8]] =
    &[b"[classify]\nprediction = \"most_likely\"\n", b"[shots]\nkind = \"share\"\n", b"kind", b"many = 0\n"];

pub(super) static TARGETS: [Target; 9] = [
    Target::text("report-metrics", |b, s| run(b, s, "metrics.json"), || seed("metrics.json"), JSON, 1 << 14),
    Target::text("report-predictions", |b, s| run(b, s, "predictions.csv"), || seed("predictions.csv"), CSV, 1 << 13),
    Target::text("report-bins", |b, s| run(b, s, "bins.csv"), || seed("bins.csv"), CSV, 1 << 13),
    Target::text("report-log", |b, s| run(b, s, "log.jsonl"), || seed("log.jsonl"), JSON, 1 << 13),
    Target::text("report-config", |b, s| run(b, s, "config.toml"), || seed("config.toml"), TOML, 1 << 12),
    Target::binary(
        "report-statistics",
        |b, s| run(b, s, "feature_statistics.safetensors"),
        || seed("feature_statistics.safetensors"),
        SAFE,
        1 << 13,
    ),
    Target::text("report-comparison", |b, s| comparison(b, s, "compare.json"), comparisons, JSON, 1 << 16),
    Target::text(
        "report-comparison-rows",
        |b, s| comparison(b, s, "sqinv/seed-1/predictions.csv"),
        || seed("predictions.csv"),
        CSV,
        1 << 13,
    ),
    Target::text("log-resume", resume, || seed("log.jsonl"), JSON, 1 << 13),
];

/// Writes the report of a run with one file replaced by the input.
fn run(bytes: &[u8], scratch: &Scratch, name: &str) -> Outcome {
    let folder = scratch.folder().join("run");
    scratch.once(|_| write_run(&folder, "sqinv", 3).map(drop))?;
    scratch.write(&format!("run/{name}"), bytes)?;
    size(report::write(&folder)?)
}

/// The same of a comparison.
fn comparison(bytes: &[u8], scratch: &Scratch, name: &str) -> Outcome {
    let folder = scratch.folder().join("compare");
    scratch.once(|_| write_comparison(&folder))?;
    scratch.write(&format!("compare/{name}"), bytes)?;
    size(report::write(&folder)?)
}

fn size(page: PathBuf) -> Outcome {
    Ok(std::fs::metadata(page)?.len() as usize)
}

/// Opens the log of a run that goes on, adds a line and reads it back.
fn resume(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("log.jsonl", bytes)?;
    log::Log::open(&path, 10, (1, 2))?.event("resumed", 10, &serde_json::json!({ "epoch": 2 }))?;
    let lines = log::read(&path)?;
    anyhow::ensure!(lines.last().is_some_and(|line| line["event"] == "resumed"), "the last line is not the one added");
    Ok(lines.len())
}

/// A file of a run as training writes it.
fn seed(name: &str) -> anyhow::Result<Seeds> {
    let folder = crate::campaign::scratch()?;
    write_run(folder.path(), "sqinv", 3)?;
    Ok(vec![(name.into(), std::fs::read(folder.path().join(name))?)])
}

fn comparisons() -> anyhow::Result<Seeds> {
    let folder = crate::campaign::scratch()?;
    write_comparison(folder.path())?;
    Ok(vec![("compare.json".into(), std::fs::read(folder.path().join("compare.json"))?)])
}
