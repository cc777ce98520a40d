//! What tests share: fixture files, cases whose errors name what is missing, a ledger of deviations; programs that are started
//! as a user starts them.

#![allow(clippy::print_stdout)]

pub mod case;
pub mod fixture;
pub mod ledger;
pub mod memory_source;
pub mod program;

pub use case::Case;
pub use fixture::{Array, Fixture};
pub use ledger::{Ledger, Tolerance};
pub use memory_source::{MemorySource, Rows};
pub use program::Program;
