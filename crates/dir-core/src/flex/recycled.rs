//! Lists of numbers whose memory is kept for the next ones when nobody holds them any more.
//!
//! Memory that is fresh from the system is zeroed page by page when it is first written, at every training step anew. A list that is
//! dropped here, alone or as a tensor, goes on a shelf and is lent again to whoever asks for one of about its size. What lies on the
//! shelf is never more than what was lent at most, so a process takes at most twice what it needs, and in training, whose sizes
//! return at every step, hardly more than that.

// Burn's memory is handed over as bytes of which it wants to know that they were written; every unsafe place says why they were.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{AllocationProperty, Bytes, Element};
use cubecl_environment::bytes::{AccessError, AccessPolicy, AllocationController};

/// Numbers below which the allocator is as fast.
const FEWEST: usize = 1 << 13;

/// Numbers that there is a shelf for.
pub trait Recycle: Element + Default + Send + Sync {
    /// A number that nobody can have meant.
    const SPOILT: Self;

    /// The lists that nobody holds.
    fn shelf() -> &'static Mutex<Shelf<Self>>;
}

macro_rules! shelves {
    ($($E:ty: $spoilt:expr),*) => {$(
        impl Recycle for $E {
            const SPOILT: Self = $spoilt;

            fn shelf() -> &'static Mutex<Shelf<Self>> {
                static SHELF: Mutex<Shelf<$E>> = Mutex::new(Shelf::new());
                &SHELF
            }
        }
    )*};
}

shelves!(f32: f32::NAN, f64: f64::NAN, i32: i32::MIN, i64: i64::MIN);

/// Lists that nobody holds, the longest unused first.
#[derive(Debug)]
pub struct Shelf<E> {
    lists: Vec<Vec<E>>,
    /// Numbers on the shelf, lent, and lent at most.
    idle: usize,
    lent: usize,
    most: usize,
}

impl<E: Recycle> Shelf<E> {
    const fn new() -> Self {
        Self { lists: Vec::new(), idle: 0, lent: 0, most: 0 }
    }

    fn lock() -> MutexGuard<'static, Self> {
        E::shelf().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The smallest list that is long enough and not much longer.
    fn take(&mut self, len: usize) -> Option<Vec<E>> {
        let fitting = self.lists.iter().enumerate().filter(|(_, list)| (len..=len + len / 4).contains(&list.len()));
        let (place, _) = fitting.min_by_key(|(_, list)| list.len())?;
        let list = self.lists.remove(place);
        self.idle -= list.len();
        Some(list)
    }

    fn lend(&mut self, len: usize) {
        self.lent += len;
        self.most = self.most.max(self.lent);
    }

    /// Takes a list back, and gives those that there is no room for any more: memory is returned when nobody waits.
    fn put(&mut self, list: Vec<E>) -> Vec<Vec<E>> {
        self.lent -= list.len();
        self.idle += list.len();
        self.lists.push(list);
        let mut surplus = 0;
        while self.idle > self.most {
            self.idle -= self.lists[surplus].len();
            surplus += 1;
        }
        self.lists.drain(..surplus).collect()
    }
}

/// A list of numbers, given back when it is dropped.
#[derive(Debug)]
pub struct Recycled<E: Recycle> {
    values: Vec<E>,
    len: usize,
}

impl<E: Recycle> Recycled<E> {
    /// So many numbers, whatever they are: the caller writes every one of them.
    #[must_use]
    pub fn any(len: usize) -> Self {
        let list = if len < FEWEST { vec![E::default(); len].into() } else { Self::lent(len) };
        #[cfg(debug_assertions)]
        let list = list.spoilt();
        list
    }

    /// From the shelf, or new.
    fn lent(len: usize) -> Self {
        let found = {
            let mut shelf = Shelf::<E>::lock();
            let found = shelf.take(len);
            shelf.lend(found.as_ref().map_or(len, Vec::len));
            found
        };
        Self { values: found.unwrap_or_else(|| vec![E::default(); len]), len }
    }

    /// So many zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        let mut list = Self::any(len);
        list.fill(E::default());
        list
    }

    /// Numbers that nobody can have meant, for tests to find what is read before it is written.
    #[cfg(debug_assertions)]
    fn spoilt(mut self) -> Self {
        self.fill(E::SPOILT);
        self
    }
}

