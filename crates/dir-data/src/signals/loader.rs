//! Recording loader: batches of recordings, prefetched by worker threads where memory allows.

use std::sync::Arc;

use super::{Recordings, SignalError};
use crate::images::Key;
use crate::prefetch::Prefetch;

/// One batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordingBatch {
    /// `[windows of all rows, channels, samples]`, standardised.
    pub values: Vec<f32>,
    /// Windows of every row.
    pub lengths: Vec<usize>,
}

/// A batch, or what kept a row of it from being read.
type Read = Result<RecordingBatch, SignalError>;

/// Recording loader: an iterator over batches in their order. Batches of more than 64 MiB (whole nights) are read when they are
/// asked for, smaller ones are prefetched.
#[derive(Debug)]
pub struct RecordingLoader(Prefetch<Read>);

/// Samples of the largest batch that is prefetched: 64 MiB.
const PREFETCH_LEN: usize = 1 << 24;

impl RecordingLoader {
    /// Starts up to `workers` threads on batches of rows. With `random`, seed, stage and epoch, windows lie anywhere in their
    /// parts.
    #[must_use]
    pub fn new(recordings: Arc<Recordings>, batches: Vec<Vec<usize>>, random: Option<Key>, workers: usize) -> Self {
        let numbers = |batch: &Vec<usize>| batch.iter().map(|&row| recordings.numbers(row)).sum::<usize>();
        let largest = batches.iter().map(numbers).max().unwrap_or(0);
        let total = batches.len();
        let make = move |k: usize| read(&recordings, &batches[k], random);
        Self(match largest {
            0..=PREFETCH_LEN => Prefetch::new(total, workers, largest * size_of::<f32>(), make),
            _ => Prefetch::on_demand(total, make),
        })
    }
}

impl Iterator for RecordingLoader {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        self.0.next()
    }
}

fn read(recordings: &Recordings, rows: &[usize], random: Option<Key>) -> Read {
    let mut batch = RecordingBatch::default();
    for &row in rows {
        let windows = recordings.windows(row, random)?;
        batch.lengths.push(windows.count);
        if batch.values.is_empty() {
            batch.values = windows.values; // a night is not copied
        } else {
            batch.values.extend_from_slice(&windows.values);
        }
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::super::{Cut, Opened};
    use super::*;
    use crate::npy;

    #[test]
    fn batches_come_in_order_early_or_late() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths: Vec<String> = (0..3_u8).map(|k| format!("{k}.npy")).collect();
        for (k, path) in paths.iter().enumerate() {
            let bytes: Vec<u8> = (0..80).flat_map(|n| ((n % (k + 2)) as f32).to_le_bytes()).collect();
            std::fs::write(folder.path().join(path), npy::file("<f4", &[1, 80], &bytes)).expect("writes");
        }
        let channels = vec!["x".parse().expect("a name")];
        let cut = Cut { seconds: 5, rate: 8.0, windows: None };
        let opened = Opened { channels, array_rate: Some(8.0), cut, ..Opened::default() };
        let recordings = Recordings::open(folder.path(), &paths, None, opened).expect("opens").recordings;
        assert_eq!(recordings.numbers(0), 80);
        let recordings = Arc::new(recordings);
        let loader = RecordingLoader::new(Arc::clone(&recordings), vec![vec![2, 0], vec![1]], None, 2);
        let found: Vec<RecordingBatch> = loader.map(|batch| batch.expect("reads")).collect();
        assert_eq!((found[0].lengths.as_slice(), found[1].lengths.as_slice()), (&[2, 2][..], &[2][..]));
        let late = read(&recordings, &[2, 0], None).expect("reads");
        assert_eq!(found[0], late);
        assert_eq!(found[0].values[80..], recordings.windows(0, None).expect("reads").values);
    }
}
