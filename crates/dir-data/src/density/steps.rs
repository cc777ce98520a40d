//! A density from a file: a CSV with the columns `low`, `high` and `share`.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{DensityError, Step};
use crate::lines::line_in;
use crate::records::Records;

/// Ranges of a file at most: each is compared with all above it.
const MOST: usize = 10_000;
const COLUMNS: [&str; 3] = ["low", "high", "share"];

/// Reads the shares of ranges, `low <= y < high`. They need not add up to 1.
///
/// # Errors
/// [`DensityError`] with the line: other columns, numbers that make no sense, ranges that overlap.
pub fn read_steps(path: &Path) -> Result<Vec<Step>, DensityError> {
    let file = path.display().to_string();
    let unreadable = |error| DensityError::Csv { file: file.clone(), error };
    let wrong = |line, found: String, expected| DensityError::Line { file: file.clone(), line, found, expected };
    let mut reader = Records::open(ReaderBuilder::new().trim(Trim::All), path).map_err(unreadable)?;
    let head = reader.headers().map_err(unreadable)?;
    if head.iter().ne(COLUMNS) {
        return Err(wrong(1, format!("columns {}", head.iter().collect::<Vec<_>>().join(",")), "low,high,share"));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut record = StringRecord::new();
    while reader.read(&mut record).map_err(unreadable)? {
        let line = || line_in(path, record.position());
        let step = step(&record).ok_or_else(|| {
            let found = record.iter().collect::<Vec<_>>().join(",");
            wrong(line(), found, "a range that rises, and a share of at least 0")
        })?;
        if steps.iter().any(|other| step.low < other.high && other.low < step.high) {
            let found = format!("{} to {}", step.low, step.high);
            return Err(wrong(line(), found, "a range apart from those above"));
        }
        if steps.len() == MOST {
            return Err(wrong(line(), format!("more than {MOST} ranges"), "fewer, wider ones"));
        }
        steps.push(step);
    }
    if steps.is_empty() { Err(DensityError::Nothing { what: "steps" }) } else { Ok(steps) }
}

fn step(record: &StringRecord) -> Option<Step> {
    let number = |k: usize| record.get(k)?.parse::<f64>().ok();
    let step = Step { low: number(0)?, high: number(1)?, share: number(2)? };
    step.check().is_ok().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_ranges_is_limited() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let ranges = |count: usize| (0..count).map(|k| format!("{k},{},1\n", k + 1)).collect::<String>();
        std::fs::write(file.path(), format!("low,high,share\n{}", ranges(MOST + 1))).expect("writes");
        let error = read_steps(file.path()).expect_err("too many").to_string();
        assert!(error.contains("line 10002: found more than 10000 ranges"), "{error}");
    }

    #[test]
    fn a_file_gives_ranges() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("density.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("writes");
            read_steps(&path)
        };
        let steps = read("low,high,share\n0, 20, 0.5\n20,30,2\n").expect("two ranges");
        assert_eq!(steps[1], Step { low: 20.0, high: 30.0, share: 2.0 });
        for (text, word) in [
            ("low,high\n0,1\n", "columns low,high"),
            ("low,high,share\n0,1,2\n\n0.5,3,1\n", "line 4: found 0.5 to 3, expected a range apart"),
            ("low,high,share\n3,1,2\n", "line 2: found 3,1,2"),
            ("low,high,share\n0,1,NaN\n", "line 2: found 0,1,NaN"),
            ("low,high,share\n", "no steps"),
        ] {
            let message = read(text).expect_err("a mistake").to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
