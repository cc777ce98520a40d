//! Pictures with a number each: a CSV of `path,target[,split]` beside a folder or a tar of JPEG and PNG files.
//!
//! [`Listing`] reads the CSV, [`Store`] finds the files, [`Pictures`] decodes, resizes and caches them, [`Augmentation`] turns
//! them into numbers, [`Loader`] does so ahead of time on threads of its own. What a batch holds depends on seed, stage,
//! epoch and row alone, never on the threads.

mod augment;
mod blend;
mod cache;
mod decode;
mod listing;
mod loader;
mod pictures;
mod resize;
mod store;

use std::path::PathBuf;

use thiserror::Error;

use crate::printable::printable;

pub use augment::{Augmentation, Drawn};
pub use blend::{Blend, Item, Noise};
pub use cache::CacheKind;
pub(crate) use decode::{LARGEST_SIDE, check_size, png_reader};
pub use decode::{Rgb, decode};
pub use listing::{Listing, ListingError, Order};
pub use loader::{Key, Loader};
pub use pictures::{Broken, LeftOut, Opened, PictureOptions, Pictures, cache_folder};
pub(crate) use resize::resize;
pub(crate) use store::Located;
pub(crate) use store::read_at;
pub use store::{Store, unpack_tar};

/// What keeps a picture from being used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file can't be read.
    #[error("{name}: found '{error}', expected a picture that can be read", name = printable(.name), error = printable(.error))]
    Io {
        /// The picture.
        name: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is no picture, or a damaged one.
    #[error("{name}: found {found}, expected a whole JPEG or PNG; replace it, or leave it out", name = printable(.name), found = printable(.found))]
    Broken {
        /// The picture.
        name: String,
        /// What was found.
        found: String,
    },
    /// A path that nothing belongs to.
    #[error("{name}: found no such picture in {}, expected one for every row; check the folder and the paths", printable(place.display()), name = printable(.name))]
    Missing {
        /// The path as the row has it.
        name: String,
        /// Folder or tar.
        place: PathBuf,
    },
    /// A path that leads out of the folder.
    #[error("{name}: found a path that leads out of {}, expected one within it", printable(place.display()), name = printable(.name))]
    Outside {
        /// The path.
        name: String,
        /// Folder or tar.
        place: PathBuf,
    },
    /// A file whose name no list can hold.
    #[error("{}: found a name that is not UTF-8, expected one that is; rename the picture", path.display())]
    Name {
        /// The picture.
        path: PathBuf,
    },
    /// The folder or tar itself.
    #[error("{}: found {found}, expected a folder or a tar of pictures", printable(place.display()), found = printable(.found))]
    Store {
        /// Folder or tar.
        place: PathBuf,
        /// What was found.
        found: String,
    },
    /// The file of decoded pictures.
    #[error("{}: found '{error}', expected a file that can be written for the cache; choose cache = \"memory\" or \"none\"", printable(place.display()), error = printable(.error))]
    Cache {
        /// The file.
        place: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}
