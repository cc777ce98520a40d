//! One number per group: how far the mean prediction of a group is from its mean target.
//!
//! For rows that are windows of a recording, or visits of a patient: what is wanted is often the group's number.

use std::collections::BTreeMap;
use std::path::Path;

use dir_core::metric::{Covers, CrossedMean, Interval, LEVEL};

use super::decimals::decimals;
use super::files;
use super::paired::over;
use crate::compare::{Comparison, MethodRuns};
use crate::error::TrainError;

/// MAE of every method over groups.
#[derive(Debug, Clone, PartialEq)]
pub struct ByGroup {
    /// How many groups were tested.
    pub groups: usize,
    /// Methods in their order.
    pub methods: Vec<GroupError>,
}

/// One method.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupError {
    /// Name in tables.
    pub title: String,
    /// Mean over seeds and groups of `|mean prediction - mean target|`.
    pub mae: f64,
    /// 95 % interval; `None` with one group.
    pub interval: Option<Interval>,
    /// What the interval speaks of.
    pub covers: Covers,
}

impl std::fmt::Display for GroupError {
    /// `8.129 [5.731, 10.823]`, or `8.129 [-]` with one group.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mae, interval, .. } = self;
        let Some(Interval { low, high }) = interval else {
            return write!(f, "{mae:.0$} [-]", decimals(mae.abs()));
        };
        let digits = decimals(low.abs().max(high.abs()));
        write!(f, "{mae:.digits$} [{low:.digits$}, {high:.digits$}]")
    }
}

impl ByGroup {
    /// Reads the predictions of all runs; `None` where rows have no groups, or no run is finished.
    ///
    /// # Errors
    /// A file of a run that is malformed.
    pub fn of(folder: &Path, comparison: &Comparison) -> Result<Option<Self>, TrainError> {
        let (mut groups, mut methods) = (0, Vec::new());
        for method in &comparison.methods {
            let table = errors(folder, method)?;
            // Runs with other groups than the first have no mean in common.
            let Some(found) = CrossedMean::of(&table).ok().flatten() else { continue };
            groups = groups.max(found.rows());
            let (interval, covers) = (found.interval(LEVEL).ok().flatten(), found.covers());
            methods.push(GroupError { title: method.title.clone(), mae: found.mean(), interval, covers });
        }
        Ok((!methods.is_empty()).then_some(Self { groups, methods }))
    }

    /// What the intervals are over: of the method with the fewest seeds.
    #[must_use]
    pub fn coverage(&self) -> String {
        over(self.methods.iter().map(|method| method.covers).min().unwrap_or(Covers::RunsAndRows), "groups")
    }

    /// A table for the terminal. Columns are as wide as what they hold.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text =
            format!("\nMAE of the mean of each of {} groups, 95 % interval {}\n", self.groups, self.coverage());
        let first = self.methods.iter().map(|method| method.title.chars().count()).max().unwrap_or(0);
        let cells: Vec<String> = self.methods.iter().map(ToString::to_string).collect();
        let second = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (GroupError { title, .. }, cell) in self.methods.iter().zip(cells) {
            text += &format!("{title:<first$}  {cell:>second$}\n");
        }
        text
    }
}

/// Errors of the groups of every finished run.
fn errors(folder: &Path, method: &MethodRuns) -> Result<Vec<Vec<f64>>, TrainError> {
    let mut table = Vec::new();
    for run in method.runs.iter().filter(|run| run.regions.is_some()) {
        let mut groups: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for row in files::predictions(&folder.join(&run.folder))?.unwrap_or_default() {
            let Some(group) = row.group else { return Ok(Vec::new()) };
            let (sum, count) = groups.entry(group).or_default();
            *sum += row.prediction - row.target;
            *count += 1.0;
        }
        table.push(groups.values().map(|(sum, count)| (sum / count).abs()).collect());
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing;
    use super::*;

    #[test]
    fn groups_err_by_their_means() {
        let folder = tempfile::tempdir().expect("a folder");
        testing::write_comparison(folder.path(), 1, 1);
        let comparison = super::super::compare::read(folder.path()).expect("as written");
        assert_eq!(ByGroup::of(folder.path(), &comparison).expect("reads"), None);
        // a: mean error (1 - 3) / 2 = -1; b: 4.
        let text = "row,target,prediction,bin,shot,group\n0,10,11,0,many,a\n1,10,7,0,many,a\n2,10,14,0,many,b\n";
        fs::write(folder.path().join("vanilla/seed-0/predictions.csv"), text).expect("writes");
        let found = ByGroup::of(folder.path(), &comparison).expect("reads").expect("has groups");
        assert_eq!((found.groups, found.methods[0].mae), (2, 2.5));
        // Of two groups the standard error is 1.5, times 12.7062 of one degree of freedom.
        let interval = found.methods[0].interval.expect("two groups");
        assert!((interval.high - 2.5 - 1.5 * 12.706_204_7).abs() < 1e-6, "{interval:?}");
        assert!(found.to_text().contains("groups only: one seed, so differences"), "{}", found.to_text());
        assert!(found.to_text().contains("\nVanilla  2.50 [-16.56, 21.56]\n"), "{}", found.to_text());
    }
}
