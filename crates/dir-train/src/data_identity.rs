//! Identity of the data: what a run was trained on, in its folder, compared wherever the run is resumed, reused or evaluated.

use std::path::Path;

use dir_core::tally::Tally;
use dir_data::Part;
use dir_data::content_digest::ContentDigest;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::run_folder::RunFolder;
use crate::versioned;

/// Name of the file in a run's folder.
pub const FILE: &str = "data.json";

/// `data.json`: digests (SHA-256) of all that a data set gives to a run, before folds, densities or re-sampling act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataIdentity {
    /// Number of rows.
    pub rows: usize,
    /// Numbers of the rows.
    pub row_ids: String,
    /// Targets, bit by bit.
    pub targets: String,
    /// Part of every row.
    pub splits: String,
    /// What rows have in common, where the data say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// What rows hold: cells, or files with their content.
    pub inputs: String,
    /// File with the weights to start from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrained: Option<String>,
}

/// Targets of a data set.
#[derive(Debug, Clone, Copy)]
pub enum AllTargets<'a> {
    /// One per row.
    PerRow(&'a [f64]),
    /// Many per row: how often each occurs, by part.
    Counted(&'a [Tally; 3]),
}

impl DataIdentity {
    /// The identity of rows whose inputs were digested already.
    #[must_use]
    pub fn new(
        row_ids: &[usize],
        targets: AllTargets<'_>,
        parts: &[Part],
        groups: Option<&[String]>,
        inputs: String,
        pretrained: Option<String>,
    ) -> Self {
        let digest = |add: &dyn Fn(&mut ContentDigest)| {
            let mut digest = ContentDigest::default();
            add(&mut digest);
            digest.finish()
        };
        Self {
            rows: parts.len(),
            row_ids: digest(&|digest| row_ids.iter().for_each(|&id| digest.number(id as u64))),
            targets: digest(&|digest| match targets {
                AllTargets::PerRow(targets) => digest.floats(targets),
                AllTargets::Counted(tallies) => {
                    for (value, count) in tallies.iter().flat_map(Tally::values) {
                        digest.floats(&[*value]);
                        digest.number(*count);
                    }
                }
            }),
            splits: digest(&|digest| parts.iter().for_each(|part| digest.text(part.name()))),
            groups: groups.map(|groups| digest(&|digest| groups.iter().for_each(|group| digest.text(group)))),
            inputs,
            pretrained,
        }
    }

    /// That of a run.
    ///
    /// # Errors
    /// A missing or malformed file, or one of another version.
    pub fn read(run: &Path) -> Result<Self, TrainError> {
        versioned::read(
            &run.join(FILE),
            "the identity of a run's data; restore the file, or delete it if the data are the same and train again",
        )
    }

    /// Writes it into a run's folder, or verifies that the run was made from the same data.
    ///
    /// # Errors
    /// [`TrainError::OtherData`].
    pub fn write_or_verify(&self, folder: &RunFolder) -> Result<(), TrainError> {
        let path = folder.file(FILE);
        if path.exists() {
            return self.verify(folder.path());
        }
        folder.write(FILE, versioned::to_json(&path, self)?.as_bytes())
    }

    /// Refuses a run that was made from other data.
    ///
    /// # Errors
    /// [`TrainError::OtherData`] says what differs; a missing or malformed file.
    pub fn verify(&self, run: &Path) -> Result<(), TrainError> {
        match self.difference_to(&Self::read(run)?) {
            Some(difference) => Err(TrainError::OtherData { path: run.join(FILE), difference }),
            None => Ok(()),
        }
    }

    /// The first thing that differs, with both of its digests, for a message.
    fn difference_to(&self, there: &Self) -> Option<String> {
        if self.rows != there.rows {
            return Some(format!("{} rows there, {} now", there.rows, self.rows));
        }
        let none = String::new();
        let or_none = |digest: &Option<String>| digest.as_ref().unwrap_or(&none).clone();
        let pairs = [
            ("row numbers", &there.row_ids, &self.row_ids),
            ("targets", &there.targets, &self.targets),
            ("inputs (columns or files)", &there.inputs, &self.inputs),
            ("split", &there.splits, &self.splits),
            ("groups", &or_none(&there.groups), &or_none(&self.groups)),
            ("weights to start from", &or_none(&there.pretrained), &or_none(&self.pretrained)),
        ];
        let (name, there, now) = pairs.into_iter().find(|(_, there, now)| there != now)?;
        Some(format!("other {name} (SHA-256 {} there, {} now)", short(there), short(now)))
    }
}

/// Digits of a digest that tell it from others in a message.
fn short(digest: &str) -> &str {
    match digest.get(..12) {
        Some(first) => first,
        None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(targets: &[f64], parts: &[Part], inputs: &str) -> DataIdentity {
        let ids: Vec<usize> = (0..targets.len()).collect();
        DataIdentity::new(&ids, AllTargets::PerRow(targets), parts, None, inputs.repeat(12), None)
    }

    #[test]
    fn runs_of_other_data_are_refused_by_what_differs() {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::open(temporary.path()).expect("opens");
        let parts = [Part::Train, Part::Test];
        let data = sample(&[1.0, 2.0], &parts, "a");
        data.write_or_verify(&folder).expect("writes");
        data.write_or_verify(&folder).expect("the same");
        let difference = |other: &DataIdentity| {
            let text = other.write_or_verify(&folder).expect_err("differs").to_string();
            let text = text.split_once("made from other data: ").expect("says so").1.to_owned();
            text.split("; use").next().map(str::to_owned).unwrap_or_default()
        };
        assert_eq!(difference(&sample(&[1.0], &parts[..1], "a")), "2 rows there, 1 now");
        let inputs = sample(&[1.0, 2.0], &parts, "b");
        assert_eq!(
            difference(&inputs),
            "other inputs (columns or files) (SHA-256 aaaaaaaaaaaa there, bbbbbbbbbbbb now)"
        );
        // One ulp is another target.
        assert!(
            difference(&sample(&[1.0, f64::from_bits(2.0_f64.to_bits() + 1)], &parts, "a"))
                .starts_with("other targets")
        );
        assert!(difference(&sample(&[1.0, 2.0], &[Part::Test, Part::Train], "a")).starts_with("other split"));
        let weights = DataIdentity { pretrained: Some("c".repeat(64)), ..data };
        assert_eq!(difference(&weights), "other weights to start from (SHA-256 none there, cccccccccccc now)");
    }
}
