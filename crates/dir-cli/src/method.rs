//! Methods by name: `sqinv+lds+fds` and its kin, as changes of a recipe.

use dir_core::fds::FdsConfig;
use dir_core::kernel::KernelConfig;
use dir_core::loss::{ClassLossConfig, ClassLossKind, LossKind};
use dir_core::resample::{Method, ResampleConfig};
use dir_core::weight::{Reweight, WeightConfig};
use dir_train::Recipe;
use dir_train::readout::ClassifyConfig;
use dir_train::recipe::RetrainConfig;
use dir_train::target::Scale;

use crate::config::ConfigError;

const NAMES: &str = "vanilla, inv, sqinv, dense, cb, smoter, smogn, over, under, lds, fds, focal, log, rrt, classify and ldam, joined by +";

/// Words for ways to weight.
const WEIGHTINGS: [(&str, Reweight); 4] = [
    ("inv", Reweight::Inverse),
    ("sqinv", Reweight::SqrtInv),
    ("dense", Reweight::Dense),
    ("cb", Reweight::ClassBalanced),
];

/// Words for ways to re-sample.
const RESAMPLINGS: [(&str, Method); 4] =
    [("smoter", Method::Smoter), ("smogn", Method::Smogn), ("over", Method::Over), ("under", Method::Under)];

/// The recipe of a method: the base recipe with what the name says, and only that, of re-weighting, LDS, FDS, Focal-R, logarithm,
/// classification and second stage. Kernels and other numbers come from the base, those of FDS from `fds` where the base has none.
pub(crate) fn apply(name: &str, base: &Recipe, fds: &FdsConfig) -> Result<Recipe, ConfigError> {
    let words: Vec<&str> = name.split('+').map(str::trim).collect();
    let has = |word: &str| words.contains(&word);
    let known = ["vanilla", "lds", "fds", "focal", "log", "rrt", "classify", "ldam"];
    let is_known = |w: &str| known.contains(&w) || is_resampling(w) || WEIGHTINGS.iter().any(|(word, _)| *word == w);
    if let Some(unknown) = words.iter().find(|w| !is_known(w)) {
        return Err(ConfigError::Method { found: (*unknown).into(), expected: NAMES });
    }
    let resamplings = words.iter().filter(|w| is_resampling(w)).count();
    let named: Vec<Reweight> = WEIGHTINGS.into_iter().filter(|(word, _)| has(word)).map(|(_, named)| named).collect();
    let at_odds = [
        has("vanilla") && words.len() > 1,
        named.len() > 1 || resamplings > 1,
        has("classify") && has("log"),
        has("ldam") && (has("focal") || !has("classify")),
    ];
    if at_odds.contains(&true) {
        let expected =
            "words that do not contradict each other; log is for regression, ldam for classify, without focal";
        return Err(ConfigError::Method { found: name.into(), expected });
    }
    let reweight = match named.first() {
        Some(&named) => named,
        // LDS needs weights to act on: the milder ones, as the paper does for ages; RRT's are inverse.
        None if has("rrt") => Reweight::Inverse,
        None if has("lds") && resamplings == 0 => Reweight::SqrtInv,
        None => Reweight::None,
    };
    // Of re-sampling without weights, LDS tells what is rare.
    let lds = (has("lds") && reweight != Reweight::None).then(|| base.weights.lds.unwrap_or_default());
    let weights = WeightConfig { reweight, lds, ..base.weights };
    let plain = WeightConfig { reweight: Reweight::None, lds: None, ..base.weights };
    let retrain = has("rrt").then(|| RetrainConfig { weights, ..base.retrain.clone().unwrap_or_default() });
    let focal = match base.loss.kind {
        LossKind::Mse | LossKind::FocalMse => LossKind::FocalMse,
        _ => LossKind::FocalL1,
    };
    let target = match (has("log"), base.target) {
        (true, _) => Scale::Log,
        (false, Scale::Log) => Scale::Plain,
        (false, as_it_is) => as_it_is,
    };
    let kind = if has("focal") && !has("classify") { focal } else { base.loss.kind };
    Ok(Recipe {
        target,
        weights: if has("rrt") { plain } else { weights },
        fds: has("fds").then(|| base.fds.as_ref().unwrap_or(fds).clone()),
        loss: dir_core::loss::LossConfig { kind, ..base.loss },
        classify: has("classify").then(|| classify(&words, base.classify.unwrap_or_default())),
        retrain,
        ..base.clone()
    })
}

/// Classification with the loss that a name says.
fn classify(words: &[&str], base: ClassifyConfig) -> ClassifyConfig {
    let kind = match words {
        _ if words.contains(&"focal") => ClassLossKind::Focal,
        _ if words.contains(&"ldam") => ClassLossKind::Ldam,
        _ => ClassLossKind::CrossEntropy,
    };
    ClassifyConfig { loss: ClassLossConfig { kind, ..base.loss }, ..base }
}

fn is_resampling(word: &str) -> bool {
    RESAMPLINGS.iter().any(|(name, _)| *name == word)
}

