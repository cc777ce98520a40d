//! Signals: Ctrl-C asks a run to save and stop; a second one ends it at once.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::TrainError;

/// Whether the user has asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens to Ctrl-C and to a polite kill from now on. A write beyond a size limit becomes an error like any other,
    /// instead of the end of the process.
    ///
    /// # Errors
    /// A system that refuses the handler.
    pub fn listen() -> Result<Self, TrainError> {
        let stop = Arc::new(AtomicBool::new(false));
        let refused = |source| TrainError::Io { path: "signals".into(), action: "listen to Ctrl-C", source };
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // The order matters: the second signal finds the flag raised by the first and exits.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop)).map_err(refused)?;
            signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(refused)?;
        }
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map_err(refused)?;
        Ok(Self(stop))
    }

    /// Whether to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends this process when its parent is gone, which closes the pipe to standard input: a grid that is killed leaves no
    /// orphans working in its folders.
    pub fn end_with_parent() {
        std::thread::spawn(|| {
            let mut ignored = [0_u8; 64];
            let mut input = std::io::stdin();
            while matches!(input.read(&mut ignored), Ok(n) if n > 0) {}
            std::process::exit(3);
        });
    }
}
