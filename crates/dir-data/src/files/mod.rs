//! Files: the file system calls of all programs that write, and of run folders that read, each with its path in its error.
//!
//! A file is written whole or not at all ([`write_atomic`], [`AtomicFile`]), a folder of many files too ([`Draft`]). All calls pass
//! through one place, where tests make any of them fail ([`faults`]).

mod append;
mod atomic;
mod csv_field;
mod draft;
mod error;
pub mod faults;
mod folder;
mod lock;
mod read;
mod sync;
#[cfg(test)]
mod tests;

pub use append::{AppendFile, create_shared};
pub use atomic::{AtomicFile, write_atomic};
pub use csv_field::csv_field;
pub use draft::Draft;
pub use error::FileError;
pub use folder::{create_folder, list, remove_file, remove_temporaries, rename, sync};
pub use lock::{LockState, create_lock, try_lock};
pub use read::{exists, open, read, read_text};
