//! Figures of a finished run, and how far another run's are from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

/// Mean training loss by epoch, mean absolute error by region of the test rows.
#[derive(Debug, PartialEq)]
pub(super) struct Figures(BTreeMap<String, f64>);

impl Figures {
    pub(super) fn read(run: &Path) -> anyhow::Result<Self> {
        let file = |name: &str| {
            let path = run.join(name);
            fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let mut figures = BTreeMap::new();
        let metrics: Value = serde_json::from_str(&file("metrics.json")?)?;
        for (region, of) in metrics["regions"].as_object().context("found no regions in metrics.json")? {
            if let Some(mae) = of["mae"].as_f64() {
                figures.insert(format!("MAE {region}"), mae);
            }
        }
        for line in file("log.jsonl")?.lines() {
            let event: Value = serde_json::from_str(line)?;
            if let (Some(epoch), Some(loss)) = (event["epoch"].as_u64(), event["train_loss"].as_f64()) {
                figures.insert(format!("loss of epoch {epoch}"), loss);
            }
        }
        Ok(Self(figures))
    }

    /// The largest relative deviation in words; an error above what is allowed, or where a figure is missing.
    pub(super) fn compare(&self, found: &Self, allowed: f64) -> Result<String, String> {
        let mut worst = (0.0, "no figure".to_owned());
        for (name, &expected) in &self.0 {
            let &value = found.0.get(name).ok_or_else(|| format!("found no {name}, expected {expected}"))?;
            let deviation = (value - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
            if !deviation.is_finite() {
                return Err(format!("found {name} = {value}, expected {expected}"));
            }
            if deviation > worst.0 {
                worst = (deviation, format!("{name}: {value:.6} for {expected:.6}"));
            }
        }
        let text = format!("deviation {:.1e} of at most {allowed:.0e} ({})", worst.0, worst.1);
        if worst.0 <= allowed && found.0.len() == self.0.len() && !self.0.is_empty() { Ok(text) } else { Err(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(values: &[(&str, f64)]) -> Figures {
        Figures(values.iter().map(|&(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn the_largest_deviation_decides() {
        let expected = figures(&[("MAE all", 2.0), ("MAE few", 4.0)]);
        let text = expected.compare(&figures(&[("MAE all", 2.0), ("MAE few", 4.04)]), 0.02).expect("within 2 %");
        assert_eq!(text, "deviation 1.0e-2 of at most 2e-2 (MAE few: 4.040000 for 4.000000)");
        assert!(expected.compare(&figures(&[("MAE all", 2.1), ("MAE few", 4.0)]), 0.02).is_err());
        assert!(expected.compare(&figures(&[("MAE all", f64::NAN), ("MAE few", 4.0)]), 0.02).is_err());
        assert!(expected.compare(&figures(&[("MAE all", 2.0)]), 0.02).is_err());
        assert!(figures(&[]).compare(&figures(&[]), 0.02).is_err());
    }
}
