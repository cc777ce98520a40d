//! `audit`: the target before any training.

use std::path::Path;

use dir_core::audit::{Audit, audit};
use dir_core::bins::Bins;
use dir_core::kernel::KernelConfig;
use dir_core::lds::effective_density;
use dir_core::shot::{Shot, ShotRule};
use dir_core::smooth::Padding;
use dir_core::tally::Tally;
use dir_data::Part;
use dir_train::report::{AuditPage, BinRow, write_audit};
use dir_train::{files, outputln};

use super::short;
use crate::args::AuditArgs;
use crate::config::Config;
use crate::folds;
use crate::task::{Prepared, Task};

pub(crate) fn run<T: Task>(args: &AuditArgs<T>) -> anyhow::Result<()> {
    let config = Config::<T>::load(&args.common)?;
    let prepared = folds::read::<T>(&config)?;
    let targets = prepared.tally(Part::Train);
    let audit = audit(&targets, &prepared.bins, &config.shots)?;
    outputln!("{}", prepared.describe())?;
    let page = page(&prepared, &audit, &targets, &config.shots)?;
    outputln!("\nThe training rows")?;
    for (label, value) in &page.facts {
        outputln!("  {label:<36}{value}")?;
    }
    outputln!("\nWeights (mean 1)")?;
    outputln!("  {:<14}{:>10}{:>18}{:>28}", "scheme", "largest", "effective rows", "rows with half the weight")?;
    for s in &audit.schemes {
        outputln!("  {:<14}{:>10.1}{:>18.0}{:>28}", s.name, s.largest, s.effective_rows, s.half_rows)?;
    }
    outputln!("\nAdvice")?;
    for line in &page.advice {
        outputln!("  - {line}")?;
    }
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(T::dataset(&config)).join("audit"));
    files::create_folder(&out)?;
    outputln!("\nreport: {}", write_audit(&out, &page)?.display())?;
    Ok(())
}

fn page<R>(prepared: &Prepared<R>, audit: &Audit, targets: &Tally, shots: &ShotRule) -> anyhow::Result<AuditPage> {
    let bins = &prepared.bins;
    let density: Vec<f64> = audit.counts.iter().map(|&n| n as f64).collect();
    let kernel = KernelConfig::default().init().map_err(dir_core::Error::from)?;
    let smoothed = effective_density(&density, &kernel, Padding::Zero).map_err(dir_core::Error::from)?;
    let row = |b: usize| {
        let ((low, high), shot) = (bins.range(b), audit.shots[b].name().to_owned());
        BinRow { low, high, train: density[b], effective_density: smoothed[b], shot }
    };
    let scheme = |s: &dir_core::audit::SchemeAudit| {
        (s.name.to_owned(), s.weight.iter().copied().zip(audit.counts.iter().copied()).collect())
    };
    Ok(AuditPage {
        title: format!("Audit of {}: {}", prepared.source, prepared.target),
        facts: facts(audit, bins, targets, shots),
        advice: audit.advice(),
        bins: (0..bins.len()).map(row).collect(),
        shots: shots.clone(),
        schemes: audit.schemes.iter().map(scheme).collect(),
    })
}

fn facts(audit: &Audit, bins: &Bins, targets: &Tally, shots: &ShotRule) -> Vec<(String, String)> {
    let [many, medium, few, zero] = shots.words();
    let (low, high) = targets.range().unwrap_or_default();
    let mean = targets.mean(|y| y);
    let shot = |shot: Shot, words: String| {
        let (bins, rows) = audit.of_shot(shot);
        (format!("{} shot ({words})", shot.name()), format!("{bins} bins, {rows} rows"))
    };
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("rows", audit.rows.to_string()),
        fact("target", format!("{} to {}, mean {}", short(low), short(high), short(mean))),
        fact("skewness", format!("{:.2}", (audit.skewness * 100.0).round() / 100.0 + 0.0)), // no minus before 0
        fact("bins", format!("{}, {} of them empty between full ones", bins.len(), audit.gaps)),
        fact("rows per bin that has any", format!("median {}", audit.median_rows)),
        fact("imbalance ratio (fullest:emptiest)", short(audit.imbalance_ratio)),
        shot(Shot::Many, many),
        shot(Shot::Medium, medium),
        shot(Shot::Few, few),
        shot(Shot::Zero, zero),
    ]
}
