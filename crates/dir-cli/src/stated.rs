//! Stated settings: what a file says itself, and whether it agrees with the method that it names.

use std::path::PathBuf;

use crate::config::{Config, ConfigError};
use crate::method;
use crate::task::Task;

/// How names of rows begin that train the first stage of another.
pub(crate) const FIRST_STAGE_OF: &str = "first-stage-of-";

/// Keys whose 0 stands, in the program, for a value that is chosen.
const CHOSEN: [[&str; 3]; 4] = [
    ["train", "epochs", "train.epochs"],
    ["train", "batch", "train.batch"],
    ["train", "lr", "train.lr"],
    ["train", "validate_every", "train.validate_every"],
];

/// A file of settings as it stands.
pub(crate) struct Stated {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) table: toml::Table,
}

impl Stated {
    /// Line of a key outside of all sections, from 1.
    fn line(&self, key: &str) -> usize {
        let is_key =
            |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        self.text.lines().position(is_key).map_or(1, |line| line + 1)
    }

    /// Refuses a 0 where one would be taken for a value that is left open.
    pub(crate) fn refuse_zeros(&self) -> Result<(), ConfigError> {
        match zero_in(&self.table) {
            Some(key) => Err(ConfigError::Zero { place: self.path.display().to_string(), key }),
            None => Ok(()),
        }
    }
}

/// The key of a 0 where one would be taken for a value that is left open.
pub(crate) fn zero_in(settings: &toml::Table) -> Option<&'static str> {
    let is_zero = |value: &toml::Value| value.as_integer() == Some(0) || value.as_float() == Some(0.0);
    let at = |section: &str, key: &str| settings.get(section)?.get(key);
    CHOSEN.into_iter().find(|[section, key, _]| at(section, key).is_some_and(is_zero)).map(|[_, _, name]| name)
}

impl<T: Task> Config<T> {
    /// Switches on what the file's method names, unless its sections do so already. Without a method, the sections name it.
    ///
    /// # Errors
    /// [`ConfigError::Method`]; [`ConfigError::Contradiction`] where a section says otherwise.
    pub(crate) fn expand_method(&mut self, stated: &Stated) -> Result<(), ConfigError> {
        let sections = self.components();
        if !stated.table.contains_key("method") {
            self.method = sections.name();
        }
        let line = stated.line("method");
        let meant = method::parse(&self.method).map_err(|error| match error {
            ConfigError::Method { found, expected, .. } => {
                let place = format!("{}, line {line}: ", stated.path.display());
                ConfigError::Method { place, found, expected }
            }
            other => other,
        })?;
        let row = self.row.clone();
        let contradiction = |key: String| ConfigError::Contradiction {
            path: stated.path.clone(),
            line,
            method: self.method.clone(),
            key,
            sections: sections.name(),
        };
        if let Some(row) = row.as_ref().filter(|row| !row_agrees(row, &self.method)) {
            return Err(contradiction(format!("row = {row:?}")));
        }
        // As in the settings of a finished run: they are taken as they stand.
        if meant == sections {
            return Ok(());
        }
        let mut expanded = self.clone();
        expanded.set_method(&self.method)?;
        if let Some(key) = self.key_against(&expanded, &stated.table) {
            return Err(contradiction(key));
        }
        expanded.row = row;
        *self = expanded;
        Ok(())
    }

    /// The first key of the file that says otherwise than the method does.
    fn key_against(&self, expanded: &Self, stated: &toml::Table) -> Option<String> {
        let meant = expanded.components();
        let second = |config: &Self| config.retrain.as_ref().map(|retrain| retrain.weights.reweight);
        let keys: [(&[&str], bool); 9] = [
            (&["weights", "lds"], meant.lds),
            (&["fds"], meant.fds),
            (&["loss", "kind"], self.loss.kind == expanded.loss.kind),
            (&["retrain"], meant.retrain),
            (&["retrain", "weights", "reweight"], second(self) == second(expanded)),
            (&["retrain", "weights", "lds"], meant.lds),
            (&["classify"], meant.classify.is_some()),
            (&["resample"], meant.resample.is_some()),
            (&["resample", "lds"], meant.lds),
        ];
        self.value_against(expanded, stated).or_else(|| first_stated(&keys, stated))
    }

