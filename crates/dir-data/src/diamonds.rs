//! Prices of 53,940 diamonds: a real, long-tailed target that comes with the crate, so that the first run needs no download.
//!
//! # Source
//! `diamonds` of ggplot2 (MIT licence), as shipped in the wheel of plotnine (MIT licence); see `data/README.md`.

use miniz_oxide::inflate::{DecompressError, decompress_to_vec};
use thiserror::Error;

use crate::tabular::{ReadOptions, Table, TableError, read_csv_from};

/// The embedded copy is damaged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiamondsError {
    /// It does not inflate.
    #[error("embedded diamonds.csv: found '{0}', expected data that inflates; rebuild the program")]
    Inflate(DecompressError),
    /// It does not read.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Number of price bins that gives every shot bins and test rows.
pub const PRICE_BINS: usize = 200;

static DEFLATED: &[u8] = include_bytes!("../data/diamonds.csv.deflate");

/// The table: carat, cut, color, clarity, depth, table, x, y, z, and the price in dollars as target.
///
/// # Errors
/// Only if the embedded copy is damaged.
pub fn diamonds() -> Result<Table, DiamondsError> {
    let csv = decompress_to_vec(DEFLATED).map_err(DiamondsError::Inflate)?;
    let options = ReadOptions { target: Some("price".into()), ..ReadOptions::default() };
    Ok(read_csv_from(csv.as_slice(), "diamonds", &options)?)
}

#[cfg(test)]
mod tests {
    use dir_core::bins::Bins;
    use dir_core::shot::{Shot, ShotRule};

    use super::*;
    use crate::split::{Part, balanced_split};
    use crate::tabular::Encoder;

    #[test]
    fn the_table_is_whole() {
        let table = diamonds().expect("whole");
        assert_eq!((table.rows(), table.columns.len()), (53_940, 9));
        // By hand from the first and last lines of the original.
        assert_eq!((table.targets[0], table.targets[53_939]), (326.0, 2757.0));
        assert_eq!(table.targets.iter().sum::<f64>(), 212_135_217.0); // mean 3932.80, as ggplot2 documents
        let all: Vec<usize> = (0..table.rows()).collect();
        assert_eq!(Encoder::fit(&table, &all).width(), 26); // 6 numbers, 5 cuts, 7 colours, 8 clarities
    }

    #[test]
    fn every_shot_has_bins_and_test_rows() {
        let table = diamonds().expect("whole");
        let bins = Bins::uniform_over(&table.targets, PRICE_BINS).expect("valid");
        let of_row = bins.assign(&table.targets).expect("finite");
        let parts = balanced_split(&of_row, 30, 0).expect("splits");
        let mut train = vec![0; bins.len()];
        let mut test = vec![0; bins.len()];
        for (&bin, part) in of_row.iter().zip(&parts) {
            match part {
                Part::Train => train[bin] += 1,
                Part::Test => test[bin] += 1,
                Part::Val => {}
            }
        }
        let shots = ShotRule::default().shots(&train).expect("valid");
        for shot in [Shot::Many, Shot::Medium, Shot::Few] {
            let of_shot: Vec<usize> = (0..bins.len()).filter(|&b| shots[b] == shot).collect();
            let rows: usize = of_shot.iter().map(|&b| test[b]).sum();
            assert!(of_shot.len() >= 10 && rows >= 100, "{shot:?}: {} bins, {rows} test rows", of_shot.len());
        }
    }
}
