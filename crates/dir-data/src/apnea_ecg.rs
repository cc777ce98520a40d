//! PhysioNet's Apnea-ECG as rows: an hour of heart rate, and how many of its minutes hold an apnea.
//!
//! Source: 70 nights of 7 to 10 hours, every minute marked by an expert as with or without apnea. Taken from the beats that were
//! found in the ECG: `records.csv` (`record`, `minute_labels` of 0 and 1) and `npy/RECORD.npy`, `[minute; heart rate in Hz]` of
//! every beat. Written: `npy/RECORD.npy`, heart rate `[1, samples]` at [`RATE`], and `rows.csv` with path, from, to, target and
//! group, the record.
//!
//! # Source
//! Penzel et al., "The Apnea-ECG database", Computers in Cardiology 2000; beats as in the repository ChiQiao/Apnea-ECG.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use thiserror::Error;

use crate::budget::Budget;
use crate::drawn::{DrawnError, draft};
use crate::files::FileError;
use crate::lines::line_in;
use crate::npy::{self, Kind};
use crate::printable::printable;
use crate::records::Records;

/// Samples per second of the heart rate that is written.
pub const RATE: usize = 4;
/// Beats per second that no heart makes, so that a missed or doubled beat does not outshout the night.
const FASTEST: f64 = 3.0;
const SLOWEST: f64 = 0.3;

/// What keeps the records from being turned into rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApneaError {
    /// A file that can't be read or holds something else.
    #[error("{}: found {found}, expected {expected}", printable(path.display()), found = printable(.found))]
    Source {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: &'static str,
    },
    /// A folder that can't be written.
    #[error(transparent)]
    Out(#[from] DrawnError),
}

impl From<FileError> for ApneaError {
    fn from(error: FileError) -> Self {
        Self::Out(error.into())
    }
}

/// Rows of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Minutes that a row sees, and whose apneas are its target.
    pub minutes: usize,
    /// Minutes from one row to the next.
    pub step: usize,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Nights.
    pub records: usize,
    /// Rows.
    pub rows: usize,
}

/// Reads the beats in `from` and writes even samples and rows into `out`.
///
/// # Errors
/// [`ApneaError`].
pub fn write_rows(from: &Path, out: &Path, hours: Hours) -> Result<Made, ApneaError> {
    let list = from.join("records.csv");
    let wrong = |found: String, expected| ApneaError::Source { path: list.clone(), found, expected };
    let unreadable = |error: csv::Error| wrong(format!("'{error}'"), "the list of records");
    let mut reader = Records::open(&ReaderBuilder::new(), &list).map_err(unreadable)?;
    let head = reader.headers().map_err(unreadable)?;
    let column = |name: &str| head.iter().position(|h| h == name);
    let (Some(record), Some(labels)) = (column("record"), column("minute_labels")) else {
        return Err(wrong(
            format!("columns {}", head.iter().collect::<Vec<_>>().join(", ")),
            "record and minute_labels",
        ));
    };
    let draft = draft(out)?;
    draft.create_folder("npy")?;
    let mut made = Made { records: 0, rows: 0 };
    let (mut text, mut line) = (String::from("path,from,to,target,group\n"), StringRecord::new());
    while reader.read(&mut line).map_err(unreadable)? {
        let (name, labels) = (&line[record], line[labels].as_bytes());
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let found = format!("record {name:?} on line {}", line_in(&list, line.position()));
            return Err(wrong(found, "a name of letters and digits"));
        }
        if labels.iter().any(|label| !matches!(label, b'0' | b'1')) {
            let found = format!("other marks of minutes than 0 and 1 on line {}", line_in(&list, line.position()));
            return Err(wrong(found, "a 0 or 1 per minute"));
        }
        let heart = even_samples(&from.join("npy").join(format!("{name}.npy")), labels.len())?;
        let bytes: Vec<u8> = heart.iter().flat_map(|rate| rate.to_le_bytes()).collect();
        draft.write(format!("npy/{name}.npy"), &npy::file("<f4", &[1, heart.len()], &bytes))?;
        for start in (0..=labels.len().saturating_sub(hours.minutes)).step_by(hours.step.max(1)) {
            let Some(within) = labels.get(start..start + hours.minutes) else { continue };
            let apneas = within.iter().filter(|&&label| label == b'1').count();
            let [from, to] = [start * 60, (start + hours.minutes) * 60];
            text += &format!("npy/{name}.npy,{from},{to},{apneas},{name}\n");
            made.rows += 1;
        }
        made.records += 1;
    }
    draft.write("rows.csv", text.as_bytes())?;
    draft.commit()?;
    Ok(made)
}

