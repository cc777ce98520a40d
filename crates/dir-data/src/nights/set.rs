//! Writes nights in the layout of the Sleep Heart Health Study.
//!
//! # Source
//! The folders of SHHS at sleepdata.org (NSRR): `polysomnography/edfs/shhs1/shhs1-200001.edf` and so on, and data sets
//! with a row per `nsrrid`. Recordings there start on 1 January 1985, which is nobody's date.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Night, NightSignal, draw};
use crate::drawn::{DrawnError, MARK, draft};
use crate::edf::{EdfError, StartTime, WriteSignal, WriteSpec, write_edf_slices};
use crate::files::FileError;
use crate::shhs::ITEMS;

const RECORDINGS: &str = "polysomnography/edfs/shhs1";
const TABLES: &str = "datasets";
const TABLE: &str = "datasets/shhs1-dataset-synthetic.csv";
/// Identifier of the first subject.
const FIRST: u64 = 200_001;
const MARK_TEXT: &str =
    "Every night here was made up by a program (`synth`); nobody slept it. Numbers from it are of made-up signals.\n";

/// Writes `subjects` nights of `minutes` minutes each, and the table of their scores, to an empty folder. Returns how many.
///
/// # Errors
/// [`DrawnError`] if `out` is not empty or cannot be written.
///
/// # Example
/// ```
/// let out = tempfile::tempdir()?;
/// assert_eq!(dir_data::nights::write_set(out.path(), 2, 1, 0)?, 2);
/// assert!(out.path().join("polysomnography/edfs/shhs1/shhs1-200002.edf").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_set(out: &Path, subjects: usize, minutes: usize, seed: u64) -> Result<usize, DrawnError> {
    let draft = draft(out)?;
    draft.create_folder(RECORDINGS)?;
    draft.create_folder(TABLES)?;
    draft.write(MARK, MARK_TEXT.as_bytes())?;
    let row = |subject: u64| {
        let night = draw(seed, subject, minutes);
        write_night(&recording(draft.path(), subject), &night)?;
        Ok(line(subject, &night))
    };
    let rows: Vec<String> = (0..subjects as u64).into_par_iter().map(row).collect::<Result<_, DrawnError>>()?;
    let table = format!("nsrrid,{},gh_s1\n{}", ITEMS[0].join(","), rows.concat());
    draft.write(TABLE, table.as_bytes())?;
    draft.commit()?;
    Ok(subjects)
}

/// Path of a subject's night.
fn recording(out: &Path, subject: u64) -> PathBuf {
    out.join(RECORDINGS).join(format!("shhs1-{}.edf", FIRST + subject))
}

/// A subject's line in the table.
fn line(subject: u64, night: &Night) -> String {
    let items = night.items.map(|answer| answer.to_string()).join(",");
    format!("{},{items},{}\n", FIRST + subject, night.score)
}

fn write_night(path: &Path, night: &Night) -> Result<(), DrawnError> {
    let spec = WriteSpec {
        patient: "X X X X".into(),
        recording: "synthetic night".into(),
        start: StartTime { year: 1985, month: 1, day: 1, hour: 22, minute: 0, second: 0 },
        record_seconds: 1.0,
        signals: night.signals.iter().map(header).collect(),
    };
    let samples: Vec<&[f32]> = night.signals.iter().map(|signal| signal.samples.as_slice()).collect();
    write_edf_slices(path, &spec, &samples).map_err(|error| match error {
        EdfError::Io { path, action, error } => FileError { path, action, error }.into(),
        error => FileError::of(path, "write the recording")(std::io::Error::other(error)).into(),
    })
}

fn header(signal: &NightSignal) -> WriteSignal {
    let [physical_min, physical_max] = signal.range;
    WriteSignal {
        label: signal.label.into(),
        transducer: String::new(),
        dimension: signal.unit.into(),
        physical_min,
        physical_max,
        digital_min: i16::MIN,
        digital_max: i16::MAX,
        prefilter: String::new(),
        samples_per_record: signal.rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edf::EdfFile;

    #[test]
    fn a_night_comes_back_as_it_was_drawn() {
        let out = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(write_set(out.path(), 3, 2, 5).expect("writes"), 3);
        for subject in 0..3 {
            let night = draw(5, subject, 2);
            let mut file = EdfFile::open(recording(out.path(), subject)).expect("an EDF file");
            assert_eq!((file.signals().len(), file.seconds()), (7, 120.0));
            for signal in &night.signals {
                let number = file.require(&[signal.label]).expect("the label");
                let found = &file.signals()[number];
                assert_eq!((found.rate(), found.dimension.as_str()), (signal.rate as f64, signal.unit));
                let mut samples = Vec::new();
                file.read(number, 0..file.samples(number), &mut samples).expect("samples");
                assert_eq!(samples.len(), signal.samples.len());
                // Half a step of quantisation, and what f32 rounds.
                let step = ((signal.range[1] - signal.range[0]) / 65_535.0) as f32;
                let far = samples.iter().zip(&signal.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(far < 0.51 * step, "{}: {far} {step}", signal.label);
            }
        }
    }

    #[test]
    fn the_table_has_a_row_per_night() {
        let out = tempfile::tempdir().expect("a temporary folder");
        write_set(out.path(), 4, 1, 6).expect("writes");
        let table = std::fs::read_to_string(out.path().join(TABLE)).expect("a table");
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("nsrrid,genhth25,sickez25,hlthy25,worse25,exclnt25,gh_s1"));
        for subject in 0..4 {
            let night = draw(6, subject, 1);
            let numbers: Vec<f64> =
                lines.next().expect("a row").split(',').map(|field| field.parse().expect("a number")).collect();
            assert_eq!((numbers[0], numbers[6]), (200_001.0 + subject as f64, night.score));
            assert_eq!(numbers[1..6], night.items.map(f64::from));
        }
        assert_eq!(lines.next(), None);
        assert!(out.path().join(MARK).is_file());
        assert!(matches!(write_set(out.path(), 1, 1, 6), Err(DrawnError::NotEmpty { .. })));
    }

    #[test]
    fn nights_without_samples_are_files_too() {
        let out = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(write_set(out.path(), 1, 0, 0).expect("writes"), 1);
        let file = EdfFile::open(recording(out.path(), 0)).expect("an EDF file");
        assert_eq!((file.signals().len(), file.records()), (7, 0));
    }
}
