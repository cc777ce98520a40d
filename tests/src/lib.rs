//! What the parity tests share: fixture files, cases whose errors name what is missing, a ledger of deviations.

pub mod case;
pub mod fixture;
pub mod ledger;

pub use case::Case;
pub use fixture::{Array, Fixture};
pub use ledger::{Ledger, Tolerance};
