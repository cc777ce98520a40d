//! Pictures with a map of numbers each: a list of pairs, in the layout of NYUD2-DIR or one's own.
//!
//! [`PairList`] reads the list, [`Coding`] says how a file becomes numbers, [`DepthPairs`] decodes, resizes, crops and keeps them,
//! [`DepthAugmentation`] changes them at random, [`PairLoader`] does so ahead of time, [`BalancedMask`] picks the pixels of a
//! test. A pixel without a number is NaN, and stays so all the way.

mod augment;
mod colour;
mod counts;
mod geometry;
mod list;
mod loader;
mod map;
mod mask;
mod pairs;
mod rotate;

use std::path::PathBuf;

use thiserror::Error;

use crate::images::PictureError;
use crate::printable::printable;

pub use augment::{DepthAugmentation, DepthDrawn};
pub use colour::{MEAN, STD};
pub use geometry::{Frame, resized_size};
pub use list::PairList;
pub use loader::{Making, PairBatch, PairLoader};
pub use map::{Coding, DepthMap};
pub use mask::BalancedMask;
pub use pairs::{DepthPairs, PairSample, Target};
pub use rotate::rotate_spline;

/// What keeps pairs from being used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DepthError {
    /// The list.
    #[error("{file}: found {found}, expected {expected}", file = printable(.file), found = printable(.found), expected = printable(.expected))]
    List {
        /// The file.
        file: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// The picture, or the file of the map.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The map.
    #[error("{name}: found {found}, expected {expected}", name = printable(.name), found = printable(.found), expected = printable(.expected))]
    Map {
        /// The map.
        name: String,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
    /// The file of a mask.
    #[error("{}: found {found}, expected {expected}", printable(path.display()), found = printable(.found), expected = printable(.expected))]
    Mask {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected, and what to do.
        expected: String,
    },
}