impl<E: Recycle> From<Vec<E>> for Recycled<E> {
    fn from(values: Vec<E>) -> Self {
        let len = values.len();
        if len >= FEWEST {
            Shelf::<E>::lock().lend(len);
        }
        Self { values, len }
    }
}

impl<E: Recycle> Drop for Recycled<E> {
    fn drop(&mut self) {
        if self.values.len() >= FEWEST {
            let surplus = Shelf::<E>::lock().put(std::mem::take(&mut self.values));
            drop(surplus);
        }
    }
}

impl<E: Recycle> Deref for Recycled<E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        &self.values[..self.len]
    }
}

impl<E: Recycle> DerefMut for Recycled<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        &mut self.values[..self.len]
    }
}

impl<E: Recycle> AllocationController for Recycled<E> {
    fn alloc_align(&self) -> usize {
        align_of::<E>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let (bytes, first) = (size_of_val(&**self), self.as_mut_ptr());
        // SAFETY: the numbers are borrowed mutably for as long as the bytes are, and `MaybeUninit<u8>` has no alignment. The caller
        // promises to write only what is initialised, and any bytes make a number of the types that there is a shelf for.
        Ok(unsafe { std::slice::from_raw_parts_mut(first.cast(), bytes) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        // SAFETY: as above, borrowed.
        Ok(unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), size_of_val(&**self)) })
    }
}

impl<E: Recycle> From<Recycled<E>> for Bytes {
    fn from(list: Recycled<E>) -> Self {
        let bytes = size_of_val(&*list);
        // SAFETY: numbers of the types that there is a shelf for have no padding, and a `Vec` holds written ones alone, so all these
        // bytes are initialised.
        unsafe { Self::from_controller(Box::new(list), bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody else asks for lists of these sizes while the tests run.
    const LEN: usize = 123_457;

    #[test]
    fn memory_is_lent_again() {
        let mut list = Recycled::<f64>::any(LEN);
        let first = list.as_ptr();
        list.fill(1.0);
        drop(list);
        let list = Recycled::<f64>::zeros(LEN - 1000);
        assert_eq!((list.as_ptr(), list.len()), (first, LEN - 1000));
        assert!(list.iter().all(|&value| value == 0.0));
        assert_ne!(Recycled::<f64>::any(LEN).as_ptr(), first, "it is lent to one at a time");
        assert_ne!(Recycled::<f64>::any(LEN / 2).as_ptr(), first, "one much longer would be a waste");
    }

    #[test]
    fn the_shelf_holds_no_more_than_was_lent() {
        let mut shelf = Shelf::<f32>::new();
        let lent: Vec<Vec<f32>> = (1..=4).map(|k| vec![0.0; 100 * k]).collect();
        lent.iter().take(3).for_each(|list| shelf.lend(list.len()));
        for list in lent.iter().take(3) {
            assert!(shelf.put(list.clone()).is_empty());
        }
        assert_eq!((shelf.idle, shelf.lent, shelf.most), (600, 0, 600));
        shelf.lend(400);
        let surplus = shelf.put(lent[3].clone());
        assert_eq!(surplus.iter().map(Vec::len).collect::<Vec<_>>(), [100, 200, 300]);
        assert_eq!(shelf.take(350).map(|list| list.len()), Some(400));
        assert_eq!(shelf.take(1), None);
    }

    #[test]
    fn as_a_tensors_bytes() {
        let mut list = Recycled::<f32>::any(LEN);
        let first = list.as_ptr().cast::<u8>();
        list.iter_mut().enumerate().for_each(|(k, value)| *value = k as f32);
        let mut bytes = Bytes::from(list);
        assert_eq!((bytes.as_ptr(), bytes.len()), (first, LEN * 4));
        bytes[..4].copy_from_slice(&7.0_f32.to_ne_bytes());
        let copy = bytes.clone();
        assert_ne!(copy.as_ptr(), first);
        assert_eq!(copy[..8], *[7.0_f32, 1.0].map(f32::to_ne_bytes).concat());
        drop(bytes.try_into_vec::<f32>().expect_err("the shelf's own"));
        assert_eq!(Recycled::<f32>::any(LEN).as_ptr().cast(), first, "given back with the tensor");
    }

    #[test]
    fn threads_share_it() {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for round in 0..200 {
                        let mut list = Recycled::<f32>::any(FEWEST + 64 * (round % 7));
                        list.fill(thread as f32);
                        assert!(list.iter().all(|&value| value == thread as f32));
                    }
                });
            }
        });
    }
}
