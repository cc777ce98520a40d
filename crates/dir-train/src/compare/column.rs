//! Columns of a comparison's table: a metric over some of the test rows.

use std::fmt;
use std::str::FromStr;

use dir_core::metric::UnseenErrors;
use dir_core::shot::Region;
use serde::{Deserialize, Serialize};

use super::Run;
use crate::error::TrainError;
use crate::select::Metric;

/// Whether training rows share the bin of a test row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Some do.
    WithData,
    /// None do, but there are some below and above.
    Interpolation,
    /// None do, and all lie on one side.
    Extrapolation,
}

/// Which test rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// By how many training rows share their bin.
    Shot(Region),
    /// By whether any do.
    Seen(Seen),
}

/// The areas that a comparison's columns are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Areas {
    /// All, many, medium and few shot.
    #[default]
    Shots,
    /// All, with training rows, interpolation, extrapolation. The metrics that have them are MAE and GM.
    Seen,
}

/// A metric over an area, written `mae_all`, `gm_few`, `mae_interpolation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Column {
    /// Metric.
    pub metric: Metric,
    /// Area.
    pub area: Area,
}

impl Seen {
    /// All kinds.
    pub const EACH: [Self; 3] = [Self::WithData, Self::Interpolation, Self::Extrapolation];
}

impl Area {
    /// All areas.
    #[must_use]
    pub fn each() -> Vec<Self> {
        Region::EACH.into_iter().map(Self::Shot).chain(Seen::EACH.into_iter().map(Self::Seen)).collect()
    }

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shot(region) => region.name(),
            Self::Seen(Seen::WithData) => "with_data",
            Self::Seen(Seen::Interpolation) => "interpolation",
            Self::Seen(Seen::Extrapolation) => "extrapolation",
        }
    }

    /// Name for a reader.
    #[must_use]
    pub fn title(self) -> &'static str {
        if self == Self::Seen(Seen::WithData) { "with data" } else { self.name() }
    }

    /// Name for a reader who has little room.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Shot(Region::Medium) => "med",
            Self::Shot(region) => region.name(),
            Self::Seen(Seen::WithData) => "data",
            Self::Seen(Seen::Interpolation) => "interp",
            Self::Seen(Seen::Extrapolation) => "extrap",
        }
    }

    /// Test rows of a run.
    #[must_use]
    pub fn rows(self, run: &Run) -> Option<usize> {
        match self {
            Self::Shot(region) => run.regions.as_ref().map(|report| report.rows(region)),
            Self::Seen(seen) => unseen(run, seen).map(|errors| errors.rows),
        }
    }
}

impl Areas {
    pub(super) fn are_shots(&self) -> bool {
        *self == Self::Shots
    }

    /// The areas, all rows first.
    #[must_use]
    pub fn list(self) -> [Area; 4] {
        match self {
            Self::Shots => [Region::All, Region::Many, Region::Medium, Region::Few].map(Area::Shot),
            Self::Seen => {
                let [with, inside, outside] = Seen::EACH.map(Area::Seen);
                [Area::Shot(Region::All), with, inside, outside]
            }
        }
    }

    /// Columns of a metric. Rows and bins are the same thing to a mean over bins within a shot, so a balanced metric has one of
    /// all rows alone.
    pub(super) fn columns(self, metric: Metric) -> Vec<Column> {
        let areas = self.list();
        let areas = if metric.is_balanced() { &areas[..1] } else { &areas };
        areas.iter().map(|&area| Column { metric, area }).collect()
    }
}

impl Column {
    /// Value of a run; `None` where there are no rows or the metric is undefined.
    #[must_use]
    pub fn of(self, run: &Run) -> Option<f64> {
        match self.area {
            Area::Shot(region) => self.metric.of(run.regions.as_ref()?.get(region)?),
            Area::Seen(seen) => match self.metric {
                Metric::Mae => Some(unseen(run, seen)?.mae),
                Metric::Gm => Some(unseen(run, seen)?.gm),
                _ => None,
            },
        }
    }

