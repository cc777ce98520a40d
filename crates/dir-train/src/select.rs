//! Which metric decides: model selection and early stopping.

use std::fmt;
use std::str::FromStr;

use dir_core::metric::{RegionMetrics, Report};
use dir_core::shot::Region;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;

/// A metric over a region, written `mae`, `bmae`, `mae_few`, `pearson_all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Select {
    metric: Metric,
    region: Region,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Mae,
    Mse,
    Rmse,
    Gm,
    Bmae,
    Bmse,
    Pearson,
    Spearman,
}

const METRICS: [(Metric, &str); 8] = [
    (Metric::Mae, "mae"),
    (Metric::Mse, "mse"),
    (Metric::Rmse, "rmse"),
    (Metric::Gm, "gm"),
    (Metric::Bmae, "bmae"),
    (Metric::Bmse, "bmse"),
    (Metric::Pearson, "pearson"),
    (Metric::Spearman, "spearman"),
];

impl Default for Select {
    fn default() -> Self {
        Self { metric: Metric::Mae, region: Region::All }
    }
}

impl Select {
    /// Value in a report; `None` where the region is empty or the metric undefined.
    #[must_use]
    pub fn of(self, report: &Report) -> Option<f64> {
        report.get(self.region).and_then(|m| self.metric.of(m))
    }

    /// Whether a larger value is better.
    #[must_use]
    pub fn higher_is_better(self) -> bool {
        matches!(self.metric, Metric::Pearson | Metric::Spearman)
    }
}

impl Metric {
    fn of(self, metrics: &RegionMetrics) -> Option<f64> {
        match self {
            Self::Mae => Some(metrics.mae),
            Self::Mse => Some(metrics.mse),
            Self::Rmse => Some(metrics.rmse),
            Self::Gm => Some(metrics.gm),
            Self::Bmae => Some(metrics.bmae),
            Self::Bmse => Some(metrics.bmse),
            Self::Pearson => metrics.pearson,
            Self::Spearman => metrics.spearman,
        }
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = METRICS.iter().find(|(m, _)| *m == self.metric).map_or("", |(_, name)| name);
        match self.region {
            Region::All => f.write_str(name),
            region => write!(f, "{name}_{}", region.name()),
        }
    }
}

impl From<Select> for String {
    fn from(select: Select) -> Self {
        select.to_string()
    }
}

impl TryFrom<String> for Select {
    type Error = TrainError;

    fn try_from(text: String) -> Result<Self, TrainError> {
        text.parse()
    }
}

impl FromStr for Select {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let (name, region) = text.split_once('_').unwrap_or((text, "all"));
        let metric = METRICS.iter().find(|(_, n)| *n == name).map(|(m, _)| *m);
        let region = Region::EACH.into_iter().find(|r| r.name() == region);
        match (metric, region) {
            (Some(metric), Some(region)) => Ok(Self { metric, region }),
            _ => Err(TrainError::Recipe {
                name: "train.select",
                value: format!("{text:?}"),
                expected: "mae, mse, rmse, gm, bmae, bmse, pearson or spearman, alone or with _all, _many, _medium, _few or _zero",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for text in ["mae", "bmae", "mae_few", "pearson_medium"] {
            assert_eq!(text.parse::<Select>().expect("a metric").to_string(), text);
        }
        assert!("accuracy".parse::<Select>().is_err() && "mae_some".parse::<Select>().is_err());
    }
}
