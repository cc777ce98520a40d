//! EDF, EDF+, BDF and BDF+ files: biosignals (EEG, EMG, respiration and so on), read window by window.
//!
//! A file is a text header and data records of equal length in time. Each record holds a run of samples of every
//! signal, as 16-bit (EDF) or 24-bit (BDF) little-endian integers; each signal has its own rate and its own linear
//! scale to physical values. EDF+ and BDF+ add annotations (onset in seconds, duration, texts) and, as EDF+D, records
//! with gaps between them.
//!
//! The reader trusts no number in the file: whatever the bytes, it returns values or an [`EdfError`]. It reads only the
//! records that are asked for, and holds one record and one window at most.
//!
//! # Example
//!
//! ```no_run
//! # use dir_data::edf::{EdfFile, Resampler};
//! let mut night = EdfFile::open("night.edf")?;
//! let eeg = night.require(&["C3-A2", "EEG(sec)", "EEG"])?;
//! let mut to_64_hz = Resampler::new(night.signals()[eeg].rate(), 64.0)?;
//! let mut resampled = Vec::new();
//! for window in night.windows(&[eeg], 30.0)? {
//!     to_64_hz.process(&window?.signals[0], &mut resampled);
//! }
//! to_64_hz.finish(&mut resampled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Source
//!
//! EDF: Kemp, Värri, Rosa, Nielsen & Gade, "A simple format for exchange of digitized polygraphic recordings", 1992.
//! EDF+: Kemp & Olivan, "European data format 'plus' (EDF+)", 2003.
//! BDF: `BioSemi`, "Which file format does `BioSemi` use?".

mod annotations;
mod columns;
mod error;
mod field;
mod file;
mod header;
mod open;
mod record;
mod resample;
mod signal;
#[cfg(test)]
mod tests;
mod timeline;
mod windows;
mod write;

pub use annotations::Annotation;
pub use error::EdfError;
pub use file::{EdfFile, Truncation};
pub use header::{Format, Header, Layout, StartTime};
pub use resample::{ResampleError, Resampler};
pub use signal::Signal;
pub use windows::{Window, Windows};
pub use write::{WriteSignal, WriteSpec, write_edf, write_edf_slices};
