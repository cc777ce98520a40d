//! Prefetch: worker threads make items ahead of their consumer, in order, bounded in number and in bytes.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Bytes of items that may be in the making or waiting, at most: 2 GiB, whatever the number of cores.
pub const QUEUE_BYTES: usize = 2 << 30;

/// An iterator over `make(0)`, `make(1)`, ... whose items are made by worker threads.
///
/// At most two items per worker, and at most [`QUEUE_BYTES`] of them, are in the making or waiting at any time; items of which
/// not even two fit are made on the consumer's thread when it asks for them.
///
/// A panic of `make` is raised again in the consumer, at the item's place in the order. Dropping the iterator ends the workers.
///
/// # Example
/// ```
/// use dir_data::prefetch::Prefetch;
/// let squares: Vec<usize> = Prefetch::new(5, 2, size_of::<usize>(), |k| k * k).collect();
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub struct Prefetch<T> {
    shared: Arc<Shared<T>>,
    make: Arc<dyn Fn(usize) -> T + Send + Sync>,
    workers: Vec<JoinHandle<()>>,
}

/// An item, or what `make` panicked with.
type Made<T> = Result<T, Box<dyn Any + Send>>;

struct Shared<T> {
    total: usize,
    /// Items that may be in the making or waiting.
    depth: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The next item to be made.
    next: usize,
    /// The next item to be taken.
    taken: usize,
    ready: BTreeMap<usize, Made<T>>,
    stop: bool,
}

impl<T> fmt::Debug for Prefetch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefetch").field("total", &self.shared.total).field("depth", &self.shared.depth).finish()
    }
}

impl<T: Send + 'static> Prefetch<T> {
    /// Starts up to `workers` threads on `total` items of at most `item_bytes` each.
    #[must_use]
    pub fn new(
        total: usize,
        workers: usize,
        item_bytes: usize,
        make: impl Fn(usize) -> T + Send + Sync + 'static,
    ) -> Self {
        Self::with_queue(total, workers, QUEUE_BYTES / item_bytes.max(1), Arc::new(make))
    }

    /// The same without workers: every item is made when it is asked for.
    #[must_use]
    pub fn on_demand(total: usize, make: impl Fn(usize) -> T + Send + Sync + 'static) -> Self {
        Self::with_queue(total, 0, 0, Arc::new(make))
    }

    /// Starts workers with room for `places` items.
    fn with_queue(total: usize, workers: usize, places: usize, make: Arc<dyn Fn(usize) -> T + Send + Sync>) -> Self {
        let workers = workers.max(1);
        let depth = workers.saturating_mul(2).min(places);
        let state = Mutex::new(State { next: 0, taken: 0, ready: BTreeMap::new(), stop: false });
        let shared = Arc::new(Shared { total, depth, state, changed: Condvar::new() });
        let count = if depth < 2 { 0 } else { workers.min(depth).min(total) };
        let spawn = |_| {
            let (shared, make) = (Arc::clone(&shared), Arc::clone(&make));
            // A thread that the system refuses is done without.
            Builder::new().name("prefetch".into()).spawn(move || shared.work(make.as_ref())).ok()
        };
        let workers = (0..count).map_while(spawn).collect();
        Self { shared, make, workers }
    }
}

impl<T> Iterator for Prefetch<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let made = if self.workers.is_empty() { self.make_now()? } else { self.shared.take()? };
        Some(made.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T> Prefetch<T> {
    fn make_now(&self) -> Option<Made<T>> {
        let number = self.shared.lock().taken;
        (number < self.shared.total).then(|| {
            self.shared.lock().taken += 1;
            Ok((self.make)(number))
        })
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        for worker in self.workers.drain(..) {
            worker.join().ok(); // a worker catches the panics of `make`
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Each change is one statement, so a poisoned lock holds a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Made<T>> {
        let mut state = self.lock();
        if state.taken == self.total {
            return None;
        }
        let wanted = state.taken;
        let made = loop {
            if let Some(made) = state.ready.remove(&wanted) {
                break made;
            }
            state = self.wait(state);
        };
        state.taken += 1;
        self.changed.notify_all();
        Some(made)
    }

    fn work(&self, make: &(dyn Fn(usize) -> T + Send + Sync)) {
        while let Some(number) = self.claim() {
            let made = catch_unwind(AssertUnwindSafe(|| make(number)));
            self.lock().ready.insert(number, made);
            self.changed.notify_all();
        }
    }

    /// The next item to make, once there is room for it.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::*;
    use crate::catch_panic::{catch_panic, message};

    #[test]
    fn items_come_in_order_from_any_number_of_workers() {
        for workers in [0, 1, 3, 100] {
            for item_bytes in [0, 1, QUEUE_BYTES / 2, usize::MAX] {
                let items: Vec<usize> = Prefetch::new(20, workers, item_bytes, |k| 3 * k).collect();
                assert_eq!(
                    items,
                    (0..20).map(|k| 3 * k).collect::<Vec<_>>(),
                    "{workers} workers of {item_bytes} bytes"
                );
            }
        }
        assert_eq!(Prefetch::new(0, 4, 1, |k| k).count(), 0);
    }

    #[test]
    fn a_panic_of_make_reaches_the_consumer_in_its_place() {
        for item_bytes in [1, usize::MAX] {
            let make = |k| catch_panic(|| assert!(k != 4, "item {k} is bad")).map(|()| k);
            // Panics inside the guard above stay quiet; raised again here they are those of `make`.
            let raised = move |k| make(k).unwrap_or_else(|text| resume_unwind(Box::new(text)));
            let mut items = Prefetch::new(9, 3, item_bytes, raised);
            assert_eq!(items.by_ref().take(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
            let panic = catch_unwind(AssertUnwindSafe(|| items.next())).expect_err("item 4");
            assert_eq!(message(panic.as_ref()), "decoder panicked: item 4 is bad");
            assert_eq!(items.collect::<Vec<_>>(), [5, 6, 7, 8]);
        }
    }

    #[test]
    fn places_bound_the_items_ahead_of_the_consumer() {
        for (workers, places, expected) in [(8, 3, 3), (2, 100, 4), (8, 1, 0)] {
            let made = Arc::new(AtomicUsize::new(0));
            let (counter, (begun, begins)) = (Arc::clone(&made), channel());
            let make = move |k: usize| {
                counter.fetch_add(1, Ordering::SeqCst);
                begun.send(k).ok();
                k
            };
            let mut items = Prefetch::with_queue(50, workers, places, Arc::new(make));
            for taken in 0..20 {
                // Everything that may be made ahead of `taken` items is made; nothing beyond.
                while made.load(Ordering::SeqCst) < taken + expected {
                    begins.recv().expect("a worker makes what it may");
                }
                assert!(made.load(Ordering::SeqCst) <= taken + expected);
                assert_eq!(items.next(), Some(taken));
            }
        }
    }

    #[test]
    fn dropping_ends_workers_that_wait_for_room() {
        let held = Arc::new(());
        let (other, (full, is_full)) = (Arc::clone(&held), channel());
        let items = Prefetch::new(1000, 2, 1, move |k| (k, full.send(Arc::strong_count(&other)).is_ok()));
        (0..4).for_each(|_| assert!(is_full.recv().is_ok())); // both workers have filled the queue
        drop(items);
        assert_eq!(Arc::strong_count(&held), 1, "no worker is left");
        assert!(is_full.try_recv().is_err(), "nothing was made beyond the queue");
    }
}
