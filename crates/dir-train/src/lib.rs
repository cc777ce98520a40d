//! The training engine: runs that survive anything, comparison grids, reports.
//!
//! A run is a folder. Killed at any moment it goes on to the same numbers as one never stopped, because everything random
//! depends on (seed, stage, epoch, step) alone and every file is written whole or not at all.

pub mod baselines;
pub mod checkpoint;
pub mod compare;
pub mod console;
pub mod data_identity;
pub mod device;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod feature_statistics;
pub mod files;
pub mod folds;
pub mod interrupt;
pub mod log;
pub mod natural;
pub mod progress;
pub mod readout;
pub mod recipe;
pub mod report;
pub mod run_folder;
pub mod scores;
pub mod select;
pub mod source;
pub mod target;
pub mod versioned;

pub use data_identity::DataIdentity;
pub use engine::{Experiment, Outcome, train};
pub use error::TrainError;
pub use recipe::Recipe;
pub use run_folder::RunFolder;
pub use source::{Augment, Batch, Source, Targets};
