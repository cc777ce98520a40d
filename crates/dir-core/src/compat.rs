//! Which behaviour: the official program's, quirks and all, or the corrected one.

use serde::{Deserialize, Serialize};

/// Official or corrected.
///
/// The differences, each documented where it acts: densities cut to whole numbers ([`crate::weight`]), "last epoch"
/// statistics that are an alias of the running ones, statistics taken from calibrated features, bins skipped or dropped
/// at the edges, a bin's variance judged by 1e-10 in any unit ([`crate::fds`]). What the kernel of FDS sees beyond the end bins differs too,
/// and is a setting of its own (`padding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// What the paper says and the program means.
    #[default]
    Corrected,
    /// What the program at `a6fdc45` does.
    Official,
}
