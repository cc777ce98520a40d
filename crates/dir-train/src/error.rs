//! What can end a run, each with the file, what was found, what was expected and what to do.

use std::path::PathBuf;

use thiserror::Error;

/// What can end a run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The disk or its permissions.
    #[error("{}: found '{error}' while trying to {action}; check the path, its permissions and the space left", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file that is not what it should be.
    #[error("{}: found {found}, expected {expected}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// A checkpoint that is truncated or altered.
    #[error("{}: found {found}, expected a whole checkpoint", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A file of another version of the program.
    #[error("{}: written in format {found}, this program reads format {expected}; use the version that wrote it, or train again", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: String,
        /// The format that is read.
        expected: String,
    },
    /// A value that can't be written in a file's format.
    #[error("{}: cannot write the file: found '{error}', expected content that it can hold; report it, with the settings", path.display())]
    Serialize {
        /// The file.
        path: PathBuf,
        /// What the serializer said.
        error: serde_json::Error,
    },
    /// All checkpoints of a run are damaged.
    #[error(
        "{}: no whole checkpoint is left, the damaged ones are in its folder `damaged`; restore one, or train from the start \
         with --restart",
        path.display()
    )]
    NoCheckpoint {
        /// Folder of the checkpoints.
        path: PathBuf,
    },
    /// The model of a run's best epoch is gone, and so is its copy.
    #[error(
        "{}: found neither the model of the best epoch nor its copy whole, expected one of them; restore one, or train the run from \
         the start with --restart",
        path.display()
    )]
    NoBestModel {
        /// The model's file, or the folder of the checkpoints.
        path: PathBuf,
    },
    /// A run whose data are not those of this one.
    #[error("{}: made from other data: {difference}; use the same data, another --out, or delete the run to train it again", path.display())]
    OtherData {
        /// Identity of the data, in the run's folder.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// Another process works in the folder.
    #[error("{}: found the folder in use by another process, expected it free; wait for that run or choose another --out", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A number of the recipe that makes no sense.
    #[error("found {name} = {value}, expected {expected}")]
    Recipe {
        /// Key.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be, and what to do.
        expected: &'static str,
    },
    /// A loss, gradient or parameter that is NaN or infinite.
    #[error(
        "stage {stage}, epoch {epoch}, step {step}: {what}, expected a finite number; the batch holds rows {rows}; \
         lower train.lr, set train.clip_norm, or set train.non_finite = \"skip\""
    )]
    NonFinite {
        /// Stage, from 1.
        stage: usize,
        /// Epoch, from 0.
        epoch: usize,
        /// Step, from 0.
        step: usize,
        /// What is not finite.
        what: NonFiniteValue,
        /// Row numbers of the batch.
        rows: String,
    },
    /// Too many steps in a row were left out.
    #[error(
        "stage {stage}, epoch {epoch}, step {step}: left out {skipped} steps in a row whose loss or gradient is not finite; lower \
         train.lr or set train.clip_norm"
    )]
    Skipped {
        /// Stage, from 1.
        stage: usize,
        /// Epoch, from 0.
        epoch: usize,
        /// Step, from 0.
        step: usize,
        /// Steps in a row.
        skipped: usize,
    },
    /// Parameters that are NaN or infinite, which are never saved.
    #[error(
        "stage {stage}, epoch {epoch}, step {step}: found parameters that are not finite; the last checkpoint is untouched; lower \
         train.lr or set train.clip_norm, with another --out"
    )]
    Diverged {
        /// Stage, from 1.
        stage: usize,
        /// Epoch, from 0.
        epoch: usize,
        /// Step, from 0.
        step: usize,
    },
    /// Stopped by a signal; the run is saved.
    #[error("stopped on request; the run is saved: repeat the same command to go on")]
    Interrupted,
    /// No such device in this build or on this machine.
    #[error("found --device {found}, expected {expected}")]
    Device {
        /// What was asked for.
        found: String,
        /// What there is, and what to do.
        expected: String,
    },
    /// A device that stopped computing in the middle of a run.
    #[error("the device failed: {reason}; a run goes on from its last checkpoint when the command is repeated")]
    DeviceFailed {
        /// What its driver or compiler said.
        reason: String,
    },
    /// A target that the transform can't take.
    #[error("{row}: found target {value}, expected a number above 0 under target = \"log\"; use target = \"plain\"")]
    LogTarget {
        /// The row, in words.
        row: String,
        /// The target.
        value: f64,
    },
    /// A part of the data without rows.
    #[error("found no {part} rows, expected at least 1; change the split")]
    NoRows {
        /// Which part.
        part: &'static str,
    },
    /// A row that can't be read.
    #[error("{reason}")]
    Row {
        /// Which, what was found, what was expected.
        reason: String,
    },
    /// The model could not be made.
    #[error("failed to build the network: {reason}")]
    Model {
        /// Why.
        reason: String,
    },
    /// What the mathematics refuse.
    #[error(transparent)]
    Core(#[from] dir_core::Error),
}

/// A value of a training step that is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NonFiniteValue {
    /// The loss.
    Loss(f64),
    /// The gradient, while the loss is finite.
    Gradient {
        /// The loss.
        loss: f64,
    },
}

impl std::fmt::Display for NonFiniteValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loss(loss) => write!(f, "found loss {loss}"),
            Self::Gradient { loss } => write!(f, "found a gradient that is not finite (loss {loss})"),
        }
    }
}

impl TrainError {
    /// Whether a file is damaged, as opposed to unreadable or of another version.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

macro_rules! through_core {
    ($($error:path),* $(,)?) => { $(impl From<$error> for TrainError {
        fn from(error: $error) -> Self {
            Self::Core(error.into())
        }
    })* };
}

through_core!(
    dir_core::bins::BinsError,
    dir_core::fds::FdsError,
    dir_core::kernel::KernelError,
    dir_core::loss::LossError,
    dir_core::metric::MetricError,
    dir_core::relevance::RelevanceError,
    dir_core::shot::ShotError,
    dir_core::weight::WeightError,
);
