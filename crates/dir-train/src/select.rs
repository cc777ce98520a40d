//! Which metric decides: model selection and early stopping.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

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

/// A metric of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean absolute error.
    Mae,
    /// Mean squared error.
    Mse,
    /// Root of the mean squared error.
    Rmse,
    /// Geometric mean of the absolute errors.
    Gm,
    /// Mean over bins of the bin's MAE.
    Bmae,
    /// Mean over bins of the bin's MSE.
    Bmse,
    /// Pearson correlation.
    Pearson,
    /// Spearman rank correlation.
    Spearman,
    /// Squared errors by relevance, summed.
    Sera,
    /// Utility-based F1 of rare targets.
    Uf1,
    /// Mean absolute error relative to the target; of depth, as the four below.
    AbsRel,
    /// Mean absolute difference of the decimal logarithms.
    Log10,
    /// Share of pixels within a factor of 1.25.
    Delta1,
    /// Share of pixels within a factor of 1.25².
    Delta2,
    /// Share of pixels within a factor of 1.25³.
    Delta3,
}

impl Default for Select {
    fn default() -> Self {
        Metric::Mae.into()
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
        self.metric.higher_is_better()
    }

    /// Name for a reader: `MAE`, `bMAE few`.
    #[must_use]
    pub fn title(self) -> String {
        match self.region {
            Region::All => self.metric.title().to_owned(),
            region => format!("{} {}", self.metric.title(), region.name()),
        }
    }
}

impl Metric {
    /// All metrics.
    pub const EACH: [Self; 15] = [
        Self::Mae,
        Self::Mse,
        Self::Rmse,
        Self::Gm,
        Self::Bmae,
        Self::Bmse,
        Self::Pearson,
        Self::Spearman,
        Self::Sera,
        Self::Uf1,
        Self::AbsRel,
        Self::Log10,
        Self::Delta1,
        Self::Delta2,
        Self::Delta3,
    ];
    /// Those that a table of depth has, in the paper's order.
    pub const OF_DEPTH: [Self; 7] =
        [Self::Rmse, Self::AbsRel, Self::Log10, Self::Mae, Self::Delta1, Self::Delta2, Self::Delta3];

    /// The metric with a name, as files and flags have it.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|metric| metric.name() == name)
    }

    /// Name in files and flags.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Mse => "mse",
            Self::Rmse => "rmse",
            Self::Gm => "gm",
            Self::Bmae => "bmae",
            Self::Bmse => "bmse",
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
            Self::Sera => "sera",
            Self::Uf1 => "uf1",
            Self::AbsRel => "abs_rel",
            Self::Log10 => "log10",
            Self::Delta1 => "delta1",
            Self::Delta2 => "delta2",
            Self::Delta3 => "delta3",
        }
    }

    /// Name in tables.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mae => "MAE",
            Self::Mse => "MSE",
            Self::Rmse => "RMSE",
            Self::Gm => "GM",
            Self::Bmae => "bMAE",
            Self::Bmse => "bMSE",
            Self::Pearson => "Pearson",
            Self::Spearman => "Spearman",
            Self::Sera => "SERA",
            Self::Uf1 => "uF1",
            Self::AbsRel => "AbsRel",
            Self::Log10 => "log10",
            Self::Delta1 => "δ1",
            Self::Delta2 => "δ2",
            Self::Delta3 => "δ3",
        }
    }

    /// What it is, for a legend.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Mae => "mean absolute error",
            Self::Mse => "mean squared error",
            Self::Rmse => "root of the mean squared error",
            Self::Gm => "geometric mean of the absolute errors",
            Self::Bmae => "mean over bins of the bin's MAE",
            Self::Bmse => "mean over bins of the bin's MSE",
            Self::Pearson => "linear correlation, higher is better",
            Self::Spearman => "correlation of ranks, higher is better",
            Self::Sera => "squared errors, each times the relevance of its target, summed",
            Self::Uf1 => "utility-based F1 of rare targets, higher is better",
            Self::AbsRel => "mean error relative to the target",
            Self::Log10 => "mean difference of the decimal logarithms",
            Self::Delta1 => "share within a factor of 1.25, higher is better",
            Self::Delta2 => "share within a factor of 1.25², higher is better",
            Self::Delta3 => "share within a factor of 1.25³, higher is better",
        }
    }

    /// Whether a larger value is better.
    #[must_use]
    pub const fn higher_is_better(self) -> bool {
        self.is_share_or_correlation()
    }

    /// Whether it is a mean over bins.
    #[must_use]
    pub const fn is_balanced(self) -> bool {
        matches!(self, Self::Bmae | Self::Bmse)
    }

    /// Whether it lies between -1 and 1, whatever the unit of the target.
    #[must_use]
    pub const fn is_share_or_correlation(self) -> bool {
        matches!(self, Self::Pearson | Self::Spearman | Self::Uf1 | Self::Delta1 | Self::Delta2 | Self::Delta3)
    }

    /// Value of a region; `None` where it is undefined.
    #[must_use]
    pub fn of(self, metrics: &RegionMetrics) -> Option<f64> {
        match self {
            Self::Mae => Some(metrics.mae),
            Self::Mse => Some(metrics.mse),
            Self::Rmse => Some(metrics.rmse),
            Self::Gm => Some(metrics.gm),
            Self::Bmae => Some(metrics.bmae),
            Self::Bmse => Some(metrics.bmse),
            Self::Pearson => metrics.pearson,
            Self::Spearman => metrics.spearman,
            Self::Sera => metrics.sera,
            Self::Uf1 => metrics.utility.map(|u| u.f),
            Self::AbsRel => metrics.depth.map(|d| d.abs_rel),
            Self::Log10 => metrics.depth.and_then(|d| d.log10),
            Self::Delta1 => metrics.depth.map(|d| d.delta1),
            Self::Delta2 => metrics.depth.map(|d| d.delta2),
            Self::Delta3 => metrics.depth.map(|d| d.delta3),
        }
    }
}

impl Select {
    /// What there is, for messages and help.
    #[must_use]
    pub fn expected() -> &'static str {
        static EXPECTED: LazyLock<String> = LazyLock::new(|| {
            let regions = Region::EACH.map(|region| format!("_{}", region.name())).join(", ");
            format!("{}, alone or with {regions}", Metric::EACH.map(Metric::name).join(", "))
        });
        &EXPECTED
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric.name();
        match self.region {
            Region::All => f.write_str(name),
            region => write!(f, "{name}_{}", region.name()),
        }
    }
}

impl From<Metric> for Select {
    /// Over all rows.
    fn from(metric: Metric) -> Self {
        Self { metric, region: Region::All }
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
        let of_region = |(name, region): (&str, &str)| {
            let region = Region::EACH.into_iter().find(|r| r.name() == region)?;
            Some(Self { metric: Metric::of_name(name)?, region })
        };
        match Metric::of_name(text).map(Self::from).or_else(|| text.rsplit_once('_').and_then(of_region)) {
            Some(select) => Ok(select),
            None => {
                Err(TrainError::Recipe { name: "train.select", value: format!("{text:?}"), expected: Self::expected() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for text in
            ["mae", "bmae", "mae_few", "pearson_medium", "sera", "uf1_few", "abs_rel", "abs_rel_few", "delta1_many"]
        {
            assert_eq!(text.parse::<Select>().expect("a metric").to_string(), text);
        }
        assert!("accuracy".parse::<Select>().is_err() && "mae_some".parse::<Select>().is_err());
    }
}
