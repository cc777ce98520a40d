//! The official program's names for the parameters of a depth network, and torchvision's for its encoder alone.

use crate::resnet::{name_within, path_within};
use crate::weights::Names;

/// Names of a [`super::DepthNet`]: the official program calls the parts E, D, MFF and R. A torchvision ResNet, whose names have
/// no part before them, is the encoder.
#[derive(Debug, Clone, Copy)]
pub struct DepthNetNames;

/// In files, here.
const PARTS: [(&str, &str); 4] = [("E.", "encoder."), ("D.", "decoder."), ("MFF.", "fusion."), ("R.", "refine.")];

impl Names for DepthNetNames {
    fn path(name: &str) -> String {
        let part = PARTS.iter().find_map(|(file, here)| Some((here, name.strip_prefix(file)?)));
        let (here, rest) = part.unwrap_or((&PARTS[0].1, name));
        format!("{here}{}", path_within(rest))
    }

    fn name(path: &str) -> String {
        let part = PARTS.iter().find_map(|(file, here)| Some((file, path.strip_prefix(here)?)));
        part.map_or_else(|| path.to_owned(), |(file, rest)| format!("{file}{}", name_within(rest)))
    }

    const HEAD: &'static str = "refine.conv2.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (name, path) in [
            ("E.layer1.0.downsample.1.weight", "encoder.layer1.0.downsample.bn.weight"),
            ("D.up1.conv1_2.weight", "decoder.up1.conv1_2.weight"),
            ("MFF.bn.running_var", "fusion.bn.running_var"),
            ("R.conv2.bias", "refine.conv2.bias"),
        ] {
            assert_eq!((DepthNetNames::path(name).as_str(), DepthNetNames::name(path).as_str()), (path, name));
        }
        assert_eq!(DepthNetNames::path("layer4.1.conv2.weight"), "encoder.layer4.1.conv2.weight"); // torchvision's
    }
}
