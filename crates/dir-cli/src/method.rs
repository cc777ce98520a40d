//! Method names: words such as `sqinv+lds+fds`, what each switches on in the settings, and the titles of tables.
//!
//! [`WORDS`] is the registry: parsing, help, suggestions and titles come from it. A name is parsed into [`Components`], which change a
//! recipe; of any settings the same components are found again, so that a title says what was trained.

use dir_core::fds::FdsConfig;
use dir_core::kernel::KernelConfig;
use dir_core::loss::{ClassLossConfig, ClassLossKind, LossConfig, LossKind};
use dir_core::resample::{Method, ResampleConfig};
use dir_core::weight::{Reweight, WeightConfig};
use dir_train::Recipe;
use dir_train::readout::ClassifyConfig;
use dir_train::recipe::RetrainConfig;
use dir_train::target::Scale;

use crate::config::ConfigError;
use crate::suggest;

/// What a word switches on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    Nothing,
    Weights(Reweight),
    Resample(Method),
    Lds,
    Fds,
    Focal,
    Log,
    Retrain,
    Classify,
    Ldam,
}

/// A word of a method's name.
struct Word {
    name: &'static str,
    title: &'static str,
    effect: Effect,
}

const fn word(name: &'static str, title: &'static str, effect: Effect) -> Word {
    Word { name, title, effect }
}

/// Registry of words.
const WORDS: [Word; 16] = [
    word("vanilla", "Vanilla", Effect::Nothing),
    word("inv", "INV", Effect::Weights(Reweight::Inverse)),
    word("sqinv", "SQINV", Effect::Weights(Reweight::SqrtInv)),
    word("dense", "DenseWeight", Effect::Weights(Reweight::Dense)),
    word("cb", "CB", Effect::Weights(Reweight::ClassBalanced)),
    word("smoter", "SMOTER", Effect::Resample(Method::Smoter)),
    word("smogn", "SMOGN", Effect::Resample(Method::Smogn)),
    word("over", "Over-sampling", Effect::Resample(Method::Over)),
    word("under", "Under-sampling", Effect::Resample(Method::Under)),
    word("lds", "LDS", Effect::Lds),
    word("fds", "FDS", Effect::Fds),
    word("focal", "Focal-R", Effect::Focal),
    word("log", "Log target", Effect::Log),
    word("rrt", "RRT", Effect::Retrain),
    word("classify", "Classification", Effect::Classify),
    word("ldam", "LDAM", Effect::Ldam),
];

/// Parts of a method that settings switch on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Components {
    /// Loss of a classifier over the bins; `None` for regression.
    pub(crate) classify: Option<ClassLossKind>,
    /// Re-sampling.
    pub(crate) resample: Option<Method>,
    /// Second stage (RRT).
    pub(crate) retrain: bool,
    /// Re-weighting, that of the second stage where there is one.
    pub(crate) reweight: Reweight,
    /// LDS, of the weights or of what re-sampling takes for rare.
    pub(crate) lds: bool,
    /// FDS.
    pub(crate) fds: bool,
    /// Focal-R.
    pub(crate) focal: bool,
    /// Logarithm of the target.
    pub(crate) log: bool,
}

impl Components {
    /// Those that settings switch on.
    pub(crate) fn of(recipe: &Recipe, resample: Option<&ResampleConfig>) -> Self {
        let weights = recipe.last_weights();
        let weighted = weights.lds.is_some() && weights.reweight != Reweight::None;
        let regression = recipe.classify.is_none();
        Self {
            classify: recipe.classify.map(|classify| classify.loss.kind),
            resample: resample.map(|resample| resample.method),
            retrain: recipe.retrain.is_some(),
            reweight: weights.reweight,
            lds: weighted || resample.is_some_and(|resample| resample.lds.is_some()),
            fds: recipe.fds.is_some(),
            focal: regression && is_focal(recipe.loss.kind),
            log: regression && recipe.target == Scale::Log,
        }
    }

