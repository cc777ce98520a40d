//! Targets without training rows: which to take away, and how far from the rest they are.
//!
//! Taking all training rows of some ranges away asks what a method predicts for targets that it has never seen: between
//! others (interpolation) or beyond them all (extrapolation).
//!
//! # Source
//! Yang et al., ICML 2021, section 4.3 and table 6. The paper shows its ranges in a figure only; these are ours.

use thiserror::Error;

use crate::printable::printable;
use crate::split::Part;

/// Ages that are taken away unless told otherwise: two gaps inside, of five and ten years, and both ends.
pub const AGES: &str = "0-9,25-29,55-64,80-120";

/// What is wrong with a list of ranges.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RangeError {
    /// No range.
    #[error("found {found:?}, expected ranges such as 25-29,80-120")]
    Range {
        /// What was found.
        found: String,
    },
    /// Nothing is left.
    #[error("found no training row outside {found}, expected some; take less away", found = printable(.found))]
    Nothing {
        /// The ranges.
        found: String,
    },
}

/// Reads ranges: `25-29,80-120`, both ends included.
///
/// # Errors
/// [`RangeError::Range`].
pub fn ranges(text: &str) -> Result<Vec<(f64, f64)>, RangeError> {
    let range = |part: &str| {
        let (low, high) = part.trim().split_once('-')?;
        let (low, high) = (low.trim().parse::<f64>().ok()?, high.trim().parse::<f64>().ok()?);
        (low <= high).then_some((low, high))
    };
    text.split(',').map(|part| range(part).ok_or_else(|| RangeError::Range { found: part.into() })).collect()
}

/// Positions of the rows that stay: all but the training rows within the ranges.
///
/// # Errors
/// [`RangeError::Nothing`] if no training row stays.
pub fn without(targets: &[f64], parts: &[Part], ranges: &[(f64, f64)]) -> Result<Vec<usize>, RangeError> {
    let inside = |y: f64| ranges.iter().any(|&(low, high)| (low..=high).contains(&y));
    let stays = |k: &usize| parts[*k] != Part::Train || !inside(targets[*k]);
    let left: Vec<usize> = (0..targets.len()).filter(stays).collect();
    if left.iter().any(|&k| parts[k] == Part::Train) {
        Ok(left)
    } else {
        let found = ranges.iter().map(|(low, high)| format!("{low}-{high}")).collect::<Vec<_>>().join(",");
        Err(RangeError::Nothing { found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_rows_of_a_range_go() {
        let (targets, parts) =
            ([5.0, 5.0, 30.0, 31.0, 90.0], [Part::Train, Part::Test, Part::Train, Part::Train, Part::Val]);
        let left = without(&targets, &parts, &ranges("0-9, 31-31").expect("ranges")).expect("30 stays");
        assert_eq!(left, [1, 2, 4]);
        assert!(without(&targets, &parts, &[(0.0, 120.0)]).is_err());
        assert_eq!(ranges(AGES).expect("ranges").len(), 4);
        assert!(ranges("9-3").is_err() && ranges("old").is_err());
    }
}