/// How the name says that rows are re-sampled, if it does: numbers come from `base`. With `lds` in the name, what is rare is told by
/// the density that LDS sees (the paper's SMOGN + LDS).
pub(crate) fn resampling(name: &str, base: &ResampleConfig, lds: KernelConfig) -> Option<ResampleConfig> {
    let words: Vec<&str> = name.split('+').map(str::trim).collect();
    let (_, method) = RESAMPLINGS.iter().find(|(word, _)| words.contains(word))?;
    let lds = words.contains(&"lds").then_some(lds);
    Some(ResampleConfig { method: *method, lds, ..base.clone() })
}

/// The word for a way to re-sample.
pub(crate) fn word_of(method: Method) -> &'static str {
    RESAMPLINGS.iter().find(|(_, known)| *known == method).map_or("smogn", |(word, _)| word)
}

/// The word for a way to weight, if it has one.
pub(crate) fn word_of_weights(reweight: Reweight) -> Option<&'static str> {
    WEIGHTINGS.iter().find(|(_, known)| *known == reweight).map(|(word, _)| *word)
}

/// The name as tables have it.
pub(crate) fn title(name: &str) -> String {
    let word = |w: &str| match w.trim() {
        "vanilla" => "Vanilla".to_owned(),
        "dense" => "DenseWeight".to_owned(),
        "classify" => "Classification".to_owned(),
        "focal" if name.contains("classify") => "Focal loss".to_owned(),
        "focal" => "Focal-R".to_owned(),
        "over" => "Over-sampling".to_owned(),
        "under" => "Under-sampling".to_owned(),
        "log" => "Log target".to_owned(),
        other => other.to_uppercase(),
    };
    name.split('+').map(word).collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recipes() {
        let base = Recipe::default();
        let apply = |name: &str, base: &Recipe| apply(name, base, &FdsConfig::default());
        assert_eq!(apply("vanilla", &base).expect("known"), base);
        let full = apply("sqinv+lds+fds", &base).expect("known");
        assert_eq!(
            (full.weights.reweight, full.weights.lds.is_some(), full.fds.is_some()),
            (Reweight::SqrtInv, true, true)
        );
        let rrt = apply("rrt+lds", &base).expect("known");
        let stage = rrt.retrain.expect("two stages");
        assert_eq!(
            (rrt.weights.reweight, stage.weights.reweight, stage.weights.lds.is_some()),
            (Reweight::None, Reweight::Inverse, true)
        );
        assert_eq!(apply("rrt+dense", &base).expect("known").retrain.expect("two").weights.reweight, Reweight::Dense);
        for wrong in ["sqrt", "vanilla+fds", "inv+sqinv", "dense+inv", "sqinv+dense"] {
            assert!(apply(wrong, &base).is_err(), "{wrong}");
        }
        assert_eq!([title("sqinv+lds"), title("dense+lds")], ["SQINV + LDS", "DenseWeight + LDS"]);
    }

    #[test]
    fn classifiers_have_losses_of_their_own() {
        let base = Recipe::default();
        let of = |name: &str| apply(name, &base, &FdsConfig::default());
        let focal = of("classify+cb+focal").expect("known");
        assert_eq!((focal.weights.reweight, focal.loss.kind), (Reweight::ClassBalanced, LossKind::L1));
        assert_eq!(focal.classify.map(|classify| classify.loss.kind), Some(ClassLossKind::Focal));
        let again = apply("classify", &focal, &FdsConfig::default()).expect("known");
        assert_eq!(again.classify.map(|classify| classify.loss.kind), Some(ClassLossKind::CrossEntropy));
        assert!(apply("inv", &focal, &FdsConfig::default()).expect("known").classify.is_none());
        let titles = ["classify+cb+focal", "classify+ldam", "focal"].map(title);
        assert_eq!(titles, ["Classification + CB + Focal loss", "Classification + LDAM", "Focal-R"]);
        for wrong in ["ldam", "classify+log", "classify+focal+ldam", "cb+inv"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn re_sampling_takes_lds_for_itself() {
        let base = Recipe::default();
        let of = |name: &str| {
            let recipe = apply(name, &base, &FdsConfig::default()).expect("known");
            (recipe, resampling(name, &ResampleConfig::default(), KernelConfig::default()))
        };
        let (recipe, resample) = of("smogn+lds+fds");
        assert_eq!((recipe.weights.reweight, recipe.weights.lds, recipe.fds.is_some()), (Reweight::None, None, true));
        assert!(resample.is_some_and(|r| r.method == Method::Smogn && r.lds.is_some()));
        let (recipe, resample) = of("over+sqinv");
        assert_eq!(recipe.weights.reweight, Reweight::SqrtInv);
        assert!(resample.is_some_and(|r| r.method == Method::Over && r.lds.is_none()));
        assert!(of("sqinv+lds").1.is_none() && title("smoter") == "SMOTER");
        assert!(apply("smoter+smogn", &base, &FdsConfig::default()).is_err());
    }
}
