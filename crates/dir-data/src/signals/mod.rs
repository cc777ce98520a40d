//! Recordings of hours with a number each: EDF files or arrays, read window by window at one rate.
//!
//! [`RecordingList`] reads a list, [`Channel`] says which signals are wanted under which labels, [`Recording`] gives any stretch of
//! a file resampled, [`Cut`] says which windows a row is seen through, [`Recordings`] puts these together, [`RecordingLoader`]
//! reads ahead of time. Nothing here ever holds a whole file: a row costs what its windows cost.

mod channel;
mod cut;
mod error;
mod list;
mod loader;
mod recording;
mod recordings;
mod scale;

pub use channel::{Channel, shhs_channels};
pub use cut::Cut;
pub use error::SignalError;
pub use list::{RecordingList, Span};
pub use loader::{RecordingBatch, RecordingLoader};
pub use recording::Recording;
pub use recordings::{Checked, Opened, Recordings, Windows};
pub use scale::{ChannelScale, Standardise};