    /// The first value that the method would replace by another.
    pub(crate) fn value_against(&self, expanded: &Self, stated: &toml::Table) -> Option<String> {
        let class_loss = |config: &Self| config.classify.map(|classify| classify.loss.kind);
        let resample = |config: &Self| config.resample.as_ref().map(|resample| resample.method);
        let keys: [(&[&str], bool); 4] = [
            (&["target"], self.target == expanded.target),
            (&["weights", "reweight"], self.weights.reweight == expanded.weights.reweight),
            (&["classify", "loss", "kind"], class_loss(self) == class_loss(expanded)),
            (&["resample", "method"], resample(self) == resample(expanded)),
        ];
        first_stated(&keys, stated)
    }
}

/// The first key that is stated and does not agree, with its value.
fn first_stated(keys: &[(&[&str], bool)], stated: &toml::Table) -> Option<String> {
    keys.iter().filter(|(_, agrees)| !agrees).find_map(|(keys, _)| {
        let name = keys.join(".");
        Some(match get(stated, keys)? {
            toml::Value::Table(_) => format!("[{name}]"),
            value => format!("{name} = {value}"),
        })
    })
}

fn get<'a>(table: &'a toml::Table, keys: &[&str]) -> Option<&'a toml::Value> {
    let (last, sections) = keys.split_last()?;
    let section = sections.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?;
    section.get(*last)
}