    /// The base recipe with these components, and only these. Kernels and other values come from the base, those of FDS from `fds`
    /// where the base has none.
    pub(crate) fn apply(&self, base: &Recipe, fds: &FdsConfig) -> Recipe {
        // Of re-sampling without weights, LDS tells what is rare.
        let kernel = base.weights.lds.or(base.retrain.as_ref().and_then(|retrain| retrain.weights.lds));
        let lds = (self.lds && self.reweight != Reweight::None).then(|| kernel.unwrap_or_default());
        let weights = WeightConfig { reweight: self.reweight, lds, ..base.weights };
        let plain = WeightConfig { reweight: Reweight::None, lds: None, ..base.weights };
        let retrain = self.retrain.then(|| RetrainConfig { weights, ..base.retrain.clone().unwrap_or_default() });
        let target = match (self.log, base.target) {
            (true, _) => Scale::Log,
            (false, Scale::Log) => Scale::Plain,
            (false, as_it_is) => as_it_is,
        };
        let classify = self.classify.map(|kind| {
            let base = base.classify.unwrap_or_default();
            ClassifyConfig { loss: ClassLossConfig { kind, ..base.loss }, ..base }
        });
        Recipe {
            target,
            weights: if self.retrain { plain } else { weights },
            fds: self.fds.then(|| base.fds.as_ref().unwrap_or(fds).clone()),
            loss: LossConfig { kind: loss_kind(base.loss.kind, self.focal), ..base.loss },
            classify,
            retrain,
            ..base.clone()
        }
    }

    /// How rows are re-sampled, if they are: values come from `base`. With LDS, what is rare is told by the density that LDS sees
    /// (the paper's SMOGN + LDS).
    pub(crate) fn resampling(&self, base: &ResampleConfig, lds: KernelConfig) -> Option<ResampleConfig> {
        let method = self.resample?;
        Some(ResampleConfig { method, lds: self.lds.then_some(lds), ..base.clone() })
    }

    /// The name with every word spelled out.
    pub(crate) fn name(&self) -> String {
        let of = |effect: Effect| WORDS.iter().find(|word| word.effect == effect).map(|word| word.name);
        let on = |on: bool, effect: Effect| if on { of(effect) } else { None };
        let focal = self.focal || self.classify == Some(ClassLossKind::Focal);
        let words: Vec<&str> = [
            on(self.classify.is_some(), Effect::Classify),
            self.resample.and_then(|method| of(Effect::Resample(method))),
            on(self.retrain, Effect::Retrain),
            of(Effect::Weights(self.reweight)),
            on(self.lds, Effect::Lds),
            on(self.fds, Effect::Fds),
            on(focal, Effect::Focal),
            on(self.classify == Some(ClassLossKind::Ldam), Effect::Ldam),
            on(self.log, Effect::Log),
        ]
        .into_iter()
        .flatten()
        .collect();
        if words.is_empty() { "vanilla".into() } else { words.join("+") }
    }

    /// Title in tables: the words of `name` in its own order where it means these components, else all of them.
    pub(crate) fn title(&self, name: &str) -> String {
        match parse(name) {
            Ok(meant) if meant == *self => title_of(name, self),
            _ => title_of(&self.name(), self),
        }
    }
}

/// The components of a method by name.
///
/// # Errors
/// [`ConfigError::Method`] for a word that does not exist, and for words that contradict each other.
pub(crate) fn parse(name: &str) -> Result<Components, ConfigError> {
    let effects: Vec<Effect> = words(name).map(effect).collect::<Result<_, _>>()?;
    let has = |effect: Effect| effects.contains(&effect);
    let weights: Vec<Reweight> = effects.iter().filter_map(weights_of).collect();
    let resamplings: Vec<Method> = effects.iter().filter_map(method_of).collect();
    let repeated = effects.iter().enumerate().any(|(k, effect)| effects[..k].contains(effect));
    let (classify, focal, ldam) = (has(Effect::Classify), has(Effect::Focal), has(Effect::Ldam));
    let at_odds = [
        repeated || has(Effect::Nothing) && effects.len() > 1,
        weights.len() > 1 || resamplings.len() > 1,
        classify && has(Effect::Log),
        ldam && (focal || !classify),
    ];
    if at_odds.contains(&true) {
        let expected = "words that do not contradict each other, each once; log is for regression, ldam for classify, without focal";
        return Err(ConfigError::Method { place: String::new(), found: name.into(), expected: expected.into() });
    }
    let (retrain, lds) = (has(Effect::Retrain), has(Effect::Lds));
    let reweight = match weights.first() {
        Some(&named) => named,
        // LDS needs weights to act on: the milder ones, as the paper does for ages; RRT's are inverse.
        None if retrain => Reweight::Inverse,
        None if lds && resamplings.is_empty() => Reweight::SqrtInv,
        None => Reweight::None,
    };
    let class_loss = if focal {
        ClassLossKind::Focal
    } else if ldam {
        ClassLossKind::Ldam
    } else {
        ClassLossKind::CrossEntropy
    };
    Ok(Components {
        classify: classify.then_some(class_loss),
        resample: resamplings.first().copied(),
        retrain,
        reweight,
        lds,
        fds: has(Effect::Fds),
        focal: focal && !classify,
        log: has(Effect::Log),
    })
}

