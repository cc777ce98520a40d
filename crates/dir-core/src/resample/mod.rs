//! Re-sampling: more rows where targets are rare, fewer where they are frequent.
//!
//! 1. A row is rare if its relevance ([`crate::relevance`]) is at the threshold or above. In rising order of targets, rows form
//!    *bumps*, all rare or all frequent.
//! 2. Each bump shall have so many rows ([`Amount`]); rare ones that have fewer get made rows, frequent ones that have more lose
//!    some, only if asked.
//! 3. **SMOTER** makes a row between a rare one and one of its `k` nearest in the bump, `x = x₁ + u (x₂ - x₁)`; its target is
//!    `(d₂ y₁ + d₁ y₂) / (d₁ + d₂)`, with `d` the distances to both. **SMOGN** does so only where the neighbour is nearer than half
//!    the median distance of the row to the others; else it adds noise to row and target, of the bump's deviations times
//!    `min(perturbation, half the median distance)`.
//!
//! The result is a [`Plan`]: which rows stay, and how each new one is made. Whoever has the rows makes them, when they are
//! needed: a hundred thousand pictures need not be kept twice.
//!
//! # Source
//! Torgo, Ribeiro, Pfahringer, Branco, "SMOTE for regression", EPIA 2013; Branco, Torgo, Ribeiro, "SMOGN", LIDTA 2017
//! (PMLR 74). We differ: a perturbed target stays within those of its bump, and all categories of a perturbed row come from one other row;
//! rare rows are never dropped, frequent ones only if asked; a bump of one row, which has no neighbours, is copied by SMOTER.

mod bumps;
mod features;
mod neighbours;
mod plan;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bins::Bins;
use crate::kernel::KernelConfig;
use crate::lds::effective_density;
use crate::relevance::{Relevance, RelevanceConfig};
use crate::smooth::Padding;
use crate::tally::Tally;

pub use bumps::Bump;
pub use features::Features;
pub use plan::{How, Made, Plan};

/// What keeps rows from being re-sampled. Worded to follow "failed to re-sample the rows: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ResampleError {
    /// Numbers that do not fill rows.
    #[error(
        "found {values} numbers for rows of {width} columns, expected a multiple, and categories of some of the columns"
    )]
    Shape {
        /// How many numbers.
        values: usize,
        /// Numbers per row.
        width: usize,
    },
    /// A number that is NaN or infinite.
    #[error("row {row}, column {column}: found {found}, expected a finite number; fill it in or leave the row out")]
    Value {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The number.
        found: f32,
    },
    /// Not one relevance or row of numbers per target.
    #[error("found {found} {what} for {targets} targets, expected one each")]
    Length {
        /// What there are too few or many of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// Number of targets.
        targets: usize,
    },
    /// A target that is NaN or infinite.
    #[error("row {row}: found target {found}, expected a finite number; correct it or leave the row out")]
    Target {
        /// The row.
        row: usize,
        /// The target.
        found: f64,
    },
    /// A relevance out of range.
    #[error("row {row}: found relevance {found}, expected 0 to 1")]
    Relevance {
        /// The row.
        row: usize,
        /// The relevance.
        found: f64,
    },
    /// All rows on one side of the threshold.
    #[error(
        "found {found}, expected some rare and some frequent rows; choose another threshold ({threshold}) or relevance"
    )]
    OneSided {
        /// All rows rare, or none.
        found: &'static str,
        /// The threshold.
        threshold: f64,
    },
    /// A setting that makes no sense.
    #[error("found {name} {found}, expected {expected}")]
    Setting {
        /// Its key.
        name: &'static str,
        /// Its value.
        found: f64,
        /// What it may be.
        expected: &'static str,
    },
}

/// How rows are made or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Interpolation between neighbours.
    Smoter,
    /// Interpolation between near neighbours, noise elsewhere.
    #[default]
    Smogn,
    /// Copies of rare rows.
    Over,
    /// No new rows; frequent ones are dropped.
    Under,
}

impl Method {
    /// Whether rows are made of several, and so must be compared and blended.
    #[must_use]
    pub fn blends(self) -> bool {
        matches!(self, Self::Smoter | Self::Smogn)
    }
}

/// How many rows a bump shall have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// As many as the others.
    #[default]
    Balance,
    /// In inverse proportion to what it has.
    Extreme,
}

