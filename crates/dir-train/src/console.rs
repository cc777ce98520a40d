//! Console: status lines on standard error and results on standard output; a stream that is closed or full never panics.
//!
//! Status lines ignore every error: whoever closed the stream does not want them, and a run must not end for it. Results are
//! different. A reader that closed the pipe, as `head` does, has all it wants, so that counts as success; any other failure is an
//! error, since the output is incomplete. The macros [`status!`](crate::status), [`output!`](crate::output) and
//! [`outputln!`](crate::outputln) take the arguments of `println!`.

use std::fmt::Arguments;
use std::io::{ErrorKind, Result, Write, stderr, stdout};

use dir_data::printable::printable_lines;

use crate::error::TrainError;

/// Writes a line to standard error, escaped as a terminal needs it, and ignores every error.
pub fn write_status(text: Arguments<'_>) {
    // One call, so that lines of several processes do not mix.
    stderr().write_all(format!("{}\n", printable_lines(text)).as_bytes()).ok();
}

/// Writes to standard output and flushes it; a closed pipe counts as success.
///
/// # Errors
/// [`TrainError::Io`] for any other failure, such as a full disk.
pub fn write_output(text: Arguments<'_>) -> std::result::Result<(), TrainError> {
    finished(write_flushed(&mut stdout().lock(), &text.to_string()))
}

fn write_flushed(out: &mut impl Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn finished(written: Result<()>) -> std::result::Result<(), TrainError> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| TrainError::Io {
            path: "standard output".into(),
            action: "write the output",
            error,
        }),
    }
}

/// Writes a line to standard error and ignores every error; takes the arguments of `eprintln!`.
#[macro_export]
macro_rules! status {
    ($($text:tt)*) => { $crate::console::write_status(::std::format_args!($($text)*)) };
}

/// Writes to standard output, as a `Result`; takes the arguments of `print!`.
#[macro_export]
macro_rules! output {
    ($($text:tt)*) => { $crate::console::write_output(::std::format_args!($($text)*)) };
}

/// Writes a line to standard output, as a `Result`; takes the arguments of `println!`.
#[macro_export]
macro_rules! outputln {
    ($($text:tt)*) => { $crate::output!("{}\n", ::std::format_args!($($text)*)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refuses every write with one kind of error.
    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn output_accepts_a_closed_pipe_alone() {
        let write = |kind| finished(write_flushed(&mut Refusing(kind), "text"));
        assert!(write(ErrorKind::BrokenPipe).is_ok());
        let full = write(ErrorKind::StorageFull).expect_err("is incomplete").to_string();
        assert!(full.starts_with("standard output: ") && !full.contains('\n'), "{full}");
    }
}
