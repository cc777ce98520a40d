//! Which rows there are: the study in its folder, or a list.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use dir_cli::folder_of;
use dir_data::shhs::{self, Shhs};
use dir_data::signals::{Checked, Opened, RecordingList, Recordings};

use crate::settings::DataConfig;

/// Rows whose files can be read, and what the user should know.
pub(crate) struct Found {
    pub(crate) recordings: Recordings,
    pub(crate) list: RecordingList,
    pub(crate) ids: Vec<usize>,
    pub(crate) source: String,
    pub(crate) notes: Vec<String>,
}

/// Rows before their files are looked at.
struct Listed {
    folder: PathBuf,
    list: RecordingList,
    /// Numbers of the rows, where they are others than their places.
    ids: Option<Vec<usize>>,
    source: String,
    notes: Vec<String>,
}

/// The study's subjects with a recording and a score, or the rows of the list.
pub(crate) fn rows(data: &DataConfig) -> anyhow::Result<Found> {
    let listed = match &data.csv {
        Some(csv) => own_list(csv, &data.folder, &data.target, true)?,
        None => study(data)?,
    };
    open(listed, data.opened(), data.leave_out)
}

/// Rows for a finished run.
pub(crate) fn new_rows(
    csv: Option<&Path>,
    folder: Option<&Path>,
    files: &[PathBuf],
    target: Option<&str>,
    opened: &Opened,
) -> anyhow::Result<Found> {
    let listed = match csv {
        Some(csv) => {
            let folder = folder.map_or_else(|| folder_of(csv), Path::to_path_buf);
            own_list(csv, &folder, target.unwrap_or_default(), target.is_some())?
        }
        None if target.is_some() => anyhow::bail!("found no --csv, expected a list of recordings with their targets"),
        None => {
            let paths = files.iter().map(|file| utf8(file)).collect::<anyhow::Result<_>>()?;
            let list = RecordingList { paths, targets: vec![f64::NAN; files.len()], ..RecordingList::default() };
            let folder = folder.map(Path::to_path_buf).unwrap_or_default();
            Listed { folder, list, ids: None, source: format!("{} files", files.len()), notes: Vec::new() }
        }
    };
    open(listed, opened.clone(), false)
}

fn own_list(csv: &Path, folder: &Path, target: &str, with_target: bool) -> anyhow::Result<Listed> {
    let list = RecordingList::read(csv, target, with_target)?;
    let (folder, source) = (folder.to_path_buf(), csv.display().to_string());
    Ok(Listed { folder, list, ids: None, source, notes: Vec::new() })
}

fn study(data: &DataConfig) -> anyhow::Result<Listed> {
    let Shhs { subjects, without_recording, without_row, without_score, other_files, computed, survey } =
        shhs::read(&data.folder, &data.study)?;
    let mut notes = vec![format!("scores of {}", survey.display())];
    let mut note = |count: usize, what: &str, few: String| {
        if count > 0 {
            notes.push(format!("{count} {what}: {few}"));
        }
    };
    note(without_recording.len(), "rows of the survey have no recording and are left out", few_of(&without_recording));
    let names: Vec<String> = without_row.iter().map(|path| path.display().to_string()).collect();
    note(names.len(), "recordings have no row in the survey and are left out", few_of(&names));
    let names: Vec<String> = other_files.iter().map(|path| path.display().to_string()).collect();
    note(names.len(), "files are not called after a subject and are left out", few_of(&names));
    note(without_score.len(), "subjects with a recording have no score and are left out", few_of(&without_score));
    if computed > 0 {
        notes.push(format!("{computed} scores worked out from the five questions of the SF-36"));
    }
    let list = RecordingList {
        paths: subjects.iter().map(|subject| utf8(&subject.recording)).collect::<anyhow::Result<_>>()?,
        targets: subjects.iter().map(|subject| subject.score).collect(),
        ..RecordingList::default()
    };
    let ids = Some(subjects.iter().map(|subject| subject.id as usize).collect());
    Ok(Listed { folder: data.folder.clone(), list, ids, source: data.folder.display().to_string(), notes })
}

/// A path as lists hold it.
fn utf8(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("{}: found a path that is not UTF-8, expected one that is; rename it", path.display()))
}

/// Looks at every file. What can't be read is an error, unless the user said to leave it out.
fn open(listed: Listed, opened: Opened, leave_out: bool) -> anyhow::Result<Found> {
    let Listed { folder, list, ids, source, mut notes } = listed;
    let Checked { recordings, kept, wrong } = Recordings::open(&folder, &list.paths, list.spans.as_deref(), opened)?;
    if let Some(first) = wrong.first() {
        let what = format!("{} recordings or stretches of them can't be used, the first: {first}", wrong.len());
        anyhow::ensure!(leave_out, "{what}. Mend them, or leave them out with --leave-out");
        notes.push(format!("left out: {what}"));
    }
    anyhow::ensure!(!kept.is_empty(), "{source}: found no recording that can be used, expected some");
    let list = list.only(&kept);
    let ids = ids.map_or_else(|| kept.clone(), |ids| kept.iter().map(|&k| ids[k]).collect());
    Ok(Found { recordings, list, ids, source, notes })
}

/// The first three, and that there are more.
fn few_of<T: Display>(all: &[T]) -> String {
    let few: Vec<String> = all.iter().take(3).map(ToString::to_string).collect();
    few.join(", ") + if all.len() > few.len() { ", ..." } else { "" }
}