/// Settings of re-sampling.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `method` | smogn | smoter, smogn, over or under |
/// | `threshold` | 0.5 | relevance from which on a row is rare |
/// | `neighbours` | 5 | neighbours that a row may be blended with |
/// | `perturbation` | 0.02 | most noise, in deviations |
/// | `amount` | balance | balance or extreme: how many rows a bump shall have |
/// | `under` | false | whether frequent bumps lose rows |
/// | `relevance` | box_plot | how relevance follows from the training targets |
/// | `lds` | absent | kernel: relevance is that of the density that LDS sees |
///
/// # Example
/// ```
/// use dir_core::relevance::Relevance;
/// use dir_core::resample::{Features, ResampleConfig};
/// let targets: Vec<f64> = (0..20).map(f64::from).chain([80.0, 90.0, 100.0]).collect();
/// let relevance = Relevance::by_box_plot(&targets, 1.5)?;
/// let phi: Vec<f64> = targets.iter().map(|&y| relevance.of(y)).collect();
/// let features = Features::new(targets.iter().map(|&y| y as f32).collect(), 1, vec![])?;
/// let plan = ResampleConfig::default().plan(&features, &targets, &phi, 0)?;
/// assert_eq!(plan.kept.len(), 23); // nothing is lost
/// assert!(plan.made.iter().all(|made| made.target >= 15.0)); // new rows are rare ones
/// # Ok::<(), dir_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResampleConfig {
    /// How rows are made.
    pub method: Method,
    /// Relevance from which on a row is rare.
    pub threshold: f64,
    /// Neighbours that a row may be blended with.
    pub neighbours: usize,
    /// Most noise, in deviations.
    pub perturbation: f64,
    /// How many rows a bump shall have.
    pub amount: Amount,
    /// Whether frequent bumps lose rows; of [`Method::Under`] they always do.
    pub under: bool,
    /// How relevance follows from the training targets.
    pub relevance: RelevanceConfig,
    /// Kernel of LDS: what is rare is then told by the density that it sees, whatever `relevance` says.
    pub lds: Option<KernelConfig>,
}

impl Default for ResampleConfig {
    fn default() -> Self {
        Self {
            method: Method::default(),
            threshold: 0.5,
            neighbours: 5,
            perturbation: 0.02,
            amount: Amount::default(),
            under: false,
            relevance: RelevanceConfig::default(),
            lds: None,
        }
    }
}

impl ResampleConfig {
    /// Refuses settings that make no sense.
    ///
    /// # Errors
    /// [`ResampleError::Setting`].
    pub fn check(&self) -> Result<(), ResampleError> {
        let wrong = |name, found, expected| Err(ResampleError::Setting { name, found, expected });
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return wrong("threshold", self.threshold, "a number above 0, at most 1");
        }
        if self.neighbours == 0 {
            return wrong("neighbours", 0.0, "at least 1");
        }
        if !(self.perturbation.is_finite() && self.perturbation >= 0.0) {
            return wrong("perturbation", self.perturbation, "a finite number of at least 0");
        }
        Ok(())
    }

    /// Relevance of every row.
    ///
    /// # Errors
    /// Targets without bins; a relevance or kernel that can't be fitted.
    pub fn relevance(&self, targets: &[f64], bins: &Bins) -> Result<Vec<f64>, crate::Error> {
        let tally = Tally::of(targets);
        let relevance = match self.lds {
            None => self.relevance.fit(&tally, bins)?,
            Some(kernel) => {
                let rows: Vec<f64> = tally.counts(bins)?.into_iter().map(|n| n as f64).collect();
                let kernel = kernel.init()?.with_sum_one();
                Relevance::by_density(bins, &effective_density(&rows, &kernel, Padding::Zero)?)?
            }
        };
        Ok(targets.iter().map(|&y| relevance.of(y)).collect())
    }

    /// Decides which rows stay and how new ones are made; the same for the same seed.
    ///
    /// # Shapes
    /// `features` `[rows, width]`, `targets` and `relevance` `[rows]`.
    /// # Errors
    /// [`ResampleError::Setting`]; [`ResampleError::Length`]; [`ResampleError::Target`]; [`ResampleError::Relevance`];
    /// [`ResampleError::OneSided`] where all rows are rare or none is.
    pub fn plan(
        &self,
        features: &Features,
        targets: &[f64],
        relevance: &[f64],
        seed: u64,
    ) -> Result<Plan, ResampleError> {
        self.check()?;
        for (what, found) in [("rows of numbers", features.rows()), ("relevances", relevance.len())] {
            if found != targets.len() {
                return Err(ResampleError::Length { what, found, targets: targets.len() });
            }
        }
        if let Some((row, &found)) = targets.iter().enumerate().find(|(_, y)| !y.is_finite()) {
            return Err(ResampleError::Target { row, found });
        }
        if let Some((row, &found)) = relevance.iter().enumerate().find(|(_, phi)| !(0.0..=1.0).contains(*phi)) {
            return Err(ResampleError::Relevance { row, found });
        }
        let is_rare: Vec<bool> = relevance.iter().map(|&phi| phi >= self.threshold).collect();
        let one_sided = |found| Err(ResampleError::OneSided { found, threshold: self.threshold });
        match is_rare.iter().filter(|rare| **rare).count() {
            0 => one_sided("no rare row"),
            all if all == targets.len() => one_sided("rare rows alone"),
            _ => Ok(plan::plan(self, features, targets, &is_rare, seed)),
        }
    }
}