/// Title of a method by name; of one that does not exist, the name.
pub(crate) fn title(name: &str) -> String {
    parse(name).map_or_else(|_| name.to_owned(), |components| components.title(name))
}

/// Help for `--method`.
pub(crate) fn help() -> String {
    format!("Method by name: {}, joined by +, as in sqinv+lds+fds", names())
}

/// Whether a word of a name is one of the registry.
pub(crate) fn is_word(word: &str) -> bool {
    effect(word).is_ok()
}

/// All words, by comma.
fn names() -> String {
    WORDS.map(|word| word.name).join(", ")
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('+').map(str::trim)
}

fn effect(word: &str) -> Result<Effect, ConfigError> {
    let known = |known: &&Word| known.name.eq_ignore_ascii_case(word);
    WORDS.iter().find(known).map(|word| word.effect).ok_or_else(|| ConfigError::Method {
        place: String::new(),
        found: word.into(),
        expected: format!("{}, joined by +{}", names(), suggest::hint(word, WORDS.iter().map(|word| word.name))),
    })
}

fn weights_of(effect: &Effect) -> Option<Reweight> {
    if let Effect::Weights(reweight) = effect { Some(*reweight) } else { None }
}

fn method_of(effect: &Effect) -> Option<Method> {
    if let Effect::Resample(method) = effect { Some(*method) } else { None }
}

fn is_focal(kind: LossKind) -> bool {
    matches!(kind, LossKind::FocalL1 | LossKind::FocalMse)
}

/// The loss with Focal-R, or without.
fn loss_kind(base: LossKind, focal: bool) -> LossKind {
    match (base, focal) {
        (LossKind::Mse | LossKind::FocalMse, true) => LossKind::FocalMse,
        (_, true) => LossKind::FocalL1,
        (LossKind::FocalL1, false) => LossKind::L1,
        (LossKind::FocalMse, false) => LossKind::Mse,
        (other, false) => other,
    }
}