/// Whether the name of a row has no word of a method that its own method lacks.
pub(crate) fn row_agrees(row: &str, method: &str) -> bool {
    let has = |word: &str| method.split('+').any(|other| other.trim().eq_ignore_ascii_case(word));
    row.starts_with(FIRST_STAGE_OF) || row.split('+').map(str::trim).all(|word| !method::is_word(word) || has(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Common, RecipeArgs, Size};
    use crate::stub::Stub;

    /// Settings as `train` has them of this file, or what is wrong with it; the file's folder is left out of messages.
    fn load(text: &str, args: &RecipeArgs) -> Result<Config<Stub>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("c.toml");
        std::fs::write(&path, text).expect("writes");
        let common = Common {
            data: Default::default(),
            bins: None,
            bin_width: None,
            test_density: None,
            config: Some(path),
            size: Size::Full,
        };
        let loaded = Config::load(&common).and_then(|mut config: Config<Stub>| {
            config.take_recipe(args, None)?;
            Ok(config)
        });
        let place = format!("{}/", folder.path().display());
        loaded.map_err(|error| format!("{error:#}").replace(&place, ""))
    }

    fn refused(text: &str) -> String {
        load(text, &RecipeArgs::default()).map(drop).expect_err("a mistake")
    }

    #[test]
    fn a_method_in_a_file_equals_the_same_by_flag() {
        let train = "[train]\nlr = 0.5\nepochs = 3\nbatch = 8\n";
        let others = "[weights.lds]\nsize = 9\n[fds]\nmomentum = 0.5\n[retrain]\nepochs = 3\n";
        let names = method::tests::each()
            .chain(["smogn+lds+fds", "rrt+lds+fds", "Focal+LDS", "classify+cb+focal"].map(Into::into));
        for name in names {
            let by_flag = RecipeArgs { method: Some(name.clone()), ..RecipeArgs::default() };
            let flag = load(train, &by_flag).expect("known").to_toml().expect("TOML");
            let word = format!("method = {name:?}\n{train}");
            let file = load(&word, &RecipeArgs::default()).expect("known").to_toml().expect("TOML");
            assert_eq!(file, flag, "{name}");
            // The settings of the run read back as they are.
            assert_eq!(load(&file, &RecipeArgs::default()).expect("its own").to_toml().expect("TOML"), file, "{name}");
        }
        // Values of what a method switches on are those of the file, by flag and by word.
        let by_flag = RecipeArgs { method: Some("rrt+lds+fds".into()), ..RecipeArgs::default() };
        let flag = load(others, &by_flag).expect("known");
        let file = load(&format!("method = \"rrt+lds+fds\"\n{others}"), &RecipeArgs::default()).expect("known");
        assert_eq!(file.to_toml().expect("TOML"), flag.to_toml().expect("TOML"));
        assert_eq!(file.retrain.and_then(|retrain| retrain.weights.lds).map(|kernel| kernel.size), Some(9));
    }

    #[test]
    fn sections_name_the_method() {
        let of = |text: &str| load(text, &RecipeArgs::default()).map(|config| (config.method.clone(), config.title()));
        let inverse = "[weights]\nreweight = \"inverse\"\n";
        assert_eq!(of(inverse), Ok(("inv".into(), "INV".into())));
        assert_eq!(of(&format!("{inverse}[fds]\nmomentum = 0.5\n")), Ok(("inv+fds".into(), "INV + FDS".into())));
        let both = of(&format!("{inverse}[retrain]\nepochs = 2\n"));
        assert_eq!(both, Ok(("rrt+inv".into(), "RRT + INV, first stage weighted".into())));
        // A flag that switches something on is in the name, too.
        let args = RecipeArgs { fds_ks: Some(9), ..RecipeArgs::default() };
        assert_eq!(load(inverse, &args).map(|config| config.method.clone()), Ok("inv+fds".into()));
    }

    #[test]
    fn contradictions_are_refused() {
        let advice = ", expected settings that agree with it; remove one of the two, or set method = ";
        for (text, key, sections) in [
            ("method = \"inv\"\n[fds]\n", "[fds]", "fds"),
            ("method = \"inv\"\n[weights]\nreweight = \"none\"\n", "weights.reweight = \"none\"", "vanilla"),
            ("method = \"vanilla\"\n[weights]\nreweight = \"dense\"\n", "weights.reweight = \"dense\"", "dense"),
            ("method = \"inv\"\n[weights.lds]\nsize = 9\n", "[weights.lds]", "vanilla"),
            ("method = \"inv\"\ntarget = \"log\"\n", "target = \"log\"", "log"),
            ("method = \"log\"\ntarget = \"plain\"\n", "target = \"plain\"", "vanilla"),
            ("method = \"focal\"\n[loss]\nkind = \"l1\"\n", "loss.kind = \"l1\"", "vanilla"),
            ("method = \"inv\"\n[loss]\nkind = \"focal_l1\"\n", "loss.kind = \"focal_l1\"", "focal"),
            ("method = \"inv\"\n[retrain]\nepochs = 2\n", "[retrain]", "rrt+inv"),
            ("method = \"inv\"\n[classify]\n", "[classify]", "classify"),
            ("method = \"over\"\n[resample]\nmethod = \"under\"\n", "resample.method = \"under\"", "under"),
            ("method = \"inv\"\nrow = \"inv+fds\"\n", "row = \"inv+fds\"", "vanilla"),
        ] {
            let method = text.split('"').nth(1).expect("a method");
            let expected = format!("c.toml, line 1: found method = {method:?} beside {key}{advice}{sections:?}");
            assert_eq!(refused(text), expected);
        }
    }

    #[test]
    fn unknown_methods_and_zeros_are_refused() {
        let text = refused("\n method = \"inv+smotr\"\n");
        assert!(text.starts_with("c.toml, line 2: found method \"smotr\", expected vanilla, inv"), "{text}");
        assert!(text.ends_with(", joined by +; did you mean \"smoter\"?"), "{text}");
        assert!(!refused("method = \"bananas\"\n").contains("did you mean"));
        for key in ["epochs = 0", "batch = 0", "lr = 0.0", "lr = 0", "validate_every = 0"] {
            let name = key.split(' ').next().expect("a key");
            assert_eq!(
                refused(&format!("[train]\n{key}\n")),
                format!("c.toml: found train.{name} = 0, expected a number above 0; leave it out to have it chosen")
            );
        }
        let text = refused("format = 2\nmethods = []\n");
        assert_eq!(
            text,
            "c.toml: written in format 2, this program reads format 1; use the version that wrote it, or remove its line format"
        );
    }
}
