//! Device failures: records panics of a GPU's device thread, which later reads do not report.
//!
//! CubeCL runs kernels on a thread of its own and catches their panics there: it logs them and goes on, and a later read may
//! return memory that no kernel has written. The process's panic hook sees each of them first. It keeps the message instead
//! of printing it, and [`check`] turns it into an error at the next read that matters: a loss, a prediction, a checkpoint.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::cause;
use crate::error::TrainError;

/// Names of CubeCL's device threads start so: `DSU-` (fusion) and `DSD-` (the device).
const DEVICE_THREADS: [&str; 2] = ["DSU-", "DSD-"];
/// What Burn's panics say when the device answers a read with an error.
const FAILED_READS: [&str; 2] = ["Error while reading data", "Failed to read tensor data"];

/// Messages in the order of their panics, the first being the cause of the others; bounded, for there may be one per kernel.
static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());
const MOST_KEPT: usize = 64;

thread_local! {
    /// Whether panics of this thread are an answer ([`attempt`]) and therefore not printed.
    static ATTEMPTING: Cell<bool> = const { Cell::new(false) };
}

fn failures() -> MutexGuard<'static, Vec<String>> {
    FAILURES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the recording hook in front of the process's own, once.
pub(super) fn watch() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            if !take_note(panic) {
                others(panic);
            }
        }));
    });
}

/// Whether the panic is a device's, or an answer, and so not to be printed.
fn take_note(panic: &PanicHookInfo<'_>) -> bool {
    let message = message_of(panic.payload());
    if is_device_failure(std::thread::current().name(), &message) {
        let mut failures = failures();
        if failures.len() < MOST_KEPT {
            failures.push(message);
        }
        return true;
    }
    ATTEMPTING.with(Cell::get)
}

fn is_device_failure(thread: Option<&str>, message: &str) -> bool {
    thread.is_some_and(|name| DEVICE_THREADS.iter().any(|start| name.starts_with(start)))
        || FAILED_READS.iter().any(|start| message.starts_with(start))
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

/// Calls what may panic where a driver is missing. The error is the first message of the device's thread, else of this one.
///
/// One call at a time, so that a failure belongs to the call that it answers; calls do not nest.
pub(super) fn attempt<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    watch();
    let before = failures().len();
    let outer = ATTEMPTING.replace(true);
    let answer = catch_unwind(AssertUnwindSafe(call));
    ATTEMPTING.set(outer);
    // What was asked has failed, not the run: the record is as it was.
    let on_device = failures().drain(before..).next();
    match (answer, on_device) {
        (Ok(answer), None) => Ok(answer),
        (_, Some(message)) => Err(message),
        (Err(payload), None) => Err(message_of(&*payload)),
    }
}

/// Whether every kernel so far has run.
///
/// Call it after a read, which waits for the kernels before it.
///
/// # Errors
/// [`TrainError::DeviceFailed`] names the first failure.
pub fn check() -> Result<(), TrainError> {
    match failures().first() {
        None => Ok(()),
        Some(message) => Err(TrainError::DeviceFailed { reason: cause::of(message) }),
    }
}

/// Runs a command; a panic that a device's failure has caused becomes an error.
///
/// # Errors
/// Those of `run`; [`TrainError::DeviceFailed`].
pub fn guarded<R, E: From<TrainError>>(run: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
    match (catch_unwind(AssertUnwindSafe(run)), check()) {
        (Ok(result), Ok(())) => result,
        (Ok(Err(error)), Err(_)) => Err(error),
        (_, Err(failed)) => Err(failed.into()),
        (Err(payload), Ok(())) => resume_unwind(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_device_threads_and_failed_reads_are_device_failures() {
        assert!(is_device_failure(Some("DSD-0-0"), "anything"));
        assert!(is_device_failure(Some("DSU-1-0"), "anything"));
        assert!(is_device_failure(Some("main"), "Error while reading data: use `try_into_data` instead"));
        assert!(!is_device_failure(Some("main"), "index out of bounds"));
        assert!(!is_device_failure(None, "index out of bounds"));
    }

    #[test]
    fn attempt_returns_the_panic_as_an_error() {
        assert_eq!(attempt(|| 3), Ok(3));
        assert_eq!(attempt(|| panic!("no driver")), Err::<(), _>("no driver".to_owned()));
        assert_eq!(attempt(|| panic!("no {}", "adapter")), Err::<(), _>("no adapter".to_owned()));
    }
}
