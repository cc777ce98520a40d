//! One number per group: how far the mean prediction of a group is from its mean target.
//!
//! For rows that are windows of a recording, or visits of a patient: what is wanted is often the group's number.

use std::collections::BTreeMap;
use std::path::Path;

use dir_core::metric::Interval;

use super::decimals::decimals;
use super::files;
use super::paired::BOOTSTRAP;
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
    /// 95 % interval over both, drawn anew together.
    pub interval: Interval,
}

impl std::fmt::Display for GroupError {
    /// `8.129 [5.731, 10.823]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mae, interval: Interval { low, high }, .. } = self;
        let digits = decimals(low.abs().max(high.abs())).max(3);
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
            let Some(interval) = BOOTSTRAP.crossed(&table).ok().flatten() else { continue };
            let numbers = table.concat();
            groups = groups.max(table[0].len());
            let mae = numbers.iter().sum::<f64>() / numbers.len() as f64;
            methods.push(GroupError { title: method.title.clone(), mae, interval });
        }
        Ok((!methods.is_empty()).then_some(Self { groups, methods }))
    }

    /// A table for the terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text =
            format!("\nMAE of the mean of each of {} groups, 95 % interval over seeds and groups\n", self.groups);
        for GroupError { title, mae, interval: Interval { low, high } } in &self.methods {
            let digits = decimals(low.abs().max(high.abs())).max(3);
            text += &format!("{title:<22}{mae:>10.digits$} [{low:.digits$}, {high:.digits$}]\n");
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
        assert_eq!(found.methods[0].interval, Interval { low: 1.0, high: 4.0 });
        assert!(found.to_text().contains("Vanilla                    2.500 [1.000, 4.000]"), "{}", found.to_text());
    }
}
