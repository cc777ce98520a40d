//! The official program's names for the parameters of a pair encoder.

use crate::weights::Names;

/// Names of a [`super::PairEncoder`], as the official program saves them under allennlp 0.5.
#[derive(Debug, Clone, Copy)]
pub struct PairEncoderNames;

const WORDS: [&str; 2] = ["pair_encoder._text_field_embedder.token_embedder_words.weight", "words"];
const HEAD: [&str; 2] = ["sts-b_pred_layer.", "head."];
const LSTM: [&str; 2] = ["pair_encoder._phrase_layer._module.", "lstm.layers."];

impl Names for PairEncoderNames {
    /// `..._module.weight_ih_l0_reverse` is `lstm.layers.0.reverse.weight_ih`.
    fn path(name: &str) -> String {
        if name == WORDS[0] {
            return WORDS[1].into();
        }
        if let Some(rest) = name.strip_prefix(HEAD[0]) {
            return format!("{}{rest}", HEAD[1]);
        }
        let Some(rest) = name.strip_prefix(LSTM[0]) else { return name.into() };
        let (rest, direction) = rest.strip_suffix("_reverse").map_or((rest, "forward"), |rest| (rest, "reverse"));
        match rest.rsplit_once("_l") {
            Some((parameter, layer)) => format!("{}{layer}.{direction}.{parameter}", LSTM[1]),
            None => name.into(),
        }
    }

    fn name(path: &str) -> String {
        if path == WORDS[1] {
            return WORDS[0].into();
        }
        if let Some(rest) = path.strip_prefix(HEAD[1]) {
            return format!("{}{rest}", HEAD[0]);
        }
        let parts: Vec<&str> = path.strip_prefix(LSTM[1]).unwrap_or_default().split('.').collect();
        let [layer, direction, parameter] = parts[..] else { return path.into() };
        let end = if direction == "reverse" { "_reverse" } else { "" };
        format!("{}{parameter}_l{layer}{end}", LSTM[0])
    }

    const HEAD: &'static str = "head.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (name, path) in [
            (WORDS[0], "words"),
            ("sts-b_pred_layer.bias", "head.bias"),
            ("pair_encoder._phrase_layer._module.weight_ih_l0", "lstm.layers.0.forward.weight_ih"),
            ("pair_encoder._phrase_layer._module.bias_hh_l1_reverse", "lstm.layers.1.reverse.bias_hh"),
        ] {
            assert_eq!((PairEncoderNames::path(name).as_str(), PairEncoderNames::name(path).as_str()), (path, name));
        }
        assert_eq!(PairEncoderNames::path("FDS.epoch"), "FDS.epoch");
    }
}
