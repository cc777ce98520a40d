//! The Sleep Heart Health Study as the National Sleep Research Resource hands it out: a night per subject, and a survey.
//!
//! ```text
//! polysomnography/edfs/shhs1/shhs1-200001.edf   the night of subject (nsrrid) 200001 at visit 1
//! datasets/shhs1-dataset-0.20.0.csv             a row per subject; of several versions the highest is read
//! ```
//!
//! The score is General Health of the SF-36: the column `gh_s1`, or, where that is missing, what the five answers give
//! ([`crate::sf36`]). A subject counts who has a recording and a score; all others are named in [`Shhs`].
//!
//! # Source
//! <https://sleepdata.org/datasets/shhs>; names of columns from its data dictionary, `nsrr/shhs-data-dictionary` on GitHub.

mod columns;
mod error;
mod recordings;
mod survey;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use error::ShhsError;

use columns::Found;
use recordings::Recordings;
use survey::Survey;

/// Columns of the five answers in the survey's order, of visit 1 and of visit 2.
pub const ITEMS: [[&str; 5]; 2] =
    [["genhth25", "sickez25", "hlthy25", "worse25", "exclnt25"], ["ql201", "ql211a", "ql211b", "ql211c", "ql211d"]];

/// Which visit, file and columns are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShhsOptions {
    /// Visit of the study, 1 or 2.
    pub visit: u8,
    /// The survey, from the current folder; absent: the highest version in the study's folder.
    pub survey: Option<PathBuf>,
    /// Column of the score, 0 to 100; absent: General Health, `gh_s1` or `gh_s2` by visit.
    pub score: Option<String>,
    /// Columns of the five answers in the survey's order ([`crate::sf36::Item`]), for General Health that is missing.
    ///
    /// Absent: those of the visit. They are read for `gh_s1` and `gh_s2`, and for another `score` only if named here: they
    /// would fill the gaps of another scale with General Health.
    pub items: Option<[String; 5]>,
}

impl Default for ShhsOptions {
    fn default() -> Self {
        Self { visit: 1, survey: None, score: None, items: None }
    }
}

impl ShhsOptions {
    /// Name of the score's column.
    #[must_use]
    pub fn score_column(&self) -> String {
        self.score.clone().unwrap_or_else(|| self.general_health())
    }

    /// Names of the answers' columns, if they are to be read.
    #[must_use]
    pub fn item_columns(&self) -> Option<[String; 5]> {
        let of_visit = ITEMS[usize::from(self.visit == 2)];
        let is_general_health = self.score_column().trim().eq_ignore_ascii_case(&self.general_health());
        self.items.clone().or_else(|| is_general_health.then(|| of_visit.map(String::from)))
    }

    fn general_health(&self) -> String {
        format!("gh_s{}", self.visit)
    }
}

/// A subject with a recording and a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// `nsrrid`.
    pub id: u64,
    /// Path of the recording, from the study's folder.
    pub recording: PathBuf,
    /// The score, 0 to 100.
    pub score: f64,
}

/// The study's subjects, and what was left out.
///
/// Every row of the survey is one of `subjects`, `without_recording` and `without_score`; every EDF file is one of `subjects`,
/// `without_row`, `other_files` and, by its subject, `without_score`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shhs {
    /// Who has a recording and a score, by number.
    pub subjects: Vec<Subject>,
    /// Subjects of the survey without a recording, whether they have a score or not.
    pub without_recording: Vec<u64>,
    /// Recordings without a row in the survey, from the study's folder.
    pub without_row: Vec<PathBuf>,
    /// Subjects with a recording and a row, but without a score.
    pub without_score: Vec<u64>,
    /// EDF files beside the recordings whose names are not of the form `shhs1-200001.edf`, from the study's folder.
    pub other_files: Vec<PathBuf>,
    /// How many scores of `subjects` were worked out from the answers.
    pub computed: usize,
    /// The survey that was read.
    pub survey: PathBuf,
}

/// Reads the layout below a folder. The recordings are not opened.
///
/// They are looked for in `polysomnography/edfs/shhs1`, then `edfs/shhs1`, then `shhs1`; the survey in `datasets`, then in the
/// folder itself.
///
/// # Errors
/// [`ShhsError`]: something is not there; the survey has other columns, a subject twice, or a cell that is no number or out of
/// range; two recordings of one subject; nobody with both a recording and a score.
/// # Example
/// ```
/// use dir_data::shhs::{self, ShhsOptions};
/// let folder = tempfile::tempdir()?;
/// std::fs::create_dir(folder.path().join("shhs1"))?;
/// std::fs::write(folder.path().join("shhs1/shhs1-200001.edf"), "")?;
/// std::fs::write(folder.path().join("shhs1-dataset-0.20.0.csv"), "nsrrid,gh_s1\n200001,87\n200002,50\n")?;
/// let study = shhs::read(folder.path(), &ShhsOptions::default())?;
/// assert_eq!((study.subjects[0].id, study.subjects[0].score), (200_001, 87.0));
/// assert_eq!(study.without_recording, [200_002]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(folder: &Path, options: &ShhsOptions) -> Result<Shhs, ShhsError> {
    if !(1..=2).contains(&options.visit) {
        return Err(ShhsError::Visit { found: options.visit });
    }
    let recordings = Recordings::find(folder, options.visit)?;
    let path = options.survey.clone().map_or_else(|| survey::newest(folder, options.visit), Ok)?;
    let survey = Survey::read(&path, options)?;
    let nobody = ShhsError::Nobody {
        path: path.clone(),
        folder: folder.join(&recordings.folder),
        rows: survey.rows.len(),
        scored: survey.rows.values().filter(|found| found.score().is_some()).count(),
        recordings: recordings.by_id.len(),
    };
    let study = join(recordings, survey, path);
    if study.subjects.is_empty() { Err(nobody) } else { Ok(study) }
}

fn join(mut recordings: Recordings, survey: Survey, path: PathBuf) -> Shhs {
    let mut study = Shhs { survey: path, other_files: recordings.other, ..Shhs::default() };
    for (id, found) in survey.rows {
        match (recordings.by_id.remove(&id), found.score()) {
            (Some(recording), Some(score)) => {
                study.computed += usize::from(matches!(found, Found::Computed(_)));
                study.subjects.push(Subject { id, recording, score });
            }
            (None, _) => study.without_recording.push(id),
            (Some(_), None) => study.without_score.push(id),
        }
    }
    study.without_row = recordings.by_id.into_values().collect();
    study
}
