//! Panic guard: turns a panic inside a decoder into an error, without the default message on standard error.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });

/// Runs a decoder on bytes from outside; a panic in it becomes `decoder panicked: <message>`.
///
/// Decoders of other crates have panicked on damaged files before; the panic of one file must not end, or hang, a program that
/// reads thousands. What `decode` changed besides its result must not be used after an error.
///
/// # Errors
/// What `decode` panicked with.
/// # Example
/// ```
/// use dir_data::catch_panic::catch_panic;
/// let byte = |bytes: &[u8]| catch_panic(|| bytes[9]);
/// assert!(byte(b"short").is_err_and(|error| error.starts_with("decoder panicked: index out of bounds")));
/// ```
pub fn catch_panic<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let outer = QUIET.replace(true);
    let caught = catch_unwind(AssertUnwindSafe(decode));
    QUIET.set(outer);
    caught.map_err(|panic| format!("decoder panicked: {}", message(panic.as_ref())))
}

/// Once per process, so that no two threads exchange hooks at the same time.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
}

/// First line of what a panic was raised with.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.and_then(|text| text.lines().next()).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_guarded_thread_is_quiet_and_only_inside() {
        assert_eq!(catch_panic(|| 3), Ok(3));
        let nested = catch_panic(|| {
            let inner: Result<(), String> = catch_panic(|| panic!("inner\nwith a second line"));
            assert!(QUIET.get() && !std::thread::spawn(|| QUIET.get()).join().expect("ends"));
            panic!("outer after {}", inner.expect_err("panics"));
        });
        let nested: Result<(), String> = nested;
        assert_eq!(nested, Err("decoder panicked: outer after decoder panicked: inner".into()));
        assert!(!QUIET.get());
    }
}
