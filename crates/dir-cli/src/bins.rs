//! Bins of a target that nobody has described.

use dir_core::bins::{Bins, BinsError, Precision};
use serde::{Deserialize, Serialize};

/// Bins as a user writes them.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `kind` | uniform | uniform, quantile or log |
/// | `count` | chosen | number of bins |
/// | `width` | chosen | width of a uniform bin |
/// | `edges` | none | explicit edges |
/// | `precision` | auto | how targets meet edges: auto lets decimal targets begin the bin of their edge, f64 compares as they are, f32 in single precision |
///
/// Chosen: whole-number targets over at most 200 values get a bin per value; others one bin per 50 rows, 10 to 100 of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinsConfig {
    /// Kind.
    pub kind: BinsKind,
    /// Number of bins.
    pub count: Option<usize>,
    /// Width of a uniform bin.
    pub width: Option<f64>,
    /// Explicit edges.
    pub edges: Vec<f64>,
    /// How targets meet edges.
    pub precision: Precision,
}

/// Kind of bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinsKind {
    /// Equal widths.
    #[default]
    Uniform,
    /// Equal numbers of rows.
    Quantile,
    /// Equal ratios.
    Log,
}

const MOST_VALUES: f64 = 200.0;
const ROWS_PER_BIN: usize = 50;

impl BinsConfig {
    /// Bins for these targets.
    ///
    /// # Errors
    /// Numbers that make no bins.
    pub fn init(&self, targets: &[f64]) -> Result<Bins, BinsError> {
        Ok(self.bins(targets)?.with_precision(self.precision))
    }

    fn bins(&self, targets: &[f64]) -> Result<Bins, BinsError> {
        if !self.edges.is_empty() {
            return Bins::from_edges(self.edges.clone());
        }
        let low = targets.iter().copied().fold(f64::INFINITY, f64::min);
        let high = targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let whole = targets.iter().all(|y| y.fract() == 0.0) && high - low < MOST_VALUES;
        let chosen = (targets.len() / ROWS_PER_BIN).clamp(10, 100);
        match (self.kind, self.width, self.count) {
            (BinsKind::Uniform, Some(width), _) => Bins::of_width(low, high, width),
            (BinsKind::Uniform, None, None) if whole => Bins::uniform(low, 1.0, (high - low) as usize + 1),
            (BinsKind::Uniform, None, count) => Bins::uniform_over(targets, count.unwrap_or(chosen)),
            (BinsKind::Quantile, _, count) => Bins::quantile(targets, count.unwrap_or(chosen)),
            (BinsKind::Log, _, count) => Bins::log(low, high, count.unwrap_or(chosen)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_choose_their_bins() {
        let rings: Vec<f64> = (1..=29).map(f64::from).collect();
        let bins = BinsConfig::default().init(&rings).expect("valid");
        assert_eq!((bins.len(), bins.range(0)), (29, (1.0, 2.0)));
        let prices: Vec<f64> = (0..1000).map(|k| 0.5 + f64::from(k)).collect();
        assert_eq!(BinsConfig::default().init(&prices).expect("valid").len(), 20);
        let width = BinsConfig { width: Some(100.0), ..BinsConfig::default() }.init(&prices).expect("valid");
        assert_eq!((width.len(), width.range(9)), (10, (900.0, 1000.0)));
        let tenths: Vec<f64> = (3..=50).flat_map(|k| [f64::from(k) / 10.0; 100]).collect();
        let width = BinsConfig { width: Some(0.1), ..BinsConfig::default() };
        let counts = width.init(&tenths).and_then(|bins| bins.counts(&tenths));
        assert_eq!(counts.expect("valid"), vec![100; 48]);
        let exact = BinsConfig { precision: Precision::F64, ..width };
        let counts = exact.init(&tenths).and_then(|bins| bins.counts(&tenths)).expect("valid");
        assert!(counts.contains(&0), "as they are, tenths miss their bins: {counts:?}");
        let bad = BinsConfig { width: Some(-1.0), ..BinsConfig::default() };
        assert!(bad.init(&prices).is_err());
    }
}
