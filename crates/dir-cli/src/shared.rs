//! Small things that more than one program says about its data and network.

use std::path::{Path, PathBuf};

use burn::module::Module;
use dir_data::budget::Budget;
use dir_data::drawn::MARK;
use dir_nn::weights::{Names, Weights};

/// Name of a data set for folders and tables: that of the user's own list, or the usual one.
#[must_use]
pub fn name_of(csv: Option<&Path>, usual: &str) -> String {
    let stem = csv.and_then(Path::file_stem);
    stem.map_or_else(|| usual.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// What the name of a data set that `synth` drew or made up ends with.
pub(crate) const SYNTHETIC: &str = "-synthetic";

/// Name of a data set, which must say wherever a number appears that it is of what `synth` drew or made up.
#[must_use]
pub fn marked_name(name: String, folder: &Path) -> String {
    if folder.join(MARK).exists() { name + SYNTHETIC } else { name }
}

/// The folder that a list's paths count from: its own.
#[must_use]
pub fn folder_of(list: &Path) -> PathBuf {
    list.parent().map(Path::to_path_buf).unwrap_or_default().join(".")
}

/// A value where the settings leave it open, which is 0.
pub fn set_open<T: Default + PartialEq>(place: &mut T, value: T) {
    if *place == T::default() {
        *place = value;
    }
}

/// Threads that this process may keep busy: all cores, unless the user or the grid that it is a run of says otherwise.
#[must_use]
pub fn cores() -> usize {
    rayon::current_num_threads()
}

/// The network with the weights of a file, where the settings name one, and what the user should know of them.
///
/// # Errors
/// Weights that can't be read or do not fit.
pub fn pretrained<M: Module, N: Names>(path: Option<&Path>, network: M) -> anyhow::Result<(M, Option<String>)> {
    let Some(path) = path else { return Ok((network, None)) };
    let (network, report) = Weights::read_within(path, Budget::current().bytes())?.load::<_, N>(network)?;
    Ok((network, Some(format!("{}: {report}", path.display()))))
}
