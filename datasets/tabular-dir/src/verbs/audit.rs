//! `audit`: the target before any training.

use std::path::Path;

use dir_core::audit::{Audit, audit};
use dir_core::bins::Bins;
use dir_core::shot::Shot;
use dir_train::files;

use super::short;
use crate::args::AuditArgs;
use crate::config::Config;
use crate::data;

pub(crate) fn run(args: &AuditArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.common)?;
    let table = data::read(&config)?;
    let bins = config.bins.init(&table.targets).map_err(dir_core::Error::from)?;
    let audit = audit(&table.targets, &bins, &config.shots)?;
    let title = format!("{}: target {:?}", table.source, table.target_name);
    println!("{title}");
    for (label, value) in facts(&audit, &bins, &table.targets) {
        println!("  {label:<34}{value}");
    }
    println!("\nWeights (mean 1)");
    println!("  {:<14}{:>10}{:>18}{:>26}", "scheme", "largest", "effective rows", "rows with half the weight");
    for s in &audit.schemes {
        println!("  {:<14}{:>10.1}{:>18.0}{:>26}", s.name, s.largest, s.effective_rows, s.half_rows);
    }
    println!("\nAdvice");
    for line in audit.advice() {
        println!("  - {line}");
    }
    for note in &table.notes {
        println!("  - note: {note}");
    }
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(config.data.name()).join("audit"));
    files::create_folder(&out)?;
    let report = super::report::write_audit(&out, &title, &facts(&audit, &bins, &table.targets), &audit, &bins)?;
    println!("\nreport: {}", report.display());
    Ok(())
}

fn facts(audit: &Audit, bins: &Bins, targets: &[f64]) -> Vec<(String, String)> {
    let low = targets.iter().copied().fold(f64::INFINITY, f64::min);
    let high = targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = targets.iter().sum::<f64>() / targets.len() as f64;
    let shot = |shot: Shot, words: &str| {
        let (bins, rows) = audit.of_shot(shot);
        (format!("{} shot ({words})", shot.name()), format!("{bins} bins, {rows} rows"))
    };
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("rows", audit.rows.to_string()),
        fact("target", format!("{} to {}, mean {}", short(low), short(high), short(mean))),
        fact("skewness", format!("{:.2}", audit.skewness)),
        fact("bins", format!("{}, {} of them empty between full ones", bins.len(), audit.gaps)),
        fact("rows per bin that has any", format!("median {}", audit.median_rows)),
        fact("imbalance ratio (fullest:emptiest)", short(audit.imbalance_ratio)),
        shot(Shot::Many, "more than 100 rows"),
        shot(Shot::Medium, "20 to 100 rows"),
        shot(Shot::Few, "fewer than 20 rows"),
        shot(Shot::Zero, "no rows"),
    ]
}
