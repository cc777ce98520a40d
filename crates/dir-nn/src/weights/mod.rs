//! Weights of PyTorch programs, in and out.
//!
//! [`Weights::read`] takes what `torch.save` writes (also nested under `state_dict`, from `DataParallel`, with storages that
//! tensors share) and SafeTensors. A pickle is only parsed: nothing in it can run. [`Weights::load`] puts the tensors into a
//! network and says what was missing, what was left over and what had another size; [`to_safetensors`] has a network's for PyTorch.

mod load;
mod read;
mod save;
mod zip_tail;

use std::path::PathBuf;

use thiserror::Error;

pub use load::Report;
pub use read::Weights;
pub use save::to_safetensors;

/// How a program's names of parameters correspond to a network's paths here.
pub trait Names {
    /// The path of a parameter with this name in a file.
    fn path(name: &str) -> String;

    /// The name in a file of the parameter with this path.
    fn name(path: &str) -> String;

    /// Beginning of the paths that may have another size in a file: the last layer, made for another task.
    const HEAD: &'static str;
}

/// What is wrong with a file of weights.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file can't be read or written.
    #[error("{}: found '{error}', expected a file that can be {action}; check the path and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// Parameters that SafeTensors can't hold.
    #[error("found parameters that SafeTensors does not hold: {reason}")]
    Format {
        /// Why not.
        reason: String,
    },
    /// Something else than weights.
    #[error("{}: found {found}, expected weights saved by torch.save or as SafeTensors", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// Tensors that do not fit the network.
    #[error(
        "{}: found {name} of shape {found:?}, expected {expected:?}; choose the network that the weights were made for",
        path.display(), name = .name.escape_debug()
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// Name of the first such tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network's.
        expected: Vec<usize>,
    },
    /// Nothing in the file belongs to the network.
    #[error(
        "{}: found {} tensors, of which none has a name of this network (the first are {first}), expected its parameters",
        path.display(), tensors, first = .first.escape_debug()
    )]
    Nothing {
        /// The file.
        path: PathBuf,
        /// Tensors in it.
        tensors: usize,
        /// Some of their names.
        first: String,
    },
}
