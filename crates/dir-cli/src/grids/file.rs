//! A grid as a TOML file: methods, and what is changed of their settings.
//!
//! ```toml
//! first = ["vanilla"]                # rows as they are, before the others
//! methods = ["inv+lds", "fds"]       # every one of them with every change below
//! within = false                     # true: the methods of a change are compared among themselves
//!
//! [[changes]]
//! name = "laplace"                   # one more word of the method's name, in folders and files
//! title = "Laplacian"                # behind the method's title, in tables
//! settings = { weights.lds.shape = "laplace", fds.kernel.shape = "laplace" }    # laid over those of the program
//! ```

use std::path::Path;

use serde::Deserialize;

use super::Variant;
use crate::config::{ConfigError, toml_error};

/// A grid's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridFile {
    #[serde(default)]
    first: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    within: bool,
    #[serde(default)]
    changes: Vec<Change>,
}

/// A change of settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    name: String,
    title: String,
    settings: toml::Table,
}

impl GridFile {
    /// # Errors
    /// [`ConfigError::Toml`] with the line.
    pub(super) fn read(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| toml_error(path, text, &error))
    }

    /// Its rows, change by change.
    pub(super) fn variants(&self) -> Vec<Variant> {
        let first = self.first.iter().map(|method| Variant::of_method(method));
        if self.changes.is_empty() {
            return first.chain(self.methods.iter().map(|method| Variant::of_method(method))).collect();
        }
        let changed = |change: &Change| {
            let of_method = |method: &String| self.with(change, Variant::of_method(method));
            self.methods.iter().map(of_method).collect::<Vec<_>>()
        };
        first.chain(self.changes.iter().flat_map(changed)).collect()
    }

    fn with(&self, change: &Change, variant: Variant) -> Variant {
        Variant {
            name: format!("{}+{}", variant.name, change.name),
            title: format!("{}, {}", variant.title, change.title),
            group: self.within.then(|| change.title.clone()),
            settings: change.settings.clone(),
            ..variant
        }
    }
}

/// The settings of a change.
///
/// # Errors
/// [`ConfigError::Grid`] if there is none with this name.
pub(super) fn change(grid: &GridFile, name: &str) -> Result<toml::Table, ConfigError> {
    let found = grid.changes.iter().find(|change| change.name == name).map(|change| change.settings.clone());
    let expected = "one of the changes of its grid".into();
    found.ok_or_else(|| ConfigError::Grid { name: name.into(), found: "no such change".into(), expected })
}
