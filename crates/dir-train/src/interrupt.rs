//! Interrupt token: a stop request, by signal or by the process that started this one.
//!
//! Outside of a [`Deferred`] section a request ends the process at once: every file is written whole or not at all, so there is
//! nothing to save. Inside, the request is only recorded; the holder saves within one step and ends. A second signal always
//! ends the process at once.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::error::TrainError;

/// Byte on a child's standard input that asks it to save and stop.
pub(crate) const STOP_REQUEST: u8 = b's';

/// Time that a child has for saving once its parent is gone.
pub const ORPHAN_GRACE: Duration = Duration::from_secs(10);

/// Stop request of this process. Clones share it.
#[derive(Debug, Clone)]
pub struct Interrupt {
    /// The signal that asked, 0 while nothing did.
    signal: Arc<AtomicUsize>,
    /// Whether a signal ends the process in its handler.
    exit_now: Arc<AtomicBool>,
    /// Number of deferred sections that are open.
    deferred: Arc<AtomicUsize>,
}

impl Default for Interrupt {
    /// A token that listens to nothing.
    fn default() -> Self {
        Self { signal: Arc::default(), exit_now: Arc::new(AtomicBool::new(true)), deferred: Arc::default() }
    }
}

impl Interrupt {
    /// Listens to SIGINT (Ctrl-C) and SIGTERM from now on. A write beyond a file size limit becomes an error like any other,
    /// instead of the end of the process.
    ///
    /// # Errors
    /// A system that refuses the handler.
    pub fn listen() -> Result<Self, TrainError> {
        let token = Self::default();
        let refused = |error| TrainError::Io { path: "signals".into(), action: "listen to Ctrl-C", error };
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in this order: only the second signal finds `exit_now` as the first one left it.
            let code = exit_code(signal as usize);
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&token.exit_now))
                .map_err(refused)?;
            signal_hook::flag::register_usize(signal, Arc::clone(&token.signal), signal as usize).map_err(refused)?;
            signal_hook::flag::register(signal, Arc::clone(&token.exit_now)).map_err(refused)?;
        }
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map_err(refused)?;
        Ok(token)
    }

    /// Opens a section in which a request is recorded instead of ending the process.
    pub fn defer(&self) -> Deferred<'_> {
        if self.deferred.fetch_add(1, Ordering::SeqCst) == 0 && !self.is_raised() {
            self.exit_now.store(false, Ordering::SeqCst);
        }
        Deferred(self)
    }

    /// Whether to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Ends the work of a loop when a stop was requested.
    ///
    /// # Errors
    /// [`TrainError::Interrupted`].
    pub fn check(&self) -> Result<(), TrainError> {
        if self.is_raised() { Err(TrainError::Interrupted) } else { Ok(()) }
    }

    /// Exit code that shells expect of a process that a signal has stopped: 128 and the signal's number.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.signal.load(Ordering::Relaxed) {
            0 => exit_code(SIGINT as usize) as u8,
            signal => exit_code(signal) as u8,
        }
    }

    /// Obeys the process that started this one, through standard input: the byte `s` is a stop request, and the end of
    /// input means that the parent is gone, so that a killed grid leaves no orphans working in its folders.
    pub fn listen_to_parent(&self) {
        let token = self.clone();
        std::thread::spawn(move || {
            let mut input = std::io::stdin();
            let mut byte = [0_u8];
            while matches!(input.read(&mut byte), Ok(1)) {
                if byte[0] == STOP_REQUEST {
                    token.request_stop();
                }
            }
            token.request_stop();
            std::thread::sleep(ORPHAN_GRACE);
            std::process::exit(exit_code(SIGTERM as usize));
        });
    }

    /// A request that does not come as a signal. One that was made already counts once: Ctrl-C in a terminal reaches parent
    /// and child, and the parent hands it on.
    pub fn request_stop(&self) {
        let first = self.signal.compare_exchange(0, SIGTERM as usize, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if first && self.deferred.load(Ordering::SeqCst) == 0 {
            std::process::exit(exit_code(SIGTERM as usize));
        }
    }
}

fn exit_code(signal: usize) -> i32 {
    128 + signal as i32
}

/// A section in which a stop request is recorded instead of ending the process; ends when dropped.
#[derive(Debug)]
#[must_use]
pub struct Deferred<'a>(&'a Interrupt);

impl Drop for Deferred<'_> {
    fn drop(&mut self) {
        if self.0.deferred.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.exit_now.store(true, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_in_a_deferred_section_is_recorded() {
        let token = Interrupt::default();
        let outer = token.defer();
        drop(token.defer());
        assert!(!token.exit_now.load(Ordering::SeqCst), "the outer section is still open");
        assert!(token.check().is_ok());
        token.request_stop();
        token.request_stop();
        assert!(matches!(token.check(), Err(TrainError::Interrupted)));
        assert_eq!(token.exit_code(), 143);
        drop(outer);
        assert!(token.exit_now.load(Ordering::SeqCst));
    }
}
