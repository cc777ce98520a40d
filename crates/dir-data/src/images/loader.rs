//! Batches ahead of time: worker threads decode while the network trains, a bounded number of batches in advance.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::{Augmentation, Drawn, PictureError, Pictures};
use crate::loader::row_stream;

/// What augmentation depends on, apart from the row.
pub type Ahead = [u64; 3];

/// One batch: `[rows, 3, side, side]`.
type Numbers = Result<Vec<f32>, PictureError>;

/// Batches of pictures in their order, made by threads that run ahead of whoever takes them.
///
/// Dropping it ends the threads.
#[derive(Debug)]
pub struct Loader {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pictures: Arc<Pictures>,
    batches: Vec<Vec<usize>>,
    /// Random changes and their key (seed, stage, epoch); none in evaluation.
    augment: Option<(Augmentation, Ahead)>,
    /// Batches that may wait to be taken.
    depth: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The next batch to be made.
    next: usize,
    /// The next batch to be taken.
    taken: usize,
    ready: BTreeMap<usize, Numbers>,
    stop: bool,
}

impl Loader {
    /// Starts `workers` threads (at least one) on batches of positions; at most two batches per thread wait.
    #[must_use]
    pub fn new(
        pictures: Arc<Pictures>,
        batches: Vec<Vec<usize>>,
        augment: Option<(Augmentation, Ahead)>,
        workers: usize,
    ) -> Self {
        let workers = workers.clamp(1, batches.len().max(1));
        let (state, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { pictures, batches, augment, depth: 2 * workers, state, changed });
        let threads = (0..workers).map(|_| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.work())
        });
        Self { threads: threads.collect(), shared }
    }
}

impl Iterator for Loader {
    type Item = Numbers;

    fn next(&mut self) -> Option<Numbers> {
        let mut state = self.shared.lock();
        if state.taken == self.shared.batches.len() {
            return None;
        }
        let wanted = state.taken;
        let numbers = loop {
            if let Some(numbers) = state.ready.remove(&wanted) {
                break numbers;
            }
            state = self.shared.wait(state);
        };
        state.taken += 1;
        self.shared.changed.notify_all();
        Some(numbers)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            thread.join().ok(); // what it had to say is of no use any more
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked has left no half-made state: each change is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let Some(batch) = self.claim() else { return };
            let numbers = self.make(&self.batches[batch]);
            self.lock().ready.insert(batch, numbers);
            self.changed.notify_all();
        }
    }

    /// The next batch to make, once there is room for it.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stop || state.next == self.batches.len() {
                return None;
            }
            if state.next < state.taken + self.depth {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.wait(state);
        }
    }

    fn make(&self, rows: &[usize]) -> Numbers {
        let side = self.pictures.side();
        let mut numbers = vec![0.0; rows.len() * 3 * side * side];
        for (&row, out) in rows.iter().zip(numbers.chunks_exact_mut(3 * side * side)) {
            let drawn = self.augment.as_ref().map_or(Drawn::NONE, |(augmentation, [seed, stage, epoch])| {
                augmentation.draw(side, &mut row_stream(*seed, *stage, *epoch, row))
            });
            self.pictures.write(row, drawn, out)?;
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;

    use super::super::decode::tests::{encoded, slope};
    use super::super::{Broken, CacheKind, PictureOptions, Store};
    use super::*;

    fn pictures(count: u32, broken: Option<u32>) -> (tempfile::TempDir, Arc<Pictures>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names: Vec<String> = (0..count).map(|k| format!("{k}.png")).collect();
        for (k, name) in names.iter().enumerate() {
            let bytes = if broken == Some(k as u32) {
                vec![1, 2, 3]
            } else {
                encoded(&slope(9 + k as u32, 9), ImageFormat::Png)
            };
            std::fs::write(folder.path().join(name), bytes).expect("writes");
        }
        let options = PictureOptions { side: 8, cache: CacheKind::None, broken: Broken::Error };
        let store = Store::open(folder.path()).expect("a folder");
        let (pictures, _) = Pictures::open(store, &names, options, folder.path()).expect("all are there");
        (folder, Arc::new(pictures))
    }

    #[test]
    fn threads_change_nothing() {
        let (_folder, pictures) = pictures(13, None);
        let batches: Vec<Vec<usize>> = vec![vec![3, 1, 4], vec![1, 5], vec![9, 2, 6, 12], vec![0], vec![7, 8, 10, 11]];
        let augment = Some((Augmentation::default(), [1, 1, 0]));
        let of = |workers| -> Vec<Vec<f32>> {
            let loader = Loader::new(Arc::clone(&pictures), batches.clone(), augment, workers);
            loader.map(|batch| batch.expect("whole")).collect()
        };
        let one = of(1);
        assert_eq!(
            one.iter().map(Vec::len).collect::<Vec<_>>(),
            batches.iter().map(|b| b.len() * 192).collect::<Vec<_>>()
        );
        assert!((2..6).all(|workers| of(workers) == one));
        // Row 1 is the same in both of its batches.
        assert_eq!(one[0][192..384], one[1][..192]);
        let plain: Vec<_> = Loader::new(Arc::clone(&pictures), batches, None, 2).map(|b| b.expect("whole")).collect();
        assert_ne!(plain, one);
    }

    #[test]
    fn an_error_comes_in_its_place_and_dropping_ends_the_threads() {
        let (_folder, pictures) = pictures(6, Some(4));
        let batches: Vec<Vec<usize>> = (0..6).map(|k| vec![k]).collect();
        let results: Vec<bool> =
            Loader::new(Arc::clone(&pictures), batches.clone(), None, 3).map(|b| b.is_ok()).collect();
        assert_eq!(results, [true, true, true, true, false, true]);
        let mut loader = Loader::new(Arc::clone(&pictures), batches, None, 2);
        assert!(loader.next().is_some_and(|batch| batch.is_ok()));
        drop(loader);
        assert_eq!(Arc::strong_count(&pictures), 1, "no thread holds the pictures any more");
    }
}