/// Heart rate at [`RATE`], between beats on a straight line, before the first and after the last as they have it.
fn even_samples(path: &Path, minutes: usize) -> Result<Vec<f32>, ApneaError> {
    let wrong = |found: String| ApneaError::Source {
        path: path.to_path_buf(),
        found,
        expected: "an array [minute; heart rate in Hz] of beats in their order",
    };
    let file = Budget::current().read_file(path).map_err(|error| wrong(format!("'{error}'")))?;
    let array = npy::parse(&file, &[Kind::F4, Kind::F8]).map_err(wrong)?;
    let numbers = array.numbers();
    let (times, rates) = match array.shape.as_slice() {
        &[2, beats] if beats > 0 => numbers.split_at(beats),
        other => return Err(wrong(format!("shape {}", npy::written(other)))),
    };
    if numbers.iter().any(|number| !number.is_finite()) || times.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(wrong("times that are no numbers or go back".into()));
    }
    let bytes = (minutes * 60 * RATE) as u64 * 2 * size_of::<f32>() as u64; // as values, and as those of a file
    let fits = Budget::current().check(bytes, || format!("a night of {minutes} minutes"));
    fits.map_err(|over| wrong(over.to_string()))?;
    let mut next = 0;
    let samples = (0..minutes * 60 * RATE).map(|sample| {
        let minute = sample as f64 / (60 * RATE) as f64;
        while next < times.len() && times[next] <= minute {
            next += 1;
        }
        let rate = match (next.checked_sub(1), next < times.len()) {
            (Some(before), true) => {
                let share = (minute - times[before]) / (times[next] - times[before]);
                rates[before] + share * (rates[next] - rates[before])
            }
            (Some(last), false) => rates[last],
            (None, _) => rates[0],
        };
        rate.clamp(SLOWEST, FASTEST) as f32
    });
    Ok(samples.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_become_even_samples_and_minutes_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, out) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::create_dir_all(from.join("npy")).expect("makes");
        std::fs::write(from.join("records.csv"), "record,minute_labels\na01,0110\n").expect("writes");
        // Beats at 0, 1 and 2 minutes: 1 Hz, 2 Hz, and 9 Hz, which no heart makes.
        let numbers: Vec<u8> = [0.0_f32, 1.0, 2.0, 1.0, 2.0, 9.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(from.join("npy/a01.npy"), npy::file("<f4", &[2, 3], &numbers)).expect("writes");
        let made = write_rows(&from, &out, Hours { minutes: 2, step: 1 }).expect("writes");
        assert_eq!(made, Made { records: 1, rows: 3 });
        let rows = std::fs::read_to_string(out.join("rows.csv")).expect("reads");
        assert_eq!(
            rows,
            "path,from,to,target,group\nnpy/a01.npy,0,120,1,a01\nnpy/a01.npy,60,180,2,a01\nnpy/a01.npy,120,240,1,a01\n"
        );
        let file = std::fs::read(out.join("npy/a01.npy")).expect("reads");
        let heart = npy::parse(&file, &[Kind::F4]).expect("an array");
        assert_eq!(heart.shape, [1, 4 * 60 * RATE]);
        let heart = heart.numbers();
        assert_eq!([heart[0], heart[120], heart[240], heart[959]], [1.0, 1.5, 2.0, 3.0]);
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let run = |list: &str| {
            std::fs::write(folder.path().join("records.csv"), list).expect("writes");
            let out = tempfile::tempdir().expect("a folder");
            let hours = Hours { minutes: 60, step: 5 };
            write_rows(folder.path(), &out.path().join("o"), hours)
                .map_err(|error| error.to_string())
                .expect_err("wrong")
        };
        assert!(run("a,b\n").contains("expected record and minute_labels"));
        assert!(run("record,minute_labels\na01,012\n").contains("other marks of minutes than 0 and 1 on line 2"));
        assert!(run("record,minute_labels\n../x,01\n").contains("a name of letters and digits"));
        assert!(run("record,minute_labels\na01,01\n").contains("a01.npy"));
    }
}
