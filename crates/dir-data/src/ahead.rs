//! Things made ahead of time: worker threads make them in parallel, a bounded number in advance, and they come in their order.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// An iterator over `make(0)`, `make(1)`, ... whose items are made by threads that run ahead of whoever takes them.
///
/// Dropping it ends the threads.
///
/// # Example
/// ```
/// use dir_data::ahead::Ahead;
/// let squares: Vec<usize> = Ahead::new(5, 2, |k| k * k).collect();
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
#[derive(Debug)]
pub struct Ahead<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<T> {
    total: usize,
    /// How many may wait to be taken.
    depth: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    /// The next to be made.
    next: usize,
    /// The next to be taken.
    taken: usize,
    ready: BTreeMap<usize, T>,
    stop: bool,
}

impl<T: Send + 'static> Ahead<T> {
    /// Starts `workers` threads (at least one) on `total` things; at most two per thread wait.
    #[must_use]
    pub fn new(total: usize, workers: usize, make: impl Fn(usize) -> T + Send + Sync + 'static) -> Self {
        let workers = workers.clamp(1, total.max(1));
        let state = Mutex::new(State { next: 0, taken: 0, ready: BTreeMap::new(), stop: false });
        let shared = Arc::new(Shared { total, depth: 2 * workers, state, changed: Condvar::new() });
        let make = Arc::new(make);
        let threads = (0..workers).map(|_| {
            let (shared, make) = (Arc::clone(&shared), Arc::clone(&make));
            std::thread::spawn(move || shared.work(make.as_ref()))
        });
        Self { threads: threads.collect(), shared }
    }
}

impl<T> Iterator for Ahead<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let mut state = self.shared.lock();
        if state.taken == self.shared.total {
            return None;
        }
        let wanted = state.taken;
        let made = loop {
            if let Some(made) = state.ready.remove(&wanted) {
                break made;
            }
            state = self.shared.wait(state);
        };
        state.taken += 1;
        self.shared.changed.notify_all();
        Some(made)
    }
}

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            thread.join().ok(); // what it had to say is of no use any more
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A thread that panicked has left no half-made state: each change is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, make: &impl Fn(usize) -> T) {
        while let Some(number) = self.claim() {
            let made = make(number);
            self.lock().ready.insert(number, made);
            self.changed.notify_all();
        }
    }

    /// The next to make, once there is room for it.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stop || state.next == self.total {
                return None;
            }
            if state.next < state.taken + self.depth {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.wait(state);
        }
    }
}