    /// The same under the natural distribution: of MAE, MSE and RMSE by shot.
    #[must_use]
    pub fn of_natural(self, run: &Run) -> Option<f64> {
        let Area::Shot(region) = self.area else { return None };
        let errors = run.natural?.regions?.get(region).copied()?;
        match self.metric {
            Metric::Mae => Some(errors.mae),
            Metric::Mse => Some(errors.mse),
            Metric::Rmse => Some(errors.rmse),
            _ => None,
        }
    }

    /// Name for a reader: `MAE med`. A balanced metric need not say of what.
    #[must_use]
    pub fn title(self) -> String {
        let name = match self.metric {
            Metric::Spearman => "Spearm.",
            metric => metric.title(),
        };
        if self.metric.is_balanced() { name.to_owned() } else { format!("{name} {}", self.area.short()) }
    }
}

fn unseen(run: &Run, seen: Seen) -> Option<UnseenErrors> {
    let unseen = run.unseen?;
    match seen {
        Seen::WithData => unseen.with_data,
        Seen::Interpolation => unseen.interpolation,
        Seen::Extrapolation => unseen.extrapolation,
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.metric.name(), self.area.name())
    }
}

impl From<Column> for String {
    fn from(column: Column) -> Self {
        column.to_string()
    }
}

impl TryFrom<String> for Column {
    type Error = TrainError;

    fn try_from(text: String) -> Result<Self, TrainError> {
        text.parse()
    }
}

impl FromStr for Column {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let of_area = |area: Area| {
            let metric = text.strip_suffix(area.name())?.strip_suffix('_')?;
            Some(Self { metric: Metric::of_name(metric)?, area })
        };
        Area::each().into_iter().find_map(of_area).ok_or_else(|| TrainError::Recipe {
            name: "column",
            value: format!("{text:?}"),
            expected: "a metric and an area, as in mae_all, gm_few or mae_interpolation",
        })
    }
}

#[cfg(test)]
mod tests {
    use dir_core::metric::{EvaluateOptions, evaluate, unseen};
    use dir_core::shot::Shot;

    use super::*;

    #[test]
    fn names_read_back() {
        for text in ["mae_all", "gm_medium", "delta1_few", "abs_rel_zero", "mae_with_data", "gm_extrapolation"] {
            assert_eq!(text.parse::<Column>().expect("a column").to_string(), text);
        }
        assert!("mae".parse::<Column>().is_err() && "accuracy_all".parse::<Column>().is_err());
    }

    #[test]
    fn values_and_rows_of_a_run() {
        // Errors 1, 2 and 4; training rows are in the bins 0 and 2, so bin 1 is interpolation and bin 3 beyond.
        let (targets, predictions, bins) = ([0.5, 1.5, 3.5], [1.5, 3.5, 7.5], [0, 1, 3]);
        let shots = [Shot::Many, Shot::Zero, Shot::Many, Shot::Zero];
        let run = Run {
            regions: evaluate(&targets, &predictions, &bins, &shots, &EvaluateOptions::default()).ok(),
            unseen: unseen(&targets, &predictions, &bins, &[9, 0, 9, 0]).expect("valid"),
            ..Run::default()
        };
        let value = |name: &str| name.parse::<Column>().expect("a column").of(&run);
        assert_eq!((value("mae_many"), value("mae_few"), value("mae_zero")), (Some(1.0), Some(3.0), Some(3.0)));
        assert_eq!(["mae_with_data", "mae_interpolation", "gm_extrapolation"].map(value), [1.0, 2.0, 4.0].map(Some));
        assert_eq!((value("mae_medium"), value("mse_interpolation")), (None, None));
        assert_eq!(Areas::Seen.list().map(|area| area.rows(&run)), [3, 1, 1, 1].map(Some));
    }
}
