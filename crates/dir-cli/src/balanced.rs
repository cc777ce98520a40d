//! Balanced split: parts of rows that come without a split, over bins of all of them.
//!
//! The bins of training are those of the training rows alone, so they are made after the split, see [`crate::bins::of_training_rows`].

use dir_data::Part;
use dir_data::table_split::{TableSplit, table_split};

use crate::config::Config;
use crate::task::Task;

/// Part of every row, and the split in words: of every bin of all rows up to `cap` validate and as many test, fewer in small tables.
///
/// # Errors
/// Targets that make no bins; too few rows.
pub fn balanced_parts<T: Task>(
    config: &Config<T>,
    targets: &[f64],
    cap: usize,
    seed: u64,
) -> anyhow::Result<(Vec<Part>, String)> {
    let of_row = T::bins(config, targets, targets.len())?.assign(targets).map_err(dir_core::Error::from)?;
    let TableSplit { parts, cap: used, joined } = table_split(&of_row, cap, seed)?;
    let bin = match joined {
        1 => "bin".to_owned(),
        joined => format!("{joined} neighbouring bins together"),
    };
    let fewer = if used < cap { ", fewer than usual so that enough rows train" } else { "" };
    Ok((parts, format!("split anew, balanced: of every {bin} up to {used} rows validate and as many test{fewer}")))
}
