//! What a user sees while training: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::status;

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// A bar on a terminal, a line per epoch elsewhere.
    #[default]
    Normal,
    /// Warnings only.
    Quiet,
}

/// Progress of one run, on standard error. A bar ignores errors of its terminal, as status lines do.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
}

impl Progress {
    /// Nothing shown yet.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if verbosity == Verbosity::Normal && terminal {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{prefix} {wide_bar:.cyan/blue} {pos}/{len} {msg} eta {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, plain: verbosity == Verbosity::Normal && !terminal }
    }

    /// A new epoch of so many steps, some of which may be done.
    pub fn epoch(&self, name: String, steps: usize, done: usize) {
        self.bar.reset();
        self.bar.set_length(steps as u64);
        self.bar.set_position(done as u64);
        self.bar.set_prefix(name);
    }

    /// One step more.
    pub fn step(&self, loss: f64, rows_per_second: f64) {
        self.bar.set_message(format!("loss {loss:.4} {rows_per_second:.0} rows/s"));
        self.bar.inc(1);
    }

    /// One part more of something that has no loss.
    pub fn step_done(&self, text: &str) {
        self.bar.inc(1);
        self.line(text);
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        if self.plain { status!("{text}") } else { self.bar.println(text) }
    }

    /// A warning, shown even when quiet.
    pub fn warn(&self, text: &str) {
        self.bar.suspend(|| status!("warning: {text}"));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