/// Titles of the words of a name that means these components. Weights that LDS acts on are named, unless they are RRT's own.
fn title_of(name: &str, components: &Components) -> String {
    let found = |name: &str| WORDS.iter().find(|word| word.name.eq_ignore_ascii_case(name));
    let words: Vec<&Word> = words(name).filter_map(found).collect();
    let are_named = words.iter().any(|word| weights_of(&word.effect).is_some());
    let open = (!are_named && !components.retrain).then_some(Effect::Weights(components.reweight));
    let mut titles = Vec::new();
    for word in words {
        if word.effect == Effect::Lds {
            titles.extend(WORDS.iter().filter(|word| Some(word.effect) == open).map(|word| word.title));
        }
        let of_classes = word.effect == Effect::Focal && components.classify.is_some();
        titles.push(if of_classes { "Focal loss" } else { word.title });
    }
    titles.join(" + ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn apply(name: &str, base: &Recipe) -> Result<Recipe, ConfigError> {
        parse(name).map(|components| components.apply(base, &FdsConfig::default()))
    }

    #[test]
    fn names_are_recipes() {
        let base = Recipe::default();
        let apply = |name: &str, base: &Recipe| apply(name, base);
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
        let of = |name: &str| apply(name, &base);
        let focal = of("classify+cb+focal").expect("known");
        assert_eq!((focal.weights.reweight, focal.loss.kind), (Reweight::ClassBalanced, LossKind::L1));
        assert_eq!(focal.classify.map(|classify| classify.loss.kind), Some(ClassLossKind::Focal));
        let again = apply("classify", &focal).expect("known");
        assert_eq!(again.classify.map(|classify| classify.loss.kind), Some(ClassLossKind::CrossEntropy));
        assert!(apply("inv", &focal).expect("known").classify.is_none());
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
            let components = parse(name).expect("known");
            let resample = components.resampling(&ResampleConfig::default(), KernelConfig::default());
            (components.apply(&base, &FdsConfig::default()), resample)
        };
        let (recipe, resample) = of("smogn+lds+fds");
        assert_eq!((recipe.weights.reweight, recipe.weights.lds, recipe.fds.is_some()), (Reweight::None, None, true));
        assert!(resample.is_some_and(|r| r.method == Method::Smogn && r.lds.is_some()));
        let (recipe, resample) = of("over+sqinv");
        assert_eq!(recipe.weights.reweight, Reweight::SqrtInv);
        assert!(resample.is_some_and(|r| r.method == Method::Over && r.lds.is_none()));
        assert!(of("sqinv+lds").1.is_none() && title("smoter") == "SMOTER");
        assert!(parse("smoter+smogn").is_err());
    }

    /// Every word, alone or with the one that it needs.
    pub(crate) fn each() -> impl Iterator<Item = String> {
        WORDS.iter().map(|word| if word.name == "ldam" { "classify+ldam".into() } else { word.name.to_owned() })
    }

    #[test]
    fn components_of_settings_are_those_of_the_name() {
        let busy = Components {
            classify: None,
            resample: Some(Method::Smogn),
            retrain: true,
            reweight: Reweight::Dense,
            lds: true,
            fds: true,
            focal: true,
            log: true,
        };
        let base = busy.apply(&Recipe::default(), &FdsConfig::default());
        for name in each().chain(["rrt+lds".into(), "smogn+lds+fds".into(), "classify+cb+focal".into()]) {
            let meant = parse(&name).expect("known");
            for base in [&Recipe::default(), &base] {
                let recipe = meant.apply(base, &FdsConfig::default());
                let resample = meant.resampling(&ResampleConfig::default(), KernelConfig::default());
                let found = Components::of(&recipe, resample.as_ref());
                assert_eq!(found, meant, "{name}");
                assert_eq!(parse(&found.name()).expect("its own name"), found, "{name}");
            }
        }
    }

    #[test]
    fn titles_say_what_is_on() {
        assert_eq!(
            ["lds", "focal+lds", "rrt+lds", "smogn+lds", "Focal+LDS"].map(title),
            ["SQINV + LDS", "Focal-R + SQINV + LDS", "RRT + LDS", "SMOGN + LDS", "Focal-R + SQINV + LDS"]
        );
        // A name that means something else does not become the title.
        let plain = parse("vanilla").expect("known");
        assert_eq!([plain.title("inv"), plain.title("bananas")], ["Vanilla", "Vanilla"]);
        assert_eq!(parse("inv+fds").expect("known").title("vanilla"), "INV + FDS");
    }

    #[test]
    fn unknown_words_are_named_with_what_resembles_them() {
        let text = |name: &str| parse(name).expect_err("unknown").to_string();
        let all = "vanilla, inv, sqinv, dense, cb, smoter, smogn, over, under, lds, fds, focal, log, rrt, classify, ldam, joined by +";
        assert_eq!(text("inv+smotr"), format!("found method \"smotr\", expected {all}; did you mean \"smoter\"?"));
        assert_eq!(text("bananas"), format!("found method \"bananas\", expected {all}"));
        assert!(text("inv+inv").contains("each once"));
        assert!(WORDS.iter().all(|word| help().contains(word.name)));
        for page in [include_str!("../../../README.md"), include_str!("../../../docs/methods/README.md")] {
            let missing: Vec<&str> =
                WORDS.iter().map(|word| word.name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }
}
