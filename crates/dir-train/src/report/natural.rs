//! Table of a run's errors under the natural distribution.

use dir_core::metric::NaturalErrors;
use dir_core::shot::Region;

use super::axis::{four_digits, grouped};
use super::decimals::{decimals, signed};
use super::text_table::TextTable;
use crate::natural::Natural;

/// Errors by region with the effective number of rows behind them; `None` where the plain errors are these.
#[must_use]
pub fn natural_table(natural: &Natural) -> Option<TextTable> {
    let regions = natural.regions?;
    let row = |region: Region| match regions.get(region) {
        None => [region.name(), "0", "0", "-", "-", "-"].map(str::to_owned).to_vec(),
        Some(NaturalErrors { rows, effective_rows, mae, rmse, bias, mae_interval, .. }) => {
            let interval = mae_interval.map_or(String::new(), |interval| {
                format!("\n{} to {}", four_digits(interval.low), four_digits(interval.high))
            });
            vec![
                region.name().to_owned(),
                grouped(*rows as f64, 0),
                grouped(*effective_rows, if *effective_rows < 100.0 { 1 } else { 0 }),
                format!("{}{interval}", four_digits(*mae)),
                four_digits(*rmse),
                signed(*bias, decimals(bias.abs())),
            ]
        }
    };
    let head = ["region", "rows", "effective rows", "MAE", "RMSE", "bias"].map(str::to_owned).to_vec();
    Some(TextTable { head, rows: Region::EACH.map(row).to_vec() })
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{Interval, Regions, TestSpread};

    use super::*;

    #[test]
    fn the_table_has_weighted_errors_and_their_effective_rows() {
        let interval = Some(Interval { low: 1.0, high: 3.0 });
        let errors = NaturalErrors {
            rows: 1200,
            effective_rows: 71.26,
            mae: 2.0,
            mse: 6.25,
            rmse: 2.5,
            bias: -0.5,
            mae_interval: interval,
        };
        let regions = Some(Regions { all: Some(errors), many: None, medium: None, few: None, zero: None });
        let natural = Natural { spread: TestSpread::Balanced, data_rows: 9000, without_test_rows: 0.0, regions };
        let table = natural_table(&natural).expect("differs");
        assert_eq!(table.rows[0], ["all", "1,200", "71.3", "2.000\n1.000 to 3.000", "2.500", "-0.500"]);
        assert_eq!((table.rows[3][0].as_str(), table.rows[3][3].as_str()), ("few", "-"));
        assert_eq!(natural_table(&Natural { regions: None, ..natural }), None);
    }
}
