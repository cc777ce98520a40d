//! Sizes of networks: their limits, and the error of one outside them.

use std::ops::RangeInclusive;

use thiserror::Error;

/// Channels or units of a layer. A square matrix of the largest width takes 1 GiB.
pub(crate) const WIDTHS: RangeInclusive<usize> = 1..=16_384;
/// Channels of a residual network's stem; its last stage is 8 times as wide.
pub(crate) const STEM_WIDTHS: RangeInclusive<usize> = 1..=1_024;
/// Layers or blocks in a row.
pub(crate) const LAYERS: RangeInclusive<usize> = 1..=1_000;
/// What is counted in data, and has no upper limit here.
pub(crate) const COUNTS: RangeInclusive<usize> = 1..=usize::MAX;

/// A size outside its limits: no network can be made, or none that fits into memory. Worded to follow "failed to build the network: ".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("found {name} = {found}, expected {}", limits(*.low, *.high))]
pub struct SizeError {
    /// Which size.
    pub name: &'static str,
    /// The size.
    pub found: usize,
    /// Smallest one.
    pub low: usize,
    /// Largest one.
    pub high: usize,
}

fn limits(low: usize, high: usize) -> String {
    if high == usize::MAX { format!("at least {low}") } else { format!("{low} to {high}") }
}

/// Checks sizes by name.
///
/// # Errors
/// The first that is outside its limits.
pub(crate) fn check(
    sizes: impl IntoIterator<Item = (&'static str, usize, RangeInclusive<usize>)>,
) -> Result<(), SizeError> {
    sizes.into_iter().try_for_each(|(name, found, limits)| {
        let (low, high) = limits.into_inner();
        if (low..=high).contains(&found) { Ok(()) } else { Err(SizeError { name, found, low, high }) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_size_outside_its_limits_is_named() {
        let message =
            |sizes: [(&'static str, usize, RangeInclusive<usize>); 2]| check(sizes).err().map(|e| e.to_string());
        assert_eq!(message([("width", 16_384, WIDTHS), ("rows", 1_000_000, COUNTS)]), None);
        let found = message([("hidden", 1_000_000, WIDTHS), ("layers", 0, LAYERS)]);
        assert_eq!(found.as_deref(), Some("found hidden = 1000000, expected 1 to 16384"));
        let found = message([("layers", 1001, LAYERS), ("rows", 0, COUNTS)]);
        assert_eq!(found.as_deref(), Some("found layers = 1001, expected 1 to 1000"));
        let found = message([("rows", 0, COUNTS), ("layers", 1, LAYERS)]);
        assert_eq!(found.as_deref(), Some("found rows = 0, expected at least 1"));
    }
}
