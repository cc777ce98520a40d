//! The official program's and torchvision's names for the parameters of a ResNet.

use crate::weights::Names;

/// Names of a [`super::ResNet`]: `fc` is taken for `linear`, and the shortcut's two layers have numbers there.
#[derive(Debug, Clone, Copy)]
pub struct ResNetNames;

/// In files, here.
const SHORTCUT: [(&str, &str); 2] = [(".downsample.0.", ".downsample.conv."), (".downsample.1.", ".downsample.bn.")];
const BACKBONE: &str = "backbone.";

/// The shortcut's layers as they are called here.
pub(crate) fn path_within(name: &str) -> String {
    SHORTCUT.iter().fold(name.to_owned(), |name, (file, here)| name.replace(file, here))
}

/// The shortcut's layers as they are called in files.
pub(crate) fn name_within(path: &str) -> String {
    SHORTCUT.iter().fold(path.to_owned(), |name, (file, here)| name.replace(here, file))
}

impl Names for ResNetNames {
    fn path(name: &str) -> String {
        match (name.strip_prefix("fc."), name.starts_with(Self::HEAD)) {
            (Some(rest), _) => format!("{}{rest}", Self::HEAD),
            (None, true) => name.to_owned(),
            (None, false) => format!("{BACKBONE}{}", path_within(name)),
        }
    }

    fn name(path: &str) -> String {
        name_within(path.strip_prefix(BACKBONE).unwrap_or(path))
    }

    const HEAD: &'static str = "linear.";
}
