//! Errors on targets that training has not seen: between others, or beyond them all.
//!
//! # Source
//! Yang et al., ICML 2021, table 6: "w/ data", "interpolation", "extrapolation".

use serde::{Deserialize, Serialize};

use super::{Errors, MetricError, ZeroErrors, check_bin, check_length};

/// Errors of one kind of targets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnseenErrors {
    /// Number of rows.
    pub rows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Geometric mean of the absolute errors; a perfect prediction counts as 1e-10 of the mean absolute error.
    pub gm: f64,
}

/// Errors by whether training rows share the bin; `None` where there are no rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Unseen {
    /// Bins with training rows.
    pub with_data: Option<UnseenErrors>,
    /// Bins without, between bins with.
    pub interpolation: Option<UnseenErrors>,
    /// Bins without, below or above all bins with.
    pub extrapolation: Option<UnseenErrors>,
}

/// How the training rows cover a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It has training rows.
    WithData,
    /// It has none, but lies between bins that have.
    Interpolation,
    /// It has none, and lies below or above all bins that have.
    Extrapolation,
}

/// The coverage of every bin, from its training rows.
///
/// # Example
/// ```
/// use dir_core::metric::{Coverage, coverage};
/// let found = coverage(&[0, 4, 0, 3]);
/// assert_eq!(found[..3], [Coverage::Extrapolation, Coverage::WithData, Coverage::Interpolation]);
/// ```
#[must_use]
pub fn coverage(counts: &[u64]) -> Vec<Coverage> {
    let seen = |bin: &usize| counts[*bin] > 0;
    let bins = 0..counts.len();
    let (first, last) = (bins.clone().find(seen), bins.clone().rfind(seen));
    let between = |bin: usize| first.is_some_and(|f| f < bin) && last.is_some_and(|l| bin < l);
    let of = |bin: usize| match (counts[bin] > 0, between(bin)) {
        (true, _) => Coverage::WithData,
        (_, true) => Coverage::Interpolation,
        _ => Coverage::Extrapolation,
    };
    bins.map(of).collect()
}

/// Errors on seen and unseen targets; `None` if every row's bin has training rows.
///
/// `counts`: training rows per bin.
///
/// # Errors
/// Lengths that differ, a bin that does not exist, numbers that are not finite.
/// # Example
/// ```
/// use dir_core::metric::unseen;
/// let counts = [0, 4, 0, 3];
/// let found = unseen(&[0.5, 1.5, 2.5], &[2.5, 1.0, 3.5], &[0, 1, 2], &counts)?.expect("two unseen bins");
/// assert_eq!(found.extrapolation.map(|e| e.mae), Some(2.0));
/// assert_eq!(found.interpolation.map(|e| e.mae), Some(1.0));
/// # Ok::<(), dir_core::metric::MetricError>(())
/// ```
pub fn unseen(
    targets: &[f64],
    predictions: &[f64],
    bins: &[usize],
    counts: &[u64],
) -> Result<Option<Unseen>, MetricError> {
    check_length("predictions", predictions.len(), targets.len())?;
    check_length("bins", bins.len(), targets.len())?;
    let coverage = coverage(counts);
    let mut errors = [Errors::default(), Errors::default(), Errors::default()];
    for (row, ((&y, &p), &bin)) in targets.iter().zip(predictions).zip(bins).enumerate() {
        let bin = check_bin(row, bin, counts.len())?;
        errors[coverage[bin] as usize].push(y, p)?;
    }
    let [with_data, interpolation, extrapolation] = errors.map(|of| {
        let (mae, gm) = (of.mae()?, of.gm(ZeroErrors::Tiny)?);
        Some(UnseenErrors { rows: of.rows(), mae, gm })
    });
    let any = interpolation.is_some() || extrapolation.is_some();
    Ok(any.then_some(Unseen { with_data, interpolation, extrapolation }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_seen_is_none_and_mistakes_are_named() {
        assert_eq!(unseen(&[1.0], &[2.0], &[0], &[3]), Ok(None));
        assert!(unseen(&[1.0], &[2.0], &[1], &[3]).is_err() && unseen(&[1.0], &[], &[0], &[3]).is_err());
        let none = unseen(&[1.0], &[3.0], &[0], &[0, 0]).expect("valid").expect("nothing was seen");
        assert_eq!((none.with_data, none.extrapolation.map(|e| e.rows)), (None, Some(1)));
    }
}
