//! Bins of a target that nobody has described, from the targets of the training rows.

use dir_core::bins::{Bins, BinsError, Precision};
use dir_data::Part;
use dir_data::printable::printable_number;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::task::{Prepared, Task};

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
/// Chosen: whole-number targets over at most 200 values get a bin per value; others one bin per 50 rows of the data, 10 to 100 of them.
/// Targets are those of the training rows; `edges` do not depend on them.
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

/// Bins of the training rows, in which other rows count too: those with targets outside in the first or the last.
///
/// # Errors
/// Targets or settings that make no bins.
pub fn of_training_rows<T: Task>(config: &Config<T>, targets: &[f64], parts: &[Part]) -> anyhow::Result<Bins> {
    let rows = targets.iter().zip(parts).filter(|(_, part)| **part == Part::Train);
    T::bins(config, &rows.map(|(target, _)| *target).collect::<Vec<f64>>(), targets.len())
}

/// Validation and test rows whose targets lie outside the bins, in words; none if there are none.
pub(crate) fn outside<R>(prepared: &Prepared<R>) -> Option<String> {
    let (low, high) = (prepared.bins.range(0).0, prepared.bins.range(prepared.bins.len() - 1).1);
    let beyond = |row: &usize| (low - prepared.targets[*row]).max(prepared.targets[*row] - high);
    let rows: Vec<usize> = [Part::Val, Part::Test].into_iter().flat_map(|part| prepared.positions(part)).collect();
    let rows: Vec<usize> = rows.into_iter().filter(|row| beyond(row) > 0.0).collect();
    let furthest = rows.iter().max_by(|a, b| beyond(a).total_cmp(&beyond(b)))?;
    let [low, high, target] = [low, high, prepared.targets[*furthest]].map(printable_number);
    let id = prepared.row_ids[*furthest];
    Some(format!(
        "{} of the validation and test targets lie outside the bins of the training rows, {low} to {high}, furthest {target} in row {id}; they \
         count in the first or the last bin",
        rows.len()
    ))
}

const MOST_VALUES: f64 = 200.0;
const ROWS_PER_BIN: usize = 50;

impl BinsConfig {
    /// Bins for these targets.
    ///
    /// # Errors
    /// Numbers that make no bins.
    pub fn init(&self, targets: &[f64]) -> Result<Bins, BinsError> {
        self.init_for(targets, targets.len())
    }

    /// Bins for these targets of a data set with so many rows, by which their number is chosen.
    ///
    /// # Errors
    /// Numbers that make no bins.
    pub fn init_for(&self, targets: &[f64], rows: usize) -> Result<Bins, BinsError> {
        Ok(self.bins(targets, rows)?.with_precision(self.precision))
    }

    fn bins(&self, targets: &[f64], rows: usize) -> Result<Bins, BinsError> {
        if !self.edges.is_empty() {
            return Bins::from_edges(self.edges.clone());
        }
        let low = targets.iter().copied().fold(f64::INFINITY, f64::min);
        let high = targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let whole = targets.iter().all(|y| y.fract() == 0.0) && high - low < MOST_VALUES;
        let chosen = (rows / ROWS_PER_BIN).clamp(10, 100);
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
    use crate::stub::Stub;

    fn prepared(targets: &[f64], parts: &[Part], bins: Bins) -> Prepared<()> {
        Prepared {
            rows: (),
            source: "x".into(),
            content: "x".into(),
            target: "y".into(),
            targets: targets.to_vec(),
            pixels: None,
            row_ids: (10..10 + targets.len()).collect(),
            parts: parts.to_vec(),
            groups: None,
            bins,
            left_out: Default::default(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// A test target a thousand times the others: bins, rows per bin, shots and weights are those without it, and it counts in the last bin.
    #[test]
    fn an_outlier_of_the_test_rows_leaves_the_bins_of_training_alone() {
        let config = Config::<Stub>::default();
        let mut targets: Vec<f64> = (0..1000).map(|k| f64::from(k * 37 % 800) / 8.0 + 0.3).collect();
        let parts: Vec<Part> = (0..1000).map(|k| Part::EACH[if k % 5 < 3 { 0 } else { k % 5 - 2 }]).collect();
        let train = |targets: &[f64]| -> Vec<f64> {
            targets.iter().zip(&parts).filter(|(_, part)| **part == Part::Train).map(|(y, _)| *y).collect()
        };
        let made = |targets: &[f64]| {
            let bins = of_training_rows(&config, targets, &parts).expect("bins");
            let counts = bins.counts(&train(targets)).expect("finite");
            let shots = dir_core::shot::ShotRule::default().shots(&counts).expect("valid");
            let weights =
                dir_core::weight::WeightConfig { reweight: dir_core::weight::Reweight::SqrtInv, ..Default::default() };
            (weights.bin_weights(&bins, &counts).expect("weights").weight, shots, counts, bins)
        };
        let before = made(&targets);
        targets[4] = 1e6;
        targets[8] = -7.0;
        let after = made(&targets);
        assert_eq!(before, after);
        let bins = after.3;
        // As many as all 1,000 rows choose.
        assert_eq!((bins.len(), bins.bin_of(1e6), bins.bin_of(-7.0)), (20, Ok(19), Ok(0)));
        let words = outside(&prepared(&targets, &parts, bins.clone())).expect("two rows");
        let (low, high) = (bins.range(0).0, bins.range(19).1);
        assert_eq!(
            words,
            format!(
                "2 of the validation and test targets lie outside the bins of the training rows, {low} to {high}, furthest 1000000 in row 14; \
                 they count in the first or the last bin"
            )
        );
        targets[4] = 9.0;
        targets[8] = 9.0;
        assert_eq!(outside(&prepared(&targets, &parts, bins)), None);
        // Edges of the user's stay whatever the rows are.
        let own = Config::<Stub> { bins: BinsConfig { edges: vec![0.0, 5.0, 7.0], ..Default::default() }, ..config };
        assert_eq!(of_training_rows(&own, &targets, &parts).expect("bins").edges(), [0.0, 5.0, 7.0]);
    }

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
