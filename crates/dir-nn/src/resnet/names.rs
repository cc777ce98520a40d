//! The official program's and torchvision's names for the parameters of a ResNet.

use crate::weights::Names;

/// Names of a [`super::ResNet`]: `fc` is taken for `linear`, and the shortcut's two layers have numbers there.
#[derive(Debug, Clone, Copy)]
pub struct ResNetNames;

/// In files, here.
const SHORTCUT: [(&str, &str); 2] = [(".downsample.0.", ".downsample.conv."), (".downsample.1.", ".downsample.bn.")];

impl Names for ResNetNames {
    fn path(name: &str) -> String {
        let name = match name.strip_prefix("fc.") {
            Some(rest) => format!("linear.{rest}"),
            None => name.to_owned(),
        };
        SHORTCUT.iter().fold(name, |name, (file, here)| name.replace(file, here))
    }

    fn name(path: &str) -> String {
        SHORTCUT.iter().fold(path.to_owned(), |name, (file, here)| name.replace(here, file))
    }

    const HEAD: &'static str = "linear.";
}
